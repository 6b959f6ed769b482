package portal_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
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
	keyList   = "/portal/access/ec2-credentials"
	createKey = keyList + "/create"
	deleteKey = keyList + "/delete"
)

// keyPage is where the key of an access key is.
func keyPage(access string) string { return keyList + "/" + string(identity.EC2CredentialID(access)) }

func idOf(access string) string { return string(identity.EC2CredentialID(access)) }

// gateway asks as an S3 gateway does about a request that is signed with a key at a time (version 2).
func gateway(env *servertest.Env, access, secret string, at time.Time) *servertest.Response {
	text := "GET\n\n\n" + at.UTC().Format(http.TimeFormat) + "\n/bucket"
	m := hmac.New(sha1.New, []byte(secret))
	m.Write([]byte(text))
	return env.Do("POST", "/v3/s3tokens", env.AdminToken(), map[string]any{"credentials": map[string]any{"access": access,
		"token": base64.StdEncoding.EncodeToString([]byte(text)), "signature": base64.StdEncoding.EncodeToString(m.Sum(nil))}})
}

// makeKey fills in the form and returns the one-time page.
func (b *browser) makeKey() *shown {
	b.t.Helper()
	form := b.get(createKey).want(200)
	return b.post(createKey, "once", form.value("once"), "project_id", form.value("project_id"))
}

func TestAKeyIsMadeInThePortalUsedByAGatewayAndRefusedOnceItIsDeleted(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	b.get("/portal/identity/ec2-credentials").want(200, "EC2/S3 Credentials", "No EC2/S3 credentials yet", "Create S3/EC2 Credential")
	page := b.makeKey().want(201, "Save both the Access Key and Secret Key", "I saved it", "admin")
	access, secret := page.id("access-key"), page.id("secret-key")
	gateway(env, access, secret, time.Now()).Want(200)
	for _, path := range []string{keyList, keyPage(access), createKey} {
		b.get(path).want(200).without(secret)
	}
	b.get(keyList).want(200, access, "admin", "Active", "1 to 1 of 1")
	b.get(keyList+"?unused=never").want(200, "Nothing found")
	b.get(deleteKey+"?id="+idOf(access)).want(200, "Delete this credential?", "Every S3 and EC2 request that is signed with it is refused", "Type "+access[:8]+" to confirm").without(secret)
	b.post(deleteKey, "id", idOf(access)).want(422, "Type exactly: "+access[:8])
	gateway(env, access, secret, time.Now()).Want(200)
	b.post(deleteKey, "id", idOf(access), "confirm", access[:8]).redirected(keyList)
	b.get(keyList).want(200, "The credential was deleted", "No EC2/S3 credentials yet")
	gateway(env, access, secret, time.Now()).Want(404)
	b.get(keyPage(access)).want(404, "Page not found")
}

func TestTheSecretKeyIsShownToItsOwnerUponAPostAlone(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	page := b.makeKey().want(201)
	access, secret := page.id("access-key"), page.id("secret-key")
	b.get(keyPage(access)).want(200, "Get the secret key").without(secret)
	shown := b.post(keyPage(access)).want(200, "Show the secret")
	if shown.id("secret-key") != secret || shown.Header.Get("Cache-Control") != "no-store" || !strings.Contains(shown.Body, `<details class="mask"><summary>`) {
		t.Error("the secret is another one, or may be kept, or is not masked")
	}
	clock.Add(10 * time.Minute)
	b.get(keyList).want(200)
	clock.Add(5 * time.Minute)
	b.post(keyPage(access)).asksToConfirm(keyPage(access))
	b.post(keyPage(access), "kind", "ec2rc").asksToConfirm(keyPage(access))
	b.do(b.request("GET", createKey, nil)).asksToConfirm(createKey)
	b.post(createKey).asksToConfirm(createKey)
	b.post(deleteKey, "id", idOf(access)).asksToConfirm(deleteKey + "?id=" + idOf(access))
	b.get(keyPage(access)).want(200, access)
}

