package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// shopWith starts one fake upstream for all three; it fails the paths in broken.
func shopWith(t *testing.T, broken ...string) upstreams {
	t.Helper()
	fails := map[string]bool{}
	for _, path := range broken {
		fails[path] = true
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fails[r.URL.Path] {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"asked": r.URL.RequestURI()})
	}))
	t.Cleanup(server.Close)
	return upstreams{catalog: server.URL, recommend: server.URL, search: server.URL}
}

func visit(t *testing.T, shop upstreams, path string) (int, overview) {
	t.Helper()
	recorder := httptest.NewRecorder()
	routes(shop).ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
	var body overview
	if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v in %s", err, recorder.Body)
	}
	return recorder.Code, body
}

func TestEveryLanguageHasItsPart(t *testing.T) {
	code, body := visit(t, shopWith(t), "/?q=mug&basket=A,B")

	if code != http.StatusOK || body.RequestID == "" {
		t.Errorf("got %d with id %q, want 200 and an id", code, body.RequestID)
	}
	for key, want := range map[string]struct{ language, data string }{
		"products":        {"go", `{"asked":"/products?sort=price\u0026limit=3"}`},
		"recommendations": {"rust", `{"asked":"/recommendations?basket=A%2CB\u0026limit=3"}`},
		"results":         {"c++", `{"asked":"/search?limit=3\u0026q=mug"}`},
	} {
		if p := body.Parts[key]; p.Language != want.language || string(p.Data) != want.data {
			t.Errorf("%s: got %s %s, want %s %s", key, p.Language, p.Data, want.language, want.data)
		}
	}
}

func TestABrokenUpstreamRemovesOnlyItsPart(t *testing.T) {
	code, body := visit(t, shopWith(t, "/search"), "/")

	if code != http.StatusMultiStatus {
		t.Errorf("got %d, want 207", code)
	}
	if body.Parts["results"].Error == "" || body.Parts["results"].Data != nil {
		t.Errorf("the failure is not reported: %+v", body.Parts["results"])
	}
	if body.Parts["products"].Error != "" {
		t.Errorf("a healthy part failed: %+v", body.Parts["products"])
	}
}

func TestNoPartsIsABadGateway(t *testing.T) {
	code, _ := visit(t, shopWith(t, "/products", "/recommendations", "/search"), "/")
	if code != http.StatusBadGateway {
		t.Errorf("got %d, want 502", code)
	}
}
