package v2_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// A service is made, listed and deleted under the name of its extension.
func TestAServiceLivesFromPostToDelete(t *testing.T) {
	c := start(t, servertest.Options{})
	admin := c.AdminToken()
	made := c.Do("POST", "/v2.0/OS-KSADM/services", admin, `{"OS-KSADM:service": {"name": "nova", "type": "compute", "description": null}}`).Want(200)
	id := made.Get("OS-KSADM:service").(object)["id"].(string)
	want := object{"id": id, "name": "nova", "type": "compute", "description": "", "enabled": true}
	if diff := cmp.Diff(want, made.Get("OS-KSADM:service")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, c.Do("GET", "/v2.0/OS-KSADM/services/"+id, admin, nil).Want(200).Get("OS-KSADM:service")); diff != "" {
		t.Error(diff)
	}
	if !slices.Contains(ids(c.Do("GET", "/v2.0/OS-KSADM/services", admin, nil).Want(200), "OS-KSADM:services"), id) {
		t.Error("the service is in no list")
	}
	c.Do("POST", "/v2.0/OS-KSADM/services", admin, `{"OS-KSADM:service": {"name": "nova"}}`).Want(400)
	c.Do("POST", "/v2.0/OS-KSADM/services", admin, `{"service": {"type": "compute"}}`).Want(400)
	c.Do("POST", "/v2.0/OS-KSADM/services", c.token(), `{"OS-KSADM:service": {"type": "compute"}}`).Want(403)
	c.Do("GET", "/v2.0/OS-KSADM/services", c.token(), nil).Want(403)
	c.Do("DELETE", "/v2.0/OS-KSADM/services/"+id, c.token(), nil).Want(403)
	c.Do("DELETE", "/v2.0/OS-KSADM/services/"+id, admin, nil).Want(204)
	c.Do("GET", "/v2.0/OS-KSADM/services/"+id, admin, nil).Want(404)
}
