package v3_test

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/token"
)

// rotateCredentials makes a new credential key and returns the ids of the old and the new one.
func (g *gate) rotateCredentials() (old, fresh string) {
	g.t.Helper()
	old = g.credentialKeys()[identity.KeyPrimary]
	if err := g.Core.RotateCredentialKeys(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
	return old, g.credentialKeys()[identity.KeyPrimary]
}

// credentialKeys are the ids of the credential keys, of which there is one of each state.
func (g *gate) credentialKeys() map[identity.KeyState]string {
	g.t.Helper()
	keys, err := g.Core.Keys(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	found := map[identity.KeyState]string{}
	for _, k := range keys {
		if k.Purpose == identity.CredentialKeys {
			if found[k.State] != "" {
				g.t.Fatalf("two %s keys", k.State)
			}
			found[k.State] = k.ID
		}
	}
	return found
}

// resealed is what a pass must do, and which key seals how much after it.
func (g *gate) resealed(want core.Resealed, after map[string]int) {
	g.t.Helper()
	did, err := g.Core.Reseal(g.t.Context())
	if err != nil || did != want {
		g.t.Fatalf("did %+v, want %+v, error %v", did, want, err)
	}
	g.seals(after)
}

func (g *gate) seals(want map[string]int) {
	g.t.Helper()
	got, err := g.Core.Store.CountSealed(g.t.Context())
	if err != nil || !maps.Equal(got, want) {
		g.t.Fatalf("keys seal %v, want %v, error %v", got, want, err)
	}
}

// fill adds credentials of ann's, sealed by the primary key; each blob is its own id.
func (g *gate) fill(n int) {
	g.t.Helper()
	ring, err := token.NewRing(g.Core.Master, g.Core.Live.Current().KeyRing(), nil, g.Core.Settings.Methods)
	if err != nil {
		g.t.Fatal(err)
	}
	rev, err := g.Core.Store.Update(g.t.Context(), func(tx *store.Tx) error {
		for i := range n {
			cred := &identity.Credential{ID: identity.CredentialID(fmt.Sprintf("filled-%05d", i)), UserID: identity.UserID(g.ann), Type: "cert"}
			cred.Sealed, cred.KeyID = ring.SealBlob(string(cred.ID), g.ann, cred.Type, []byte(cred.ID))
			if err := tx.InsertCredential(g.t.Context(), cred); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = g.Core.Live.WaitFor(g.t.Context(), rev)
	}
	if err != nil {
		g.t.Fatal(err)
	}
}

// filled says that the blobs of n credentials are what they were.
func (g *gate) filled(n int) {
	g.t.Helper()
	all := g.Do("GET", allCredentials+"?type=cert", g.AdminToken(), nil).Want(200).Get("credentials").([]any)
	if len(all) != n {
		g.t.Fatalf("%d credentials, want %d", len(all), n)
	}
	for _, c := range all {
		if cred := c.(body); cred["id"] != cred["blob"] {
			g.t.Fatalf("the blob of %s is now %q", cred["id"], cred["blob"])
		}
	}
}

// rows runs a statement behind the server's back.
func (g *gate) rows(statement string) {
	g.t.Helper()
	db, err := sql.Open("sqlite", "file:"+g.Database)
	if err != nil {
		g.t.Fatal(err)
	}
	_, err = db.ExecContext(g.t.Context(), statement)
	if err := errors.Join(err, db.Close()); err != nil {
		g.t.Fatal(err)
	}
}

// beside is a command on the same database, which looks for changes only when it must.
func (g *gate) beside(cfg *config.Config) *core.Core {
	g.t.Helper()
	c, err := server.OpenCore(g.t.Context(), cfg, server.CoreOptions{Now: g.clock.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		if err := c.Store.Close(); err != nil {
			g.t.Error(err)
		}
	})
	return c
}

// Secrets of every kind are readable with the key they were sealed with, are sealed anew, and
// the key goes when it seals nothing and has been retired for a minute.
func TestASecretOutlivesTheKeyThatSealedIt(t *testing.T) {
	g := startGate(t, servertest.Options{})
	cert := g.Do("POST", allCredentials, g.token, body{"credential": body{"type": "cert", "user_id": g.ann, "blob": "-----BEGIN"}}).Want(201).Text("credential.id")
	acme := g.domain("acme")
	g.Do("PUT", "/v3/domains/"+acme+"/config", g.admin, `{"config": {"ldap": {"password": "correct-horse", "url": "ldap://a"}}}`).Want(201)
	consumer := g.newConsumer()
	consumer.now = g.clock.now
	_, project, boss := g.boss("boss")
	linked := consumer.access(boss, project, "admin")
	asked := consumer.with(consumer.request(project))
	check := func() {
		t.Helper()
		g.works(g.key)
		if got := g.Do("GET", "/v3/users/"+g.ann+"/credentials/OS-EC2/"+g.key.access, g.token, nil).Want(200).Text("credential.secret"); got != g.key.secret {
			t.Errorf("the key's secret is now %q", got)
		}
		if got := g.Do("GET", allCredentials+"/"+cert, g.token, nil).Want(200).Text("credential.blob"); got != "-----BEGIN" {
			t.Errorf("the blob is now %q", got)
		}
		linked.loggedIn()
	}
	old, fresh := g.rotateCredentials()
	check()
	// The EC2 key, the certificate, the consumer with its two tokens, the domain's password.
	const all = 6
	g.seals(map[string]int{old: all})
	g.resealed(core.Resealed{Rows: all}, map[string]int{fresh: all})
	check()
	g.resealed(core.Resealed{}, map[string]int{fresh: all})
	g.clock.pass(time.Minute)
	g.resealed(core.Resealed{Dropped: 1}, map[string]int{fresh: all})
	check()
	if diff := cmp.Diff(map[identity.KeyState]string{identity.KeyPrimary: fresh}, g.credentialKeys()); diff != "" {
		t.Error(diff)
	}
	pin := g.authorize(boss, asked.token, "admin").Want(200).Text("token.oauth_verifier")
	asked.with(asked.exchange(pin)).loggedIn()
	g.resealed(core.Resealed{}, map[string]int{fresh: all})
}

// A pass that breaks off in the middle has done whole batches and lost nothing; the next one
// does the rest.
func TestSealingAnewGoesOnWhereItStopped(t *testing.T) {
	g := startGate(t, servertest.Options{})
	const many = 1200
	g.fill(many)
	old, fresh := g.rotateCredentials()
	g.rows(`CREATE TRIGGER stop BEFORE UPDATE ON credential WHEN new.id = 'filled-00700' BEGIN SELECT RAISE(ABORT, 'stopped'); END`)
	did, err := g.Core.Reseal(t.Context())
	if err == nil || did != (core.Resealed{Rows: 600}) {
		t.Fatalf("did %+v, error %v", did, err)
	}
	g.seals(map[string]int{old: many + 1 - 600, fresh: 600})
	g.filled(many)
	g.works(g.key)
	g.clock.pass(time.Minute)
	g.rows(`DROP TRIGGER stop`)
	rev := g.Core.Live.Current().Rev
	g.resealed(core.Resealed{Rows: many + 1 - 600, Dropped: 1}, map[string]int{fresh: many + 1})
	if now := g.Core.Live.Current().Rev; now != rev+5 {
		t.Errorf("%d revisions for four batches and a key that went", now-rev)
	}
	g.filled(many)
	g.works(g.key)
}

// Two processes that seal anew at the same time, beside one that writes, lose nothing and do
// each row once.
func TestProcessesSealAnewAtTheSameTime(t *testing.T) {
	var cfg *config.Config
	g := startGate(t, servertest.Options{Config: func(c *config.Config) { cfg = c }})
	const many = 1200
	g.fill(many)
	_, fresh := g.rotateCredentials()
	other := g.beside(cfg)
	var did [2]core.Resealed
	var all sync.WaitGroup
	for i, c := range []*core.Core{g.Core, other} {
		all.Go(func() {
			var err error
			if did[i], err = c.Reseal(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	renewed := keyPair{g.key.access, "a new secret"}
	g.Do("PATCH", g.credential(g.key), g.token, body{"credential": body{"blob": pair(renewed.access, renewed.secret)}}).Want(200)
	all.Wait()
	// The key's secret was sealed anew by a pass, or by the change of it.
	if rows := did[0].Rows + did[1].Rows; rows != many && rows != many+1 || did[0].Damaged+did[1].Damaged > 0 {
		t.Errorf("did %+v", did)
	}
	g.seals(map[string]int{fresh: many + 1})
	g.filled(many)
	g.works(renewed)
}

// A blob opens in its own row alone, even for the server: two that were swapped are reported,
// left as they are and never sealed for the wrong row, and they keep their key. The rest goes on.
func TestSwappedSecretsAreNotSealedAnew(t *testing.T) {
	g := startGate(t, servertest.Options{})
	const many = 600
	g.fill(many)
	one, two := *g.Core.Live.Current().Credential("filled-00001"), *g.Core.Live.Current().Credential("filled-00002")
	one.Sealed, two.Sealed = two.Sealed, one.Sealed
	_, err := g.Core.Store.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.UpdateCredential(t.Context(), &one), tx.UpdateCredential(t.Context(), &two))
	})
	if err != nil {
		t.Fatal(err)
	}
	old, fresh := g.rotateCredentials()
	g.clock.pass(time.Hour)
	after := map[string]int{old: 2, fresh: many - 1}
	g.resealed(core.Resealed{Rows: many - 1, Damaged: 2}, after)
	g.resealed(core.Resealed{Damaged: 2}, after)
	admin := g.AdminToken()
	for id, status := range map[string]int{"filled-00000": 200, "filled-00001": 500, "filled-00002": 500, "filled-00003": 200} {
		g.Do("GET", allCredentials+"/"+id, admin, nil).Want(status)
	}
	g.Do("DELETE", allCredentials+"/filled-00001", admin, nil).Want(204)
	g.Do("DELETE", allCredentials+"/filled-00002", admin, nil).Want(204)
	g.resealed(core.Resealed{Dropped: 1}, map[string]int{fresh: many - 1})
	if !g.Logged("a sealed secret is damaged") {
		t.Error("nobody is told")
	}
}

// A process that has not heard of a new key yet reads what it has sealed.
func TestARowCanBeNewerThanTheKeysOfAProcess(t *testing.T) {
	var cfg *config.Config
	g := startGate(t, servertest.Options{Config: func(c *config.Config) { cfg = c }})
	behind := g.beside(cfg)
	g.rotateCredentials()
	g.fill(1)
	g.resealed(core.Resealed{Rows: 1}, map[string]int{g.credentialKeys()[identity.KeyPrimary]: 2})
	listed, err := behind.Credentials(t.Context(), identity.Caller{Local: true}, identity.CredentialFilter{})
	if err != nil || len(listed) != 2 {
		t.Fatalf("%d credentials, error %v", len(listed), err)
	}
	for _, c := range listed {
		if c.Type == "cert" && c.Blob.Reveal() != string(c.ID) {
			t.Errorf("the blob of %s is %q", c.ID, c.Blob.Reveal())
		}
	}
}
