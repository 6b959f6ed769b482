package store_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/store/storetest"
)

// addRegion makes a change of the model.
func addRegion(ctx context.Context, s *store.Store, id string) (int64, error) {
	return s.Update(ctx, func(tx *store.Tx) error { return tx.InsertRegion(ctx, &identity.Region{ID: identity.RegionID(id)}) })
}

// join makes a node of a new store on the database.
func join(t *testing.T, rawURL, id string) *store.Member {
	t.Helper()
	m := open(t, rawURL, store.Options{}).Member(identity.Node{ID: id, Name: "host-" + id, Lease: 5 * time.Second, State: "starting"})
	if err := m.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

// follow follows from a revision, and returns the revision and the keys that it was given.
func follow(t *testing.T, m *store.Member, since int64) (rev int64, keys []string) {
	t.Helper()
	err := m.Follow(t.Context(), since, func(c identity.Change) error {
		keys = append(keys, c.Key)
		return nil
	}, func(to int64) {
		rev = to
		if told := nodeOf(t, m.Store, "a"); told != nil && told.Rev >= to && to > since {
			t.Error("the others were told of a revision before the node answered from it")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return rev, keys
}

// nodeOf is a node as the others see it; nil where there is none.
func nodeOf(t *testing.T, s *store.Store, id string) *identity.Node {
	t.Helper()
	nodes, err := s.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		if n.ID == id {
			return &n
		}
	}
	return nil
}

func testNodes(t *testing.T, e engine) {
	rawURL := e(t)
	a := join(t, rawURL, "a")
	writer := open(t, rawURL, store.Options{})
	if n := nodeOf(t, writer, "a"); n == nil || n.Rev != 0 || n.Lease != 5*time.Second || n.Name != "host-a" {
		t.Fatalf("a node that has joined is listed as %+v", n)
	}
	rev, err := addRegion(t.Context(), writer, "one")
	if err != nil {
		t.Fatal(err)
	}
	beats := nodeOf(t, writer, "a").Beats
	a.SetState(identity.NodeReady)
	if got, keys := follow(t, a, 0); got != rev || len(keys) != 1 || keys[0] != "one" {
		t.Fatalf("followed to %d with %v, want %d with one region", got, keys, rev)
	}
	if n := nodeOf(t, writer, "a"); n.Rev != rev || n.Beats <= beats || n.State != identity.NodeReady {
		t.Fatalf("after it followed: %+v", n)
	}
	stale := *nodeOf(t, writer, "a")
	follow(t, a, rev)
	if err := writer.ForgetNode(t.Context(), stale); err != nil || nodeOf(t, writer, "a") == nil {
		t.Fatalf("a node that beat again was forgotten: %v", err)
	}
	if err := writer.ForgetNode(t.Context(), *nodeOf(t, writer, "a")); err != nil || nodeOf(t, writer, "a") != nil {
		t.Fatalf("a node was not forgotten: %v", err)
	}
	if err := a.Follow(t.Context(), rev, nothing, func(int64) {}); !errors.Is(err, identity.ErrNotJoined) {
		t.Fatalf("a forgotten node followed: %v", err)
	}
	if err := errors.Join(a.Join(t.Context()), a.Leave(t.Context())); err != nil || nodeOf(t, writer, "a") != nil {
		t.Fatalf("a node that left is listed, or %v", err)
	}
}

func testUnknownKind(t *testing.T, e engine) {
	rawURL := e(t)
	s := open(t, rawURL, store.Options{})
	rev, err := addRegion(t.Context(), s, "one")
	if err != nil {
		t.Fatal(err)
	}
	statement(t, raw(t, rawURL), `UPDATE change_log SET kind = 'something newer'`)
	if _, err := s.Changes(t.Context(), rev-1, nothing); !errors.Is(err, identity.ErrChangeGap) {
		t.Fatalf("a change of an unknown kind: %v", err)
	}
}

func testHint(t *testing.T, e engine) {
	rawURL := e(t)
	s := open(t, rawURL, store.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	hints, ended := make(chan struct{}, 100), make(chan struct{})
	go func() {
		defer close(ended)
		s.Listen(ctx, func() { hints <- struct{}{} })
	}()
	<-hints // it listens
	other := open(t, rawURL, store.Options{})
	for _, by := range append(slices.Repeat([]*store.Store{s}, 20), other) {
		if _, err := addRegion(t.Context(), by, identity.NewID()); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-hints:
	case <-time.After(10 * time.Second):
		t.Error("no hint of another's committed change")
	}
	if len(hints) > 0 { // its own were committed first
		t.Error("a hint of a change of its own")
	}
	cancel()
	<-ended
}

// testShortReads: PostgreSQL has no statistics of a new database for a minute, here not at all.
func testShortReads(t *testing.T, e engine) {
	rawURL := e(t)
	const changes = 100
	other := open(t, rawURL, store.Options{})
	statement(t, raw(t, rawURL), `ALTER TABLE change_log SET (autovacuum_enabled = off)`)
	func() {
		server, err := store.Open(t.Context(), rawURL, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close() }() // its connections tell what they have read
		a := server.Member(identity.Node{ID: "a", Lease: 5 * time.Second})
		if err := a.Join(t.Context()); err != nil {
			t.Fatal(err)
		}
		for rev := range int64(changes) {
			if _, err := addRegion(t.Context(), other, identity.NewID()); err != nil {
				t.Fatal(err)
			}
			if to, keys := follow(t, a, rev); to != rev+1 || len(keys) != 1 {
				t.Fatalf("after revision %d: revision %d with %d changes", rev, to, len(keys))
			}
		}
	}()
	db := raw(t, rawURL)
	untilTrue(t, db, `SELECT idx_scan + seq_scan >= 100 FROM pg_stat_user_tables WHERE relname = 'change_log'`)
	var whole int
	if err := db.QueryRowContext(t.Context(), `SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'change_log'`).Scan(&whole); err != nil || whole > 0 {
		t.Errorf("the log was read from its beginning %d times in %d follows (%v)", whole, changes, err)
	}
}

// testNoStandby is a primary that waits for a synchronous standby which is gone: what an old primary is after a failover.
func testNoStandby(t *testing.T) {
	server := storetest.OwnPostgres(t)
	if server == "" {
		return
	}
	rawURL := storetest.NewDatabase(t, server)
	a := join(t, rawURL, "a")
	s := open(t, rawURL, store.Options{})
	rev, _ := follow(t, a, 0)
	db := raw(t, server)
	standby := func(names string) {
		t.Helper()
		statement(t, db, `ALTER SYSTEM SET synchronous_standby_names = '`+names+`'`)
		statement(t, db, `SELECT pg_reload_conf()`)
		untilTrue(t, db, `SELECT current_setting('synchronous_standby_names') = '`+names+`'`)
	}
	standby("ghost")
	defer standby("") // a temporary database is dropped by a commit that waits as well
	// The checkpointer tells the others, when it comes to it.
	probe, seen := context.WithCancel(t.Context())
	go func() {
		for probe.Err() == nil {
			_, _ = db.ExecContext(probe, `SELECT txid_current()`) // a commit
		}
	}()
	untilTrue(t, db, `SELECT COUNT(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
	seen()

	if _, err := a.Changes(t.Context(), rev, nothing); err != nil {
		t.Fatalf("it answers reads: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := a.Follow(ctx, rev, nothing, func(int64) {}); err == nil {
		t.Error("a primary without its standby gave a lease")
	}

	wrote := make(chan error, 1)
	go func() {
		_, err := addRegion(context.Background(), s, "lost")
		wrote <- err
	}()
	const waiting = `FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'`
	untilTrue(t, db, `SELECT COUNT(*) > 0 `+waiting)
	statement(t, db, `SELECT pg_cancel_backend(pid) `+waiting)
	if err := <-wrote; identity.KindOf(err) != identity.Unavailable {
		t.Errorf("a commit whose wait for the standby was cancelled: %v", err)
	}
}

// untilTrue waits for a condition of the database.
func untilTrue(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		var is bool
		if err := db.QueryRowContext(t.Context(), query).Scan(&is); err != nil {
			t.Fatal(err)
		}
		if is {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("never true: %s", query)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func testServerTellsCommands(t *testing.T) {
	rawURL := sqlite(t)
	server := open(t, rawURL, store.Options{Server: true})
	node := server.Member(identity.Node{ID: "a"})
	command := open(t, rawURL, store.Options{})
	told := func() int64 {
		t.Helper()
		nodes, err := command.Nodes(t.Context())
		if err != nil || len(nodes) != 1 {
			t.Fatalf("a command sees the servers %+v, %v", nodes, err)
		}
		return nodes[0].Rev
	}
	rev, err := addRegion(t.Context(), command, "one")
	if err != nil {
		t.Fatal(err)
	}
	if got := told(); got >= rev {
		t.Fatalf("a server that has not looked tells revision %d", got)
	}
	if err := node.Follow(t.Context(), 0, nothing, func(int64) {}); err != nil {
		t.Fatal(err)
	}
	if got := told(); got != rev {
		t.Fatalf("the server tells revision %d, want %d", got, rev)
	}
	if nodes, err := server.Nodes(t.Context()); err != nil || len(nodes) != 0 {
		t.Fatalf("the server waits for %+v, %v", nodes, err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if nodes, err := command.Nodes(t.Context()); err != nil || len(nodes) != 0 {
		t.Fatalf("without a server: %+v, %v", nodes, err)
	}
}
