package v3_test

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
)

func (l *lender) key(token, project string) *servertest.Response {
	l.t.Helper()
	return l.Do("POST", l.keys, token, map[string]any{"tenant_id": project})
}

func TestAnEC2KeyLooksAsKeystonesAndItsSecretIsSealed(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	r := l.key(alice, l.red).Want(201)
	access, secret := r.Text("credential.access"), r.Text("credential.secret")
	for path, want := range map[string]any{"user_id": l.alice, "tenant_id": l.red, "trust_id": nil, "links.self": l.URL + l.keys + "/" + access} {
		if got := r.Get("credential." + path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	for _, key := range []string{access, secret} {
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(key) {
			t.Errorf("%q is not 32 hex digits", key)
		}
	}
	if access == secret || !bytes.Contains(r.Body, []byte(`"trust_id":null`)) || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("answered %v %s", r.Header, r.Body)
	}
	if got := l.Do("GET", l.keys+"/"+access, alice, nil).Want(200).Get("credential.secret"); got != secret {
		t.Errorf("the secret read again is %v", got)
	}
	if got := l.Do("GET", l.keys, alice, nil).Want(200).Get("credentials.0.secret"); got != secret {
		t.Errorf("the secret listed is %v", got)
	}
	neverKept(l.t, l.Env, secret)
	l.Do("DELETE", l.keys+"/"+access, alice, nil).Want(204)
	l.Do("GET", l.keys+"/"+access, alice, nil).Want(404)
}

func TestASealedSecretIsOfNoUseInAnotherRow(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	first, second := l.key(alice, l.red).Want(201), l.key(alice, l.red).Want(201)
	model := l.Core.Live.Current()
	a := *model.Credential(identity.EC2CredentialID(first.Text("credential.access")))
	b := *model.Credential(identity.EC2CredentialID(second.Text("credential.access")))
	a.Sealed, b.Sealed = b.Sealed, a.Sealed
	rev, err := l.Core.Store.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.UpdateCredential(t.Context(), &a); err != nil {
			return err
		}
		return tx.UpdateCredential(t.Context(), &b)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Core.Live.WaitFor(t.Context(), rev); err != nil {
		t.Fatal(err)
	}
	for _, k := range []*servertest.Response{first, second} {
		body := l.Do("GET", l.keys+"/"+k.Text("credential.access"), alice, nil).Want(500).Body
		if bytes.Contains(body, []byte(first.Text("credential.secret"))) || bytes.Contains(body, []byte(second.Text("credential.secret"))) {
			t.Errorf("a secret is told: %s", body)
		}
	}
}

func TestAnEC2KeyIsForAProjectOfTheUser(t *testing.T) {
	l := startLender(t, servertest.Options{Config: func(c *config.Config) { c.EC2.MaxPerUserProject = 1 }})
	alice, admin := l.token(l.alice, l.red), l.AdminToken()
	l.Do("POST", l.keys, alice, map[string]any{}).Want(400)
	l.key("", l.red).Want(401)
	l.key(alice, "nothing").Want(404)
	l.key(alice, string(l.Admin.Project)).Want(403)
	l.key(admin, string(l.Admin.Project)).Want(403)
	l.Do("POST", "/v3/users/nobody/credentials/OS-EC2", admin, map[string]any{"tenant_id": l.red}).Want(404)
	l.Do("POST", "/v3/users/nobody/credentials/OS-EC2", alice, map[string]any{"tenant_id": l.red}).Want(403)
	l.key(alice, l.red).Want(201)
	got := l.key(alice, l.red).Want(403).Text("error.message")
	if got != "Unable to create additional credentials, maximum of 1 already exceeded for user." {
		t.Errorf("the limit says %q", got)
	}
	l.key(alice, l.blue).Want(201)
	l.grant(l.alice, string(l.Admin.Project), "reader")
	l.key(l.token(l.alice, string(l.Admin.Project)), string(l.Admin.Project)).Want(403)
	l.key(admin, string(l.Admin.Project)).Want(201)
}

func TestTheOwnerDecidesWhoSeesAnEC2Key(t *testing.T) {
	l := startLender(t, servertest.Options{})
	r := l.key(l.token(l.alice, l.red), l.red).Want(201)
	bobs, access := "/v3/users/"+l.bob+"/credentials/OS-EC2", r.Text("credential.access")
	bob := l.token(l.bob, l.red)
	for _, path := range []string{l.keys, bobs} {
		l.Do("GET", path+"/"+access, bob, nil).Want(403)
		l.Do("DELETE", path+"/"+access, bob, nil).Want(403)
		l.Do("GET", path+"/"+access, "", nil).Want(401)
	}
	if got := l.Do("GET", l.keys+"/"+access, l.AdminToken(), nil).Want(200).Get("credential.secret"); got != r.Get("credential.secret") {
		t.Errorf("the administrator reads %v", got)
	}
	l.Do("GET", bobs+"/"+access, l.AdminToken(), nil).Want(404) // it is not Bob's
	l.key(bob, l.red).Want(403)
	l.Do("GET", l.keys, bob, nil).Want(403)
	l.Do("GET", bobs+"/nothing", bob, nil).Want(404)
	l.Do("GET", l.keys+"/nothing", bob, nil).Want(403)
	l.Do("GET", "/v3/users/nobody/credentials/OS-EC2", l.AdminToken(), nil).Want(404)
}

func TestCVE_2026_33551_ARestrictedApplicationCredentialMakesNoEC2Keys(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	access := l.key(alice, l.red).Want(201).Text("credential.access")
	_, token := l.borrow(alice, "restricted", nil)
	l.key(token, l.red).Want(403)
	l.key(token, l.blue).Want(403)
	l.Do("DELETE", l.keys+"/"+access, token, nil).Want(403)
}

// Reading the secret of a key that can do more widens a delegation as making one does.
func TestADelegatedTokenReadsNoSecretOfAStrongerKey(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	access := l.key(alice, l.red).Want(201).Text("credential.access")
	for name, more := range map[string]map[string]any{"restricted": nil, "unrestricted": {"unrestricted": true}} {
		_, token := l.borrow(alice, name, more)
		show := l.Do("GET", l.keys+"/"+access, token, nil).Want(200)
		list := l.Do("GET", l.keys, token, nil).Want(200)
		if show.Get("credential.access") != access || list.Get("credentials.0.access") != access {
			t.Errorf("%s: the key is not shown: %s %s", name, show.Body, list.Body)
		}
		if bytes.Contains(show.Body, []byte("secret")) || bytes.Contains(list.Body, []byte("secret")) {
			t.Errorf("%s: the secret is shown: %s %s", name, show.Body, list.Body)
		}
	}
}

func TestCVE_2026_43001_ADelegatedTokenKeepsToItsProject(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	inRed, inBlue := l.key(alice, l.red).Want(201).Text("credential.access"), l.key(alice, l.blue).Want(201).Text("credential.access")
	_, token := l.borrow(alice, "unrestricted", map[string]any{"unrestricted": true})
	l.key(token, l.blue).Want(403)
	l.key(token, "nothing").Want(403)
	l.Do("GET", l.keys+"/"+inBlue, token, nil).Want(403)
	l.Do("DELETE", l.keys+"/"+inBlue, token, nil).Want(403)
	list := l.Do("GET", l.keys, token, nil).Want(200)
	if list.Get("credentials.0.access") != inRed || list.Get("credentials.1") != nil {
		t.Errorf("listed %s", list.Body)
	}
	l.Do("DELETE", l.keys+"/"+inRed, token, nil).Want(204)
}

func TestCVE_2020_12691_AKeyIsBoundToTheApplicationCredentialItWasMadeWith(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	id, token := l.borrow(alice, "unrestricted", map[string]any{"unrestricted": true})
	r := l.key(token, l.red).Want(201)
	access := r.Text("credential.access")
	cred := l.Core.Live.Current().Credential(identity.EC2CredentialID(access))
	if string(cred.ApplicationCredentialID) != id {
		t.Errorf("bound to %q, want %q", cred.ApplicationCredentialID, id)
	}
	if got := l.Do("GET", l.keys+"/"+access, token, nil).Want(200).Get("credential.secret"); got != r.Get("credential.secret") {
		t.Errorf("its own secret reads %v", got)
	}
	_, other := l.borrow(alice, "other", nil)
	if got := l.Do("GET", l.keys+"/"+access, other, nil).Want(200).Get("credential.secret"); got != nil {
		t.Errorf("another application credential reads %v", got)
	}
	mine := l.key(alice, l.red).Want(201).Text("credential.access")
	if got := l.Core.Live.Current().Credential(identity.EC2CredentialID(mine)).ApplicationCredentialID; got != "" {
		t.Errorf("made without one and bound to %q", got)
	}
}

func TestADelegatedAdministratorMakesNoKeysForOthers(t *testing.T) {
	l := startLender(t, servertest.Options{})
	admins := "/v3/users/" + string(l.Admin.User)
	r := l.Do("POST", admins+"/application_credentials", l.AdminToken(), map[string]any{"application_credential": map[string]any{"name": "a", "unrestricted": true}}).Want(201)
	token := l.Login(credentialAuth(r.Text("application_credential.id"), r.Text("application_credential.secret")))
	l.grant(l.alice, string(l.Admin.Project), "member")
	l.key(token, string(l.Admin.Project)).Want(403)
	l.Do("POST", admins+"/credentials/OS-EC2", token, map[string]any{"tenant_id": l.Admin.Project}).Want(201)
}
