package core

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// EC2Key is an EC2 credential with its secret key.
type EC2Key struct {
	*identity.Credential
	Secret identity.Secret // empty: not for this caller
}

// ec2Blob is what is sealed of an EC2 key, with Keystone's names. A client's blob may say more.
type ec2Blob struct {
	Access                  string                           `json:"access"`
	Secret                  string                           `json:"secret"`
	TrustID                 *identity.TrustID                `json:"trust_id"`
	ApplicationCredentialID identity.ApplicationCredentialID `json:"app_cred_id,omitzero"`
	AccessTokenID           identity.AccessTokenID           `json:"access_token_id,omitzero"`
	AccessID                jsontext.Value                   `json:"access_id,omitzero"`
}

// ec2Stamps say through which delegation a key was made.
type ec2Stamps struct {
	trust                 identity.TrustID
	applicationCredential identity.ApplicationCredentialID
	accessToken           identity.AccessTokenID
	accessID              string
}

func (b *ec2Blob) stamps() ec2Stamps {
	s := ec2Stamps{applicationCredential: b.ApplicationCredentialID, accessToken: b.AccessTokenID}
	if b.TrustID != nil {
		s.trust = *b.TrustID
	}
	if b.AccessID.Kind() != 'n' {
		s.accessID = string(b.AccessID)
	}
	return s
}

// readEC2Blob reads a client's blob: the text of a JSON object with an access key that a
// signature and a path can name, and a secret. Its errors never quote the blob.
func readEC2Blob(text identity.Secret) (*ec2Blob, error) {
	var blob ec2Blob
	if json.Unmarshal([]byte(text.Reveal()), &blob) != nil {
		return nil, identity.Invalidf("Invalid blob in credential")
	}
	const missing = "Expecting to find %s in credential. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error."
	switch {
	case blob.Access == "":
		return nil, identity.Invalidf(missing, "access")
	case blob.Secret == "":
		return nil, identity.Invalidf(missing, "secret")
	case len(blob.Access) > 255 || strings.ContainsFunc(blob.Access, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '/' }):
		return nil, identity.Invalidf("Invalid blob in credential: an access key has at most 255 visible ASCII characters and no slash.")
	}
	return &blob, nil
}

// checkEC2Blob refuses a new blob for a key that says another access key or delegation
// (CVE-2020-12691; bugs 1872753 and 1872755 of Keystone).
func (c *Core) checkEC2Blob(s *snapshot.Snapshot, old *identity.Credential, access string, text identity.Secret) error {
	fresh, err := readEC2Blob(text)
	if err != nil {
		return err
	}
	had, err := c.openEC2Blob(s, old)
	if err != nil {
		return err
	}
	was, is := had.stamps(), fresh.stamps()
	for _, fixed := range [...]struct {
		name string
		same bool
	}{
		{"access", access == fresh.Access},
		{"trust_id", was.trust == is.trust},
		{"app_cred_id", was.applicationCredential == is.applicationCredential},
		{"access_token_id", was.accessToken == is.accessToken},
		{"access_id", was.accessID == is.accessID},
	} {
		if !fixed.same {
			return identity.Invalidf("%s can not be updated for credential", fixed.name)
		}
	}
	return nil
}

