package web

import (
	"log"
	"net/http"
	"time"
)

// RequestIDHeader has the ID that the log lines of all services for one visit
// have in common.
const RequestIDHeader = "X-Request-ID"

func logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, r)

		id := r.Header.Get(RequestIDHeader)
		if id == "" {
			id = "-"
		}
		elapsed := time.Since(started).Round(time.Microsecond)
		log.Printf("%s %q %d %s %q", r.Method, r.URL.RequestURI(), recorder.status, elapsed, id)
	})
}

// statusRecorder records the status, which a ResponseWriter does not expose.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (w *statusRecorder) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
