group "default" {
  targets = ["catalog", "gateway", "storefront", "inventory", "pricing",
    "recommend", "receipts", "search", "shipping"]
}

target "go-toolchain" {
  context    = "sample-monorepo/go"
  dockerfile = "../../peers/expert/go-toolchain.Dockerfile"
  output     = ["type=cacheonly"]
}

target "rust-toolchain" {
  context    = "sample-monorepo/rust"
  dockerfile = "../../peers/expert/rust-toolchain.Dockerfile"
  output     = ["type=cacheonly"]
}

target "cpp-toolchain" {
  context    = "sample-monorepo/cpp"
  dockerfile = "../../peers/expert/cpp-toolchain.Dockerfile"
  output     = ["type=cacheonly"]
}

target "catalog" {
  context    = "sample-monorepo/go"
  dockerfile = "../../peers/expert/catalog.Dockerfile"
  contexts   = { toolchain = "target:go-toolchain" }
  tags       = ["expert/catalog:latest"]
}

target "gateway" {
  context    = "sample-monorepo/go"
  dockerfile = "../../peers/expert/gateway.Dockerfile"
  contexts   = { toolchain = "target:go-toolchain" }
  tags       = ["expert/gateway:latest"]
}

target "storefront" {
  context    = "sample-monorepo/go"
  dockerfile = "../../peers/expert/storefront.Dockerfile"
  contexts   = { toolchain = "target:go-toolchain" }
  tags       = ["expert/storefront:latest"]
}

target "inventory" {
  context    = "sample-monorepo/rust"
  dockerfile = "../../peers/expert/inventory.Dockerfile"
  contexts   = { toolchain = "target:rust-toolchain" }
  tags       = ["expert/inventory:latest"]
}

target "pricing" {
  context    = "sample-monorepo/rust"
  dockerfile = "../../peers/expert/pricing.Dockerfile"
  contexts   = { toolchain = "target:rust-toolchain" }
  tags       = ["expert/pricing:latest"]
}

target "recommend" {
  context    = "sample-monorepo/rust"
  dockerfile = "../../peers/expert/recommend.Dockerfile"
  contexts   = { toolchain = "target:rust-toolchain" }
  tags       = ["expert/recommend:latest"]
}

target "receipts" {
  context    = "sample-monorepo/cpp"
  dockerfile = "../../peers/expert/receipts.Dockerfile"
  contexts   = { toolchain = "target:cpp-toolchain" }
  tags       = ["expert/receipts:latest"]
}

target "search" {
  context    = "sample-monorepo/cpp"
  dockerfile = "../../peers/expert/search.Dockerfile"
  contexts   = { toolchain = "target:cpp-toolchain" }
  tags       = ["expert/search:latest"]
}

target "shipping" {
  context    = "sample-monorepo/cpp"
  dockerfile = "../../peers/expert/shipping.Dockerfile"
  contexts   = { toolchain = "target:cpp-toolchain" }
  tags       = ["expert/shipping:latest"]
}
