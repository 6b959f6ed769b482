package v3_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT"

// G16: a gateway learns whose a signature is: user, project and roles of the key, in the body
// of a token, without a token.
func TestAGatewayLearnsWhoseASignatureIs(t *testing.T) {
	g := startGate(t, servertest.Options{})
	now := g.clock.now()
	v4 := g.key.s3(now)["credentials"].(body)
	standard := body{"access": g.key.access, "signature": v4["signature"], "token": strings.NewReplacer("-", "+", "_", "/").Replace(v4["token"].(string))}
	for name, sent := range map[string]body{
		"version 4": g.key.s3(now), "the name credential": {"credential": v4}, "the name ec2Credentials": {"ec2Credentials": v4},
		"the first name that is there": {"credentials": nil, "credential": v4, "ec2Credentials": body{"access": "other"}},
		"standard base64":              {"credentials": standard}, "version 2": g.key.s3v2(now.Format(httpDate)), "version 2, presigned": g.key.s3v2(fmt.Sprint(now.Add(time.Hour).Unix())),
	} {
		r := g.Do("POST", s3Tokens, g.gateway, sent)
		if r.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", name, r.Status, r.Body)
		}
		if _, there := r.Header["X-Subject-Token"]; there {
			t.Errorf("%s: the gateway gets a token", name)
		}
		for path, want := range map[string]any{"token.user.id": g.ann, "token.user.domain.id": "default", "token.project.id": g.web, "token.project.domain.id": "default",
			"token.methods": []any{"ec2credential"}, "token.expires_at": "2030-01-01T16:00:00.000000Z", "token.is_domain": false} {
			if diff := cmp.Diff(want, r.Get(path)); diff != "" {
				t.Errorf("%s: %s: %s", name, path, diff)
			}
		}
		if roleNames(r, "token.roles") != "member reader" || r.Get("token.catalog") == nil {
			t.Errorf("%s: %s", name, r.Body)
		}
	}
	for _, secret := range []string{g.key.secret, v4["signature"].(string), v4["token"].(string)} {
		if strings.Contains(g.Log(), secret) {
			t.Error("a secret is logged")
		}
	}
}

func TestAServiceGetsATokenForASignature(t *testing.T) {
	g := startGate(t, servertest.Options{Config: func(c *config.Config) { c.Token.EC2Credential.Duration = time.Hour }})
	now := g.clock.now()
	for name, sent := range map[string]body{"version 4": g.key.ec2(t, now), "version 2": g.key.ec2v2(now.Format(time.RFC3339))} {
		r := g.Do("POST", ec2Tokens, g.gateway, sent)
		if r.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", name, r.Status, r.Body)
		}
		token := r.Header.Get("X-Subject-Token")
		seen := g.validate(token).Want(200)
		for _, path := range []string{"token.user", "token.project", "token.roles", "token.methods", "token.audit_ids", "token.expires_at", "token.issued_at"} {
			if diff := cmp.Diff(r.Get(path), seen.Get(path)); diff != "" {
				t.Errorf("%s: %s: validated later: %s", name, path, diff)
			}
		}
		g.alive(token, "member reader")
	}
	token := g.ec2(g.key).Want(200).Header.Get("X-Subject-Token")
	g.clock.pass(time.Hour - time.Second)
	g.alive(token, "member reader")
	g.clock.pass(time.Second)
	g.validate(token).Want(404)
}

// G21: a key does not end with time, nor with its owner's password.
func TestAKeyLastsUntilItIsRevoked(t *testing.T) {
	g := startGate(t, servertest.Options{})
	g.Do("PATCH", "/v3/users/"+g.ann, g.admin, body{"user": body{"password": "another-Pass-1"}}).Want(200)
	g.works(g.key)
	g.clock.pass(10 * 365 * 24 * time.Hour)
	swift := g.Do("GET", "/v3/users?name=swift", g.AdminToken(), nil).Want(200).Text("users.0.id")
	services := g.Do("GET", "/v3/projects?name=service", g.AdminToken(), nil).Want(200).Text("projects.0.id")
	g.gateway = g.login(swift, servertest.Project(services))
	g.works(g.key)
}

// CVE-2025-65073: whoever sees a signature, as in a presigned URL, gets nothing for it. Only
// services and administrators may ask, and others learn not even which keys there are.
func TestCVE_2025_65073_OnlyServicesAskAboutSignatures(t *testing.T) {
	g := startGate(t, servertest.Options{})
	now, unknown := g.clock.now(), keyPair{"unknown", "x"}
	reader := g.user("reader", "default")
	g.put("projects", g.web, "users", reader, "roles", g.role("reader"))
	s3, ec2 := []body{g.key.s3(now), unknown.s3(now), {"credentials": body{}}}, []body{g.key.ec2(t, now), unknown.ec2(t, now), {"credentials": body{}}}
	for path, sent := range map[string][]body{s3Tokens: s3, ec2Tokens: ec2, "/v2.0/s3tokens": s3, "/v2.0/ec2tokens": ec2} {
		for token, want := range map[string]int{"": 401, "rubbish": 401, g.token: 403, g.login(reader, servertest.Project(g.web)): 403, g.login(g.ann, nil): 403} {
			for _, b := range sent {
				if r := g.Do("POST", path, token, b); r.Status != want {
					t.Errorf("%s: %d, want %d: %s", path, r.Status, want, r.Body)
				}
			}
		}
		for _, token := range []string{g.gateway, g.admin, g.SystemToken()} {
			g.Do("POST", path, token, sent[0]).Want(200)
		}
	}
}