func TestAFormThatIsSentTwiceMakesOneKeyWithOneSecret(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now, Config: func(c *config.Config) { c.EC2.MaxPerUserProject = 1 }})
	b := newBrowser(t, env).signIn()
	page := b.get(createKey)
	form := []string{"once", page.value("once"), "project_id", page.value("project_id")}
	pages := make(chan *shown, 2)
	for range 2 {
		go func() { pages <- b.post(createKey, form...) }()
	}
	first, second := (<-pages).want(201), (<-pages).want(201)
	if first.id("access-key") != second.id("access-key") || first.id("secret-key") != second.id("secret-key") {
		t.Error("the second answer shows another key")
	}
	gateway(env, first.id("access-key"), second.id("secret-key"), clock.Now()).Want(200)
	b.get(keyList).want(200, "1 to 1 of 1")

	clock.Add(time.Minute) // a reload, later
	b.post(createKey, form...).redirected(keyList)
	b.get(keyList).want(200, "has been created already", "1 to 1 of 1")
	b.post(deleteKey, "id", idOf(first.id("access-key")), "confirm", first.id("access-key")[:8]).redirected(keyList)
	b.post(createKey, form...).redirected(keyList)
	b.get(keyList).want(200, "has been created already", "No EC2/S3 credentials yet") // what is deleted does not come back
}

func TestKeysAreCountedAgainstTheirLimitsAndAFullListSaysWhyThereIsNoMore(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.EC2.MaxPerUserProject, c.Credential.UserLimit = 3, 9 }})
	b := newBrowser(t, env).signIn()
	env.Do("POST", "/v3/credentials", env.AdminToken(), map[string]any{"credential": map[string]any{"user_id": env.Admin.User, "type": "note", "blob": "x"}}).Want(201)
	b.makeKey().want(201)
	const disabled = `<button class="primary" disabled aria-describedby="no-room">`
	b.makeKey().want(201)
	for _, path := range []string{keyList, createKey} {
		b.get(path).want(200, "2 of 3 EC2/S3 credentials in the project admin. 3 of 9 credentials of all kinds.").without(disabled, "Delete one")
	}
	b.makeKey().want(201)
	for _, path := range []string{keyList, createKey} {
		if p := b.get(path).want(200, "3 of 3 EC2/S3 credentials", "Delete one before you create another."); !strings.Contains(p.Body, disabled) || !strings.Contains(p.Body, `id="no-room"`) {
			t.Errorf("%s: the button can be pressed, or does not say why not", path)
		}
	}
	b.makeKey().want(403, "maximum of 3")
	b.get(keyList).want(200, "1 to 3 of 3")

	all := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.Credential.UserLimit = 1 }})
	b = newBrowser(t, all).signIn()
	b.makeKey().want(201)
	b.get(keyList).want(200, "1 of 1 credentials of all kinds. Delete one before you create another.").without("in the project")
}

// The session may have gone on to another project in another tab: the form says which one it showed.
func TestAKeyIsForTheProjectThatTheFormShowed(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	beta := env.Create("/v3/projects", "project", map[string]any{"name": "beta", "domain_id": "default"})
	role := env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Want(200).Text("roles.0.id")
	env.Do("PUT", "/v3/projects/"+beta+"/users/"+string(env.Admin.User)+"/roles/"+role, env.AdminToken(), nil).Want(204)
	b := newBrowser(t, env).signIn()
	form := b.get(createKey).want(200)
	b.post("/portal/projects", "project", beta).redirected("/portal")
	b.post(createKey, "once", form.value("once"), "project_id", form.value("project_id")).want(422, "You have changed the project in the meantime. This one would be for beta.")
	b.get(keyList).want(200, "No EC2/S3 credentials yet")
	access := b.makeKey().want(201, "beta").id("access-key")
	if got := env.Do("GET", "/v3/users/"+string(env.Admin.User)+"/credentials/OS-EC2/"+access, env.AdminToken(), nil).Want(200).Text("credential.tenant_id"); got != beta {
		t.Errorf("the key is for %s", got)
	}
}

