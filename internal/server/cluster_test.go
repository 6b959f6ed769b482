package server_test

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store/storetest"
)

// nodes starts n servers on one PostgreSQL database; nil where there is no PostgreSQL.
func nodes(t *testing.T, n int, change func(*config.Config)) []*servertest.Env {
	t.Helper()
	server := storetest.Postgres(t)
	if server == "" {
		return nil // said by Postgres, and a failure where it is required
	}
	all := []*servertest.Env{servertest.Start(t, servertest.Options{Database: storetest.NewDatabase(t, server), Config: change})}
	for len(all) < n {
		all = append(all, servertest.Start(t, servertest.Options{Beside: all[0], Config: change}))
	}
	return all
}

// valid is the status of a node's answer about a token.
func valid(env *servertest.Env, admin, subject string, header ...string) int {
	return env.Do("GET", "/v3/auth/tokens?nocatalog", admin, nil, append(header, "X-Subject-Token", subject)...).Status
}

// TestAfterTheAnswerToARevocationNoNodeAcceptsTheToken, for each kind of revocation, at once.
func TestAfterTheAnswerToARevocationNoNodeAcceptsTheToken(t *testing.T) {
	all := nodes(t, 3, nil)
	if all == nil {
		return
	}
	first, admin := all[0], all[0].AdminToken()
	const password = "cluster-Pass-1"
	role := first.Do("GET", "/v3/roles?name=member", admin, nil).Want(200).Text("roles.0.id")
	for _, kind := range []struct {
		name   string
		revoke func(user, project, token string) (method, path string, body any)
	}{
		{"the token", func(_, _, _ string) (string, string, any) { return "DELETE", "/v3/auth/tokens", nil }},
		{"the user is disabled", func(user, _, _ string) (string, string, any) {
			return "PATCH", "/v3/users/" + user, map[string]any{"user": map[string]any{"enabled": false}}
		}},
		{"the password changes", func(user, _, _ string) (string, string, any) {
			return "PATCH", "/v3/users/" + user, map[string]any{"user": map[string]any{"password": "cluster-Pass-2"}}
		}},
		{"the role is taken", func(user, project, _ string) (string, string, any) {
			return "DELETE", "/v3/projects/" + project + "/users/" + user + "/roles/" + role, nil
		}},
		{"the project is disabled", func(_, project, _ string) (string, string, any) {
			return "PATCH", "/v3/projects/" + project, map[string]any{"project": map[string]any{"enabled": false}}
		}},
		{"the user is deleted", func(user, _, _ string) (string, string, any) { return "DELETE", "/v3/users/" + user, nil }},
	} {
		t.Run(kind.name, func(t *testing.T) {
			for round := range 10 {
				name := fmt.Sprint(kind.name, " ", round)
				user := first.Create("/v3/users", "user", map[string]any{"name": name, "password": password})
				project := first.Create("/v3/projects", "project", map[string]any{"name": name})
				first.Do("PUT", "/v3/projects/"+project+"/users/"+user+"/roles/"+role, admin, nil).Want(204)
				// Each node is asked about a token another one made of what a third one wrote.
				token := all[1].Login(servertest.PasswordAuth(user, password, servertest.Project(project)))
				for i, n := range all {
					if got := valid(n, admin, token); got != 200 {
						t.Fatalf("node %d answers %d to a good token", i, got)
					}
				}
				method, path, body := kind.revoke(user, project, token)
				all[round%3].Do(method, path, admin, body, "X-Subject-Token", token)
				for i, n := range all {
					if got := valid(n, admin, token); got != 404 {
						t.Fatalf("node %d answers %d to the token after the revocation was answered", i, got)
					}
				}
			}
		})
	}
}

