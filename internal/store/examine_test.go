package store_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/store/storetest"
)

func TestAnExaminationOfAFileFindsWhatIsWrongWithIt(t *testing.T) {
	rawURL := sqlite(t)
	s := open(t, rawURL, store.Options{})
	storetest.Whole(t, s)
	examine := func() *store.SQLiteState {
		t.Helper()
		x, err := s.Examine(t.Context())
		if err != nil || x.SQLite == nil || x.Postgres != nil {
			t.Fatal(x, err)
		}
		return x.SQLite
	}
	x := examine()
	if x.Mode != 0o600 || x.JournalMode != "wal" || x.Synchronous != 2 || !x.Checked || x.Fault != "" || x.Size < 100_000 || x.Free <= 0 || x.File != path(t, rawURL) {
		t.Errorf("%+v", x)
	}
	if err := os.Chmod(path(t, rawURL)+"-wal", 0o640); err != nil {
		t.Fatal(err)
	}
	if x := examine(); x.Mode != 0o640 {
		t.Errorf("others can read the log, and the mode is %04o", x.Mode)
	}
	// A rule that the rows break is what damage looks like.
	damage := raw(t, rawURL)
	damage.SetMaxOpenConns(1)
	statement(t, damage, `PRAGMA writable_schema = ON`)
	statement(t, damage, `UPDATE sqlite_master SET sql = replace(sql, 'parent_id   TEXT    REFERENCES', 'parent_id   TEXT NOT NULL REFERENCES') WHERE name = 'project'`)
	s = open(t, rawURL, store.Options{})
	if x := examine(); !strings.Contains(x.Fault, "project.parent_id") {
		t.Errorf("the damage is not found: %+v", x)
	}
}

func testExaminePostgres(t *testing.T, e engine) {
	rawURL := e(t)
	s := open(t, rawURL, store.Options{})
	x, err := s.Examine(t.Context())
	if err != nil || x.Postgres == nil || x.SQLite != nil {
		t.Fatal(x, err)
	}
	p := x.Postgres
	if p.Standby || p.Shared || !p.Prepares || p.Used < 1 || p.Limit <= p.Used || p.Version == "" {
		t.Errorf("%+v", p)
	}
	var fsync string
	if err := raw(t, rawURL).QueryRowContext(t.Context(), `SHOW fsync`).Scan(&fsync); err != nil || p.Settings["fsync"] != fsync || p.Settings["synchronous_commit"] == "" {
		t.Errorf("fsync is %s, %v: %v", fsync, err, p.Settings)
	}
}

// testPoolerShares: a pool that shares sessions is seen, and does not keep a backup from being whole.
func testPoolerShares(t *testing.T, e engine) {
	rawURL := e(t)
	s := open(t, rawURL, store.Options{})
	storetest.Whole(t, s)
	through := pooled(t, rawURL)
	if through == "" {
		return // said by pooled, and a failure where it is required
	}
	var pool *store.Store
	deadline := time.Now().Add(10 * time.Second)
	for err := error(nil); pool == nil; {
		if pool, err = store.Open(t.Context(), through, store.Options{}); err != nil && time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	defer func() { _ = pool.Close() }()
	x, err := pool.Examine(t.Context())
	if err != nil || !x.Postgres.Shared || x.Postgres.Prepares {
		t.Errorf("%+v %v", x.Postgres, err)
	}
	same(t, "a backup through the pool", rows(t, pool), rows(t, s))
}

// testAdministrators: whoever has the role on the system counts once, by whatever way.
func testAdministrators(t *testing.T, e engine) {
	s := open(t, e(t), store.Options{})
	ctx := t.Context()
	count := func(want int64) {
		t.Helper()
		if n, err := s.Administrators(ctx, "admin"); err != nil || n != want {
			t.Fatalf("%d administrators, want %d (%v)", n, want, err)
		}
	}
	change := func(f func(tx *store.Tx) error) {
		t.Helper()
		if _, err := s.Update(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	grant := func(by identity.Actor, on identity.Target, role identity.RoleID) {
		change(func(tx *store.Tx) error {
			return tx.AddAssignment(ctx, identity.Assignment{Actor: by, Target: on, Role: role})
		})
	}
	user := func(id identity.UserID, enabled bool) *identity.User {
		return &identity.User{ID: id, DomainID: "d", Name: string(id), Enabled: enabled}
	}
	change(func(tx *store.Tx) error {
		err := tx.InsertProject(ctx, &identity.Project{ID: "d", Name: "d", IsDomain: true, Enabled: true})
		for _, r := range []*identity.Role{{ID: "r1", Name: "admin"}, {ID: "r2", Name: "boss"}, {ID: "r3", Name: "admin", DomainID: "d"}} {
			if err == nil {
				err = tx.InsertRole(ctx, r)
			}
		}
		for _, u := range []*identity.User{user("a", true), user("b", true), user("c", true), user("off", false)} {
			if err == nil {
				err = tx.InsertUser(ctx, u)
			}
		}
		if err == nil {
			err = tx.AddImplication(ctx, identity.Implication{Prior: "r2", Implied: "r1"})
		}
		if err == nil {
			err = tx.InsertGroup(ctx, &identity.Group{ID: "g", DomainID: "d", Name: "g"})
		}
		return err
	})
	system := identity.Target{System: true}
	grant(identity.Actor{User: "a"}, identity.Target{Project: "d"}, "r1")
	grant(identity.Actor{User: "b"}, system, "r3")
	grant(identity.Actor{User: "off"}, system, "r1")
	grant(identity.Actor{Group: "g"}, system, "r1")
	count(0)
	grant(identity.Actor{User: "a"}, system, "r1")
	count(1)
	change(func(tx *store.Tx) error { return tx.AddMember(ctx, identity.Membership{UserID: "a", GroupID: "g"}) })
	count(1)
	change(func(tx *store.Tx) error { return tx.AddMember(ctx, identity.Membership{UserID: "b", GroupID: "g"}) })
	count(2)
	grant(identity.Actor{User: "c"}, system, "r2")
	count(3)
	change(func(tx *store.Tx) error {
		return tx.UpdateProject(ctx, &identity.Project{ID: "d", Name: "d", IsDomain: true})
	})
	count(0)
}
