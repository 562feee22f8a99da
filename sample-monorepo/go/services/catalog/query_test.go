package main

import (
	"net/url"
	"slices"
	"testing"

	"example.com/shop/lib/product"
)

var shelf = []product.Product{
	{SKU: "A", Name: "Green Tea", Category: "tea", Tags: []string{"loose"}, PriceCents: 900, Grams: 100},
	{SKU: "B", Name: "Mug", Description: "for tea", Category: "ware", PriceCents: 1500, Grams: 400},
	{SKU: "C", Name: "Beans", Category: "coffee", Tags: []string{"gift"}, PriceCents: 1200, Grams: 500},
}

func TestPage(t *testing.T) {
	for input, want := range map[string]struct {
		skus  []string
		total int
	}{
		"":                                {[]string{"A", "B", "C"}, 3},
		"q=TEA":                           {[]string{"A", "B"}, 2},
		"q=gift":                          {[]string{"C"}, 1},
		"category=tea":                    {[]string{"A"}, 1},
		"tag=loose":                       {[]string{"A"}, 1},
		"min_cents=1000&max_cents=1400":   {[]string{"C"}, 1},
		"sort=price":                      {[]string{"A", "C", "B"}, 3},
		"sort=-price&limit=1":             {[]string{"B"}, 3},
		"sort=name&offset=1&limit=1":      {[]string{"A"}, 3},
		"offset=9":                        {[]string{}, 3},
		"limit=0":                         {[]string{}, 3},
		"category=tea&tag=gift&sort=-sku": {[]string{}, 0},
	} {
		t.Run(input, func(t *testing.T) {
			values, err := url.ParseQuery(input)
			if err != nil {
				t.Fatal(err)
			}
			q, err := parseQuery(values)
			if err != nil {
				t.Fatal(err)
			}
			page := q.page(shelf)
			skus := []string{}
			for _, p := range page.Products {
				skus = append(skus, p.SKU)
			}
			if !slices.Equal(skus, want.skus) || page.Total != want.total {
				t.Errorf("got %v of %d, want %v of %d", skus, page.Total, want.skus, want.total)
			}
		})
	}
}

func TestParseQueryRefuses(t *testing.T) {
	for _, input := range []string{"sort=colour", "limit=-1", "offset=x", "min_cents=1.5", "offset=99999999999"} {
		values, _ := url.ParseQuery(input)
		if _, err := parseQuery(values); err == nil {
			t.Errorf("%q was accepted", input)
		}
	}
}
