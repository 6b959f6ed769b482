//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

const admin = "/portal/admin"

// fillAdministration makes people to look at.
func fillAdministration(env *servertest.Env) {
	role := func(name string) string {
		return env.Do("GET", "/v3/roles?name="+name, env.AdminToken(), nil).Want(200).Text("roles.0.id")
	}
	project := env.Create("/v3/projects", "project", map[string]any{"name": "observatory", "domain_id": "default", "description": "Everything that watches the shop, and whoever looks at it at night"})
	below := env.Create("/v3/projects", "project", map[string]any{"name": "observatory-archive", "domain_id": "default", "parent_id": project, "enabled": false})
	group := env.Create("/v3/groups", "group", map[string]any{"name": "astronomers", "domain_id": "default", "description": "Those who look up"})
	env.Create("/v3/domains", "domain", map[string]any{"name": "acme", "description": "A customer with people of its own"})
	for i, name := range []string{"ada", "grace", "a-user-with-a-name-that-is-much-longer-than-any-name-should-be-but-is-allowed-all-the-same"} {
		user := env.Create("/v3/users", "user", map[string]any{"name": name, "domain_id": "default", "email": fmt.Sprintf("person-%d@example.org", i), "password": "some-Pass-1", "enabled": i != 1, "default_project_id": project})
		env.Do("PUT", "/v3/groups/"+group+"/users/"+user, env.AdminToken(), nil).Want(204)
		env.Do("PUT", "/v3/projects/"+project+"/users/"+user+"/roles/"+role("member"), env.AdminToken(), nil).Want(204)
	}
	env.Do("PUT", "/v3/projects/"+below+"/groups/"+group+"/roles/"+role("reader"), env.AdminToken(), nil).Want(204)
	env.Do("PUT", "/v3/domains/default/groups/"+group+"/roles/"+role("reader"), env.AdminToken(), nil).Want(204)
	for i := range 30 {
		env.Create("/v3/users", "user", map[string]any{"name": fmt.Sprintf("robot-%02d", i), "domain_id": "default"})
	}
}

// adminStops are the pages of the administration.
func adminStops() (all []stop) {
	// follow opens a page that the one shown links to.
	follow := func(selectors ...string) func(*tab) {
		return func(p *tab) {
			for _, selector := range selectors {
				p.open(eval[string](p, fmt.Sprintf(`document.querySelector(%q).getAttribute("href")`, selector)))
			}
		}
	}
	row := `tbody th a`
	for _, noun := range []struct{ name, look string }{{"projects", "observatory"}, {"users", "ada"}, {"groups", "astronomers"}, {"roles", "manager"}, {"domains", "Default"}} {
		at := admin + "/" + noun.name
		all = append(all, stop{name: "admin-" + noun.name, path: at}, stop{name: "admin-" + noun.name + "-create", path: at + "/create"},
			stop{name: "admin-" + noun.name + "-show", path: at + "?q=" + noun.look, do: follow(row)})
		if noun.name == "roles" {
			continue
		}
		all = append(all, stop{name: "admin-" + noun.name + "-edit", path: at + "?q=" + noun.look, do: follow(row, `.actions a[href$="/edit"]`)},
			stop{name: "admin-" + noun.name + "-delete", path: at + "?q=" + noun.look, do: follow(row, `.actions a[href$="/delete"]`)})
	}
	wrong := func(p *tab) {
		p.script(`(() => { const f = document.querySelector("form.card"); f.noValidate = true; f.querySelector("button").click() })()`)
		p.until("the errors", func() bool { return p.holds(`!!document.querySelector(".problem")`) })
	}
	return append(all,
		stop{name: "admin-users-nothing", path: admin + "/users?q=nobody+like+that"},
		stop{name: "admin-projects-wrong", path: admin + "/projects/create", do: wrong},
		stop{name: "admin-role-wrong", path: admin + "/projects?q=observatory", do: func(p *tab) { follow(row)(p); wrong(p) }},
		stop{name: "admin-role-remove", path: admin + "/projects?q=observatory", do: follow(row, `td.act a`)},
		stop{name: "admin-user-disable", path: admin + "/users?q=ada", do: follow(row, `.actions a[href$="/disable"]`)},
		stop{name: "admin-user-password", path: admin + "/users?q=ada", do: follow(row, `.actions a[href$="/password"]`)},
		stop{name: "admin-password-once", path: admin + "/users?q=ada", do: func(p *tab) {
			follow(row, `.actions a[href$="/password"]`)(p)
			p.script(`document.querySelector("form.card button.primary").click()`)
			p.until("the password", func() bool { return p.holds(`!!document.querySelector("[data-once-page]")`) })
			p.script(`document.querySelector("[data-done] input").click()`)
		}})
}

// choose picks an option of a list by its text.
func (p *tab) choose(name, option string) {
	p.t.Helper()
	p.find("combobox", name)
	p.script(fmt.Sprintf(`(() => { const l = [...document.querySelectorAll("label")].find((l) => l.innerText.trim() === %q); const s = document.getElementById(l.htmlFor);
		s.value = [...s.options].find((o) => o.text === %q).value; s.dispatchEvent(new Event("change", {bubbles: true})) })()`, name, option))
}

// Create a project, create a user, give the user a role on the project; the user signs in. Then the user is disabled, and does not.
func TestAnAdministratorLetsSomebodyInAndOutAgain(t *testing.T) {
	env := start(t)
	p := openTab(t, env.URL)
	p.open("/")
	p.signIn()
	p.click("link", "Administration")
	p.click("link", "Projects")
	p.click("button", "Create Project")
	p.fill("Name", "shop")
	p.fill("Description (optional)", "The shop")
	p.click("button", "Create Project")
	p.sees("It has been created", "Nobody has a role here yet")
	p.click("link", "Users")
	p.click("button", "Create User")
	p.fill("Name", "ada")
	p.fill("E-mail (optional)", "ada@example.org")
	p.fill("Default project (optional)", "shop")
	p.click("radio", "Type it below")
	p.fill("New password", "adas-own-Pass-1")
	p.fill("New password again", "adas-own-Pass-1")
	p.click("button", "Create User")
	p.sees("It has been created", "No role yet")
	p.choose("Kind", "Project")
	p.fill("Name", "shop")
	p.choose("Role", "member")
	p.click("button", "Add Role")
	p.sees("The role was given", "shop")

	ada := openTab(t, env.URL)
	ada.open("/portal/access/application-credentials/create")
	ada.fill("User name or e-mail", "ada")
	ada.fill("Password", "adas-own-Pass-1")
	ada.click("button", "Sign in")
	ada.sees("For the project shop")

	p.click("link", "Disable")
	p.sees("Disable ada?")
	p.click("button", "Disable")
	p.sees("It is disabled now")
	ada.open("/portal/access/application-credentials")
	ada.fill("User name or e-mail", "ada")
	ada.fill("Password", "adas-own-Pass-1")
	ada.click("button", "Sign in")
	ada.sees("You could not be signed in")
	p.quiet()
	ada.quiet()
}
