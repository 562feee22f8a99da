package main

import (
	"encoding/json"
	"fmt"
	"os"

	"example.com/shop/lib/product"
)

// load reads the catalog and rejects one that would break other services.
func load(path string) ([]product.Product, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var products []product.Product
	if err := json.Unmarshal(text, &products); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := check(products); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return products, nil
}

func check(products []product.Product) error {
	seen := make(map[string]bool, len(products))
	for i, p := range products {
		switch {
		case p.SKU == "":
			return fmt.Errorf("product %d has no sku", i)
		case seen[p.SKU]:
			return fmt.Errorf("%s is listed twice", p.SKU)
		case p.PriceCents <= 0 || p.Grams <= 0:
			return fmt.Errorf("%s needs a price and a weight above zero", p.SKU)
		}
		seen[p.SKU] = true
	}
	return nil
}
