package v3_test

import (
	"testing"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// startChain is a pact that may be redelegated, and carl, to whom bob can pass on what ann
// trusts him with.
func startChain(t *testing.T) (p *pact, carl string) {
	p = startPact(t, servertest.Options{Config: func(cfg *config.Config) { cfg.Trust.AllowRedelegation = true }})
	carl = p.user("carl", "default")
	return p, carl
}

func TestATrustCanBeRedelegatedWithinItsBounds(t *testing.T) {
	p, carl := startChain(t)
	p.put("projects", p.web, "users", p.ann, "roles", p.role("admin"))
	other := p.project("other", "default")
	p.put("projects", other, "users", p.ann, "roles", p.role("member"))
	p.token = p.login(p.ann, servertest.Project(p.web))
	base := body{"allow_redelegation": true, "expires_at": "2099-01-01T00:00:00Z"}
	trust := p.Do("POST", trusts, p.token, p.spec(base)).Want(201)
	if got := trust.Get("trust.redelegation_count"); got != 3.0 {
		t.Errorf("a trust that says nothing can be redelegated %v times", got)
	}
	bob := p.used(trust.Text("trust.id"))
	for _, test := range []struct {
		why    string
		change body
		status int
	}{
		{"longer", body{"expires_at": "2099-01-02T00:00:00Z"}, 403},
		{"a role beyond", body{"roles": []body{{"name": "admin"}}}, 403},
		{"a role that is only implied", body{"roles": []body{{"name": "reader"}}}, 403},
		{"another project", body{"project_id": other}, 403},
		{"another count", body{"allow_redelegation": true, "redelegation_count": 1}, 403},
		{"too long a chain", body{"allow_redelegation": true, "redelegation_count": 4}, 403},
		{"counted uses", body{"remaining_uses": 1}, 403},
		{"counted uses further on", body{"remaining_uses": 1, "allow_redelegation": true}, 400},
		{"in bob's name", body{"trustor_user_id": p.bob}, 403},
	} {
		test.change["trustee_user_id"] = carl
		if r := p.Do("POST", trusts, bob, p.spec(test.change)); r.Status != test.status {
			t.Errorf("%s: %d %s, want %d", test.why, r.Status, r.Body, test.status)
		}
	}
	passed := p.Do("POST", trusts, bob, p.spec(body{"trustee_user_id": carl, "allow_redelegation": true})).Want(201)
	for path, want := range map[string]any{"redelegated_trust_id": trust.Get("trust.id"), "redelegation_count": 2.0, "expires_at": trust.Get("trust.expires_at"),
		"trustor_user_id": p.ann, "trustee_user_id": carl} {
		if got := passed.Get("trust." + path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	r := p.use(carl, passed.Text("trust.id")).Want(201)
	if r.Get("token.user.id") != p.ann || roleNames(r, "token.roles") != "member reader" {
		t.Errorf("the token is %s", r.Body)
	}
	p.use(carl, trust.Text("trust.id")).Want(403)
}

func TestAChainOfTrustsIsNoLongerThanItMayBe(t *testing.T) {
	p, _ := startChain(t)
	p.Do("POST", trusts, p.token, p.spec(body{"allow_redelegation": true, "redelegation_count": 4})).Want(403)
	token := p.used(p.trust(body{"allow_redelegation": true, "redelegation_count": 2}))
	for _, left := range []float64{1, 0} {
		r := p.Do("POST", trusts, token, p.spec(body{"allow_redelegation": true})).Want(201)
		if got := r.Get("trust.redelegation_count"); got != left {
			t.Fatalf("%v are left, want %v", got, left)
		}
		token = p.used(r.Text("trust.id"))
	}
	p.Do("POST", trusts, token, p.spec(nil)).Want(403)
	p.Do("POST", trusts, p.used(p.trust(body{"redelegation_count": 2})), p.spec(nil)).Want(403) // a count alone allows nothing
	p.Do("POST", trusts, p.used(p.trust(body{"allow_redelegation": true, "redelegation_count": 0})), p.spec(nil)).Want(403)
}

// Without impersonation who passes on must hold the roles too; and what is not the trustor's
// name cannot become it.
func TestWithoutImpersonationEveryTrustorHoldsTheRoles(t *testing.T) {
	p, carl := startChain(t)
	bob := p.used(p.trust(body{"allow_redelegation": true, "impersonation": false}))
	on := body{"trustor_user_id": p.bob, "trustee_user_id": carl, "impersonation": false}
	p.Do("POST", trusts, bob, p.spec(on)).Want(404)
	p.put("projects", p.web, "users", p.bob, "roles", p.role("member"))
	p.Do("POST", trusts, bob, p.spec(body{"trustor_user_id": p.bob, "trustee_user_id": carl, "impersonation": true})).Want(403)
	passed := p.Do("POST", trusts, bob, p.spec(on)).Want(201).Text("trust.id")
	r := p.use(carl, passed).Want(201)
	if r.Get("token.user.id") != carl {
		t.Errorf("the token is %s", r.Body)
	}
	token := r.Header.Get("X-Subject-Token")
	p.del("projects", p.web, "users", p.ann, "roles", p.role("member")) // at the other end of the chain
	p.dead(token)
	p.use(carl, passed).Want(403)
}

// Whoever goes takes along all that hangs on them, at any depth.
func TestAChainOfTrustsBreaksAtEveryLink(t *testing.T) {
	for what, end := range map[string]func(p *pact, trust string){
		"the trust above deleted": func(p *pact, trust string) { p.Do("DELETE", trusts+"/"+trust, p.token, nil).Want(204) },
		"the one between deleted": func(p *pact, _ string) { p.del("users", p.bob) },
		"the one between disabled": func(p *pact, _ string) {
			p.Do("PATCH", "/v3/users/"+p.bob, p.admin, body{"user": body{"enabled": false}}).Want(200)
		},
		"the trustor's role lost": func(p *pact, _ string) { p.del("projects", p.web, "users", p.ann, "roles", p.role("member")) },
	} {
		t.Run(what, func(t *testing.T) {
			p, carl := startChain(t)
			dora := p.user("dora", "default")
			first := p.trust(body{"allow_redelegation": true})
			second := p.Do("POST", trusts, p.used(first), p.spec(body{"trustee_user_id": carl, "allow_redelegation": true})).Want(201).Text("trust.id")
			carls := p.use(carl, second).Want(201).Header.Get("X-Subject-Token")
			third := p.Do("POST", trusts, carls, p.spec(body{"trustee_user_id": dora})).Want(201).Text("trust.id")
			doras := p.use(dora, third).Want(201).Header.Get("X-Subject-Token")
			end(p, first)
			p.dead(carls)
			p.dead(doras)
			for user, trust := range map[string]string{carl: second, dora: third} {
				if r := p.use(user, trust); r.Status != 401 && r.Status != 403 {
					t.Errorf("a trust of the chain still gives a token: %d", r.Status)
				}
			}
		})
	}
}

// CVE-2014-3476: with redelegation off, which it is unless switched on, a trust makes no trust.
func Test_CVE_2014_3476_ATrustMakesNoTrust(t *testing.T) {
	p := startPact(t, servertest.Options{})
	r := p.Do("POST", trusts, p.token, p.spec(body{"allow_redelegation": true})).Want(201)
	if got := r.Get("trust.redelegation_count"); got != 0.0 {
		t.Errorf("the trust can be redelegated %v times", got)
	}
	p.Do("POST", trusts, p.used(r.Text("trust.id")), p.spec(nil)).Want(403)
}
