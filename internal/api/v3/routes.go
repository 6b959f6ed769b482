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
		{Pattern: "GET /{$}", Handle: h.versions, Out: api.Shape{Code: 300, Type: versionsOut{}}},
		{Pattern: "GET /v3", Handle: h.version, Out: api.Member(200, "version", versionOut{})},

		{Pattern: "POST /v3/auth/tokens", Handle: h.issueToken, Login: true, Query: []string{"nocatalog"}, Headers: []string{"Openstack-Auth-Receipt"}, In: api.Body("auth", authIn{}), Out: api.Member(201, "token", tokenOut{})},
		{Pattern: "GET /v3/auth/tokens", Handle: h.validateToken, Query: []string{"nocatalog", "allow_expired"}, Headers: []string{subjectHeader}, Out: api.Member(200, "token", tokenOut{})},
		{Pattern: "HEAD /v3/auth/tokens", Handle: h.checkToken, Headers: []string{subjectHeader}, Out: api.Shape{Code: 200}},
		{Pattern: "DELETE /v3/auth/tokens", Handle: h.revokeToken, Headers: []string{subjectHeader}},
		{Pattern: "GET /v3/auth/catalog", Handle: h.authCatalog, Out: api.Shape{Code: 200, Type: authCatalogOut{}}},
		{Pattern: "GET /v3/auth/projects", Handle: h.authProjects, Out: api.List("projects", projectOut{})},
		{Pattern: "GET /v3/auth/domains", Handle: h.authDomains, Out: api.List("domains", domainOut{})},
		{Pattern: "GET /v3/auth/system", Handle: h.authSystem, Out: api.Shape{Code: 200, Type: authSystemOut{}}},

		{Pattern: "GET /v3/domains", Handle: h.listDomains, Query: []string{"name", "enabled", "limit", "marker"}, Out: api.List("domains", domainOut{})},
		{Pattern: "POST /v3/domains", Handle: h.createDomain, In: api.Body("domain", domainIn{}), Out: api.Member(201, "domain", domainOut{})},
		{Pattern: "GET /v3/domains/{domain_id}", Handle: h.getDomain, Out: api.Member(200, "domain", domainOut{})},
		{Pattern: "PATCH /v3/domains/{domain_id}", Handle: h.updateDomain, In: api.Body("domain", domainIn{}), Out: api.Member(200, "domain", domainOut{})},
		{Pattern: "DELETE /v3/domains/{domain_id}", Handle: h.deleteDomain},

		{Pattern: "GET /v3/projects", Handle: h.listProjects, Query: []string{"name", "domain_id", "parent_id", "enabled", "is_domain", "tags", "tags-any", "not-tags", "not-tags-any", "limit", "marker"}, Out: api.List("projects", projectOut{})},
		{Pattern: "POST /v3/projects", Handle: h.createProject, In: api.Body("project", projectIn{}), Out: api.Member(201, "project", projectOut{})},
		{Pattern: "GET /v3/projects/{project_id}", Handle: h.getProject, Query: []string{"parents_as_list", "parents_as_ids", "subtree_as_list", "subtree_as_ids", "include_limits"}, Out: api.Member(200, "project", projectOut{})},
		{Pattern: "PATCH /v3/projects/{project_id}", Handle: h.updateProject, In: api.Body("project", projectIn{}), Out: api.Member(200, "project", projectOut{})},
		{Pattern: "DELETE /v3/projects/{project_id}", Handle: h.deleteProject},

		{Pattern: "GET /v3/users", Handle: h.listUsers, Query: []string{"name", "domain_id", "enabled", "limit", "marker"}, Out: api.List("users", userOut{})},
		{Pattern: "POST /v3/users", Handle: h.createUser, In: api.Body("user", userIn{}), Out: api.Member(201, "user", userOut{})},
		{Pattern: "GET /v3/users/{user_id}", Handle: h.getUser, Out: api.Member(200, "user", userOut{})},
		{Pattern: "PATCH /v3/users/{user_id}", Handle: h.updateUser, In: api.Body("user", userIn{}), Out: api.Member(200, "user", userOut{})},
		{Pattern: "DELETE /v3/users/{user_id}", Handle: h.deleteUser},
		{Pattern: "POST /v3/users/{user_id}/password", Handle: h.changePassword, In: api.Body("user", changePasswordIn{})},
		{Pattern: "GET /v3/users/{user_id}/groups", Handle: h.listUserGroups, Out: api.List("groups", groupOut{})},
		{Pattern: "GET /v3/users/{user_id}/projects", Handle: h.listUserProjects, Out: api.List("projects", projectOut{})},

		{Pattern: "GET /v3/users/{user_id}/application_credentials", Handle: h.listApplicationCredentials, Query: []string{"name"}, Out: api.List("application_credentials", applicationCredentialOut{})},
		{Pattern: "POST /v3/users/{user_id}/application_credentials", Handle: h.createApplicationCredential, In: api.Body("application_credential", applicationCredentialIn{}), Out: api.Member(201, "application_credential", applicationCredentialOut{})},
		{Pattern: "GET /v3/users/{user_id}/application_credentials/{application_credential_id}", Handle: h.getApplicationCredential, Out: api.Member(200, "application_credential", applicationCredentialOut{})},
		{Pattern: "DELETE /v3/users/{user_id}/application_credentials/{application_credential_id}", Handle: h.deleteApplicationCredential},
		{Pattern: "GET /v3/users/{user_id}/access_rules", Handle: h.listAccessRules, Query: []string{"service", "method", "path"}, Out: api.List("access_rules", accessRuleOut{})},
		{Pattern: "GET /v3/users/{user_id}/access_rules/{access_rule_id}", Handle: h.getAccessRule, Out: api.Member(200, "access_rule", accessRuleOut{})},
		{Pattern: "DELETE /v3/users/{user_id}/access_rules/{access_rule_id}", Handle: h.deleteAccessRule},
		{Pattern: "GET /v3/users/{user_id}/credentials/OS-EC2", Handle: h.listEC2Keys, Out: api.List("credentials", ec2KeyOut{})},
		{Pattern: "POST /v3/users/{user_id}/credentials/OS-EC2", Handle: h.createEC2Key, In: api.Shape{Type: ec2KeyIn{}}, Out: api.Member(201, "credential", ec2KeyOut{})},
		{Pattern: "GET /v3/users/{user_id}/credentials/OS-EC2/{access}", Handle: h.getEC2Key, Out: api.Member(200, "credential", ec2KeyOut{})},
		{Pattern: "DELETE /v3/users/{user_id}/credentials/OS-EC2/{access}", Handle: h.deleteEC2Key},

		{Pattern: "GET /v3/groups", Handle: h.listGroups, Query: []string{"name", "domain_id", "limit", "marker"}, Out: api.List("groups", groupOut{})},
		{Pattern: "POST /v3/groups", Handle: h.createGroup, In: api.Body("group", groupIn{}), Out: api.Member(201, "group", groupOut{})},
		{Pattern: "GET /v3/groups/{group_id}", Handle: h.getGroup, Out: api.Member(200, "group", groupOut{})},
		{Pattern: "PATCH /v3/groups/{group_id}", Handle: h.updateGroup, In: api.Body("group", groupIn{}), Out: api.Member(200, "group", groupOut{})},
		{Pattern: "DELETE /v3/groups/{group_id}", Handle: h.deleteGroup},
		{Pattern: "GET /v3/groups/{group_id}/users", Handle: h.listGroupUsers, Query: []string{"name", "domain_id", "enabled"}, Out: api.List("users", userOut{})},
		{Pattern: "PUT /v3/groups/{group_id}/users/{user_id}", Handle: h.addMember},
		{Pattern: "GET /v3/groups/{group_id}/users/{user_id}", Handle: h.checkMember},
		{Pattern: "DELETE /v3/groups/{group_id}/users/{user_id}", Handle: h.removeMember},

		{Pattern: "GET /v3/roles", Handle: h.listRoles, Query: []string{"name", "domain_id"}, Out: api.List("roles", roleOut{})},
		{Pattern: "POST /v3/roles", Handle: h.createRole, In: api.Body("role", roleIn{}), Out: api.Member(201, "role", roleOut{})},
		{Pattern: "GET /v3/roles/{role_id}", Handle: h.getRole, Out: api.Member(200, "role", roleOut{})},
		{Pattern: "PATCH /v3/roles/{role_id}", Handle: h.updateRole, In: api.Body("role", roleIn{}), Out: api.Member(200, "role", roleOut{})},
		{Pattern: "DELETE /v3/roles/{role_id}", Handle: h.deleteRole},
		{Pattern: "GET /v3/roles/{prior_role_id}/implies", Handle: h.listImplications, Out: api.Shape{Code: 200, Type: inferenceReplyOut{}}},
		{Pattern: "PUT /v3/roles/{prior_role_id}/implies/{implied_role_id}", Handle: h.createImplication, Out: api.Shape{Code: 201, Type: implicationReplyOut{}}},
		{Pattern: "GET /v3/roles/{prior_role_id}/implies/{implied_role_id}", Handle: h.getImplication, Out: api.Shape{Code: 200, Type: implicationReplyOut{}}},
		{Pattern: "HEAD /v3/roles/{prior_role_id}/implies/{implied_role_id}", Handle: h.checkImplication},
		{Pattern: "DELETE /v3/roles/{prior_role_id}/implies/{implied_role_id}", Handle: h.deleteImplication},
		{Pattern: "GET /v3/role_inferences", Handle: h.listRoleInferences, Out: api.List("role_inferences", inferenceOut{})},

		{Pattern: "GET /v3/projects/{project_id}/users/{user_id}/roles", Handle: h.listGrants, Out: api.List("roles", roleOut{})},
		{Pattern: "PUT /v3/projects/{project_id}/users/{user_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/projects/{project_id}/users/{user_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/projects/{project_id}/users/{user_id}/roles/{role_id}", Handle: h.revokeGrant},
		{Pattern: "GET /v3/projects/{project_id}/groups/{group_id}/roles", Handle: h.listGrants, Out: api.List("roles", roleOut{})},
		{Pattern: "PUT /v3/projects/{project_id}/groups/{group_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/projects/{project_id}/groups/{group_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/projects/{project_id}/groups/{group_id}/roles/{role_id}", Handle: h.revokeGrant},
		{Pattern: "GET /v3/domains/{domain_id}/users/{user_id}/roles", Handle: h.listGrants, Out: api.List("roles", roleOut{})},
		{Pattern: "PUT /v3/domains/{domain_id}/users/{user_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/domains/{domain_id}/users/{user_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/domains/{domain_id}/users/{user_id}/roles/{role_id}", Handle: h.revokeGrant},
		{Pattern: "GET /v3/domains/{domain_id}/groups/{group_id}/roles", Handle: h.listGrants, Out: api.List("roles", roleOut{})},
		{Pattern: "PUT /v3/domains/{domain_id}/groups/{group_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/domains/{domain_id}/groups/{group_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/domains/{domain_id}/groups/{group_id}/roles/{role_id}", Handle: h.revokeGrant},
		{Pattern: "GET /v3/system/users/{user_id}/roles", Handle: h.listGrants, Out: api.List("roles", roleOut{})},
		{Pattern: "PUT /v3/system/users/{user_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/system/users/{user_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/system/users/{user_id}/roles/{role_id}", Handle: h.revokeGrant},
		{Pattern: "GET /v3/system/groups/{group_id}/roles", Handle: h.listGrants, Out: api.List("roles", roleOut{})},
		{Pattern: "PUT /v3/system/groups/{group_id}/roles/{role_id}", Handle: h.grantRole},
		{Pattern: "GET /v3/system/groups/{group_id}/roles/{role_id}", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/system/groups/{group_id}/roles/{role_id}", Handle: h.revokeGrant},

		{Pattern: "GET /v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/inherited_to_projects", Handle: h.listGrants, Out: api.List("roles", roleOut{})},
		{Pattern: "PUT /v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.grantRole},
		{Pattern: "GET /v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.revokeGrant},
		{Pattern: "GET /v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/inherited_to_projects", Handle: h.listGrants, Out: api.List("roles", roleOut{})},
		{Pattern: "PUT /v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.grantRole},
		{Pattern: "GET /v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.revokeGrant},
		{Pattern: "PUT /v3/OS-INHERIT/projects/{project_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.grantRole},
		{Pattern: "GET /v3/OS-INHERIT/projects/{project_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/OS-INHERIT/projects/{project_id}/users/{user_id}/roles/{role_id}/inherited_to_projects", Handle: h.revokeGrant},
		{Pattern: "PUT /v3/OS-INHERIT/projects/{project_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.grantRole},
		{Pattern: "GET /v3/OS-INHERIT/projects/{project_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.checkGrant},
		{Pattern: "DELETE /v3/OS-INHERIT/projects/{project_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", Handle: h.revokeGrant},

		{Pattern: "GET /v3/role_assignments", Handle: h.listRoleAssignments, Query: []string{"user.id", "group.id", "role.id", "scope.project.id", "scope.domain.id", "scope.system", "scope.OS-INHERIT:inherited_to", "effective", "include_names", "include_subtree"}, Out: api.List("role_assignments", roleAssignmentOut{})},

		{Pattern: "GET /v3/services", Handle: h.listServices, Query: []string{"name", "type"}, Out: api.List("services", serviceOut{})},
		{Pattern: "POST /v3/services", Handle: h.createService, In: api.Body("service", serviceIn{}), Out: api.Member(201, "service", serviceOut{})},
		{Pattern: "GET /v3/services/{service_id}", Handle: h.getService, Out: api.Member(200, "service", serviceOut{})},
		{Pattern: "PATCH /v3/services/{service_id}", Handle: h.updateService, In: api.Body("service", serviceIn{}), Out: api.Member(200, "service", serviceOut{})},
		{Pattern: "DELETE /v3/services/{service_id}", Handle: h.deleteService},

		{Pattern: "GET /v3/endpoints", Handle: h.listEndpoints, Query: []string{"interface", "service_id", "region_id"}, Out: api.List("endpoints", endpointOut{})},
		{Pattern: "POST /v3/endpoints", Handle: h.createEndpoint, In: api.Body("endpoint", endpointIn{}), Out: api.Member(201, "endpoint", endpointOut{})},
		{Pattern: "GET /v3/endpoints/{endpoint_id}", Handle: h.getEndpoint, Out: api.Member(200, "endpoint", endpointOut{})},
		{Pattern: "PATCH /v3/endpoints/{endpoint_id}", Handle: h.updateEndpoint, In: api.Body("endpoint", endpointIn{}), Out: api.Member(200, "endpoint", endpointOut{})},
		{Pattern: "DELETE /v3/endpoints/{endpoint_id}", Handle: h.deleteEndpoint},

		{Pattern: "GET /v3/regions", Handle: h.listRegions, Query: []string{"parent_region_id"}, Out: api.List("regions", regionOut{})},
		{Pattern: "POST /v3/regions", Handle: h.createRegion, In: api.Body("region", regionIn{}), Out: api.Member(201, "region", regionOut{})},
		{Pattern: "PUT /v3/regions/{region_id}", Handle: h.putRegion, In: api.Body("region", regionIn{}), Out: api.Member(201, "region", regionOut{})},
		{Pattern: "GET /v3/regions/{region_id}", Handle: h.getRegion, Out: api.Member(200, "region", regionOut{})},
		{Pattern: "PATCH /v3/regions/{region_id}", Handle: h.updateRegion, In: api.Body("region", regionIn{}), Out: api.Member(200, "region", regionOut{})},
		{Pattern: "DELETE /v3/regions/{region_id}", Handle: h.deleteRegion},

		{Pattern: "GET /v3/registered_limits", Handle: h.listRegisteredLimits, Query: []string{"service_id", "region_id", "resource_name"}, Out: api.List("registered_limits", registeredLimitOut{})},
		{Pattern: "POST /v3/registered_limits", Handle: h.createRegisteredLimits, In: api.Shape{Type: registeredLimitsIn{}}, Out: api.Shape{Code: 201, Type: registeredLimitsOut{}}},
		{Pattern: "GET /v3/registered_limits/{registered_limit_id}", Handle: h.getRegisteredLimit, Out: api.Member(200, "registered_limit", registeredLimitOut{})},
		{Pattern: "PATCH /v3/registered_limits/{registered_limit_id}", Handle: h.updateRegisteredLimit, In: api.Body("registered_limit", registeredLimitIn{}), Out: api.Member(200, "registered_limit", registeredLimitOut{})},
		{Pattern: "DELETE /v3/registered_limits/{registered_limit_id}", Handle: h.deleteRegisteredLimit},
		{Pattern: "GET /v3/limits", Handle: h.listLimits, Query: []string{"service_id", "region_id", "resource_name", "project_id", "domain_id"}, Out: api.List("limits", limitOut{})},
		{Pattern: "POST /v3/limits", Handle: h.createLimits, In: api.Shape{Type: limitsIn{}}, Out: api.Shape{Code: 201, Type: limitsOut{}}},
		{Pattern: "GET /v3/limits/model", Handle: h.getLimitModel, Out: api.Member(200, "model", limitModelOut{})},
		{Pattern: "GET /v3/limits/{limit_id}", Handle: h.getLimit, Out: api.Member(200, "limit", limitOut{})},
		{Pattern: "PATCH /v3/limits/{limit_id}", Handle: h.updateLimit, In: api.Body("limit", limitPatchIn{}), Out: api.Member(200, "limit", limitOut{})},
		{Pattern: "DELETE /v3/limits/{limit_id}", Handle: h.deleteLimit},
	}
}
