package server_test

import (
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/token"
	"github.com/lintel-id/lintel/internal/token/fernet"
)

// restored is a cloud whose tokens were revoked after its backup was taken.
type restored struct {
	*servertest.Env
	config                 *config.Config
	clock                  *servertest.Clock
	keystone               fernet.Key
	backup                 *store.Backup
	revoked, revokedTheirs string // of ours, and of the Keystone's key
	other, otherTheirs     string // never revoked
}

func startRestored(t *testing.T) *restored {
	r := &restored{clock: servertest.NewClock(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)), keystone: fernet.NewKey()}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "1"), []byte(r.keystone.Encode()), 0o600); err != nil {
		t.Fatal(err)
	}
	// A server that looked at the database during a restore would write down again what it remembers.
	r.Env = servertest.Start(t, servertest.Options{Now: r.clock.Now, Deaf: true, Config: func(c *config.Config) {
		c.Keys.KeystoneKeyDirectory = dir
		r.config = c
	}})
	r.revoked, r.other = r.AdminToken(), r.AdminToken()
	r.revokedTheirs, r.otherTheirs = r.theirs(t), r.theirs(t)
	r.clock.Add(time.Second)
	file := filepath.Join(dir, "backup.db")
	if _, err := r.Core.Store.Backup(t.Context(), file, store.BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{r.revoked, r.revokedTheirs} {
		r.Do("DELETE", "/v3/auth/tokens", r.AdminToken(), nil, "X-Subject-Token", text).Want(204)
		r.valid(text, 404)
	}
	var err error
	if r.backup, err = store.OpenBackup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.backup.Close() })
	return r
}

// theirs is a token of the administrator that a Keystone has issued now.
func (r *restored) theirs(t *testing.T) string {
	t.Helper()
	var audit identity.AuditID
	for ours := true; ours; _, ours = audit.Rev() {
		rand.Read(audit[:])
	}
	payload, err := token.DefaultMethods().Append(nil, &identity.Token{UserID: r.Admin.User, Methods: []string{"password"}, ProjectID: r.Admin.Project,
		AuditIDs: []identity.AuditID{audit}, ExpiresAt: r.clock.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return string(r.keystone.Seal(nil, payload, r.clock.Now()))
}

func (r *restored) valid(text string, want int) {
	r.Do("GET", "/v3/auth/tokens", r.AdminToken(), nil, "X-Subject-Token", text).Want(want)
}

func (r *restored) restore(t *testing.T, master token.MasterKey) error {
	_, err := core.Restore{Store: r.Core.Store, Backup: r.backup, Master: master, Methods: r.Core.Settings.Methods,
		Now: r.Core.Now, Options: store.RestoreOptions{Replace: true}}.Run(t.Context())
	return err
}

// restart makes the server know what is in the database and nothing else.
func (r *restored) restart(t *testing.T) {
	t.Helper()
	fresh, err := server.OpenCore(t.Context(), r.config, server.CoreOptions{Now: r.Core.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fresh.Store.Close() })
	r.Core.Live = fresh.Live
}

// TestARestoreRevivesNoToken: neither one that was revoked after the backup nor any other from
// before is good after the restore; whoever has a password or a credential gets a new one.
func TestARestoreRevivesNoToken(t *testing.T) {
	r := startRestored(t)
	before := r.Core.Live.Current().Rev
	if err := r.restore(t, r.Core.Master); err != nil {
		t.Fatal(err)
	}
	r.restart(t)
	if now := r.Core.Live.Current().Rev; now <= before {
		t.Errorf("revision %d after %d", now, before)
	}
	for _, text := range []string{r.revoked, r.revokedTheirs, r.other, r.otherTheirs} {
		r.valid(text, 404)
		r.Do("GET", "/v3/auth/projects", text, nil).Want(401)
	}
	r.clock.Add(time.Second)
	r.valid(r.AdminToken(), 200)
	r.valid(r.theirs(t), 200)
	events := r.Do("GET", "/v3/OS-REVOKE/events", r.SystemToken(), nil).Want(200)
	if events.Get("events.0.issued_before") == nil || events.Get("events.0.user_id") != nil || events.Get("events.0.audit_id") != nil {
		t.Errorf("services that look at revocations themselves are not told that all tokens are void: %s", events.Body)
	}
}

// TestCredentialsOfTheBackupAreGoodAfterARestore: they are sealed or hashed by keys that a
// restore leaves alone.
func TestCredentialsOfTheBackupAreGoodAfterARestore(t *testing.T) {
	r := startRestored(t)
	made := r.Do("POST", "/v3/users/"+string(r.Admin.User)+"/application_credentials", r.AdminToken(),
		map[string]any{"application_credential": map[string]any{"name": "ci"}}).Want(201)
	file := filepath.Join(t.TempDir(), "backup.db")
	if _, err := r.Core.Store.Backup(t.Context(), file, store.BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	r.Do("DELETE", "/v3/users/"+string(r.Admin.User)+"/application_credentials/"+made.Text("application_credential.id"), r.AdminToken(), nil).Want(204)
	backup, err := store.OpenBackup(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = backup.Close() }()
	r.backup = backup
	if err := r.restore(t, r.Core.Master); err != nil {
		t.Fatal(err)
	}
	r.restart(t)
	r.valid(r.Login(map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"},
		"application_credential": map[string]any{"id": made.Text("application_credential.id"), "secret": made.Text("application_credential.secret")}}}}), 200)
}

// TestARestoreOfTheRowsAloneRevivesTokens shows that the test above can fail.
func TestARestoreOfTheRowsAloneRevivesTokens(t *testing.T) {
	r := startRestored(t)
	_, err := r.Core.Store.Restore(t.Context(), r.backup, store.RestoreOptions{Replace: true}, func([]identity.SealedKey) (func(*store.Tx) error, error) {
		return func(*store.Tx) error { return nil }, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.restart(t)
	r.valid(r.revoked, 200)
	r.valid(r.revokedTheirs, 200)
}

// TestARestoreNeedsTheMasterKey of the backup, and changes nothing without it.
func TestARestoreNeedsTheMasterKey(t *testing.T) {
	r := startRestored(t)
	before := r.Core.Live.Current().Rev
	if err := r.restore(t, token.NewMasterKey()); err == nil || !strings.Contains(err.Error(), "does not open with this master key") {
		t.Fatalf("restored with another master key: %v", err)
	}
	r.restart(t)
	if now := r.Core.Live.Current().Rev; now != before {
		t.Errorf("revision %d after %d", now, before)
	}
	r.valid(r.other, 200)
}
