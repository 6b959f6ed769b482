package portal

import (
	"slices"
	"strings"
)

// menuGroup is a group of the menu: a link to its first page, and its pages.
type menuGroup struct {
	Key   string // of its text
	Path  string
	Items []menuItem
}

type menuItem struct {
	Key     string
	Path    string
	Current bool // this page, or one below it, is shown
}

// menu returns the menu on the page of a path. The same page may be in two groups, under the names that the documents
// of different clouds have for the way to it; the first is its own.
// Administration is for those who may do any of it; whoever is in a domain has nothing to do with the cloud as a whole.
func menu(path string, administers, inDomain bool) []menuGroup {
	groups := []menuGroup{
		{Key: "menu.access", Path: Root + "/access", Items: []menuItem{{Key: "menu.application_credentials", Path: applicationCredentials},
			{Key: "menu.ec2_keys", Path: ec2Keys}, {Key: "menu.api_endpoint", Path: apiEndpoint},
			{Key: "menu.api_password", Path: apiPassword}, {Key: "menu.activity", Path: activity}, {Key: "menu.guide", Path: guide}}},
		{Key: "menu.compute", Path: Root + "/compute", Items: []menuItem{{Key: "menu.instance", Path: computeInstance}}},
		{Key: "menu.identity", Path: Root + "/identity", Items: []menuItem{{Key: "menu.application_credentials", Path: Root + "/identity/application-credentials"},
			{Key: "menu.ec2_keys", Path: Root + "/identity/ec2-credentials"}}},
	}
	if administers {
		items := []menuItem{{Key: "menu.projects", Path: adminProjects}, {Key: "menu.users", Path: adminUsers}, {Key: "menu.groups", Path: adminGroups},
			{Key: "menu.roles", Path: adminRoles}, {Key: "menu.domains", Path: adminDomains}}
		if !inDomain {
			items = slices.Concat([]menuItem{{Key: "menu.overview", Path: adminOverview}}, items, []menuItem{{Key: "menu.catalog", Path: adminCatalog}, {Key: "menu.limits", Path: adminLimits}})
		}
		groups = append(groups, menuGroup{Key: "menu.administration", Path: administration, Items: items})
	}
	for i := range groups {
		for j := range groups[i].Items {
			item := &groups[i].Items[j]
			item.Current = path == item.Path || strings.HasPrefix(path, item.Path+"/")
		}
	}
	return groups
}
