package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/auth/totp"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/snapshot"
	"github.com/lintel-id/lintel/internal/token"
)

// Credential is a credential with what is sealed in it.
type Credential struct {
	*identity.Credential
	Blob identity.Secret
}

func credentialTarget(owner identity.UserID) []policy.Attr {
	return []policy.Attr{attr("target.credential.user_id", owner)}
}

// Credential returns a credential.
func (c *Core) Credential(ctx context.Context, caller identity.Caller, id identity.CredentialID) (*Credential, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	cred := s.Credential(id)
	err = c.enforceOn(caller, "identity:get_credential", cred != nil, func() []policy.Attr { return credentialTarget(cred.UserID) },
		identity.Missing("credential", id))
	if err != nil {
		return nil, err
	}
	ring, err := c.ring(s)
	if err != nil {
		return nil, err
	}
	return showCredential(ring, cred)
}

func showCredential(ring *token.Ring, cred *identity.Credential) (*Credential, error) {
	blob, err := blobOf(ring, cred)
	if err != nil {
		return nil, err
	}
	return &Credential{Credential: cred, Blob: identity.NewSecret(string(blob))}, nil
}

// Credentials lists the credentials that the caller may get, each judged by itself; no other
// is opened (CVE-2019-19687). Delegated tokens may get none, and see an empty list.
func (c *Core) Credentials(ctx context.Context, caller identity.Caller, f identity.CredentialFilter) ([]*Credential, error) {
	const list, get = "identity:list_credentials", "identity:get_credential"
	var own []policy.Attr
	if a := caller.Authorization; a != nil && !a.Token.System {
		own = credentialTarget(a.User.ID)
	}
	if err := c.enforce(caller, list, own...); err != nil {
		return nil, err
	}
	if f.UserID == "" && c.enforce(caller, get) != nil {
		f.UserID = caller.User.ID // who may not get just anybody's need not wait for all rows
	}
	rows, err := listed(c.Store.ListCredentials(ctx, f))
	if err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	var shown []*Credential
	for _, cred := range rows {
		if c.enforce(caller, get, credentialTarget(cred.UserID)...) != nil {
			continue
		}
		ring, err := c.ringWith(ctx, s, cred.KeyID)
		if err != nil {
			return nil, err
		}
		one, err := showCredential(ring, cred)
		if err != nil {
			return nil, err
		}
		shown = append(shown, one)
	}
	return shown, nil
}

// CreateCredential makes a credential of any type. An EC2 key is the same as one that
// CreateEC2Key makes, but with the access key and the secret that the client chose.
func (c *Core) CreateCredential(ctx context.Context, caller identity.Caller, spec identity.CredentialSpec) (*Credential, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	cred := &identity.Credential{ID: identity.CredentialID(identity.NewID()), UserID: spec.UserID, ProjectID: spec.ProjectID, Type: spec.Type,
		Extra: spec.Extra, CreatedAt: c.Now().UTC()}
	if err := checkNewBlob(cred, spec.Blob); err != nil {
		return nil, err
	}
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_credential", credentialTarget(cred.UserID)...); err != nil {
			return err
		}
		if w.model.User(cred.UserID) == nil {
			return identity.Missing("user", cred.UserID)
		}
		if cred.ProjectID != "" && w.model.Project(cred.ProjectID) == nil {
			return identity.Missing("project", cred.ProjectID)
		}
		if cred.Access != "" && w.model.EC2Credential(cred.Access) != nil {
			return accessTaken(w.model, cred.Access)
		}
		if err := c.checkCredentialLimits(w.model, cred); err != nil {
			return err
		}
		if err := c.sealCredential(w.model, cred, []byte(spec.Blob.Reveal())); err != nil {
			return err
		}
		return w.InsertCredential(ctx, cred)
	})
	if err != nil {
		return nil, err
	}
	return &Credential{Credential: cred, Blob: spec.Blob}, nil
}

// checkNewBlob refuses a blob that could never be of use, and completes an EC2 key with what
// its blob says.
func checkNewBlob(cred *identity.Credential, blob identity.Secret) error {
	switch cred.Type {
	case identity.CredentialEC2:
		key, err := readEC2Blob(blob)
		if err != nil {
			return err
		}
		if key.stamps() != (ec2Stamps{}) {
			return identity.Invalidf("Invalid blob in credential: trust_id, app_cred_id, access_token_id and access_id are the server's to set.")
		}
		cred.ID, cred.Access = identity.EC2CredentialID(key.Access), key.Access
	case identity.CredentialTOTP:
		return checkSeed(blob)
	}
	return nil
}

func checkSeed(blob identity.Secret) error {
	if _, err := totp.Parse(blob.Reveal()); err != nil {
		return identity.Invalidf("Invalid blob in credential: a TOTP secret is 128 bits or more in base32.")
	}
	return nil
}

// CredentialRoom is how many credentials a user has and may have. A limit below 0 is none.
type CredentialRoom struct {
	Keys, KeyLimit int // EC2 keys in a project
	All, Limit     int // of every type, those keys too
}

// KeysFull says whether the user can have no more EC2 keys in the project.
func (r CredentialRoom) KeysFull() bool { return r.KeyLimit >= 0 && r.Keys >= r.KeyLimit || r.Full() }

// Full says whether the user can have no more credentials at all.
func (r CredentialRoom) Full() bool { return r.Limit >= 0 && r.All >= r.Limit }

