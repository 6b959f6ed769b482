package catalogs_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/cli/catalogs"
	"github.com/lintel-id/lintel/internal/identity"
)

func load(t *testing.T, name string) identity.CatalogSpec {
	t.Helper()
	spec, err := catalogs.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// lines writes a catalog as "type name interface region url", in order.
func lines(spec identity.CatalogSpec) []string {
	var all []string
	for _, s := range spec.Services {
		for _, e := range s.Endpoints {
			all = append(all, strings.Join([]string{s.Type, s.Name, string(e.Interface), string(e.RegionID), e.URL}, " "))
		}
	}
	slices.Sort(all)
	return all
}

func TestEveryCatalogThatShipsCanBeLoaded(t *testing.T) {
	if diff := cmp.Diff([]string{"dev", "gozunga", "nhn", "nhn-project"}, catalogs.Names()); diff != "" {
		t.Fatal(diff)
	}
	for _, name := range catalogs.Names() {
		spec := load(t, name).At("http://127.0.0.1:5000")
		if err := spec.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if spec.Services[0].Type != "identity" {
			t.Errorf("%s does not begin with identity", name)
		}
		for _, r := range spec.Regions {
			if r.Description == "" {
				t.Errorf("%s: region %s has no description", name, r.ID)
			}
		}
	}
}

// The hosts are those of the public API guide; the paths those of its example.
func TestNHNHasThe28URLsOfItsGuide(t *testing.T) {
	want := []string{"identity keystone public KR1 https://api-identity-infrastructure.nhncloudservice.com/v2.0"}
	for _, row := range []struct{ service, host, path, regions string }{
		{"compute nova", "api-instance-infrastructure", "/v2/$(tenant_id)s", "KR1 KR2 KR3 JP1"},
		{"network neutron", "api-network-infrastructure", "", "KR1 KR2 KR3 JP1"},
		{"image glance", "api-image-infrastructure", "", "KR1 KR2 KR3 JP1"},
		{"volumev2 cinderv2", "api-block-storage-infrastructure", "/v2/$(tenant_id)s", "KR1 KR2 KR3 JP1"},
		{"nasv1 nas", "api-nas-infrastructure", "", "KR1 KR2 KR3"},
		{"object-store swift", "api-object-storage", "/v1/AUTH_$(tenant_id)s", "KR1 KR2 KR3 JP1"},
		{"key-manager barbican", "api-key-manager-infrastructure", "", "KR1 KR2 KR3 JP1"},
	} {
		for _, region := range strings.Fields(row.regions) {
			want = append(want, row.service+" public "+region+" https://"+strings.ToLower(region)+"-"+row.host+".nhncloudservice.com"+row.path)
		}
	}
	slices.Sort(want)
	got := lines(load(t, "nhn"))
	if len(got) != 28 {
		t.Errorf("%d URLs, want 28", len(got))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheProjectOfNHNsExampleSeesAPartOfNHN(t *testing.T) {
	part, whole := load(t, "nhn-project"), lines(load(t, "nhn"))
	got := lines(part)
	if len(part.Services) != 6 || len(got) != 11 {
		t.Errorf("%d services with %d URLs, want 6 with 11", len(part.Services), len(got))
	}
	for _, line := range got {
		if !slices.Contains(whole, line) {
			t.Errorf("%s is not in nhn", line)
		}
	}
}

func TestGozungaIsOneHostInSiouxFalls(t *testing.T) {
	const host = "https://cloud.fsd1.gozunga.com:"
	want := []string{
		"compute nova public SiouxFalls " + host + "8774/v2.1",
		"identity keystone admin SiouxFalls " + host + "5000/v3",
		"identity keystone internal SiouxFalls " + host + "5000/v3",
		"identity keystone public SiouxFalls " + host + "5000/v3",
		"image glance public SiouxFalls " + host + "9292",
		"network neutron public SiouxFalls " + host + "9696",
		"object-store swift public SiouxFalls " + host + "6780/v1/AUTH_$(project_id)s",
		"s3 s3 public SiouxFalls " + host + "6780",
		"volumev3 cinderv3 public SiouxFalls " + host + "8776/v3/$(project_id)s",
	}
	if diff := cmp.Diff(want, lines(load(t, "gozunga"))); diff != "" {
		t.Error(diff)
	}
}

func TestDevHasIdentityAtTheServersOwnAddressInBothRegions(t *testing.T) {
	spec := load(t, "dev").At("http://127.0.0.1:5999/")
	got := map[string]int{}
	for _, e := range spec.Services[0].Endpoints {
		if e.URL != "http://127.0.0.1:5999/v3" {
			t.Errorf("identity is at %s", e.URL)
		}
		got[string(e.RegionID)]++
	}
	if diff := cmp.Diff(map[string]int{"RegionOne": 3, "RegionTwo": 3}, got); diff != "" {
		t.Error(diff)
	}
	var types []string
	for _, s := range spec.Services {
		types = append(types, s.Type)
	}
	if diff := cmp.Diff([]string{"identity", "compute", "placement", "image", "network", "volumev3", "object-store", "s3"}, types); diff != "" {
		t.Error(diff)
	}
	if again := load(t, "dev"); again.Services[0].Endpoints[0].URL != "/v3" {
		t.Error("At changed the catalog it was called on")
	}
}

func TestAFileReadsAsItSays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cloud.toml")
	const text = `
[[region]]
id = "Korea"
[[region]]
id = "KR1"
parent = "Korea"
description = "Pangyo"
[[service]]
type = "compute"
name = "nova"
description = "Virtual machines"
[service.public]
KR1 = "https://kr1.example.com/v2/$(tenant_id)s"
[service.admin]
KR1 = "/admin"
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	want := identity.CatalogSpec{
		Regions: []identity.RegionSpec{{ID: "Korea"}, {ID: "KR1", ParentID: "Korea", Description: "Pangyo"}},
		Services: []identity.CatalogServiceSpec{{
			ServiceSpec: identity.ServiceSpec{Type: "compute", Name: "nova", Description: "Virtual machines", Enabled: true},
			Endpoints: []identity.EndpointSpec{
				{Interface: "public", RegionID: "KR1", URL: "https://kr1.example.com/v2/$(tenant_id)s", Enabled: true},
				{Interface: "admin", RegionID: "KR1", URL: "/admin", Enabled: true},
			},
		}},
	}
	if diff := cmp.Diff(want, load(t, path)); diff != "" {
		t.Error(diff)
	}
}

func TestAnErrorNamesTheLineAndTheKey(t *testing.T) {
	const service = "[[service]]\ntype = \"compute\"\n"
	for _, test := range []struct{ text, want string }{
		{"[[region]]\nid = 1\n", "2:6: region.id: "},
		{"[[region]]\nid = \"A\"\ncolour = \"red\"\n", "3:1: region.colour: unknown key"},
		{"[[region]]\nid = \"A/B\"\n", "1:3: region[1]: Invalid input for field 'id'"},
		{"[[Region]]\nid = \"A\"\n", "1:3: Region: unknown key; keys are lower-case: region"},
		{"[[service]]\nname = \"nova\"\n", "1:3: service[1]: Invalid input for field 'type'"},
		{service + "[service.public]\nA = \"https://a.example.com/$(admin_token)s\"\n", "4:1: service[1].public.A: Malformed endpoint URL"},
		{service + service + "[service.admin]\nA = \"nothing\"\n", "6:1: service[2].admin.A: Invalid input for field 'url'"},
		{service + "[service.personal]\nA = \"https://a.example.com\"\n", "3:2: service.personal: unknown key"},
		{service + service, "stands twice"},
		{"[[region]]\nid = \"A\"\n[[region]]\nid = \"A\"\n", "stands twice"},
		{"[[region]]\nid = \"A\nB\"\n", "2:"},
		{"region = 5\n", "1:"},
	} {
		_, err := catalogs.Parse([]byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q gives %v, want %s", test.text, err, test.want)
		}
	}
}

func TestANameThatIsNeitherACatalogNorAFileIsAnError(t *testing.T) {
	for _, name := range []string{"nowhere", "../catalogs", ""} {
		if _, err := catalogs.Load(name); err == nil {
			t.Errorf("%q was loaded", name)
		}
	}
}

// Whatever a file holds, reading it ends, and what it yields can be loaded.
func FuzzParse(f *testing.F) {
	f.Add([]byte("[[region]]\nid = \"A\"\n"))
	f.Add([]byte("[[service]]\ntype = \"s3\"\n[service.public]\nA = \"/s3\"\n"))
	f.Add([]byte("[[service]]\ntype = \"s3\"\npublic.A = \"https://a/$(user_id)s\"\n"))
	f.Add([]byte("service = [{ type = \"s3\", public = { A = \"x\" } }]\n"))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		spec, err := catalogs.Parse(text)
		if err != nil {
			return
		}
		spec = spec.At("http://127.0.0.1:5000")
		if err := spec.Validate(); err != nil {
			t.Errorf("%q was read but cannot be loaded: %v", text, err)
		}
	})
}
