package v3_test

import (
	"context"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
)

// borrowed makes an application credential of ann with some members, and a key with it.
func (g *gate) borrowed(name string, more body) (id string, key keyPair) {
	g.t.Helper()
	spec := body{"name": name, "unrestricted": true}
	for k, v := range more {
		spec[k] = v
	}
	r := g.Do("POST", "/v3/users/"+g.ann+"/application_credentials", g.token, body{"application_credential": spec}).Want(201)
	id = r.Text("application_credential.id")
	return id, g.newKey(g.ann, g.Login(credentialAuth(id, r.Text("application_credential.secret"))), g.web)
}

// A key made with an application credential does what that may, no longer than it, and dies
// with it (CVE-2020-12690 and CVE-2020-12691 for its tokens).
func TestAKeyIsBoundToItsApplicationCredential(t *testing.T) {
	g := startGate(t, servertest.Options{})
	end := g.clock.now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000000")
	id, key := g.borrowed("ci", body{"roles": []body{{"name": "member"}}, "expires_at": end})
	g.put("projects", g.web, "users", g.ann, "roles", g.role("manager"))
	r := g.ec2(key).Want(200)
	if got := roleNames(r, "token.roles"); got != "member reader" {
		t.Errorf("roles %q", got)
	}
	if r.Get("token.application_credential.id") != id || r.Get("token.expires_at") != end+"Z" {
		t.Errorf("the token is %s", r.Body)
	}
	if got := roleNames(g.s3(key).Want(200), "token.roles"); got != "member reader" {
		t.Errorf("roles %q", got)
	}
	if got := roleNames(g.s3(g.key).Want(200), "token.roles"); got == "member reader" {
		t.Error("a key of one's own has no more roles")
	}
	token := r.Header.Get("X-Subject-Token")
	g.del("users", g.ann, "application_credentials", id)
	g.refuses("its application credential is deleted", key, 401)
	g.validate(token).Want(404)
	_, key = g.borrowed("again", body{"expires_at": end})
	g.works(key)
	g.clock.pass(time.Hour)
	g.refuses("its application credential has expired", key, 401)
	g.works(g.key)
}

// A gateway asks nobody about access rules, so that a key that is bound to some is no good
// there; a token says that it is bound, and is refused where nobody asks.
func TestAKeyIsBoundToTheAccessRulesOfItsCredential(t *testing.T) {
	g := startGate(t, servertest.Options{})
	_, key := g.borrowed("ruled", body{"access_rules": []body{{"service": "identity", "method": "POST", "path": "/v3/users/*/credentials/OS-EC2"}}})
	g.s3(key).Want(401)
	token := g.ec2(key).Want(200).Header.Get("X-Subject-Token")
	g.validate(token).Want(404)
	g.Do("GET", "/v3/auth/tokens", g.admin, nil, "X-Subject-Token", token, "OpenStack-Identity-Access-Rules", "1.0").Want(200)
}

// CVE-2026-43001: a delegation is for one project, also when an administrator moves the key.
func TestCVE_2026_43001_AKeyOfADelegationIsGoodForItsProjectOnly(t *testing.T) {
	g := startGate(t, servertest.Options{})
	other := g.project("other", "default")
	g.put("projects", other, "users", g.ann, "roles", g.role("member"))
	_, key := g.borrowed("ci", nil)
	move := func(k keyPair, project string) {
		g.Do("PATCH", g.credential(k), g.admin, body{"credential": body{"project_id": project, "blob": g.Do("GET", g.credential(k), g.admin, nil).Want(200).Text("credential.blob")}}).Want(200)
	}
	g.works(key)
	move(key, other)
	g.refuses("moved", key, 401)
	move(g.key, other)
	if got := g.s3(g.key).Want(200).Get("token.project.id"); got != other {
		t.Errorf("a key of one's own is for %v", got)
	}
}

// through makes of a key one that was made through a trust, as those that a Keystone made.
func (g *gate) through(trust string, k keyPair) {
	g.t.Helper()
	cred := *g.Core.Live.Current().EC2Credential(k.access)
	cred.TrustID = identity.TrustID(trust)
	rev, err := g.Core.Store.Update(context.Background(), func(tx *store.Tx) error {
		if err := tx.DeleteCredential(context.Background(), cred.ID); err != nil {
			return err
		}
		return tx.InsertCredential(context.Background(), &cred)
	})
	if err == nil {
		err = g.Core.Live.WaitFor(context.Background(), rev)
	}
	if err != nil {
		g.t.Fatal(err)
	}
}

