// Gateway is the entry point of the shop: it responds to one request with one
// JSON object, combined from services in three languages.
package main

import "example.com/shop/lib/web"

func main() {
	web.Run("gateway", routes(upstreams{
		catalog:   web.Env("CATALOG_URL", "http://catalog:8080"),
		recommend: web.Env("RECOMMEND_URL", "http://recommend:8080"),
		search:    web.Env("SEARCH_URL", "http://search:8080"),
	}))
}