// TestAnAnswerNamesItsRevisionAndARequestMayAskForIt: what one node wrote is found on another.
func TestAnAnswerNamesItsRevisionAndARequestMayAskForIt(t *testing.T) {
	all := nodes(t, 2, func(c *config.Config) { c.Cluster.Poll.Duration = time.Second })
	if all == nil {
		return
	}
	admin := all[0].AdminToken()
	rev := ""
	for i := range 20 {
		made := all[0].Do("POST", "/v3/regions", admin, map[string]any{"region": map[string]any{"id": fmt.Sprint("r", i)}}).Want(201)
		rev = made.Header.Get("X-Identity-Rev")
		got := all[1].Do("GET", fmt.Sprint("/v3/regions/r", i), admin, nil, "X-Identity-Min-Rev", rev).Want(200)
		if seen := number(t, got.Header.Get("X-Identity-Rev")); seen < number(t, rev) {
			t.Fatalf("asked for revision %s, answered from %d", rev, seen)
		}
	}
	future := strconv.FormatInt(number(t, rev)+1000, 10)
	if late := all[1].Do("GET", "/v3/regions", admin, nil, "X-Identity-Min-Rev", future).Want(503); late.Header.Get("Retry-After") == "" {
		t.Error("a revision that is not there yet: 503 without Retry-After")
	}
	for _, bad := range []string{"-1", "soon", "1.5", ""} {
		all[1].Do("GET", "/v3/regions", admin, nil, "X-Identity-Min-Rev", bad).Want(400)
	}
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// behind starts a node that learns what others wrote only when a request makes it ask.
func behind(t *testing.T, other *servertest.Env, consistency config.Consistency) *servertest.Env {
	t.Helper()
	return servertest.Start(t, servertest.Options{Beside: other, Deaf: true, Config: func(c *config.Config) {
		c.Cluster.Poll.Duration, c.Cluster.Lease.Duration = 50*time.Second, 200*time.Second
		c.Server.Write.Duration = 300 * time.Second
		c.Cluster.Consistency = consistency
	}})
}

// TestATokenIsKnownOnANodeThatIsBehind: it brings the revision of what it was made of along.
func TestATokenIsKnownOnANodeThatIsBehind(t *testing.T) {
	all := nodes(t, 1, nil)
	if all == nil {
		return
	}
	late := behind(t, all[0], config.ConsistencyBounded)
	const password = "cluster-Pass-1"
	user := all[0].Create("/v3/users", "user", map[string]any{"name": "new", "password": password})
	token := all[0].Login(servertest.PasswordAuth(user, password, nil))
	if rev := late.Core.Live.Current().Rev; rev >= all[0].Core.Live.Current().Rev {
		t.Fatalf("the node is not behind: %d", rev)
	}
	if got := valid(late, token, token); got != 200 {
		t.Fatalf("a node answers %d to a token of a later revision", got)
	}
}

// TestALoginIsRefusedOnlyByTheNewestOfAllNodes: each kind of login works on a node that has not heard of what it takes.
func TestALoginIsRefusedOnlyByTheNewestOfAllNodes(t *testing.T) {
	all := nodes(t, 1, nil)
	if all == nil {
		return
	}
	first, admin := all[0], all[0].AdminToken()
	const password = "cluster-Pass-1"
	role := first.Do("GET", "/v3/roles?name=member", admin, nil).Want(200).Text("roles.0.id")
	user := first.Create("/v3/users", "user", map[string]any{"name": "new", "password": password})
	late := behind(t, first, config.ConsistencyBounded)

	project := first.Create("/v3/projects", "project", map[string]any{"name": "new"})
	first.Do("PUT", "/v3/projects/"+project+"/users/"+user+"/roles/"+role, admin, nil).Want(204)
	late.Login(servertest.PasswordAuth(user, password, servertest.Project(project))) // the user was known, the role is new

	other := first.Create("/v3/users", "user", map[string]any{"name": "newer", "password": password})
	late.Login(servertest.PasswordAuth(other, password, nil))

	own := first.Login(servertest.PasswordAuth(user, password, servertest.Project(project)))
	made := first.Do("POST", "/v3/users/"+user+"/application_credentials", own, map[string]any{"application_credential": map[string]any{"name": "new"}}).Want(201)
	late.Login(map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"},
		"application_credential": map[string]any{"id": made.Text("application_credential.id"), "secret": made.Text("application_credential.secret")}}}})
}

// TestEachNodeReadsWhatAnyNodeSealsWhileKeysRotate.
func TestEachNodeReadsWhatAnyNodeSealsWhileKeysRotate(t *testing.T) {
	all := nodes(t, 3, func(c *config.Config) { c.Keys.RotationInterval.Duration = time.Minute })
	if all == nil {
		return
	}
	for round := range 12 {
		if err := all[round%3].Core.RotateKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		token := all[(round+1)%3].AdminToken()
		for i, n := range all {
			if got := valid(n, token, token); got != 200 {
				t.Fatalf("rotation %d: node %d answers %d", round, i, got)
			}
		}
	}
}

