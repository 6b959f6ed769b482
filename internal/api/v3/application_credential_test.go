package v3_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/applicationcredentials"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// lender is a server with a user who lends some of her power to programs: alice, a member of
// the project red, and of the project blue.
type lender struct {
	*servertest.Env
	t           *testing.T
	alice, bob  string
	red, blue   string
	credentials string // the path of alice's application credentials
	keys        string // and of her EC2 keys
}

const lenderPassword = "lender-Pass-1"

func startLender(t *testing.T, o servertest.Options) *lender {
	l := &lender{Env: servertest.Start(t, o), t: t}
	l.red = l.Create("/v3/projects", "project", map[string]any{"name": "red"})
	l.blue = l.Create("/v3/projects", "project", map[string]any{"name": "blue"})
	l.alice = l.Create("/v3/users", "user", map[string]any{"name": "alice", "password": lenderPassword})
	l.bob = l.Create("/v3/users", "user", map[string]any{"name": "bob", "password": lenderPassword})
	l.grant(l.alice, l.red, "member")
	l.grant(l.alice, l.blue, "member")
	l.grant(l.bob, l.red, "member")
	l.credentials = "/v3/users/" + l.alice + "/application_credentials"
	l.keys = "/v3/users/" + l.alice + "/credentials/OS-EC2"
	return l
}

func (l *lender) role(name string) identity.RoleID {
	return l.Core.Live.Current().RoleByName("", name).ID
}

func (l *lender) assignment(user, project, role string) identity.Assignment {
	return identity.Assignment{Actor: identity.Actor{User: identity.UserID(user)}, Target: identity.Target{Project: identity.ProjectID(project)}, Role: l.role(role)}
}

func (l *lender) grant(user, project, role string) {
	l.t.Helper()
	if err := l.Core.GrantRole(context.Background(), identity.Caller{Local: true}, l.assignment(user, project, role)); err != nil {
		l.t.Fatal(err)
	}
}

// token is a fresh one of a user on a project.
func (l *lender) token(user, project string) string {
	l.t.Helper()
	return l.Login(servertest.PasswordAuth(user, lenderPassword, servertest.Project(project)))
}

// lend makes an application credential of alice in red; more are further members of the body.
func (l *lender) lend(token, name string, more map[string]any) *servertest.Response {
	l.t.Helper()
	body := map[string]any{"name": name}
	for k, v := range more {
		body[k] = v
	}
	return l.Do("POST", l.credentials, token, map[string]any{"application_credential": body})
}

func credentialAuth(id, secret string) map[string]any {
	return map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"},
		"application_credential": map[string]any{"id": id, "secret": secret}}}}
}

// borrow makes an application credential and logs in with it.
func (l *lender) borrow(token, name string, more map[string]any) (id, borrowed string) {
	l.t.Helper()
	r := l.lend(token, name, more).Want(201)
	id = r.Text("application_credential.id")
	return id, l.Login(credentialAuth(id, r.Text("application_credential.secret")))
}

// roleNames are the roles of a login's answer, or of an application credential.
func roleNames(r *servertest.Response, path string) string {
	var names []string
	list, _ := r.Get(path).([]any)
	for _, role := range list {
		names = append(names, role.(map[string]any)["name"].(string))
	}
	return strings.Join(names, " ")
}

// neverKept fails the test if the database or the log holds the text.
func neverKept(t *testing.T, env *servertest.Env, secret string) {
	t.Helper()
	files, err := filepath.Glob(env.Database + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no database files: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds the secret", filepath.Base(name))
		}
	}
	if strings.Contains(env.Log(), secret) {
		t.Error("the log holds the secret")
	}
}

func TestASecretIsShownOnceAndKeptNowhere(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	for name, own := range map[string]map[string]any{"made": nil, "own": {"secret": "my-own-Secret-of-34-characters-1234"}, "null": {"secret": nil}} {
		r := l.lend(alice, name, own).Want(201)
		id, secret := r.Text("application_credential.id"), r.Text("application_credential.secret")
		if r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a cache may keep the secret", name)
		}
		if own["secret"] == nil && len(secret) != 86 || own["secret"] != nil && secret != own["secret"] {
			t.Errorf("%s: the secret is %q", name, secret)
		}
		l.Login(credentialAuth(id, secret))
		l.Do("POST", "/v3/auth/tokens", "", credentialAuth(id, secret+"x")).Want(401)
		for _, path := range []string{l.credentials, l.credentials + "/" + id} {
			if body := l.Do("GET", path, alice, nil).Want(200).Body; bytes.Contains(body, []byte("secret")) || bytes.Contains(body, []byte("hmac")) {
				t.Errorf("%s: GET %s tells a secret: %s", name, path, body)
			}
		}
		neverKept(l.t, l.Env, secret)
	}
}

