package core

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/netip"
	"sync"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// welcome is a sign-in that whoever started this process offers once, to whoever has its code. It lives in the memory of
// this process alone. The zero welcome offers nothing.
type welcome struct {
	mu      sync.Mutex
	offered bool
	code    identity.Secret // empty: it has been taken
	until   time.Time
	proof   identity.PasswordProof
}

// OfferSignIn returns a code that signs in once, within life, as if the proof had been typed. No request leads here: it is
// for a program that runs the cloud and holds the password anyway, as dev mode does. A new offer replaces the one before.
func (c *Core) OfferSignIn(proof identity.PasswordProof, life time.Duration) identity.Secret {
	w := &c.Memory.welcome
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offered, w.code, w.until, w.proof = true, identity.NewSecret(rand.Text()), c.Now().Add(life), proof
	return w.code
}

// OffersSignIn says whether this process has ever offered one.
func (c *Core) OffersSignIn() bool {
	w := &c.Memory.welcome
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.offered
}

// TakeSignIn is IssueToken for the portal with the proof that was offered for code. The right code is used up, whatever
// comes of it. A wrong one, or the right one too late or again, is the 401 of a failed login.
func (c *Core) TakeSignIn(ctx context.Context, code identity.Secret, from netip.Addr) (text string, a *identity.Authorization, err error) {
	proof, ok := c.Memory.welcome.take(code, c.Now())
	if !ok {
		return "", nil, identity.Unauthenticated("no sign-in is offered for the code")
	}
	return c.IssueToken(ctx, identity.AuthRequest{Methods: []string{identity.MethodPassword}, Portal: true, Address: from,
		Password: &proof, Scope: identity.ScopeRequest{Kind: identity.ScopeNone}})
}

func (w *welcome) take(code identity.Secret, now time.Time) (identity.PasswordProof, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	same := subtle.ConstantTimeCompare([]byte(w.code.Reveal()), []byte(code.Reveal())) == 1
	if w.code.Empty() || !same || !now.Before(w.until) {
		return identity.PasswordProof{}, false
	}
	w.code = identity.Secret{}
	return w.proof, true
}
