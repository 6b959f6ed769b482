package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

// answers is nil when a URL is answered 200 or 300.
func answers(url string) error {
	_, err := wire.New(url, time.Second, nil).Call(context.Background(), http.MethodGet, "/v3", "", nil, nil, http.StatusOK)
	return err
}

// seed is the small cloud: a project and a user demo, member of it, with an application credential.
type seed struct {
	adminPassword, demoPassword string
	credential, secret          string
}

func plant(ctx context.Context, c *rig.Cluster) (*seed, error) {
	s := &seed{adminPassword: c.Password, demoPassword: "Demo-1-" + rand.Text()}
	client := wire.New(c.Nodes[0].URL(), 20*time.Second, nil)
	admin, err := client.Admin(ctx, c.Password)
	if err != nil {
		return nil, err
	}
	project, _, err := client.Create(ctx, "/v3/projects", admin, "project", wire.Object{"name": "demo", "domain_id": "default"})
	if err != nil {
		return nil, err
	}
	user, _, err := client.Create(ctx, "/v3/users", admin, "user", wire.Object{"name": "demo", "domain_id": "default", "password": s.demoPassword})
	if err != nil {
		return nil, err
	}
	var roles struct {
		Roles []struct {
			ID string `json:"id"`
		} `json:"roles"`
	}
	if _, err := client.Call(ctx, http.MethodGet, "/v3/roles?name=member", admin, nil, &roles, http.StatusOK); err != nil {
		return nil, err
	}
	if len(roles.Roles) != 1 {
		return nil, fmt.Errorf("%d roles are called member", len(roles.Roles))
	}
	grant := "/v3/projects/" + project + "/users/" + user + "/roles/" + roles.Roles[0].ID
	if _, err := client.Call(ctx, http.MethodPut, grant, admin, nil, nil, http.StatusNoContent); err != nil {
		return nil, err
	}
	demo, err := client.Password(ctx, user, s.demoPassword, wire.Project(project))
	if err != nil {
		return nil, err
	}
	s.credential, s.secret, err = client.Create(ctx, "/v3/users/"+user+"/application_credentials", demo, "application_credential", wire.Object{"name": "demo"})
	return s, err
}

const cloudsYAML = `# Made by make cluster; gone with it.
clouds:
  cluster-admin:
    auth_type: password
    auth: {auth_url: '${BASE}', username: admin, password: '${ADMIN_PASSWORD}', project_name: admin, user_domain_id: default, project_domain_id: default}
    region_name: RegionOne
  cluster-demo:
    auth_type: v3applicationcredential
    auth: {auth_url: '${BASE}', application_credential_id: '${AC_ID}', application_credential_secret: '${AC_SECRET}'}
    region_name: RegionOne
`

const envSH = `# Made by make cluster: . ./env.sh
export OS_CLIENT_CONFIG_FILE='${CLOUDS}' OS_CLOUD=cluster-demo
export KS='${BASE}' A='${A}' B='${B}' C='${C}'
# token NODE: a new token of the user demo, issued by that node
token() {
  printf '{"auth":{"identity":{"methods":["application_credential"],"application_credential":{"id":"%s","secret":"%s"}}}}' '${AC_ID}' '${AC_SECRET}' |
    curl -s -o /dev/null -D - "$1/v3/auth/tokens" -H 'Content-Type: application/json' -d @- | tr -d '\r' | sed -n 's/^X-Subject-Token: //Ip'
}
# check NODE TOKEN: 200 when the node accepts it. The token is not seen among the processes' arguments
check() { printf 'X-Auth-Token: %s\nX-Subject-Token: %s\n' "$2" "$2" | curl -s -m 10 -o /dev/null -w '%{http_code}\n' -H @- "$1/v3/auth/tokens?nocatalog"; }
# revoke NODE TOKEN: 204, and how long it took
revoke() { printf 'X-Auth-Token: %s\nX-Subject-Token: %s\n' "$2" "$2" | curl -s -m 20 -o /dev/null -w '%{http_code} in %{time_total} s\n' -X DELETE -H @- "$1/v3/auth/tokens"; }
`

// write makes clouds.yaml and env.sh, readable by their owner only.
func (s *seed) write(d *rig.Dir, base string, c *rig.Cluster) error {
	values := map[string]string{"BASE": base, "ADMIN_PASSWORD": s.adminPassword, "AC_ID": s.credential, "AC_SECRET": s.secret,
		"CLOUDS": filepath.Join(d.Path, "clouds.yaml"), "A": c.Nodes[0].URL(), "B": c.Nodes[1].URL(), "C": c.Nodes[2].URL()}
	known := func(name string) string {
		if v, ok := values[name]; ok {
			return v
		}
		return "$" + name // the shell's own
	}
	for name, text := range map[string]string{"clouds.yaml": cloudsYAML, "env.sh": envSH} {
		if _, err := d.Write(name, os.Expand(text, known)); err != nil {
			return err
		}
	}
	return nil
}
