package v3_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// pact is a cloud in which ann, a member of the project web, may trust bob, who is nobody there.
type pact struct {
	*cloud
	ann, bob, web string
	token         string // ann's, on web
}

const trusts = "/v3/OS-TRUST/trusts"

func startPact(t *testing.T, o servertest.Options) *pact {
	p := &pact{cloud: startCloud(t, o)}
	p.web, p.ann, p.bob = p.project("web", "default"), p.user("ann", "default"), p.user("bob", "default")
	p.put("projects", p.web, "users", p.ann, "roles", p.role("member"))
	p.token = p.login(p.ann, servertest.Project(p.web))
	return p
}

// spec is the body of a trust of ann in bob, a member of web, with some members changed.
func (p *pact) spec(changes body) body {
	spec := body{"trustor_user_id": p.ann, "trustee_user_id": p.bob, "project_id": p.web, "impersonation": true, "roles": []body{{"name": "member"}}}
	maps.Copy(spec, changes)
	return body{"trust": spec}
}

// trust makes a trust and returns its id.
func (p *pact) trust(changes body) string {
	p.t.Helper()
	return p.Do("POST", trusts, p.token, p.spec(changes)).Want(201).Text("trust.id")
}

// use asks for a token of a trust.
func (p *pact) use(user, trust string) *servertest.Response {
	p.t.Helper()
	return p.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(user, cloudPassword, body{"OS-TRUST:trust": body{"id": trust}}))
}

// used is a token of a trust for bob.
func (p *pact) used(trust string) string {
	p.t.Helper()
	return p.use(p.bob, trust).Want(201).Header.Get("X-Subject-Token")
}

func TestATrustLivesFromPostToDelete(t *testing.T) {
	p := startPact(t, servertest.Options{})
	member := p.role("member")
	end := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond).Format("2006-01-02T15:04:05.000000Z")
	made := p.Do("POST", trusts, p.token, p.spec(body{"expires_at": end, "remaining_uses": 3, "note": "for the backup"})).Want(http.StatusCreated)
	self := p.URL + trusts + "/" + made.Text("trust.id")
	item := body{"id": made.Text("trust.id"), "trustor_user_id": p.ann, "trustee_user_id": p.bob, "project_id": p.web, "impersonation": true, "expires_at": end,
		"deleted_at": nil, "remaining_uses": 3.0, "redelegation_count": 0.0, "redelegated_trust_id": nil, "note": "for the backup", "links": body{"self": self}}
	want := maps.Clone(item)
	want["roles"] = []any{p.Do("GET", "/v3/roles/"+member, p.admin, nil).Want(200).Get("role")}
	want["roles_links"] = body{"self": self + "/roles", "previous": nil, "next": nil}
	path := trusts + "/" + made.Text("trust.id")
	for _, got := range []any{made.Get("trust"), p.Do("GET", path, p.token, nil).Want(200).Get("trust")} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	list := p.Do("GET", trusts+"?trustor_user_id="+p.ann, p.token, nil).Want(200)
	if diff := cmp.Diff([]any{item}, list.Get("trusts")); diff != "" { // without roles
		t.Error(diff)
	}
	roles := p.Do("GET", path+"/roles", p.token, nil).Want(200)
	if diff := cmp.Diff(want["roles"], roles.Get("roles")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want["roles_links"], roles.Get("links")); diff != "" {
		t.Error(diff)
	}
	if got := p.Do("GET", path+"/roles/"+member, p.token, nil).Want(200).Get("role.name"); got != "member" {
		t.Errorf("the role is %v", got)
	}
	p.Do("HEAD", path+"/roles/"+member, p.token, nil).Want(200)
	p.Do("GET", path+"/roles/"+p.role("reader"), p.token, nil).Want(404) // implied, not given
	p.Do("HEAD", path, p.token, nil).Want(200)
	for _, method := range []string{"PATCH", "PUT"} {
		p.Do(method, path, p.token, p.spec(nil)).Want(http.StatusMethodNotAllowed)
	}
	p.Do("DELETE", path, p.token, nil).Want(204)
	for _, gone := range []string{path, path + "/roles", path + "/roles/" + member} {
		p.Do("GET", gone, p.token, nil).Want(404)
	}
	p.Do("DELETE", path, p.token, nil).Want(404)
}

