package store_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/store/storetest"
)

// TestMain lets the test binary be run again as the process that is killed.
func TestMain(m *testing.M) {
	if rawURL := os.Getenv(writerURL); rawURL != "" {
		os.Exit(write(rawURL, os.Getenv(writerName)))
	}
	if rawURL := os.Getenv(restorerURL); rawURL != "" {
		os.Exit(restoreAndHang(rawURL, os.Getenv(restorerFile)))
	}
	os.Exit(m.Run())
}

// An engine gives the URL of a fresh, empty database.
type engine func(t testing.TB) string

func sqlite(t testing.TB) string {
	u := url.URL{Scheme: "sqlite", Path: filepath.Join(t.TempDir(), "a database?.db")}
	return u.String()
}

// open opens a database until the end of the test, and migrates it.
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
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, sqlite(t), store.Options{Server: true}) })
	testEngine(t, "sqlite", sqlite)
	t.Run("a second server on one file is refused and told the first one's pid", testTwoServers)
	t.Run("a database file is for its owner only", testFileMode)
	t.Run("a writer that waits for another process gives up with its context", testFileLocked)
	t.Run("migrating beside a server is refused", testMigrateServed)
	t.Run("a server tells commands what it answers from", testServerTellsCommands)
	t.Run("restoring beside a server is refused", func(t *testing.T) { testServed(t, sqlite) })
}

func TestPostgreSQL(t *testing.T) {
	server := storetest.Postgres(t)
	if server == "" {
		return // said by Postgres, and a failure where it is required
	}
	postgres := func(t testing.TB) string { return storetest.NewDatabase(t, server) }
	migrated := migratedOnce(t, server)
	storetest.Run(t, func(t *testing.T) *store.Store {
		return open(t, storetest.CopyDatabase(t, server, migrated), store.Options{})
	})
	testEngine(t, "postgres", postgres)
	t.Run("nodes that migrate at the same time wait for each other", func(t *testing.T) { testMigrateTogether(t, postgres) })
	t.Run("a transaction that lost is run again, a bounded number of times", func(t *testing.T) { testRetry(t, postgres) })
	t.Run("a connection that is cut is Unavailable, and the next one works", func(t *testing.T) { testCut(t, postgres, server) })
	t.Run("a writer does not wait for ever for one that hangs", func(t *testing.T) { testHung(t, postgres) })
	t.Run("a node tells how far it is once it answers from there", func(t *testing.T) { testNodes(t, postgres) })
	t.Run("a pooler between costs announcements and nothing else", func(t *testing.T) { testPooler(t, postgres) })
	t.Run("a follow reads what is new and no more", func(t *testing.T) { testShortReads(t, postgres) })
	t.Run("a commit is announced", func(t *testing.T) { testHint(t, postgres) })
	t.Run("a primary without its synchronous standby gives no lease and confirms no write", testNoStandby)
	t.Run("restoring beside a server is refused", func(t *testing.T) { testServed(t, postgres) })
	t.Run("a URL that names several hosts", testHosts)
	t.Run("a role that may only read and write rows restores them", testRestoreGranted)
	t.Run("a cloud moves from SQLite to PostgreSQL and back unchanged", func(t *testing.T) { testMoves(t, postgres) })
	t.Run("an examination tells how the server keeps what it is given", func(t *testing.T) { testExaminePostgres(t, postgres) })
	t.Run("a pool that shares sessions is seen, and backed up through", func(t *testing.T) { testPoolerShares(t, postgres) })
	t.Run("both engines have the same tables and columns", func(t *testing.T) { testSameTables(t, postgres) })
}

// migratedOnce names a database to copy: PostgreSQL takes half a second to make all tables.
func migratedOnce(t *testing.T, server string) (name string) {
	rawURL := storetest.NewDatabase(t, server)
	s, err := store.Open(t.Context(), rawURL, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Migrate(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// testEngine is what the suite cannot try on an open store alone.
func testEngine(t *testing.T, name string, e engine) {
	if got := open(t, e(t), store.Options{}).Engine(); got != name {
		t.Errorf("the engine is %q, want %q", got, name)
	}
	t.Run("a database is used only after it was migrated", func(t *testing.T) { testUnmigrated(t, e) })
	t.Run("a newer schema is refused in words", func(t *testing.T) { testNewerSchema(t, e) })
	t.Run("a change of an unknown kind is not skipped", func(t *testing.T) { testUnknownKind(t, e) })
	t.Run("what was written is there after reopening", func(t *testing.T) { testReopen(t, e) })
	t.Run("acknowledged writes of killed processes are all there", func(t *testing.T) { testKilledWriters(t, e) })
	testBackups(t, e)
	t.Run("administrators are counted however they came to the role", func(t *testing.T) { testAdministrators(t, e) })
}