func TestAnApplicationCredentialLooksAsKeystones(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	r := l.lend(alice, " app1 ", map[string]any{"roles": []any{map[string]any{"name": "reader"}}, "expires_at": "2130-01-02T03:04:05+01:00", "description": nil}).Want(201)
	id := r.Text("application_credential.id")
	for path, want := range map[string]any{"name": "app1", "description": nil, "user_id": l.alice, "project_id": l.red, "system": nil,
		"expires_at": "2130-01-02T02:04:05.000000", "unrestricted": false, "access_rules": nil, "roles.0.name": "reader", "roles.0.id": string(l.role("reader")),
		"roles.0.domain_id": nil, "roles.0.description": nil, "roles.0.options.immutable": true, "roles.1": nil, "links.self": l.URL + l.credentials + "/" + id} {
		if got := r.Get("application_credential." + path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if !bytes.Contains(r.Body, []byte(`"system":null`)) || bytes.Contains(r.Body, []byte("access_rules")) {
		t.Errorf("members are not Keystone's: %s", r.Body)
	}
	l.lend(alice, "app2", nil).Want(201)
	list := l.Do("GET", l.credentials+"?name=app1", alice, nil).Want(200)
	if list.Get("application_credentials.0.id") != id || list.Get("application_credentials.1") != nil {
		t.Errorf("the filter on the name gives %s", list.Body)
	}
	if all := l.Do("GET", l.credentials, alice, nil).Want(200).Get("application_credentials").([]any); len(all) != 2 {
		t.Errorf("%d of 2 listed", len(all))
	}
	client := &gophercloud.ServiceClient{ProviderClient: &gophercloud.ProviderClient{TokenID: alice}, Endpoint: l.URL + "/v3/"}
	got, err := applicationcredentials.Get(t.Context(), client, l.alice, id).Extract()
	if err != nil || !got.ExpiresAt.Equal(time.Date(2130, 1, 2, 2, 4, 5, 0, time.UTC)) {
		t.Errorf("gophercloud reads %+v: %v", got, err)
	}
}

func TestABadBodyIsRefusedBeforeAnythingElse(t *testing.T) {
	l := startLender(t, servertest.Options{})
	for _, body := range []string{`{}`, `{"application_credential": []}`, `{"application_credential": {}}`, `{"application_credential": {"name": " "}}`,
		`{"application_credential": {"name": "a", "expires_at": "tomorrow"}}`, `{"application_credential": {"name": "a", "expires_at": "0001-01-01T00:00:00"}}`,
		`{"application_credential": {"name": "a", "expires_at": "2020-01-01T00:00:00"}}`, `{"application_credential": {"name": "a", "roles": [{}]}}`,
		`{"application_credential": {"name": "a", "access_rules": [{"service": "image", "method": "GET"}]}}`,
		`{"application_credential": {"name": "a", "access_rules": [{"service": "image", "method": "get", "path": "/"}]}}`,
		`{"application_credential": {"name": "a", "unrestricted": "yes"}}`, `{"application_credential": {"name": "a", "secret": "` + strings.Repeat("x", 5000) + `"}}`} {
		l.Do("POST", l.credentials, "", body).Want(400)
	}
	l.lend("", "a", nil).Want(401)
}

func TestAnApplicationCredentialIsMadeForOneselfInTheTokensProject(t *testing.T) {
	l := startLender(t, servertest.Options{})
	for who, token := range map[string]string{"admin": l.AdminToken(), "bob": l.token(l.bob, l.red), "system": l.SystemToken(),
		"unscoped": l.Login(servertest.PasswordAuth(l.alice, lenderPassword, "unscoped"))} {
		if r := l.lend(token, "a", nil); r.Status != 403 {
			t.Errorf("%s: status %d, want 403", who, r.Status)
		}
	}
	if got := l.lend(l.token(l.alice, l.blue), "a", nil).Want(201).Get("application_credential.project_id"); got != l.blue {
		t.Errorf("made in %v", got)
	}
}

func TestPermissionsAreLimitedToWhatIsNeeded(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	roles := func(refs ...map[string]any) map[string]any { return map[string]any{"roles": refs} }
	for name, c := range map[string]struct {
		more map[string]any
		want string
	}{
		"default": {nil, "member reader"},
		"empty":   {roles(), "member reader"},
		"name":    {roles(map[string]any{"name": "reader"}), "reader"},
		"id":      {roles(map[string]any{"id": l.role("reader")}), "reader"},
		"twice":   {roles(map[string]any{"id": l.role("reader")}, map[string]any{"name": "reader"}), "reader"},
		"implied": {roles(map[string]any{"name": "member"}), "member reader"},
	} {
		r := l.lend(alice, name, c.more).Want(201)
		login := l.Do("POST", "/v3/auth/tokens", "", credentialAuth(r.Text("application_credential.id"), r.Text("application_credential.secret"))).Want(201)
		if got := roleNames(login, "token.roles"); got != c.want {
			t.Errorf("%s: the token has %q, want %q", name, got, c.want)
		}
	}
	for _, ref := range []map[string]any{{"name": "admin"}, {"id": l.role("admin")}, {"name": "no such role"}, {"id": "admin"}, {"id": l.role("admin"), "name": "reader"}} {
		r := l.lend(alice, "more", roles(map[string]any{"name": "reader"}, ref)).Want(400)
		if !strings.HasPrefix(r.Text("error.message"), "Invalid application credential: ") {
			t.Errorf("%v: %s", ref, r.Body)
		}
	}
}

func TestAnApplicationCredentialEndsAtItsTimeAndStaysListed(t *testing.T) {
	var offset atomic.Int64
	start := time.Now()
	l := startLender(t, servertest.Options{Now: func() time.Time { return start.Add(time.Duration(offset.Load())) }})
	alice := l.token(l.alice, l.red)
	l.lend(alice, "past", map[string]any{"expires_at": start.Add(-time.Second).UTC().Format("2006-01-02T15:04:05")}).Want(400)
	r := l.lend(alice, "app", map[string]any{"expires_at": start.Add(10 * time.Minute).UTC().Format("2006-01-02T15:04:05.000000Z")}).Want(201)
	id, secret := r.Text("application_credential.id"), r.Text("application_credential.secret")
	login := l.Do("POST", "/v3/auth/tokens", "", credentialAuth(id, secret)).Want(201)
	token := login.Header.Get("X-Subject-Token")
	if ends, _ := identity.ParseTime(login.Text("token.expires_at")); ends.After(start.Add(10 * time.Minute)) {
		t.Errorf("the token ends %v, after its credential", ends)
	}
	l.Do("GET", "/v3/auth/projects", token, nil).Want(200)
	offset.Store(int64(10*time.Minute + time.Second))
	l.Do("GET", "/v3/auth/projects", token, nil).Want(401)
	l.Do("POST", "/v3/auth/tokens", "", credentialAuth(id, secret)).Want(401)
	if r := l.Do("GET", l.credentials, l.token(l.alice, l.red), nil).Want(200); r.Get("application_credentials.0.id") != id {
		t.Errorf("an expired credential is not listed: %s", r.Body)
	}
}

func TestTheNumberOfApplicationCredentialsOfAUserCanBeLimited(t *testing.T) {
	l := startLender(t, servertest.Options{Config: func(c *config.Config) { c.ApplicationCredential.UserLimit = 1 }})
	alice := l.token(l.alice, l.red)
	id := l.lend(alice, "one", nil).Want(201).Text("application_credential.id")
	got := l.lend(alice, "two", nil).Want(403).Text("error.message")
	if got != "Unable to create additional application credentials, maximum of 1 already exceeded for user." {
		t.Errorf("the limit says %q", got)
	}
	l.Do("DELETE", l.credentials+"/"+id, alice, nil).Want(204)
	l.lend(alice, "two", nil).Want(201)
}

func TestANameIsOneApplicationCredentialsOfAUser(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	var created, conflicts atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			switch l.lend(alice, "same", nil).Status {
			case 201:
				created.Add(1)
			case 409:
				conflicts.Add(1)
			}
		})
	}
	all.Wait()
	if created.Load() != 1 || conflicts.Load() != 7 {
		t.Errorf("of 8 of one name %d were made and %d were conflicts", created.Load(), conflicts.Load())
	}
	l.lend(l.token(l.alice, l.blue), "same", nil).Want(409)
	l.Do("POST", "/v3/users/"+l.bob+"/application_credentials", l.token(l.bob, l.red), map[string]any{"application_credential": map[string]any{"name": "same"}}).Want(201)
}

