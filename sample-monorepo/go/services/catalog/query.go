package main

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/shop/lib/product"
)

const (
	defaultLimit = 20
	maxLimit     = 100
)

// query selects and orders the products of a response.
type query struct {
	text      string // lower case; in the name, description or tags
	category  string
	tag       string
	minCents  int64
	maxCents  int64 // 0: no limit
	compare   func(a, b product.Product) int
	ascending bool
	offset    int
	limit     int
}

var orders = map[string]func(a, b product.Product) int{
	"sku":   func(a, b product.Product) int { return cmp.Compare(a.SKU, b.SKU) },
	"name":  func(a, b product.Product) int { return cmp.Compare(a.Name, b.Name) },
	"price": func(a, b product.Product) int { return cmp.Compare(a.PriceCents, b.PriceCents) },
}

// parseQuery reads q, category, tag, min_cents, max_cents, sort ("price", or
// "-price" for descending), offset and limit.
func parseQuery(values url.Values) (query, error) {
	order, descending := strings.CutPrefix(cmp.Or(values.Get("sort"), "sku"), "-")
	compare, known := orders[order]
	if !known {
		return query{}, fmt.Errorf("cannot sort by %q", order)
	}
	var problem error
	number := func(name string, fallback int64) int64 {
		n, err := numberFrom(values, name, fallback)
		problem = cmp.Or(problem, err)
		return n
	}
	q := query{
		text:      strings.ToLower(values.Get("q")),
		category:  values.Get("category"),
		tag:       values.Get("tag"),
		minCents:  number("min_cents", 0),
		maxCents:  number("max_cents", 0),
		compare:   compare,
		ascending: !descending,
		offset:    int(number("offset", 0)),
		limit:     int(min(number("limit", defaultLimit), maxLimit)),
	}
	return q, problem
}

func numberFrom(values url.Values, name string, fallback int64) (int64, error) {
	text := values.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s must be an integer from 0, not %q", name, text)
	}
	return n, nil
}

// page returns the part of products that q selects; products is unchanged.
func (q query) page(products []product.Product) product.Page {
	found := make([]product.Product, 0, len(products))
	for _, p := range products {
		if q.matches(p) {
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, func(a, b product.Product) int {
		if q.ascending {
			return q.compare(a, b)
		}
		return q.compare(b, a)
	})
	from := min(q.offset, len(found))
	to := min(from+q.limit, len(found))
	return product.Page{Total: len(found), Offset: from, Products: found[from:to]}
}

func (q query) matches(p product.Product) bool {
	return (q.category == "" || p.Category == q.category) &&
		(q.tag == "" || slices.Contains(p.Tags, q.tag)) &&
		p.PriceCents >= q.minCents &&
		(q.maxCents == 0 || p.PriceCents <= q.maxCents) &&
		q.matchesText(p)
}

func (q query) matchesText(p product.Product) bool {
	words := strings.ToLower(p.Name + "\n" + p.Description + "\n" + strings.Join(p.Tags, "\n"))
	return strings.Contains(words, q.text)
}
