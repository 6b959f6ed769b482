package v3_test

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/credentials"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
)

const allCredentials = "/v3/credentials"

// keep asks for a credential of a user; more are further members of the body.
func (l *lender) keep(token, user, typ, blob string, more body) *servertest.Response {
	l.t.Helper()
	spec := body{"user_id": user, "type": typ, "blob": blob}
	for k, v := range more {
		spec[k] = v
	}
	return l.Do("POST", allCredentials, token, body{"credential": spec})
}

// patch asks to change members of a credential.
func (l *lender) patch(token, id string, members body) *servertest.Response {
	l.t.Helper()
	return l.Do("PATCH", allCredentials+"/"+id, token, body{"credential": members})
}

// listed are the ids of a list of credentials.
func (l *lender) listed(token, query string) (ids []string) {
	l.t.Helper()
	for _, c := range l.Do("GET", allCredentials+query, token, nil).Want(200).Get("credentials").([]any) {
		ids = append(ids, c.(body)["id"].(string))
	}
	return ids
}

// pair is the blob of an EC2 key.
func pair(access, secret string) string {
	return `{"access": "` + access + `", "secret": "` + secret + `"}`
}

func TestACredentialOfAnyTypeLooksAsKeystonesAndItsBlobIsSealed(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	for typ, blob := range map[string]string{"cert": "-----BEGIN CERTIFICATE-----", "totp": totpSeed, "note to self": "so deep \u00e9 \U0001F511 it is", "empty": ""} {
		r := l.keep(alice, l.alice, typ, blob, body{"label": body{"en": "mine"}, "id": "chosen", "project_id": l.red}).Want(201)
		id := r.Text("credential.id")
		for path, want := range map[string]any{"type": typ, "blob": blob, "user_id": l.alice, "project_id": l.red, "label.en": "mine",
			"links.self": l.URL + allCredentials + "/" + id} {
			if got := r.Get("credential." + path); got != want {
				t.Errorf("%s: %s is %v, want %v", typ, path, got, want)
			}
		}
		if id == "chosen" || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v %s", typ, r.Header, r.Body)
		}
		again := l.Do("GET", allCredentials+"/"+id, alice, nil).Want(200)
		if diff := cmp.Diff(r.Get("credential"), again.Get("credential")); diff != "" {
			t.Errorf("%s read again: %s", typ, diff)
		}
		if blob != "" {
			neverKept(l.t, l.Env, blob)
		}
	}
	bare := l.keep(alice, l.alice, "cert", "x", nil).Want(201)
	if !bytes.Contains(bare.Body, []byte(`"project_id":null`)) {
		t.Errorf("without a project: %s", bare.Body)
	}
}

