package v3_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestARegionLivesFromPostToDelete(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	made := env.Do("POST", "/v3/regions", admin, `{"region": {"id": "SiouxFalls", "description": "South Dakota", "zone": "central"}}`).Want(http.StatusCreated)
	want := body{"id": "SiouxFalls", "description": "South Dakota", "parent_region_id": nil, "zone": "central",
		"links": body{"self": env.URL + "/v3/regions/SiouxFalls"}}
	if diff := cmp.Diff(want, made.Get("region")); diff != "" {
		t.Error(diff)
	}
	read := env.Do("GET", "/v3/regions/SiouxFalls", admin, nil).Want(http.StatusOK)
	if diff := cmp.Diff(want, read.Get("region")); diff != "" {
		t.Error(diff)
	}
	changed := env.Do("PATCH", "/v3/regions/SiouxFalls", admin, `{"region": {"description": null, "parent_region_id": "RegionOne", "zone": null}}`).Want(http.StatusOK)
	want = body{"id": "SiouxFalls", "description": "", "parent_region_id": "RegionOne", "links": body{"self": env.URL + "/v3/regions/SiouxFalls"}}
	if diff := cmp.Diff(want, changed.Get("region")); diff != "" {
		t.Error(diff)
	}
	env.Do("DELETE", "/v3/regions/SiouxFalls", admin, nil).Want(http.StatusNoContent)
	env.Do("GET", "/v3/regions/SiouxFalls", admin, nil).Want(http.StatusNotFound)
	env.Do("DELETE", "/v3/regions/SiouxFalls", admin, nil).Want(http.StatusNotFound)
	env.Do("PATCH", "/v3/regions/SiouxFalls", admin, `{"region": {}}`).Want(http.StatusNotFound)
}

func TestARegionsIDIsTheClientsOrMade(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	for _, text := range []string{`{"region": {}}`, `{"region": {"id": null}}`, `{"region": {"id": ""}}`} {
		if id := env.Do("POST", "/v3/regions", admin, text).Want(http.StatusCreated).Text("region.id"); len(id) != 32 {
			t.Errorf("%s made the id %q", text, id)
		}
	}
	env.Do("PUT", "/v3/regions/KR1", admin, `{"region": {"description": "Pangyo"}}`).Want(http.StatusCreated)
	env.Do("PUT", "/v3/regions/KR2", admin, `{"region": {"id": "KR2"}}`).Want(http.StatusCreated)
	env.Do("PUT", "/v3/regions/KR1", admin, `{"region": {}}`).Want(http.StatusConflict)
	env.Do("POST", "/v3/regions", admin, `{"region": {"id": "KR1"}}`).Want(http.StatusConflict)
	env.Do("PUT", "/v3/regions/KR3", admin, `{"region": {"id": "JP1"}}`).Want(http.StatusBadRequest)
	env.Do("PATCH", "/v3/regions/KR1", admin, `{"region": {"id": "JP1"}}`).Want(http.StatusBadRequest)

	// An id of any text can be followed by its link.
	made := env.Do("POST", "/v3/regions", admin, `{"region": {"id": "Süd 100%?"}}`).Want(http.StatusCreated)
	path := strings.TrimPrefix(made.Text("region.links.self"), env.URL)
	if id := env.Do("GET", path, admin, nil).Want(http.StatusOK).Text("region.id"); id != "Süd 100%?" {
		t.Errorf("%s is %q", path, id)
	}
	for _, id := range []string{"a/b", "..", `a\\b`, " ", strings.Repeat("x", 256), "a\\u0000b"} {
		env.Do("POST", "/v3/regions", admin, `{"region": {"id": "`+id+`"}}`).Want(http.StatusBadRequest)
	}
}

