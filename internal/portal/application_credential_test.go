package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const (
	list     = "/portal/access/application-credentials"
	create   = list + "/create"
	del      = list + "/delete"
	download = list + "/download"
)

// login authenticates with an application credential through the API and returns the answer.
func login(env *servertest.Env, id, secret string) *servertest.Response {
	return env.Do("POST", "/v3/auth/tokens", "", map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"},
		"application_credential": map[string]any{"id": id, "secret": secret}}}})
}

// makeCredential fills in the form and returns the one-time page.
func (b *browser) makeCredential(name string, pairs ...string) *shown {
	b.t.Helper()
	once := b.get(create).want(200).value("once")
	return b.post(create, append([]string{"once", once, "name", name, "expiry", "never"}, pairs...)...)
}

func TestACredentialIsCreatedInThePortalUsedWithTheAPIAndItsTokensDieWithIt(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	b.get("/portal").want(200, "Application Credentials", "No application credentials yet", "Create an Application Credential")
	page := b.makeCredential("ci", "description", "the pipeline").want(201, "The secret will only be shown once", "I saved it")
	if got := page.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the secret's page may be kept: %q", got)
	}
	id, secret := page.id("credential-id"), page.id("credential-secret")
	token := login(env, id, secret).Want(201).Header.Get("X-Subject-Token")
	for _, path := range []string{list, list + "/" + id} {
		b.get(path).want(200, "ci", "the pipeline", "Active").without(secret)
	}
	b.get(del+"?id="+id).want(200, "Delete this credential?", "Every token that was got with it ends at once", "Type ci to confirm")
	b.post(del, "id", id).want(422, "Type exactly: ci")
	b.post(del, "id", id, "confirm", "ci").redirected(list)
	b.get(list).want(200, "The credential was deleted", "No application credentials yet")
	b.get(list).without("The credential was deleted")
	login(env, id, secret).Want(401)
	env.Do("GET", "/v3/auth/tokens", env.AdminToken(), nil, "X-Subject-Token", token).Want(404)
	b.get(list+"/"+id).want(404, "Page not found")
}

func TestTheChoicesOfTheFormAreThoseOfTheCredential(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	page := b.makeCredential("narrow", "role", "reader", "unrestricted", "1", "rule_service", "image", "rule_method", "GET", "rule_path", "/v2/images",
		"rule_service", "", "rule_method", "GET", "rule_path", "", "rules_json", `[{"service":"compute","method":"POST","path":"/v2.1/servers/**"}]`)
	id := page.want(201).id("credential-id")
	got := env.Do("GET", "/v3/users/"+string(env.Admin.User)+"/application_credentials/"+id, env.AdminToken(), nil).Want(200)
	for path, want := range map[string]any{"roles.0.name": "reader", "unrestricted": true, "access_rules.0.service": "image", "access_rules.1.path": "/v2.1/servers/**"} {
		if v := got.Get("application_credential." + path); v != want {
			t.Errorf("%s is %v, want %v", path, v, want)
		}
	}
	b.get(list+"/"+id).want(200, "reader", "Unrestricted", "image: GET /v2/images", "compute: POST /v2.1/servers/**")
	b.get(list).want(200, "2 access rules", "Unrestricted")
}

func TestAnExpiryIsAPresetOrATimeOfOnesOwn(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	for expiry, want := range map[string]string{"30": clock.Now().AddDate(0, 0, 30).UTC().Format("2006-01-02"), "365": clock.Now().AddDate(0, 0, 365).UTC().Format("2006-01-02"), "never": "Never"} {
		once := b.get(create).value("once")
		b.post(create, "once", once, "name", "for "+expiry, "expiry", expiry).want(201, want)
	}
	b.post(create, "name", "custom", "expiry", "custom", "expires_at", "2031-02-03T04:05").want(201, "2031-02-03 04:05 UTC")
	for _, bad := range []string{"2001-01-01T00:00", "soon", ""} {
		b.post(create, "name", "bad", "expiry", "custom", "expires_at", bad).want(422, "Enter a date and time in the future")
	}
	b.post(create, "name", "bad", "expiry", "-4").want(422, "Enter a date and time in the future")
}

