package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"

	"example.com/shop/lib/fetch"
)

// source is a service that contributes one part of the response.
type source struct {
	service  string
	language string
	url      string
}

// part is the result of one source: its data, or an error.
type part struct {
	Service  string          `json:"service"`
	Language string          `json:"language"`
	Millis   int64           `json:"took_ms"`
	Data     json.RawMessage `json:"data,omitempty"`
	Error    string          `json:"error,omitempty"`
}

// upstreams are the base URLs of the services that gateway calls.
type upstreams struct {
	catalog, recommend, search string
}

// sources returns the sources for a visitor's query (q, basket).
func (u upstreams) sources(visit url.Values) map[string]source {
	search := url.Values{"q": {cmp.Or(visit.Get("q"), "tea")}, "limit": {"3"}}
	basket := url.Values{"basket": {visit.Get("basket")}, "limit": {"3"}}
	return map[string]source{
		"products":        {"catalog", "go", u.catalog + "/products?sort=price&limit=3"},
		"recommendations": {"recommend", "rust", u.recommend + "/recommendations?" + basket.Encode()},
		"results":         {"search", "c++", u.search + "/search?" + search.Encode()},
	}
}

// gather calls all sources at once. A slow or broken one costs only its own
// part, so this is not an errgroup: the first error must not cancel the others.
func gather(ctx context.Context, client fetch.Client, sources map[string]source) map[string]part {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		parts = make(map[string]part, len(sources))
	)
	for key, from := range sources {
		wg.Add(1)
		go func() {
			defer wg.Done()
			p := request(ctx, client, from)
			mu.Lock()
			defer mu.Unlock()
			parts[key] = p
		}()
	}
	wg.Wait()
	return parts
}

func request(ctx context.Context, client fetch.Client, from source) part {
	started := time.Now()
	data, err := fetch.JSON[json.RawMessage](ctx, client, from.url)
	p := part{
		Service:  from.service,
		Language: from.language,
		Millis:   time.Since(started).Milliseconds(),
		Data:     data,
	}
	if err != nil {
		p.Error = err.Error()
	}
	return p
}

// status is 200 if every part is present, 207 if some are, 502 if none are.
func status(parts map[string]part) int {
	failed := 0
	for _, p := range parts {
		if p.Error != "" {
			failed++
		}
	}
	switch failed {
	case 0:
		return http.StatusOK
	case len(parts):
		return http.StatusBadGateway
	default:
		return http.StatusMultiStatus
	}
}
