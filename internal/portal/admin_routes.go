package portal

import (
	"net/http"
	"slices"
)

// Where the pages of administrators are.
const (
	administration = Root + "/admin"
	adminDomains   = administration + "/domains"
	adminProjects  = administration + "/projects"
	adminUsers     = administration + "/users"
	adminGroups    = administration + "/groups"
	adminRoles     = administration + "/roles"
)

// handling answers a request.
type handling = func(w http.ResponseWriter, r *request) error

// administration is the area of administrators.
func (h *Handler) administration() []route {
	return slices.Concat([]route{{pattern: "GET " + administration, who: administrator, handle: redirect(adminProjects)}},
		lists(adminProjects, h.adminProjects, h.showProject, h.editProject, h.deleteProject),
		lists(adminUsers, h.adminUsers, h.showUser, h.editUser, h.deleteUser),
		lists(adminGroups, h.adminGroups, h.showGroup, h.editGroup, h.deleteGroup),
		lists(adminRoles, h.adminRoles, h.showRole, h.editRole, h.deleteRole),
		lists(adminDomains, h.adminDomains, h.showDomain, h.editDomain, h.deleteDomain),
		formRoutes(adminProjects+"/create", h.createProject), formRoutes(adminGroups+"/create", h.createGroup),
		formRoutes(adminRoles+"/create", h.createRole), formRoutes(adminDomains+"/create", h.createDomain),
		fresh(slices.Concat(formRoutes(adminUsers+"/create", h.createUser), formRoutes(adminUsers+"/{id}/password", h.setPassword),
			switches(adminProjects, h.enableProject, h.disableProject), switches(adminUsers, h.enableUser, h.disableUser), switches(adminDomains, h.enableDomain, h.disableDomain),
			h.grants(h.projectHome()), h.grants(h.userHome()), h.grants(h.groupHome()), h.grants(h.domainHome()),
			h.memberships(h.groupHome()), h.memberships(h.userHome()),
			[]route{{pattern: "POST " + adminRoles + "/{id}/implied", who: administrator, handle: h.addImplied}}, formRoutes(adminRoles+"/{id}/implied/remove", h.removeImplied))))
}

// lists are the routes of a noun: its list, one of them, its form, and its end.
func lists(base string, list, show, edit, end handling) []route {
	return slices.Concat([]route{{pattern: "GET " + base, who: administrator, handle: list}, {pattern: "GET " + base + "/{id}", who: administrator, handle: show}},
		formRoutes(base+"/{id}/edit", edit), fresh(formRoutes(base+"/{id}/delete", end)))
}

// switches are the routes of what can be disabled.
func switches(base string, enable, disable handling) []route {
	return append(formRoutes(base+"/{id}/disable", disable), route{pattern: "POST " + base + "/{id}/enable", who: administrator, handle: enable})
}

// formRoutes are the routes of a form: the handler shows it and reads it.
func formRoutes(path string, handle handling) []route {
	return []route{{pattern: "GET " + path, who: administrator, handle: handle}, {pattern: "POST " + path, who: administrator, handle: handle}}
}

// fresh marks the routes of acts that give or take power.
func fresh(routes []route) []route {
	for i := range routes {
		routes[i].fresh = true
	}
	return routes
}