func TestCVE_2022_2447_TheTokensOfADeletedApplicationCredentialEndAtOnce(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	a, tokenA := l.borrow(alice, "a", nil)
	_, tokenB := l.borrow(alice, "b", nil)
	l.Do("DELETE", l.credentials+"/"+a, alice, nil).Want(204)
	l.Do("GET", "/v3/auth/tokens", alice, nil, "X-Subject-Token", tokenA).Want(404)
	l.Do("GET", "/v3/auth/projects", tokenA, nil).Want(401)
	l.Do("GET", "/v3/auth/tokens", l.AdminToken(), nil, "X-Subject-Token", tokenB).Want(200)
	l.Do("GET", l.credentials+"/"+a, alice, nil).Want(404)
	l.Do("DELETE", l.credentials+"/"+a, alice, nil).Want(404)
}

func TestCVE_2021_3563_TheWholeSecretCounts(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	for name, more := range map[string]map[string]any{"own": {"secret": strings.Repeat("0123456789", 10)}, "made": nil} {
		r := l.lend(alice, name, more).Want(201)
		id, secret := r.Text("application_credential.id"), r.Text("application_credential.secret")
		for _, wrong := range []string{secret[:72], secret[:len(secret)-1], secret[:len(secret)-1] + "~", secret + "0", ""} {
			l.Do("POST", "/v3/auth/tokens", "", credentialAuth(id, wrong)).Want(401)
		}
		l.Login(credentialAuth(id, secret))
	}
}

