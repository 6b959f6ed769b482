package v3

import (
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// mappingOut is a mapping on the wire.
type mappingOut struct {
	ID            identity.MappingID `json:"id"`
	SchemaVersion string             `json:"schema_version"`
	Rules         jsontext.Value     `json:"rules"`
	Links         api.Links          `json:"links"`
}

func mappingJSON(r *api.Request, m *identity.Mapping) mappingOut {
	return mappingOut{ID: m.ID, SchemaVersion: m.SchemaVersion, Rules: jsontext.Value(m.Rules),
		Links: api.Links{Self: r.Base() + "/v3/OS-FEDERATION/mappings/" + url.PathEscape(string(m.ID))}}
}

// mappingIn is the body of creating and changing a mapping. What else it holds is ignored, as in
// Keystone.
type mappingIn struct {
	Rules         jsontext.Value `json:"rules" required:"true"`
	SchemaVersion string         `json:"schema_version"`
}

// decodeMapping reads a body, and the rules as they are kept: without blanks.
func decodeMapping(r *api.Request) (in mappingIn, err error) {
	if err = api.DecodeMember(r, "mapping", &in); err == nil && len(in.Rules) > 0 {
		err = in.Rules.Compact()
	}
	return in, err
}

func (h *Handler) listMappings(w http.ResponseWriter, r *api.Request) error {
	list, err := h.Core.Mappings(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return replyList(w, r, "mappings", list, identity.Page{}, mappingJSON, func(m *identity.Mapping) string { return string(m.ID) })
}

func (h *Handler) createMapping(w http.ResponseWriter, r *api.Request) error {
	in, err := decodeMapping(r)
	if err != nil {
		return err
	}
	m, err := h.Core.CreateMapping(r.Context(), r.Caller, identity.MappingSpec{ID: identity.MappingID(r.PathValue("mapping_id")),
		SchemaVersion: in.SchemaVersion, Rules: string(in.Rules)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "mapping", mappingJSON(r, m))
}

func (h *Handler) getMapping(w http.ResponseWriter, r *api.Request) error {
	m, err := h.Core.Mapping(r.Context(), r.Caller, identity.MappingID(r.PathValue("mapping_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "mapping", mappingJSON(r, m))
}

func (h *Handler) updateMapping(w http.ResponseWriter, r *api.Request) error {
	in, err := decodeMapping(r)
	if err != nil {
		return err
	}
	m, err := h.Core.UpdateMapping(r.Context(), r.Caller, identity.MappingID(r.PathValue("mapping_id")),
		identity.MappingPatch{SchemaVersion: in.SchemaVersion, Rules: string(in.Rules)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "mapping", mappingJSON(r, m))
}

func (h *Handler) deleteMapping(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteMapping(r.Context(), r.Caller, identity.MappingID(r.PathValue("mapping_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
