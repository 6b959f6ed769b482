package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/portal"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const admin = "/portal/admin"

// made posts a form that makes something and returns the address of its page.
func (b *browser) made(path string, pairs ...string) string {
	b.t.Helper()
	p := b.post(path, pairs...)
	at := p.Header.Get("Location")
	if p.Status != http.StatusSeeOther || at == path {
		b.t.Fatalf("status %d to %q: %s", p.Status, at, p.text())
	}
	return at
}

// as signs a user of the default domain in.
func as(t testing.TB, env *servertest.Env, name, password string) *browser {
	t.Helper()
	b := newBrowser(t, env)
	b.post("/portal/sign-in", "user", name, "password", password).redirected("/portal")
	return b
}

func TestAProjectAUserAndARoleMakeSomebodyWhoCanWork(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	project := b.made(admin+"/projects/create", "name", "shop", "description", "The shop", "domain", "Default", "enabled", "1")
	b.get(project).want(200, "It has been created", "shop", "The shop", "Nobody has a role here yet")
	page := b.post(admin+"/users/create", "name", "ada", "email", "ada@example.org", "domain", "Default", "project", "shop", "how", "generate", "enabled", "1").want(201, "Save the password", "ada")
	password := page.id("new-password")
	user := page.attribute("data-list")
	b.get(user).want(200, "ada@example.org", "shop", "Set", "No role yet").without(password)
	b.post(project+"/roles", "kind", "user", "name", "ada", "domain", "Default", "role", env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Text("roles.0.id")).redirected(project)
	b.get(project).want(200, "The role was given", "ada", "User", "member")
	b.get(user).want(200, "shop", "Project", "member")
	ada := as(t, env, "ada", password)
	ada.get(create).want(200, "For the project shop").without("Administration")
	b.get(user+"/disable").want(200, "Disable ada?", "application credentials are deleted for good")
	b.post(user + "/disable").redirected(user)
	b.get(user).want(200, "It is disabled now", "Disabled")
	ada.get(create).want(200, "Password").without("Sign out")
	newBrowser(t, env).post("/portal/sign-in", "user", "ada", "password", password).want(422, "You could not be signed in")
	b.post(user + "/enable").redirected(user)
	as(t, env, "ada", password)
}

// attribute returns the value of the first attribute of a name.
func (s *shown) attribute(name string) string {
	s.t.Helper()
	m := regexp.MustCompile(name + `="([^"]*)"`).FindStringSubmatch(s.Body)
	if m == nil {
		s.t.Fatalf("no attribute %s: %s", name, s.text())
	}
	return m[1]
}

// Whoever may not list users or projects sees nothing of the administration, and changes nothing.
func TestAMemberIsRefusedOnEveryPageOfTheAdministration(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	user := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"})
	grant(env, user)
	role := env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Want(200).Text("roles.0.id")
	group := env.Create("/v3/groups", "group", map[string]any{"name": "team", "domain_id": "default"})
	ids := map[string]string{"users": user, "groups": group, "projects": string(env.Admin.Project), "domains": "default", "roles": role}
	b := as(t, env, "bob", "bobs-Pass-1")
	b.get(list).want(200).without("Administration", admin)
	before := env.Core.RevHeader()[0]
	tried := 0
	for _, route := range portal.New(portal.Options{}).Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		if !strings.HasPrefix(path, admin) {
			continue
		}
		noun, _, _ := strings.Cut(strings.TrimPrefix(path, admin+"/"), "/")
		id := ids[noun]
		if id == "" {
			id = "x"
		}
		path = strings.NewReplacer("{id}", id).Replace(path)
		var form url.Values
		if method == http.MethodPost {
			form = values("name", "evil", "domain", "Default", "kind", "user", "role", role, "user", user, "group", group, "member", "bob", "confirm", "evil", "how", "type", "password", "evil-Pass-1", "again", "evil-Pass-1", "enabled", "1")
		}
		b.do(b.request(method, path, form)).want(403, "Not allowed")
		tried++
	}
	if tried < 40 {
		t.Errorf("only %d routes", tried)
	}
	if after := env.Core.RevHeader()[0]; after != before {
		t.Errorf("the revision was %s and is %s: something has changed", before, after)
	}
}

