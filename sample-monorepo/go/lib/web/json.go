package web

import (
	"bytes"
	"encoding/json"
	"log"
	"net/http"
)

// JSON responds with body as JSON.
func JSON(w http.ResponseWriter, status int, body any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // this is not HTML, so "&" can stay readable
	if err := encoder.Encode(body); err != nil {
		log.Printf("encoding a response: %v", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = text.WriteTo(w)
}

// Error responds with {"error": message}.
func Error(w http.ResponseWriter, status int, message string) {
	JSON(w, status, map[string]string{"error": message})
}
