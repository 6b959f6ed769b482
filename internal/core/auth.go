package core

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// proof is what the methods of one request have proved so far.
type proof struct {
	user        identity.UserID
	password    *identity.Password              // verified; must still be the current one when the token is minted
	parent      *identity.Token                 // the token that was exchanged
	appCred     *identity.ApplicationCredential // the credential that was shown
	accessToken *identity.AccessToken           // the one the request was signed with
	thumbprint  string                          // of the certificate that was shown
}

// maxMethods bounds how many methods one request may name (CVE-2014-2828).
const maxMethods = 8

// IssueToken proves the caller by each method asked for, resolves the scope, and mints. The
// token is judged as every validation will judge it before anybody gets it. Failures of
// authentication are all one 401; the cause goes to the log.
func (c *Core) IssueToken(ctx context.Context, req identity.AuthRequest) (text string, a *identity.Authorization, err error) {
	text, a, err = c.issueToken(ctx, req)
	c.noteLogin(&req, err)
	return text, a, err
}

func (c *Core) issueToken(ctx context.Context, req identity.AuthRequest) (text string, a *identity.Authorization, err error) {
	methods, err := c.checkRequest(&req)
	if err != nil {
		return "", nil, err
	}
	if err := c.admit(req.Address, c.accounts(c.Live.Current(), methods, &req)...); err != nil {
		return "", nil, err
	}
	for range passwordRaces {
		p, err := c.prove(ctx, methods, &req)
		if err != nil {
			return "", nil, err
		}
		raced := false
		err = c.issue(ctx, func(s *snapshot.Snapshot) (*identity.Authorization, error) {
			if raced = !c.stillCurrent(s, p); raced {
				return nil, identity.Unauthenticated("the password changed while it was checked")
			}
			text, a, err = c.mint(s, methods, &req, p)
			return a, err
		})
		if err == nil {
			c.loggedIn(ctx, methods, p)
			return text, a, nil
		}
		if !raced {
			return "", nil, err
		}
		if err := c.confirm(ctx); err != nil {
			return "", nil, err
		}
	}
	return "", nil, identity.Unauthenticated("the password kept changing while it was checked")
}

// passwordRaces is how often a login starts over because the password changed under it.
const passwordRaces = 3

func (c *Core) checkRequest(req *identity.AuthRequest) (methods []string, err error) {
	if len(req.Methods) == 0 {
		return nil, identity.Unauthenticated("no method was named")
	}
	for _, m := range req.Methods {
		if !slices.Contains(methods, m) {
			methods = append(methods, m)
		}
	}
	if len(methods) > maxMethods {
		return nil, identity.Invalidf("Invalid input for field 'identity/methods': more than %d methods.", maxMethods)
	}
	usable := c.usableMethods()
	for _, m := range methods {
		if !slices.Contains(usable, m) {
			e := identity.Unauthenticated("an unsupported method was named")
			e.Message, e.Methods = "Attempted to authenticate with an unsupported method.", usable
			return nil, e
		}
		if m == identity.MethodApplicationCredential && req.Scope.Kind != identity.ScopeDefault {
			e := identity.Unauthenticated("an application credential was sent with a scope")
			e.Message = "Application credentials cannot request a scope."
			return nil, e
		}
		if given, _ := material(req, m); !given {
			return nil, identity.Invalidf("Expecting to find %s in identity. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.", m)
		}
	}
	return methods, nil
}

// usableMethods are those of the method table that a request can name.
func (c *Core) usableMethods() []string {
	return slices.DeleteFunc(slices.Clone([]string(c.Settings.Methods)), func(m string) bool {
		_, known := material(&identity.AuthRequest{}, m)
		return !known
	})
}

// material says whether a request has what a method needs. Methods that are not known here
// stand in tokens only: nobody can ask for them.
func material(req *identity.AuthRequest, method string) (given, known bool) {
	switch method {
	case identity.MethodPassword:
		return req.Password != nil, true
	case identity.MethodToken:
		return !req.Token.Empty(), true
	case identity.MethodTOTP:
		return req.TOTP != nil, true
	case identity.MethodApplicationCredential:
		return req.ApplicationCredential != nil, true
	case identity.MethodOAuth1:
		return req.OAuth1 != nil, true
	}
	return false, false
}