// Who asks without a session is asked to sign in, for each page.
func TestNobodyIsAskedToSignInOnEveryPageOfTheAdministration(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env)
	for _, route := range portal.New(portal.Options{}).Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		if strings.HasPrefix(path, admin) {
			p := b.do(b.request(method, strings.ReplaceAll(path, "{id}", "x"), values()))
			if p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Header.Get("Location"), "/portal/sign-in?next=") {
				t.Errorf("%s: status %d", route.Pattern, p.Status)
			}
		}
	}
}

func TestEveryThingIsMadeChangedAndDeletedByItsName(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	for noun, c := range map[string]struct{ form, edit []string }{
		"projects": {[]string{"domain", "Default", "description", "first words", "enabled", "1"}, []string{"description", "other words"}},
		"domains":  {[]string{"description", "first words"}, []string{"description", "other words"}},
		"groups":   {[]string{"domain", "Default", "description", "first words"}, []string{"description", "other words"}},
		"roles":    {[]string{"description", "first words"}, []string{"description", "other words"}},
		"users":    {[]string{"domain", "Default", "how", "none", "email", "first words", "enabled", "1"}, []string{"email", "other words"}},
	} {
		t.Run(noun, func(t *testing.T) {
			b.t = t
			base := admin + "/" + noun
			b.get(base+"/create").want(200, "Name")
			page := b.made(base+"/create", append(c.form, "name", "thing")...)
			b.get(page).want(200, "thing", "first words", "It has been created")
			b.get(base).want(200, "thing")
			b.post(base+"/create", append(c.form, "name", " ")...).want(422, "Please correct this", "name")
			b.post(base+"/create", append(c.form, "name", "thing")...).want(422, "This name is taken", "Please correct this")
			if p := b.post(base+"/create", append(c.form, "name", strings.Repeat("x", 256))...).want(422, "more than"); !strings.Contains(p.Body, `href="#name"`) {
				t.Error("the summary does not lead to the name")
			}
			b.get(page+"/edit").want(200, "Edit", "Save")
			b.post(page+"/edit", append(c.edit, "name", "renamed")...).redirected(page)
			b.get(page).want(200, "renamed", "other words", "The changes were saved").without("first words")
			b.post(page+"/edit", append(c.edit, "name", "")...).want(422, "Please correct this")
			b.get(page+"/delete").want(200, "Delete renamed?", "It cannot be undone", "Type renamed to confirm")
			b.post(page+"/delete").want(422, "Type exactly: renamed")
			b.post(page+"/delete", "confirm", "Renamed").want(422)
			b.post(page+"/delete", "confirm", "renamed").redirected(base)
			b.get(base).want(200, "It has been deleted").without("renamed")
			b.get(page).want(404, "Page not found")
		})
	}
	b.t = t
}

func TestWhatIsWrongWithARoleStandsBesideItsField(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	member := env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Want(200).Text("roles.0.id")
	project, user := admin+"/projects/"+string(env.Admin.Project), admin+"/users/"+string(env.Admin.User)
	for name, c := range map[string]struct {
		path        string
		form        []string
		field, says string
	}{
		"nobody":            {project, []string{"kind", "user", "name", "eve", "domain", "Default", "role", member}, "role-name", "There is no user of this name"},
		"no such group":     {project, []string{"kind", "group", "name", "admin", "domain", "Default", "role", member}, "role-name", "There is no group of this name"},
		"no name":           {project, []string{"kind", "user", "domain", "Default", "role", member}, "role-name", "Enter a name"},
		"no domain":         {project, []string{"kind", "user", "name", "admin", "role", member}, "role-domain", "There is no domain of this name"},
		"a foreign domain":  {project, []string{"kind", "user", "name", "admin", "domain", "x", "role", member}, "role-domain", "There is no domain of this name"},
		"no role":           {project, []string{"kind", "user", "name", "admin", "domain", "Default"}, "role-role", "Choose a role"},
		"no such project":   {user, []string{"kind", "project", "name", "x", "domain", "Default", "role", member}, "role-name", "There is no project of this name"},
		"no such domain":    {user, []string{"kind", "domain", "name", "x", "domain", "Default", "role", member}, "role-name", "There is no domain of this name"},
		"a domain unnamed":  {user, []string{"kind", "domain", "domain", "Default", "role", member}, "role-name", "There is no domain of this name"},
		"the name in parts": {project, []string{"kind", "user", "name", "adm", "domain", "Default", "role", member}, "role-name", "There is no user of this name"},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			p := b.post(c.path+"/roles", c.form...).want(422, c.says, "Please correct this")
			if !strings.Contains(p.Body, `<a href="#`+c.field+`">`) || !strings.Contains(p.Body, `id="`+c.field+`-error"`) {
				t.Errorf("it does not stand beside %s", c.field)
			}
		})
	}
	b.t = t
	b.post(project+"/roles", "kind", "user", "name", "admin", "domain", "Default", "role", "x").want(404)
	b.post(user+"/roles", "kind", "system", "role", member).redirected(user)
	b.get(user).want(200, "The whole cloud", "System")
	b.get(user+"/roles/remove?role="+member+"&system=all").want(200, "Take the role member from admin on The whole cloud?")
	b.post(user+"/roles/remove", "role", member, "system", "all").redirected(user)
	b.get(user).want(200, "The role was removed").without("role=" + member + "&amp;system=all")
	b.post(user+"/roles/remove", "role", member, "system", "all").redirected(user) // it has gone already
}

