package store

import (
	"context"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// Tx is a transaction of Update. Its methods write rows and note which objects of the model
// they changed. After an error of one of them the transaction is good for nothing more:
// return the error. It is not safe for concurrent use.
type Tx struct {
	reader
	rev     int64
	changes []recorded
	seen    map[recorded]bool
	bulk    bool // changes are not listed: everybody loads afresh
	reduces bool
	raised  bool
	made    []identity.Change
}

// recorded is one object of the model that a transaction changed.
type recorded struct {
	kind identity.ChangeKind
	key  string
}

// Rev is the revision the transaction found, and that no other can change before it ends.
func (tx *Tx) Rev() int64 { return tx.rev }

// NextRev is the revision that the transaction's changes will have.
func (tx *Tx) NextRev() int64 { return tx.rev + 1 }

// RaiseRevision makes NextRev higher than rev, and everybody load afresh: revisions that a database has lost must not come
// again, because tokens and nodes remember them. Call it before anything that uses NextRev.
func (tx *Tx) RaiseRevision(rev int64) {
	tx.rev, tx.raised = max(tx.rev, rev), true
}

// Reduces says whether anybody may be able to do less after the transaction than before: whether it did anything but
// add objects.
func (tx *Tx) Reduces() bool { return tx.reduces }

// mostMade is how many objects a transaction reads again before its end. Deleting a large domain changes more.
const mostMade = 1000

// listed are the objects whose change the log lists one by one, unless they are too many to be read again.
func (tx *Tx) listed() changedKeys {
	if tx.bulk || tx.raised || len(tx.changes) > mostMade {
		return nil
	}
	keys := changedKeys{}
	for _, c := range tx.changes {
		keys.add(c)
	}
	return keys
}

// Made is what the transaction changed, each object as it is at NextRev, with a nil Object where it is gone: what Changes
// emits of this revision. It is whole only when Update has returned it, and not ok when it must be read with Changes.
func (tx *Tx) Made() (changes []identity.Change, ok bool) {
	return tx.made, len(tx.made) == len(tx.changes) && !tx.bulk && !tx.raised
}

// changed notes that an object is not what it was at Rev. One that the transaction has added was nothing then.
func (tx *Tx) changed(kind identity.ChangeKind, key string) {
	tx.reduces = tx.reduces || tx.bulk || !tx.seen[recorded{kind, key}]
	tx.added(kind, key)
}

// added notes that there is an object that was not there at Rev.
func (tx *Tx) added(kind identity.ChangeKind, key string) {
	c := recorded{kind, key}
	if tx.bulk {
		c = recorded{}
	}
	if !tx.seen[c] {
		tx.seen[c] = true
		tx.changes = append(tx.changes, c)
	}
}

// exec runs a statement and returns how many rows it touched.
func (tx *Tx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	result, err := tx.q.ExecContext(ctx, tx.d.bind(text), args...)
	if err != nil {
		return 0, tx.d.translate(ctx, err)
	}
	n, err := result.RowsAffected()
	return n, tx.d.translate(ctx, err)
}

// object names what a statement is about, for the words of its errors.
type object struct {
	noun   string // as Keystone writes it in "Could not find"
	id     string
	name   string
	domain string // "" where names are not a domain's
}

// insert adds the object's row. A row that is there already is a Conflict; a row that another
// one refers to and that is not there is Invalid.
func (tx *Tx) insert(ctx context.Context, o object, text string, args ...any) error {
	_, err := tx.exec(ctx, text, args...)
	return tx.worded(o, err)
}

// update changes the object's row. NotFound when there is none; Conflict as for insert.
func (tx *Tx) update(ctx context.Context, o object, text string, args ...any) error {
	n, err := tx.exec(ctx, text, args...)
	if err != nil {
		return tx.worded(o, err)
	}
	if n == 0 {
		return identity.Missing(o.noun, o.id)
	}
	return nil
}

// remove deletes the object's row. NotFound when there is none; Conflict when others still
// refer to it.
func (tx *Tx) remove(ctx context.Context, o object, text string, args ...any) error {
	n, err := tx.exec(ctx, text, args...)
	if err != nil {
		return tx.needed(o, err)
	}
	if n == 0 {
		return identity.Missing(o.noun, o.id)
	}
	return nil
}

func (tx *Tx) worded(o object, err error) error {
	if err == nil {
		return nil
	}
	detail := ""
	switch tx.d.fault(err) {
	case faultReference:
		return &identity.Error{Kind: identity.Invalid, Message: "The " + strings.ToLower(o.noun) + " refers to something that does not exist.", Err: err}
	case faultDuplicateID:
		detail = "Duplicate entry found with ID " + o.id
	case faultDuplicate:
		detail = "Duplicate entry found with name " + o.name
		if o.domain != "" {
			detail += " at domain ID " + o.domain
		}
	default:
		return err
	}
	e := identity.Duplicate(strings.ReplaceAll(strings.ToLower(o.noun), " ", "_"), detail)
	e.Err = err
	return e
}

func (tx *Tx) needed(o object, err error) error {
	if err == nil || tx.d.fault(err) != faultReference {
		return err
	}
	return &identity.Error{Kind: identity.Conflict, Message: "The " + strings.ToLower(o.noun) + " " + o.id + " is still in use.", Err: err}
}

// drop runs a DELETE (or UPDATE) that returns ids, and notes each as a change of kind.
func (tx *Tx) drop(ctx context.Context, kind identity.ChangeKind, text string, args ...any) error {
	return each(ctx, tx.reader, scanOne[string], func(id string) error {
		tx.changed(kind, id)
		return nil
	}, text, args...)
}

// dropKeyed is drop for rows whose key is of several columns.
func dropKeyed[T interface{ Key() string }](ctx context.Context, tx *Tx, kind identity.ChangeKind, scan func(scanner) (T, error), text string, args ...any) error {
	return each(ctx, tx.reader, scan, func(v T) error {
		tx.changed(kind, v.Key())
		return nil
	}, text, args...)
}
