package fetch

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func upstream(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestJSONSendsTheHeaderAndDecodes(t *testing.T) {
	url := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"id":"` + r.Header.Get("X-Request-ID") + `"}`))
	})
	client := Client{Header: http.Header{"X-Request-Id": {"42"}}}

	got, err := JSON[map[string]string](context.Background(), client, url)
	if err != nil || got["id"] != "42" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestJSONReportsTheStatus(t *testing.T) {
	url := upstream(t, http.NotFound)

	_, err := JSON[any](context.Background(), Client{}, url)
	var status *StatusError
	if !errors.As(err, &status) || status.Status != http.StatusNotFound {
		t.Errorf("got %v, want a StatusError with 404", err)
	}
}

func TestJSONGivesUpAtItsLimit(t *testing.T) {
	url := upstream(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })

	_, err := JSON[any](context.Background(), Client{Limit: 10 * time.Millisecond}, url)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want a deadline error", err)
	}
}
