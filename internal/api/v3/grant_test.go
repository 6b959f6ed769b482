package v3_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
)

func TestGrantRoutesShowJustWhatWasGranted(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme, member := c.domain("acme"), c.role("member")
	web, ann, staff := c.project("web", acme), c.user("ann", acme), c.group("staff", acme)
	targets := []string{"projects/" + web, "domains/" + acme, "system", "OS-INHERIT/projects/" + web, "OS-INHERIT/domains/" + acme}
	for _, target := range targets {
		for _, actor := range []string{"users/" + ann, "groups/" + staff} {
			list := "/v3/" + target + "/" + actor + "/roles"
			grant, listed := list+"/"+member, target != "OS-INHERIT/projects/"+web // which Keystone has no list of
			if strings.HasPrefix(target, "OS-INHERIT") {
				list, grant = list+"/inherited_to_projects", grant+"/inherited_to_projects"
			}
			for _, method := range []string{"GET", "HEAD", "DELETE"} {
				c.Do(method, grant, c.admin, nil).Want(404)
			}
			for range 2 {
				c.Do("PUT", grant, c.admin, nil).Want(204)
			}
			c.Do("GET", grant, c.admin, nil).Want(204)
			c.Do("HEAD", grant, c.admin, nil).Want(204)
			if listed {
				if got := roleNames(c.Do("GET", list, c.admin, nil).Want(200), "roles"); got != "member" {
					t.Errorf("%s: %q", list, got)
				}
			}
			c.Do("DELETE", grant, c.admin, nil).Want(204)
			c.Do("GET", grant, c.admin, nil).Want(404)
			if listed {
				if got := roleNames(c.Do("GET", list, c.admin, nil).Want(200), "roles"); got != "" {
					t.Errorf("%s after the grant has gone: %q", list, got)
				}
			}
		}
	}
}

// CVE-2012-4413: a removed role is in no later validation of a token that had it.
func TestRevokedRoleIsGoneAtTheNextValidation(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	web, ann := c.project("web", "default"), c.user("ann", "default")
	cook, reader := c.newRole("cook", ""), c.role("reader")
	c.put("projects", web, "users", ann, "roles", cook)
	c.put("projects", web, "users", ann, "roles", reader)
	token := c.login(ann, servertest.Project(web))
	c.alive(token, "cook reader")
	c.del("projects", web, "users", ann, "roles", cook)
	c.alive(token, "reader")
	c.del("projects", web, "users", ann, "roles", reader)
	c.dead(token)
}

// CVE-2013-4477: removing a grant that is not there gives nothing and changes nothing.
func TestRemovingAMissingGrantChangesNothing(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	web, ann := c.project("web", "default"), c.user("ann", "default")
	c.put("projects", web, "users", ann, "roles", c.role("reader"))
	token, before := c.login(ann, servertest.Project(web)), c.Core.Live.Current().Rev
	c.Do("DELETE", "/v3/projects/"+web+"/users/"+ann+"/roles/"+c.role("admin"), c.admin, nil).Want(404)
	c.Do("DELETE", "/v3/OS-INHERIT/projects/"+web+"/users/"+ann+"/roles/"+c.role("reader")+"/inherited_to_projects", c.admin, nil).Want(404)
	c.alive(token, "reader")
	if after := c.Core.Live.Current().Rev; after != before {
		t.Errorf("the model went from revision %d to %d", before, after)
	}
}

// CVE-2014-0204: a group with a user's id is not the user, and a user not the group.
func TestKindsOfActorsAreNeverMixed(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	web, ann, bob := c.project("web", "default"), c.user("ann", "default"), c.user("bob", "default")
	reader, member := c.role("reader"), c.role("member")
	c.Do("PUT", "/v3/projects/"+web+"/groups/"+ann+"/roles/"+reader, c.admin, nil).Want(404)
	insert(t, c.Env, func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertGroup(ctx, &identity.Group{ID: identity.GroupID(ann), DomainID: "default", Name: "ann"})
	})
	c.put("projects", web, "groups", ann, "roles", member)
	c.mayNotLogin(ann, servertest.Project(web))
	c.Do("GET", "/v3/projects/"+web+"/users/"+ann+"/roles/"+member, c.admin, nil).Want(404)
	c.put("groups", ann, "users", bob)
	c.put("projects", web, "users", ann, "roles", reader)
	c.alive(c.login(bob, servertest.Project(web)), "member reader")
	c.alive(c.login(ann, servertest.Project(web)), "reader")
}