func TestAGroupGivesItsMembersWhatItHas(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	member := env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Want(200).Text("roles.0.id")
	user := admin + "/users/" + env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"})
	group := b.made(admin+"/groups/create", "name", "team", "domain", "Default")
	b.get(group).want(200, "Nobody is in this group yet", "No role yet")
	b.post(group+"/members", "member", "nobody", "domain", "Default").want(422, "There is no user of this name")
	b.post(group+"/members", "member", "bob", "domain", "Default").redirected(group)
	b.post(group+"/roles", "kind", "project", "name", "admin", "domain", "Default", "role", member).redirected(group)
	b.get(group).want(200, "bob", "admin", "member")
	b.get(user).want(200, "team")
	as(t, env, "bob", "bobs-Pass-1").get(create).want(200, "For the project admin")
	b.get(group+"/members/remove?user="+strings.TrimPrefix(user, admin+"/users/")).want(200, "Remove bob from the group team?")
	b.post(user+"/members/remove", "group", strings.TrimPrefix(group, admin+"/groups/")).redirected(user)
	b.get(user).want(200, "The user has left the group", "In no group")
	b.post(user+"/members", "member", "team", "domain", "Default").redirected(user)
	b.get(user).want(200, "The user is in the group now", "team")
}

func TestAPasswordIsGeneratedOrTypedTwice(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	user := admin + "/users/" + env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"})
	b.get(user+"/password").want(200, "For the user bob", "Generate one")
	for says, form := range map[string][]string{"Enter a password": {"how", "type"}, "The two passwords differ": {"how", "type", "password", "a", "again", "b"}, "Choose how": {"how", "none"}} {
		b.post(user+"/password", form...).want(422, says)
	}
	b.post(user+"/password", "how", "type", "password", "typed-Pass-1", "again", "typed-Pass-1").redirected(user)
	as(t, env, "bob", "typed-Pass-1")
	page := b.post(user+"/password", "how", "generate").want(200, "will only be shown once", "Default admin")
	if page.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page may be kept")
	}
	password := page.id("new-password")
	as(t, env, "bob", password)
	newBrowser(t, env).post("/portal/sign-in", "user", "bob", "password", "typed-Pass-1").want(422)
	if strings.Contains(env.Log(), password) {
		t.Error("the log holds the password")
	}
}

// A list reads one page from the database, and what is looked for is in the address.
func TestAListIsReadAPageAtATime(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	acme := env.Create("/v3/domains", "domain", map[string]any{"name": "acme"})
	for i := range 30 {
		env.Create("/v3/users", "user", map[string]any{"name": fmt.Sprintf("user-%02d", i), "domain_id": acme})
	}
	b := newBrowser(t, env).signIn()
	names := regexp.MustCompile(`user-\d\d`)
	found := names.FindAllString(b.get(admin+"/users?domain=acme").want(200, "Next").without("First").text(), -1)
	next := regexp.MustCompile(`rel="next" href="([^"]*)"`).FindStringSubmatch(b.get(admin + "/users?domain=acme").Body)
	if next == nil {
		t.Fatal("no next page")
	}
	page := b.get(strings.ReplaceAll(next[1], "&amp;", "&")).want(200, "First").without("Next")
	found = append(found, names.FindAllString(page.text(), -1)...)
	slices.Sort(found)
	if all := slices.Compact(found); len(all) != 30 {
		t.Errorf("the pages have %d users", len(all))
	}
	if got := names.FindAllString(b.get(admin+"/users?domain=acme&q=USER-1").text(), -1); !slices.IsSorted(got) || len(got) != 10 {
		t.Errorf("the search finds %v", got)
	}
	b.get(admin+"/users?q=nobody").want(200, "Nothing found")
	b.get(admin+"/users?domain=nowhere").want(200, "Nothing found")
	b.get(admin+"/users?marker=gone").want(200, "user-")
	b.get(admin+"/groups").want(200, "There are no groups yet").without("Search by name")
}

