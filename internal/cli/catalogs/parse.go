package catalogs

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/lintel-id/lintel/internal/identity"
)

// Error is one thing wrong with a catalog file. Line and Column count from 1; zero means that
// it is not about one place.
type Error struct {
	Line   int
	Column int
	Key    string // dotted, with the places of repeated tables: "service[2].public.KR1"; "" when the text is not TOML at all
	Text   string
}

// Error is "line:column: key: text", without the parts that are unknown.
func (e *Error) Error() string {
	text := e.Text
	if e.Key != "" {
		text = e.Key + ": " + text
	}
	if e.Line > 0 {
		text = fmt.Sprintf("%d:%d: %s", e.Line, e.Column, text)
	}
	return text
}

// file is the TOML of a catalog.
type file struct {
	Region []struct {
		ID          identity.RegionID `toml:"id"`
		Parent      identity.RegionID `toml:"parent"`
		Description string            `toml:"description"`
	} `toml:"region"`
	Service []struct {
		Type        string `toml:"type"`
		Name        string `toml:"name"`
		Description string `toml:"description"`
		Public      urls   `toml:"public"`
		Internal    urls   `toml:"internal"`
		Admin       urls   `toml:"admin"`
	} `toml:"service"`
}

type urls map[string]string

// anyBase stands for the server's own address while a file is checked.
const anyBase = "http://[::1]:5000"

// Parse reads a catalog file. Unknown keys are errors, and so is everything that
// identity.CatalogSpec.Validate refuses. The error joins one *Error for each thing wrong.
func Parse(text []byte) (identity.CatalogSpec, error) {
	var f file
	if err := decode(text, &f); err != nil {
		return identity.CatalogSpec{}, err
	}
	at, err := positions(text)
	if err != nil {
		return identity.CatalogSpec{}, err
	}
	r := reader{at: at}
	spec := r.spec(&f)
	if r.wrong == nil {
		complete := spec.At(anyBase)
		r.check("", complete.Validate()) // what stands twice has no one place
	}
	if r.wrong != nil {
		return identity.CatalogSpec{}, errors.Join(r.wrong...)
	}
	return spec, nil
}

func decode(text []byte, f *file) error {
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(f)
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		var all []error
		for i := range unknown.Errors {
			line, column := unknown.Errors[i].Position()
			all = append(all, &Error{line, column, strings.Join(unknown.Errors[i].Key(), "."), "unknown key"})
		}
		return errors.Join(all...)
	case errors.As(err, &wrong):
		line, column := wrong.Position()
		return &Error{line, column, strings.Join(wrong.Key(), "."), strings.TrimPrefix(wrong.Error(), "toml: ")}
	}
	return err
}

// positions says where each table and each key stands.
func positions(text []byte) (map[string]unstable.Position, error) {
	at, count := map[string]unstable.Position{}, map[string]int{}
	var parser unstable.Parser
	parser.Reset(text)
	table := ""
	for parser.NextExpression() {
		expression := parser.Expression()
		var parts []string
		var start unstable.Position
		for key := expression.Key(); key.Next(); {
			if len(parts) == 0 {
				start = parser.Shape(key.Node().Raw).Start
			}
			parts = append(parts, string(key.Node().Data))
		}
		if lower := strings.ToLower(parts[0]); lower != parts[0] && expression.Kind != unstable.KeyValue {
			return nil, &Error{start.Line, start.Column, parts[0], "unknown key; keys are lower-case: " + lower}
		}
		name := strings.Join(parts, ".")
		switch expression.Kind {
		case unstable.ArrayTable:
			count[name]++
			table = fmt.Sprintf("%s[%d]", name, count[name])
			at[table] = start
		case unstable.Table:
			if n := count[parts[0]]; n > 0 {
				parts[0] = fmt.Sprintf("%s[%d]", parts[0], n)
			}
			table = strings.Join(parts, ".")
			at[table] = start
		default:
			at[table+"."+name] = start
		}
	}
	return at, parser.Error()
}

// reader turns a file into nouns and gathers what is wrong with it.
type reader struct {
	at    map[string]unstable.Position
	wrong []error
}

// check notes an error about a key, at the nearest place above it that stands in the file.
func (r *reader) check(key string, err error) {
	if err == nil {
		return
	}
	place := key
	for r.at[place].Line == 0 && strings.Contains(place, ".") {
		place = place[:strings.LastIndexByte(place, '.')]
	}
	p := r.at[place]
	r.wrong = append(r.wrong, &Error{p.Line, p.Column, key, err.Error()})
}

func (r *reader) spec(f *file) identity.CatalogSpec {
	var spec identity.CatalogSpec
	for i, g := range f.Region {
		region := identity.RegionSpec{ID: g.ID, ParentID: g.Parent, Description: g.Description}
		r.check(fmt.Sprintf("region[%d]", i+1), region.Validate())
		spec.Regions = append(spec.Regions, region)
	}
	for i, s := range f.Service {
		key := fmt.Sprintf("service[%d]", i+1)
		service := identity.ServiceSpec{Type: s.Type, Name: s.Name, Description: s.Description, Enabled: true}
		r.check(key, service.Validate())
		v := identity.CatalogServiceSpec{ServiceSpec: service}
		v.Endpoints = append(v.Endpoints, r.endpoints(key, identity.PublicInterface, s.Public)...)
		v.Endpoints = append(v.Endpoints, r.endpoints(key, identity.InternalInterface, s.Internal)...)
		v.Endpoints = append(v.Endpoints, r.endpoints(key, identity.AdminInterface, s.Admin)...)
		spec.Services = append(spec.Services, v)
	}
	return spec
}

// endpoints are the URLs of one interface of a service, in order of region.
func (r *reader) endpoints(service string, of identity.Interface, in urls) []identity.EndpointSpec {
	var all []identity.EndpointSpec
	for _, region := range slices.Sorted(maps.Keys(in)) {
		e := identity.EndpointSpec{Interface: of, RegionID: identity.RegionID(region), URL: in[region], Enabled: true}
		key := service + "." + string(of) + "." + region
		all = append(all, e)
		if strings.HasPrefix(e.URL, "/") {
			e.URL = anyBase + e.URL
		}
		r.check(key, e.Validate())
	}
	return all
}