// Keystone looks up the role, the actor and the target before it asks policy; without a token
// it asks for one first.
func TestWhatAGrantJoinsMustExistForAnybody(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	web, ann, member := c.project("web", "default"), c.user("ann", "default"), c.role("member")
	nobody := memberToken(t, c.Env)
	for _, path := range []string{
		"/v3/projects/" + web + "/users/" + ann + "/roles/nothing",
		"/v3/projects/" + web + "/users/nobody/roles/" + member,
		"/v3/projects/" + web + "/groups/nobody/roles/" + member,
		"/v3/projects/nowhere/users/" + ann + "/roles/" + member,
		"/v3/domains/" + web + "/users/" + ann + "/roles/" + member,
		"/v3/system/users/nobody/roles/" + member,
	} {
		for _, method := range []string{"PUT", "GET", "HEAD"} {
			c.Do(method, path, nobody, nil).Want(404)
			c.Do(method, path, "", nil).Want(401)
		}
	}
	grant := "/v3/projects/" + web + "/users/" + ann + "/roles/" + member
	for _, method := range []string{"PUT", "GET", "HEAD", "DELETE"} {
		c.Do(method, grant, nobody, nil).Want(403)
	}
}

func TestGrantOfAVanishedActorCanBeRemoved(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	web, member := c.project("web", "default"), c.role("member")
	a := identity.Assignment{Actor: identity.Actor{User: "vanished"}, Target: identity.Target{Project: identity.ProjectID(web)}, Role: identity.RoleID(member)}
	insert(t, c.Env, func(ctx context.Context, tx *store.Tx) error { return tx.AddAssignment(ctx, a) })
	grant := "/v3/projects/" + web + "/users/vanished/roles/" + member
	c.Do("GET", grant, c.admin, nil).Want(404)
	c.Do("DELETE", grant, memberToken(t, c.Env), nil).Want(403)
	c.Do("DELETE", grant, c.admin, nil).Want(204)
	c.Do("DELETE", grant, c.admin, nil).Want(404)
}

func TestDomainsOwnRoleIsGrantedOnlyThere(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme, other := c.domain("acme"), c.domain("other")
	web, elsewhere, ann, own := c.project("web", acme), c.project("elsewhere", other), c.user("ann", acme), c.newRole("own", acme)
	for path, status := range map[string]int{
		"projects/" + web: 204, "domains/" + acme: 204, "projects/" + elsewhere: 403, "domains/" + other: 403, "projects/" + other: 403, "system": 400,
	} {
		c.Do("PUT", "/v3/"+path+"/users/"+ann+"/roles/"+own, c.admin, nil).Want(status)
	}
	c.Do("PUT", "/v3/OS-INHERIT/domains/"+other+"/users/"+ann+"/roles/"+own+"/inherited_to_projects", c.admin, nil).Want(403)
}

