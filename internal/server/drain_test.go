package server

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
)

// generation is one process of a rolling restart.
type generation struct {
	drain   *drain
	signals chan os.Signal
	next    chan successor
	done    chan error
}

// begin serves on a duplicate of base, as a process that inherits the socket does.
func begin(t *testing.T, base *net.TCPListener, name string, preDrain time.Duration) *generation {
	t.Helper()
	file, err := base.File()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	g := &generation{&drain{preDrain: preDrain, deadline: patience}, make(chan os.Signal, 2), make(chan successor, 1), make(chan error, 1)}
	handler := g.drain.wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, name)
	}))
	server := newHTTP(config.Default().Server, handler, slog.New(slog.DiscardHandler))
	go func() { g.done <- g.drain.serve(server, listener, g.signals, g.next, func() {}) }()
	return g
}

func TestARollingRestartLosesNoRequest(t *testing.T) {
	base, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer base.Close()
	current := begin(t, base, "0", 150*time.Millisecond)

	var answered, failed atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			c := &client{address: base.Addr().String(), keepAlive: i%2 == 0}
			for {
				select {
				case <-stop:
					if c.conn != nil {
						_ = c.end(nil)
					}
					return
				default:
				}
				if _, err := c.post(); err != nil {
					failed.Add(1)
					t.Errorf("after %d answers: %v", answered.Load(), err)
					return
				}
				answered.Add(1)
			}
		})
	}
	for i := range 6 {
		next := begin(t, base, fmt.Sprint(i+1), 150*time.Millisecond)
		current.signals <- syscall.SIGTERM
		if err := <-current.done; err != nil {
			t.Error(err)
		}
		current = next
	}
	close(stop)
	clients.Wait()
	current.signals <- syscall.SIGTERM
	if err := <-current.done; err != nil {
		t.Error(err)
	}
	if answered.Load() < 100 || failed.Load() != 0 {
		t.Errorf("%d answered, %d failed", answered.Load(), failed.Load())
	}
}

func TestDuringThePreDrainAllIsServedAndEveryAnswerCloses(t *testing.T) {
	base, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	g := begin(t, base, "only", patience)
	if err := base.Close(); err != nil {
		t.Fatal(err)
	}
	h := &health{ready: func() error { return nil }, draining: g.drain.leaving.Load}
	address := base.Addr().String()
	old := &client{address: address, keepAlive: true}
	if response, err := old.post(); err != nil || response.Close {
		t.Fatalf("before: %v %v", response, err)
	}
	if h.reason() != "" {
		t.Error("not ready before the signal")
	}
	g.signals <- syscall.SIGTERM
	for deadline := time.Now().Add(patience); !g.drain.closing.Load(); {
		if time.Now().After(deadline) {
			t.Fatal("the signal was not noticed")
		}
	}
	if h.reason() != "draining" {
		t.Error("ready although draining")
	}
	for name, c := range map[string]*client{"old connection": old, "new connection": {address: address, keepAlive: true}} {
		if response, err := c.post(); err != nil || !response.Close {
			t.Errorf("%s: %v %v", name, response, err)
		}
	}
	g.signals <- syscall.SIGTERM
	if err := <-g.done; !errors.Is(err, errForced) {
		t.Errorf("second signal: %v", err)
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		_ = conn.Close()
		t.Error("the listener is still open")
	}
}

func TestASecondSignalEndsARunningRequest(t *testing.T) {
	entered := make(chan struct{})
	listener, err := listen(t.Context(), "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	d := &drain{deadline: patience}
	server := newHTTP(config.Default().Server, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}), slog.New(slog.DiscardHandler))
	signals, done := make(chan os.Signal, 2), make(chan error, 1)
	go func() { done <- d.serve(server, listener, signals, nil, func() {}) }()
	lost := make(chan error, 1)
	go func() {
		_, err := (&client{address: listener.Addr().String()}).post()
		lost <- err
	}()
	<-entered
	signals <- syscall.SIGTERM
	signals <- syscall.SIGTERM
	if err := <-done; !errors.Is(err, errForced) {
		t.Errorf("serve returned %v", err)
	}
	if err := <-lost; err == nil {
		t.Error("the request was answered")
	}
}

func TestARequestThatNeverEndsIsCutAtTheDeadline(t *testing.T) {
	entered := make(chan struct{})
	listener, err := listen(t.Context(), "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	d := &drain{deadline: 50 * time.Millisecond}
	server := newHTTP(config.Default().Server, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}), slog.New(slog.DiscardHandler))
	signals, done := make(chan os.Signal, 1), make(chan error, 1)
	go func() { done <- d.serve(server, listener, signals, nil, func() {}) }()
	go func() { _, _ = (&client{address: listener.Addr().String()}).post() }()
	<-entered
	signals <- syscall.SIGTERM
	if err := <-done; err == nil {
		t.Error("a lost request was not reported")
	}
}

// Who hands over is no longer asked, but is not gone either: load balancers must not give the address up.
func TestASuccessorTakesOverWhileReadinessStays(t *testing.T) {
	base, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer base.Close()
	for _, how := range []successor{answering, waiting} {
		t.Run(string(how), func(t *testing.T) {
			old := begin(t, base, "old", 200*time.Millisecond)
			c := &client{address: base.Addr().String(), keepAlive: true}
			if response, err := c.post(); err != nil || response.Close {
				t.Fatalf("before: %v %v", response, err)
			}
			old.next <- how
			for deadline := time.Now().Add(patience); !old.drain.closing.Load(); {
				if time.Now().After(deadline) {
					t.Fatal("the successor was not noticed")
				}
			}
			old.signals <- syscall.SIGTERM // of a service manager that stops all it knows of: it ends already
			h := &health{ready: func() error { return nil }, draining: old.drain.leaving.Load}
			if reason := h.reason(); reason != "" {
				t.Errorf("not ready: %s", reason)
			}
			if response, err := c.post(); err != nil || !response.Close {
				t.Errorf("on the old connection: %v %v", response, err)
			}
			if err := <-old.done; err != nil {
				t.Error(err)
			}
		})
	}
}
