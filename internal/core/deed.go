package core

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// deeds count who proved to be a user, or failed to, since they were last written down. A deed
// costs a look into a map and no I/O. Only users that there are have any, and nobody can make
// them many: of failures that are one kind too many neither client nor credential is kept.
// The zero deeds is ready.
type deeds struct {
	mu       sync.Mutex
	of       map[identity.Deed]*tally
	failures map[identity.UserID]int // how many kinds of them each user has
}

type tally struct {
	count int64
	last  time.Time
}

const (
	maxDeeds    = 20_000 // kinds, between two times of writing; those of more are lost
	maxFailures = 20     // kinds of one user's
	maxText     = 200    // bytes of a reason, and of a client's name for itself
)

func (d *deeds) note(what identity.Deed, last time.Time, count int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if what.Reason != "" && d.of[what] == nil && d.failures[what.UserID] >= maxFailures {
		what = identity.Deed{UserID: what.UserID, Kind: what.Kind, Reason: what.Reason}
	}
	t := d.of[what]
	if t == nil {
		if len(d.of) >= maxDeeds {
			return
		}
		if d.of == nil {
			d.of, d.failures = map[identity.Deed]*tally{}, map[identity.UserID]int{}
		}
		if what.Reason != "" {
			d.failures[what.UserID]++
		}
		what.Client = strings.Clone(what.Client) // a part of the request's header otherwise
		t = &tally{}
		d.of[what] = t
	}
	t.count += count
	if last.After(t.last) {
		t.last = last
	}
}

// take returns all deeds and forgets them.
func (d *deeds) take() []identity.Activity {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.list(func(identity.UserID) bool { return true })
	d.of, d.failures = nil, nil
	return all
}

func (d *deeds) list(of func(identity.UserID) bool) (all []identity.Activity) {
	for what, t := range d.of {
		if of(what.UserID) {
			all = append(all, identity.Activity{Deed: what, Count: t.count, Last: t.last})
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
	c.Memory.deeds.mu.Lock()
	all := c.Memory.deeds.list(func(u identity.UserID) bool { return u == caller.User.ID })
	c.Memory.deeds.mu.Unlock()
	written, err := c.Store.ListActivity(ctx, caller.User.ID)
	all = append(all, written...)
	slices.SortStableFunc(all, func(a, b identity.Activity) int { return b.Last.Compare(a.Last) })
	return all, err
}