// A domain manager grants manager, member and reader to the domain's people in the domain, and
// nothing else to nobody nowhere (reliability S-23).
func TestDomainManagerGrantsLittleAndOnlyAtHome(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme, other := c.domain("acme"), c.domain("other")
	web, elsewhere := c.project("web", acme), c.project("elsewhere", other)
	mona, ann, staff, eve := c.user("mona", acme), c.user("ann", acme), c.group("staff", acme), c.user("eve", other)
	c.put("domains", acme, "users", mona, "roles", c.role("manager"))
	c.put("projects", web, "users", mona, "roles", c.role("manager"))
	onDomain, onProject := c.login(mona, servertest.Domain(acme)), c.login(mona, servertest.Project(web))
	cook, own := c.newRole("cook", ""), c.newRole("own", acme)
	for _, target := range []string{"/v3/projects/" + web, "/v3/domains/" + acme} {
		for _, actor := range []string{"/users/" + ann, "/groups/" + staff} {
			for _, role := range []string{"manager", "member", "reader"} {
				grant := target + actor + "/roles/" + c.role(role)
				for method, status := range map[string]int{"PUT": 403, "DELETE": 403, "GET": 403} {
					c.Do(method, grant, onProject, nil).Want(status)
				}
				c.Do("PUT", grant, onDomain, nil).Want(204)
				c.Do("GET", grant, onDomain, nil).Want(204)
				c.Do("DELETE", grant, onDomain, nil).Want(204)
			}
			for _, role := range []string{c.role("admin"), c.role("service"), cook, own} {
				c.Do("PUT", target+actor+"/roles/"+role, onDomain, nil).Want(403)
			}
		}
	}
	member := "/roles/" + c.role("member")
	for _, path := range []string{
		"/v3/projects/" + elsewhere + "/users/" + ann + member, "/v3/domains/" + other + "/users/" + ann + member,
		"/v3/projects/" + web + "/users/" + eve + member, "/v3/domains/" + acme + "/users/" + eve + member,
		"/v3/OS-INHERIT/domains/" + other + "/users/" + ann + member + "/inherited_to_projects",
		"/v3/system/users/" + ann + member, "/v3/projects/" + acme + "/users/" + ann + member,
	} {
		for _, method := range []string{"PUT", "DELETE"} {
			c.Do(method, path, onDomain, nil).Want(403)
		}
	}
	// CVE-2026-42999: nothing the request carries becomes a fact.
	lie := "?domain_id=" + acme + "&target.project.domain_id=" + acme + "&target.user.domain_id=" + acme
	said := body{"target": body{"project": body{"domain_id": acme}, "user": body{"domain_id": acme}}, "domain_id": acme}
	c.Do("PUT", "/v3/projects/"+elsewhere+"/users/"+ann+member+lie, onDomain, said).Want(403)
}

// An inherited grant holds on every project below its target, and not on the target.
func TestInheritedGrantHoldsBelow(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	web, aside := c.project("web", acme), c.project("aside", acme)
	shop := c.project("shop", web)
	cart := c.project("cart", shop)
	ann, bob, staff := c.user("ann", acme), c.user("bob", acme), c.group("staff", acme)
	member := c.role("member")
	c.put("groups", staff, "users", bob)
	c.put("OS-INHERIT/projects", web, "users", ann, "roles", member, "inherited_to_projects")
	c.put("OS-INHERIT/domains", acme, "groups", staff, "roles", member, "inherited_to_projects")
	for _, p := range []string{web, aside} {
		c.mayNotLogin(ann, servertest.Project(p))
	}
	c.mayNotLogin(ann, servertest.Domain(acme))
	c.mayNotLogin(bob, servertest.Domain(acme))
	var tokens []string
	for _, p := range []string{shop, cart} {
		tokens = append(tokens, c.login(ann, servertest.Project(p)))
	}
	for _, p := range []string{web, aside, shop, cart} {
		tokens = append(tokens, c.login(bob, servertest.Project(p)))
	}
	for _, token := range tokens {
		c.alive(token, "member reader")
	}
	if got := roleNames(c.Do("GET", "/v3/projects/"+shop+"/users/"+ann+"/roles", c.admin, nil).Want(200), "roles"); got != "" {
		t.Errorf("the direct grants on a project show the inherited %q", got)
	}
	c.del("OS-INHERIT/projects", web, "users", ann, "roles", member, "inherited_to_projects")
	c.del("OS-INHERIT/domains", acme, "groups", staff, "roles", member, "inherited_to_projects")
	for _, token := range tokens {
		c.dead(token)
	}
}
