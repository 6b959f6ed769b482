package v3_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestEveryRevocationIsAnEvent(t *testing.T) {
	var now time.Time
	start := time.Now().UTC().Truncate(time.Second)
	now = start
	c := startCloud(t, servertest.Options{Now: func() time.Time { return now }})
	acme := c.domain("acme")
	web, ada := c.project("web", acme), c.user("ada", acme)
	c.put("projects", web, "users", ada, "roles", c.role("member"))
	token := c.login(ada, servertest.Project(web))
	audit := c.validate(token).Want(http.StatusOK).Text("token.audit_ids.0")
	none := c.Do("GET", "/v3/OS-REVOKE/events", c.admin, nil).Want(http.StatusOK)
	if want := `{"events":[],"links":{"self":"` + c.URL + `/v3/OS-REVOKE/events","previous":null,"next":null}}`; string(none.Body) != want {
		t.Errorf("without revocations the answer is %s", none.Body)
	}
	var want []any
	for _, act := range []struct {
		attributes         body
		method, path, text string
		header             []string
		status             int
	}{
		{body{"audit_id": audit}, "DELETE", "/v3/auth/tokens", "", []string{"X-Subject-Token", token}, 204},
		{body{"user_id": ada}, "POST", "/v3/users/" + ada + "/password", `{"user": {"original_password": "` + cloudPassword + `", "password": "another-Pass-2"}}`, nil, 204},
		{body{"user_id": ada, "project_id": web}, "DELETE", "/v3/projects/" + web + "/users/" + ada + "/roles/" + c.role("member"), "", nil, 204},
		{body{"project_id": web}, "PATCH", "/v3/projects/" + web, `{"project": {"enabled": false}}`, nil, 200},
	} {
		now = now.Add(time.Second)
		var text any
		if act.text != "" {
			text = act.text
		}
		c.Do(act.method, act.path, c.admin, text, act.header...).Want(act.status)
		act.attributes["issued_before"], act.attributes["revoked_at"] = identity.FormatTime(now), identity.FormatTime(now)
		want = append(want, act.attributes)
	}
	if diff := cmp.Diff(any(want), c.Do("GET", "/v3/OS-REVOKE/events", c.admin, nil).Want(http.StatusOK).Get("events")); diff != "" {
		t.Error(diff)
	}
	since := url.QueryEscape(start.Add(2 * time.Second).Format(time.RFC3339))
	if diff := cmp.Diff(any(want[2:]), c.Do("GET", "/v3/OS-REVOKE/events?since="+since, c.admin, nil).Want(http.StatusOK).Get("events")); diff != "" {
		t.Errorf("since %s: %s", since, diff)
	}
	now = now.Add(time.Second)
	c.Do("PATCH", "/v3/domains/"+acme, c.admin, `{"domain": {"enabled": false}}`).Want(http.StatusOK)
	last := c.Do("GET", "/v3/OS-REVOKE/events?since="+url.QueryEscape(identity.FormatTime(now.Add(-time.Second))), c.admin, nil).Want(http.StatusOK)
	if last.Text("events.0.domain_id") != acme {
		t.Errorf("the domain's event is %s", last.Body)
	}
}

func TestEventsAreForServicesAndAskForATime(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	for _, since := range []string{"yesterday", "12", "2026-13-01T00:00:00Z"} {
		c.Do("GET", "/v3/OS-REVOKE/events?since="+since, c.admin, nil).Want(http.StatusBadRequest)
	}
	c.Do("GET", "/v3/OS-REVOKE/events?since=", c.admin, nil).Want(http.StatusOK)
	c.Do("GET", "/v3/OS-REVOKE/events", "", nil).Want(http.StatusUnauthorized)
	c.Do("GET", "/v3/OS-REVOKE/events", memberToken(t, c.Env), nil).Want(http.StatusForbidden)
	service := c.user("nova", "default")
	c.put("projects", string(c.Admin.Project), "users", service, "roles", c.role("service"))
	c.Do("GET", "/v3/OS-REVOKE/events", c.login(service, servertest.Project(string(c.Admin.Project))), nil).Want(http.StatusOK)
}

func TestTheRoutesOfPKITokensAreRefused(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	for _, token := range []string{"", c.admin} {
		for path, want := range map[string]int{"/v3/OS-SIMPLE-CERT/ca": http.StatusGone, "/v3/OS-SIMPLE-CERT/certificates": http.StatusGone,
			"/v3/auth/tokens/OS-PKI/revoked": http.StatusForbidden} {
			if got := c.Do("GET", path, token, nil).Want(want).Get("error.code"); got != float64(want) {
				t.Errorf("%s: the error's code is %v", path, got)
			}
			c.Do("HEAD", path, token, nil).Want(want)
		}
	}
}
