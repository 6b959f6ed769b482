package store_test

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/store/storetest"
)

// The environment that makes the test binary restore a backup: see TestMain.
const (
	restorerURL  = "LINTEL_TEST_RESTORER_URL"
	restorerFile = "LINTEL_TEST_RESTORER_FILE"
)

// restoreAndHang restores over what there is, says when all rows are written, and waits before the commit.
func restoreAndHang(rawURL, file string) int {
	ctx := context.Background()
	s, err := store.Open(ctx, rawURL, store.Options{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	b, err := store.OpenBackup(ctx, file)
	if err == nil {
		_, err = s.Restore(ctx, b, store.RestoreOptions{Replace: true}, func([]identity.SealedKey) (func(*store.Tx) error, error) {
			return func(*store.Tx) error {
				fmt.Println("written")
				select {}
			}, nil
		})
	}
	fmt.Println(err)
	return 1
}

func testRestoreKilled(t *testing.T, e engine) {
	empty, _ := backUp(t, open(t, sqlite(t), store.Options{}))
	rawURL := e(t)
	s := open(t, rawURL, store.Options{})
	storetest.Whole(t, s)
	before, rev := rows(t, s), revisionOf(t, s)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), restorerURL+"="+rawURL, restorerFile+"="+empty)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "written\n" {
		t.Errorf("%s %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // it was killed
	same(t, "after the kill", rows(t, s), before)
	same(t, "revision", revisionOf(t, s), rev)
	if _, err := s.Update(t.Context(), func(tx *store.Tx) error { return service("later")(t.Context(), tx) }); err != nil {
		t.Errorf("nothing can be written afterwards: %v", err)
	}
}

// testRestoreMany: the indexes of large tables are made when the rows are there.
func testRestoreMany(t *testing.T, e engine) {
	s := open(t, e(t), store.Options{})
	storetest.Whole(t, s)
	manyUsers(t, s)
	file, info := backUp(t, s)
	rawURL := e(t)
	fresh := open(t, rawURL, store.Options{})
	schema := `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL`
	if fresh.Engine() == "postgres" {
		schema = `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint`
	}
	before := texts(t, rawURL, schema)
	if _, err := restore(t, fresh, file, store.RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
	same(t, "tables", rows(t, fresh), info.Tables)
	same(t, "indexes and references", texts(t, rawURL, schema), before)
	if _, err := restore(t, fresh, file, store.RestoreOptions{Replace: true}); err != nil {
		t.Fatal(err)
	}
	same(t, "tables, when they replaced as many rows", rows(t, fresh), info.Tables)
	same(t, "indexes and references, after that", texts(t, rawURL, schema), before)
	_, err := fresh.Update(t.Context(), func(tx *store.Tx) error {
		return tx.InsertUser(t.Context(), &identity.User{ID: "another", DomainID: "acme", Name: "many 7"})
	})
	if identity.KindOf(err) != identity.Conflict {
		t.Errorf("a name that is there: %v", err)
	}
}

// manyUsers adds enough users and grants that their tables count as large.
func manyUsers(t *testing.T, s *store.Store) {
	t.Helper()
	const users = 2000
	err := s.BulkInsert(t.Context(), func(yield func(identity.Change) bool) {
		for n := range users {
			user := &identity.User{ID: identity.UserID(fmt.Sprintf("many-%04d", n)), DomainID: "acme", Name: fmt.Sprint("many ", n)}
			grant := &identity.Assignment{Actor: identity.Actor{User: user.ID}, Target: identity.Target{Project: "web"}, Role: "member"}
			if !yield(identity.Change{Object: user}) || !yield(identity.Change{Object: grant}) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// testRestoreGranted: a role that owns no table may neither empty it at once nor drop its indexes.
func testRestoreGranted(t *testing.T) {
	server := storetest.OwnPostgres(t) // roles are the server's
	if server == "" {
		return
	}
	whole := open(t, storetest.NewDatabase(t, server), store.Options{})
	storetest.Whole(t, whole)
	manyUsers(t, whole)
	file, info := backUp(t, whole)
	rawURL := storetest.NewDatabase(t, server)
	owned := open(t, rawURL, store.Options{})
	_, err := owned.Update(t.Context(), func(tx *store.Tx) error { return service("replaced")(t.Context(), tx) })
	if err != nil {
		t.Fatal(err)
	}
	db := raw(t, rawURL)
	statement(t, db, `CREATE ROLE clerk LOGIN`)
	statement(t, db, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk`)
	statement(t, db, `GRANT SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO clerk`)
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User("clerk")
	s := open(t, u.String(), store.Options{})
	for _, round := range []string{"over a few rows", "over as many rows"} {
		if _, err := restore(t, s, file, store.RestoreOptions{Replace: true}); err != nil {
			t.Fatal(round, err)
		}
		same(t, "tables, "+round, rows(t, owned), info.Tables)
	}
}

// testSameTables: backups take their tables from SQLite's schema, so a table or column that
// PostgreSQL alone has would be lost, and so would the place of a counter that nobody knows of.
// PostgreSQL alone lists the servers, which no backup keeps.
func testSameTables(t *testing.T, e engine) {
	sqliteURL, postgresURL := sqlite(t), e(t)
	open(t, sqliteURL, store.Options{})
	open(t, postgresURL, store.Options{})
	want := texts(t, sqliteURL, `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'goose_db_version'`)
	got := texts(t, postgresURL, `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT IN ('goose_db_version', 'node')`)
	same(t, "columns", got, want)
	counters := texts(t, postgresURL, `SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name <> 'goose_db_version' AND (is_identity = 'YES' OR column_default LIKE 'nextval%')`)
	same(t, "columns that count", counters, map[string]bool{"password.seq": true})
}

func texts(t *testing.T, rawURL, query string) map[string]bool {
	t.Helper()
	found, err := raw(t, rawURL).QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	all := map[string]bool{}
	for found.Next() {
		var text string
		if err := found.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all[text] = true
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
