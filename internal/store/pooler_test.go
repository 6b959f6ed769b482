package store_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/store/storetest"
)

// pooled starts a PgBouncer in the mode that shares connections between transactions, and returns the database's URL
// through it; "" where PgBouncer is not installed.
func pooled(t *testing.T, rawURL string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // Debian's, where PATH is a user's
	}
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("LINTEL_REQUIRE_POSTGRES") == "1" {
			t.Fatal(err)
		}
		t.Log("PgBouncer was NOT tested: it is not installed")
		return ""
	}
	direct, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	dir, as := storetest.PostgresDir(t)
	file := filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf("[databases]\n* = host=%s user=%s\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = %s\nlisten_port = 6432\nauth_type = any\n"+
		"pool_mode = transaction\ndefault_pool_size = 3\nlogfile = %s/log\n", direct.Query().Get("host"), direct.User.Username(), dir, dir)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-q", file)
	cmd.SysProcAttr = as
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone
		_ = cmd.Wait()                          // by a signal
	})
	through := *direct
	through.RawQuery = url.Values{"host": {dir}, "port": {"6432"}, "default_query_exec_mode": {"exec"}}.Encode()
	return through.String()
}

// testPooler: a pooler swallows the announcements of commits and mixes the sessions. Nothing depends on either.
func testPooler(t *testing.T, e engine) {
	direct := e(t)
	s := open(t, direct, store.Options{})
	through := pooled(t, direct)
	if through == "" {
		return
	}
	var pool *store.Store
	deadline := time.Now().Add(10 * time.Second)
	for err := error(nil); pool == nil; {
		if pool, err = store.Open(t.Context(), through, store.Options{}); err != nil && time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	defer func() { _ = pool.Close() }()
	node := pool.Member(identity.Node{ID: "a", Lease: 5 * time.Second})
	if err := node.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	listening, stop := context.WithCancel(t.Context())
	var listener sync.WaitGroup
	listener.Go(func() { pool.Listen(listening, func() {}) })
	defer listener.Wait()
	defer stop()
	var writers sync.WaitGroup
	for w := range 6 {
		writers.Go(func() {
			for i := range 10 {
				if _, err := addRegion(context.Background(), pool, fmt.Sprintf("%d-%d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	if rev, keys := follow(t, node, 0); rev != 60 || len(keys) != 60 {
		t.Errorf("60 regions through a pooler: revision %d with %d changes", rev, len(keys))
	}
	if n := nodeOf(t, s, "a"); n == nil || n.Rev != 60 {
		t.Errorf("the others see the node as %+v", n)
	}
}
