package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// policyAssociation is what the path says: a policy document, and an endpoint, a service, or a
// service and a region.
func policyAssociation(r *api.Request) identity.PolicyAssociation {
	return identity.PolicyAssociation{PolicyID: identity.PolicyID(r.PathValue("policy_id")), EndpointID: identity.EndpointID(r.PathValue("endpoint_id")),
		ServiceID: identity.ServiceID(r.PathValue("service_id")), RegionID: identity.RegionID(r.PathValue("region_id"))}
}

func (h *Handler) checkPolicyAssociation(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.CheckPolicyAssociation(r.Context(), r.Caller, policyAssociation(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) associatePolicy(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.AssociatePolicy(r.Context(), r.Caller, policyAssociation(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) dissociatePolicy(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DissociatePolicy(r.Context(), r.Caller, policyAssociation(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) listEndpointsOfPolicy(w http.ResponseWriter, r *api.Request) error {
	endpoints, err := h.Core.EndpointsOfPolicy(r.Context(), r.Caller, identity.PolicyID(r.PathValue("policy_id")))
	if err != nil {
		return err
	}
	return replyEndpoints(w, r, endpoints)
}

func (h *Handler) getPolicyForEndpoint(w http.ResponseWriter, r *api.Request) error {
	p, err := h.Core.PolicyForEndpoint(r.Context(), r.Caller, identity.EndpointID(r.PathValue("endpoint_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "policy", policyJSON(r, p))
}
