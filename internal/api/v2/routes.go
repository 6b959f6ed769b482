package v2

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
)

// Handler serves the Identity API v2.0.
type Handler struct {
	Core    *core.Core
	MaxPage int // items of the largest page

	// Admin serves the same below /admin/v2.0, as Keystone's admin port did: there nobody but
	// administrators can list tenants.
	Admin bool

	catalog, endpoints api.CatalogText
}

func (h *Handler) root() string {
	if h.Admin {
		return "/admin/v2.0"
	}
	return "/v2.0"
}

// Routes is the whole API: read it as the table of contents.
func (h *Handler) Routes() []api.Route {
	page, named := []string{"limit", "marker"}, []string{"name", "limit", "marker"}
	access, user, tenant := api.Member(200, "access", accessOut{}), api.Member(200, "user", userOut{}), api.Member(200, "tenant", tenantOut{})
	users := api.Shape{Code: 200, Type: usersOut{}}
	role, roles := api.Member(200, "role", roleOut{}), api.Member(200, "roles", []roleOut{})
	return h.rooted([]api.Route{
		{Pattern: "GET /v2.0", Handle: h.version, Out: api.Member(200, "version", versionOut{})},
		{Pattern: "GET /v2.0/extensions", Login: true, Handle: h.listExtensions, Out: api.Member(200, "extensions", extensionsOut{})},
		{Pattern: "GET /v2.0/extensions/{alias}", Login: true, Handle: h.getExtension, Out: api.Member(200, "extension", extensionOut{})},
		{Pattern: "GET /v2.0/certificates/ca", Login: true, Handle: h.getCertificate},
		{Pattern: "GET /v2.0/certificates/signing", Login: true, Handle: h.getCertificate},

		{Pattern: "POST /v2.0/tokens", Handle: h.issueToken, Login: true, In: api.Body("auth", authIn{}), Out: access},
		{Pattern: "GET /v2.0/tokens/{token_id}", Handle: h.validateToken, Query: []string{"belongsTo"}, Out: access},
		{Pattern: "HEAD /v2.0/tokens/{token_id}", Handle: h.checkToken, Query: []string{"belongsTo"}, Out: api.Shape{Code: 200}},
		{Pattern: "DELETE /v2.0/tokens/{token_id}", Handle: h.revokeToken},
		{Pattern: "POST /v2.0/ec2tokens", Handle: h.issueEC2Token, In: api.Shape{Type: api.EC2SignatureIn{}}, Out: access},
		{Pattern: "POST /v2.0/s3tokens", Handle: h.checkS3Signature, In: api.Shape{Type: api.S3SignatureIn{}}, Out: access},
		{Pattern: "GET /v2.0/tokens/{token_id}/endpoints", Handle: h.tokenEndpoints, Query: []string{"belongsTo"}, Out: api.Shape{Code: 200, Type: tokenEndpointsOut{}}},

		{Pattern: "GET /v2.0/tenants", Handle: h.listTenants, Query: named, Out: api.Shape{Code: 200, Type: tenantsOut{}}},
		{Pattern: "POST /v2.0/tenants", Handle: h.createTenant, In: api.Body("tenant", tenantIn{}), Out: tenant},
		{Pattern: "GET /v2.0/tenants/{tenant_id}", Handle: h.getTenant, Out: tenant},
		{Pattern: "POST /v2.0/tenants/{tenant_id}", Handle: h.updateTenant, In: api.Body("tenant", tenantIn{}), Out: tenant},
		{Pattern: "PUT /v2.0/tenants/{tenant_id}", Handle: h.updateTenant, In: api.Body("tenant", tenantIn{}), Out: tenant},
		{Pattern: "DELETE /v2.0/tenants/{tenant_id}", Handle: h.deleteTenant},
		{Pattern: "GET /v2.0/tenants/{tenant_id}/users", Handle: h.listTenantUsers, Query: page, Out: users},
		{Pattern: "GET /v2.0/tenants/{tenant_id}/users/{user_id}/roles", Handle: h.listTenantRoles, Out: roles},
		{Pattern: "PUT /v2.0/tenants/{tenant_id}/users/{user_id}/roles/OS-KSADM/{role_id}", Handle: h.grantTenantRole, Out: role},
		{Pattern: "DELETE /v2.0/tenants/{tenant_id}/users/{user_id}/roles/OS-KSADM/{role_id}", Handle: h.revokeTenantRole},

		{Pattern: "GET /v2.0/users", Handle: h.listUsers, Query: named, Out: users},
		{Pattern: "POST /v2.0/users", Handle: h.createUser, In: api.Body("user", userIn{}), Out: user},
		{Pattern: "GET /v2.0/users/{user_id}", Handle: h.getUser, Out: user},
		{Pattern: "PUT /v2.0/users/{user_id}", Handle: h.updateUser, In: api.Body("user", userIn{}), Out: user},
		{Pattern: "DELETE /v2.0/users/{user_id}", Handle: h.deleteUser},
		{Pattern: "PUT /v2.0/users/{user_id}/password", Handle: h.setUserPassword, In: api.Body("user", userPasswordIn{}), Out: user},
		{Pattern: "PUT /v2.0/users/{user_id}/OS-KSADM/password", Handle: h.setUserPassword, In: api.Body("user", userPasswordIn{}), Out: user},
		{Pattern: "PUT /v2.0/users/{user_id}/enabled", Handle: h.setUserEnabled, In: api.Body("user", userEnabledIn{}), Out: user},
		{Pattern: "PUT /v2.0/users/{user_id}/OS-KSADM/enabled", Handle: h.setUserEnabled, In: api.Body("user", userEnabledIn{}), Out: user},
		{Pattern: "PUT /v2.0/users/{user_id}/tenant", Handle: h.setUserTenant, In: api.Body("user", userTenantIn{}), Out: user},
		{Pattern: "PUT /v2.0/users/{user_id}/OS-KSADM/tenant", Handle: h.setUserTenant, In: api.Body("user", userTenantIn{}), Out: user},
		{Pattern: "GET /v2.0/users/{user_id}/roles", Handle: h.listUserRoles},
		{Pattern: "PATCH /v2.0/OS-KSCRUD/users/{user_id}", Handle: h.changeOwnPassword, In: api.Body("user", ownPasswordIn{}), Out: access},

		{Pattern: "GET /v2.0/users/{user_id}/credentials/OS-EC2", Handle: h.listEC2Keys, Out: api.Member(200, "credentials", []ec2KeyOut{})},
		{Pattern: "POST /v2.0/users/{user_id}/credentials/OS-EC2", Handle: h.createEC2Key, In: api.Shape{Type: ec2KeyIn{}}, Out: api.Member(200, "credential", ec2KeyOut{})},
		{Pattern: "GET /v2.0/users/{user_id}/credentials/OS-EC2/{access}", Handle: h.getEC2Key, Out: api.Member(200, "credential", ec2KeyOut{})},
		{Pattern: "DELETE /v2.0/users/{user_id}/credentials/OS-EC2/{access}", Handle: h.deleteEC2Key},

		{Pattern: "GET /v2.0/OS-KSADM/roles", Handle: h.listRoles, Out: roles},
		{Pattern: "POST /v2.0/OS-KSADM/roles", Handle: h.createRole, In: api.Body("role", roleIn{}), Out: role},
		{Pattern: "GET /v2.0/OS-KSADM/roles/{role_id}", Handle: h.getRole, Out: role},
		{Pattern: "DELETE /v2.0/OS-KSADM/roles/{role_id}", Handle: h.deleteRole},

		{Pattern: "GET /v2.0/OS-KSADM/services", Handle: h.listServices, Out: api.Member(200, servicesName, []serviceOut{})},
		{Pattern: "POST /v2.0/OS-KSADM/services", Handle: h.createService, In: api.Body(serviceName, serviceIn{}), Out: api.Member(200, serviceName, serviceOut{})},
		{Pattern: "GET /v2.0/OS-KSADM/services/{service_id}", Handle: h.getService, Out: api.Member(200, serviceName, serviceOut{})},
		{Pattern: "DELETE /v2.0/OS-KSADM/services/{service_id}", Handle: h.deleteService},

		{Pattern: "GET /v2.0/endpoints", Handle: h.listEndpoints, Out: api.Member(200, "endpoints", []endpointOut{})},
		{Pattern: "POST /v2.0/endpoints", Handle: h.createEndpoint, In: api.Body("endpoint", endpointIn{}), Out: api.Member(200, "endpoint", endpointOut{})},
		{Pattern: "DELETE /v2.0/endpoints/{endpoint_id}", Handle: h.deleteEndpoint},
	})
}

// rooted puts the routes where the handler serves.
func (h *Handler) rooted(routes []api.Route) []api.Route {
	for i := range routes {
		routes[i].Pattern = strings.Replace(routes[i].Pattern, "/v2.0", h.root(), 1)
		routes[i].Handle = h.noted(routes[i].Handle)
	}
	return routes
}

// maxAgent is how much of a client's name is logged.
const maxAgent = 128

// noted remembers whose request of v2.0 it is, and logs with which program it was made: whoever
// wants to switch v2.0 off must know.
func (h *Handler) noted(handle api.HandlerFunc) api.HandlerFunc {
	return func(w http.ResponseWriter, r *api.Request) error {
		if a := r.Caller.Authorization; a != nil {
			h.Core.NoteV2(a.User.ID)
		}
		if agent := r.UserAgent(); agent != "" {
			r.Log = append(r.Log, slog.String("user_agent", agent[:min(len(agent), maxAgent)]))
		}
		return handle(w, r)
	}
}
