package core

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
	"github.com/lintel-id/lintel/internal/token"
)

// ApplicationCredential is one as its owner sees it: with its roles as they are now.
type ApplicationCredential struct {
	*identity.ApplicationCredential
	RoleObjects []*identity.Role // of Roles, in order of id
}

func describe(s *snapshot.Snapshot, ac *identity.ApplicationCredential) *ApplicationCredential {
	out := &ApplicationCredential{ApplicationCredential: ac}
	for _, id := range ac.Roles {
		if r := s.Role(id); r != nil {
			out.RoleObjects = append(out.RoleObjects, r)
		}
	}
	return out
}

// ApplicationCredential returns an application credential. Its real owner decides who may see
// it, not the user of the path (bug 1901207 of Keystone), who counts only when there is none.
func (c *Core) ApplicationCredential(ctx context.Context, caller identity.Caller, of identity.UserID, id identity.ApplicationCredentialID) (*ApplicationCredential, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	ac := s.ApplicationCredential(id)
	if err := c.enforceOwned(caller, "identity:get_application_credential", of, ac, id); err != nil {
		return nil, err
	}
	return describe(s, ac), nil
}

// enforceOwned asks policy about the credential's real owner, and does not know the credential
// below another user's path.
func (c *Core) enforceOwned(caller identity.Caller, action string, of identity.UserID, ac *identity.ApplicationCredential, id identity.ApplicationCredentialID) error {
	if ac == nil {
		if err := c.enforce(caller, action, attr("user_id", of)); err != nil {
			return err
		}
		return identity.Missing("Application Credential", id)
	}
	if err := c.enforce(caller, action, attr("user_id", ac.UserID)); err != nil {
		return err
	}
	if ac.UserID != of {
		return identity.Missing("Application Credential", id)
	}
	return nil
}

// ApplicationCredentials lists a user's application credentials in order of id, ended ones
// too; name "" is no filter.
func (c *Core) ApplicationCredentials(ctx context.Context, caller identity.Caller, of identity.UserID, name string, text []identity.TextFilter) ([]*ApplicationCredential, error) {
	u, err := c.userFor(ctx, caller, "identity:list_application_credentials", of)
	if err != nil {
		return nil, err
	}
	s := c.Live.Current()
	var list []*ApplicationCredential
	for id := range s.ApplicationCredentialsOf(u.ID) {
		ac := s.ApplicationCredential(id)
		if (name == "" || ac.Name == name) && identity.MatchAll(text, func(string) string { return ac.Name }) {
			list = append(list, describe(s, ac))
		}
	}
	return list, nil
}

// CreateApplicationCredential makes an application credential for the caller, in the project
// of the caller's token and with roles of that token. One that is made with another one gets
// nothing the other has not: no further role, access rule or day. The secret is returned here
// and never again.
func (c *Core) CreateApplicationCredential(ctx context.Context, caller identity.Caller, of identity.UserID, spec identity.ApplicationCredentialSpec) (*ApplicationCredential, identity.Secret, error) {
	secret := spec.Secret
	if err := c.checkApplicationCredential(&spec); err != nil {
		return nil, secret, err
	}
	// Asked here too, so that nobody makes us hash for nothing.
	if err := c.enforceOwn(caller, of); err != nil {
		return nil, secret, err
	}
	hash, err := c.hashPassword(ctx, secret)
	if err != nil {
		return nil, secret, err
	}
	id := identity.ApplicationCredentialID(identity.NewID())
	switch {
	case spec.Once != "":
		id, secret, err = c.derivedOnce(caller, spec.Once, secret)
	case secret.Empty():
		secret = token.GenerateSecret()
	}
	if err != nil {
		return nil, secret, err
	}
	var ac *identity.ApplicationCredential
	err = c.update(ctx, caller, func(w *write) error {
		if err := c.enforceOwn(w.caller, of); err != nil {
			return err
		}
		if ac = w.model.ApplicationCredential(id); ac != nil {
			return c.secondTime(ac.CreatedAt, "application credential")
		}
		if spec.Once != "" && w.model.Revocation(identity.RevokeChain, tombstone(id)) != nil {
			return &identity.Error{Kind: identity.Gone, Message: "This request has made its application credential already, and that has been deleted."}
		}
		if ac, err = c.delegate(w, &spec); err != nil {
			return err
		}
		ac.ID = id
		if ac.SecretHash, err = c.secretHash(w.model, hash, secret); err != nil {
			return err
		}
		err := w.InsertApplicationCredential(ctx, ac)
		ac.AccessRules = distinctRules(ac.AccessRules)
		return err
	})
	if err != nil {
		return nil, secret, err
	}
	return describe(c.Live.Current(), ac), secret, nil
}