func TestWhatIsWrongStandsBesideItsFieldAndNothingTypedIsLost(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	b.makeCredential("taken").want(201)
	for name, c := range map[string]struct {
		form        []string
		field, says string
	}{
		"no name":          {[]string{"name", " "}, "name", "Enter a name."},
		"a name that is":   {[]string{"name", "taken"}, "name", "of this name already"},
		"a long name":      {[]string{"name", strings.Repeat("x", 256)}, "name", "more than 255 characters"},
		"two lines":        {[]string{"name", "a\nb"}, "name", "one line"},
		"JSON that is not": {[]string{"name", "n", "rules_json", "[{]"}, "rules_json", "no JSON list"},
		"a foreign member": {[]string{"name", "n", "rules_json", `[{"service":"image","method":"GET","path":"/","x":1}]`}, "rules_json", "no JSON list"},
		"a rule without /": {[]string{"name", "n", "rule_service", "image", "rule_method", "GET", "rule_path", "v2"}, "rules", "begins with a slash"},
		"a foreign method": {[]string{"name", "n", "rule_service", "image", "rule_method", "BREW", "rule_path", "/v2"}, "rules", "A rule needs"},
		"a foreign role":   {[]string{"name", "n", "role", "root"}, "", "unassigned role"},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			p := b.post(create, append(c.form, "description", "kept words")...).want(422, c.says, "kept words", "Please correct this:")
			if !strings.Contains(p.Body, "<title>Error: ") || !strings.Contains(p.Body, `role="alert" tabindex="-1" autofocus`) {
				t.Error("the summary has no focus, or the title does not say that there is an error")
			}
			if c.field != "" && !strings.Contains(p.Body, `<a href="#`+c.field+`">`) {
				t.Errorf("the summary does not lead to %s", c.field)
			}
		})
	}
	b.t = t
	b.get(list).want(200, "1 to 1 of 1")
}

func TestAFormThatIsSentTwiceMakesOneCredentialWithOneSecret(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	once := b.get(create).value("once")
	form := []string{"once", once, "name", "ci", "expiry", "never"}
	pages := make(chan *shown, 2)
	for range 2 {
		go func() { pages <- b.post(create, form...) }()
	}
	first, second := (<-pages).want(201), (<-pages).want(201)
	if first.id("credential-secret") != second.id("credential-secret") || first.id("credential-id") != second.id("credential-id") {
		t.Error("the second answer shows another credential")
	}
	login(env, first.id("credential-id"), first.id("credential-secret")).Want(201)
	b.get(list).want(200, "1 to 1 of 1")
	other := newBrowser(t, env).signIn()
	other.post(create, "once", once, "name", "cd", "expiry", "never").want(201) // another form

	clock.Add(time.Minute) // a reload, later
	b.post(create, form...).redirected(list)
	b.get(list).want(200, "Its secret was shown then, and only then").without(first.id("credential-secret"))

	b.post(del, "id", first.id("credential-id"), "confirm", "ci").redirected(list)
	b.post(create, form...).redirected(list)
	b.get(list).want(200, "1 to 1 of 1") // what is deleted does not come back
	login(env, first.id("credential-id"), first.id("credential-secret")).Want(401)

	late := newBrowser(t, env).signIn()
	form = []string{"once", late.get(create).value("once"), "name", "late", "expiry", "never"}
	clock.Add(61 * time.Minute)
	again := newBrowser(t, env).signIn()
	again.post(create, form...).want(422, "This form was shown too long ago.").without(form[1])
	again.get(list).want(200, "1 to 1 of 1")
}

func TestTheFilesOfTheOneTimePage(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	page := b.makeCredential("it's $(a) name").want(201)
	id, secret := page.id("credential-id"), page.id("credential-secret")
	for kind, c := range map[string]struct{ file, says string }{
		"openrc": {"app-cred-it-s-a-name-openrc.sh", "export OS_APPLICATION_CREDENTIAL_SECRET='" + secret + "'"},
		"clouds": {"clouds.yaml", `application_credential_secret: "` + secret + `"`},
		"json":   {"app-cred-it-s-a-name.json", `"application_credential_secret": "` + secret + `"`},
	} {
		f := b.post(download, "id", id, "secret", secret, "kind", kind)
		if got := f.Header.Get("Content-Disposition"); f.Status != 200 || got != `attachment; filename="`+c.file+`"` || f.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: status %d, %q", kind, f.Status, got)
		}
		if !strings.Contains(f.Body, c.says) || !strings.Contains(f.Body, env.URL+"/v3") || !strings.Contains(f.Body, "RegionOne") {
			t.Errorf("%s:\n%s", kind, f.Body)
		}
	}
	b.post(download, "id", id, "secret", "x\nrm -rf /", "kind", "openrc").want(400)
	b.post(download, "id", id, "secret", secret, "kind", "exe").want(404)
	b.post(download, "id", identity.NewID(), "secret", secret, "kind", "openrc").want(404)
	b.get(download).want(404)
}

