package core

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// deeds count who proved to be a user, or failed to, since they were last written down. Only users
// that there are have any, and nobody can make them many: of failures that are one kind too many
// neither client nor credential is kept. A deed like one of the time before costs a look into a
// map that nobody changes: an S3 gateway makes one with each of its requests, and waits for
// nobody. The zero deeds is ready.
type deeds struct {
	known atomic.Pointer[map[identity.Deed]*tally] // of the time before: looked into, never changed

	mu       sync.Mutex
	fresh    map[identity.Deed]*tally // what known has not
	failures map[identity.UserID]int  // how many kinds of them each user has, in both
}

// tally is how often a deed was done since it was last told of, and when last. An atomic
// operation is all that it takes.
type tally struct {
	count atomic.Int64 // below 0: it is out of the memory
	last  atomic.Int64 // microseconds since 1970
}

// add says whether the tally was still in the memory.
func (t *tally) add(last time.Time, count int64) bool {
	for at := last.UnixMicro(); ; {
		if was := t.last.Load(); was >= at || t.last.CompareAndSwap(was, at) {
			break
		}
	}
	return t.count.Add(count) > 0
}

// take returns the count and begins again from 0. A tally that has none goes out of the memory.
func (t *tally) take() int64 {
	for {
		count, next := t.count.Load(), int64(0)
		if count == 0 {
			next = math.MinInt64 / 2
		}
		if t.count.CompareAndSwap(count, next) {
			return count
		}
	}
}

func (t *tally) of(what identity.Deed, count int64) identity.Activity {
	return identity.Activity{Deed: what, Count: count, Last: time.UnixMicro(t.last.Load()).UTC()}
}

const (
	maxDeeds    = 20_000 // kinds, in one time and the one before; those of more are lost
	maxFailures = 20     // kinds of one user's
	maxText     = 200    // bytes of a reason, and of a client's name for itself
)

func (d *deeds) note(what identity.Deed, last time.Time, count int64) {
	for t := d.before()[what]; t == nil || !t.add(last, count); {
		if t = d.first(what); t == nil {
			return
		}
	}
}

// before are the deeds of the time before.
func (d *deeds) before() map[identity.Deed]*tally {
	if known := d.known.Load(); known != nil {
		return *known
	}
	return nil
}

// first returns the tally of a deed that was not among those of the time before; nil when there are too many.
func (d *deeds) first(what identity.Deed) *tally {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := d.before() // a take may have come in between
	if t := cmp.Or(known[what], d.fresh[what]); t != nil {
		return t
	}
	if what.Reason != "" {
		if d.failures[what.UserID] >= maxFailures {
			what = identity.Deed{UserID: what.UserID, Kind: what.Kind, Reason: what.Reason}
			if t := cmp.Or(known[what], d.fresh[what]); t != nil {
				return t
			}
		}
	}
	if len(known)+len(d.fresh) >= maxDeeds {
		return nil
	}
	d.keep(what)
	return d.fresh[what]
}

// keep makes a new tally. The caller holds mu.
func (d *deeds) keep(what identity.Deed) {
	if d.fresh == nil {
		d.fresh = map[identity.Deed]*tally{}
	}
	what.Client = strings.Clone(what.Client) // a part of the request's header otherwise
	d.fresh[what] = &tally{}
	d.countFailure(what)
}

func (d *deeds) countFailure(what identity.Deed) {
	if what.Reason == "" {
		return
	}
	if d.failures == nil {
		d.failures = map[identity.UserID]int{}
	}
	d.failures[what.UserID]++
}

// take returns what was done since the last take. Deeds that were not done go out of the memory.
func (d *deeds) take() (all []identity.Activity) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := map[identity.Deed]*tally{}
	d.failures = nil
	for _, some := range []map[identity.Deed]*tally{d.before(), d.fresh} {
		for what, t := range some {
			if count := t.take(); count > 0 {
				all = append(all, t.of(what, count))
				next[what] = t
				d.countFailure(what)
			}
		}
	}
	d.fresh = nil
	d.known.Store(&next)
	return all
}

