package v3_test

import (
	"net/http"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
)

func Test_CVE_2014_2237_ADeletedTrustsTokensDie(t *testing.T) {
	p := startPact(t, servertest.Options{})
	trust := p.trust(nil)
	token := p.used(trust)
	p.Do("DELETE", trusts+"/"+trust, p.token, nil).Want(204)
	p.dead(token)
	p.use(p.bob, trust).Want(401)
}

func Test_CVE_2014_3520_ATrustsTokenStaysTheTrusts(t *testing.T) {
	p := startPact(t, servertest.Options{})
	other := p.project("other", "default")
	p.put("projects", other, "users", p.ann, "roles", p.role("member"))
	p.put("projects", other, "users", p.bob, "roles", p.role("member"))
	trust := p.trust(nil)
	token := p.used(trust)
	for _, scope := range []any{nil, "unscoped", servertest.Project(other), servertest.Project(p.web), servertest.Domain("default"),
		body{"system": body{"all": true}}, body{"OS-TRUST:trust": body{"id": trust}}} {
		p.Do("POST", "/v3/auth/tokens", "", exchange(token, scope)).Want(403)
	}
	p.Do("POST", "/v2.0/tokens", "", body{"auth": body{"tenantId": other, "token": body{"id": token}}}).Want(403)
	// In v2.0 a tenant beside the trust does not move it.
	r := p.Do("POST", "/v2.0/tokens", "", body{"auth": body{"tenantId": other, "trust_id": trust, "passwordCredentials": body{"userId": p.bob, "password": cloudPassword}}})
	if r.Want(200).Get("access.token.tenant.id") != p.web {
		t.Errorf("the token is %s", r.Body)
	}
}

// CVE-2014-3476 and CVE-2013-6391: what a trust gives ends with it, so its tokens make nothing
// that could live longer or do more.
func Test_CVE_2014_3476_ATrustsTokenMakesNoCredentials(t *testing.T) {
	p := startPact(t, servertest.Options{})
	for _, impersonation := range []bool{true, false} {
		token, user := p.used(p.trust(body{"impersonation": impersonation})), p.bob
		if impersonation {
			user = p.ann
		}
		own := "/v3/users/" + user
		for _, refused := range []*servertest.Response{
			p.Do("POST", own+"/application_credentials", token, body{"application_credential": body{"name": "x"}}),
			p.Do("GET", own+"/application_credentials", token, nil),
			p.Do("POST", own+"/credentials/OS-EC2", token, body{"tenant_id": p.web}),
			p.Do("GET", own+"/credentials/OS-EC2", token, nil),
			p.Do("GET", own+"/access_rules", token, nil),
		} {
			if refused.Status != http.StatusForbidden {
				t.Errorf("impersonation %t: %d: %s", impersonation, refused.Status, refused.Body)
			}
		}
	}
}

// CVE-2026-43000: an application credential does nothing with trusts, however unrestricted.
func Test_CVE_2026_43000_ApplicationCredentialsDoNothingWithTrusts(t *testing.T) {
	p := startPact(t, servertest.Options{})
	path := trusts + "/" + p.trust(nil)
	for name, unrestricted := range map[string]bool{"restricted": false, "unrestricted": true} {
		ac := p.Do("POST", "/v3/users/"+p.ann+"/application_credentials", p.token, body{"application_credential": body{"name": name, "unrestricted": unrestricted}}).Want(201)
		token := p.Login(credentialAuth(ac.Text("application_credential.id"), ac.Text("application_credential.secret")))
		p.Do("POST", trusts, token, p.spec(nil)).Want(403)
		p.Do("GET", trusts+"?trustor_user_id="+p.ann, token, nil).Want(403)
		p.Do("GET", path, token, nil).Want(403)
		p.Do("GET", path+"/roles", token, nil).Want(403)
		p.Do("GET", path+"/roles/"+p.role("member"), token, nil).Want(403)
		p.Do("DELETE", path, token, nil).Want(403)
	}
	p.Do("GET", path, p.token, nil).Want(200)
}

// CVE-2026-42999: who trusts is in the token, never elsewhere in the request.
func Test_CVE_2026_42999_ABodyCannotNameTheTrustor(t *testing.T) {
	p := startPact(t, servertest.Options{})
	stranger, project := p.member("stranger")
	token := p.login(stranger, servertest.Project(project))
	spoofed := p.spec(body{"target": body{"trust": body{"trustor_user_id": stranger}}, "user_id": stranger})
	spoofed["target"], spoofed["user_id"] = body{"trust": body{"trustor_user_id": stranger}}, p.ann
	p.Do("POST", trusts+"?user_id="+p.ann+"&trust.trustor_user_id="+stranger, token, spoofed).Want(403)
	p.Do("GET", trusts+"?trustor_user_id="+p.ann+"&trustor_user_id="+stranger, token, nil).Want(403)
	p.Do("GET", trusts+"/"+p.trust(nil)+"?trustor_user_id="+stranger, token, nil).Want(403)
}

// A trustee gives a trust back with its own token, and touches no other of the trustor's.
func TestATrustsTokenRemovesItsOwnTrustOnly(t *testing.T) {
	p := startPact(t, servertest.Options{})
	mine, other := p.trust(nil), p.trust(nil)
	token := p.used(mine)
	p.Do("GET", trusts+"/"+mine, token, nil).Want(200)
	p.Do("DELETE", trusts+"/"+other, token, nil).Want(403)
	p.Do("DELETE", trusts+"/"+mine, token, nil).Want(204)
	p.dead(token)
	p.Do("GET", trusts+"/"+other, p.token, nil).Want(200)
}

// What was made with a trust goes with it.
func TestCredentialsOfATrustGoWithIt(t *testing.T) {
	p := startPact(t, servertest.Options{})
	trust := p.trust(nil)
	key := identity.Credential{ID: "made-with-the-trust", UserID: identity.UserID(p.bob), ProjectID: identity.ProjectID(p.web), Type: identity.CredentialEC2,
		Access: "AKIA", TrustID: identity.TrustID(trust)}
	rev, err := p.Core.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertCredential(t.Context(), &key) })
	if err == nil {
		err = p.Core.Live.WaitFor(t.Context(), rev)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.Do("DELETE", trusts+"/"+trust, p.token, nil).Want(204)
	if p.Core.Live.Current().Credential(key.ID) != nil {
		t.Error("the credential outlives the trust")
	}
}
