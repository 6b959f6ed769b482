package v3_test

import (
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/token"
)

var update = flag.Bool("update", false, "write the table of delegations anew")

// delegations are the ways to act for the administrator, each with the administrator's own role
// on the administrator's own project: what a kind is refused, it is refused for what it is.
var delegations = []struct {
	name  string
	login func(*matrix) string
}{
	{"password", func(m *matrix) string { return m.AdminToken() }},
	{"token", func(m *matrix) string { return m.rescoped() }},
	{"unrestricted", func(m *matrix) string { return m.credentialToken(true) }},
	{"restricted", func(m *matrix) string { return m.credentialToken(false) }},
	{"trust", func(m *matrix) string { return m.trustToken() }},
	{"oauth1", func(m *matrix) string { return m.accessFor().loggedIn() }},
	{"ec2", func(m *matrix) string { return m.ec2Token() }},
}

// Every verb that changes something, tried with every kind of token: delegated tokens may do
// what the table says and nothing else (CVE-2012-5563 to CVE-2026-43001 are rows of it). The
// table is to be read when it changes; -update writes it.
func TestDelegatedTokensMayDoWhatTheTableSaysAndNoMore(t *testing.T) {
	m := startMatrix(t)
	var table strings.Builder
	fmt.Fprintf(&table, "%-98s", "# status of a request that is right but for its token")
	for _, d := range delegations {
		fmt.Fprintf(&table, " %12s", d.name)
	}
	for _, o := range m.operations {
		if o.method == "GET" || o.method == "HEAD" || o.open {
			continue
		}
		fmt.Fprintf(&table, "\n%-98s", o.name())
		for _, d := range delegations {
			c, token := m.valid(o), d.login(m)
			res := m.send(d.name, c, token, c.wrapped(c.body))
			fmt.Fprintf(&table, " %12d", res.Status)
			if d.name == "password" && res.Status >= 300 {
				t.Errorf("%s: the administrator is refused: %d %s", o.name(), res.Status, res.Body)
			}
		}
	}
	table.WriteString("\n")
	golden := filepath.Join("testdata", "delegation.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(table.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(table.String(), "\n") {
		if i >= len(wanted) || line != wanted[i] {
			t.Errorf("the table of delegations has changed:\n%s", line)
		}
	}
}

// A delegated token with all the administrator's rights cannot make itself the administrator:
// another password would outlive the delegation and have none of its bounds.
func TestADelegatedTokenCannotTakeOverTheAccountItActsFor(t *testing.T) {
	m := startMatrix(t)
	for _, d := range delegations[2:] {
		token := d.login(m)
		for _, change := range []map[string]any{{"password": "taken-over-1"}, {"email": "thief@example.com"}, {"options": map[string]any{"multi_factor_auth_enabled": false}}} {
			m.Do("PATCH", "/v3/users/"+m.me(), token, map[string]any{"user": change}).Want(403)
		}
		m.Do("PUT", "/lintel/v1/users/"+m.me()+"/api-password", token, map[string]any{"password": "taken-over-1"}).Want(403)
	}
	m.AdminToken() // the old password is still the right one
}

func (m *matrix) rescoped() string {
	return m.Login(map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"token"}, "token": map[string]any{"id": m.admin}},
		"scope": servertest.Project(string(m.Admin.Project))}})
}

func (m *matrix) credentialToken(unrestricted bool) string {
	res := m.Do("POST", "/v3/users/"+m.me()+"/application_credentials", m.admin, map[string]any{"application_credential": map[string]any{
		"name": m.name(), "unrestricted": unrestricted}}).Want(201)
	return m.Login(map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"},
		"application_credential": map[string]any{"id": res.Text("application_credential.id"), "secret": res.Text("application_credential.secret")}}}})
}

// trustToken is the administrator's power lent to somebody who acts in the administrator's name.
func (m *matrix) trustToken() string {
	trustee := m.user(m.name(), "default")
	trust := m.post("/v3/OS-TRUST/trusts", "trust", m.trustBody(trustee))
	return m.Login(servertest.PasswordAuth(trustee, cloudPassword, map[string]any{"OS-TRUST:trust": map[string]any{"id": trust}}))
}

func (m *matrix) trustBody(trustee string) map[string]any {
	return map[string]any{"trustor_user_id": m.me(), "trustee_user_id": trustee, "impersonation": true, "project_id": string(m.Admin.Project),
		"roles": []any{map[string]any{"name": "admin"}}}
}

// ec2Token is a token that a Keystone made of an EC2 key: those are accepted too.
func (m *matrix) ec2Token() string {
	var audit identity.AuditID
	for ours := true; ours; _, ours = audit.Rev() {
		rand.Read(audit[:])
	}
	payload, err := token.DefaultMethods().Append(nil, &identity.Token{UserID: m.Admin.User, Methods: []string{identity.MethodEC2}, ProjectID: m.Admin.Project,
		AuditIDs: []identity.AuditID{audit}, ExpiresAt: m.now.Add(time.Hour)})
	if err != nil {
		m.t.Fatal(err)
	}
	return string(m.key.Seal(nil, payload, *m.now))
}
