package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// sealedTable is a table that keeps secrets sealed by credential keys.
type sealedTable struct {
	name  string
	names [3]string           // the columns of a SealedRow's name
	order string              // the primary key
	kind  identity.ChangeKind // in the model; "" for what is not
}

func tableOfSealed(in identity.SealedIn) (t sealedTable, err error) {
	const none = `''`
	switch in {
	case identity.SealedInCredential:
		return sealedTable{"credential", [3]string{"id", "user_id", "type"}, "id", identity.ChangeCredential}, nil
	case identity.SealedInConsumer:
		return sealedTable{"consumer", [3]string{"id", none, none}, "id", ""}, nil
	case identity.SealedInRequestToken:
		return sealedTable{"request_token", [3]string{"id", none, none}, "id", ""}, nil
	case identity.SealedInAccessToken:
		return sealedTable{"access_token", [3]string{"id", none, none}, "id", identity.ChangeAccessToken}, nil
	case identity.SealedInDomainConfig:
		const key = "domain_id, group_name, option_name"
		return sealedTable{"domain_config", [3]string(strings.Split(key, ", ")), key, ""}, nil
	}
	return t, fmt.Errorf("store: nothing is sealed in %q", in)
}

// ListSealed returns at most limit rows that a key has sealed, but for the first skip of them,
// in the order of their primary key.
func (r reader) ListSealed(ctx context.Context, in identity.SealedIn, keyID string, skip, limit int) ([]identity.SealedRow, error) {
	t, err := tableOfSealed(in)
	if err != nil {
		return nil, err
	}
	scan := func(row scanner) (s identity.SealedRow, err error) {
		err = row.Scan(&s.Name[0], &s.Name[1], &s.Name[2], &s.KeyID, &s.Sealed)
		return s, err
	}
	return collect(ctx, r, scan, `SELECT `+strings.Join(t.names[:], ", ")+`, key_id, sealed FROM `+t.name+
		` WHERE key_id = $1 ORDER BY `+t.order+` LIMIT $2 OFFSET $3`, keyID, limit, skip)
}

// Reseal writes what rows keep sealed, but for those that the key from seals no more, and
// returns how many it wrote. At most 1000 fit into its one statement.
func (tx *Tx) Reseal(ctx context.Context, in identity.SealedIn, from string, rows []identity.SealedRow) (n int, err error) {
	t, err := tableOfSealed(in)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	var w where
	for _, s := range rows {
		w.add("(CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS "+tx.d.bytes+"))",
			s.Name[0], s.Name[1], s.Name[2], s.KeyID, blob(s.Sealed))
	}
	values := strings.Join(w.conditions, ", ")
	w.conditions = nil
	w.add(t.name+".key_id = ?", from)
	for i, column := range t.names {
		w.add(column + " = fresh.n" + string(rune('1'+i)))
	}
	text := `WITH fresh (n1, n2, n3, key, secret) AS (VALUES ` + values + `) UPDATE ` + t.name + ` SET sealed = fresh.secret, key_id = fresh.key FROM fresh WHERE ` +
		strings.Join(w.conditions, " AND ") + ` RETURNING ` + t.name + `.` + t.names[0]
	err = each(ctx, tx.reader, scanOne[string], func(id string) error {
		n++
		if t.kind != "" {
			tx.added(t.kind, id) // it takes nothing from anybody
		}
		return nil
	}, text, w.args...)
	return n, err
}

// CountSealed returns how many rows each key has sealed; keys that have sealed none are left out.
func (r reader) CountSealed(ctx context.Context) (map[string]int, error) {
	type count struct {
		key string
		n   int
	}
	scan := func(row scanner) (c count, err error) {
		err = row.Scan(&c.key, &c.n)
		return c, err
	}
	sealed := map[string]int{}
	for _, in := range identity.SealedInAll() {
		t, err := tableOfSealed(in)
		if err != nil {
			return nil, err
		}
		err = each(ctx, r, scan, func(c count) error {
			sealed[c.key] += c.n
			return nil
		}, `SELECT key_id, COUNT(*) FROM `+t.name+` WHERE key_id <> '' GROUP BY key_id`)
		if err != nil {
			return nil, err
		}
	}
	return sealed, nil
}

// DeleteUnusedKey deletes a credential key, if no row is sealed by it, and says whether it did.
func (tx *Tx) DeleteUnusedKey(ctx context.Context, id string) (deleted bool, err error) {
	text := `DELETE FROM key_ring WHERE id = $1`
	for _, in := range identity.SealedInAll() {
		t, err := tableOfSealed(in)
		if err != nil {
			return false, err
		}
		text += ` AND NOT EXISTS (SELECT 1 FROM ` + t.name + ` WHERE key_id = $1)`
	}
	n, err := tx.exec(ctx, text, id)
	if n > 0 {
		tx.changed(identity.ChangeKey, id)
	}
	return n > 0, err
}
