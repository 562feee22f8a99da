package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// visit requests path from the shipped templates, with upstream as every service.
func visit(t *testing.T, path string, upstream map[string]string) (int, string) {
	t.Helper()
	show, err := loadPages("templates")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, known := upstream[r.URL.RequestURI()]
		if !known {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)

	recorder := httptest.NewRecorder()
	routes(show, shop{catalog: server.URL, pricing: server.URL}).
		ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
	return recorder.Code, recorder.Body.String()
}

func expect(t *testing.T, html string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(html, part) {
			t.Errorf("%q is not in\n%s", part, html)
		}
	}
}

func TestHomeListsProductsWithTheirPrice(t *testing.T) {
	status, html := visit(t, "/?q=tea&evil=1", map[string]string{
		"/products?q=tea": `{"products":[{"sku":"A","name":"Green <Tea>"},{"sku":"B","name":"Mug"}]}`,
		"/prices/A?":      `{"unit_cents":905}`,
	})
	if status != http.StatusOK {
		t.Errorf("got %d", status)
	}
	expect(t, html, "Green &lt;Tea&gt;", "€9.05", `href="/products/B"`, "ask us", `value="tea"`)
}

func TestProductShowsQuantityAndVoucher(t *testing.T) {
	_, html := visit(t, "/products/A?quantity=3&voucher=SPRING", map[string]string{
		"/products/A":                         `{"sku":"A","name":"Tea","grams":110}`,
		"/prices/A?quantity=3&voucher=SPRING": `{"total_cents":2700,"saved_cents":300}`,
	})
	expect(t, html, "<title>Tea · Leaf &amp; Bean</title>", "€27.00", "you save €3.00", `value="3"`, `value="SPRING"`)
}

func TestUnknownProductIsNotFound(t *testing.T) {
	status, html := visit(t, "/products/Z", nil)
	if status != http.StatusNotFound {
		t.Errorf("got %d, want 404", status)
	}
	expect(t, html, "We do not sell that.")
}
