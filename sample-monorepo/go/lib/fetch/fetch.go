// Package fetch fetches JSON from other services.
package fetch

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxBody limits the memory that a misbehaving upstream can make us use.
const maxBody = 4 << 20

// StatusError is a response with a status other than 200.
type StatusError struct {
	URL    string
	Status int
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s returned %d", e.URL, e.Status)
}

// Client fetches JSON; the zero value is ready to use.
type Client struct {
	Header http.Header   // sent with each request
	Limit  time.Duration // for each request, including the body; 0 for no limit but the context's
}

// JSON decodes the response to GET url into a T.
func JSON[T any](ctx context.Context, c Client, url string) (T, error) {
	var decoded T
	body, err := c.get(ctx, url)
	if err != nil {
		return decoded, err
	}
	if err := json.Unmarshal(body, &decoded); err != nil {
		return decoded, fmt.Errorf("decoding %s: %w", url, err)
	}
	return decoded, nil
}

func (c Client) get(ctx context.Context, url string) ([]byte, error) {
	if c.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Limit)
		defer cancel()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	for name, values := range c.Header {
		request.Header[name] = values
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, &StatusError{URL: url, Status: response.StatusCode}
	}
	return io.ReadAll(io.LimitReader(response.Body, maxBody))
}
