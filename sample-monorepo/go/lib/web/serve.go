// Package web has the code that every Go service of the shop shares: listening,
// health checks, request logs, JSON responses and a graceful shutdown.
package web

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"
)

// drainTime is how long open requests may take during shutdown; container
// runtimes kill the process soon after.
const drainTime = 500 * time.Millisecond

// Run serves routes and /healthz on $PORT until SIGTERM or SIGINT.
// It exits with status 1 if it cannot listen.
func Run(name string, routes http.Handler) {
	log.SetPrefix(name + ": ")
	log.SetFlags(0)

	// Handled explicitly because PID 1 in a container ignores any signal
	// without a handler.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	listener, err := net.Listen("tcp", ":"+Env("PORT", "8080"))
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening on %s", listener.Addr())
	if err := serve(ctx, listener, Handler(routes)); err != nil {
		log.Fatal(err)
	}
}

// Handler adds the health check and the request log of every service to routes.
func Handler(routes http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok"))
	})
	mux.Handle("/", routes)
	return logRequests(mux)
}

// serve handles requests until ctx ends, then lets open ones finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}

	drain, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := server.Shutdown(drain); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close()
}
