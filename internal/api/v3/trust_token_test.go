package v3_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// With impersonation the token is the trustor's, without it the trustee's; the catalog is the
// trustor's either way. What is issued is what is validated.
func TestATrustsTokenShowsTheTrust(t *testing.T) {
	p := startPact(t, servertest.Options{})
	service := p.post("/v3/services", "service", body{"type": "object-store"})
	p.post("/v3/endpoints", "endpoint", body{"service_id": service, "interface": "public", "url": "https://swift.example.com/$(user_id)s"})
	for _, impersonation := range []bool{true, false} {
		trust := p.trust(body{"impersonation": impersonation})
		issued := p.use(p.bob, trust).Want(201)
		user, name := p.bob, "bob"
		if impersonation {
			user, name = p.ann, "ann"
		}
		want := body{"id": trust, "impersonation": impersonation, "trustor_user": body{"id": p.ann}, "trustee_user": body{"id": p.bob}}
		for _, r := range []*servertest.Response{issued, p.validate(issued.Header.Get("X-Subject-Token")).Want(200)} {
			if diff := cmp.Diff(want, r.Get("token.OS-TRUST:trust")); diff != "" {
				t.Error(diff)
			}
			if r.Get("token.user.id") != user || r.Get("token.user.name") != name || r.Get("token.user.domain.id") != "default" {
				t.Errorf("the user is %v", r.Get("token.user"))
			}
			if r.Get("token.project.id") != p.web || r.Get("token.is_domain") != nil || roleNames(r, "token.roles") != "member reader" {
				t.Errorf("the token is %s", r.Body)
			}
			if url := catalogURL(r, service); url != "https://swift.example.com/"+p.ann {
				t.Errorf("the catalog has %q", url)
			}
		}
	}
}

// catalogURL is the URL of a service's one endpoint in a token's catalog.
func catalogURL(r *servertest.Response, service string) any {
	for _, s := range r.Get("token.catalog").([]any) {
		if s := s.(map[string]any); s["id"] == service {
			return s["endpoints"].([]any)[0].(map[string]any)["url"]
		}
	}
	return nil
}

// A token has the roles of the trust and what they imply, however many the trustor has.
func TestATrustGivesItsRolesAndNoOthers(t *testing.T) {
	p := startPact(t, servertest.Options{})
	p.put("projects", p.web, "users", p.ann, "roles", p.role("admin"))
	p.token = p.login(p.ann, servertest.Project(p.web))
	domain := p.domain("acme")
	own, hidden := p.project("own", domain), p.newRole("hidden", domain)
	p.imply(hidden, p.role("reader"))
	p.put("projects", own, "users", p.ann, "roles", hidden)
	for roles, want := range map[string]string{"reader": "reader", "member": "member reader", "manager": "manager member reader"} {
		p.alive(p.used(p.trust(body{"roles": []body{{"name": roles}}})), want)
	}
	// A domain's own role can be trusted and never shows: what it implies does.
	ann := p.login(p.ann, servertest.Project(own))
	r := p.Do("POST", trusts, ann, p.spec(body{"project_id": own, "roles": []body{{"name": "hidden"}}})).Want(201)
	p.alive(p.used(r.Text("trust.id")), "reader")
}

func TestOnlyTheTrusteeCanUseATrust(t *testing.T) {
	p := startPact(t, servertest.Options{})
	trust := p.trust(nil)
	p.use(p.ann, trust).Want(403)
	stranger, _ := p.member("stranger")
	p.use(stranger, trust).Want(403)
	p.use(p.bob, "nothing").Want(401)
	p.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(p.bob, "wrong", body{"OS-TRUST:trust": body{"id": trust}})).Want(401)
	p.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(p.bob, cloudPassword, body{"OS-TRUST:trust": ""})).Want(400)
	// A trust without a project is there and gives nothing.
	empty := p.Do("POST", trusts, p.token, p.spec(body{"project_id": nil, "roles": []body{}})).Want(201).Text("trust.id")
	p.use(p.bob, empty).Want(403)
}

// The trustee's token can be exchanged for one of the trust, which then lives no longer.
func TestATokenCanBeExchangedForATrusts(t *testing.T) {
	p := startPact(t, servertest.Options{})
	trust := p.trust(nil)
	plain := p.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(p.bob, cloudPassword, nil)).Want(201)
	r := p.Do("POST", "/v3/auth/tokens", "", exchange(plain.Header.Get("X-Subject-Token"), body{"OS-TRUST:trust": body{"id": trust}})).Want(201)
	if r.Get("token.expires_at") != plain.Get("token.expires_at") || r.Get("token.audit_ids.1") != plain.Get("token.audit_ids.0") {
		t.Errorf("%s was exchanged for %s", plain.Body, r.Body)
	}
}

