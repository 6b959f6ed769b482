package store

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
)

// A backup is taken before an upgrade, by whichever binary is there, and restored by the new one.
func TestABackupOfAnOlderSchemaIsRestored(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	file := filepath.Join(dir, "old.db")
	db, err := sqlitePool(file, 1, nil)
	if err == nil {
		err = migrateSQLite(ctx, db, 1)
	}
	if err == nil {
		_, err = db.ExecContext(ctx, `INSERT INTO project VALUES ('d', '', NULL, 'd', '', TRUE, TRUE, '', ''), ('a', 'd', 'p', 'a', '', TRUE, FALSE, '', ''), ('p', 'd', 'd', 'p', '', TRUE, FALSE, '', '');
			INSERT INTO "user" (id, domain_id, name, enabled, default_project_id, email, options, extra, created_at) VALUES ('u', 'd', 'u', TRUE, '', '', '', '', 1);
			INSERT INTO credential VALUES ('c', 'u', '', 'ec2', x'00ff', 'k', '', '', '', '', 1)`)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	old, err := Open(ctx, "sqlite://"+file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = old.Close() }()
	info, err := old.Backup(ctx, filepath.Join(dir, "backup.db"), BackupOptions{})
	if err != nil || info.Schema != 1 {
		t.Fatal(info, err)
	}
	b, err := OpenBackup(ctx, filepath.Join(dir, "backup.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	plan := func([]identity.SealedKey) (func(*Tx) error, error) { return func(*Tx) error { return nil }, nil }
	if _, err := old.Restore(ctx, b, RestoreOptions{Replace: true}, plan); err == nil || !strings.Contains(err.Error(), "run lintel migrate") {
		t.Errorf("into a database that was not migrated: %v", err)
	}
	fresh, err := Open(ctx, "sqlite://"+filepath.Join(dir, "new.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = fresh.Close() }()
	if _, err := fresh.Restore(ctx, b, RestoreOptions{}, plan); err != nil {
		t.Fatal(err)
	}
	got, err := fresh.ListCredentials(ctx, identity.CredentialFilter{})
	if err != nil || len(got) != 1 || string(got[0].Sealed) != "\x00\xff" || got[0].Disabled {
		t.Errorf("%+v %v", got, err)
	}
}

// Rows that differ have other digests, also where their texts joined are the same.
func TestDigestsTellRowsApart(t *testing.T) {
	value := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.Bool(), toAny), rapid.Map(rapid.Int64Range(-2, 2), toAny), rapid.Map(rapid.StringN(0, 3, 6), toAny),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 3), func(b []byte) any { return blob(b) }))
	table := rapid.SliceOfN(rapid.SliceOfN(value, 2, 2), 0, 3)
	sum := func(rows [][]any) string {
		d := newDigest()
		for _, row := range rows {
			d.add(row)
		}
		return d.sum()
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := table.Draw(t, "a"), table.Draw(t, "b")
		equal := slices.EqualFunc(a, b, func(x, y []any) bool { return slices.EqualFunc(x, y, sameValue) })
		if equal != (sum(a) == sum(b)) {
			t.Fatalf("%v and %v", a, b)
		}
		text := rapid.String().Draw(t, "text")
		cut := rapid.IntRange(0, len(text)).Draw(t, "cut")
		if cut < len(text) && sum([][]any{{text, ""}}) == sum([][]any{{text[:cut], text[cut:]}}) {
			t.Fatalf("%q cut at %d", text, cut)
		}
	})
}

func toAny[T any](v T) any { return v }

func sameValue(a, b any) bool {
	x, ok := a.([]byte)
	y, ok2 := b.([]byte)
	if ok != ok2 {
		return false
	}
	if ok {
		return bytes.Equal(x, y)
	}
	return a == b
}
