package v3

import (
	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
)

// Handler serves the Identity API v3.
type Handler struct {
	Core    *core.Core
	MaxPage int // items of the largest page

	catalog api.CatalogText
}

// Routes is the whole API: read it as the table of contents.
func (h *Handler) Routes() []api.Route {
	return []api.Route{
		{Pattern: "GET /{$}", Handle: h.versions},
		{Pattern: "GET /v3", Handle: h.version},

		{Pattern: "POST /v3/auth/tokens", Handle: h.issueToken, Login: true},
		{Pattern: "GET /v3/auth/tokens", Handle: h.validateToken},
		{Pattern: "HEAD /v3/auth/tokens", Handle: h.checkToken},
		{Pattern: "DELETE /v3/auth/tokens", Handle: h.revokeToken},
		{Pattern: "GET /v3/auth/catalog", Handle: h.authCatalog},
		{Pattern: "GET /v3/auth/projects", Handle: h.authProjects},
		{Pattern: "GET /v3/auth/domains", Handle: h.authDomains},
		{Pattern: "GET /v3/auth/system", Handle: h.authSystem},

		{Pattern: "GET /v3/domains", Handle: h.listDomains},
		{Pattern: "POST /v3/domains", Handle: h.createDomain},
		{Pattern: "GET /v3/domains/{domain_id}", Handle: h.getDomain},
		{Pattern: "PATCH /v3/domains/{domain_id}", Handle: h.updateDomain},
		{Pattern: "DELETE /v3/domains/{domain_id}", Handle: h.deleteDomain},

		{Pattern: "GET /v3/projects", Handle: h.listProjects},
		{Pattern: "POST /v3/projects", Handle: h.createProject},
		{Pattern: "GET /v3/projects/{project_id}", Handle: h.getProject},
		{Pattern: "PATCH /v3/projects/{project_id}", Handle: h.updateProject},
		{Pattern: "DELETE /v3/projects/{project_id}", Handle: h.deleteProject},

		{Pattern: "GET /v3/users", Handle: h.listUsers},
		{Pattern: "POST /v3/users", Handle: h.createUser},
		{Pattern: "GET /v3/users/{user_id}", Handle: h.getUser},
		{Pattern: "PATCH /v3/users/{user_id}", Handle: h.updateUser},
		{Pattern: "DELETE /v3/users/{user_id}", Handle: h.deleteUser},
		{Pattern: "POST /v3/users/{user_id}/password", Handle: h.changePassword},
		{Pattern: "GET /v3/users/{user_id}/groups", Handle: h.listUserGroups},
		{Pattern: "GET /v3/users/{user_id}/projects", Handle: h.listUserProjects},

		{Pattern: "GET /v3/users/{user_id}/application_credentials", Handle: h.listApplicationCredentials},
		{Pattern: "POST /v3/users/{user_id}/application_credentials", Handle: h.createApplicationCredential},
		{Pattern: "GET /v3/users/{user_id}/application_credentials/{application_credential_id}", Handle: h.getApplicationCredential},
		{Pattern: "DELETE /v3/users/{user_id}/application_credentials/{application_credential_id}", Handle: h.deleteApplicationCredential},
		{Pattern: "GET /v3/users/{user_id}/access_rules", Handle: h.listAccessRules},
		{Pattern: "GET /v3/users/{user_id}/access_rules/{access_rule_id}", Handle: h.getAccessRule},
		{Pattern: "DELETE /v3/users/{user_id}/access_rules/{access_rule_id}", Handle: h.deleteAccessRule},
		{Pattern: "GET /v3/users/{user_id}/credentials/OS-EC2", Handle: h.listEC2Keys},
		{Pattern: "POST /v3/users/{user_id}/credentials/OS-EC2", Handle: h.createEC2Key},
		{Pattern: "GET /v3/users/{user_id}/credentials/OS-EC2/{access}", Handle: h.getEC2Key},
		{Pattern: "DELETE /v3/users/{user_id}/credentials/OS-EC2/{access}", Handle: h.deleteEC2Key},

		{Pattern: "GET /v3/groups", Handle: h.listGroups},
		{Pattern: "POST /v3/groups", Handle: h.createGroup},
		{Pattern: "GET /v3/groups/{group_id}", Handle: h.getGroup},
		{Pattern: "PATCH /v3/groups/{group_id}", Handle: h.updateGroup},
		{Pattern: "DELETE /v3/groups/{group_id}", Handle: h.deleteGroup},
		{Pattern: "GET /v3/groups/{group_id}/users", Handle: h.listGroupUsers},
		{Pattern: "PUT /v3/groups/{group_id}/users/{user_id}", Handle: h.addMember},
		{Pattern: "GET /v3/groups/{group_id}/users/{user_id}", Handle: h.checkMember},
		{Pattern: "DELETE /v3/groups/{group_id}/users/{user_id}", Handle: h.removeMember},

		{Pattern: "GET /v3/roles", Handle: h.listRoles},
		{Pattern: "POST /v3/roles", Handle: h.createRole},
		{Pattern: "GET /v3/roles/{role_id}", Handle: h.getRole},
		{Pattern: "PATCH /v3/roles/{role_id}", Handle: h.updateRole},
		{Pattern: "DELETE /v3/roles/{role_id}", Handle: h.deleteRole},
		{Pattern: "GET /v3/roles/{prior_role_id}/implies", Handle: h.listImplications},
		{Pattern: "PUT /v3/roles/{prior_role_id}/implies/{implied_role_id}", Handle: h.createImplication},
		{Pattern: "GET /v3/roles/{prior_role_id}/implies/{implied_role_id}", Handle: h.getImplication},
		{Pattern: "HEAD /v3/roles/{prior_role_id}/implies/{implied_role_id}", Handle: h.checkImplication},
		{Pattern: "DELETE /v3/roles/{prior_role_id}/implies/{implied_role_id}", Handle: h.deleteImplication},
		{Pattern: "GET /v3/role_inferences", Handle: h.listRoleInferences},

		{Pattern: "GET /v3/projects/{project_id}/users/{user_id}/roles", Handle: h.listGrants},
		{Pattern: "PUT /v3/projects/{project_id}/users/{user_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/projects/{project_id}/users/{user_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/projects/{project_id}/users/{user_id}/roles/{role_id}", Handle: h.revokeGrant},
		{Pattern: "GET /v3/projects/{project_id}/groups/{group_id}/roles", Handle: h.listGrants},
		{Pattern: "PUT /v3/projects/{project_id}/groups/{group_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/projects/{project_id}/groups/{group_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/projects/{project_id}/groups/{group_id}/roles/{role_id}", Handle: h.revokeGrant},
		{Pattern: "GET /v3/domains/{domain_id}/users/{user_id}/roles", Handle: h.listGrants},
		{Pattern: "PUT /v3/domains/{domain_id}/users/{user_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/domains/{domain_id}/users/{user_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/domains/{domain_id}/users/{user_id}/roles/{role_id}", Handle: h.revokeGrant},
		{Pattern: "GET /v3/domains/{domain_id}/groups/{group_id}/roles", Handle: h.listGrants},
		{Pattern: "PUT /v3/domains/{domain_id}/groups/{group_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/domains/{domain_id}/groups/{group_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/domains/{domain_id}/groups/{group_id}/roles/{role_id}", Handle: h.revokeGrant},
		{Pattern: "GET /v3/system/users/{user_id}/roles", Handle: h.listGrants},
		{Pattern: "PUT /v3/system/users/{user_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/system/users/{user_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/system/users/{user_id}/roles/{role_id}", Handle: h.revokeGrant},
		{Pattern: "GET /v3/system/groups/{group_id}/roles", Handle: h.listGrants},
		{Pattern: "PUT /v3/system/groups/{group_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/system/groups/{group_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/system/groups/{group_id}/roles/{role_id}", Handle: h.revokeGrant},

		{Pattern: "GET /v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/inherited_to_projects", Handle: h.listGrants},
		{Pattern: "PUT /v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.grantRole},
		{Pattern: "GET /v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.revokeGrant},
		{Pattern: "GET /v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/inherited_to_projects", Handle: h.listGrants},
		{Pattern: "PUT /v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.grantRole},
		{Pattern: "GET /v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.revokeGrant},
		{Pattern: "PUT /v3/OS-INHERIT/projects/{project_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.grantRole},
		{Pattern: "GET /v3/OS-INHERIT/projects/{project_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/OS-INHERIT/projects/{project_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.revokeGrant},
		{Pattern: "PUT /v3/OS-INHERIT/projects/{project_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.grantRole},
		{Pattern: "GET /v3/OS-INHERIT/projects/{project_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/OS-INHERIT/projects/{project_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.revokeGrant},

		{Pattern: "GET /v3/role_assignments", Handle: h.listRoleAssignments},

		{Pattern: "GET /v3/services", Handle: h.listServices},
		{Pattern: "POST /v3/services", Handle: h.createService},
		{Pattern: "GET /v3/services/{service_id}", Handle: h.getService},
		{Pattern: "PATCH /v3/services/{service_id}", Handle: h.updateService},
		{Pattern: "DELETE /v3/services/{service_id}", Handle: h.deleteService},

		{Pattern: "GET /v3/endpoints", Handle: h.listEndpoints},
		{Pattern: "POST /v3/endpoints", Handle: h.createEndpoint},
		{Pattern: "GET /v3/endpoints/{endpoint_id}", Handle: h.getEndpoint},
		{Pattern: "PATCH /v3/endpoints/{endpoint_id}", Handle: h.updateEndpoint},
		{Pattern: "DELETE /v3/endpoints/{endpoint_id}", Handle: h.deleteEndpoint},

		{Pattern: "GET /v3/regions", Handle: h.listRegions},
		{Pattern: "POST /v3/regions", Handle: h.createRegion},
		{Pattern: "PUT /v3/regions/{region_id}", Handle: h.putRegion},
		{Pattern: "GET /v3/regions/{region_id}", Handle: h.getRegion},
		{Pattern: "PATCH /v3/regions/{region_id}", Handle: h.updateRegion},
		{Pattern: "DELETE /v3/regions/{region_id}", Handle: h.deleteRegion},
	}
}