func TestTheFilesForAKeyHoldItAndWhereS3Is(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	service := env.Create("/v3/services", "service", map[string]any{"name": "rgw", "type": "s3"})
	env.Create("/v3/endpoints", "endpoint", map[string]any{"service_id": service, "interface": "public", "region_id": "RegionOne", "url": "https://s3.example:6780"})
	b := newBrowser(t, env).signIn()
	page := b.makeKey().want(201, "aws-credentials", "s3cfg", "rclone.conf", ". ./admin-ec2rc.sh && aws --endpoint-url \"$AWS_ENDPOINT_URL\" s3 ls", "S3 endpoint https://s3.example:6780", "Region RegionOne")
	access, secret := page.id("access-key"), page.id("secret-key")
	f := b.post(keyPage(access), "kind", "ec2rc").want(200)
	if got := f.Header.Get("Content-Disposition"); got != `attachment; filename="admin-ec2rc.sh"` || f.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%q", got)
	}
	for _, line := range []string{"AWS_ACCESS_KEY_ID='" + access + "'", "AWS_SECRET_ACCESS_KEY='" + secret + "'", "AWS_DEFAULT_REGION='RegionOne'", "AWS_ENDPOINT_URL='https://s3.example:6780'"} {
		if !strings.Contains(f.Body, line+"\n") {
			t.Errorf("no line %q:\n%s", line, f.Body)
		}
	}
	b.post(keyPage(access), "kind", "exe").want(404)
	b.post(keyPage("nobodys"), "kind", "ec2rc").want(404)
}

// importKey makes a key with an access key and a secret of one's own.
func (b *browser) importKey(access, secret string) {
	b.t.Helper()
	blob, err := json.Marshal(map[string]string{"access": access, "secret": secret})
	if err != nil {
		b.t.Fatal(err)
	}
	b.env.Do("POST", "/v3/credentials", b.env.AdminToken(), map[string]any{"credential": map[string]any{"user_id": b.env.Admin.User, "project_id": b.env.Admin.Project,
		"type": "ec2", "blob": string(blob)}}).Want(201)
}

func TestTheListOfKeysIsAddressable(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	for i := range 26 {
		clock.Add(time.Second)
		b.importKey(fmt.Sprintf("KEY-%02d", i), "s")
	}
	gateway(env, "KEY-25", "s", clock.Now()).Want(200)
	for query, c := range map[string]struct{ has, lacks []string }{
		"":                        {[]string{"1 to 25 of 26", "KEY-00", "KEY-24", "Page 1 of 2"}, []string{"KEY-25"}},
		"page=2":                  {[]string{"26 to 26 of 26", "KEY-25", "Previous"}, []string{"KEY-00"}},
		"sort=created&order=desc": {[]string{"KEY-25"}, []string{"KEY-00"}},
		"sort=key&order=desc":     {[]string{"KEY-25"}, []string{"KEY-00"}},
		"sort=used&order=desc":    {[]string{"KEY-25"}, nil},
		"sort=expires&page=x":     {[]string{"1 to 25 of 26"}, nil},
		"q=key-07":                {[]string{"1 to 1 of 1", "KEY-07"}, []string{"KEY-08"}},
		"q=nothing":               {[]string{"Nothing found"}, []string{"KEY-"}},
		"unused=never":            {[]string{"1 to 25 of 25"}, []string{"KEY-25"}},
		"status=ended":            {[]string{"Nothing found"}, nil},
		"project=nobodys":         {[]string{"Nothing found"}, nil},
	} {
		b.get(keyList+"?"+query).want(200, c.has...).without(c.lacks...)
	}
	b.get(deleteKey).want(200, "Select the credentials to delete first")
	query := url.Values{"id": {idOf("KEY-00"), idOf("KEY-01"), idOf("KEY-00"), idOf("nobodys")}}
	b.get(deleteKey+"?"+query.Encode()).want(200, "Delete these 2 credentials?").without("confirm")
	b.do(b.request("POST", deleteKey, query)).redirected(keyList)
	b.get(keyList).want(200, "2 credentials were deleted", "1 to 24 of 24")
}

