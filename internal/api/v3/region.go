package v3

import (
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// regionOut is a region on the wire.
type regionOut struct {
	ID          identity.RegionID  `json:"id"`
	Description string             `json:"description"`
	ParentID    *identity.RegionID `json:"parent_region_id"`
	Links       api.Links          `json:"links"`
	Extra       jsontext.Value     `json:",embed"`
}

func regionJSON(r *api.Request, g *identity.Region) regionOut {
	return regionOut{ID: g.ID, Description: g.Description, ParentID: nilIfEmpty(g.ParentID), Extra: jsontext.Value(g.Extra),
		Links: api.Links{Self: r.Base() + "/v3/regions/" + url.PathEscape(string(g.ID))}}
}

// regionIn is the body of creating and changing a region.
type regionIn struct {
	ID          identity.Opt[identity.RegionID] `json:"id"`
	Description identity.Opt[string]            `json:"description"`
	ParentID    identity.Opt[identity.RegionID] `json:"parent_region_id"`
	Links       jsontext.Value                  `json:"links"`
	Extra       jsontext.Value                  `json:",embed"`
}

// sameID refuses a body whose id is not that of the path.
func (in *regionIn) sameID(id identity.RegionID) error {
	if in.ID.Or(id) != id {
		return identity.Invalidf("Conflicting region IDs specified: \"%s\" != \"%s\".", id, in.ID.Value)
	}
	return nil
}

// listRegions serves GET /v3/regions, whose only filter is parent_region_id: any other key of
// the query is an error, as in Keystone.
func (h *Handler) listRegions(w http.ResponseWriter, r *api.Request) error {
	const parent = "parent_region_id"
	for key := range r.URL.Query() {
		if key != parent {
			return identity.Invalidf("Invalid input: the only filter of regions is %s.", parent)
		}
	}
	regions, err := h.Core.Regions(r.Context(), r.Caller, identity.RegionID(r.Query().Get(parent)))
	if err != nil {
		return err
	}
	return replyList(w, r, "regions", regions, identity.Page{}, regionJSON, func(g *identity.Region) string { return string(g.ID) })
}

func (h *Handler) createRegion(w http.ResponseWriter, r *api.Request) error {
	var in regionIn
	if err := api.DecodeMember(r, "region", &in); err != nil {
		return err
	}
	return h.makeRegion(w, r, &in)
}

// putRegion serves PUT /v3/regions/{region_id}: creating a region whose id is in the path.
func (h *Handler) putRegion(w http.ResponseWriter, r *api.Request) error {
	var in regionIn
	if err := api.DecodeMember(r, "region", &in); err != nil {
		return err
	}
	id := identity.RegionID(r.PathValue("region_id"))
	if err := in.sameID(id); err != nil {
		return err
	}
	in.ID = identity.Some(id)
	return h.makeRegion(w, r, &in)
}

func (h *Handler) makeRegion(w http.ResponseWriter, r *api.Request, in *regionIn) error {
	g, err := h.Core.CreateRegion(r.Context(), r.Caller, identity.RegionSpec{ID: in.ID.Value, ParentID: in.ParentID.Value,
		Description: in.Description.Value, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "region", regionJSON(r, g))
}

func (h *Handler) getRegion(w http.ResponseWriter, r *api.Request) error {
	g, err := h.Core.Region(r.Context(), r.Caller, identity.RegionID(r.PathValue("region_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "region", regionJSON(r, g))
}

func (h *Handler) updateRegion(w http.ResponseWriter, r *api.Request) error {
	id := identity.RegionID(r.PathValue("region_id"))
	var in regionIn
	if err := api.DecodeMember(r, "region", &in); err != nil {
		return err
	}
	if err := in.sameID(id); err != nil {
		return err
	}
	g, err := h.Core.UpdateRegion(r.Context(), r.Caller, id, identity.RegionPatch{ParentID: in.ParentID, Description: in.Description,
		Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "region", regionJSON(r, g))
}

func (h *Handler) deleteRegion(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteRegion(r.Context(), r.Caller, identity.RegionID(r.PathValue("region_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
