package v2_test

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// seedAnswer is the documented answer of NHN Cloud's POST /v2.0/tokens (API guide, "IaaS Token").
//
//go:embed testdata/seed.json
var seedAnswer []byte

// A cloud with the same data answers exactly as documented: the same members, types and
// values. Ids that we choose, the token and its times are our own; endpoints_links stands in the
// documentation's table of fields, though not in its sample.
func TestDocumentedAnswer(t *testing.T) {
	c := start(t, servertest.Options{})
	c.dropCatalog()
	for _, s := range [][3]string{
		{"compute", "nova", "instance-infrastructure.nhncloudservice.com/v2/$(tenant_id)s"},
		{"image", "glance", "image-infrastructure.nhncloudservice.com"},
		{"key-manager", "barbican", "key-manager-infrastructure.nhncloudservice.com"},
		{"volumev2", "cinderv2", "block-storage-infrastructure.nhncloudservice.com/v2/$(project_id)s"},
		{"network", "neutron", "network-infrastructure.nhncloudservice.com"},
	} {
		c.newService(s[0], s[1], [3]string{"KR1", "public", "https://kr1-api-" + s[2]}, [3]string{"KR2", "public", "https://kr2-api-" + s[2]})
	}
	c.newService("identity", "keystone", [3]string{"KR1", "public", "https://api-identity-infrastructure.nhncloudservice.com/v2.0"})
	tenant := c.Create("/v3/projects", "project", map[string]any{"name": "c_VKkasVsh", "groupId": "XEj2zkHrbA7modGU", "project_domain": "NORMAL"})
	user := c.newUser(identity.UserSpec{Name: "37be6ac0-d660-11e7-ae46-005056ac1497", Email: "user@example.com"})
	role := c.grant(user, identity.ProjectID(tenant), "project_admin")

	body := fmt.Sprintf(`{"auth": {"tenantId": %q, "passwordCredentials": {"username": "user@example.com", "password": %q}}}`, tenant, userPassword)
	answer := c.login(body).Want(200)

	ours := strings.NewReplacer(
		"f5073eaa26b64cffbee89411df94ce01", tenant,
		"436f727b7c9142f896ddd56be591dd7f", string(user),
		"9fe2ff9ee4384b1894a90878d3e92bab", string(role),
		"e42a092ed6ee4d99949bf25f5f6ecc60", answer.Text("access.token.id"),
		"2020-04-29T15:31:21Z", answer.Text("access.token.expires"),
		"2020-04-29T03:32:28.000405", answer.Text("access.token.issued_at"))
	var want, got any
	c.must(json.Unmarshal([]byte(ours.Replace(string(seedAnswer))), &want))
	c.must(json.Unmarshal(answer.Body, &got))
	if diff := cmp.Diff(want, got, anyOrder(), ignored("endpoints_links")); diff != "" {
		t.Errorf("documented (-) and ours (+):\n%s", diff)
	}
}

// anyOrder compares lists of objects as sets: services and regions have no order.
func anyOrder() cmp.Option {
	return cmpopts.SortSlices(func(a, b any) bool { return fmt.Sprint(sortKey(a)) < fmt.Sprint(sortKey(b)) })
}

func sortKey(v any) any {
	if m, ok := v.(map[string]any); ok {
		return []any{m["type"], m["region"], m["name"]}
	}
	return v
}

func ignored(names ...string) cmp.Option {
	return cmpopts.IgnoreMapEntries(func(k string, _ any) bool {
		for _, n := range names {
			if k == n {
				return true
			}
		}
		return false
	})
}