// The trustee's own multi-factor rules are asked, never those of the trustor it acts as.
func TestATrusteeProvesItselfByItsOwnRules(t *testing.T) {
	p := startPact(t, servertest.Options{})
	trust := p.trust(nil)
	rules := func(user string, rules [][]string) {
		p.Do("PATCH", "/v3/users/"+user, p.admin, body{"user": body{"options": body{"multi_factor_auth_rules": rules}}}).Want(200)
	}
	rules(p.ann, [][]string{{"password", "totp"}})
	p.use(p.bob, trust).Want(201)
	rules(p.ann, [][]string{})
	rules(p.bob, [][]string{{"password", "totp"}})
	p.use(p.bob, trust).Want(401)
}

func TestEachUseOfATrustIsOneToken(t *testing.T) {
	p := startPact(t, servertest.Options{})
	trust := p.trust(body{"remaining_uses": 2})
	left := func() any { return p.Do("GET", trusts+"/"+trust, p.token, nil).Want(200).Get("trust.remaining_uses") }
	p.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(p.bob, "wrong", body{"OS-TRUST:trust": body{"id": trust}})).Want(401)
	p.use(p.ann, trust).Want(403)
	if left() != 2.0 {
		t.Fatalf("a login that failed took a use: %v are left", left())
	}
	first := p.used(trust)
	if left() != 1.0 {
		t.Fatalf("%v are left after one", left())
	}
	last := p.used(trust)
	p.use(p.bob, trust).Want(401)
	p.Do("GET", trusts+"/"+trust, p.token, nil).Want(404)
	p.Do("DELETE", trusts+"/"+trust, p.token, nil).Want(404)
	for _, token := range []string{first, last} { // they are the uses
		p.alive(token, "member reader")
	}
	endless := p.trust(nil)
	for range 3 {
		p.used(endless)
	}
	if got := p.Do("GET", trusts+"/"+endless, p.token, nil).Want(200).Get("trust.remaining_uses"); got != nil {
		t.Errorf("a trust without a limit has %v uses left", got)
	}
}

func TestParallelLoginsNeverTakeMoreUsesThanThereAre(t *testing.T) {
	p := startPact(t, servertest.Options{})
	const uses, logins = 4, 12
	trust := p.trust(body{"remaining_uses": uses})
	answers := make([]*servertest.Response, logins)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = p.use(p.bob, trust) })
	}
	all.Wait()
	tokens := map[string]bool{}
	for _, r := range answers {
		switch r.Status {
		case http.StatusCreated:
			tokens[r.Header.Get("X-Subject-Token")] = true
		case http.StatusUnauthorized:
		default:
			t.Errorf("%d: %s", r.Status, r.Body)
		}
	}
	if len(tokens) != uses {
		t.Fatalf("%d uses made %d tokens", uses, len(tokens))
	}
	for token := range tokens {
		p.alive(token, "member reader")
	}
	if got := p.Do("GET", trusts, p.admin, nil).Want(200).Get("trusts.0.remaining_uses"); got != 0.0 {
		t.Errorf("%v uses are left", got)
	}
}