// TestAStrictNodeKnowsWhatIsCommitted, whoever wrote it and whatever it was told.
func TestAStrictNodeKnowsWhatIsCommitted(t *testing.T) {
	all := nodes(t, 1, nil)
	if all == nil {
		return
	}
	strict := behind(t, all[0], config.ConsistencyStrict)
	admin, subject := all[0].AdminToken(), all[0].AdminToken()
	if got := valid(strict, admin, subject); got != 200 {
		t.Fatalf("a good token: %d", got)
	}
	// Written behind everybody's back: nobody waits, nothing is announced to this node.
	audit := all[0].Do("GET", "/v3/auth/tokens?nocatalog", admin, nil, "X-Subject-Token", subject).Want(200).Text("token.audit_ids.0")
	db := raw(t, all[0])
	exec(t, db, `UPDATE revision SET rev = rev + 1`)
	exec(t, db, `INSERT INTO revocation (kind, key, rev, at, expires_at) SELECT 'token', '`+audit+`', rev, 0, 0 FROM revision`)
	exec(t, db, `INSERT INTO change_log (rev, n, kind, key, at) SELECT rev, 0, 'revocation', 'token' || chr(31) || '`+audit+`', 0 FROM revision`)
	if got := valid(strict, admin, subject); got != 404 {
		t.Errorf("a strict node answers %d to a token whose revocation is committed", got)
	}
}

// TestADatabaseThatLostRevocationsDoesNotReviveTokens: after a failover without a synchronous standby the nodes write down
// again what they remember, and no revision comes twice.
func TestADatabaseThatLostRevocationsDoesNotReviveTokens(t *testing.T) {
	all := nodes(t, 2, nil)
	if all == nil {
		return
	}
	admin, subject := all[0].AdminToken(), all[0].AdminToken()
	db := raw(t, all[0])
	before := all[0].Core.Live.Current().Rev
	all[0].Do("DELETE", "/v3/auth/tokens", admin, nil, "X-Subject-Token", subject).Want(204)
	lost := all[0].Core.Live.Current().Rev
	exec(t, db, `BEGIN; DELETE FROM revocation; DELETE FROM change_log WHERE rev > `+fmt.Sprint(before)+`; UPDATE revision SET rev = `+fmt.Sprint(before)+`; COMMIT`)
	for _, n := range all {
		if err := n.Core.Live.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !all[0].Logged("the database has lost changes") {
		t.Error("nobody was told that the database has lost changes")
	}
	for i, n := range all {
		if got := valid(n, admin, subject); got != 404 {
			t.Errorf("node %d answers %d to a token whose revocation was lost", i, got)
		}
		if rev := n.Core.Live.Current().Rev; rev <= lost {
			t.Errorf("node %d is at revision %d, and %d was there before", i, rev, lost)
		}
	}
	fresh := servertest.Start(t, servertest.Options{Beside: all[0]})
	if got := valid(fresh, admin, subject); got != 404 {
		t.Errorf("a node that remembers nothing answers %d: the revocation was not written down again", got)
	}
}

// TestANodeCutOffFromItsDatabaseRefusesOnceItsLeaseHasRunOut, and no longer than the outage.
func TestANodeCutOffFromItsDatabaseRefusesOnceItsLeaseHasRunOut(t *testing.T) {
	for _, grace := range []time.Duration{0, time.Minute} {
		t.Run("grace "+grace.String(), func(t *testing.T) {
			clock := servertest.NewClock(time.Now())
			env := servertest.Start(t, servertest.Options{Now: clock.Now, Config: func(c *config.Config) {
				c.Cluster.OutageGrace.Duration, c.Server.Write.Duration = grace, 10*time.Minute
			}})
			admin := env.AdminToken()
			if err := env.Core.Live.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			clock.Add(10 * time.Second)
			_, err := env.Core.Authenticate(ctx, admin) // no query can be made with this context
			if want := grace > 0; (err == nil) != want || !want && identity.KindOf(err) != identity.Unavailable {
				t.Errorf("10 s after the last word of the database: %v", err)
			}
			clock.Add(2 * time.Minute)
			if _, err := env.Core.Authenticate(ctx, admin); identity.KindOf(err) != identity.Unavailable {
				t.Errorf("2 min after the last word of the database: %v", err)
			}
			if _, err := env.Core.Authenticate(t.Context(), admin); err != nil {
				t.Errorf("the database is back: %v", err)
			}
		})
	}
}

// raw opens the database of a node behind its back.
func raw(t *testing.T, env *servertest.Env) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", env.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func exec(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}
