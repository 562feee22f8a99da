// Storefront serves the shop as HTML pages.
package main

import (
	"log"

	"example.com/shop/lib/web"
)

func main() {
	pages, err := loadPages(web.Env("TEMPLATES", "templates"))
	if err != nil {
		log.Fatalf("storefront: %v", err)
	}
	web.Run("storefront", routes(pages, shop{
		catalog: web.Env("CATALOG_URL", "http://catalog:8080"),
		pricing: web.Env("PRICING_URL", "http://pricing:8080"),
	}))
}
