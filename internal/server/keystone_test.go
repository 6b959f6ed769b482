package server_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/token"
	"github.com/lintel-id/lintel/internal/token/fernet"
)

// TestTokensOfAKeystoneStayValid when its key directory is named, until they are revoked: they
// carry no revision, so they are compared by time, and the same second counts as before.
func TestTokensOfAKeystoneStayValid(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	key, dir := fernet.NewKey(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "1"), []byte(key.Encode()), 0o600); err != nil {
		t.Fatal(err)
	}
	env := servertest.Start(t, servertest.Options{Now: func() time.Time { return now }, Config: func(c *config.Config) { c.Keys.KeystoneKeyDirectory = dir }})
	var audit identity.AuditID
	for ours := true; ours; _, ours = audit.Rev() {
		rand.Read(audit[:]) // a Keystone's are random; one in 256 looks like ours, with an absurd revision
	}
	payload, err := token.DefaultMethods().Append(nil, &identity.Token{UserID: env.Admin.User, Methods: []string{"password"}, ProjectID: env.Admin.Project,
		AuditIDs: []identity.AuditID{audit}, ExpiresAt: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	theirs := string(key.Seal(nil, payload, now))
	admin := env.AdminToken()
	env.Do("GET", "/v3/auth/tokens", admin, nil, "X-Subject-Token", theirs).Want(200)
	env.Do("GET", "/v3/auth/projects", theirs, nil).Want(200)

	env.Do("POST", "/v3/users/"+string(env.Admin.User)+"/password", "", map[string]any{"user": map[string]any{
		"original_password": servertest.AdminPassword, "password": "another-Pass-2"}}).Want(204)
	admin = env.Login(servertest.PasswordAuth(string(env.Admin.User), "another-Pass-2", servertest.Project(string(env.Admin.Project))))
	env.Do("GET", "/v3/auth/tokens", admin, nil, "X-Subject-Token", theirs).Want(404)
	later := string(key.Seal(nil, payload, now.Add(time.Second)))
	env.Do("GET", "/v3/auth/tokens", admin, nil, "X-Subject-Token", later).Want(200)
	env.Do("DELETE", "/v3/auth/tokens", admin, nil, "X-Subject-Token", later).Want(204)
	env.Do("GET", "/v3/auth/tokens", admin, nil, "X-Subject-Token", later).Want(404)
}
