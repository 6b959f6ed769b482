package core

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/ratelimit"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// RateLimits bound how often secrets may be tried. A nil one is no limit.
type RateLimits struct {
	Address *ratelimit.Limiter // by one client
	Account *ratelimit.Limiter // for one user or credential
}

// admit counts a try of a secret by a client for some accounts, before anything is computed. It
// fails with TooMany when one of them has been tried too often. Accounts are named as
// userAccount and the like do: one that does not exist has a name as well.
func (c *Core) admit(client netip.Addr, accounts ...string) error {
	if wait := c.RateLimits.Address.Take(network(client), c.Now()); wait > 0 {
		return identity.TooOften("the client's address has a limit", wait)
	}
	for _, account := range accounts {
		if wait := c.RateLimits.Account.Take(account, c.Now()); wait > 0 {
			return identity.TooOften("the account has a limit", wait)
		}
	}
	return nil
}

// network is what counts as one client: an IPv4 address, or an IPv6 network of 64 bits, in
// which one client may have all addresses.
func network(a netip.Addr) string {
	if a.Is6() {
		return netip.PrefixFrom(a, 64).Masked().Addr().String()
	}
	return a.String()
}

// accounts names whom a request for a token tries to be, by each of its methods.
func (c *Core) accounts(s *snapshot.Snapshot, methods []string, req *identity.AuthRequest) (names []string) {
	for _, m := range methods {
		switch m {
		case identity.MethodPassword:
			names = append(names, c.loginAccounts(s, req)...)
		case identity.MethodTOTP:
			names = append(names, userAccount(s, req.TOTP.User))
		case identity.MethodApplicationCredential:
			names = append(names, applicationCredentialAccount(s, req.ApplicationCredential))
		case identity.MethodOAuth1:
			if h, err := readSigned(req.OAuth1); err == nil {
				names = append(names, account("consumer", h.ConsumerKey))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names) // two methods of one user are one try
}

// loginAccounts is one account, or, where there is no such user, all that it could have been:
// otherwise another spelling of the name, with a limit of its own, would tell.
func (c *Core) loginAccounts(s *snapshot.Snapshot, req *identity.AuthRequest) []string {
	ref := req.Password.User
	if u := c.loginUser(s, req); u != nil {
		return []string{account("user", string(u.ID))}
	}
	if !req.V2 || ref.ID != "" {
		return []string{userAccount(s, ref)}
	}
	ref.Domain = identity.DomainRef{ID: c.Settings.DefaultDomain}
	names := []string{userAccount(s, ref)}
	if p := findProject(s, req.Scope); p != nil && p.OwnDomain() != c.Settings.DefaultDomain {
		ref.Domain.ID = p.OwnDomain()
		names = append(names, userAccount(s, ref))
	}
	return names
}

// userAccount names the account of a user, whether there is one or not, the same for each way
// to name it.
func userAccount(s *snapshot.Snapshot, ref identity.UserRef) string {
	if u := findUser(s, ref); u != nil {
		return account("user", string(u.ID))
	}
	if ref.ID != "" {
		return account("user", string(ref.ID))
	}
	if d := findDomain(s, ref.Domain); d != nil {
		ref.Domain = identity.DomainRef{ID: identity.DomainID(d.ID)}
	}
	return account("name", string(ref.Domain.ID), ref.Domain.Name, ref.Name)
}

// applicationCredentialAccount is userAccount for an application credential.
func applicationCredentialAccount(s *snapshot.Snapshot, ref *identity.ApplicationCredentialProof) string {
	if ref.ID != "" {
		return account("application credential", string(ref.ID))
	}
	if u := findUser(s, ref.User); u != nil {
		if ac := s.ApplicationCredentialByName(u.ID, ref.Name); ac != nil {
			return account("application credential", string(ac.ID))
		}
	}
	return account("application credential of", userAccount(s, ref.User), ref.Name)
}

func account(parts ...string) string { return strings.Join(parts, "\x1f") }
