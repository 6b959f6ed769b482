package v3

import (
	_ "embed"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/api"
)

// jsonHome is the media type of the API's index (draft-nottingham-json-home-03).
const jsonHome = "application/json-home"

const relations = "https://docs.openstack.org/api/openstack-identity/3/"

// relationLines is the relations of the Identity API v3, one on a line: its extension ("-" for
// the core API), its name, and the path of its resource below /v3. Those of resources that are
// not served stand here too; the index leaves them out.
//
//go:embed json_home.txt
var relationLines string

func allRelations() (all []relation) {
	for line := range strings.Lines(relationLines) {
		column := strings.Fields(line)
		all = append(all, relation{extension: strings.TrimPrefix(column[0], "-"), name: column[1], path: column[2]})
	}
	return all
}

// relation names a resource for clients that look for it in the index.
type relation struct {
	extension string // "" for the core API
	name      string
	path      string // below /v3
}

// uri is the name of the relation all over the world.
func (l *relation) uri() string { return relationURI(l.extension, "rel", l.name) }

func relationURI(extension, kind, name string) string {
	if extension != "" {
		kind = "ext/" + extension + "/1.0/" + kind
	}
	return relations + kind + "/" + name
}

// status is a hint that Keystone gives for limits.
func (l *relation) status() string {
	if strings.HasPrefix(l.path, "/limits") || strings.HasPrefix(l.path, "/registered_limits") {
		return "experimental"
	}
	return ""
}

// variableURI names a variable of a path by its meaning.
func variableURI(name string) string {
	switch name {
	case "prior_role_id", "implied_role_id":
		name = "role_id"
	case "value":
		name = "tag_value"
	case "group", "option":
		name = "config_" + name
	}
	extension := map[string]string{"endpoint_group_id": "OS-EP-FILTER", "idp_id": "OS-FEDERATION", "protocol_id": "OS-FEDERATION", "mapping_id": "OS-FEDERATION",
		"sp_id": "OS-FEDERATION", "consumer_id": "OS-OAUTH1", "access_token_id": "OS-OAUTH1", "request_token_id": "OS-OAUTH1", "trust_id": "OS-TRUST"}[name]
	return relationURI(extension, "param", name)
}

// resourceOut is one resource of the index: Href, or a template and what its variables mean.
type resourceOut struct {
	Href     string            `json:"href,omitzero"`
	Template string            `json:"href-template,omitzero"`
	Vars     map[string]string `json:"href-vars,omitzero"`
	Hints    map[string]string `json:"hints,omitzero"`
}

// jsonHomeOut is the index of the API: its resources by their relations.
type jsonHomeOut struct {
	Resources map[string]resourceOut `json:"resources"`
}

// index lists the resources that are served, at paths with a prefix.
func (h *Handler) index(prefix string) jsonHomeOut {
	served := map[string]bool{}
	for _, route := range h.Routes() {
		_, path, _ := strings.Cut(route.Pattern, " ")
		served[shapeOf(strings.TrimPrefix(path, "/v3"))] = true
	}
	home := jsonHomeOut{Resources: map[string]resourceOut{}}
	for _, l := range allRelations() {
		if served[shapeOf(l.path)] {
			home.Resources[l.uri()] = l.resource(prefix)
		}
	}
	return home
}

// shapeOf is a path without the names of its variables. The group of a default configuration
// is a variable of the API and no variable of our patterns.
func shapeOf(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") || i == 3 && len(parts) > 4 && parts[1] == "domains" && parts[2] == "config" {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}

func (l *relation) resource(prefix string) resourceOut {
	out := resourceOut{}
	for part := range strings.SplitSeq(l.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			if out.Vars == nil {
				out.Vars = map[string]string{}
			}
			name = strings.TrimSuffix(name, "}")
			out.Vars[name] = variableURI(name)
		}
	}
	if out.Vars == nil {
		out.Href = prefix + l.path
	} else {
		out.Template = prefix + l.path
	}
	if status := l.status(); status != "" {
		out.Hints = map[string]string{"status": status}
	}
	return out
}

func replyIndex(w http.ResponseWriter, home jsonHomeOut) error {
	body, err := json.Marshal(home, json.Deterministic(true))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", jsonHome)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a client that has gone away needs no answer
	return nil
}

// wantsIndex says whether a request accepts the index more gladly than plain JSON.
func wantsIndex(r *api.Request) bool {
	return quality(r, jsonHome) > quality(r, api.JSON)
}

// quality is how gladly a request accepts a media type, from 0 to 1: the weight of the most
// specific range that holds it (RFC 9110, section 12.5.1).
func quality(r *api.Request, media string) (weight float64) {
	best := 0
	for entry := range strings.SplitSeq(strings.Join(r.Header["Accept"], ","), ",") {
		of, parameters, _ := strings.Cut(entry, ";")
		specific := map[string]int{media: 3, "application/*": 2, "*/*": 1}[strings.ToLower(strings.TrimSpace(of))]
		if specific <= best {
			continue
		}
		best, weight = specific, 1
		for p := range strings.SplitSeq(parameters, ";") {
			if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(p)), "q="); ok {
				weight, _ = strconv.ParseFloat(q, 64) // what is no number is 0: not wanted
			}
		}
	}
	return weight
}