func TestRegionsAreListedByTheirParentAndNothingElse(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	for _, text := range []string{`{"region": {"id": "Korea"}}`, `{"region": {"id": "KR2", "parent_region_id": "Korea"}}`, `{"region": {"id": "KR1", "parent_region_id": "Korea"}}`} {
		env.Do("POST", "/v3/regions", admin, text).Want(http.StatusCreated)
	}
	for query, want := range map[string][]string{
		"":                        {"KR1", "KR2", "Korea", "RegionOne"},
		"?parent_region_id=Korea": {"KR1", "KR2"},
		"?parent_region_id=KR1":   {},
	} {
		answer := env.Do("GET", "/v3/regions"+query, admin, nil).Want(http.StatusOK)
		got := []string{}
		for _, r := range answer.Get("regions").([]any) {
			got = append(got, r.(body)["id"].(string))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
		if self := answer.Text("links.self"); self != env.URL+"/v3/regions"+query {
			t.Errorf("the list's link is %s", self)
		}
	}
	for _, query := range []string{"?id=KR1", "?description=x", "?parent_region_id=Korea&limit=1"} {
		env.Do("GET", "/v3/regions"+query, admin, nil).Want(http.StatusBadRequest)
	}
}

func TestARegionIsNotPartOfItself(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	for _, text := range []string{`{"region": {"id": "A"}}`, `{"region": {"id": "B", "parent_region_id": "A"}}`, `{"region": {"id": "C", "parent_region_id": "B"}}`} {
		env.Do("POST", "/v3/regions", admin, text).Want(http.StatusCreated)
	}
	for _, parent := range []string{"A", "B", "C", "nowhere"} {
		env.Do("PATCH", "/v3/regions/A", admin, body{"region": body{"parent_region_id": parent}}).Want(http.StatusBadRequest)
	}
	env.Do("POST", "/v3/regions", admin, `{"region": {"id": "D", "parent_region_id": "D"}}`).Want(http.StatusBadRequest)
	env.Do("POST", "/v3/regions", admin, `{"region": {"id": "D", "parent_region_id": "nowhere"}}`).Want(http.StatusBadRequest)
	env.Do("PATCH", "/v3/regions/C", admin, `{"region": {"parent_region_id": "A"}}`).Want(http.StatusOK)
}

func TestADeletedRegionTakesThoseBelowItUnlessTheyHaveEndpoints(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	for _, text := range []string{`{"region": {"id": "A"}}`, `{"region": {"id": "B", "parent_region_id": "A"}}`, `{"region": {"id": "C", "parent_region_id": "B"}}`} {
		env.Do("POST", "/v3/regions", admin, text).Want(http.StatusCreated)
	}
	service := env.Create("/v3/services", "service", body{"type": "shop"})
	endpoint := env.Create("/v3/endpoints", "endpoint", body{"interface": "public", "service_id": service, "region_id": "C", "url": "https://a.example.com"})
	for _, id := range []string{"A", "B", "C"} {
		env.Do("DELETE", "/v3/regions/"+id, admin, nil).Want(http.StatusForbidden)
		env.Do("GET", "/v3/regions/"+id, admin, nil).Want(http.StatusOK)
	}
	env.Do("DELETE", "/v3/endpoints/"+endpoint, admin, nil).Want(http.StatusNoContent)
	env.Do("DELETE", "/v3/regions/A", admin, nil).Want(http.StatusNoContent)
	for _, id := range []string{"A", "B", "C"} {
		env.Do("GET", "/v3/regions/"+id, admin, nil).Want(http.StatusNotFound)
	}
}

func TestEverybodySeesRegionsAndAdministratorsChangeThem(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	member := memberToken(t, env)
	for token, read := range map[string]int{"": http.StatusUnauthorized, member: http.StatusOK} {
		env.Do("GET", "/v3/regions", token, nil).Want(read)
		env.Do("GET", "/v3/regions/RegionOne", token, nil).Want(read)
		write := http.StatusForbidden
		if token == "" {
			write = http.StatusUnauthorized
		}
		env.Do("POST", "/v3/regions", token, `{"region": {"id": "X"}}`).Want(write)
		env.Do("PUT", "/v3/regions/X", token, `{"region": {}}`).Want(write)
		env.Do("PATCH", "/v3/regions/RegionOne", token, `{"region": {"description": "x"}}`).Want(write)
		env.Do("DELETE", "/v3/regions/RegionOne", token, nil).Want(write)
		env.Do("DELETE", "/v3/regions/nowhere", token, nil).Want(write)
		env.Do("POST", "/v3/regions", token, `{"region": {"description": 5}}`).Want(http.StatusBadRequest)
	}
	env.Do("GET", "/v3/regions/nowhere", member, nil).Want(http.StatusNotFound)
}