func (c *Core) credentialRoom(s *snapshot.Snapshot, of identity.UserID, project identity.ProjectID) CredentialRoom {
	r := CredentialRoom{KeyLimit: c.Settings.EC2Limit, Limit: c.Settings.CredentialLimit}
	for id := range s.CredentialsOf(of) {
		r.All++
		if have := s.Credential(id); have.Type == identity.CredentialEC2 && have.ProjectID == project {
			r.Keys++
		}
	}
	return r
}

// checkCredentialLimits refuses one more credential than the user may have, in all and, of EC2
// keys, in the project.
func (c *Core) checkCredentialLimits(s *snapshot.Snapshot, cred *identity.Credential) error {
	room := c.credentialRoom(s, cred.UserID, cred.ProjectID)
	limit := room.Limit
	if !room.Full() {
		if cred.Type != identity.CredentialEC2 || !room.KeysFull() {
			return nil
		}
		limit = room.KeyLimit
	}
	return identity.Forbiddenf("Unable to create additional credentials, maximum of %d already exceeded for user.", limit)
}

// UpdateCredential gives a credential another blob. For its owner nothing else of it can
// change: to retype, move or give away a credential in place was a way round the checks of
// making one (CVE-2020-12689, CVE-2020-12691, CVE-2026-90460). Who may change anybody's
// credentials may also move one to another project, and give a key another access key.
func (c *Core) UpdateCredential(ctx context.Context, caller identity.Caller, id identity.CredentialID, patch identity.CredentialPatch) (*Credential, error) {
	var cred identity.Credential
	err := c.update(ctx, caller, func(w *write) error {
		const action = "identity:update_credential"
		old := w.model.Credential(id)
		err := c.enforceOn(w.caller, action, old != nil, func() []policy.Attr { return credentialTarget(old.UserID) }, identity.Missing("credential", id))
		if err != nil {
			return err
		}
		// The owner it would have decides too: who may not make it somebody's learns no more.
		if err := c.enforce(w.caller, action, credentialTarget(patch.UserID.Or(old.UserID))...); err != nil {
			return err
		}
		cred = *old
		if c.enforce(w.caller, action) == nil {
			if err := movedTo(w.model, &cred, &patch); err != nil {
				return err
			}
		}
		if err := checkFixed(&cred, &patch); err != nil {
			return err
		}
		if err := c.checkBlob(w.model, old, &cred, patch.Blob); err != nil {
			return err
		}
		if err := c.sealCredential(w.model, &cred, []byte(patch.Blob.Reveal())); err != nil {
			return err
		}
		if err := c.endTokensOfKey(ctx, w, old); err != nil {
			return err
		}
		return w.UpdateCredential(ctx, &cred)
	})
	if err != nil {
		return nil, err
	}
	return &Credential{Credential: &cred, Blob: patch.Blob}, nil
}

// movedTo applies what only an administrator may change: the project, and a key's access key.
func movedTo(s *snapshot.Snapshot, cred *identity.Credential, patch *identity.CredentialPatch) error {
	if to := patch.ProjectID; to.Value != "" && to.Value != cred.ProjectID {
		if s.Project(patch.ProjectID.Value) == nil {
			return identity.Missing("project", patch.ProjectID.Value)
		}
		cred.ProjectID = patch.ProjectID.Value
	}
	if cred.Type != identity.CredentialEC2 {
		return nil
	}
	fresh, err := readEC2Blob(patch.Blob)
	if err != nil {
		return err
	}
	if other := s.EC2Credential(fresh.Access); other != nil && other.ID != cred.ID {
		return accessTaken(s, fresh.Access)
	}
	cred.Access = fresh.Access
	return nil
}

func accessTaken(s *snapshot.Snapshot, access string) error {
	return &identity.Error{Kind: identity.Conflict,
		Message: "Conflict occurred attempting to store credential - Duplicate entry found with ID " + string(s.EC2Credential(access).ID) + "."}
}

// checkFixed refuses a patch that says another user, project or type.
func checkFixed(old *identity.Credential, patch *identity.CredentialPatch) error {
	switch {
	case patch.UserID.Set && patch.UserID.Value != old.UserID:
		return identity.Invalidf("user_id can not be updated for credential")
	case patch.ProjectID.Set && patch.ProjectID.Value != old.ProjectID:
		return identity.Invalidf("project_id can not be updated for credential")
	case patch.Type.Set && patch.Type.Value != old.Type:
		return identity.Invalidf("type can not be updated for credential")
	}
	return nil
}

// checkBlob is checkNewBlob for a credential that has one already. An EC2 key keeps the access
// key that cred says, and the delegation it was made through.
func (c *Core) checkBlob(s *snapshot.Snapshot, old, cred *identity.Credential, blob identity.Secret) error {
	switch old.Type {
	case identity.CredentialEC2:
		return c.checkEC2Blob(s, old, cred.Access, blob)
	case identity.CredentialTOTP:
		return checkSeed(blob)
	}
	return nil
}

// DeleteCredential removes a credential.
func (c *Core) DeleteCredential(ctx context.Context, caller identity.Caller, id identity.CredentialID) error {
	return c.update(ctx, caller, func(w *write) error {
		cred := w.model.Credential(id)
		err := c.enforceOn(w.caller, "identity:delete_credential", cred != nil, func() []policy.Attr { return credentialTarget(cred.UserID) },
			identity.Missing("credential", id))
		if err != nil {
			return err
		}
		return c.deleteCredential(ctx, w, cred)
	})
}

// deleteCredential removes a credential, and the tokens got with it if it is an EC2 key.
func (c *Core) deleteCredential(ctx context.Context, w *write, cred *identity.Credential) error {
	if err := c.endTokensOfKey(ctx, w, cred); err != nil {
		return err
	}
	return w.DeleteCredential(ctx, cred.ID)
}