func TestWhatCannotBeACredentialIsRefused(t *testing.T) {
	l := startLender(t, servertest.Options{})
	admin := l.AdminToken()
	fine := func(more body) body {
		spec := body{"user_id": l.alice, "type": "ec2", "blob": pair("AK", "sk"), "project_id": l.red}
		for k, v := range more {
			spec[k] = v
			if v == nil {
				delete(spec, k)
			}
		}
		return spec
	}
	for name, change := range map[string]body{
		"no type": {"type": nil}, "a blank type": {"type": " "}, "no user": {"user_id": nil}, "no blob": {"blob": nil}, "a blob that is no text": {"blob": body{"access": "AK"}},
		"a key without a project": {"project_id": nil}, "a key that is no JSON": {"blob": "AK"}, "a key that is a list": {"blob": "[]"},
		"a key without an access key": {"blob": `{"secret": "s"}`}, "a key without a secret": {"blob": `{"access": "AK"}`}, "a key with an empty secret": {"blob": pair("AK", "")},
		"an access key that no path can name": {"blob": pair("A/K", "s")}, "an access key that no log can show": {"blob": pair("A K", "s")},
		"an access key without an end": {"blob": pair(strings.Repeat("A", 256), "s")}, "two access keys": {"blob": `{"access": "a", "access": "b", "secret": "s"}`},
		"a seed that is not base32": {"type": "totp", "blob": "0189"}, "a seed of 80 bits": {"type": "totp", "blob": "GEZDGNBVGY3TQOJQ"},
	} {
		r := l.Do("POST", allCredentials, admin, body{"credential": fine(change)})
		if r.Status != 400 {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
		if blob, _ := change["blob"].(string); len(blob) > 3 && bytes.Contains(r.Body, []byte(blob)) {
			t.Errorf("%s: the blob is quoted: %s", name, r.Body)
		}
	}
	l.Do("POST", allCredentials, admin, body{}).Want(400)
	l.Do("POST", allCredentials, admin, body{"credential": fine(body{"user_id": "nobody"})}).Want(404)
	l.Do("POST", allCredentials, admin, body{"credential": fine(body{"project_id": "nowhere"})}).Want(404)
	l.Do("POST", allCredentials, "", body{"credential": fine(nil)}).Want(401)
	l.Do("POST", allCredentials, l.token(l.bob, l.red), body{"credential": fine(nil)}).Want(403)
	l.Do("POST", allCredentials, admin, body{"credential": fine(body{"blob": pair("AK", strings.Repeat("s", 120_000))})}).Want(413)
}

func TestACredentialThatIsNotThere(t *testing.T) {
	l := startLender(t, servertest.Options{})
	path := allCredentials + "/nothing"
	for token, want := range map[string]int{l.AdminToken(): 404, l.token(l.alice, l.red): 403, "": 401} {
		l.Do("GET", path, token, nil).Want(want)
		l.Do("PATCH", path, token, body{"credential": body{"blob": "x"}}).Want(want)
		l.Do("DELETE", path, token, nil).Want(want)
	}
	if got := l.Do("GET", path, l.AdminToken(), nil).Text("error.message"); got != "Could not find credential: nothing." {
		t.Errorf("says %q", got)
	}
}

func TestCVE_2019_19687_NobodyListsTheSecretsOfOthers(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice, bob, admin := l.token(l.alice, l.red), l.token(l.bob, l.red), l.AdminToken()
	mine := l.keep(alice, l.alice, "cert", "alices blob", nil).Want(201).Text("credential.id")
	key := l.key(alice, l.red).Want(201).Text("credential.access")
	theirs := l.keep(admin, l.bob, "cert", "bobs blob", nil).Want(201).Text("credential.id")
	ec2 := string(identity.EC2CredentialID(key))
	both, all := []string{mine, ec2}, []string{mine, ec2, theirs}
	slices.Sort(both)
	slices.Sort(all)
	for _, c := range []struct {
		who, token, query string
		want              []string
	}{
		{"alice", alice, "", both}, {"alice", alice, "?type=ec2", []string{ec2}}, {"alice", alice, "?user_id=" + l.bob, nil},
		{"alice", alice, "?user_id=" + l.alice + "&type=cert", []string{mine}}, {"alice", alice, "?type=nothing", nil},
		{"bob", bob, "", []string{theirs}}, {"bob", bob, "?user_id=" + l.alice, nil}, {"bob", bob, "?type=ec2", nil},
		{"the administrator", admin, "", all}, {"the administrator", admin, "?user_id=" + l.bob, []string{theirs}},
		{"a system reader", l.SystemToken(), "", all},
	} {
		if got := l.listed(c.token, c.query); !slices.Equal(got, c.want) {
			t.Errorf("%s, %q: %v, want %v", c.who, c.query, got, c.want)
		}
	}
	l.Do("GET", allCredentials, "", nil).Want(401)
	l.Do("GET", allCredentials+"/"+mine, bob, nil).Want(403)
	l.Do("DELETE", allCredentials+"/"+mine, bob, nil).Want(403)
	l.patch(bob, mine, body{"blob": "mine now"}).Want(403)
}

// A blob that does not open fails the list of whoever may see it, and of nobody else: it was
// not even tried.
func TestListingOpensOnlyWhatIsShown(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice, admin := l.token(l.alice, l.red), l.AdminToken()
	l.keep(alice, l.alice, "cert", "x", nil).Want(201)
	theirs := l.keep(admin, l.bob, "cert", "y", nil).Want(201).Text("credential.id")
	broken := *l.Core.Live.Current().Credential(identity.CredentialID(theirs))
	broken.Sealed = []byte("nobody sealed this")
	if _, err := l.Core.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateCredential(t.Context(), &broken) }); err != nil {
		t.Fatal(err)
	}
	l.Do("GET", allCredentials, alice, nil).Want(200)
	l.Do("GET", allCredentials, admin, nil).Want(500)
}