// prove runs the methods in order, but passcodes last: where another method fails none is
// used up. All must prove one user.
func (c *Core) prove(ctx context.Context, methods []string, req *identity.AuthRequest) (p proof, err error) {
	inTurn := slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return m == identity.MethodTOTP })
	if len(inTurn) < len(methods) {
		inTurn = append(inTurn, identity.MethodTOTP)
	}
	for _, m := range inTurn {
		var user identity.UserID
		switch m {
		case identity.MethodPassword:
			user, p.password, err = c.provePassword(ctx, req)
		case identity.MethodToken:
			user, p.parent, err = c.proveToken(ctx, req)
		case identity.MethodApplicationCredential:
			user, p.appCred, err = c.proveApplicationCredential(ctx, req.ApplicationCredential)
		case identity.MethodOAuth1:
			user, p.accessToken, err = c.proveOAuth1(ctx, req.OAuth1)
		case identity.MethodTOTP:
			user, err = c.proveTOTP(ctx, req.TOTP, len(methods))
		}
		if err != nil {
			return p, err
		}
		if p.user != "" && p.user != user {
			return p, identity.Unauthenticated("the methods prove different users")
		}
		p.user = user
	}
	if p.appCred != nil && p.accessToken != nil {
		return p, identity.Unauthenticated("a token acts through one delegation, not two")
	}
	return p, nil
}

// mint makes the token of a proof on a snapshot, and what it may do.
func (c *Core) mint(s *snapshot.Snapshot, methods []string, req *identity.AuthRequest, p proof) (string, *identity.Authorization, error) {
	now := c.Now()
	receipt, err := c.openReceipt(s, req, p.user, now)
	if err != nil {
		return "", nil, err
	}
	if receipt != nil {
		methods = union(methods, receipt.Methods)
	}
	t := &identity.Token{UserID: p.user, Methods: slices.Clone(methods), IssuedAt: now.UTC().Truncate(time.Second)}
	t.ExpiresAt = t.IssuedAt.Add(c.lifetime(methods, req.V2))
	t.AuditIDs = []identity.AuditID{identity.NewAuditID(s.Rev)}
	if p.parent != nil {
		// Judged again here: were it revoked since it was proved, its child would carry a
		// revision that the revocation does not reach.
		if _, err := c.authorize(s, p.parent, asOf{now: now}); err != nil {
			return "", nil, err
		}
		inherit(t, p.parent)
	}
	slices.SortStableFunc(t.Methods, c.methodOrder)
	if u := s.User(p.user); u != nil && !satisfiesMFA(u, t.Methods) {
		return "", nil, c.incomplete(s, t, receipt, now)
	}
	switch ac := p.appCred; {
	case ac != nil:
		t.ProjectID, t.ApplicationCredentialID = ac.ProjectID, ac.ID
		if !ac.ExpiresAt.IsZero() && ac.ExpiresAt.Before(t.ExpiresAt) {
			t.ExpiresAt = ac.ExpiresAt
		}
	case p.accessToken != nil:
		lend(t, p.accessToken)
	case p.thumbprint != "":
		if err := bindToCertificate(s, t, p.thumbprint); err != nil {
			return "", nil, err
		}
	default:
		if err := c.scope(s, t, req); err != nil {
			return "", nil, err
		}
	}
	a, err := c.authorize(s, t, asOf{now: now})
	if err != nil {
		return "", nil, err
	}
	ring, err := c.ring(s)
	if err != nil {
		return "", nil, err
	}
	text, err := ring.Mint(t, now)
	return text, a, err
}

// inherit makes a token the child of the one it was exchanged for: it ends no later
// (CVE-2012-3426, CVE-2026-44394) and belongs to the same chain.
func inherit(t, parent *identity.Token) {
	t.ExpiresAt = parent.ExpiresAt
	t.AuditIDs = append(t.AuditIDs, parent.AuditIDs[len(parent.AuditIDs)-1])
	t.Methods = union(t.Methods, parent.Methods)
}

// union returns the methods of a and those of b that a has not.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, m := range b {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

// methodOrder is that in which a token, read back, lists its methods.
func (c *Core) methodOrder(a, b string) int {
	place := func(m string) uint { return uint(slices.Index(c.Settings.Methods, m)) } // last when it is not listed
	return cmp.Compare(place(a), place(b))
}

// lifetime is that of the method; of several, the shortest.
func (c *Core) lifetime(methods []string, v2 bool) time.Duration {
	set := &c.Settings
	life := time.Duration(0)
	for _, m := range methods {
		l := set.DefaultLife
		switch {
		case m == identity.MethodApplicationCredential:
			l = set.ApplicationCredentialLife
		case m == identity.MethodPassword && v2 && set.V2Life > 0:
			l = set.V2Life
		case m == identity.MethodPassword || m == identity.MethodTOTP:
			l = set.PasswordLife
		}
		if life == 0 || l < life {
			life = l
		}
	}
	return life
}
