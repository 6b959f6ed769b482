package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// usesPerStatement keeps a statement's parameters well below both engines' limits.
const usesPerStatement = 200

// usedTable is where the uses of a kind are, and what they are uses of.
type usedTable struct{ name, column, of string }

func tableOfUses(kind identity.UseKind) (t usedTable, err error) {
	switch kind {
	case identity.UseEC2Key:
		return usedTable{"credential_used", "credential_id", "credential"}, nil
	case identity.UseApplicationCredential:
		return usedTable{"application_credential_used", "application_credential_id", "application_credential"}, nil
	case identity.UsePortalSession:
		return usedTable{"portal_session_used", "portal_session_id", "portal_session"}, nil
	case identity.UseV2:
		return usedTable{"v2_used", "user_id", `"user"`}, nil
	}
	return t, fmt.Errorf("store: uses of kind %q are not kept", kind)
}

// NoteUses writes down when things were last used, in few statements. Earlier uses than those
// that are known, and uses of what is gone, count for nothing. It is no change of the model.
func (s *Store) NoteUses(ctx context.Context, uses []identity.LastUse) error {
	byKind := map[identity.UseKind][]identity.LastUse{}
	for _, u := range uses {
		byKind[u.Kind] = append(byKind[u.Kind], u)
	}
	for kind, uses := range byKind {
		table, err := tableOfUses(kind)
		if err != nil {
			return err
		}
		for from := 0; from < len(uses); from += usesPerStatement {
			if err := s.noteUses(ctx, table, uses[from:min(from+usesPerStatement, len(uses))]); err != nil {
				return err
			}
		}
	}
	return nil
}

// noteUses writes uses of one kind, each of another thing: a statement can change a row once.
func (s *Store) noteUses(ctx context.Context, t usedTable, uses []identity.LastUse) error {
	var values where
	for _, u := range uses {
		values.add("(CAST(? AS TEXT), CAST(? AS BIGINT))", u.ID, micros(u.At))
	}
	text := `WITH used (id, at) AS (VALUES ` + strings.Join(values.conditions, ", ") + `) INSERT INTO ` + t.name + ` (` + t.column + `, at)
		SELECT used.id, used.at FROM used WHERE EXISTS (SELECT 1 FROM ` + t.of + ` o WHERE o.id = used.id)
		ON CONFLICT (` + t.column + `) DO UPDATE SET at = excluded.at WHERE ` + t.name + `.at < excluded.at`
	return s.write(ctx, func(w reader) error {
		_, err := w.q.ExecContext(ctx, w.d.bind(text), values.args...)
		return err
	})
}

// LastUsed is when something was last used, as far as it is written down; zero for never.
func (s *Store) LastUsed(ctx context.Context, u identity.Use) (time.Time, error) {
	table, err := tableOfUses(u.Kind)
	if err != nil {
		return time.Time{}, err
	}
	at, _, err := first(ctx, s.reader, scanOne[int64], `SELECT at FROM `+table.name+` WHERE `+table.column+` = $1`, u.ID)
	return fromMicros(at), err
}

// ListUses lists the latest uses of a kind, at most limit, the latest first.
func (s *Store) ListUses(ctx context.Context, kind identity.UseKind, limit int) ([]identity.LastUse, error) {
	table, err := tableOfUses(kind)
	if err != nil {
		return nil, err
	}
	return collect(ctx, s.reader, scanUse(kind), `SELECT `+table.column+`, at FROM `+table.name+` ORDER BY at DESC, `+table.column+` LIMIT $1`, limit)
}

// LastUses is LastUsed of many things of one kind; what was never used is left out.
func (s *Store) LastUses(ctx context.Context, kind identity.UseKind, ids []string) (map[string]time.Time, error) {
	table, err := tableOfUses(kind)
	if err != nil {
		return nil, err
	}
	list, err := encode(ids)
	if err != nil {
		return nil, err
	}
	last := make(map[string]time.Time, len(ids))
	err = each(ctx, s.reader, scanUse(kind), func(u identity.LastUse) error {
		last[u.ID] = u.At
		return nil
	}, `SELECT `+table.column+`, at FROM `+table.name+` WHERE `+table.column+` IN (`+s.engine.texts+`)`, list)
	return last, err
}

func scanUse(kind identity.UseKind) func(scanner) (identity.LastUse, error) {
	return func(row scanner) (u identity.LastUse, err error) {
		var at int64
		err = row.Scan(&u.ID, &at)
		u.Kind, u.At = kind, fromMicros(at)
		return u, err
	}
}