// A token ends with its trust, and what is over is removed in time.
func TestATrustEndsByTime(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	p := startPact(t, servertest.Options{Now: func() time.Time { return now }})
	trust := p.trust(body{"expires_at": "2030-01-01T00:10:00Z"})
	issued := p.use(p.bob, trust).Want(201)
	if got := issued.Get("token.expires_at"); got != "2030-01-01T00:10:00.000000Z" {
		t.Errorf("the token expires at %v", got)
	}
	long := p.trust(body{"expires_at": "2031-01-01T00:00:00Z"})
	if got := p.use(p.bob, long).Want(201).Get("token.expires_at"); got != "2030-01-01T04:00:00.000000Z" {
		t.Errorf("a token of a long trust expires at %v", got)
	}
	now = now.Add(10 * time.Minute)
	p.dead(issued.Header.Get("X-Subject-Token"))
	p.use(p.bob, trust).Want(401)
	p.Do("GET", trusts+"/"+trust, p.token, nil).Want(404)
	if err := p.Core.Store.Prune(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if list := p.Do("GET", trusts, p.admin, nil).Want(200).Get("trusts").([]any); len(list) != 1 {
		t.Errorf("left are %v", list)
	}
}

// Whatever is made of a trust ends when anything it is made of does: its token at once, and
// it gives no other. Some of it comes back when the reason goes, the token never.
func TestATrustHoldsOnlyAsLongAsItsPeople(t *testing.T) {
	patch := func(p *pact, path, noun string, enabled bool) {
		p.Do("PATCH", path, p.admin, body{noun: body{"enabled": enabled}}).Want(200)
	}
	for _, test := range []struct {
		what   string
		end    func(p *pact)
		status int // of logins from then on
		again  func(p *pact)
	}{
		{"trustor disabled", func(p *pact) { patch(p, "/v3/users/"+p.ann, "user", false) }, 403, func(p *pact) { patch(p, "/v3/users/"+p.ann, "user", true) }},
		{"trustee disabled", func(p *pact) { patch(p, "/v3/users/"+p.bob, "user", false) }, 401, func(p *pact) { patch(p, "/v3/users/"+p.bob, "user", true) }},
		{"project disabled", func(p *pact) { patch(p, "/v3/projects/"+p.web, "project", false) }, 401, func(p *pact) { patch(p, "/v3/projects/"+p.web, "project", true) }},
		{"every role taken from the trustor", func(p *pact) { p.roles(p.del) }, 403, func(p *pact) { p.roles(p.put) }},
		{"trustor deleted", func(p *pact) { p.del("users", p.ann) }, 401, nil},
		{"trustee deleted", func(p *pact) { p.del("users", p.bob) }, 401, nil},
		{"project deleted", func(p *pact) { p.del("projects", p.web) }, 401, nil},
		{"role deleted", func(p *pact) { p.del("roles", p.role("cook")) }, 403, nil},
		{"trustor's password changed", func(p *pact) {
			p.Do("PATCH", "/v3/users/"+p.ann, p.admin, body{"user": body{"password": "another-Pass-2"}}).Want(200)
		}, 201, nil},
	} {
		t.Run(test.what, func(t *testing.T) {
			p := startPact(t, servertest.Options{})
			p.newRole("cook", "")
			p.roles(p.put)
			trust := p.trust(body{"impersonation": false, "roles": []body{{"name": "member"}, {"name": "cook"}}})
			token := p.used(trust)
			test.end(p)
			p.dead(token)
			p.use(p.bob, trust).Want(test.status)
			if test.again == nil {
				return
			}
			test.again(p)
			p.dead(token)
			p.alive(p.used(trust), "cook member reader")
		})
	}
}

// roles gives ann her roles on web, or takes them.
func (p *pact) roles(do func(path ...string)) {
	for _, name := range []string{"member", "cook"} {
		do("projects", p.web, "users", p.ann, "roles", p.role(name))
	}
}

func TestATrustNeedsTheDomainsOfItsPeople(t *testing.T) {
	p := startPact(t, servertest.Options{})
	for _, side := range []string{"trustor", "trustee", "project"} {
		domains, status := map[string]string{"trustor": "default", "trustee": "default", "project": "default"}, 401
		domain := p.domain(side)
		domains[side] = domain
		ann, bob, web := p.user(side+"-ann", domains["trustor"]), p.user(side+"-bob", domains["trustee"]), p.project(side+"-web", domains["project"])
		p.put("projects", web, "users", ann, "roles", p.role("member"))
		trust := p.Do("POST", trusts, p.login(ann, servertest.Project(web)), p.spec(body{"trustor_user_id": ann, "trustee_user_id": bob, "project_id": web})).Want(201).Text("trust.id")
		token := p.use(bob, trust).Want(201).Header.Get("X-Subject-Token")
		p.Do("PATCH", "/v3/domains/"+domain, p.admin, body{"domain": body{"enabled": false}}).Want(200)
		if side == "trustor" {
			status = 403
		}
		p.dead(token)
		p.use(bob, trust).Want(status)
		p.Do("PATCH", "/v3/domains/"+domain, p.admin, body{"domain": body{"enabled": true}}).Want(200)
		p.dead(token)
		p.use(bob, trust).Want(201)
	}
}

// One role less is enough; and where a lost role that comes back wakes what was lent, it wakes
// the trust's token too.
func TestWithoutExpiryARoleGivenBackWakesATrustsToken(t *testing.T) {
	p := startPact(t, servertest.Options{Config: func(cfg *config.Config) { cfg.Identity.ExpireOnAccessLoss = false }})
	token := p.used(p.trust(nil))
	p.del("projects", p.web, "users", p.ann, "roles", p.role("member"))
	p.dead(token)
	p.put("projects", p.web, "users", p.ann, "roles", p.role("member"))
	p.alive(token, "member reader")
}

// What the trustee has on the project by itself has nothing to do with the trust.
func TestATrusteesOwnRolesDoNotMatter(t *testing.T) {
	p := startPact(t, servertest.Options{})
	p.put("projects", p.web, "users", p.bob, "roles", p.role("admin"))
	token := p.used(p.trust(body{"roles": []body{{"name": "reader"}}}))
	p.alive(token, "reader")
	p.del("projects", p.web, "users", p.bob, "roles", p.role("admin"))
	p.alive(token, "reader")
}
