// Catalog serves the products of the shop.
package main

import (
	"log"

	"example.com/shop/lib/web"
)

func main() {
	products, err := load(web.Env("CATALOG_FILE", "data/catalog.json"))
	if err != nil {
		log.Fatalf("catalog: %v", err)
	}
	web.Run("catalog", routes(products))
}
