package v2

import (
	"iter"
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// replyMember answers 200, which is v2.0's word for created, too, with {"<name>": v}.
func replyMember(w http.ResponseWriter, name string, v any) error {
	return api.Reply(w, http.StatusOK, map[string]any{name: v})
}

// noStore keeps an answer that holds a secret out of every cache.
func noStore(w http.ResponseWriter) { w.Header()["Cache-Control"] = []string{"no-store"} }

// first returns the only item of a list by name; missing when there is none.
func first[T any](items iter.Seq2[T, error], missing error) (T, error) {
	for item, err := range items {
		return item, err
	}
	var none T
	return none, missing
}

// paged yields the page of items in order of id.
func paged[T any](items []T, page identity.Page, id func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		n := 0
		for _, item := range items {
			if page.Limit > 0 && n == page.Limit {
				return
			}
			if page.Marker != "" && id(item) <= page.Marker {
				continue
			}
			n++
			if !yield(item, nil) {
				return
			}
		}
	}
}

// mapped turns the items of a list into what is answered.
func mapped[T, Out any](items []T, out func(T) Out) []Out {
	all := make([]Out, len(items))
	for i, item := range items {
		all[i] = out(item)
	}
	return all
}