func (c *Core) checkApplicationCredential(spec *identity.ApplicationCredentialSpec) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	if !spec.ExpiresAt.IsZero() && !spec.ExpiresAt.After(c.Now()) {
		return identity.Invalidf("The 'expires_at' must not be before now.")
	}
	if n := c.Settings.MaxPasswordLength; n > 0 && len(spec.Secret.Reveal()) > n {
		return identity.Invalidf("Invalid input for field 'secret': more than %d characters.", n)
	}
	return nil
}

// enforceOwn asks policy, and then what no policy can change: the secret goes to the caller,
// so it must be the caller's own credential, and its project is that of the token.
func (c *Core) enforceOwn(caller identity.Caller, of identity.UserID) error {
	const action = "identity:create_application_credential"
	if err := c.enforce(caller, action, attr("user_id", of)); err != nil {
		return err
	}
	if caller.Authorization == nil || caller.Project == nil || caller.User.ID != of {
		return identity.NotAuthorized(action)
	}
	return nil
}

// twice is how long the second of two equal requests is taken for the first.
const twice = 10 * time.Second

// derivedOnce returns the id and, where none was chosen, the secret that a request marked as once always gets.
func (c *Core) derivedOnce(caller identity.Caller, once string, chosen identity.Secret) (identity.ApplicationCredentialID, identity.Secret, error) {
	ring, err := c.ring(c.Live.Current())
	if err != nil {
		return "", chosen, err
	}
	user, project := string(caller.User.ID), string(caller.Project.ID)
	digest := sha256.Sum256([]byte(ring.DeriveSecret("application credential id", user, project, once).Reveal()))
	if chosen.Empty() {
		chosen = ring.DeriveSecret("application credential secret", user, project, once)
	}
	return identity.ApplicationCredentialID(hex.EncodeToString(digest[:16])), chosen, nil
}

// secondTime says what becomes of a request whose credential is there already.
func (c *Core) secondTime(made time.Time, noun string) error {
	if c.Now().Before(made.Add(twice)) {
		return nil
	}
	return &identity.Error{Kind: identity.Gone, Message: "This request has made its " + noun + " already. The secret was shown then."}
}

// delegate makes the application credential of a spec, all but its id, out of what the caller's token has.
func (c *Core) delegate(w *write, spec *identity.ApplicationCredentialSpec) (*identity.ApplicationCredential, error) {
	have := 0
	for range w.model.ApplicationCredentialsOf(w.caller.User.ID) {
		have++
	}
	if limit := c.Settings.ApplicationCredentialLimit; limit >= 0 && have >= limit {
		return nil, identity.Forbiddenf("Unable to create additional application credentials, maximum of %d already exceeded for user.", limit)
	}
	parent := w.caller.ApplicationCredential
	roles, err := delegatedRoles(w.caller.Roles, spec.Roles)
	if err != nil {
		return nil, err
	}
	rules, err := delegatedRules(parent, spec.AccessRules)
	if err != nil {
		return nil, err
	}
	return &identity.ApplicationCredential{UserID: w.caller.User.ID, ProjectID: w.caller.Project.ID,
		Name: spec.Name, Description: spec.Description, Roles: roles, ExpiresAt: delegatedExpiry(parent, spec.ExpiresAt),
		Unrestricted: spec.Unrestricted, AccessRules: rules, CreatedAt: c.Now().UTC()}, nil
}

