package v3_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// signed are the bodies of a key's requests signed at a time, of both versions, by the path that
// is asked about them; v3 and v2.0 are asked the same.
func (g *gate) signed(k keyPair, at time.Time) map[string][]body {
	g.t.Helper()
	s3 := []body{k.s3(at), k.s3v2(at.Format(httpDate))}
	ec2 := []body{k.ec2(g.t, at), k.ec2v2(at.Format(time.RFC3339))}
	return map[string][]body{s3Tokens: s3, ec2Tokens: ec2, "/v2.0/s3tokens": s3, "/v2.0/ec2tokens": ec2}
}

// changed is a body in which a member of the signature is another.
func changed(b body, member string, value any) body {
	for name, inner := range b {
		out := maps.Clone(inner.(body))
		out[member] = value
		return body{name: out}
	}
	return nil
}

// member is one of the signature in a body.
func member(b body, name string) any {
	for _, inner := range b {
		return inner.(body)[name]
	}
	return nil
}

// toAnotherHost is a body for another host, which version 4 has in a header.
func toAnotherHost(b body) body {
	const host = "elsewhere.example.com"
	if headers, has := member(b, "headers").(body); has {
		headers = maps.Clone(headers)
		headers["Host"] = host
		b = changed(b, "headers", headers)
	}
	return changed(b, "host", host)
}

// wantRefused says that bodies are answered 401, in words that do not tell why.
func (g *gate) wantRefused(path string, bad map[string]body) {
	g.t.Helper()
	for why, sent := range bad {
		r := g.Do("POST", path, g.gateway, sent)
		if r.Status != http.StatusUnauthorized || r.Text("error.message") != identity.MessageUnauthenticated {
			g.t.Errorf("%s, %s: %d %s", path, why, r.Status, r.Body)
		}
	}
}

// Forged and truncated signatures are refused, and those of another request or of another key:
// on every route, in both versions.
func TestOnlyTheWholeSignatureOfTheRequestCounts(t *testing.T) {
	g := startGate(t, servertest.Options{})
	now, other := g.clock.now(), g.newKey(g.ann, g.token, g.web)
	forged, theirs := g.signed(keyPair{g.key.access, "guessed"}, now), g.signed(other, now)
	for path, all := range g.signed(g.key, now) {
		for i, good := range all {
			g.Do("POST", path, g.gateway, good).Want(200)
			signature := member(good, "signature").(string)
			bad := map[string]body{
				"forged": forged[path][i], "nothing": changed(good, "signature", ""), "null": changed(good, "signature", nil), "a byte more": changed(good, "signature", signature+"0"),
				"the first byte": changed(good, "signature", signature[:1]), "half of it": changed(good, "signature", signature[:len(signature)/2]),
				"all but a byte": changed(good, "signature", signature[:len(signature)-1]), "without its first byte": changed(good, "signature", signature[1:]),
				"another key's": changed(good, "access", other.access), "this one's for another key": changed(theirs[path][i], "access", g.key.access),
			}
			if text, has := member(good, "token").(string); has {
				bad["of a truncated text"] = changed(good, "token", text[:len(text)/2])
				bad["of no text"] = changed(good, "token", "")
				bad["of another request"] = changed(good, "token", member(g.key.s3(now.Add(time.Second)), "token"))
			} else {
				bad["of another path"], bad["of another method"] = changed(good, "path", "/other"), changed(good, "verb", "DELETE")
				bad["of another host"] = toAnotherHost(good)
				bad["of another query"] = changed(good, "params", body{"Action": "DeleteAll"})
			}
			g.wantRefused(path, bad)
		}
	}
}

// A signature is good again within its time, as AWS's are, and refused when it is replayed later
// or was made too early. (A gateway cannot tell presigned requests of version 4, so that
// s3tokens has their limit for those that are late.)
func TestAReplayedOrFutureDatedSignatureIsRefused(t *testing.T) {
	g := startGate(t, servertest.Options{Config: func(c *config.Config) {
		c.EC2.ClockSkew.Duration, c.EC2.S3MaxAge.Duration = 10*time.Minute, 10*time.Minute
	}})
	caught := g.signed(g.key, g.clock.now())
	future := g.signed(g.key, g.clock.now().Add(10*time.Minute+time.Second))
	for path := range caught {
		for i := range caught[path] {
			g.wantRefused(path, map[string]body{"from the future": future[path][i]})
			g.Do("POST", path, g.gateway, caught[path][i]).Want(200)
			g.Do("POST", path, g.gateway, caught[path][i]).Want(200)
		}
	}
	g.clock.pass(10*time.Minute + time.Second)
	for path := range caught {
		for i := range caught[path] {
			g.wantRefused(path, map[string]body{"replayed": caught[path][i]})
			g.Do("POST", path, g.gateway, future[path][i]).Want(200) // its time has come
		}
	}
}

// A signature is good for the project of its key alone, whatever else its owner may do and
// whatever the request says.
func TestASignatureIsGoodForTheProjectOfItsKeyAlone(t *testing.T) {
	g := startGate(t, servertest.Options{})
	shop := g.project("shop", "default")
	g.put("projects", shop, "users", g.ann, "roles", g.role("member"))
	key := g.newKey(g.ann, g.login(g.ann, servertest.Project(shop)), shop)
	now := g.clock.now()
	others := g.signed(key, now)
	for path, all := range g.signed(g.key, now) {
		for i, good := range all {
			g.wantRefused(path, map[string]body{"the key of the other project": changed(good, "access", key.access), "the other project's": changed(others[path][i], "access", g.key.access)})
			said := changed(changed(good, "project_id", shop), "tenantId", shop)
			said["auth"] = body{"scope": servertest.Project(shop), "tenantId": shop}
			r := g.Do("POST", path, g.gateway, said).Want(200)
			if r.Get("token.project.id") != g.web && r.Get("access.token.tenant.id") != g.web {
				t.Errorf("%s: for another project: %s", path, r.Body)
			}
		}
	}
	token := g.ec2(g.key).Want(200).Header.Get("X-Subject-Token")
	g.Do("POST", "/v3/auth/tokens", "", exchange(token, servertest.Project(shop))).Want(403)
	g.del("projects", g.web, "users", g.ann, "roles", g.role("member"))
	g.refuses("no role on its project, but on another", g.key, 401)
	g.works(key)
}