// list returns what a user did since the last take.
func (d *deeds) list(user identity.UserID) (all []identity.Activity) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, some := range []map[identity.Deed]*tally{d.before(), d.fresh} {
		for what, t := range some {
			if count := t.count.Load(); what.UserID == user && count > 0 {
				all = append(all, t.of(what, count))
			}
		}
	}
	return all
}

// noteDeed notes that somebody proved to be a user, or failed to with err. Errors that are no
// failed proof (a busy server, a limit) say nothing about anybody.
func (c *Core) noteDeed(what identity.Deed, err error) {
	if err != nil {
		if identity.KindOf(err) != identity.Unauthorized {
			return
		}
		what.Reason = reasonOf(err)
	}
	what.Client = clientText(what.Client)
	c.Memory.deeds.note(what, c.Now().UTC().Truncate(time.Microsecond), 1)
}

// reasonOf is why something is Unauthorized, which its client is not told.
func reasonOf(err error) string {
	var e *identity.Error
	if !errors.As(err, &e) || e.Err == nil {
		return identity.MessageUnauthenticated
	}
	text := e.Err.Error()
	return text[:min(len(text), maxText)]
}

// clientText is a client's name for itself, fit to be kept and shown.
func clientText(name string) string {
	name = strings.ToValidUTF8(name[:min(len(name), maxText)], "")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
}

// noteLogin notes how a request for a token ended, for the user that it was about. One that
// exchanges a token proves nothing anew, and one that needs a second factor is not over.
func (c *Core) noteLogin(req *identity.AuthRequest, err error) {
	var more *Incomplete
	if errors.As(err, &more) {
		return
	}
	s := c.Live.Current()
	what := identity.Deed{Kind: identity.UsePassword, Address: req.Address, Client: req.Client}
	switch {
	case slices.Contains(req.Methods, identity.MethodApplicationCredential) && req.ApplicationCredential != nil:
		ac := shownCredential(s, req.ApplicationCredential)
		if ac == nil {
			return
		}
		what.Kind, what.Credential, what.UserID = identity.UseApplicationCredential, string(ac.ID), ac.UserID
	case slices.Contains(req.Methods, identity.MethodPassword) && req.Password != nil:
		if u := c.loginUser(s, req); u != nil {
			what.UserID = u.ID
		}
	case slices.Contains(req.Methods, identity.MethodTOTP) && req.TOTP != nil:
		if u := findUser(s, req.TOTP.User); u != nil {
			what.UserID = u.ID
		}
	}
	if what.UserID != "" {
		c.noteDeed(what, err)
	}
}

// shownCredential is the application credential that a request names, or nil.
func shownCredential(s *snapshot.Snapshot, p *identity.ApplicationCredentialProof) *identity.ApplicationCredential {
	if p.ID != "" {
		return s.ApplicationCredential(p.ID)
	}
	if u := findUser(s, p.User); u != nil {
		return s.ApplicationCredentialByName(u.ID, p.Name)
	}
	return nil
}

// writeDeeds writes the deeds so far down. What could not be written is kept for the next time.
func (c *Core) writeDeeds(ctx context.Context) error {
	now := c.Memory.deeds.take()
	err := c.Store.NoteActivity(ctx, now)
	if err != nil {
		for _, a := range now {
			c.Memory.deeds.note(a.Deed, a.Last, a.Count)
		}
	}
	return err
}

// Activity lists who proved to be the caller's user in the last 30 days, or failed to, by what,
// from where and how often on each day: the latest first. There are at most 200 successes and 50
// failures of it, and what other nodes saw is up to half a minute late.
func (c *Core) Activity(ctx context.Context, caller identity.Caller) ([]identity.Activity, error) {
	if caller.Authorization == nil {
		return nil, identity.Unauthenticated("no token was given")
	}
	if err := c.enforce(caller, "identity:validate_token", attr("target.token.user_id", caller.User.ID)); err != nil {
		return nil, err
	}
	all := c.Memory.deeds.list(caller.User.ID)
	written, err := c.Store.ListActivity(ctx, caller.User.ID)
	all = append(all, written...)
	slices.SortStableFunc(all, func(a, b identity.Activity) int { return b.Last.Compare(a.Last) })
	return all, err
}
