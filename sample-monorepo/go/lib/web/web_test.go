package web

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestHealthzIsAddedToTheRoutes(t *testing.T) {
	answer := httptest.NewRecorder()
	Handler(http.NotFoundHandler()).ServeHTTP(answer, httptest.NewRequest("GET", "/healthz", nil))

	if answer.Code != http.StatusOK || answer.Body.String() != "ok" {
		t.Errorf("got %d %q, want 200 ok", answer.Code, answer.Body)
	}
}

func TestErrorIsJSON(t *testing.T) {
	answer := httptest.NewRecorder()
	Error(answer, http.StatusNotFound, `no "x"`)

	if want := `{"error":"no \"x\""}` + "\n"; answer.Code != 404 || answer.Body.String() != want {
		t.Errorf("got %d %q, want 404 %q", answer.Code, answer.Body, want)
	}
}

func TestServeLetsAnOpenRequestFinish(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		end()
		time.Sleep(50 * time.Millisecond)
		w.WriteHeader(http.StatusTeapot)
	})
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, slow) }()

	answer, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusTeapot {
		t.Errorf("got %d, want 418", answer.StatusCode)
	}
	if err := <-ended; err != nil {
		t.Errorf("serve: %v", err)
	}
}
