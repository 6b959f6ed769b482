package portal

// Where the pages of administrators are.
const (
	administration = Root + "/admin"
	adminDomains   = administration + "/domains"
	adminProjects  = administration + "/projects"
	adminUsers     = administration + "/users"
	adminGroups    = administration + "/groups"
	adminRoles     = administration + "/roles"
)

// administration is the area of administrators.
func (h *Handler) administration() []route {
	return []route{
		{pattern: "GET " + administration, who: administrator, handle: redirect(adminProjects)},
		{pattern: "GET " + adminProjects, who: administrator, handle: h.adminProjects},
		{pattern: "GET " + adminProjects + "/create", who: administrator, handle: h.createProject},
		{pattern: "POST " + adminProjects + "/create", who: administrator, handle: h.createProject},
	}
}
