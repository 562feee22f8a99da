group "default" {
  targets = ["catalog", "gateway", "storefront", "inventory", "pricing",
    "recommend", "receipts", "search", "shipping"]
}

target "catalog" {
  context    = "sample-monorepo/go"
  dockerfile = "../../peers/usual/catalog.Dockerfile"
  tags       = ["usual/catalog:latest"]
}

target "gateway" {
  context    = "sample-monorepo/go"
  dockerfile = "../../peers/usual/gateway.Dockerfile"
  tags       = ["usual/gateway:latest"]
}

target "storefront" {
  context    = "sample-monorepo/go"
  dockerfile = "../../peers/usual/storefront.Dockerfile"
  tags       = ["usual/storefront:latest"]
}

target "inventory" {
  context    = "sample-monorepo/rust"
  dockerfile = "../../peers/usual/inventory.Dockerfile"
  tags       = ["usual/inventory:latest"]
}

target "pricing" {
  context    = "sample-monorepo/rust"
  dockerfile = "../../peers/usual/pricing.Dockerfile"
  tags       = ["usual/pricing:latest"]
}

target "recommend" {
  context    = "sample-monorepo/rust"
  dockerfile = "../../peers/usual/recommend.Dockerfile"
  tags       = ["usual/recommend:latest"]
}

target "receipts" {
  context    = "sample-monorepo/cpp"
  dockerfile = "../../peers/usual/receipts.Dockerfile"
  tags       = ["usual/receipts:latest"]
}

target "search" {
  context    = "sample-monorepo/cpp"
  dockerfile = "../../peers/usual/search.Dockerfile"
  tags       = ["usual/search:latest"]
}

target "shipping" {
  context    = "sample-monorepo/cpp"
  dockerfile = "../../peers/usual/shipping.Dockerfile"
  tags       = ["usual/shipping:latest"]
}
