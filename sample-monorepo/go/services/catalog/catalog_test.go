package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/shop/lib/product"
)

func TestTheShippedCatalogLoads(t *testing.T) {
	products, err := load("data/catalog.json")
	if err != nil || len(products) == 0 {
		t.Errorf("got %d products, %v", len(products), err)
	}
}

func TestCheckRefuses(t *testing.T) {
	for complaint, products := range map[string][]product.Product{
		"no sku":       {{Name: "?"}},
		"listed twice": {shelf[0], shelf[0]},
		"above zero":   {{SKU: "A", PriceCents: 100}},
	} {
		if err := check(products); err == nil || !strings.Contains(err.Error(), complaint) {
			t.Errorf("got %v, want an error with %q", err, complaint)
		}
	}
}

func TestRoutes(t *testing.T) {
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/products?tag=loose": {200, `"total":1`},
		"/products?limit=x":   {400, `"error":"limit must be`},
		"/products/B":         {200, `"name":"Mug"`},
		"/products/Z":         {404, `"error":"no such product"`},
		"/categories":         {200, `[{"name":"coffee","products":1},{"name":"tea"`},
	} {
		recorder := httptest.NewRecorder()
		routes(shelf).ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
		if recorder.Code != want.status || !strings.Contains(recorder.Body.String(), want.body) {
			t.Errorf("%s: got %d %s, want %d with %s", path, recorder.Code, recorder.Body, want.status, want.body)
		}
	}
}
