package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
)

// version is the version document of the Identity API v3.
type version struct {
	ID         string      `json:"id"`
	Status     string      `json:"status"`
	Updated    string      `json:"updated"`
	Links      []link      `json:"links"`
	MediaTypes []mediaType `json:"media-types"`
}

type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

type mediaType struct {
	Base string `json:"base"`
	Type string `json:"type"`
}

func versionAt(base string) version {
	return version{ID: "v3.14", Status: "stable", Updated: "2020-04-07T00:00:00Z", Links: []link{{"self", base + "/v3/"}},
		MediaTypes: []mediaType{{"application/json", "application/vnd.openstack.identity-v3+json"}}}
}

// versions lists the API's versions with status 300, which clients expect.
func (h *Handler) versions(w http.ResponseWriter, r *api.Request) error {
	var body struct {
		Versions struct {
			Values []version `json:"values"`
		} `json:"versions"`
	}
	body.Versions.Values = []version{versionAt(r.Base())}
	w.Header().Set("Location", r.Base()+"/v3/")
	return api.Reply(w, http.StatusMultipleChoices, body)
}

func (h *Handler) version(w http.ResponseWriter, r *api.Request) error {
	return api.Reply(w, http.StatusOK, struct {
		Version version `json:"version"`
	}{versionAt(r.Base())})
}