func TestWhatCannotBeASignature(t *testing.T) {
	g := startGate(t, servertest.Options{})
	now := g.clock.now()
	for path, good := range map[string]body{s3Tokens: g.key.s3(now), ec2Tokens: g.key.ec2(t, now)} {
		g.Do("POST", path, g.gateway, good).Want(200)
		g.Do("GET", path, g.gateway, nil).Want(405)
		g.Do("POST", path, g.gateway, "").Want(400)
		g.Do("POST", path, g.gateway, body{}).Want(400)
		g.Do("POST", path, g.gateway, changed(good, "access", 7)).Want(400)
		g.wantRefused(path, map[string]body{"nothing": {"credentials": body{}}, "no access key": changed(good, "access", "")})
		if got := g.Do("POST", path, g.gateway, changed(good, "access", "unknown")).Want(404).Text("error.message"); got != "EC2 access key not found." {
			t.Errorf("%s: an unknown key: %q", path, got)
		}
	}
	seed := g.Do("POST", "/v3/credentials", g.admin, body{"credential": body{"type": "cert", "user_id": g.ann, "blob": pair("AK", "s")}}).Want(201).Text("credential.id")
	g.Do("POST", s3Tokens, g.gateway, keyPair{seed, "s"}.s3(now)).Want(404)
}

// CVE-2020-12692: a signature is good for a while around its time. A presigned URL is used late,
// and a gateway does not say that it is one: s3tokens takes seven days.
func TestCVE_2020_12692_ASignatureIsGoodForAWhile(t *testing.T) {
	g := startGate(t, servertest.Options{Config: func(c *config.Config) { c.EC2.ClockSkew.Duration = 10 * time.Minute }})
	now := g.clock.now()
	const day = 24 * time.Hour
	for off, want := range map[time.Duration][3]int{0: {200, 200, 200}, 10 * time.Minute: {200, 200, 200}, 11 * time.Minute: {401, 401, 401},
		-10 * time.Minute: {200, 200, 200}, -11 * time.Minute: {401, 401, 200}, -7 * day: {401, 401, 200}, -8 * day: {401, 401, 401}} {
		at := now.Add(off)
		for i, r := range []*servertest.Response{g.Do("POST", ec2Tokens, g.gateway, g.key.ec2(t, at)), g.Do("POST", s3Tokens, g.gateway, g.key.s3v2(at.Format(httpDate))),
			g.Do("POST", s3Tokens, g.gateway, g.key.s3(at))} {
			if r.Status != want[i] {
				t.Errorf("signed %v from now, %d: %d, want %d", off, i, r.Status, want[i])
			}
		}
	}
	g.Do("POST", ec2Tokens, g.gateway, g.key.ec2v2("")).Want(401)
	g.Do("POST", s3Tokens, g.gateway, g.key.s3v2("")).Want(401)
	g.Do("POST", s3Tokens, g.gateway, g.key.s3v2(fmt.Sprint(now.Add(-time.Hour).Unix()))).Want(401)
}

// OSSA-2012-018 and OSSA-2013-005: a key is as dead as its owner, its project and their
// domains, and comes back with them.
func TestAKeyIsAsAliveAsItsOwnerAndItsProject(t *testing.T) {
	g := startGate(t, servertest.Options{Config: func(c *config.Config) { c.Identity.ExpireOnAccessLoss = false }})
	home, land := g.domain("home"), g.domain("land")
	web, ann := g.project("site", land), g.user("ann", home)
	member := g.role("member")
	g.put("projects", web, "users", ann, "roles", member)
	key := g.newKey(ann, g.login(ann, servertest.Project(web)), web)
	enable := func(noun, id string, on bool) {
		g.Do("PATCH", "/v3/"+noun+"s/"+id, g.admin, body{noun: body{"enabled": on}}).Want(200)
	}
	for noun, ids := range map[string][]string{"user": {ann}, "project": {web}, "domain": {home, land}} {
		for _, id := range ids {
			g.works(key)
			enable(noun, id, false)
			g.refuses("disabled "+noun, key, 401)
			enable(noun, id, true)
		}
	}
	g.del("projects", web, "users", ann, "roles", member)
	g.refuses("no role", key, 401)
	g.put("projects", web, "users", ann, "roles", g.role("reader"))
	if got := roleNames(g.s3(key).Want(200), "token.roles"); got != "reader" {
		t.Errorf("roles %q", got)
	}
	second := g.newKey(ann, g.admin, web)
	g.Do("DELETE", "/v3/users/"+ann+"/credentials/OS-EC2/"+second.access, g.admin, nil).Want(204)
	g.refuses("deleted", second, 404)
	g.works(key)
	g.del("users", ann)
	g.refuses("owner deleted", key, 404)
	g.works(g.key)
	g.del("projects", g.web)
	g.refuses("project deleted", g.key, 404)
}

