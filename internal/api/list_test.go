package api_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// serveList serves GET /list: n items of a kilobyte, and then an error if there is one.
func serveList(t *testing.T, n int, end error) *http.Response {
	t.Helper()
	list := api.Listing[string, string]{Name: "items", Out: func(_ *api.Request, s string) string { return s }, ID: func(s string) string { return s }}
	router := &api.Router{Edge: &api.Edge{MaxBody: 1024}, Log: slog.New(slog.DiscardHandler),
		Observe:    func(string, string) (func(), func(int, time.Duration)) { return func() {}, func(int, time.Duration) {} },
		AuthFailed: func(string) {}, Rev: func() []string { return []string{"1"} }}
	server := httptest.NewServer(router.Handler(api.Route{Pattern: "GET /list", Handle: func(w http.ResponseWriter, r *api.Request) error {
		return list.Reply(w, r, func(yield func(string, error) bool) {
			for range n {
				if !yield(strings.Repeat("x", 1024), nil) {
					return
				}
			}
			if end != nil {
				yield("", end)
			}
		})
	}}))
	t.Cleanup(server.Close)
	answer, err := http.Get(server.URL + "/list")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// A client must never take half a list for a whole one.
func TestAListThatFailsHalfwayBreaks(t *testing.T) {
	answer := serveList(t, 1000, errors.New("the database is gone"))
	if text, err := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK || err == nil {
		t.Errorf("status %d and %d bytes came to a good end", answer.StatusCode, len(text))
	}
	if text, err := io.ReadAll(serveList(t, 1000, nil).Body); err != nil || !strings.HasSuffix(string(text), `"previous":null,"next":null}}`) {
		t.Errorf("a good list ends with %q, %v", text[max(0, len(text)-40):], err)
	}
}

func TestAListThatFailsAtOnceIsAnError(t *testing.T) {
	answer := serveList(t, 10, identity.Invalidf("no such thing"))
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "no such thing") {
		t.Errorf("status %d: %s, %v", answer.StatusCode, text, err)
	}
}