// A key that was made with an application credential shows it, and is as alive as that.
func TestAKeyMadeWithAnApplicationCredentialSaysSo(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	page := b.post(create, "name", "ci", "unrestricted", "1", "expiry", "30").want(201)
	token := login(env, page.id("credential-id"), page.id("credential-secret")).Want(201).Header.Get("X-Subject-Token")
	key := env.Do("POST", "/v3/users/"+string(env.Admin.User)+"/credentials/OS-EC2", token, map[string]any{"tenant_id": env.Admin.Project}).Want(201).Text("credential.access")
	b.get(keyList).want(200, key, "Made with ci", "Active")
	b.get(keyPage(key)).want(200, "Made with ci", "Active")
	clock.Add(20 * 24 * time.Hour)
	b.signIn().get(keyList+"?status=expiring").want(200, key, "Expires soon")
	clock.Add(20 * 24 * time.Hour)
	b.signIn().get(keyPage(key)).want(200, "Expired")
}

// Nobody reaches another one's keys, not even an administrator: the portal is about oneself.
func TestAnothersKeysAreNotThere(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	grant(env, env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"}))
	b := newBrowser(t, env).signInAs("bob", "bobs-Pass-1")
	access := b.makeKey().want(201).id("access-key")
	admin := newBrowser(t, env).signIn()
	admin.get(keyList).want(200).without(access)
	admin.get(keyPage(access)).want(404)
	admin.post(keyPage(access)).want(404)
	admin.post(deleteKey, "id", idOf(access)).redirected(keyList)
	env.Do("POST", "/v3/credentials", env.AdminToken(), map[string]any{"credential": map[string]any{"user_id": env.Admin.User, "type": "note", "blob": "of mine"}}).Want(201)
	note := env.Do("GET", "/v3/credentials?type=note", env.AdminToken(), nil).Want(200).Text("credentials.0.id")
	admin.get(keyList + "/" + note).want(404)
	admin.post(keyList + "/" + note).want(404).without("of mine")
	b.get(keyList).want(200, access)
}

func TestNoAccessKeyNorAddressIsEverCode(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	service := env.Create("/v3/services", "service", map[string]any{"name": "x", "type": `"><img src=x onerror=canary()>`})
	env.Do("POST", "/v3/regions", env.AdminToken(), map[string]any{"region": map[string]any{"id": "evil", "description": `<script>canary()</script>`}}).Want(201)
	for _, u := range []string{"javascript:canary()", `https://h/"><img src=x onerror=canary()>`} {
		env.Do("POST", "/v3/endpoints", env.AdminToken(), map[string]any{"endpoint": map[string]any{"service_id": service, "interface": "public", "region_id": "evil", "url": u}})
	}
	for _, access := range []string{`<script>canary()<`, `"><img`, `'onfocus='canary()`, "..", "create", "%2e?#", "&lt;script&gt;"} {
		b.importKey(access, `<script>canary()</script>`)
		for _, p := range []*shown{b.get(keyList), b.get(keyPage(access)).want(200, access), b.post(keyPage(access)).want(200, access), b.get(deleteKey+"?id="+idOf(access)).want(200, access),
			b.get(keyList + "?q=" + url.QueryEscape(access)), b.get(endpoints), b.get("/portal/compute/instance")} {
			if strings.Contains(p.Body, "<script>canary") || strings.Contains(p.Body, "<img") || strings.Contains(p.Body, "'onfocus='") || strings.Contains(p.Body, `href="javascript`) {
				t.Errorf("%s is code in %s", access, p.Body)
			}
		}
	}
}