// X05: a token got with a key dies with it, and with its secret; those of other keys live.
func TestTokensOfAKeyDieWithIt(t *testing.T) {
	g := startGate(t, servertest.Options{})
	other := g.newKey(g.ann, g.token, g.web)
	token := func(k keyPair) string { return g.ec2(k).Want(200).Header.Get("X-Subject-Token") }
	first, second := token(g.key), token(other)
	renewed := keyPair{g.key.access, "a new secret"}
	g.Do("PATCH", g.credential(g.key), g.token, body{"credential": body{"blob": pair(renewed.access, renewed.secret)}}).Want(200)
	g.validate(first).Want(404)
	g.refuses("the old secret", g.key, 401)
	first = token(renewed)
	g.alive(first, "member reader")
	g.del("users", g.ann, "credentials", "OS-EC2", g.key.access)
	g.validate(first).Want(404)
	g.alive(second, "member reader")
	third := token(other)
	g.Do("DELETE", g.credential(other), g.token, nil).Want(204)
	g.validate(second).Want(404)
	g.validate(third).Want(404)
	g.alive(g.token, "member reader")
}

// N19, X05: the last role on the project ends the keys for it for good; others live on.
func TestLosingTheLastRoleEndsEC2KeysForGood(t *testing.T) {
	for _, expire := range []bool{true, false} {
		g := startGate(t, servertest.Options{Config: func(c *config.Config) { c.Identity.ExpireOnAccessLoss = expire }})
		other := g.project("other", "default")
		g.put("projects", other, "users", g.ann, "roles", g.role("member"))
		elsewhere := g.newKey(g.ann, g.login(g.ann, servertest.Project(other)), other)
		g.works(g.key)
		g.del("projects", g.web, "users", g.ann, "roles", g.role("member"))
		g.refuses("no role", g.key, 401)
		g.put("projects", g.web, "users", g.ann, "roles", g.role("member"))
		if expire {
			g.refuses("a role again", g.key, 401)
		} else {
			g.works(g.key)
		}
		g.Do("GET", "/v3/users/"+g.ann+"/credentials/OS-EC2/"+g.key.access, g.admin, nil).Want(200)
		g.works(elsewhere)
		g.works(g.newKey(g.ann, g.login(g.ann, servertest.Project(g.web)), g.web))
	}
}

// CVE-2026-80182 and Keystone's 910ebab06: a key's token cannot be exchanged, and does nothing
// with identity but being asked about.
func TestCVE_2026_80182_ATokenOfAKeyIsForOtherServices(t *testing.T) {
	g := startGate(t, servertest.Options{})
	token := g.ec2(g.key).Want(200).Header.Get("X-Subject-Token")
	g.Do("POST", "/v3/auth/tokens", "", exchange(token, nil)).Want(403)
	g.Do("POST", "/v3/auth/tokens", "", exchange(token, servertest.Project(g.web))).Want(403)
	for _, path := range []string{"/v3/users/" + g.ann, "/v3/users/" + g.ann + "/credentials/OS-EC2", "/v3/credentials", "/v3/projects/" + g.web} {
		g.Do("GET", path, token, nil).Want(403)
	}
	g.Do("POST", s3Tokens, token, g.key.s3(g.clock.now())).Want(403)
	g.Do("GET", "/v3/auth/tokens", token, nil, "X-Subject-Token", token).Want(200)
	g.Do("DELETE", "/v3/auth/tokens", token, nil, "X-Subject-Token", token).Want(204)
	g.validate(token).Want(404)
}

// An account's limit counts wrong signatures, never the good ones of a busy gateway.
func TestOnlyWrongSignaturesCountAgainstALimit(t *testing.T) {
	g := startGate(t, servertest.Options{Config: func(c *config.Config) {
		c.RateLimit.Account = config.Rate{Count: 3, Per: time.Minute}
		c.RateLimit.Address = config.Rate{Count: 10, Per: time.Minute}
	}})
	for range 20 {
		g.s3(g.key).Want(200)
	}
	wrong := keyPair{g.key.access, "guessed"}
	for range 3 {
		g.s3(wrong).Want(401)
	}
	g.refuses("too many wrong ones", g.key, 429)
	g.clock.pass(20 * time.Second)
	g.works(g.key)
}

// A gateway's hot path is the model alone: it works while the database is away.
func TestASignatureCostsNoLookUpInTheDatabase(t *testing.T) {
	g := startGate(t, servertest.Options{})
	if err := g.Core.Store.Close(); err != nil {
		t.Fatal(err)
	}
	g.works(g.key)
	g.refuses("a wrong secret", keyPair{g.key.access, "wrong"}, 401)
}
