package v3

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// registeredLimitOut is a registered limit on the wire.
type registeredLimitOut struct {
	ID           identity.RegisteredLimitID `json:"id"`
	ServiceID    identity.ServiceID         `json:"service_id"`
	RegionID     *identity.RegionID         `json:"region_id"`
	ResourceName string                     `json:"resource_name"`
	Default      int64                      `json:"default_limit"`
	Description  *string                    `json:"description"`
	Links        api.Links                  `json:"links"`
}

func registeredLimitJSON(r *api.Request, l *identity.RegisteredLimit) registeredLimitOut {
	return registeredLimitOut{ID: l.ID, ServiceID: l.ServiceID, RegionID: nilIfEmpty(l.RegionID), ResourceName: l.ResourceName, Default: l.Default,
		Description: nilIfEmpty(l.Description), Links: api.Links{Self: r.Base() + "/v3/registered_limits/" + string(l.ID)}}
}

// registeredLimitsOut is the answer to creating registered limits: a list without links.
type registeredLimitsOut struct {
	Limits []registeredLimitOut `json:"registered_limits"`
}

// registeredLimitIn is one registered limit in the body of creating and changing them.
type registeredLimitIn struct {
	ServiceID    identity.Opt[identity.ServiceID] `json:"service_id"`
	RegionID     identity.Opt[identity.RegionID]  `json:"region_id"`
	ResourceName identity.Opt[string]             `json:"resource_name"`
	Default      identity.Opt[int64]              `json:"default_limit"`
	Description  identity.Opt[string]             `json:"description"`
	Unknown      jsontext.Value                   `json:",embed"`
}

// registeredLimitsIn is the body of creating registered limits.
type registeredLimitsIn struct {
	Limits []registeredLimitIn `json:"registered_limits"`
}

// onlyKnown refuses members that an object of a limit does not have.
func onlyKnown(unknown jsontext.Value) error {
	if len(unknown) > 0 {
		return identity.Invalidf("Invalid input: additional properties are not allowed.")
	}
	return nil
}

func (in *registeredLimitsIn) specs() ([]identity.RegisteredLimitSpec, error) {
	if len(in.Limits) == 0 {
		return nil, identity.Invalidf("Invalid input for field 'registered_limits': it is not a list of one or more.")
	}
	specs := make([]identity.RegisteredLimitSpec, len(in.Limits))
	for i, l := range in.Limits {
		if err := onlyKnown(l.Unknown); err != nil {
			return nil, err
		}
		specs[i] = identity.RegisteredLimitSpec{ServiceID: l.ServiceID.Value, RegionID: l.RegionID.Value, ResourceName: l.ResourceName.Value,
			Default: l.Default, Description: l.Description.Value}
	}
	return specs, nil
}

func (h *Handler) listRegisteredLimits(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	limits, err := h.Core.RegisteredLimits(r.Context(), r.Caller, identity.RegisteredLimitFilter{ServiceID: identity.ServiceID(q.Get("service_id")),
		RegionID: identity.RegionID(q.Get("region_id")), ResourceName: q.Get("resource_name"), Text: q.Text("resource_name", "service_id", "region_id")})
	if err != nil {
		return err
	}
	return replyList(w, r, "registered_limits", limits, identity.Page{}, registeredLimitJSON, func(l *identity.RegisteredLimit) string { return string(l.ID) })
}

// createRegisteredLimits serves POST /v3/registered_limits: all of a list, or none.
func (h *Handler) createRegisteredLimits(w http.ResponseWriter, r *api.Request) error {
	var in registeredLimitsIn
	if err := api.Decode(r, &in); err != nil {
		return err
	}
	specs, err := in.specs()
	if err != nil {
		return err
	}
	limits, err := h.Core.CreateRegisteredLimits(r.Context(), r.Caller, specs)
	if err != nil {
		return err
	}
	out := registeredLimitsOut{Limits: make([]registeredLimitOut, len(limits))}
	for i, l := range limits {
		out.Limits[i] = registeredLimitJSON(r, l)
	}
	return api.Reply(w, http.StatusCreated, out)
}

func (h *Handler) getRegisteredLimit(w http.ResponseWriter, r *api.Request) error {
	l, err := h.Core.RegisteredLimit(r.Context(), r.Caller, identity.RegisteredLimitID(r.PathValue("registered_limit_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "registered_limit", registeredLimitJSON(r, l))
}

func (h *Handler) updateRegisteredLimit(w http.ResponseWriter, r *api.Request) error {
	var in registeredLimitIn
	if err := api.DecodeMember(r, "registered_limit", &in); err != nil {
		return err
	}
	if err := onlyKnown(in.Unknown); err != nil {
		return err
	}
	l, err := h.Core.UpdateRegisteredLimit(r.Context(), r.Caller, identity.RegisteredLimitID(r.PathValue("registered_limit_id")),
		identity.RegisteredLimitPatch{ServiceID: in.ServiceID, RegionID: in.RegionID, ResourceName: in.ResourceName, Default: in.Default, Description: in.Description})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "registered_limit", registeredLimitJSON(r, l))
}

func (h *Handler) deleteRegisteredLimit(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteRegisteredLimit(r.Context(), r.Caller, identity.RegisteredLimitID(r.PathValue("registered_limit_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
