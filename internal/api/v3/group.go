package v3

import (
	"iter"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// groupOut is a group on the wire.
type groupOut struct {
	ID          identity.GroupID  `json:"id"`
	Name        string            `json:"name"`
	DomainID    identity.DomainID `json:"domain_id"`
	Description string            `json:"description"`
	Links       api.Links         `json:"links"`
	Extra       jsontext.Value    `json:",embed"`
}

func groupJSON(r *api.Request, g *identity.Group) groupOut {
	return groupOut{ID: g.ID, Name: g.Name, DomainID: g.DomainID, Description: g.Description, Extra: jsontext.Value(g.Extra),
		Links: api.Links{Self: r.Base() + "/v3/groups/" + string(g.ID)}}
}

// groupIn is the body of creating and changing a group.
type groupIn struct {
	Name        identity.Opt[string]            `json:"name"`
	DomainID    identity.Opt[identity.DomainID] `json:"domain_id"`
	Description identity.Opt[string]            `json:"description"`
	readOnly
	Extra jsontext.Value `json:",embed"`
}

func (h *Handler) listGroups(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	page, err := q.Page(h.MaxPage)
	if err != nil {
		return err
	}
	groups, err := h.Core.Groups(r.Context(), r.Caller, identity.GroupFilter{DomainID: identity.DomainID(q.Get("domain_id")), Name: q.Get("name"),
		Text: q.Text("name", "domain_id"), Page: page})
	if err != nil {
		return err
	}
	return replyGroups(w, r, groups, page)
}

func replyGroups(w http.ResponseWriter, r *api.Request, groups iter.Seq2[*identity.Group, error], page identity.Page) error {
	list := api.Listing[*identity.Group, groupOut]{Name: "groups", Page: page, Out: groupJSON, ID: func(g *identity.Group) string { return string(g.ID) }}
	return list.Reply(w, r, groups)
}

func (h *Handler) listUserGroups(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	groups, err := h.Core.UserGroups(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")),
		identity.GroupFilter{Name: q.Get("name"), Text: q.Text("name")})
	if err != nil {
		return err
	}
	return replyGroups(w, r, groups, identity.Page{})
}

func (h *Handler) createGroup(w http.ResponseWriter, r *api.Request) error {
	var in groupIn
	if err := api.DecodeMember(r, "group", &in); err != nil {
		return err
	}
	g, err := h.Core.CreateGroup(r.Context(), r.Caller, identity.GroupSpec{Name: in.Name.Value, DomainID: in.DomainID.Value,
		Description: in.Description.Value, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "group", groupJSON(r, g))
}

func (h *Handler) getGroup(w http.ResponseWriter, r *api.Request) error {
	g, err := h.Core.Group(r.Context(), r.Caller, identity.GroupID(r.PathValue("group_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "group", groupJSON(r, g))
}

func (h *Handler) updateGroup(w http.ResponseWriter, r *api.Request) error {
	id := r.PathValue("group_id")
	var in groupIn
	if err := api.DecodeMember(r, "group", &in); err != nil {
		return err
	}
	if err := in.sameID(id); err != nil {
		return err
	}
	g, err := h.Core.UpdateGroup(r.Context(), r.Caller, identity.GroupID(id), identity.GroupPatch{Name: in.Name, Description: in.Description,
		DomainID: in.DomainID, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "group", groupJSON(r, g))
}

func (h *Handler) deleteGroup(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteGroup(r.Context(), r.Caller, identity.GroupID(r.PathValue("group_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) listGroupUsers(w http.ResponseWriter, r *api.Request) error {
	f, err := userFilter(r.Query())
	if err != nil {
		return err
	}
	users, err := h.Core.GroupUsers(r.Context(), r.Caller, identity.GroupID(r.PathValue("group_id")), f)
	if err != nil {
		return err
	}
	return replyUsers(w, r, users, identity.Page{})
}

func membership(r *api.Request) identity.Membership {
	return identity.Membership{UserID: identity.UserID(r.PathValue("user_id")), GroupID: identity.GroupID(r.PathValue("group_id"))}
}

func (h *Handler) addMember(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.AddMember(r.Context(), r.Caller, membership(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) checkMember(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.CheckMember(r.Context(), r.Caller, membership(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) removeMember(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.RemoveMember(r.Context(), r.Caller, membership(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}
