// Package product defines the products that catalog serves.
package product

import "fmt"

// Product is an item that the shop sells.
type Product struct {
	SKU         string   `json:"sku"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Category    string   `json:"category"`
	Tags        []string `json:"tags"`
	PriceCents  int64    `json:"price_cents"` // list price in euro cents
	Grams       int      `json:"grams"`
}

// Page is a slice of a longer list of products.
type Page struct {
	Total    int       `json:"total"` // before paging
	Offset   int       `json:"offset"`
	Products []Product `json:"products"`
}

// Euros formats cents as a price.
func Euros(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s€%d.%02d", sign, cents/100, cents%100)
}
