package main

import (
	"bytes"
	"fmt"
	"html/template"
	"log"
	"net/http"
	"path/filepath"

	"example.com/shop/lib/product"
)

// pages are the parsed templates, each joined with the layout around it.
type pages map[string]*template.Template

func loadPages(dir string) (pages, error) {
	layout, err := template.New("layout.html").
		Funcs(template.FuncMap{"euros": product.Euros}).
		ParseFiles(filepath.Join(dir, "layout.html"))
	if err != nil {
		return nil, err
	}
	loaded := pages{}
	for _, name := range []string{"home", "product", "problem"} {
		// Each page defines "main", so each needs its own copy of the layout.
		page, err := template.Must(layout.Clone()).ParseFiles(filepath.Join(dir, name+".html"))
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		loaded[name] = page
	}
	return loaded, nil
}

// show renders into memory first, so that an error never sends half a page.
func (p pages) show(w http.ResponseWriter, status int, name string, data any) {
	var html bytes.Buffer
	if err := p[name].Execute(&html, data); err != nil {
		log.Printf("page %s: %v", name, err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = html.WriteTo(w)
}
