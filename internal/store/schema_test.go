package store_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// raw opens the database behind the store's back.
func raw(t testing.TB, rawURL string) *sql.DB {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	driver, dsn := "pgx", rawURL
	if u.Scheme == "sqlite" {
		file := url.URL{Scheme: "file", Path: u.Path, RawQuery: "_txlock=immediate"}
		driver, dsn = "sqlite", file.String()
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func statement(t testing.TB, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

func nothing(identity.Change) error { return nil }

func testUnmigrated(t *testing.T, e engine) {
	ctx := t.Context()
	s, err := store.Open(ctx, e(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if have, want, err := s.Schema(ctx); have != 0 || want < 1 || err != nil {
		t.Fatalf("schema of an empty database: %d of %d, %v", have, want, err)
	}
	_, updating := s.Update(ctx, func(*store.Tx) error { return nil })
	_, loading := s.Load(ctx, nothing)
	_, changing := s.Changes(ctx, 0, nothing)
	_, listing := s.ListUserIDs(ctx, identity.UserFilter{})
	for what, err := range map[string]error{"Update": updating, "Load": loading, "Changes": changing, "ListUserIDs": listing,
		"BulkInsert": s.BulkInsert(ctx, func(func(identity.Change) bool) {}), "ClearLoginFailures": s.ClearLoginFailures(ctx, "u")} {
		if err == nil || !strings.Contains(err.Error(), "run lintel migrate") {
			t.Errorf("%s before Migrate: %v", what, err)
		}
	}
	for range 2 { // migrating a migrated database does nothing
		if err := s.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if have, want, err := s.Schema(ctx); have != want || err != nil {
		t.Fatalf("schema after Migrate: %d of %d, %v", have, want, err)
	}
	if rev, err := s.Load(ctx, nothing); rev != 0 || err != nil {
		t.Fatalf("Load of a fresh database: %d, %v", rev, err)
	}
}

func testNewerSchema(t *testing.T, e engine) {
	rawURL := e(t)
	open(t, rawURL, store.Options{})
	statement(t, raw(t, rawURL), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, TRUE)`)
	s, err := store.Open(t.Context(), rawURL, store.Options{})
	if err != nil {
		t.Fatalf("a newer schema that says it agrees with this binary: %v", err)
	}
	_, err = s.Load(t.Context(), nothing)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	statement(t, raw(t, rawURL), `UPDATE compatibility SET oldest = 99`)
	_, err = store.Open(t.Context(), rawURL, store.Options{})
	if err == nil || !strings.Contains(err.Error(), "schema version 99") || !strings.Contains(err.Error(), "this lintel knows versions up to") ||
		!strings.Contains(err.Error(), "restore the backup") {
		t.Fatalf("got %v", err)
	}
}

func testMigrateTogether(t *testing.T, e engine) {
	rawURL := e(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := store.Open(context.Background(), rawURL, store.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = s.Close() }()
			if err := s.Migrate(context.Background()); err != nil {
				t.Error(err)
			}
			if _, err := s.Load(context.Background(), nothing); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func testReopen(t *testing.T, e engine) {
	rawURL := e(t)
	s := open(t, rawURL, store.Options{})
	rev, err := s.Update(t.Context(), func(tx *store.Tx) error {
		return tx.InsertRegion(t.Context(), &identity.Region{ID: "eu"})
	})
	if err != nil || rev != 1 {
		t.Fatal(rev, err)
	}
	again := open(t, rawURL, store.Options{})
	list, err := again.ListRegions(t.Context(), "")
	if err != nil || len(list) != 1 || list[0].ID != "eu" {
		t.Fatal(list, err)
	}
}

func TestOpenRefusesWhatIsNoDatabaseURL(t *testing.T) {
	for _, rawURL := range []string{"", "lintel.db", "sqlite://lintel.db", "sqlite:lintel.db", "sqlite:///x.db?mode=ro", "mysql://root:hunter2@h/db",
		"postgres://root:hunter2@h:notaport/db", "://hunter2"} {
		s, err := store.Open(t.Context(), rawURL, store.Options{})
		if err == nil {
			t.Errorf("%q opened: %v", rawURL, s.Close())
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}
