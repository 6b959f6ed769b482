package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/store/storetest"
)

// asItWas is a restore that adds nothing.
func asItWas([]identity.SealedKey) (func(*store.Tx) error, error) {
	return func(*store.Tx) error { return nil }, nil
}

func backUp(t testing.TB, s *store.Store) (file string, info store.BackupInfo) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "a backup?.db")
	info, err := s.Backup(t.Context(), file, store.BackupOptions{Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	return file, info
}

func openBackup(t testing.TB, file string) *store.Backup {
	t.Helper()
	b, err := store.OpenBackup(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func restore(t testing.TB, s *store.Store, file string, o store.RestoreOptions) (rev int64, err error) {
	t.Helper()
	return s.Restore(t.Context(), openBackup(t, file), o, asItWas)
}

// rows is all there is in a store, table by table.
func rows(t testing.TB, s *store.Store) []store.BackupTable {
	t.Helper()
	_, info := backUp(t, s)
	return info.Tables
}

func objects(t testing.TB, s *store.Store) map[string]any {
	t.Helper()
	all := map[string]any{}
	if _, err := s.Load(t.Context(), func(c identity.Change) error {
		all[string(c.Kind)+" "+c.Key] = c.Object
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func same[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

// testBackups is what every engine promises of backups and restores.
func testBackups(t *testing.T, e engine) {
	t.Run("a backup is a private file with all rows of every table", func(t *testing.T) { testBackup(t, e) })
	t.Run("a backup under load is of one revision: all that was acknowledged, nothing by half", func(t *testing.T) { testBackupUnderLoad(t, e) })
	t.Run("a restore makes what was backed up, at a later revision", func(t *testing.T) { testRestore(t, e) })
	t.Run("a restore of many rows leaves every index and reference as it was", func(t *testing.T) { testRestoreMany(t, e) })
	t.Run("what would be lost is named, and lost only on demand", func(t *testing.T) { testRestoreReplaces(t, e) })
	t.Run("a restore that fails leaves the database as it was", func(t *testing.T) { testRestoreFails(t, e) })
	t.Run("a restore that is killed leaves the database as it was", func(t *testing.T) { testRestoreKilled(t, e) })
	t.Run("a schema that is not known whole is neither backed up nor restored to", func(t *testing.T) { testBackupOfNewerSchema(t, e) })
	t.Run("who follows the changes loads afresh after a restore", func(t *testing.T) { testRestoreFollowed(t, e) })
}

func testBackup(t *testing.T, e engine) {
	s := open(t, e(t), store.Options{})
	storetest.Whole(t, s)
	file, info := backUp(t, s)
	if info.Engine != s.Engine() || info.Version != "1.2.3" || info.Revision != 2 {
		t.Errorf("it says of itself: %+v", info)
	}
	for _, table := range info.Tables {
		if table.Rows == 0 {
			t.Errorf("storetest.Whole writes no row of table %s: it was not tried", table.Name)
		}
	}
	b := openBackup(t, file)
	same(t, "what an open backup says of itself", b.BackupInfo, info)
	if err := b.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if stat, err := os.Stat(file); err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", stat.Mode(), err)
	}
	if _, err := s.Backup(t.Context(), file, store.BackupOptions{}); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("over a file that is there: %v", err)
	}
	if beside, err := os.ReadDir(filepath.Dir(file)); err != nil || len(beside) != 1 {
		t.Errorf("%v is left beside the backup, %v", beside, err)
	}
	same(t, "a second backup", rows(t, s), info.Tables)
}

// testBackupOfNewerSchema: a server may work on a schema that is a step ahead of it, but a backup would
// leave out what it does not know.
func testBackupOfNewerSchema(t *testing.T, e engine) {
	rawURL := e(t)
	s := open(t, rawURL, store.Options{})
	file, _ := backUp(t, s)
	statement(t, raw(t, rawURL), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, TRUE)`)
	_, taking := s.Backup(t.Context(), filepath.Join(t.TempDir(), "backup"), store.BackupOptions{})
	_, restoring := restore(t, s, file, store.RestoreOptions{Replace: true})
	for what, err := range map[string]error{"backup": taking, "restore": restoring} {
		if err == nil || !strings.Contains(err.Error(), "use the lintel that migrated it") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func service(name string) func(ctx context.Context, tx *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) error {
		if err := tx.InsertService(ctx, &identity.Service{ID: identity.ServiceID(name), Type: "compute"}); err != nil {
			return err
		}
		for _, i := range []identity.Interface{identity.PublicInterface, identity.InternalInterface} {
			err := tx.InsertEndpoint(ctx, &identity.Endpoint{ID: identity.EndpointID(name) + "-" + identity.EndpointID(i), ServiceID: identity.ServiceID(name), Interface: i})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

func testBackupUnderLoad(t *testing.T, e engine) {
	s := open(t, e(t), store.Options{})
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	many := make(chan struct{}, 1000)
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				name := fmt.Sprintf("%d-%d", w, n)
				if _, err := s.Update(t.Context(), func(tx *store.Tx) error { return service(name)(t.Context(), tx) }); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acknowledged[name] = true
				mu.Unlock()
				select {
				case many <- struct{}{}:
				default:
				}
			}
		})
	}
	for range 3 {
		for range 30 {
			<-many
		}
		mu.Lock()
		before := make([]string, 0, len(acknowledged))
		for name := range acknowledged {
			before = append(before, name)
		}
		mu.Unlock()
		file, info := backUp(t, s)
		copied := open(t, sqlite(t), store.Options{})
		if _, err := restore(t, copied, file, store.RestoreOptions{}); err != nil {
			t.Fatal(err)
		}
		auditBackup(t, objects(t, copied), before, info.Revision)
	}
	stop()
	writers.Wait()
}

// auditBackup looks for what was acknowledged before, for halves, and for commits after the revision.
func auditBackup(t *testing.T, all map[string]any, before []string, rev int64) {
	t.Helper()
	for _, name := range before {
		if all["service "+name] == nil {
			t.Errorf("%s was acknowledged before the backup and is not in it", name)
		}
	}
	services, endpoints := int64(0), int64(0)
	for _, object := range all {
		switch object.(type) {
		case *identity.Service:
			services++
		case *identity.Endpoint:
			endpoints++
		}
	}
	if services != rev || endpoints != 2*services {
		t.Errorf("%d services and %d endpoints in a backup of revision %d", services, endpoints, rev)
	}
}

func testRestore(t *testing.T, e engine) {
	s := open(t, e(t), store.Options{})
	storetest.Whole(t, s)
	file, info := backUp(t, s)
	fresh, err := store.Open(t.Context(), e(t), store.Options{}) // never migrated
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = fresh.Close() }()
	rev, err := restore(t, fresh, file, store.RestoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "tables", rows(t, fresh), info.Tables)
	same(t, "model", objects(t, fresh), objects(t, s))
	if now, err := fresh.Load(t.Context(), nothing); err != nil || now != rev || rev <= info.Revision+1_000_000 {
		t.Errorf("revision %d, of which Restore says %d, after one of revision %d (%v)", now, rev, info.Revision, err)
	}
	// Counters go on after the rows.
	for n := range 3 {
		if _, err := fresh.Update(t.Context(), func(tx *store.Tx) error {
			return tx.AddPassword(t.Context(), identity.Password{ID: fmt.Sprint("new", n), UserID: "ada", Kind: identity.LoginPassword, Hash: "h"})
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func testRestoreReplaces(t *testing.T, e engine) {
	s := open(t, e(t), store.Options{})
	storetest.Whole(t, s)
	file, info := backUp(t, s)
	if _, err := s.Update(t.Context(), func(tx *store.Tx) error { return service("later")(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	before := rows(t, s)
	var full *store.NotEmptyError
	if _, err := restore(t, s, file, store.RestoreOptions{}); !errors.As(err, &full) || !strings.Contains(full.Holds, "user 2") || !strings.Contains(full.Holds, "service 2") {
		t.Fatalf("restored over rows: %v", err)
	}
	same(t, "after the refusal", rows(t, s), before)
	rev, err := restore(t, s, file, store.RestoreOptions{Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "after the restore", rows(t, s), info.Tables)
	again, err := restore(t, s, file, store.RestoreOptions{Replace: true})
	if err != nil || again <= rev {
		t.Errorf("revision %d after %d (%v): a revision must not come twice", again, rev, err)
	}
}

func testRestoreFails(t *testing.T, e engine) {
	s := open(t, e(t), store.Options{})
	storetest.Whole(t, s)
	file, _ := backUp(t, s)
	if _, err := s.Update(t.Context(), func(tx *store.Tx) error { return service("later")(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	before, rev := objects(t, s), revisionOf(t, s)
	oops := errors.New("oops")
	for what, plan := range map[string]func([]identity.SealedKey) (func(*store.Tx) error, error){
		"the keys do not open": func(keys []identity.SealedKey) (func(*store.Tx) error, error) {
			same(t, "keys in the backup", len(keys), 1)
			return nil, oops
		},
		"at the end": func([]identity.SealedKey) (func(*store.Tx) error, error) {
			return func(*store.Tx) error { return oops }, nil
		},
	} {
		if _, err := s.Restore(t.Context(), openBackup(t, file), store.RestoreOptions{Replace: true}, plan); !errors.Is(err, oops) {
			t.Errorf("%s: %v", what, err)
		}
		same(t, what, objects(t, s), before)
		same(t, "revision", revisionOf(t, s), rev)
	}
}

func revisionOf(t testing.TB, s *store.Store) int64 {
	t.Helper()
	rev, err := s.Load(t.Context(), nothing)
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func testRestoreFollowed(t *testing.T, e engine) {
	s := open(t, e(t), store.Options{})
	storetest.Whole(t, s)
	file, _ := backUp(t, s)
	seen := revisionOf(t, s)
	rev, err := restore(t, s, file, store.RestoreOptions{Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	for since, want := range map[int64]error{0: identity.ErrChangeGap, seen: identity.ErrChangeGap, rev - 1: identity.ErrChangeGap, rev: nil, rev + 1: identity.ErrChangeGap} {
		if _, err := s.Changes(t.Context(), since, nothing); !errors.Is(err, want) {
			t.Errorf("changes since %d: %v, want %v", since, err, want)
		}
	}
}

// testMoves: the same backup fills either engine, and what comes back is what went.
func testMoves(t *testing.T, e engine) {
	from := open(t, sqlite(t), store.Options{})
	storetest.Whole(t, from)
	want := rows(t, from)
	for _, next := range []engine{e, sqlite, e} {
		file, _ := backUp(t, from)
		to := open(t, next(t), store.Options{})
		if _, err := restore(t, to, file, store.RestoreOptions{}); err != nil {
			t.Fatal(err)
		}
		same(t, "tables on "+to.Engine(), rows(t, to), want)
		from = to
	}
}

// testServed: a server that has the database open forbids a restore.
func testServed(t *testing.T, e engine) {
	rawURL := e(t)
	server := open(t, rawURL, store.Options{Server: true})
	storetest.Whole(t, server)
	node := server.Member(identity.Node{ID: "n1", Name: "host1", Lease: time.Minute})
	if err := node.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	file, info := backUp(t, server)
	command := open(t, rawURL, store.Options{})
	if _, err := restore(t, command, file, store.RestoreOptions{Replace: true}); err == nil || !strings.Contains(err.Error(), "in use by") || !strings.Contains(err.Error(), "stop") {
		t.Fatalf("beside a server: %v", err)
	}
	same(t, "after the refusal", rows(t, server), info.Tables)
	if err := errors.Join(node.Leave(t.Context()), server.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t, command, file, store.RestoreOptions{Replace: true}); err != nil {
		t.Errorf("after the server has left: %v", err)
	}
}

// Flipped bits and cut ends: nothing else than what was backed up is ever taken for it.
func TestADamagedBackupIsRefusedOrTheSame(t *testing.T) {
	s := open(t, sqlite(t), store.Options{})
	storetest.Whole(t, s)
	file, info := backUp(t, s)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	refused, restored := 0, 0
	for n := range 160 {
		random := rand.New(rand.NewPCG(1, uint64(n)))
		bad := append([]byte(nil), good...)
		for range 1 + random.IntN(8) {
			at := random.IntN(len(bad))
			for bad[at] == 0 { // most of a small database is
				at = (at + 1) % len(bad)
			}
			bad[at] ^= byte(1 + random.IntN(255))
		}
		if n%8 == 0 {
			bad = good[:random.IntN(len(good))]
		}
		got, err := read(t, bad, n%4 == 1)
		if err != nil {
			refused++
			continue
		}
		restored++
		same(t, fmt.Sprintf("tables of damaged backup %d", n), got, info.Tables)
		if len(bad) < len(good) {
			t.Errorf("cut at %d it is taken for whole", len(bad))
		}
	}
	t.Logf("%d refused, %d the same", refused, restored)
	if refused < 80 {
		t.Errorf("only %d of 160 were refused: the damage was not where it hurts", refused)
	}
}

// read verifies a backup, or restores it, and returns what it holds.
func read(t *testing.T, text []byte, whole bool) ([]store.BackupTable, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bad")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := store.OpenBackup(t.Context(), file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = b.Close() }()
	if !whole {
		return b.Tables, b.Verify(t.Context())
	}
	to := open(t, sqlite(t), store.Options{})
	if _, err := to.Restore(t.Context(), b, store.RestoreOptions{}, asItWas); err != nil {
		if len(objects(t, to)) > 0 {
			t.Error("a restore that was refused left rows")
		}
		return nil, err
	}
	return rows(t, to), nil
}

func TestWhatIsNoBackupIsRefusedInWords(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	rawURL := sqlite(t)
	database := open(t, rawURL, store.Options{})
	file, _ := backUp(t, database)
	for _, change := range []struct{ statement, words string }{
		{`CREATE TRIGGER t AFTER INSERT ON role BEGIN DELETE FROM role; END`, "its tables are not those of schema version"},
		{`UPDATE backup SET format = 2`, "has format 2"},
		{`UPDATE backup SET revision = revision + 1`, "was altered"},
		{`UPDATE backup SET schema = 999, sha256 = ''`, "was altered"},
		{`UPDATE backup_table SET rows = 0 WHERE name = 'goose'`, ""},
		{`DELETE FROM backup`, "does not say what it is of"},
	} {
		altered := copyOf(t, file)
		statement(t, raw(t, "sqlite://"+altered), change.statement)
		b, err := store.OpenBackup(t.Context(), altered)
		if change.words == "" {
			if err != nil || b.Close() != nil {
				t.Errorf("%s: %v", change.statement, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), change.words) {
			t.Errorf("%s: %v", change.statement, err)
		}
	}
	for what, words := range map[string]string{text: "cannot be read, or is damaged", dir: "is not a file", filepath.Join(dir, "none"): "no such file",
		path(t, rawURL): "is no backup made by lintel backup"} {
		if _, err := store.OpenBackup(t.Context(), what); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func copyOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// A backup that is put in the place of the database would bring revoked tokens back to life.
func TestABackupIsNotServed(t *testing.T) {
	file, _ := backUp(t, open(t, sqlite(t), store.Options{}))
	_, err := store.Open(t.Context(), "sqlite://"+copyOf(t, file), store.Options{Server: true})
	if err == nil || !strings.Contains(err.Error(), "lintel restore") {
		t.Fatalf("it is served: %v", err)
	}
}