func TestCVE_2026_42998_TheUserIsTheOwnerWhateverTheRequestSays(t *testing.T) {
	l := startLender(t, servertest.Options{})
	r := l.lend(l.token(l.alice, l.red), "a", nil).Want(201)
	body := credentialAuth(r.Text("application_credential.id"), r.Text("application_credential.secret"))
	proof := body["auth"].(map[string]any)["identity"].(map[string]any)["application_credential"].(map[string]any)
	proof["user"] = map[string]any{"id": l.bob}
	if got := l.Do("POST", "/v3/auth/tokens", "", body).Want(201).Text("token.user.id"); got != l.alice {
		t.Errorf("the token is for %s", got)
	}
}

func TestLP1901207_TheRealOwnerDecidesWhoSeesAnApplicationCredential(t *testing.T) {
	l := startLender(t, servertest.Options{})
	id := l.lend(l.token(l.alice, l.red), "a", nil).Want(201).Text("application_credential.id")
	bobs := "/v3/users/" + l.bob + "/application_credentials"
	bob, admin := l.token(l.bob, l.red), l.AdminToken()
	for _, path := range []string{bobs + "/" + id, l.credentials + "/" + id} {
		l.Do("GET", path, bob, nil).Want(403)
		l.Do("DELETE", path, bob, nil).Want(403)
		l.Do("GET", path, "", nil).Want(401)
	}
	l.Do("GET", l.credentials+"/"+id, l.SystemToken(), nil).Want(200)
	if got := l.Do("GET", l.credentials+"/"+id, admin, nil).Want(200).Text("application_credential.links.self"); got != l.URL+l.credentials+"/"+id {
		t.Errorf("the link is %s", got)
	}
	l.Do("GET", bobs+"/"+id, admin, nil).Want(404) // it is not Bob's
	l.Do("DELETE", bobs+"/"+id, admin, nil).Want(404)
	l.Do("GET", bobs+"/nothing", bob, nil).Want(404)
	l.Do("GET", l.credentials+"/nothing", bob, nil).Want(403)
	l.Do("GET", l.credentials, bob, nil).Want(403)
	l.Do("GET", l.credentials, admin, nil).Want(200)
	l.Do("GET", "/v3/users/nobody/application_credentials", admin, nil).Want(404)
	l.Do("DELETE", l.credentials+"/"+id, admin, nil).Want(204)
}

func TestCVE_2026_33551_ARestrictedApplicationCredentialMakesNoOthers(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	other := l.lend(alice, "other", nil).Want(201).Text("application_credential.id")
	self, token := l.borrow(alice, "restricted", nil)
	l.lend(token, "child", nil).Want(403)
	l.lend(token, "child", map[string]any{"unrestricted": true, "secret": "mine"}).Want(403)
	l.Do("DELETE", l.credentials+"/"+other, token, nil).Want(403)
	l.Do("DELETE", l.credentials+"/"+self, token, nil).Want(403)
	l.Do("GET", l.credentials, token, nil).Want(200)
	l.Do("GET", l.credentials+"/"+other, token, nil).Want(200)
}