// The list finds, filters, sorts and pages by its address alone.
func TestTheListIsAddressable(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	for i := range 26 {
		clock.Add(time.Second)
		b.post(create, "name", fmt.Sprintf("job-%02d", i), "expiry", "365", "description", fmt.Sprint("number ", i)).want(201)
	}
	soon := b.post(create, "name", "soon", "expiry", "custom", "expires_at", clock.Now().Add(48*time.Hour).UTC().Format("2006-01-02T15:04")).want(201)
	login(env, soon.id("credential-id"), soon.id("credential-secret")).Want(201)
	for query, c := range map[string]struct{ has, lacks []string }{
		"":                         {[]string{"1 to 25 of 27", "job-00", "job-24", "Page 1 of 2", "Next"}, []string{"job-25", "Previous"}},
		"page=2":                   {[]string{"26 to 27 of 27", "job-25", "soon", "Previous"}, []string{"job-00"}},
		"page=99":                  {[]string{"26 to 27 of 27"}, nil},
		"page=-1&sort=x&status=x":  {[]string{"1 to 25 of 27"}, nil},
		"q=JOB-07":                 {[]string{"1 to 1 of 1", "job-07"}, []string{"job-08"}},
		"q=number+12":              {[]string{"1 to 1 of 1", "job-12"}, nil},
		"q=nothing+like+it":        {[]string{"Nothing found"}, []string{"job-"}},
		"status=expiring":          {[]string{"1 to 1 of 1", "soon", "Expires soon"}, []string{"job-"}},
		"sort=created&order=desc":  {[]string{"soon", "job-25", "job-02"}, []string{"job-01"}},
		"sort=expires":             {[]string{"soon", "job-00"}, []string{"job-24"}},
		"unused=never":             {[]string{"1 to 25 of 26"}, []string{">soon<"}},
		"unused=30":                {[]string{"Nothing found"}, nil},
		"sort=used&order=desc":     {[]string{"soon"}, nil},
		"q=job&sort=name&page=1":   {[]string{"1 to 25 of 26"}, []string{">soon<"}},
		"project=" + "nobodys":     {[]string{"Nothing found"}, nil},
		"unused=never&q=soon&x=y":  {[]string{"Nothing found"}, nil},
		"status=expired&unused=90": {[]string{"Nothing found"}, nil},
	} {
		b.get(list+"?"+query).want(200, c.has...).without(c.lacks...)
	}
	clock.Add(200 * 24 * time.Hour)
	b.signIn()
	b.get(list+"?unused=90").want(200, "1 to 25 of 27")
	b.get(list+"?status=expired").want(200, "1 to 1 of 1", "soon", "Expired")
}

func TestSeveralCredentialsAreDeletedAtOnce(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	var ids []string
	for _, name := range []string{"a", "b", "c"} {
		ids = append(ids, b.makeCredential(name).want(201).id("credential-id"))
	}
	b.get(del).want(200, "Select the credentials to delete first")
	query := url.Values{"id": {ids[0], ids[2], ids[0], identity.NewID()}}
	b.get(del+"?"+query.Encode()).want(200, "Delete these 2 credentials?").without("confirm")
	b.get(list).want(200, "1 to 3 of 3")
	b.do(b.request("POST", del, query)).redirected(list)
	b.get(list).want(200, "2 credentials were deleted", "1 to 1 of 1")
}

func TestALimitIsCountedAndSaid(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.ApplicationCredential.UserLimit = 1 }})
	b := newBrowser(t, env).signIn()
	b.makeCredential("one").want(201)
	b.get(list).want(200, "1 of 1 application credentials", "Delete one before you create another").without("Create an Application Credential")
	b.post(create, "name", "two").want(403, "maximum of 1")
}

// Nobody reaches another one's credentials, not even an administrator: the portal is about oneself.
func TestAnothersCredentialsAreNotThere(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	user := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"})
	grant(env, user)
	b := newBrowser(t, env)
	b.post("/portal/sign-in", "user", "bob", "password", "bobs-Pass-1").redirected("/portal")
	id := b.makeCredential("bobs").want(201).id("credential-id")
	admin := newBrowser(t, env).signIn()
	admin.get(list).want(200).without("bobs", id)
	admin.get(list + "/" + id).want(404)
	admin.post(del, "id", id).redirected(list)
	b.get(list).want(200, "bobs")
}

// grant makes a user member of the project admin.
func grant(env *servertest.Env, user string) {
	roles := env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Want(200)
	env.Do("PUT", "/v3/projects/"+string(env.Admin.Project)+"/users/"+user+"/roles/"+roles.Text("roles.0.id"), env.AdminToken(), nil).Want(http.StatusNoContent)
}

// canaries are names that are code where somebody forgets to escape.
var canaries = []string{`<script>canary()</script>`, `"><img src=x onerror=canary()>`, `' autofocus onfocus='canary()`, `javascript:canary()`, `{{.}}${7*7}`, `</title><script>canary()</script>`, `&lt;script&gt;`}

func TestNoNameIsEverCode(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	for _, canary := range canaries {
		page := b.makeCredential(canary, "description", canary).want(201, canary)
		id := page.id("credential-id")
		for _, p := range []*shown{page, b.get(list), b.get(list + "/" + id), b.get(del + "?id=" + id), b.get(list + "?q=" + url.QueryEscape(canary)),
			b.post(create, "name", canary, "description", canary, "rules_json", canary, "rule_service", canary, "rule_method", "GET", "rule_path", canary),
			b.post("/portal/sign-in", "user", canary, "domain", canary, "password", "x"), b.get("/portal/projects?q=" + url.QueryEscape(canary))} {
			if strings.Contains(p.Body, "<script>canary") || strings.Contains(p.Body, "<img src=x") || strings.Contains(p.Body, "' autofocus onfocus='") {
				t.Errorf("%s is code in %s", canary, p.Body)
			}
		}
	}
}
