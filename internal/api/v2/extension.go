package v2

import (
	"net/http"
	"slices"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// extensionOut is an extension of v2.0, as Keystone described them.
type extensionOut struct {
	Name        string    `json:"name"`
	Namespace   string    `json:"namespace"`
	Alias       string    `json:"alias"`
	Updated     string    `json:"updated"`
	Description string    `json:"description"`
	Links       []linkOut `json:"links"`
}

// extensionsOut is the list of extensions, which has a level more than other lists.
type extensionsOut struct {
	Values []extensionOut `json:"values"`
}

// extensions are those that are served.
func extensions() []extensionOut {
	const updated, namespace = "2013-07-07T12:00:00-00:00", "https://docs.openstack.org/identity/api/ext/"
	about := []linkOut{{Rel: "describedby", Type: "text/html", Href: "https://docs.openstack.org/"}}
	return []extensionOut{
		{Name: "OpenStack Keystone Admin", Alias: "OS-KSADM", Namespace: namespace + "OS-KSADM/v1.0", Updated: updated, Links: about,
			Description: "Roles, services and more about users, for administrators."},
		{Name: "OpenStack Keystone User CRUD", Alias: "OS-KSCRUD", Namespace: namespace + "OS-KSCRUD/v1.0", Updated: updated, Links: about,
			Description: "Users change their own password."},
		{Name: "OpenStack EC2 API", Alias: "OS-EC2", Namespace: namespace + "OS-EC2/v1.0", Updated: updated, Links: about,
			Description: "Keys for the APIs of EC2 and S3."},
	}
}

func (h *Handler) listExtensions(w http.ResponseWriter, _ *api.Request) error {
	return replyMember(w, "extensions", extensionsOut{extensions()})
}

func (h *Handler) getExtension(w http.ResponseWriter, r *api.Request) error {
	alias, all := r.PathValue("alias"), extensions()
	i := slices.IndexFunc(all, func(e extensionOut) bool { return e.Alias == alias })
	if i < 0 {
		return identity.Missing("extension", alias)
	}
	return replyMember(w, "extension", all[i])
}
