package v2

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
)

// versionOut is the version document.
type (
	versionOut struct {
		ID         string         `json:"id"`
		Status     string         `json:"status"`
		Updated    string         `json:"updated"`
		Links      []linkOut      `json:"links"`
		MediaTypes []mediaTypeOut `json:"media-types"`
	}
	linkOut struct {
		Rel  string `json:"rel"`
		Href string `json:"href"`
		Type string `json:"type,omitzero"`
	}
	mediaTypeOut struct {
		Base string `json:"base"`
		Type string `json:"type"`
	}
)

// version serves GET /v2.0: the version document, as the last Keystone with v2.0 had it.
func (h *Handler) version(w http.ResponseWriter, r *api.Request) error {
	var v versionOut
	v.ID, v.Status, v.Updated = "v2.0", "deprecated", "2016-08-04T00:00:00Z"
	v.Links = []linkOut{{Rel: "self", Href: r.Base() + h.root() + "/"}, {Rel: "describedby", Href: "https://docs.openstack.org/", Type: "text/html"}}
	v.MediaTypes = []mediaTypeOut{{"application/json", "application/vnd.openstack.identity-v2.0+json"}}
	return replyMember(w, "version", &v)
}
