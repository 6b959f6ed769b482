package v3_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// elsewhere is the attribute federated of a user with one identity at the provider "idp".
func elsewhere(protocol, id string) []any {
	return []any{body{"idp_id": "idp", "protocols": []any{body{"protocol_id": protocol, "unique_id": id}}}}
}

func TestAUserKeepsWhatProvidersCallIt(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := federate(t, env)
	for _, protocol := range []string{"openid", "saml2"} {
		env.Do("PUT", federation+"identity_providers/idp/protocols/"+protocol, admin, `{"protocol": {"mapping_id": "m"}}`).Want(http.StatusCreated)
	}
	made := env.Do("POST", "/v3/users", admin, body{"user": body{"name": "ann", "federated": elsewhere("openid", "ann@x")}}).Want(http.StatusCreated)
	path := "/v3/users/" + made.Text("user.id")
	federated := func(r *servertest.Response, want any) {
		t.Helper()
		if diff := cmp.Diff(want, r.Want(r.Status).Get("user.federated")); diff != "" {
			t.Error(diff)
		}
	}
	federated(made, elsewhere("openid", "ann@x"))
	federated(env.Do("GET", path, admin, nil).Want(http.StatusOK), elsewhere("openid", "ann@x"))

	// A change without them, or with none, keeps them; others take their place.
	for _, text := range []string{`{"user": {"email": "a@b"}}`, `{"user": {"federated": []}}`} {
		federated(env.Do("PATCH", path, admin, text).Want(http.StatusOK), elsewhere("openid", "ann@x"))
	}
	both := []any{body{"idp_id": "idp", "protocols": []any{body{"protocol_id": "openid", "unique_id": "ann"}, body{"protocol_id": "saml2", "unique_id": "A"}}}}
	federated(env.Do("PATCH", path, admin, body{"user": body{"federated": both}}).Want(http.StatusOK), both)
	federated(env.Do("GET", path, admin, nil).Want(http.StatusOK), both)

	for query, want := range map[string]string{"?idp_id=idp": "ann", "?protocol_id=saml2": "ann", "?unique_id=A": "ann", "?idp_id=idp&protocol_id=openid&unique_id=A": "",
		"?unique_id=ann@x": "", "?idp_id=idp&name=bob": "", "?idp_id=idp&enabled=true": "ann"} {
		list := env.Do("GET", "/v3/users"+query, admin, nil).Want(http.StatusOK).Get("users").([]any)
		got := ""
		for _, u := range list {
			got += u.(body)["name"].(string)
		}
		if got != want {
			t.Errorf("%s lists %q", query, got)
		}
	}
	env.Do("DELETE", federation+"identity_providers/idp/protocols/openid", admin, nil).Want(http.StatusNoContent)
	federated(env.Do("GET", path, admin, nil).Want(http.StatusOK), elsewhere("saml2", "A"))
	env.Do("DELETE", federation+"identity_providers/idp", admin, nil).Want(http.StatusNoContent)
	federated(env.Do("GET", path, admin, nil).Want(http.StatusOK), nil)
}

func TestAnIdentityElsewhereIsOneUsersOnly(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := federate(t, env)
	env.Do("PUT", federation+"identity_providers/idp/protocols/openid", admin, `{"protocol": {"mapping_id": "m"}}`).Want(http.StatusCreated)
	ann := env.Do("POST", "/v3/users", admin, body{"user": body{"name": "ann", "federated": elsewhere("openid", "1")}}).Want(http.StatusCreated).Text("user.id")
	env.Do("POST", "/v3/users", admin, body{"user": body{"name": "bob", "federated": elsewhere("openid", "1")}}).Want(http.StatusConflict)
	bob := env.Create("/v3/users", "user", body{"name": "bob"}) // the refused one was not made
	env.Do("PATCH", "/v3/users/"+bob, admin, body{"user": body{"federated": elsewhere("openid", "1")}}).Want(http.StatusConflict)
	env.Do("DELETE", "/v3/users/"+ann, admin, nil).Want(http.StatusNoContent)
	env.Do("PATCH", "/v3/users/"+bob, admin, body{"user": body{"federated": elsewhere("openid", "1")}}).Want(http.StatusOK)
}

func TestAnIdentityNeedsItsProviderAndProtocol(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := federate(t, env)
	for _, federated := range []any{elsewhere("openid", "1"), []any{body{"idp_id": "nobody", "protocols": []any{body{"protocol_id": "p", "unique_id": "u"}}}},
		[]any{body{"idp_id": "idp", "protocols": []any{}}}, []any{body{"idp_id": "idp"}}, []any{body{}}, []any{"idp"}, "idp", body{},
		[]any{body{"idp_id": "idp", "protocols": []any{body{"protocol_id": "p"}}}}, []any{body{"idp_id": 1, "protocols": []any{body{"protocol_id": "p", "unique_id": "u"}}}}} {
		env.Do("POST", "/v3/users", admin, body{"user": body{"name": "ann", "federated": federated}}).Want(http.StatusBadRequest)
		env.Do("PATCH", "/v3/users/"+string(env.Admin.User), admin, body{"user": body{"federated": federated}}).Want(http.StatusBadRequest)
	}
	text := env.Do("POST", "/v3/users", admin, body{"user": body{"name": "ann", "federated": elsewhere("openid", "1")}}).Text("error.message")
	if text != "Could not find federated protocol openid for Identity Provider: idp." {
		t.Error(text)
	}
}