func TestATrustIsMadeByKeystonesRules(t *testing.T) {
	p := startPact(t, servertest.Options{})
	other := p.project("other", "default")
	p.put("projects", other, "users", p.ann, "roles", p.role("member"))
	domain := p.domain("acme")
	p.newRole("twin", "")
	p.newRole("twin", domain)
	for _, test := range []struct {
		why    string
		change body
		status int
		words  string
	}{
		{"not the trustor", body{"trustor_user_id": p.bob, "trustee_user_id": p.ann}, 403, "identity:create_trust"},
		{"no role", body{"roles": []body{}}, 403, "At least one role should be specified"},
		{"another project than the token's", body{"project_id": other}, 403, "A trust is made with a token of its project"},
		{"no such trustee", body{"trustee_user_id": "nobody"}, 404, "Could not find user: nobody."},
		{"no such project", body{"project_id": "nowhere"}, 404, "Could not find project: nowhere."},
		{"no such role", body{"roles": []body{{"id": "nothing"}}}, 404, "Could not find role: nothing."},
		{"no role of that name", body{"roles": []body{{"name": "nothing"}}}, 404, "Could not find role: nothing."},
		{"a role that ann has not", body{"roles": []body{{"id": p.role("admin")}}}, 404, "Could not find role: " + p.role("admin") + "."},
		{"roles of no project", body{"project_id": nil}, 404, "Could not find role: "},
		{"a name of two roles", body{"roles": []body{{"name": "twin"}}}, 400, "There are multiple role entities named 'twin'."},
		{"in the past", body{"expires_at": "2010-06-04T08:44:31.999999Z"}, 400, "The 'expires_at' must not be before now."},
		{"no time", body{"expires_at": "bad.123Z"}, 400, "expires_at"},
		{"an empty time", body{"expires_at": ""}, 400, "expires_at"},
		{"no use", body{"remaining_uses": 0}, 400, "remaining_uses"},
		{"part of a use", body{"remaining_uses": 7.2}, 400, "remaining_uses"},
		{"uses in words", body{"remaining_uses": "two"}, 400, "remaining_uses"},
		{"uses of what can be redelegated", body{"remaining_uses": 2, "allow_redelegation": true}, 400, "remaining_uses must not be set"},
		{"a negative chain", body{"redelegation_count": -1}, 400, "redelegation_count"},
		{"a role with more", body{"roles": []body{{"name": "member", "fake": "x"}}}, 400, "roles"},
		{"a role twice said", body{"roles": []body{{"name": "member", "id": p.role("member")}}}, 400, "roles"},
		{"impersonation left open", body{"impersonation": nil}, 400, "impersonation"},
		{"no trustee", body{"trustee_user_id": nil}, 400, "trustee_user_id"},
		{"no trustor", body{"trustor_user_id": ""}, 400, "trustor_user_id"},
		{"a blank project", body{"project_id": ""}, 400, "project_id"},
	} {
		r := p.Do("POST", trusts, p.token, p.spec(test.change))
		if r.Status != test.status || !strings.Contains(r.Text("error.message"), test.words) {
			t.Errorf("%s: %d %s, want %d and %q", test.why, r.Status, r.Body, test.status, test.words)
		}
	}
	p.Do("POST", trusts, p.token, body{"trust": body{}}).Want(400)
	p.Do("POST", trusts, "", p.spec(nil)).Want(401)
	p.Do("POST", trusts, p.login(p.ann, "unscoped"), p.spec(nil)).Want(403) // no project at all
	p.Do("POST", trusts, p.admin, p.spec(nil)).Want(403)                    // nobody trusts in another's name
	if list := p.Do("GET", trusts, p.admin, nil).Want(200).Get("trusts").([]any); len(list) != 0 {
		t.Errorf("what was refused is there: %v", list)
	}
}