func TestAnUnrestrictedApplicationCredentialMakesNoStrongerOne(t *testing.T) {
	l := startLender(t, servertest.Options{})
	ends := time.Now().Add(time.Hour).UTC()
	rule := map[string]any{"service": "identity", "method": "POST", "path": "/v3/users/*/application_credentials"}
	_, token := l.borrow(l.token(l.alice, l.red), "parent", map[string]any{"unrestricted": true, "roles": []any{map[string]any{"name": "reader"}},
		"expires_at": ends.Format(time.RFC3339), "access_rules": []any{rule}})
	child := l.lend(token, "child", map[string]any{"unrestricted": true, "expires_at": ends.Add(time.Hour).Format(time.RFC3339)}).Want(201)
	for path, want := range map[string]any{"project_id": l.red, "roles.0.name": "reader", "roles.1": nil, "expires_at": ends.Format("2006-01-02T15:04:05") + ".000000",
		"access_rules.0.path": rule["path"], "access_rules.1": nil} {
		if got := child.Get("application_credential." + path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if got := l.lend(token, "heir", nil).Want(201).Get("application_credential.expires_at"); got != ends.Format("2006-01-02T15:04:05")+".000000" {
		t.Errorf("a child without a time ends %v", got)
	}
	l.lend(token, "roles", map[string]any{"roles": []any{map[string]any{"name": "member"}}}).Want(400)
	l.lend(token, "rules", map[string]any{"access_rules": []any{rule, map[string]any{"service": "identity", "method": "GET", "path": "/**"}}}).Want(400)
	grandchild := credentialAuth(child.Text("application_credential.id"), child.Text("application_credential.secret"))
	l.lend(l.Login(grandchild), "grandchild", map[string]any{"roles": []any{map[string]any{"name": "member"}}}).Want(400)
}

func TestAnApplicationCredentialHasNoOtherScope(t *testing.T) {
	l := startLender(t, servertest.Options{})
	r := l.lend(l.token(l.alice, l.red), "a", map[string]any{"unrestricted": true}).Want(201)
	body := credentialAuth(r.Text("application_credential.id"), r.Text("application_credential.secret"))
	token := l.Login(body)
	body["auth"].(map[string]any)["scope"] = servertest.Project(l.red)
	if got := l.Do("POST", "/v3/auth/tokens", "", body).Want(401).Text("error.message"); got != "Application credentials cannot request a scope." {
		t.Errorf("it says %q", got)
	}
	for _, scope := range []any{servertest.Project(l.blue), servertest.Project(l.red), "unscoped", map[string]any{"system": map[string]any{"all": true}}} {
		l.Do("POST", "/v3/auth/tokens", "", map[string]any{"auth": map[string]any{"scope": scope,
			"identity": map[string]any{"methods": []string{"token"}, "token": map[string]any{"id": token}}}}).Want(403)
	}
}

func TestAnApplicationCredentialSurvivesAChangeOfThePassword(t *testing.T) {
	l := startLender(t, servertest.Options{})
	r := l.lend(l.token(l.alice, l.red), "a", nil).Want(201)
	auth := credentialAuth(r.Text("application_credential.id"), r.Text("application_credential.secret"))
	token := l.Login(auth)
	l.Do("POST", "/v3/users/"+l.alice+"/password", token, map[string]any{"user": map[string]any{"original_password": "not hers", "password": "fresh-Pass-1"}}).Want(401)
	l.Do("POST", "/v3/users/"+l.alice+"/password", "", map[string]any{"user": map[string]any{"original_password": lenderPassword, "password": "fresh-Pass-1"}}).Want(204)
	l.Do("GET", "/v3/auth/projects", token, nil).Want(200)
	l.Login(auth)
}

func TestARoleThatTheOwnerLosesIsLostHereToo(t *testing.T) {
	l := startLender(t, servertest.Options{})
	id, token := l.borrow(l.token(l.alice, l.red), "a", nil)
	if err := l.Core.RevokeGrant(t.Context(), identity.Caller{Local: true}, l.assignment(l.alice, l.red, "member")); err != nil {
		t.Fatal(err)
	}
	l.Do("GET", "/v3/auth/projects", token, nil).Want(401)
	l.Do("GET", l.credentials+"/"+id, l.AdminToken(), nil).Want(200)
}