// delegatedRoles are the wanted ones of the token's roles, or all; in order of id.
func delegatedRoles(have, want []identity.RoleRef) ([]identity.RoleID, error) {
	if len(want) == 0 {
		want = have
	}
	var ids []identity.RoleID
	for _, r := range want {
		i := slices.IndexFunc(have, func(h identity.RoleRef) bool { return r.ID == h.ID || r.ID == "" && r.Name == h.Name })
		if i < 0 {
			return nil, identity.Invalidf("Invalid application credential: Cannot create an application credential with unassigned role")
		}
		ids = append(ids, have[i].ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// delegatedRules are the wanted access rules, which must be among the parent's if it has any;
// then none wanted means all of them, for no rule at all would allow everything.
func delegatedRules(parent *identity.ApplicationCredential, want []identity.AccessRule) ([]identity.AccessRule, error) {
	if parent == nil || len(parent.AccessRules) == 0 {
		return slices.Clone(want), nil
	}
	if len(want) == 0 {
		return slices.Clone(parent.AccessRules), nil
	}
	for _, r := range want {
		if !slices.ContainsFunc(parent.AccessRules, func(p identity.AccessRule) bool {
			return r.ID == p.ID || r.ID == "" && r.Service == p.Service && r.Method == p.Method && r.Path == p.Path
		}) {
			return nil, identity.Invalidf("Invalid application credential: Cannot create an application credential with an access rule that the one used has not")
		}
	}
	return slices.Clone(want), nil
}

// delegatedExpiry is the wanted time, but not after the parent's.
func delegatedExpiry(parent *identity.ApplicationCredential, want time.Time) time.Time {
	if parent == nil || parent.ExpiresAt.IsZero() || !want.IsZero() && want.Before(parent.ExpiresAt) {
		return want
	}
	return parent.ExpiresAt
}

// distinctRules drops the rules that were named twice.
func distinctRules(rules []identity.AccessRule) []identity.AccessRule {
	seen := map[identity.AccessRuleID]bool{}
	return slices.DeleteFunc(rules, func(r identity.AccessRule) bool {
		again := seen[r.ID]
		seen[r.ID] = true
		return again
	})
}

// secretHash is the stored form of a secret: the password hash of one that somebody chose,
// the keyed hash of one that we made.
func (c *Core) secretHash(s *snapshot.Snapshot, hash string, secret identity.Secret) (string, error) {
	if hash != "" {
		return hash, nil
	}
	ring, err := c.ring(s)
	if err != nil {
		return "", err
	}
	return ring.HashSecret(secret.Reveal()), nil
}

// DeleteApplicationCredential removes an application credential: its tokens end with it
// (CVE-2022-2447), and so do the EC2 keys made through it.
func (c *Core) DeleteApplicationCredential(ctx context.Context, caller identity.Caller, of identity.UserID, id identity.ApplicationCredentialID) error {
	return c.update(ctx, caller, func(w *write) error {
		err := c.enforceOwned(w.caller, "identity:delete_application_credential", of, w.model.ApplicationCredential(id), id)
		if err != nil {
			return err
		}
		if err := w.DeleteApplicationCredential(ctx, id); err != nil {
			return err
		}
		return c.revoke(ctx, w, identity.RevokeChain, tombstone(id))
	})
}

// tombstone is the key of a revocation that says that an application credential is gone, for as long as its tokens last:
// a request that is sent again must not bring it back to life, and them with it.
func tombstone(id identity.ApplicationCredentialID) string {
	sum := sha256.Sum256([]byte("application credential\x1f" + id))
	return identity.AuditID(sum[:len(identity.AuditID{})]).String()
}
