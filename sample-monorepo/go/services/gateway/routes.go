package main

import (
	"net/http"
	"time"

	"github.com/google/uuid"

	"example.com/shop/lib/fetch"
	"example.com/shop/lib/web"
)

// partLimit is the time limit for one upstream; after it, its part is missing.
const partLimit = 2 * time.Second

// overview is the body of GET /.
type overview struct {
	Shop      string          `json:"shop"`
	RequestID string          `json:"request_id"`
	Parts     map[string]part `json:"parts"`
}

func routes(shop upstreams) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(web.RequestIDHeader)
		client := fetch.Client{Header: http.Header{}, Limit: partLimit}
		client.Header.Set(web.RequestIDHeader, id)

		parts := gather(r.Context(), client, shop.sources(r.URL.Query()))
		w.Header().Set(web.RequestIDHeader, id)
		web.JSON(w, status(parts), overview{Shop: "Leaf & Bean", RequestID: id, Parts: parts})
	})
	return withRequestID(mux)
}

// withRequestID gives each visit a new ID. An ID sent by a client is dropped:
// it would end up in the logs of every service.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set(web.RequestIDHeader, uuid.NewString())
		next.ServeHTTP(w, r)
	})
}