func TestAnEC2KeyIsTheSameInBothViews(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	made := l.keep(alice, l.alice, "EC2", pair("AKIA1", "my secret"), body{"project_id": l.red}).Want(201)
	if made.Text("credential.type") != "ec2" || made.Text("credential.id") != string(identity.EC2CredentialID("AKIA1")) {
		t.Errorf("made %s", made.Body)
	}
	shown := l.Do("GET", l.keys+"/AKIA1", alice, nil).Want(200)
	for path, want := range map[string]any{"access": "AKIA1", "secret": "my secret", "user_id": l.alice, "tenant_id": l.red, "trust_id": nil} {
		if got := shown.Get("credential." + path); got != want {
			t.Errorf("as a key %s is %v, want %v", path, got, want)
		}
	}
	if got := l.Do("GET", l.keys, alice, nil).Want(200).Get("credentials.0.secret"); got != "my secret" {
		t.Errorf("listed with the secret %v", got)
	}
	other := l.key(alice, l.red).Want(201)
	access := other.Text("credential.access")
	back := l.Do("GET", allCredentials+"/"+string(identity.EC2CredentialID(access)), alice, nil).Want(200)
	var blob map[string]any
	if err := json.Unmarshal([]byte(back.Text("credential.blob")), &blob); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"access": access, "secret": other.Text("credential.secret"), "trust_id": nil}, blob); diff != "" {
		t.Errorf("as a credential: %s", diff)
	}
	for _, user := range []string{l.alice, l.bob} {
		r := l.keep(l.AdminToken(), user, "ec2", pair(access, "another"), body{"project_id": l.red}).Want(409)
		if !strings.HasPrefix(r.Text("error.message"), "Conflict occurred attempting to store credential - Duplicate entry found with ID ") {
			t.Errorf("says %s", r.Body)
		}
	}
	l.Do("DELETE", l.keys+"/AKIA1", alice, nil).Want(204)
	l.Do("GET", allCredentials+"/"+made.Text("credential.id"), l.AdminToken(), nil).Want(404)
	l.Do("DELETE", allCredentials+"/"+string(identity.EC2CredentialID(access)), alice, nil).Want(204)
	l.Do("GET", l.keys+"/"+access, alice, nil).Want(404)
}

// An administrator moves a key to another project and gives it another access key, by which it
// is then found, and which no other can have; its id stays.
func TestAnAdministratorMovesAKey(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice, admin := l.token(l.alice, l.red), l.AdminToken()
	id := l.keep(alice, l.alice, "ec2", pair("AK", "old"), body{"project_id": l.red}).Want(201).Text("credential.id")
	l.keep(alice, l.alice, "ec2", pair("TAKEN", "x"), body{"project_id": l.red}).Want(201)
	l.patch(admin, id, body{"blob": pair("TAKEN", "new")}).Want(409)
	l.patch(admin, id, body{"blob": pair("AK", "new"), "project_id": "nowhere"}).Want(404)
	r := l.patch(admin, id, body{"blob": pair("AK2", "new"), "project_id": l.blue, "type": "ec2"}).Want(200)
	if r.Text("credential.id") != id || r.Text("credential.project_id") != l.blue {
		t.Errorf("moved to %s", r.Body)
	}
	l.Do("GET", l.keys+"/AK", alice, nil).Want(404)
	if got := l.Do("GET", l.keys+"/AK2", alice, nil).Want(200).Text("credential.secret"); got != "new" {
		t.Errorf("the secret is %q", got)
	}
	l.keep(alice, l.alice, "ec2", pair("AK2", "another"), body{"project_id": l.red}).Want(409)
	l.Do("DELETE", l.keys+"/AK2", alice, nil).Want(204)
	l.Do("GET", allCredentials+"/"+id, admin, nil).Want(404)
	l.keep(alice, l.alice, "ec2", pair("AK2", "another"), body{"project_id": l.red}).Want(201)
}

func TestCVE_2020_12689_APatchChangesTheBlobAndNothingElse(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice, admin := l.token(l.alice, l.red), l.AdminToken()
	id := l.keep(alice, l.alice, "ec2", pair("AK", "old"), body{"project_id": l.red, "label": "kept"}).Want(201).Text("credential.id")
	for name, members := range map[string]body{"project_id": {"project_id": l.blue}, "no project_id": {"project_id": nil}, "type": {"type": "cert"}, "label": {"label": "new"},
		"id": {"id": "other"}, "access": {"blob": pair("AK2", "new")}, "no blob": {"blob": nil}} {
		if _, given := members["blob"]; !given {
			members["blob"] = pair("AK", "new")
		}
		for who, token := range map[string]string{"alice": alice, "the administrator": admin} {
			if token == admin && (name == "project_id" || name == "access") {
				continue // TestAnAdministratorMovesAKey
			}
			if r := l.patch(token, id, members); r.Status != 400 {
				t.Errorf("%s changes %s: %d %s", who, name, r.Status, r.Body)
			}
		}
	}
	l.patch(alice, id, body{"blob": pair("AK", "new"), "user_id": l.bob}).Want(403)
	l.patch(admin, id, body{"blob": pair("AK", "new"), "user_id": l.bob}).Want(400)
	l.patch(admin, id, body{"blob": pair("AK", "new"), "user_id": nil}).Want(400)
	if got := l.Do("GET", l.keys+"/AK", alice, nil).Want(200).Text("credential.secret"); got != "old" {
		t.Fatalf("after nothing but refusals the secret is %q", got)
	}
	// What stays as it is may be said: the openstack client says it all.
	r := l.patch(alice, id, body{"blob": pair("AK", "new"), "user_id": l.alice, "project_id": l.red, "type": "ec2", "id": id}).Want(200)
	if r.Get("credential.blob") != pair("AK", "new") || r.Get("credential.label") != "kept" || r.Get("credential.id") != id {
		t.Errorf("changed to %s", r.Body)
	}
	if got := l.Do("GET", l.keys+"/AK", alice, nil).Want(200).Text("credential.secret"); got != "new" {
		t.Errorf("the secret is %q", got)
	}
	neverKept(l.t, l.Env, "new secret")
}