func TestOnlyADisabledDomainIsDeletedAndItsContentsWithIt(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	domain := b.made(admin+"/domains/create", "name", "acme", "enabled", "1")
	project := b.made(admin+"/projects/create", "name", "shop", "domain", "acme", "enabled", "1")
	below := b.made(admin+"/projects/create", "name", "till", "domain", "acme", "parent", "shop", "enabled", "1")
	b.get(below).want(200, "shop")
	b.post(admin+"/projects/create", "name", "x", "domain", "acme", "parent", "nothing").want(422, "There is no project of this name")
	b.post(admin+"/projects/create", "name", "x", "domain", "nothing").want(422, "There is no domain of this name")
	b.get(domain+"/delete").want(200, "Only a disabled domain can be deleted").without("Type acme")
	b.post(domain+"/delete", "confirm", "acme").want(403, "disable it first")
	b.post(domain+"/disable", "confirm", "acme").redirected(domain)
	b.post(domain + "/enable").redirected(domain)
	b.post(domain+"/disable", "confirm", "acme").redirected(domain)
	b.post(domain+"/delete", "confirm", "acme").redirected(admin + "/domains")
	b.get(project).want(404)
	b.get(admin+"/domains/default/disable").want(200, "You belong to this domain")
	b.get(admin+"/users/"+string(env.Admin.User)+"/delete").want(200, "This is your own account")
}

func TestARoleImpliesOthersAndAProtectedOneStays(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	reader := env.Do("GET", "/v3/roles?name=reader", env.AdminToken(), nil).Want(200).Text("roles.0.id")
	role := b.made(admin+"/roles/create", "name", "auditor", "domain", "")
	b.get(role).want(200, "The whole cloud", "It implies no other role")
	b.post(role+"/implied", "role", reader).redirected(role)
	b.post(role+"/implied", "role", reader).redirected(role)
	b.get(role).want(200, "reader")
	b.get(role+"/implied/remove?role="+reader).want(200, "Shall auditor no longer imply reader?")
	b.post(role+"/implied/remove", "role", reader).redirected(role)
	b.get(role).want(200, "It implies no other role")
	own := b.made(admin+"/roles/create", "name", "keeper", "domain", "Default")
	b.get(own).want(200, "Default")
	b.get(admin+"/roles").want(200, "auditor", "member").without("keeper")
	b.get(admin+"/roles?domain=Default").want(200, "keeper").without("auditor")
}

func TestNoNameOfTheAdministrationIsEverCode(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	member := env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Want(200).Text("roles.0.id")
	for _, canary := range canaries {
		b.made(admin+"/domains/create", "name", canary, "description", canary, "enabled", "1")
		var pages []string
		for _, noun := range []string{"projects", "users", "groups", "roles"} {
			pages = append(pages, b.made(admin+"/"+noun+"/create", "name", canary, "description", canary, "email", canary, "domain", canary, "how", "none", "enabled", "1"))
		}
		b.post(pages[0]+"/roles", "kind", "user", "name", canary, "domain", canary, "role", member).redirected(pages[0])
		b.post(pages[2]+"/members", "member", canary, "domain", canary).redirected(pages[2])
		for _, page := range pages {
			for _, path := range []string{page, page + "/edit", page + "/delete", page[:strings.LastIndex(page, "/")] + "?q=" + url.QueryEscape(canary) + "&domain=" + url.QueryEscape(canary)} {
				p := b.get(path).want(200, canary)
				if strings.Contains(p.Body, "<script>canary") || strings.Contains(p.Body, "<img src=x") || strings.Contains(p.Body, "' autofocus onfocus='") {
					t.Errorf("%s: %s is code in %s", path, canary, p.Body)
				}
			}
		}
	}
}

