// Package catalogs reads catalog files and owns the ones that ship: the clouds gozunga and
// nhn as their public documentation describes them, and dev for trying things out.
//
// A file is TOML. Keys are as short as the thing allows:
//
//	[[region]]
//	id = "KR1"
//	description = "Korea (Pangyo)"   # optional
//	parent = "Korea"                 # optional; a region further up
//
//	[[service]]
//	type = "compute"
//	name = "nova"                    # optional
//	description = "Virtual machines" # optional
//	[service.public]                 # or internal, or admin: one URL for each region
//	KR1 = "https://kr1.example.com/v2/$(tenant_id)s"
//
// A URL may hold the fields of every endpoint, such as $(project_id)s. One that begins with
// "/" is below the server's own address: identity.CatalogSpec.At completes it.
//
// It refuses to know what the cloud has already: that is core.LoadCatalog's.
package catalogs

import (
	"embed"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

//go:embed *.toml
var files embed.FS

// Names lists the catalogs that ship, in alphabetical order.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil // the root of an embedded tree is always there
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".toml")
	}
	slices.Sort(names)
	return names
}

// Load returns a catalog that ships, or the one in a file.
func Load(name string) (identity.CatalogSpec, error) {
	text, err := files.ReadFile(name + ".toml")
	if err != nil {
		if text, err = os.ReadFile(name); err != nil {
			return identity.CatalogSpec{}, fmt.Errorf("%q is neither a catalog that ships (%s) nor a file: %w", name, strings.Join(Names(), ", "), err)
		}
	}
	spec, err := Parse(text)
	if err != nil {
		return identity.CatalogSpec{}, fmt.Errorf("catalog %s: %w", name, err)
	}
	return spec, nil
}