func TestCVE_2020_12691_TheDelegationOfAKeyIsTheServersToSet(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	for _, stamp := range []string{"trust_id", "app_cred_id", "access_token_id", "access_id"} {
		blob := `{"access": "AK-` + stamp + `", "secret": "s", "` + stamp + `": `
		l.keep(alice, l.alice, "ec2", blob+`"mine"}`, body{"project_id": l.red}).Want(400)
		id := l.keep(alice, l.alice, "ec2", blob+"null}", body{"project_id": l.red}).Want(201).Text("credential.id")
		if got := l.patch(alice, id, body{"blob": blob + `"mine"}`}).Want(400).Text("error.message"); got != stamp+" can not be updated for credential" {
			t.Errorf("says %q", got)
		}
	}
	app, borrowed := l.borrow(alice, "unrestricted", body{"unrestricted": true})
	access := l.key(borrowed, l.red).Want(201).Text("credential.access")
	id := string(identity.EC2CredentialID(access))
	if blob := l.Do("GET", allCredentials+"/"+id, alice, nil).Want(200).Text("credential.blob"); !strings.Contains(blob, `"app_cred_id":"`+app+`"`) {
		t.Fatalf("the key is not stamped: %s", blob)
	}
	stamped := func(with string) string {
		return `{"access": "` + access + `", "secret": "new", "app_cred_id": ` + with + `}`
	}
	for _, blob := range []string{pair(access, "new"), stamped("null"), stamped(`"another"`)} {
		l.patch(alice, id, body{"blob": blob}).Want(400)
	}
	l.patch(alice, id, body{"blob": stamped(`"` + app + `"`)}).Want(200)
	cred := l.Core.Live.Current().Credential(identity.CredentialID(id))
	if string(cred.ApplicationCredentialID) != app {
		t.Errorf("the key is %q's now", cred.ApplicationCredentialID)
	}
}

// Keystone lets no delegated token near a credential since 2026, its own project's or not.
func TestCVE_2026_33551_AndCVE_2026_90460_ADelegatedTokenHasNoCredentials(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	inRed := l.keep(alice, l.alice, "ec2", pair("AK", "s"), body{"project_id": l.red}).Want(201).Text("credential.id")
	seed := l.keep(alice, l.alice, "totp", totpSeed, nil).Want(201).Text("credential.id")
	for name, more := range map[string]body{"restricted": nil, "unrestricted": {"unrestricted": true}} {
		_, token := l.borrow(alice, name, more)
		for _, id := range []string{inRed, seed} {
			l.Do("GET", allCredentials+"/"+id, token, nil).Want(403)
			l.patch(token, id, body{"blob": pair("AK", "new")}).Want(403)
			l.Do("DELETE", allCredentials+"/"+id, token, nil).Want(403)
		}
		l.keep(token, l.alice, "ec2", pair("AK2", "s"), body{"project_id": l.red}).Want(403)
		l.keep(token, l.alice, "totp", totpSeed, nil).Want(403)
		if got := l.listed(token, ""); got != nil {
			t.Errorf("%s: %v are listed", name, got)
		}
	}
}

