package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/lintel-id/lintel/internal/identity"
)

// changedKeys are the objects of the model that something has changed.
type changedKeys map[identity.ChangeKind][]string

func (c changedKeys) add(r recorded) { c[r.kind] = append(c[r.kind], r.key) }

// keysPerQuery keeps a statement's parameters and the depth of its expression within limits.
const keysPerQuery = 100

// part is as many objects of a kind as one query asks for.
type part struct {
	kind
	keys  []string
	found map[string]bool
	emit  func(identity.Change) error
}

// parts divides the objects, so that what an object refers to comes before it.
func (c changedKeys) parts(emit func(identity.Change) error) (parts []part, err error) {
	known := 0
	for _, k := range kinds() {
		all := c[k.name]
		if len(all) > 0 {
			known++
		}
		for len(all) > 0 {
			keys := all[:min(keysPerQuery, len(all))]
			all = all[len(keys):]
			parts = append(parts, part{k, keys, make(map[string]bool, len(keys)), emit})
		}
	}
	if known < len(c) {
		return nil, identity.ErrChangeGap // a newer lintel changed what this one does not know: skip nothing
	}
	return parts, nil
}

// there emits an object that was found.
func (p part) there(c identity.Change) error {
	p.found[c.Key] = true
	return p.emit(c)
}

// gone emits what was not found.
func (p part) gone() error {
	for _, key := range p.keys {
		if p.found[key] {
			continue
		}
		if err := p.emit(identity.Change{Kind: p.name, Key: key}); err != nil {
			return err
		}
	}
	return nil
}

// emit asks for the objects, and emits each as it is now: with a nil Object when it is gone.
func (c changedKeys) emit(ctx context.Context, r reader, emit func(identity.Change) error) error {
	parts, err := c.parts(emit)
	if err != nil {
		return err
	}
	for _, p := range parts {
		find, err := p.find(p.keys)
		if err != nil {
			return err
		}
		if err := each(ctx, r, p.scan, p.there, find.text, find.args...); err != nil {
			return err
		}
		if err := p.gone(); err != nil {
			return err
		}
	}
	return nil
}

// queue is emit when the batch is sent.
func (c changedKeys) queue(b *pgx.Batch, emit func(identity.Change) error) error {
	parts, err := c.parts(emit)
	if err != nil {
		return err
	}
	for _, p := range parts {
		find, err := p.find(p.keys)
		if err != nil {
			return err
		}
		read := eachRow(p.scan, p.there)
		b.Queue(find.text, find.args...).Query(func(rows pgx.Rows) error {
			if err := read(rows); err != nil {
				return err
			}
			return p.gone()
		})
	}
	return nil
}
