package main

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"example.com/shop/lib/product"
	"example.com/shop/lib/web"
)

// category is the name of a category and the number of its products.
type category struct {
	Name     string `json:"name"`
	Products int    `json:"products"`
}

func routes(products []product.Product) http.Handler {
	bySKU := make(map[string]product.Product, len(products))
	for _, p := range products {
		bySKU[p.SKU] = p
	}

	r := chi.NewRouter()
	r.Get("/products", func(w http.ResponseWriter, r *http.Request) {
		q, err := parseQuery(r.URL.Query())
		if err != nil {
			web.Error(w, http.StatusBadRequest, err.Error())
			return
		}
		web.JSON(w, http.StatusOK, q.page(products))
	})
	r.Get("/products/{sku}", func(w http.ResponseWriter, r *http.Request) {
		p, found := bySKU[chi.URLParam(r, "sku")]
		if !found {
			web.Error(w, http.StatusNotFound, "no such product")
			return
		}
		web.JSON(w, http.StatusOK, p)
	})
	r.Get("/categories", func(w http.ResponseWriter, _ *http.Request) {
		web.JSON(w, http.StatusOK, categories(products))
	})
	return r
}

func categories(products []product.Product) []category {
	counts := map[string]int{}
	for _, p := range products {
		counts[p.Category]++
	}
	list := make([]category, 0, len(counts))
	for name, n := range counts {
		list = append(list, category{Name: name, Products: n})
	}
	slices.SortFunc(list, func(a, b category) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
