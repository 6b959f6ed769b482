package v2

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
)

// version serves GET /v2.0: the version document, as the last Keystone with v2.0 had it.
func (h *Handler) version(w http.ResponseWriter, r *api.Request) error {
	type link struct {
		Rel  string `json:"rel"`
		Href string `json:"href"`
		Type string `json:"type,omitzero"`
	}
	type mediaType struct {
		Base string `json:"base"`
		Type string `json:"type"`
	}
	var body struct {
		Version struct {
			ID         string      `json:"id"`
			Status     string      `json:"status"`
			Updated    string      `json:"updated"`
			Links      []link      `json:"links"`
			MediaTypes []mediaType `json:"media-types"`
		} `json:"version"`
	}
	v := &body.Version
	v.ID, v.Status, v.Updated = "v2.0", "deprecated", "2016-08-04T00:00:00Z"
	v.Links = []link{{Rel: "self", Href: r.Base() + "/v2.0/"}, {Rel: "describedby", Href: "https://docs.openstack.org/", Type: "text/html"}}
	v.MediaTypes = []mediaType{{"application/json", "application/vnd.openstack.identity-v2.0+json"}}
	return api.Reply(w, http.StatusOK, &body)
}
