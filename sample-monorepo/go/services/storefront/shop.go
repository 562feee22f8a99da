package main

import (
	"context"
	"fmt"
	"log"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/shop/lib/fetch"
	"example.com/shop/lib/product"
)

const (
	askLimit     = 2 * time.Second
	pricesAtOnce = 4
)

// shop has the base URLs of the services behind the pages.
type shop struct {
	catalog, pricing string
}

// quote is pricing's response for one product.
type quote struct {
	UnitCents    int64  `json:"unit_cents"`
	TotalCents   int64  `json:"total_cents"`
	SavedCents   int64  `json:"saved_cents"`
	VoucherError string `json:"voucher_error"`
}

// offer is a product with today's price; Quote is nil if pricing did not respond.
type offer struct {
	product.Product
	Quote *quote
}

func (s shop) offers(ctx context.Context, client fetch.Client, filter url.Values) ([]offer, error) {
	page, err := fetch.JSON[product.Page](ctx, client, s.catalog+"/products?"+filter.Encode())
	if err != nil {
		return nil, err
	}
	offers := make([]offer, len(page.Products))
	var group errgroup.Group
	group.SetLimit(pricesAtOnce)
	for i, p := range page.Products {
		offers[i].Product = p
		group.Go(func() error {
			q, err := s.quote(ctx, client, p.SKU, url.Values{})
			if err != nil {
				// A list without one price is better than no list.
				log.Printf("pricing %s: %v", p.SKU, err)
				return nil
			}
			offers[i].Quote = &q
			return nil
		})
	}
	return offers, group.Wait()
}

// offer is one product and its price for the quantity and voucher in terms;
// both are required here, so the first failure cancels the other request.
func (s shop) offer(ctx context.Context, client fetch.Client, sku string, terms url.Values) (offer, error) {
	var found offer
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		found.Product, err = fetch.JSON[product.Product](ctx, client, s.catalog+"/products/"+url.PathEscape(sku))
		return err
	})
	group.Go(func() error {
		q, err := s.quote(ctx, client, sku, terms)
		found.Quote = &q
		return err
	})
	return found, group.Wait()
}

func (s shop) quote(ctx context.Context, client fetch.Client, sku string, terms url.Values) (quote, error) {
	return fetch.JSON[quote](ctx, client, fmt.Sprintf("%s/prices/%s?%s", s.pricing, url.PathEscape(sku), terms.Encode()))
}
