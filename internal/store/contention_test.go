package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

func path(t testing.TB, rawURL string) string {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

func testTwoServers(t *testing.T) {
	rawURL := sqlite(t)
	first := open(t, rawURL, store.Options{Server: true})
	_, err := store.Open(t.Context(), rawURL, store.Options{Server: true})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("in use by another lintel server (pid %d)", os.Getpid())) {
		t.Fatalf("got %v", err)
	}
	if err := first.LockServer(); err != nil {
		t.Fatalf("the first server: %v", err)
	}
	command := open(t, rawURL, store.Options{})
	if err := command.LockServer(); err == nil {
		t.Fatal("a command became a second server")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := command.LockServer(); err != nil {
		t.Fatalf("after the first server's end: %v", err)
	}
}

func testMigrateServed(t *testing.T) {
	rawURL := sqlite(t)
	server, err := store.Open(t.Context(), rawURL, store.Options{Server: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	command, err := store.Open(t.Context(), rawURL, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = command.Close() }()
	if err := command.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "in use by another lintel server") {
		t.Fatalf("got %v", err)
	}
	if err := server.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func testFileMode(t *testing.T) {
	rawURL := sqlite(t)
	s := open(t, rawURL, store.Options{Server: true})
	if _, err := s.Load(t.Context(), nothing); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		info, err := os.Stat(path(t, rawURL) + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
	}
}

func testFileLocked(t *testing.T) {
	rawURL := sqlite(t)
	s := open(t, rawURL, store.Options{})
	other, err := raw(t, rawURL).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	insert := func(tx *store.Tx) error { return tx.InsertRegion(t.Context(), &identity.Region{ID: "eu"}) }
	start := time.Now()
	if _, err := s.Update(ctx, insert); identity.KindOf(err) != identity.Unavailable || time.Since(start) > 2*time.Second {
		t.Fatalf("got %v after %v", err, time.Since(start))
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	if rev, err := s.Update(t.Context(), insert); rev != 1 || err != nil {
		t.Fatalf("after the other's end: %d, %v", rev, err)
	}
}

func testRetry(t *testing.T, e engine) {
	s := open(t, e(t), store.Options{})
	lost := &pgconn.PgError{Code: "40001", Message: "could not serialize access"}
	attempts := 0
	rev, err := s.Update(t.Context(), func(tx *store.Tx) error {
		attempts++
		if err := tx.InsertRegion(t.Context(), &identity.Region{ID: "eu"}); err != nil || attempts == 3 {
			return err
		}
		return fmt.Errorf("step: %w", lost)
	})
	if rev != 1 || err != nil || attempts != 3 {
		t.Fatalf("revision %d, %v after %d attempts", rev, err, attempts)
	}
	attempts = 0
	_, err = s.Update(t.Context(), func(*store.Tx) error {
		attempts++
		return lost
	})
	var busy *identity.Error
	if !errors.As(err, &busy) || busy.Kind != identity.Unavailable || busy.RetryAfter != time.Second || attempts < 2 || attempts > 20 {
		t.Fatalf("%v after %d attempts", err, attempts)
	}
}

func testCut(t *testing.T, e engine, server string) {
	rawURL := e(t)
	s := open(t, rawURL, store.Options{})
	admin := raw(t, server)
	insert := func(tx *store.Tx) error { return tx.InsertRegion(t.Context(), &identity.Region{ID: "eu"}) }
	_, err := s.Update(t.Context(), func(tx *store.Tx) error {
		name := strings.TrimPrefix(path(t, rawURL), "/")
		statement(t, admin, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '`+name+`'`)
		return insert(tx)
	})
	var unavailable *identity.Error
	if !errors.As(err, &unavailable) || unavailable.Kind != identity.Unavailable || unavailable.RetryAfter != time.Second {
		t.Fatalf("got %v", err)
	}
	if rev, err := s.Update(t.Context(), insert); rev != 1 || err != nil {
		t.Fatalf("next: %d, %v", rev, err)
	}
	if _, err := store.Open(t.Context(), "postgres://lintel@/x?host=/nowhere", store.Options{}); identity.KindOf(err) != identity.Unavailable {
		t.Fatalf("a server that is not there: %v", err)
	}
}

func testHung(t *testing.T, e engine) {
	rawURL := e(t)
	s := open(t, rawURL, store.Options{})
	hung, err := raw(t, rawURL).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hung.ExecContext(t.Context(), `SELECT rev FROM revision FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, err = s.Update(t.Context(), func(*store.Tx) error { return nil })
	if identity.KindOf(err) != identity.Unavailable || time.Since(start) > 10*time.Second {
		t.Fatalf("got %v after %v", err, time.Since(start))
	}
	if _, err := s.Load(t.Context(), nothing); err != nil {
		t.Fatalf("reading meanwhile: %v", err)
	}
	if err := hung.Rollback(); err != nil {
		t.Fatal(err)
	}
}
