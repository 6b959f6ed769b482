package core

import (
	"context"
	"iter"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// listPart is how many ids of a list are read from the database at once.
const listPart = 1000

// list yields a page of the objects whose ids find finds: the database says which, in their
// order, and the model what they are. A list of any length takes the memory of one part, and
// holds no connection while it is used. It ends with the first error.
func list[ID ~string, T any](ctx context.Context, c *Core, page identity.Page, find func(identity.Page) ([]ID, error),
	get func(*snapshot.Snapshot, ID) *T) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for left, marker := page.Limit, page.Marker; ; {
			ask := listPart
			if page.Limit > 0 {
				ask = min(left, listPart)
			}
			ids, err := find(identity.Page{Limit: ask, Marker: marker})
			var objects []*T
			if err == nil {
				objects, err = lookUp(ctx, c, ids, get)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, v := range objects {
				if !yield(v, nil) {
					return
				}
			}
			left -= len(objects)
			if len(ids) < ask || page.Limit > 0 && left == 0 {
				return
			}
			marker = string(ids[len(ids)-1])
		}
	}
}

// lookUp returns the objects of the ids, without those that have gone since. An id that the
// model does not have may have been made on another node a moment ago.
func lookUp[ID ~string, T any](ctx context.Context, c *Core, ids []ID, get func(*snapshot.Snapshot, ID) *T) ([]*T, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	objects := present(s, ids, get)
	if len(objects) < len(ids) {
		if err := c.confirm(ctx); err != nil {
			return nil, err
		}
		objects = present(c.Live.Current(), ids, get)
	}
	return objects, nil
}

func present[ID ~string, T any](s *snapshot.Snapshot, ids []ID, get func(*snapshot.Snapshot, ID) *T) []*T {
	objects := make([]*T, 0, len(ids))
	for _, id := range ids {
		if v := get(s, id); v != nil {
			objects = append(objects, v)
		}
	}
	return objects
}

// checkMarker refuses a page that begins after something that is not there.
func checkMarker[T any](p identity.Page, at *T) error {
	if p.Marker != "" && at == nil {
		return &identity.Error{Kind: identity.NotFound, Message: "Marker " + p.Marker + " could not be found."}
	}
	return nil
}