// However large the cloud is, a page is small.
func TestEachPageOfTheAdministrationIsSmall(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	group := env.Create("/v3/groups", "group", map[string]any{"name": "all", "domain_id": "default"})
	member := env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Want(200).Text("roles.0.id")
	project := "/projects/" + string(env.Admin.Project)
	for i := range 2*25 + 5 {
		user := env.Create("/v3/users", "user", map[string]any{"name": fmt.Sprintf("user-%02d-", i) + strings.Repeat("<", 240), "domain_id": "default"})
		env.Do("PUT", "/v3/groups/"+group+"/users/"+user, env.AdminToken(), nil).Want(204)
		env.Do("PUT", "/v3"+project+"/users/"+user+"/roles/"+member, env.AdminToken(), nil).Want(204)
	}
	b := newBrowser(t, env).signIn()
	b.get(admin+project).want(200, "user-00-", "user-23-", "Next").without("user-24-")
	b.get(admin+project+"?roles=2").want(200, "user-54-", "First").without("user-00-", "Next")
	b.get(admin+project+"?roles=99").want(200, "user-54-")
	b.get(admin+"/groups/"+group).want(200, "Next")
	for _, path := range []string{"/users", project, "/groups/" + group, "/users/" + string(env.Admin.User)} {
		if page := b.get(admin + path).want(200); len(page.Body) > 100<<10 {
			t.Errorf("%s: %d bytes", path, len(page.Body))
		}
	}
}

// Keystone's roles on a domain or on the system administer as well: their sessions are in the domain or the system.
func TestASessionOfAnAdministratorIsInADomainOrTheSystem(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	acme := env.Create("/v3/domains", "domain", map[string]any{"name": "acme"})
	env.Create("/v3/users", "user", map[string]any{"name": "theirs", "domain_id": acme})
	roles := map[string]string{}
	for _, name := range []string{"manager", "admin", "member"} {
		roles[name] = env.Do("GET", "/v3/roles?name="+name, env.AdminToken(), nil).Want(200).Text("roles.0.id")
	}
	manager := env.Create("/v3/users", "user", map[string]any{"name": "manager", "domain_id": "default", "password": "some-Pass-1"})
	env.Do("PUT", "/v3/domains/"+acme+"/users/"+manager+"/roles/"+roles["manager"], env.AdminToken(), nil).Want(204)
	m := as(t, env, "manager", "some-Pass-1")
	m.get("/portal").want(200, "acme", "Administration", "Projects")
	m.get(admin+"/users").want(200, "theirs").without(">admin</a>")
	user := m.made(admin+"/users/create", "name", "new", "domain", "acme", "how", "none", "enabled", "1")
	project := m.made(admin+"/projects/create", "name", "shop", "domain", "acme", "enabled", "1")
	m.post(project+"/roles", "kind", "user", "name", "new", "domain", "acme", "role", roles["member"]).redirected(project)
	m.get(user).want(200, "shop", "member")
	m.get(admin + "/users/" + string(env.Admin.User)).want(403)
	m.post(admin+"/domains/create", "name", "mine").want(403)
	for range 2 {
		clock.Add(10 * time.Minute)
		m.get(user).want(200, "acme")
	}
	m.post(user + "/disable").asksToConfirm(user + "/disable")
	m.post(project+"/roles", "name", "new").asksToConfirm(project)
	m.post(confirm, "next", user+"/disable", "password", "some-Pass-1").redirected(user + "/disable")
	m.get(user+"/disable").want(200, "Disable new?", "Project acme") // still in the domain

	root := env.Create("/v3/users", "user", map[string]any{"name": "root", "domain_id": "default", "password": "some-Pass-1"})
	env.Do("PUT", "/v3/system/users/"+root+"/roles/"+roles["admin"], env.AdminToken(), nil).Want(204)
	r := as(t, env, "root", "some-Pass-1")
	r.get("/portal").want(200, "The whole cloud", "Administration")
	r.made(admin+"/domains/create", "name", "another", "enabled", "1")

	b := newBrowser(t, env).signIn()
	b.post("/portal/projects", "project", "domain:"+acme).want(422, "You cannot work in that project")
	b.post("/portal/projects", "project", "system:").redirected(admin)
	b.get(admin).want(200, "The whole cloud")
	b.post("/portal/projects", "project", string(env.Admin.Project), "next", create).redirected(create)
	b.get(create).want(200, "For the project admin")
}
