package v3_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// federate makes an identity provider "idp" and a mapping "m", and returns an administrator's token.
func federate(t *testing.T, env *servertest.Env) (admin string) {
	t.Helper()
	admin = env.AdminToken()
	env.Do("PUT", federation+"identity_providers/idp", admin, `{"identity_provider": {"domain_id": "default"}}`).Want(http.StatusCreated)
	env.Do("PUT", federation+"mappings/m", admin, plainMapping).Want(http.StatusCreated)
	return admin
}

func TestAProtocolLivesFromPutToDelete(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := federate(t, env)
	provider := federation + "identity_providers/idp"
	path := provider + "/protocols/openid"
	links := body{"self": env.URL + path, "identity_provider": env.URL + provider}
	made := env.Do("PUT", path, admin, `{"protocol": {"mapping_id": "m", "remote_id_attribute": "HTTP_OIDC_ISS"}}`).Want(http.StatusCreated)
	want := body{"id": "openid", "mapping_id": "m", "links": links}
	if diff := cmp.Diff(want, made.Get("protocol")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, env.Do("GET", path, admin, nil).Want(http.StatusOK).Get("protocol")); diff != "" {
		t.Error(diff)
	}
	listed := env.Do("GET", provider+"/protocols", admin, nil).Want(http.StatusOK)
	want = body{"id": "openid", "mapping_id": "m", "idp_id": "idp", "remote_id_attribute": "HTTP_OIDC_ISS", "links": links}
	if diff := cmp.Diff([]any{want}, listed.Get("protocols")); diff != "" {
		t.Error(diff)
	}
	env.Do("PUT", federation+"mappings/m2", admin, plainMapping).Want(http.StatusCreated)
	changed := env.Do("PATCH", path, admin, `{"protocol": {"mapping_id": "m2"}}`).Want(http.StatusOK)
	if got := changed.Text("protocol.mapping_id"); got != "m2" {
		t.Error(got)
	}
	if got := env.Do("GET", provider+"/protocols", admin, nil).Text("protocols.0.remote_id_attribute"); got != "HTTP_OIDC_ISS" {
		t.Error(got)
	}
	env.Do("DELETE", path, admin, nil).Want(http.StatusNoContent)
	for _, method := range []string{"GET", "DELETE"} {
		text := env.Do(method, path, admin, nil).Want(http.StatusNotFound).Text("error.message")
		if text != "Could not find federated protocol openid for Identity Provider: idp." {
			t.Error(text)
		}
	}
	env.Do("PATCH", path, admin, `{"protocol": {"mapping_id": "m"}}`).Want(http.StatusNotFound)
}

func TestAProtocolNeedsAProviderAndAMapping(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := federate(t, env)
	path := federation + "identity_providers/idp/protocols/saml2"
	for _, text := range []string{`{}`, `{"protocol": {}}`, `{"protocol": {"mapping_id": "nothing"}}`, `{"protocol": {"mapping_id": 1}}`, `{"protocol": {"mapping_id": ""}}`,
		`{"protocol": {"mapping_id": "m", "x": 1}}`, `{"protocol": {"mapping_id": "m", "remote_id_attribute": 1}}`,
		`{"protocol": {"mapping_id": "m", "remote_id_attribute": "` + strings.Repeat("x", 65) + `"}}`} {
		env.Do("PUT", path, admin, text).Want(http.StatusBadRequest)
		env.Do("PATCH", path, admin, text).Want(http.StatusBadRequest)
	}
	env.Do("PUT", federation+"identity_providers/nobody/protocols/saml2", admin, `{"protocol": {"mapping_id": "m"}}`).Want(http.StatusNotFound)
	env.Do("PUT", path, admin, `{"protocol": {"mapping_id": "m"}}`).Want(http.StatusCreated)
	env.Do("PUT", path, admin, `{"protocol": {"mapping_id": "m"}}`).Want(http.StatusConflict)
	if got := env.Do("GET", federation+"identity_providers/nobody/protocols", admin, nil).Want(http.StatusOK).Get("protocols"); len(got.([]any)) != 0 {
		t.Error(got)
	}
}

func TestProtocolsGoWithTheirProviderAndNotWithTheirMapping(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := federate(t, env)
	path := federation + "identity_providers/idp/protocols/saml2"
	env.Do("PUT", path, admin, `{"protocol": {"mapping_id": "m"}}`).Want(http.StatusCreated)
	env.Do("DELETE", federation+"mappings/m", admin, nil).Want(http.StatusNoContent)
	if got := env.Do("GET", path, admin, nil).Want(http.StatusOK).Text("protocol.mapping_id"); got != "m" {
		t.Error(got)
	}
	env.Do("DELETE", federation+"identity_providers/idp", admin, nil).Want(http.StatusNoContent)
	env.Do("GET", path, admin, nil).Want(http.StatusNotFound)
	federate(t, env)
	env.Do("GET", path, admin, nil).Want(http.StatusNotFound)
}
