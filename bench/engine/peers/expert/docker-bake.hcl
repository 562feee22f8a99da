group "default" {
  targets = ["catalog", "gateway", "storefront", "inventory", "pricing",
    "recommend", "receipts", "search", "shipping"]
}

target "catalog" {
  context    = "sample-monorepo/go"
  dockerfile = "../../peers/expert/go.Dockerfile"
  target     = "catalog"
  tags       = ["expert/catalog:latest"]
}

target "gateway" {
  context    = "sample-monorepo/go"
  dockerfile = "../../peers/expert/go.Dockerfile"
  target     = "gateway"
  tags       = ["expert/gateway:latest"]
}

target "storefront" {
  context    = "sample-monorepo/go"
  dockerfile = "../../peers/expert/go.Dockerfile"
  target     = "storefront"
  tags       = ["expert/storefront:latest"]
}

target "inventory" {
  context    = "sample-monorepo/rust"
  dockerfile = "../../peers/expert/rust.Dockerfile"
  target     = "inventory"
  tags       = ["expert/inventory:latest"]
}

target "pricing" {
  context    = "sample-monorepo/rust"
  dockerfile = "../../peers/expert/rust.Dockerfile"
  target     = "pricing"
  tags       = ["expert/pricing:latest"]
}

target "recommend" {
  context    = "sample-monorepo/rust"
  dockerfile = "../../peers/expert/rust.Dockerfile"
  target     = "recommend"
  tags       = ["expert/recommend:latest"]
}

target "receipts" {
  context    = "sample-monorepo/cpp"
  dockerfile = "../../peers/expert/cpp.Dockerfile"
  target     = "receipts"
  tags       = ["expert/receipts:latest"]
}

target "search" {
  context    = "sample-monorepo/cpp"
  dockerfile = "../../peers/expert/cpp.Dockerfile"
  target     = "search"
  tags       = ["expert/search:latest"]
}

target "shipping" {
  context    = "sample-monorepo/cpp"
  dockerfile = "../../peers/expert/cpp.Dockerfile"
  target     = "shipping"
  tags       = ["expert/shipping:latest"]
}
