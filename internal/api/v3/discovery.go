package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
)

// versionOut is the version document of the Identity API v3.
type versionOut struct {
	ID         string         `json:"id"`
	Status     string         `json:"status"`
	Updated    string         `json:"updated"`
	Links      []linkOut      `json:"links"`
	MediaTypes []mediaTypeOut `json:"media-types"`
}

type linkOut struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

type mediaTypeOut struct {
	Base string `json:"base"`
	Type string `json:"type"`
}

// versionsOut is the list of the API's versions.
type versionsOut struct {
	Versions struct {
		Values []versionOut `json:"values"`
	} `json:"versions"`
}

func versionAt(base string) versionOut {
	return versionOut{ID: "v3.14", Status: "stable", Updated: "2020-04-07T00:00:00Z", Links: []linkOut{{"self", base + "/v3/"}},
		MediaTypes: []mediaTypeOut{{"application/json", "application/vnd.openstack.identity-v3+json"}}}
}

// versions lists the API's versions with status 300, which clients expect, or answers the
// index of v3.
func (h *Handler) versions(w http.ResponseWriter, r *api.Request) error {
	if wantsIndex(r) {
		return replyIndex(w, h.index("/v3"))
	}
	var body versionsOut
	body.Versions.Values = []versionOut{versionAt(r.Base())}
	if h.V2 {
		body.Versions.Values = append(body.Versions.Values, versionOut{ID: "v2.0", Status: "deprecated", Updated: "2016-08-04T00:00:00Z",
			Links: []linkOut{{"self", r.Base() + "/v2.0/"}}, MediaTypes: []mediaTypeOut{{"application/json", "application/vnd.openstack.identity-v2.0+json"}}})
	}
	w.Header().Set("Location", r.Base()+"/v3/")
	return api.Reply(w, http.StatusMultipleChoices, body)
}

// version tells the version, or answers the index with paths below /v3.
func (h *Handler) version(w http.ResponseWriter, r *api.Request) error {
	if wantsIndex(r) {
		return replyIndex(w, h.index(""))
	}
	return api.Reply(w, http.StatusOK, struct {
		Version versionOut `json:"version"`
	}{versionAt(r.Base())})
}
