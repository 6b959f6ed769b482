// Package password hashes and verifies passwords and other secrets that a caller chose or keeps.
//
// It owns the stored forms, the one new hashes are written in (argon2id) and those a Keystone left behind, the
// queue that keeps key derivation from taking every core and all memory, and what is said to another process that derives.
//
// It refuses to cut a secret silently when it hashes, to run stored parameters that would cost more than about ten
// seconds or 256 MiB, and to read a form it does not know. It does not know users, policies on password strength,
// lock-out or where hashes are kept.
package password

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"time"
)

// MaxSecret is the length, in bytes, of the longest secret that is hashed or can verify. It is Keystone's default
// for max_password_length.
const MaxSecret = 4096

const (
	defaultMemory  = 19 * 1024 // KiB; with two passes the least that OWASP advises for argon2id
	defaultTime    = 2
	defaultThreads = 1
	defaultQueue   = 64
	defaultMaxWait = 2 * time.Second
)

var (
	// ErrBusy is returned when the queue is full or the wait was too long. Callers answer 503 with Retry-After.
	ErrBusy = errors.New("password: too many secrets are being hashed")
	// ErrTooLong is returned by Hash for a secret longer than MaxSecret.
	ErrTooLong = errors.New("password: secret is longer than 4096 bytes")
	// ErrEmpty is returned by Hash for an empty secret.
	ErrEmpty = errors.New("password: secret is empty")
	// ErrForm is wrapped by the error for a stored hash of an unknown form, a malformed one, and one whose
	// parameters would cost too much. No error holds a part of the hash.
	ErrForm = errors.New("password: unusable stored hash")
)

// Options are the costs of new hashes and the limits of the queue. A zero field means its default.
type Options struct {
	Memory  uint32 // KiB of memory for each new hash, default 19456
	Time    uint32 // passes over that memory, default 2
	Threads uint8  // lanes (RFC 9106 calls it p), default 1

	Workers int           // derivations at one time, default half of the usable cores, at least 1
	Queue   int           // callers that wait for a worker, default 64
	MaxWait time.Duration // longest wait for a worker, default 2 s

	// Aside starts another process that derives, with Serve at the other end of the connection. It is asked again after the
	// process was lost or not needed for a minute. nil: this process derives.
	Aside func() (io.ReadWriteCloser, error)
	Log   *slog.Logger // where trouble with the other process is told
}

// Hasher hashes and verifies. It is safe for concurrent use.
type Hasher struct {
	costs argonCosts
	dummy string // a hash of the current form that no secret has
	queue queue
	aside *aside // nil: there is none
}

// New returns a Hasher. It is an error to ask for negative limits or for costs that Verify would refuse.
func New(o Options) (*Hasher, error) {
	o = o.withDefaults()
	if o.Workers < 0 || o.Queue < 0 || o.MaxWait < 0 {
		return nil, errors.New("password: workers, queue and maximal wait must not be negative")
	}
	costs := argonCosts{memory: o.Memory, time: o.Time, threads: o.Threads}
	if err := costs.check(); err != nil {
		return nil, fmt.Errorf("password: costs of new hashes: %w", err)
	}
	dummy := argon2id{costs: costs, salt: random(argonSalt), tag: random(argonTag)}
	h := &Hasher{
		costs: costs,
		dummy: dummy.encode(),
		queue: queue{slots: make(chan struct{}, o.Workers), bound: int64(o.Queue), maxWait: o.MaxWait},
	}
	if o.Aside != nil {
		h.aside = &aside{start: o.Aside, log: o.Log}
	}
	return h, nil
}

func (o Options) withDefaults() Options {
	return Options{
		Memory:  cmp.Or(o.Memory, defaultMemory),
		Time:    cmp.Or(o.Time, defaultTime),
		Threads: cmp.Or(o.Threads, defaultThreads),
		Workers: cmp.Or(o.Workers, max(1, runtime.GOMAXPROCS(0)/2)), // unlike NumCPU, it knows the limit of a container
		Queue:   cmp.Or(o.Queue, defaultQueue),
		MaxWait: cmp.Or(o.MaxWait, defaultMaxWait),
		Aside:   o.Aside,
		Log:     o.Log,
	}
}

// Hash returns the argon2id hash of secret in PHC form. Every byte of secret counts.
// Its errors are ErrEmpty, ErrTooLong, ErrBusy and that of ctx, when ctx ends in the queue.
func (h *Hasher) Hash(ctx context.Context, secret string) (string, error) {
	switch {
	case secret == "":
		return "", ErrEmpty
	case len(secret) > MaxSecret:
		return "", ErrTooLong
	}
	if err := h.queue.enter(ctx); err != nil {
		return "", err
	}
	defer h.queue.leave()
	t := &Task{Secret: secret, Memory: h.costs.memory, Time: h.costs.time, Threads: h.costs.threads}
	return h.do(t, func() Result { return Result{Hash: t.newHash()} }).Hash, nil
}

// do has the other process do a task, or does it here.
func (h *Hasher) do(t *Task, here func() Result) Result {
	if h.aside != nil {
		if r, done := h.aside.do(t); done {
			return r
		}
	}
	return here()
}

// Verify reports whether hash is a hash of secret, and whether the caller should replace it: upgrade is true when
// secret is right and hash is not argon2id with the current costs. An empty secret and one longer than
// MaxSecret are wrong, at no cost. Its errors are one that wraps ErrForm, ErrBusy and that of ctx, when ctx ends in the queue.
//
// Of a bcrypt hash only the first 72 bytes of secret count, as in Keystone (CVE-2021-3563); see the form for more.
func (h *Hasher) Verify(ctx context.Context, hash, secret string) (ok, upgrade bool, err error) {
	form, err := parse(hash)
	if err != nil {
		return false, false, err
	}
	if secret == "" || len(secret) > MaxSecret {
		return false, false, nil
	}
	if err := h.queue.enter(ctx); err != nil {
		return false, false, err
	}
	defer h.queue.leave()
	ok = h.do(&Task{Hash: hash, Secret: secret}, func() Result { return Result{Match: form.matches(secret)} }).Match
	return ok, ok && !h.isCurrent(form), nil
}

// VerifyDummy is Verify of a current hash that no secret has. It costs the same and fails in the same ways, so that an
// unknown user cannot be told from a wrong password. Imported forms keep their own costs until they are upgraded.
func (h *Hasher) VerifyDummy(ctx context.Context, secret string) error {
	_, _, err := h.Verify(ctx, h.dummy, secret)
	return err
}

// Close ends the other process, if there is one. A later derivation would start it again.
func (h *Hasher) Close() {
	if h.aside != nil {
		h.aside.mu.Lock()
		defer h.aside.mu.Unlock()
		h.aside.close()
	}
}

// Stats returns, for metrics, the derivations under way, the callers in the queue and the calls answered with ErrBusy
// since New.
func (h *Hasher) Stats() (running, waiting int, rejected uint64) {
	return len(h.queue.slots), int(h.queue.waiting.Load()), h.queue.rejected.Load()
}

func (h *Hasher) isCurrent(f form) bool {
	a, ok := f.(argon2id)
	return ok && a.costs == h.costs && len(a.salt) == argonSalt && len(a.tag) == argonTag
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand ends the process instead
	return b
}