// CVE-2013-6391: a key made through a trust has the trust's roles and no others, and ends
// with it.
func TestCVE_2013_6391_AKeyOfATrustHasTheTrustsRoles(t *testing.T) {
	g := startGate(t, servertest.Options{})
	bob := g.user("bob", "default")
	p := &pact{cloud: g.cloud, ann: g.ann, bob: bob, web: g.web, token: g.token}
	for _, impersonation := range []bool{true, false} {
		trust := p.trust(body{"impersonation": impersonation, "roles": []body{{"name": "reader"}}})
		owner, key := g.ann, keyPair{"access-" + trust, "secret"}
		if !impersonation {
			owner = bob
		}
		g.Do("POST", "/v3/credentials", g.admin, body{"credential": body{"type": "ec2", "user_id": owner, "project_id": g.web, "blob": pair(key.access, key.secret)}}).Want(201)
		g.through(trust, key)
		r := g.ec2(key).Want(200)
		if roleNames(r, "token.roles") != "reader" || r.Get("token.user.id") != owner || r.Get("token.OS-TRUST:trust.id") != trust {
			t.Errorf("impersonation %t: %s", impersonation, r.Body)
		}
		g.alive(r.Header.Get("X-Subject-Token"), "reader")
		g.s3(key).Want(200)
		g.Do("PATCH", "/v3/users/"+bob, g.admin, body{"user": body{"enabled": false}}).Want(200)
		g.refuses("the trustee is disabled", key, 401)
		g.Do("PATCH", "/v3/users/"+bob, g.admin, body{"user": body{"enabled": true}}).Want(200)
		g.works(key)
		p.Do("DELETE", trusts+"/"+trust, g.token, nil).Want(204)
		g.refuses("the trust is deleted", key, 404)
	}
	once := p.trust(body{"remaining_uses": 1})
	key := g.newKey(g.ann, g.token, g.web)
	g.through(once, key)
	g.s3(key).Want(200)
	g.refuses("the trust is used up", key, 401)
	stranger, own := g.member("stranger")
	theirs := g.newKey(stranger, g.login(stranger, servertest.Project(own)), own)
	g.through(p.trust(nil), theirs)
	g.refuses("a trust between others", theirs, 401)
	lost := g.newKey(g.ann, g.token, g.web)
	g.through(p.trust(nil), lost)
	g.put("projects", g.web, "users", g.ann, "roles", g.role("reader"))
	g.del("projects", g.web, "users", g.ann, "roles", g.role("member"))
	g.refuses("the trustor has lost a role", lost, 401)
}

// G34: the last use of a key and of an application credential is known at once, is written
// down in batches and at the end, and a refused one is no use.
func TestTheLastUseIsRemembered(t *testing.T) {
	g := startGate(t, servertest.Options{Config: func(c *config.Config) { c.EC2.S3MaxAge.Duration = time.Minute }})
	ctx := context.Background()
	id := string(identity.EC2CredentialID(g.key.access))
	last := func(kind identity.UseKind, id string) time.Time {
		t.Helper()
		at, err := g.Core.LastUsed(ctx, kind, id)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	row := func(kind identity.UseKind, id string) time.Time {
		t.Helper()
		at, err := g.Core.Store.LastUsed(ctx, identity.Use{Kind: kind, ID: id})
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	g.s3(keyPair{g.key.access, "wrong"}).Want(401)
	if at := last(identity.UseEC2Key, id); !at.IsZero() {
		t.Errorf("never used, and yet at %v", at)
	}
	g.s3(g.key).Want(200)
	first := g.clock.now()
	if at := last(identity.UseEC2Key, id); !at.Equal(first) || !row(identity.UseEC2Key, id).IsZero() {
		t.Errorf("last used %v, in the database %v", at, row(identity.UseEC2Key, id))
	}
	if err := g.Core.WriteUses(ctx); err != nil {
		t.Fatal(err)
	}
	g.clock.pass(time.Minute)
	g.ec2(g.key).Want(200)
	if at := row(identity.UseEC2Key, id); !at.Equal(first) || !last(identity.UseEC2Key, id).Equal(g.clock.now()) {
		t.Errorf("in the database %v", at)
	}
	app, _ := g.borrowed("ci", nil)
	ended, end := context.WithCancel(ctx)
	end()
	g.Core.KeepUses(ended, time.Hour)
	for kind, id := range map[identity.UseKind]string{identity.UseEC2Key: id, identity.UseApplicationCredential: app} {
		if at := row(kind, id); !at.Equal(g.clock.now()) {
			t.Errorf("after the end of the process %s was last used at %v", kind, at)
		}
	}
}
