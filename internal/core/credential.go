package core

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// EC2Key is an EC2 credential with its secret key.
type EC2Key struct {
	*identity.Credential
	Secret identity.Secret // empty: not for this caller
}

// ec2Blob is what is sealed of an EC2 key, with Keystone's names.
type ec2Blob struct {
	Access                  string                           `json:"access"`
	Secret                  string                           `json:"secret"`
	TrustID                 *identity.TrustID                `json:"trust_id"`
	ApplicationCredentialID identity.ApplicationCredentialID `json:"app_cred_id,omitzero"`
}

func credentialTarget(owner identity.UserID) []policy.Attr {
	return []policy.Attr{attr("target.credential.user_id", owner)}
}

// EC2Key returns the key of an access key. Its owner decides who may see it; the user of the
// path counts only when there is none.
func (c *Core) EC2Key(ctx context.Context, caller identity.Caller, of identity.UserID, access string) (*EC2Key, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	cred, err := c.ec2Credential(s, caller, "identity:ec2_get_credential", of, access)
	if err != nil {
		return nil, err
	}
	return c.showKey(s, caller, cred)
}

// ec2Credential finds the credential of an access key that the caller may do action to.
func (c *Core) ec2Credential(s *snapshot.Snapshot, caller identity.Caller, action string, of identity.UserID, access string) (*identity.Credential, error) {
	cred := s.Credential(identity.EC2CredentialID(access))
	if cred == nil || cred.Type != identity.CredentialEC2 {
		if err := c.enforce(caller, action, credentialTarget(of)...); err != nil {
			return nil, err
		}
		return nil, identity.Missing("credential", access)
	}
	if err := c.enforce(caller, action, credentialTarget(cred.UserID)...); err != nil {
		return nil, err
	}
	if !withinDelegation(caller, cred.ProjectID) {
		return nil, identity.NotAuthorized(action)
	}
	return cred, nil
}

// withinDelegation keeps delegated tokens to the project of their delegation (CVE-2026-43001).
func withinDelegation(caller identity.Caller, project identity.ProjectID) bool {
	return !delegated(caller) || caller.Token.ProjectID != "" && caller.Token.ProjectID == project
}

func delegated(caller identity.Caller) bool {
	return caller.Authorization != nil && caller.Delegation() != identity.NotDelegated
}

// showKey opens a key. A delegated token gets the secrets of the keys made through its own
// application credential and no others: those can do all that the user can, for ever, which
// is more than it was lent (CVE-2026-33551 for reading).
func (c *Core) showKey(s *snapshot.Snapshot, caller identity.Caller, cred *identity.Credential) (*EC2Key, error) {
	key := &EC2Key{Credential: cred}
	if delegated(caller) && (cred.ApplicationCredentialID == "" || cred.ApplicationCredentialID != caller.Token.ApplicationCredentialID) {
		return key, nil
	}
	plain, err := c.openCredential(s, cred)
	if err != nil {
		return nil, err
	}
	var blob ec2Blob
	if json.Unmarshal(plain, &blob) != nil { // its error would quote the blob
		return nil, fmt.Errorf("the blob of credential %s cannot be read", cred.ID)
	}
	key.Secret = identity.NewSecret(blob.Secret)
	return key, nil
}

