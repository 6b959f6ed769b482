package store_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/store/storetest"
)

// testHosts is a URL that names two hosts, of which the first is a machine that loses its power: it goes on taking connections, as
// far as anybody sees, and says nothing.
func testHosts(t *testing.T) {
	server := storetest.OwnPostgres(t) // on a Unix socket
	if server == "" {
		return
	}
	rawURL := storetest.NewDatabase(t, server)
	open(t, rawURL, store.Options{})
	t.Run("the second is asked when the first is silent", func(t *testing.T) {
		first := newFading(t, rawURL)
		first.fade()
		open(t, first.url, store.Options{})
	})
	t.Run("who has no time for the second leaves it to the next to ask that first", func(t *testing.T) {
		first := newFading(t, rawURL)
		s := open(t, first.url, store.Options{})
		first.fade()
		var err error
		const pooled, hosts = 8, 2
		for range pooled + hosts {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			_, err = s.ListAccessRules(ctx, "nobody")
			cancel()
			if err == nil {
				return
			}
		}
		t.Errorf("the second is never asked: %v", err)
	})
	t.Run("connections to the first are dropped when the second leads", func(t *testing.T) {
		first := newFading(t, rawURL)
		s := open(t, first.url, store.Options{})
		if err := readTogether(t, s); err != nil {
			t.Fatal(err)
		}
		first.fade()
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		s.Listen(ctx, stop) // it hints when it is connected
		if err := readTogether(t, s); err != nil {
			t.Error(err)
		}
	})
	t.Run("after a follow that heard nothing the next has a new connection", func(t *testing.T) {
		first := newFading(t, rawURL)
		testDoubt(t, join(t, first.alone, "a"), func() { first.fade(); first.replace() })
	})
	t.Run("after a follow that heard nothing the next asks the second first", func(t *testing.T) {
		first := newFading(t, rawURL)
		testDoubt(t, join(t, first.url, "a"), first.fade)
	})
}

// testDoubt: a node hears nothing by the connections that it has, and then at once by another.
func testDoubt(t *testing.T, a *store.Member, fade func()) {
	since, _ := follow(t, a, 0)
	if _, err := addRegion(t.Context(), a.Store, t.Name()); err != nil {
		t.Fatal(err)
	}
	inside := func(identity.Change) error { // while one connection of the model's is in use
		_, err := a.Changes(t.Context(), since, nothing)
		return err
	}
	if _, err := a.Changes(t.Context(), since, inside); err != nil {
		t.Fatal(err)
	}
	fade()
	silent, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := a.Follow(silent, since, nothing, func(int64) {}); err == nil {
		t.Fatal("a silent host was heard")
	}
	soon, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := a.Follow(soon, since, nothing, func(int64) {}); err != nil {
		t.Error(err)
	}
}

// readTogether reads with as many connections as there are for it.
func readTogether(t *testing.T, s *store.Store) error {
	const readers = 4
	errs := make([]error, readers)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			_, errs[i] = s.ListAccessRules(ctx, "nobody")
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// fading carries connections to a PostgreSQL on a Unix socket until it fades.
type fading struct {
	url    string // of itself and then that PostgreSQL
	alone  string // of itself
	socket string
	end    chan struct{} // of the test; pgx waits long for a server that it has asked to cancel something

	mu    sync.Mutex
	faded chan struct{} // of the connections to come
}

// fade has it swallow what comes by the connections there are, and those to come.
func (f *fading) fade() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.faded)
}

// replace puts another in its place, which new connections reach.
func (f *fading) replace() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faded = make(chan struct{})
}

func newFading(t *testing.T, rawURL string) *fading {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	directory := u.Query().Get("host")
	f := &fading{socket: filepath.Join(directory, ".s.PGSQL.5432"), faded: make(chan struct{}), end: make(chan struct{})}
	u.RawQuery = "host=" + host + "&port=" + port + "&sslmode=disable"
	f.alone = u.String()
	u.RawQuery = "host=" + url.QueryEscape(host+","+directory) + "&port=" + port + ",5432&sslmode=disable"
	f.url = u.String()
	var carried sync.WaitGroup
	carried.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			carried.Go(func() { f.carry(client) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		close(f.end)
		carried.Wait()
	})
	return f
}

func (f *fading) carry(client net.Conn) {
	defer func() { _ = client.Close() }() // which tells it that there is no server
	server, err := net.Dial("unix", f.socket)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }() // nothing depends on it
	f.mu.Lock()
	faded := f.faded
	f.mu.Unlock()
	over := make(chan struct{}, 2)
	go func() { pass(client, server, faded); over <- struct{}{} }()
	go func() { pass(server, client, faded); over <- struct{}{} }()
	select {
	case <-over:
	case <-f.end:
	}
}

// pass drops what comes after it has faded.
func pass(to, from net.Conn, faded <-chan struct{}) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		select {
		case <-faded:
			continue
		default:
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
