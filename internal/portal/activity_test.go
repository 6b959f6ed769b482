package portal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const activity = "/portal/access/activity"

func TestTheOwnerSeesWhatACredentialDidFromWhereAndWhatFailed(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).calls(firefox).signIn()
	page := b.makeCredential("ci").want(201)
	id, secret := page.id("credential-id"), page.id("credential-secret")
	b.get(activity).want(200, "Tokens & Activity", "Firefox on Linux 127.0.0.1 1 0 Revoke tokens Password", "ci Application credential Never used", "Nothing failed in the last month")
	for range 3 {
		login(env, id, secret).Want(201)
	}
	login(env, id, "wrong").Want(401)
	newBrowser(t, env).calls("curl/8.5.0").post("/portal/sign-in", "user", "admin", "password", "wrong").want(422)
	newBrowser(t, env).post("/portal/sign-in", "user", "nobody", "password", "wrong").want(422)
	seen := func() {
		t.Helper()
		p := b.get(activity).want(200, "Go-http-client 1.1 127.0.0.1 3 1", "Wrong secret ci Application credential", "Wrong password Password", "curl 8.5.0 127.0.0.1 1", "2 kinds of failure").without(secret)
		if strings.Contains(p.text(), "nobody") {
			t.Error("a failure is nobody's, and is shown")
		}
	}
	seen()
	if err := env.Core.WriteUses(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen() // the same when it is written down
	bob := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"})
	grant(env, bob)
	newBrowser(t, env).signInAs("bob", "bobs-Pass-1").get(activity).want(200, "1 to 1 of 1", "Nothing failed").without("ci", "curl") // another's

	clock.Add(8 * 24 * time.Hour)
	b.signIn().get(activity).want(200, "Go-http-client 1.1 127.0.0.1 0 0", "2 kinds of failure")
	clock.Add(31 * 24 * time.Hour)
	env.Core.KeepHouse(t.Context())
	b.signIn().get(activity).want(200, "Nothing failed in the last month").without("Go-http-client")
}

// Whoever knows a name can fill neither the memory nor the table with failures.
func TestFailuresOfAUserAreBounded(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	for i := range 70 {
		newBrowser(t, env).calls("guess-"+strings.Repeat("x", i)).post("/portal/sign-in", "user", "admin", "password", "wrong").want(422)
	}
	if got := strings.Count(b.get(activity).want(200, "Many places", "50").Body, "Wrong password"); got != 21 {
		t.Errorf("%d rows of one user's failures", got)
	}
}

func TestWhatAClientCallsItselfIsOnlyText(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).calls("<script>alert(1)</script>/1").signIn()
	for _, path := range []string{activity, sessions} {
		if page := b.get(path).want(200, "alert(1)"); strings.Contains(page.Body, "<script>alert") {
			t.Errorf("%s: the name of a client is code", path)
		}
	}
}

func TestTheTokensOfACredentialAreRevokedAndItGetsNewOnes(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	page := b.makeCredential("ci").want(201)
	other := b.makeCredential("cd").want(201)
	byCi := login(env, page.id("credential-id"), page.id("credential-secret")).Want(201).Header.Get("X-Subject-Token")
	byCd := login(env, other.id("credential-id"), other.id("credential-secret")).Want(201).Header.Get("X-Subject-Token")
	good := func(token string, status int) {
		t.Helper()
		env.Do("GET", "/v3/auth/tokens", env.AdminToken(), nil, "X-Subject-Token", token).Want(status)
	}
	id := page.id("credential-id")
	b.get(activity+"/end?kind=application_credential&id="+id).want(200, "Revoke the tokens of ci?", "programs get new tokens with it")
	b.post(activity+"/end", "kind", "application_credential", "id", id).redirected(activity)
	b.get(activity).want(200, "The tokens were revoked")
	good(byCi, 404)
	good(byCd, 200)
	good(login(env, id, page.id("credential-secret")).Want(201).Header.Get("X-Subject-Token"), 200)

	bob := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"})
	grant(env, bob)
	stranger := newBrowser(t, env).signInAs("bob", "bobs-Pass-1")
	for _, kind := range []string{"application_credential", "ec2", "x"} {
		stranger.get(activity + "/end?kind=" + kind + "&id=" + id).want(404)
		stranger.post(activity+"/end", "kind", kind, "id", other.id("credential-id")).want(404)
	}
	good(byCd, 200)

	b.get(activity+"/end").want(200, "Revoke all your tokens?", "signed out here and everywhere")
	b.post(activity + "/end").redirected("/portal/sign-in")
	b.get(list).want(200, "The tokens were revoked", "Password").without("Sign out")
	good(byCd, 404)
	stranger.get(list).want(200, "Sign out")
}

func TestTheTokensOfAKeyAndOfThePasswordAreRevoked(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	key := env.Do("POST", "/v3/users/"+string(env.Admin.User)+"/credentials/OS-EC2", env.AdminToken(), map[string]any{"tenant_id": string(env.Admin.Project)}).Want(201)
	access := key.Text("credential.access")
	page := b.get(activity).want(200, access, "EC2/S3 key Never used")
	_, rest, _ := strings.Cut(page.Body, "kind=ec2&amp;id=")
	id, _, _ := strings.Cut(rest, `"`)
	b.get(activity+"/end?kind=ec2&id="+id).want(200, "Revoke the tokens of "+access)
	b.post(activity+"/end", "kind", "ec2", "id", id).redirected(activity)
	token := env.AdminToken()
	b.get(activity+"/end?kind=password").want(200, "Revoke the tokens of your password?")
	b.post(activity+"/end", "kind", "password").redirected("/portal/sign-in")
	env.Do("GET", "/v3/auth/projects", token, nil).Want(401)
}

func TestATokenIsExaminedAndRevoked(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	token := env.AdminToken()
	page := b.post(activity+"/token", "token", " "+token+"\n").want(200, "Valid", "The project admin", "admin", "password", "Revoke this token").without(token)
	b.post(activity+"/token/revoke", "note", page.value("note")).redirected(activity)
	b.get(activity).want(200, "The token was revoked")
	env.Do("GET", "/v3/auth/projects", token, nil).Want(401)
	b.post(activity+"/token", "token", token).want(200, "Not valid any more Revoked").without("Revoke this token")
	b.post(activity+"/token/revoke", "note", token).want(400)

	bob := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"})
	grant(env, bob)
	stranger := newBrowser(t, env).signInAs("bob", "bobs-Pass-1")
	second := env.AdminToken()
	for _, text := range []string{"", "x", second, strings.Repeat("A", 5000)} {
		stranger.post(activity+"/token", "token", text).want(422, "This is no token of yours").without("Valid")
	}
	clock.Add(3 * time.Minute)
	if life := env.Core.Settings.PasswordLife; life > 0 {
		clock.Add(life)
	}
	b.signIn().post(activity+"/token", "token", second).want(200, "Not valid any more Expired")
}

// Nothing is written while a token is proved or validated.
func TestDeedsAreWrittenInBatches(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	env.AdminToken()
	rows, err := env.Core.Store.ListActivity(t.Context(), env.Admin.User)
	if err != nil || len(rows) != 0 {
		t.Fatal(rows, err)
	}
	if err := env.Core.WriteUses(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err = env.Core.Store.ListActivity(t.Context(), env.Admin.User)
	if err != nil || len(rows) != 1 || rows[0].Kind != identity.UsePassword || rows[0].Count < 1 {
		t.Fatal(rows, err)
	}
}