func TestCVE_2026_42999_NothingInTheRequestWidensRights(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice, bob := l.token(l.alice, l.red), l.token(l.bob, l.red)
	id := l.keep(alice, l.alice, "cert", "x", nil).Want(201).Text("credential.id")
	claims := body{"user_id": l.bob, "target": body{"credential": body{"user_id": l.bob}}, "target.credential.user_id": l.bob}
	query := "?user_id=" + l.bob + "&target.credential.user_id=" + l.bob + "&credential.user_id=" + l.bob
	l.Do("GET", allCredentials+"/"+id+query, bob, nil).Want(403)
	l.Do("DELETE", allCredentials+"/"+id+query, bob, claims).Want(403)
	l.Do("PATCH", allCredentials+"/"+id+query, bob, body{"credential": body{"blob": "y", "user_id": l.bob}, "target": claims["target"], "user_id": l.bob}).Want(403)
	l.Do("POST", allCredentials+query, bob, body{"credential": body{"user_id": l.alice, "type": "cert", "blob": "x", "target": claims["target"]},
		"target": claims["target"], "user_id": l.bob}).Want(403)
	if got := l.Do("GET", allCredentials+"/"+id, alice, nil).Want(200).Get("credential.blob"); got != "x" {
		t.Errorf("the blob is %v", got)
	}
}

func TestTheNumberOfCredentialsOfAUserCanBeLimited(t *testing.T) {
	l := startLender(t, servertest.Options{Config: func(c *config.Config) { c.Credential.UserLimit, c.EC2.MaxPerUserProject = 3, 1 }})
	alice := l.token(l.alice, l.red)
	full := func(r *servertest.Response, most string) {
		t.Helper()
		if got := r.Want(403).Text("error.message"); got != "Unable to create additional credentials, maximum of "+most+" already exceeded for user." {
			t.Errorf("the limit says %q", got)
		}
	}
	l.key(alice, l.red).Want(201)
	full(l.keep(alice, l.alice, "ec2", pair("AK", "s"), body{"project_id": l.red}), "1")
	l.keep(alice, l.alice, "ec2", pair("AK", "s"), body{"project_id": l.blue}).Want(201)
	full(l.key(alice, l.blue), "1")
	l.keep(alice, l.alice, "cert", "x", nil).Want(201)
	full(l.keep(alice, l.alice, "cert", "y", nil), "3")
	full(l.keep(l.AdminToken(), l.alice, "cert", "y", nil), "3")
	full(l.key(alice, l.blue), "3")
	l.keep(l.AdminToken(), l.bob, "cert", "y", nil).Want(201)
}

func TestCredentialsGoWithTheirUserAndTheirProject(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice, admin := l.token(l.alice, l.red), l.AdminToken()
	inRed := l.keep(alice, l.alice, "cert", "x", body{"project_id": l.red}).Want(201).Text("credential.id")
	anywhere := l.keep(alice, l.alice, "cert", "x", nil).Want(201).Text("credential.id")
	l.Do("DELETE", "/v3/projects/"+l.red, admin, nil).Want(204)
	l.Do("GET", allCredentials+"/"+inRed, admin, nil).Want(404)
	l.Do("GET", allCredentials+"/"+anywhere, admin, nil).Want(200)
	l.Do("DELETE", "/v3/users/"+l.alice, admin, nil).Want(204)
	l.Do("GET", allCredentials+"/"+anywhere, admin, nil).Want(404)
}

func TestGophercloudKeepsCredentials(t *testing.T) {
	l := startLender(t, servertest.Options{})
	ctx := context.Background()
	client := &gophercloud.ServiceClient{ProviderClient: &gophercloud.ProviderClient{TokenID: l.token(l.alice, l.red), HTTPClient: *http.DefaultClient}, Endpoint: l.URL + "/v3/"}
	made, err := credentials.Create(ctx, client, credentials.CreateOpts{Type: "ec2", Blob: pair("AK", "old"), UserID: l.alice, ProjectID: l.red}).Extract()
	if err != nil {
		t.Fatal(err)
	}
	changed, err := credentials.Update(ctx, client, made.ID, credentials.UpdateOpts{Type: "ec2", Blob: pair("AK", "new"), UserID: l.alice, ProjectID: l.red}).Extract()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := credentials.List(client, credentials.ListOpts{UserID: l.alice}).AllPages(ctx)
	if err != nil {
		t.Fatal(err)
	}
	all, err := credentials.ExtractCredentials(pages)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]credentials.Credential{*changed}, all); diff != "" || all[0].Blob != pair("AK", "new") {
		t.Errorf("listed %+v: %s", all, diff)
	}
	if err := credentials.Delete(ctx, client, made.ID).ExtractErr(); err != nil {
		t.Fatal(err)
	}
	if _, err := credentials.Get(ctx, client, made.ID).Extract(); !gophercloud.ResponseCodeIs(err, 403) {
		t.Errorf("read again: %v", err)
	}
}
