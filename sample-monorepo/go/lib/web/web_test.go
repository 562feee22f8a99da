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
	recorder := httptest.NewRecorder()
	Handler(http.NotFoundHandler()).ServeHTTP(recorder, httptest.NewRequest("GET", "/healthz", nil))

	if recorder.Code != http.StatusOK || recorder.Body.String() != "ok" {
		t.Errorf("got %d %q, want 200 ok", recorder.Code, recorder.Body)
	}
}

func TestErrorIsJSON(t *testing.T) {
	recorder := httptest.NewRecorder()
	Error(recorder, http.StatusNotFound, `no "x"`)

	if want := `{"error":"no \"x\""}` + "\n"; recorder.Code != 404 || recorder.Body.String() != want {
		t.Errorf("got %d %q, want 404 %q", recorder.Code, recorder.Body, want)
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

	response, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusTeapot {
		t.Errorf("got %d, want 418", response.StatusCode)
	}
	if err := <-ended; err != nil {
		t.Errorf("serve: %v", err)
	}
}
