module example.com/shop

go 1.24

require (
	github.com/go-chi/chi/v5 v5.2.3
	github.com/google/uuid v1.6.0
	golang.org/x/sync v0.16.0
)
