package v3

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// FuzzAuthRequest: whatever is posted to /v3/auth/tokens is either read, with what its methods
// need in place, or refused as the client's mistake.
func FuzzAuthRequest(f *testing.F) {
	for _, seed := range []string{
		`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"u","domain":{"id":"default"},"password":"p"}}},"scope":{"project":{"id":"p"}}}}`,
		`{"auth":{"identity":{"methods":["application_credential"],"application_credential":{"id":"i","secret":"s"}}}}`,
		`{"auth":{"identity":{"methods":["application_credential"],"application_credential":{"name":"n","user":{"id":"u"},"secret":"s"}}}}`,
		`{"auth":{"identity":{"methods":["token"],"token":{"id":"t"}},"scope":"unscoped"}}`,
		`{"auth":{"identity":{"methods":[]},"scope":{"system":{"all":true}}}}`,
		`{"auth":{"identity":{"methods":["password"]},"scope":{"domain":{"name":"d"},"project":{}}}}`,
		`{"auth":{"auth":{}},"auth":{}}`, `[1]`, ``, "{\"auth\":\"\xff\"}", strings.Repeat(`{"auth":`, 40),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/v3/auth/tokens", strings.NewReader(string(body)))
		req, err := decodeAuth(&api.Request{Request: r})
		if err != nil {
			if k := identity.KindOf(err); k != identity.Invalid {
				t.Fatalf("refused as %v: %v", k, err)
			}
			return
		}
		switch {
		case req.Methods == nil:
			t.Fatal("read without methods")
		case req.Password != nil && req.Password.User == (identity.UserRef{}):
			t.Fatal("a password of nobody")
		case req.ApplicationCredential != nil && req.ApplicationCredential.ID == "" && req.ApplicationCredential.Name == "":
			t.Fatal("an application credential without id and name")
		case req.Scope.Kind == identity.ScopeProject && req.Scope.ProjectID == "" && req.Scope.Domain == (identity.DomainRef{}):
			t.Fatal("a project name without domain")
		}
	})
}
