package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// replyMember answers {"<name>": v}.
func replyMember(w http.ResponseWriter, code int, name string, v any) error {
	return api.Reply(w, code, map[string]any{name: v})
}

// replyList answers {"<name>": [...], "links": {...}}. id names an item, for the next page.
func replyList[T, Out any](w http.ResponseWriter, r *api.Request, name string, items []T, page identity.Page, out func(*api.Request, T) Out, id func(T) string) error {
	return api.Listing[T, Out]{Name: name, Page: page, Out: out, ID: id}.Reply(w, r, func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	})
}
