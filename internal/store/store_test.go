package store_test

import (
	"context"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/store/storetest"
)

func sqliteURL(t testing.TB) string {
	u := url.URL{Scheme: "sqlite", Path: filepath.Join(t.TempDir(), "lintel.db")}
	return u.String()
}

// open opens and migrates a database until the end of the test.
func open(t testing.TB, rawURL string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), rawURL, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, sqliteURL(t), store.Options{Server: true}) })
}

func TestPostgreSQL(t *testing.T) {
	server := storetest.Postgres(t)
	if server == "" {
		return // said by Postgres, and a failure where it is required
	}
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, storetest.NewDatabase(t, server), store.Options{}) })
}
