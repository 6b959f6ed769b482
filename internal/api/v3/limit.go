package v3

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// limitOut is a limit on the wire.
type limitOut struct {
	ID           identity.LimitID    `json:"id"`
	ProjectID    *identity.ProjectID `json:"project_id"`
	DomainID     *identity.DomainID  `json:"domain_id"`
	ServiceID    identity.ServiceID  `json:"service_id"`
	RegionID     *identity.RegionID  `json:"region_id"`
	ResourceName string              `json:"resource_name"`
	Value        int64               `json:"resource_limit"`
	Description  *string             `json:"description"`
	Links        api.Links           `json:"links,omitzero"`
}

func limitJSON(r *api.Request, l *identity.Limit) limitOut {
	out := bareLimitJSON(l)
	out.Links.Self = r.Base() + "/v3/limits/" + string(l.ID)
	return out
}

// bareLimitJSON is a limit as it stands in a project: without links.
func bareLimitJSON(l *identity.Limit) limitOut {
	return limitOut{ID: l.ID, ProjectID: nilIfEmpty(l.ProjectID), DomainID: nilIfEmpty(l.DomainID), ServiceID: l.ServiceID,
		RegionID: nilIfEmpty(l.RegionID), ResourceName: l.ResourceName, Value: l.Value, Description: nilIfEmpty(l.Description)}
}

// limitsOut is the answer to creating limits: a list without links.
type limitsOut struct {
	Limits []limitOut `json:"limits"`
}

// limitIn is one limit in the body of creating them.
type limitIn struct {
	ProjectID    identity.Opt[identity.ProjectID] `json:"project_id"`
	DomainID     identity.Opt[identity.DomainID]  `json:"domain_id"`
	ServiceID    identity.Opt[identity.ServiceID] `json:"service_id"`
	RegionID     identity.Opt[identity.RegionID]  `json:"region_id"`
	ResourceName identity.Opt[string]             `json:"resource_name"`
	Value        identity.Opt[int64]              `json:"resource_limit"`
	Description  identity.Opt[string]             `json:"description"`
	Unknown      jsontext.Value                   `json:",embed"`
}

// limitsIn is the body of creating limits.
type limitsIn struct {
	Limits []limitIn `json:"limits"`
}

func (in *limitsIn) specs() ([]identity.LimitSpec, error) {
	if len(in.Limits) == 0 {
		return nil, identity.Invalidf("Invalid input for field 'limits': it is not a list of one or more.")
	}
	specs := make([]identity.LimitSpec, len(in.Limits))
	for i, l := range in.Limits {
		if err := onlyKnown(l.Unknown); err != nil {
			return nil, err
		}
		specs[i] = identity.LimitSpec{ProjectID: l.ProjectID.Value, DomainID: l.DomainID.Value, ServiceID: l.ServiceID.Value, RegionID: l.RegionID.Value,
			ResourceName: l.ResourceName.Value, Value: l.Value, Description: l.Description.Value}
	}
	return specs, nil
}

// limitPatchIn is the body of changing a limit.
type limitPatchIn struct {
	Value       identity.Opt[int64]  `json:"resource_limit"`
	Description identity.Opt[string] `json:"description"`
	Unknown     jsontext.Value       `json:",embed"`
}

func (h *Handler) listLimits(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	limits, err := h.Core.Limits(r.Context(), r.Caller, identity.LimitFilter{ProjectID: identity.ProjectID(q.Get("project_id")),
		DomainID: identity.DomainID(q.Get("domain_id")), ServiceID: identity.ServiceID(q.Get("service_id")), RegionID: identity.RegionID(q.Get("region_id")),
		ResourceName: q.Get("resource_name"), Text: q.Text("resource_name", "service_id", "region_id")})
	if err != nil {
		return err
	}
	return replyList(w, r, "limits", limits, identity.Page{}, limitJSON, func(l *identity.Limit) string { return string(l.ID) })
}

// createLimits serves POST /v3/limits: all of a list, or none.
func (h *Handler) createLimits(w http.ResponseWriter, r *api.Request) error {
	var in limitsIn
	if err := api.Decode(r, &in); err != nil {
		return err
	}
	specs, err := in.specs()
	if err != nil {
		return err
	}
	limits, err := h.Core.CreateLimits(r.Context(), r.Caller, specs)
	if err != nil {
		return err
	}
	out := limitsOut{Limits: make([]limitOut, len(limits))}
	for i, l := range limits {
		out.Limits[i] = limitJSON(r, l)
	}
	return api.Reply(w, http.StatusCreated, out)
}

func (h *Handler) getLimit(w http.ResponseWriter, r *api.Request) error {
	l, err := h.Core.Limit(r.Context(), r.Caller, identity.LimitID(r.PathValue("limit_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "limit", limitJSON(r, l))
}

func (h *Handler) updateLimit(w http.ResponseWriter, r *api.Request) error {
	var in limitPatchIn
	if err := api.DecodeMember(r, "limit", &in); err != nil {
		return err
	}
	if err := onlyKnown(in.Unknown); err != nil {
		return err
	}
	l, err := h.Core.UpdateLimit(r.Context(), r.Caller, identity.LimitID(r.PathValue("limit_id")), identity.LimitPatch{Value: in.Value, Description: in.Description})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "limit", limitJSON(r, l))
}

func (h *Handler) deleteLimit(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteLimit(r.Context(), r.Caller, identity.LimitID(r.PathValue("limit_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}

// limitModelOut names the enforcement model and says in Keystone's words what it is.
type limitModelOut struct {
	Name        identity.LimitModel `json:"name"`
	Description string              `json:"description"`
}

func (h *Handler) getLimitModel(w http.ResponseWriter, r *api.Request) error {
	model, err := h.Core.LimitModel(r.Caller)
	if err != nil {
		return err
	}
	out := limitModelOut{Name: model, Description: "Limit enforcement and validation does not take project hierarchy into consideration."}
	if model == identity.StrictTwoLevelLimits {
		out.Description = "This model requires project hierarchy never exceeds a depth of two"
	}
	return replyMember(w, http.StatusOK, "model", out)
}
