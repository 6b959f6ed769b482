package v3_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// shopWorld is a service with an endpoint in each of the regions Korea, Pangyo in it and Japan, and
// one in no region.
type shopWorld struct {
	*cloud
	service   string
	endpoints map[string]string // by region
}

func startShop(t *testing.T) *shopWorld {
	w := &shopWorld{cloud: startCloud(t, servertest.Options{}), endpoints: map[string]string{}}
	w.post("/v3/regions", "region", body{"id": "Korea"})
	w.post("/v3/regions", "region", body{"id": "Pangyo", "parent_region_id": "Korea"})
	w.post("/v3/regions", "region", body{"id": "Japan"})
	w.service = w.post("/v3/services", "service", body{"type": "shop"})
	for _, region := range []string{"Korea", "Pangyo", "Japan", ""} {
		in := body{"interface": "public", "service_id": w.service, "url": "https://shop.example.com/" + region}
		if region != "" {
			in["region_id"] = region
		}
		w.endpoints[region] = w.post("/v3/endpoints", "endpoint", in)
	}
	return w
}

func (w *shopWorld) policy() string {
	w.t.Helper()
	return w.post("/v3/policies", "policy", body{"type": "t", "blob": "b"})
}

// inForce says which policy each endpoint has, "" for none.
func (w *shopWorld) inForce(want map[string]string) {
	w.t.Helper()
	got := map[string]string{}
	for region, id := range w.endpoints {
		got[region] = ""
		answer := w.Do("GET", "/v3/endpoints/"+id+"/OS-ENDPOINT-POLICY/policy", w.admin, nil)
		if answer.Status != 404 {
			got[region] = answer.Want(200).Text("policy.id")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("policies in force (-want +got):\n%s", diff)
	}
}

func ids(answer *servertest.Response, list string) map[string]bool {
	found := map[string]bool{}
	for _, item := range answer.Get(list).([]any) {
		found[item.(body)["id"].(string)] = true
	}
	return found
}

func TestThePolicyOfAnEndpointIsTheNearest(t *testing.T) {
	w := startShop(t)
	w.inForce(map[string]string{"Korea": "", "Pangyo": "", "Japan": "", "": ""})
	service, korea, endpoint := w.policy(), w.policy(), w.policy()
	w.put("policies", service, "OS-ENDPOINT-POLICY", "services", w.service)
	w.inForce(map[string]string{"Korea": service, "Pangyo": service, "Japan": service, "": service})
	w.put("policies", korea, "OS-ENDPOINT-POLICY", "services", w.service, "regions", "Korea")
	w.inForce(map[string]string{"Korea": korea, "Pangyo": korea, "Japan": service, "": service})
	w.put("policies", endpoint, "OS-ENDPOINT-POLICY", "endpoints", w.endpoints["Pangyo"])
	w.inForce(map[string]string{"Korea": korea, "Pangyo": endpoint, "Japan": service, "": service})

	if diff := cmp.Diff(map[string]bool{w.endpoints["Korea"]: true, w.endpoints["Pangyo"]: true},
		ids(w.Do("GET", "/v3/policies/"+korea+"/OS-ENDPOINT-POLICY/endpoints", w.admin, nil).Want(200), "endpoints")); diff != "" {
		t.Errorf("endpoints of the region's policy: %s", diff)
	}
	if n := len(ids(w.Do("GET", "/v3/policies/"+service+"/OS-ENDPOINT-POLICY/endpoints", w.admin, nil).Want(200), "endpoints")); n != 4 {
		t.Errorf("%d endpoints of the service's policy, want 4", n)
	}
}

// An endpoint, a service, a service in a region: each has one policy, the last that was put there.
func TestAnAssociationTakesThePlaceOfAnother(t *testing.T) {
	w := startShop(t)
	old, next := w.policy(), w.policy()
	for _, place := range []string{"endpoints/" + w.endpoints[""], "services/" + w.service, "services/" + w.service + "/regions/Pangyo"} {
		at := func(policy string) string { return "/v3/policies/" + policy + "/OS-ENDPOINT-POLICY/" + place }
		if got := w.Do("GET", at(old), w.admin, nil).Want(404); got.Text("error.message") != "Could not find policy association." {
			t.Errorf("%s", got.Body)
		}
		w.Do("PUT", at(old), w.admin, nil).Want(204)
		w.Do("PUT", at(old), w.admin, nil).Want(204)
		w.Do("GET", at(old), w.admin, nil).Want(204)
		w.Do("HEAD", at(old), w.admin, nil).Want(204)
		w.Do("PUT", at(next), w.admin, nil).Want(204)
		w.Do("GET", at(old), w.admin, nil).Want(404)
		w.Do("DELETE", at(old), w.admin, nil).Want(204) // nothing to end is no error
		w.Do("GET", at(next), w.admin, nil).Want(204)
		w.Do("DELETE", at(next), w.admin, nil).Want(204)
		w.Do("GET", at(next), w.admin, nil).Want(404)
	}
	w.inForce(map[string]string{"Korea": "", "Pangyo": "", "Japan": "", "": ""})
}

func TestAssociationsAreWithWhatExists(t *testing.T) {
	w := startShop(t)
	policy := w.policy()
	for _, method := range []string{"PUT", "GET", "DELETE"} {
		for path, message := range map[string]string{
			"missing/OS-ENDPOINT-POLICY/services/" + w.service:                        "Could not find policy: missing.",
			policy + "/OS-ENDPOINT-POLICY/endpoints/missing":                          "Could not find endpoint: missing.",
			policy + "/OS-ENDPOINT-POLICY/services/missing":                           "Could not find service: missing.",
			policy + "/OS-ENDPOINT-POLICY/services/missing/regions/Korea":             "Could not find service: missing.",
			policy + "/OS-ENDPOINT-POLICY/services/" + w.service + "/regions/missing": "Could not find region: missing.",
		} {
			got := w.Do(method, "/v3/policies/"+path, w.admin, nil).Want(404)
			if got.Text("error.message") != message {
				t.Errorf("%s %s: %s", method, path, got.Body)
			}
		}
	}
	w.Do("GET", "/v3/policies/missing/OS-ENDPOINT-POLICY/endpoints", w.admin, nil).Want(404)
	w.Do("GET", "/v3/endpoints/missing/OS-ENDPOINT-POLICY/policy", w.admin, nil).Want(404)
}

// What is associated takes its associations along when it goes; what stays has what it had.
func TestAssociationsGoWithEitherSide(t *testing.T) {
	w := startShop(t)
	policy, doomed := w.policy(), w.policy()
	w.put("policies", policy, "OS-ENDPOINT-POLICY", "services", w.service)
	w.put("policies", doomed, "OS-ENDPOINT-POLICY", "endpoints", w.endpoints["Japan"])
	w.put("policies", doomed, "OS-ENDPOINT-POLICY", "services", w.service, "regions", "Korea")
	w.del("policies", doomed)
	w.inForce(map[string]string{"Korea": policy, "Pangyo": policy, "Japan": policy, "": policy})

	w.put("policies", policy, "OS-ENDPOINT-POLICY", "services", w.service, "regions", "Japan")
	w.del("endpoints", w.endpoints["Japan"])
	w.del("regions", "Japan")
	w.del("services", w.service)
	if left := ids(w.Do("GET", "/v3/policies/"+policy+"/OS-ENDPOINT-POLICY/endpoints", w.admin, nil).Want(200), "endpoints"); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	w.del("policies", policy)
}

func TestOnlyAdministratorsAssociatePolicies(t *testing.T) {
	w := startShop(t)
	policy, member := w.policy(), memberToken(t, w.Env)
	for _, place := range []string{"endpoints/" + w.endpoints[""], "services/" + w.service, "services/" + w.service + "/regions/Korea", "services/missing"} {
		for _, method := range []string{"PUT", "GET", "DELETE"} {
			w.Do(method, "/v3/policies/"+policy+"/OS-ENDPOINT-POLICY/"+place, "", nil).Want(401)
			w.Do(method, "/v3/policies/"+policy+"/OS-ENDPOINT-POLICY/"+place, member, nil).Want(403)
		}
	}
	w.Do("GET", "/v3/endpoints/"+w.endpoints[""]+"/OS-ENDPOINT-POLICY/policy", member, nil).Want(403)
}
