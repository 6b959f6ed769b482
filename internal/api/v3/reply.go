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
	list := make([]Out, len(items))
	last := ""
	for i, item := range items {
		list[i] = out(r, item)
		last = id(item)
	}
	return api.Reply(w, http.StatusOK, map[string]any{name: list, "links": r.ListLinks(page, len(items), last)})
}
