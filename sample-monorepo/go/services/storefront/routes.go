package main

import (
	"errors"
	"log"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"example.com/shop/lib/fetch"
	"example.com/shop/lib/web"
)

func routes(show pages, from shop) http.Handler {
	r := chi.NewRouter()
	r.Get("/", func(w http.ResponseWriter, r *http.Request) {
		filter := pick(r, "q", "category")
		offers, err := from.offers(r.Context(), clientFor(r), filter)
		if err != nil {
			problem(show, w, err)
			return
		}
		show.show(w, http.StatusOK, "home", map[string]any{"Offers": offers, "Filter": filter})
	})
	r.Get("/products/{sku}", func(w http.ResponseWriter, r *http.Request) {
		terms := pick(r, "quantity", "voucher")
		found, err := from.offer(r.Context(), clientFor(r), chi.URLParam(r, "sku"), terms)
		if err != nil {
			problem(show, w, err)
			return
		}
		show.show(w, http.StatusOK, "product", map[string]any{"Offer": found, "Terms": terms})
	})
	return r
}

// pick returns the named parameters of the request that are not empty.
func pick(r *http.Request, names ...string) url.Values {
	picked := url.Values{}
	for _, name := range names {
		if value := r.URL.Query().Get(name); value != "" {
			picked.Set(name, value)
		}
	}
	return picked
}

func clientFor(r *http.Request) fetch.Client {
	header := http.Header{}
	if id := r.Header.Get(web.RequestIDHeader); id != "" {
		header.Set(web.RequestIDHeader, id)
	}
	return fetch.Client{Header: header, Limit: askLimit}
}

// problem passes on errors that the visitor can fix; all others become 502.
func problem(show pages, w http.ResponseWriter, err error) {
	log.Print(err)
	status, message := http.StatusBadGateway, "The shop is not quite open. Please try again."
	var upstream *fetch.StatusError
	if errors.As(err, &upstream) {
		switch upstream.Status {
		case http.StatusNotFound:
			status, message = http.StatusNotFound, "We do not sell that."
		case http.StatusBadRequest:
			status, message = http.StatusBadRequest, "We did not understand that."
		}
	}
	show.show(w, status, "problem", message)
}
