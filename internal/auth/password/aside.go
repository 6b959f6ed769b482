package password

import (
	"errors"
	"io"
	"log/slog"
	"net/rpc"
	"runtime"
	"sync"
	"time"
)

// Task is one derivation for another process: of a new hash of Secret at the given costs, or, with a Hash, whether
// Secret is the one it was made of.
type Task struct {
	Hash, Secret string
	Memory, Time uint32
	Threads      uint8
}

// Result is the new hash, or whether the secret is right.
type Result struct {
	Hash  string
	Match bool
}

// Serve derives what the process at the other end of conn asks for, until conn ends. It keeps no queue: that is the
// other end's.
func Serve(conn io.ReadWriteCloser) error {
	s := rpc.NewServer()
	if err := s.RegisterName(service, derivations{}); err != nil {
		return err
	}
	s.ServeConn(conn)
	return nil
}

const (
	service = "password"
	derive  = service + ".Derive"
)

type derivations struct{}

// Derive does a task. The hash must be one that the other end has parsed.
func (derivations) Derive(t *Task, r *Result) error {
	// Nearly all memory of that process is what a derivation leaves, and the next one can have it.
	defer runtime.GC()
	if t.Hash == "" {
		r.Hash = t.newHash()
		return nil
	}
	f, err := parse(t.Hash)
	if err == nil {
		r.Match = f.matches(t.Secret)
	}
	return err
}

func (t *Task) newHash() string {
	costs, salt := argonCosts{memory: t.Memory, time: t.Time, threads: t.Threads}, random(argonSalt)
	return argon2id{costs: costs, salt: salt, tag: costs.derive(t.Secret, salt, argonTag)}.encode()
}

const (
	asideIdle    = time.Minute      // after which the other process is ended
	asideTimeout = 30 * time.Second // no form takes that long, even with little of a core
)

var errNoAnswer = errors.New("password: no answer within 30 s")

// aside is the other process: begun with the first task, ended when there was none for a while.
type aside struct {
	start func() (io.ReadWriteCloser, error)
	log   *slog.Logger

	mu     sync.Mutex
	client *rpc.Client // nil: there is none
	using  int         // tasks under way
	idle   *time.Timer // ends client
}

// do has a task done there. When it could not be the caller does it itself: a login does not fail because of that.
func (a *aside) do(t *Task) (r Result, done bool) {
	client, err := a.begin()
	if err == nil {
		r, err = ask(client, t)
		a.end(client, err)
	}
	if err != nil {
		a.log.Warn("the process that hashes passwords cannot be used; this one hashes", "error", err)
	}
	return r, err == nil
}

func ask(c *rpc.Client, t *Task) (Result, error) {
	timer := time.NewTimer(asideTimeout)
	defer timer.Stop()
	r := new(Result) // an answer that is late is still written there
	call := c.Go(derive, t, r, make(chan *rpc.Call, 1))
	select {
	case <-call.Done:
		return *r, call.Error
	case <-timer.C:
		return Result{}, errNoAnswer
	}
}

func (a *aside) begin() (*rpc.Client, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.client == nil {
		conn, err := a.start()
		if err != nil {
			return nil, err
		}
		a.client = rpc.NewClient(conn)
	}
	a.using++
	if a.idle != nil {
		a.idle.Stop()
	}
	return a.client, nil
}

// end gives a client back; one that failed is not used again.
func (a *aside) end(c *rpc.Client, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.using--
	switch {
	case err != nil && a.client == c:
		a.close()
	case a.using == 0:
		a.idle = time.AfterFunc(asideIdle, a.retire)
	}
}

func (a *aside) retire() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.using == 0 {
		a.close()
	}
}

// close ends the other process. The caller holds mu.
func (a *aside) close() {
	if a.client != nil {
		_ = a.client.Close() // it is dead or unused
		a.client = nil
	}
}