// EC2Keys lists a user's keys in order of id; a delegated token sees those of its project.
func (c *Core) EC2Keys(ctx context.Context, caller identity.Caller, of identity.UserID) ([]*EC2Key, error) {
	u, err := c.userFor(ctx, caller, "identity:ec2_list_credentials", of)
	if err != nil {
		return nil, err
	}
	s := c.Live.Current()
	var keys []*EC2Key
	for id := range s.CredentialsOf(u.ID) {
		cred := s.Credential(id)
		if cred.Type != identity.CredentialEC2 || !withinDelegation(caller, cred.ProjectID) {
			continue
		}
		key, err := c.showKey(s, caller, cred)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// CreateEC2Key makes a key for a user in a project on which the user has a role. A delegated
// token makes keys only for its own user and project, and they are bound to its application
// credential for their life (CVE-2020-12691, CVE-2026-33551, CVE-2026-43001).
func (c *Core) CreateEC2Key(ctx context.Context, caller identity.Caller, of identity.UserID, project identity.ProjectID) (*EC2Key, error) {
	const action = "identity:ec2_create_credential"
	if !caller.Known() {
		return nil, identity.Unauthenticated("no token was given")
	}
	var key *EC2Key
	err := c.update(ctx, caller, func(w *write) error {
		exists := w.model.User(of) != nil
		err := c.enforceOn(w.caller, action, exists, func() []policy.Attr { return credentialTarget(of) }, identity.Missing("user", of))
		if err != nil {
			return err
		}
		if delegated(w.caller) && (w.caller.User.ID != of || !withinDelegation(w.caller, project)) {
			return identity.NotAuthorized(action)
		}
		if err := c.checkKeyPlace(w.model, of, project); err != nil {
			return err
		}
		if key, err = c.newKey(w, of, project); err != nil {
			return err
		}
		return w.InsertCredential(ctx, key.Credential)
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

func (c *Core) checkKeyPlace(s *snapshot.Snapshot, of identity.UserID, project identity.ProjectID) error {
	if s.Project(project) == nil {
		return identity.Missing("project", project)
	}
	if len(s.EffectiveRoles(of, identity.Target{Project: project})) == 0 {
		return identity.Forbiddenf("User %s has no role on project %s.", of, project)
	}
	have := 0
	for id := range s.CredentialsOf(of) {
		if cred := s.Credential(id); cred.Type == identity.CredentialEC2 && cred.ProjectID == project {
			have++
		}
	}
	if limit := c.Settings.EC2Limit; limit >= 0 && have >= limit {
		return identity.Forbiddenf("Unable to create additional credentials, maximum of %d already exceeded for user.", limit)
	}
	return nil
}

// newKey makes a key of 32 hex digits each, as Keystone's.
func (c *Core) newKey(w *write, of identity.UserID, project identity.ProjectID) (*EC2Key, error) {
	var secret [16]byte
	rand.Read(secret[:]) // never fails: crypto/rand ends the program instead
	blob := ec2Blob{Access: identity.NewID(), Secret: hex.EncodeToString(secret[:])}
	if delegated(w.caller) {
		blob.ApplicationCredentialID = w.caller.Token.ApplicationCredentialID
	}
	cred := &identity.Credential{ID: identity.EC2CredentialID(blob.Access), UserID: of, ProjectID: project, Type: identity.CredentialEC2,
		Access: blob.Access, ApplicationCredentialID: blob.ApplicationCredentialID, CreatedAt: c.Now().UTC()}
	plain, err := json.Marshal(&blob)
	if err != nil {
		return nil, err
	}
	if err := c.sealCredential(w.model, cred, plain); err != nil {
		return nil, err
	}
	return &EC2Key{Credential: cred, Secret: identity.NewSecret(blob.Secret)}, nil
}

// DeleteEC2Key removes a key. A delegated token can remove only those of its project.
func (c *Core) DeleteEC2Key(ctx context.Context, caller identity.Caller, of identity.UserID, access string) error {
	return c.update(ctx, caller, func(w *write) error {
		cred, err := c.ec2Credential(w.model, w.caller, "identity:ec2_delete_credential", of, access)
		if err != nil {
			return err
		}
		return w.DeleteCredential(ctx, cred.ID)
	})
}

// sealCredential puts a blob into its credential, whose id, owner and type must stand.
func (c *Core) sealCredential(s *snapshot.Snapshot, cred *identity.Credential, blob []byte) error {
	ring, err := c.ring(s)
	if err != nil {
		return err
	}
	cred.Sealed, cred.KeyID = ring.SealBlob(string(cred.ID), string(cred.UserID), cred.Type, blob)
	return nil
}

// openCredential returns a credential's blob. It fails for a blob that was sealed for another
// credential, owner or type.
func (c *Core) openCredential(s *snapshot.Snapshot, cred *identity.Credential) ([]byte, error) {
	ring, err := c.ring(s)
	if err != nil {
		return nil, err
	}
	return ring.OpenBlob(string(cred.ID), string(cred.UserID), cred.Type, cred.KeyID, cred.Sealed)
}
