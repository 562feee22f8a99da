package web

import "os"

// Env is the value of an environment variable, or fallback if it is unset or empty.
func Env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