// What the caller's token says, and what only the server can, is not taken from the body.
func TestABodyCannotSayWhatATrustHangsOn(t *testing.T) {
	p := startPact(t, servertest.Options{})
	first := p.trust(nil)
	r := p.Do("POST", trusts, p.token, p.spec(body{"redelegated_trust_id": first, "id": "mine", "deleted_at": "2030-01-01T00:00:00Z", "links": "x",
		"redelegation_count": 2})).Want(201)
	for path, want := range map[string]any{"redelegated_trust_id": nil, "deleted_at": nil, "redelegation_count": 0.0} {
		if got := r.Get("trust." + path); got != want {
			t.Errorf("%s is %v", path, got)
		}
	}
	if len(r.Text("trust.id")) != 32 {
		t.Errorf("the id is %s", r.Text("trust.id"))
	}
}

func TestATrustIsUniqueAsInKeystone(t *testing.T) {
	p := startPact(t, servertest.Options{})
	end := body{"expires_at": "2099-01-01T00:00:00Z"}
	p.trust(end)
	p.Do("POST", trusts, p.token, p.spec(end)).Want(409)
	p.trust(body{"expires_at": "2099-01-01T00:00:00.000001Z"})
	p.trust(body{"expires_at": "2099-01-01T00:00:00Z", "impersonation": false})
	p.trust(nil)
	p.trust(nil) // those without an end are many: orchestration makes one for each stack
}

func TestTrustsAreListedForTheirPeopleAndForAdministrators(t *testing.T) {
	p := startPact(t, servertest.Options{})
	trust := p.trust(nil)
	bobs := p.project("bobs", "default")
	p.put("projects", bobs, "users", p.bob, "roles", p.role("member"))
	bob := p.login(p.bob, servertest.Project(bobs))
	by, of := "?trustor_user_id=", "?trustee_user_id="
	for _, test := range []struct {
		who, token, query string
		status            int
		found             bool
	}{
		{"ann", p.token, by + p.ann, 200, true}, {"ann", p.token, of + p.ann, 200, false}, {"ann", p.token, of + p.bob, 403, false}, {"ann", p.token, "", 403, false},
		{"bob", bob, of + p.bob, 200, true}, {"bob", bob, by + p.bob, 200, false}, {"bob", bob, by + p.ann, 403, false}, {"bob", bob, "", 403, false},
		{"admin", p.admin, "", 200, true}, {"admin", p.admin, by + p.ann, 200, true}, {"admin", p.admin, of + p.bob, 200, true},
		{"admin", p.admin, by + p.ann + "&trustee_user_id=" + p.ann, 200, false}, {"admin", p.admin, "?color=red", 200, true},
		{"nobody", "", "", 401, false},
	} {
		r := p.Do("GET", trusts+test.query, test.token, nil)
		if r.Status != test.status {
			t.Errorf("%s, %s: %d, want %d", test.who, test.query, r.Status, test.status)
			continue
		}
		if test.status == 200 && (r.Get("trusts.0.id") == trust) != test.found {
			t.Errorf("%s, %s: %s", test.who, test.query, r.Body)
		}
	}
}

// Bug 1840288 of Keystone: whether a trust is there is answered before who may see it.
func TestATrustIsLookedUpBeforePolicyIsAsked(t *testing.T) {
	p := startPact(t, servertest.Options{})
	path := trusts + "/" + p.trust(nil)
	user, project := p.member("stranger")
	stranger := p.login(user, servertest.Project(project))
	bob := p.login(p.bob, nil)
	for _, rest := range []string{"", "/roles", "/roles/" + p.role("member")} {
		p.Do("GET", trusts+"/nothing"+rest, stranger, nil).Want(404)
		p.Do("GET", path+rest, stranger, nil).Want(403)
		p.Do("GET", path+rest, bob, nil).Want(200)
		p.Do("GET", path+rest, p.admin, nil).Want(200)
		p.Do("GET", path+rest, "", nil).Want(401)
	}
	p.Do("DELETE", trusts+"/nothing", stranger, nil).Want(404)
	p.Do("DELETE", path, stranger, nil).Want(403)
	p.Do("DELETE", path, bob, nil).Want(403)
	p.Do("DELETE", path, "", nil).Want(401)
	p.Do("DELETE", path, p.admin, nil).Want(204)
}
