package core

import (
	"slices"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// Incomplete is the error of a login that proved all it said, but less than the user's
// multi-factor rules ask for. To whoever does not look for it, it is the 401 of a failed login.
type Incomplete struct {
	*identity.Receipt
	Text       identity.Secret // of the receipt, to be shown with the rest
	User       *identity.User
	UserDomain *identity.Project
	Required   [][]string // the rules that the methods proved so far are a part of
}

const reasonMFA = "the user's multi-factor rules ask for more methods"

func (e *Incomplete) Error() string { return e.Unwrap().Error() }

// Unwrap returns what a failed login fails with.
func (e *Incomplete) Unwrap() error { return identity.Unauthenticated(reasonMFA) }

// receiptMethods are those that a receipt remembers: what users prove by themselves. The
// others come with a token or a delegation that ends and limits what they give, and a receipt
// could not keep those limits (CVE-2026-44394 for receipts).
func receiptMethods() []string {
	return []string{identity.MethodPassword, identity.MethodTOTP}
}

// openReceipt returns the receipt that a request shows, or nil. It must be the same user's,
// and it is judged as a token is: it ends with its time, with the user, and with the password
// that it speaks of.
func (c *Core) openReceipt(s *snapshot.Snapshot, req *identity.AuthRequest, user identity.UserID, now time.Time) (*identity.Receipt, error) {
	if req.Receipt.Empty() {
		return nil, nil
	}
	ring, err := c.ring(s)
	if err != nil {
		return nil, err
	}
	r, err := ring.OpenReceipt(req.Receipt.Reveal())
	switch {
	case err != nil:
		return nil, identity.Unauthenticated("the receipt cannot be read")
	case r.UserID != user:
		return nil, identity.Unauthenticated("the receipt is another user's")
	}
	if _, err := c.liveReceipt(s, r, now); err != nil {
		return nil, err
	}
	return r, nil
}

// liveReceipt judges a receipt as the unscoped token that it may become.
func (c *Core) liveReceipt(s *snapshot.Snapshot, r *identity.Receipt, now time.Time) (*identity.Authorization, error) {
	return c.authorize(s, &identity.Token{UserID: r.UserID, Methods: r.Methods, AuditIDs: []identity.AuditID{r.AuditID},
		IssuedAt: r.IssuedAt, ExpiresAt: r.ExpiresAt}, asOf{now: now})
}

// incomplete gives a receipt for the methods of a token that is not to be: an *Incomplete. One
// that goes on from an earlier receipt ends with it. There is none for methods that a receipt
// does not remember: those must come together with the rest.
func (c *Core) incomplete(s *snapshot.Snapshot, t *identity.Token, earlier *identity.Receipt, now time.Time) error {
	r := &identity.Receipt{UserID: t.UserID, Methods: t.Methods, AuditID: identity.NewAuditID(s.Rev), IssuedAt: now, ExpiresAt: now.Add(c.Settings.ReceiptLife)}
	if earlier != nil && earlier.ExpiresAt.Before(r.ExpiresAt) {
		r.ExpiresAt = earlier.ExpiresAt
	}
	a, err := c.liveReceipt(s, r, now)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(r.Methods, func(m string) bool { return !slices.Contains(receiptMethods(), m) }) {
		return identity.Unauthenticated(reasonMFA)
	}
	ring, err := c.ring(s)
	if err != nil {
		return err
	}
	text, err := ring.MintReceipt(r, now)
	if err != nil {
		return err
	}
	return &Incomplete{Receipt: r, Text: identity.NewSecret(text), User: a.User, UserDomain: a.UserDomain, Required: c.requiredMethods(a.User, r.Methods)}
}

// requiredMethods are the user's rules that the methods are a part of. A rule that nobody can
// fulfil here leads nowhere and is not named.
func (c *Core) requiredMethods(u *identity.User, methods []string) [][]string {
	usable := c.usableMethods()
	required := [][]string{}
	for _, rule := range u.Options.MultiFactorAuthRules {
		begun := slices.ContainsFunc(rule, func(m string) bool { return slices.Contains(methods, m) })
		if begun && !slices.ContainsFunc(rule, func(m string) bool { return !slices.Contains(usable, m) }) {
			required = append(required, rule)
		}
	}
	return required
}

// multiFactor says whether the user has multi-factor rules that count.
func multiFactor(u *identity.User) bool {
	o := u.Options
	return o != nil && len(o.MultiFactorAuthRules) > 0 && (o.MultiFactorAuthEnabled == nil || *o.MultiFactorAuthEnabled)
}

// satisfiesMFA says whether the methods fulfil one of the user's multi-factor rules. A rule
// that names a method nobody can use here is never fulfilled: unlike Keystone, which drops the
// method from the rule, a missing second factor does not become a single one.
func satisfiesMFA(u *identity.User, methods []string) bool {
	return !multiFactor(u) || slices.ContainsFunc(u.Options.MultiFactorAuthRules, func(rule []string) bool {
		return !slices.ContainsFunc(rule, func(m string) bool { return !slices.Contains(methods, m) })
	})
}
