//go:build interop

package interop

import (
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/users"
)

func testGophercloud(t *testing.T, c *cloud) {
	admin := c.identity(t, gophercloud.AuthOptions{Username: "admin", Password: adminPassword, DomainID: "default", TenantName: "admin"})
	demo := gophercloud.AuthOptions{UserID: c.demo["DEMO_USER_ID"], Password: c.demo["DEMO_PASSWORD"],
		Scope: &gophercloud.AuthScope{ProjectID: c.demo["DEMO_PROJECT_ID"]}, AllowReauth: true}
	credential := gophercloud.AuthOptions{ApplicationCredentialID: c.demo["AC_ID"], ApplicationCredentialSecret: c.demo["AC_SECRET"], AllowReauth: true}

	for name, options := range map[string]gophercloud.AuthOptions{"password": demo, "application credential": credential} {
		t.Run("a client with "+name+" logs in again when its token was revoked", func(t *testing.T) {
			client := c.identity(t, options)
			if _, err := users.Get(t.Context(), client, c.demo["DEMO_USER_ID"]).Extract(); err != nil {
				t.Fatal(err)
			}
			first := client.Token()
			must(t, tokens.Revoke(t.Context(), admin, first).Err)
			if _, err := users.Get(t.Context(), client, c.demo["DEMO_USER_ID"]).Extract(); err != nil {
				t.Fatal(err)
			}
			if client.Token() == first {
				t.Error("the client still uses the revoked token")
			}
		})
	}

	t.Run("a token is read, validated and revoked", func(t *testing.T) {
		client := c.identity(t, demo)
		subject := client.Token()
		project, err := tokens.Get(t.Context(), admin, subject).ExtractProject()
		must(t, err)
		if project.ID != c.demo["DEMO_PROJECT_ID"] {
			t.Errorf("the token is for project %s", project.ID)
		}
		for _, want := range []bool{true, false} {
			valid, err := tokens.Validate(t.Context(), admin, subject)
			if err != nil || valid != want {
				t.Errorf("valid is %v (%v), want %v", valid, err, want)
			}
			if want {
				must(t, tokens.Revoke(t.Context(), admin, subject).Err)
			}
		}
	})
	t.Run("the catalog has the identity service", func(t *testing.T) {
		catalog, err := tokens.Get(t.Context(), admin, c.identity(t, demo).Token()).ExtractServiceCatalog()
		must(t, err)
		for _, entry := range catalog.Entries {
			if entry.Type == "identity" {
				return
			}
		}
		t.Errorf("it has %+v", catalog.Entries)
	})
}

// identity returns a client of the identity service, logged in.
func (c *cloud) identity(t *testing.T, options gophercloud.AuthOptions) *gophercloud.ServiceClient {
	t.Helper()
	options.IdentityEndpoint = c.url + "/v3/"
	provider, err := openstack.AuthenticatedClient(t.Context(), options)
	must(t, err)
	client, err := openstack.NewIdentityV3(provider, gophercloud.EndpointOpts{})
	must(t, err)
	return client
}