func (c *Core) openEC2Blob(s *snapshot.Snapshot, cred *identity.Credential) (*ec2Blob, error) {
	plain, err := c.openCredential(s, cred)
	if err != nil {
		return nil, err
	}
	var blob ec2Blob
	if json.Unmarshal(plain, &blob) != nil { // its error would quote the blob
		return nil, fmt.Errorf("the blob of credential %s cannot be read", cred.ID)
	}
	return &blob, nil
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

// ec2Credential finds the credential of an access key that the caller may do action to. Its
// owner decides; below another user's path it is not known.
func (c *Core) ec2Credential(s *snapshot.Snapshot, caller identity.Caller, action string, of identity.UserID, access string) (*identity.Credential, error) {
	cred := s.EC2Credential(access)
	if cred == nil {
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
	if cred.UserID != of {
		return nil, identity.Missing("credential", access)
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
	blob, err := c.openEC2Blob(s, cred)
	if err != nil {
		return nil, err
	}
	key.Secret = identity.NewSecret(blob.Secret)
	return key, nil
}

// EC2Keys lists a user's keys in order of id; a delegated token sees those of its project.
func (c *Core) EC2Keys(ctx context.Context, caller identity.Caller, of identity.UserID) ([]*EC2Key, error) {
	list, err := c.EC2Credentials(ctx, caller, of)
	if err != nil {
		return nil, err
	}
	s, keys := c.Live.Current(), make([]*EC2Key, len(list))
	for i, cred := range list {
		if keys[i], err = c.showKey(s, caller, cred); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// EC2Credentials is EC2Keys without the secrets, which stay sealed.
func (c *Core) EC2Credentials(ctx context.Context, caller identity.Caller, of identity.UserID) ([]*identity.Credential, error) {
	u, err := c.userFor(ctx, caller, "identity:ec2_list_credentials", of)
	if err != nil {
		return nil, err
	}
	s := c.Live.Current()
	var list []*identity.Credential
	for id := range s.CredentialsOf(u.ID) {
		if cred := s.Credential(id); cred.Type == identity.CredentialEC2 && withinDelegation(caller, cred.ProjectID) {
			list = append(list, cred)
		}
	}
	return list, nil
}

// EC2Room says how many keys a user has in a project, and may have.
func (c *Core) EC2Room(ctx context.Context, caller identity.Caller, of identity.UserID, project identity.ProjectID) (CredentialRoom, error) {
	u, err := c.userFor(ctx, caller, "identity:ec2_list_credentials", of)
	if err != nil {
		return CredentialRoom{}, err
	}
	return c.credentialRoom(c.Live.Current(), u.ID, project), nil
}

// CreateEC2Key makes a key for a user in a project on which the user has a role. A delegated
// token makes keys only for its own user and project, and they are bound to its application
// credential for their life (CVE-2020-12691, CVE-2026-33551, CVE-2026-43001).
func (c *Core) CreateEC2Key(ctx context.Context, caller identity.Caller, of identity.UserID, project identity.ProjectID) (*EC2Key, error) {
	return c.CreateEC2KeyOnce(ctx, caller, of, project, "")
}

// CreateEC2KeyOnce is CreateEC2Key for a request that may come twice, as of a form that is sent
// by a double click: for some seconds the same once makes, and then returns, the same key;
// later it is refused as Gone. "" marks none.
func (c *Core) CreateEC2KeyOnce(ctx context.Context, caller identity.Caller, of identity.UserID, project identity.ProjectID, once string) (*EC2Key, error) {
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
		access, secret, err := c.keyPair(w.model, of, project, once)
		if err != nil {
			return err
		}
		if had := w.model.EC2Credential(access); had != nil {
			key = &EC2Key{Credential: had, Secret: secret}
			return c.secondTime(had.CreatedAt, "EC2 key")
		}
		// A form that is sent again brings no deleted key back to life: deleting ended the key's tokens.
		if gone := chainOfKey(identity.EC2CredentialID(access)).String(); once != "" && w.model.Revocation(identity.RevokeChain, gone) != nil {
			return &identity.Error{Kind: identity.Gone, Message: "This request has made its EC2 key already, and that has been deleted."}
		}
		if err := c.checkKeyPlace(w.model, of, project); err != nil {
			return err
		}
		if key, err = c.newKey(w, of, project, access, secret); err != nil {
			return err
		}
		return w.InsertCredential(ctx, key.Credential)
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// keyPair returns an access key and a secret of 32 hex digits each, as Keystone's: random ones,
// or those that a request marked as once always gets.
func (c *Core) keyPair(s *snapshot.Snapshot, of identity.UserID, project identity.ProjectID, once string) (access string, secret identity.Secret, err error) {
	if once == "" {
		var random [16]byte
		rand.Read(random[:]) // never fails: crypto/rand ends the program instead
		return identity.NewID(), identity.NewSecret(hex.EncodeToString(random[:])), nil
	}
	ring, err := c.ring(s)
	if err != nil {
		return "", secret, err
	}
	derived := func(what string) string {
		sum := sha256.Sum256([]byte(ring.DeriveSecret(what, string(of), string(project), once).Reveal()))
		return hex.EncodeToString(sum[:16])
	}
	return derived("EC2 access key"), identity.NewSecret(derived("EC2 secret key")), nil
}

func (c *Core) checkKeyPlace(s *snapshot.Snapshot, of identity.UserID, project identity.ProjectID) error {
	if s.Project(project) == nil {
		return identity.Missing("project", project)
	}
	if len(s.EffectiveRoles(of, identity.Target{Project: project})) == 0 {
		return identity.Forbiddenf("User %s has no role on project %s.", of, project)
	}
	return c.checkCredentialLimits(s, &identity.Credential{UserID: of, ProjectID: project, Type: identity.CredentialEC2})
}

// newKey makes the credential of a new key.
func (c *Core) newKey(w *write, of identity.UserID, project identity.ProjectID, access string, secret identity.Secret) (*EC2Key, error) {
	blob := ec2Blob{Access: access, Secret: secret.Reveal()}
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
	return &EC2Key{Credential: cred, Secret: secret}, nil
}

// DeleteEC2Key removes a key. A delegated token can remove only those of its project.
func (c *Core) DeleteEC2Key(ctx context.Context, caller identity.Caller, of identity.UserID, access string) error {
	return c.update(ctx, caller, func(w *write) error {
		cred, err := c.ec2Credential(w.model, w.caller, "identity:ec2_delete_credential", of, access)
		if err != nil {
			return err
		}
		return c.deleteCredential(ctx, w, cred)
	})
}
