package web

import (
	"log"
	"net/http"
	"time"
)

// RequestIDHeader carries the id that ties together the log lines different
// services write for one visit.
const RequestIDHeader = "X-Request-ID"

func logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		answer := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)

		id := r.Header.Get(RequestIDHeader)
		if id == "" {
			id = "-"
		}
		elapsed := time.Since(started).Round(time.Microsecond)
		log.Printf("%s %q %d %s %q", r.Method, r.URL.RequestURI(), answer.status, elapsed, id)
	})
}

// statusRecorder remembers the status, which a ResponseWriter does not tell.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (w *statusRecorder) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
