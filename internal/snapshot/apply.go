package snapshot

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot/persist"
)

// edit is a Model being changed by one goroutine. What it has made is not shared until model.
type edit struct {
	old Model

	projects      *persist.Edit[identity.ProjectID, *identity.Project]
	projectByName *persist.Edit[nameKey, identity.ProjectID]
	children      *persist.Edit[identity.ProjectID, persist.Set[identity.ProjectID]]
	users         *persist.Edit[identity.UserID, *identity.User]
	userByName    *persist.Edit[nameKey, identity.UserID]
	userByEmail   *persist.Edit[nameKey, persist.Set[identity.UserID]]
	groups        *persist.Edit[identity.GroupID, *identity.Group]
	groupsOf      *persist.Edit[identity.UserID, persist.Set[identity.GroupID]]
	membersOf     *persist.Edit[identity.GroupID, persist.Set[identity.UserID]]
	grants        *persist.Edit[identity.Actor, persist.Set[string]]
	appCreds      *persist.Edit[identity.ApplicationCredentialID, *identity.ApplicationCredential]
	appCredByName *persist.Edit[userNameKey, identity.ApplicationCredentialID]
	appCredsOf    *persist.Edit[identity.UserID, persist.Set[identity.ApplicationCredentialID]]
	credentials   *persist.Edit[identity.CredentialID, *identity.Credential]
	credentialsOf *persist.Edit[identity.UserID, persist.Set[identity.CredentialID]]
	renamedKeys   *persist.Edit[string, identity.CredentialID]

	endpointsOf      *persist.Edit[identity.ProjectID, persist.Set[identity.EndpointID]]
	endpointGroupsOf *persist.Edit[identity.ProjectID, persist.Set[identity.EndpointGroupID]]

	trusts       *persist.Edit[identity.TrustID, *identity.Trust]
	accessTokens *persist.Edit[identity.AccessTokenID, *identity.AccessToken]

	revocations revocations

	roles   *roleGraph // nil while unchanged
	catalog *catalog   // nil while unchanged
	keys    *keys      // nil while unchanged

	serviceProviders *serviceProviders // nil while unchanged

	granted map[identity.Actor]*[]string // not in grants yet; see settle

	texts map[string]string // one string for all equal ones; see shared
	buf   []byte
}

func (m Model) edit() *edit {
	return &edit{
		old: m, texts: map[string]string{}, granted: map[identity.Actor]*[]string{},
		projects: m.projects.Edit(), projectByName: m.projectByName.Edit(), children: m.children.Edit(),
		users: m.users.Edit(), userByName: m.userByName.Edit(), userByEmail: m.userByEmail.Edit(),
		groups: m.groups.Edit(), groupsOf: m.groupsOf.Edit(), membersOf: m.membersOf.Edit(),
		grants:   m.grants.Edit(),
		appCreds: m.appCreds.Edit(), appCredByName: m.appCredByName.Edit(), appCredsOf: m.appCredsOf.Edit(),
		credentials: m.credentials.Edit(), credentialsOf: m.credentialsOf.Edit(), renamedKeys: m.renamedKeys.Edit(), trusts: m.trusts.Edit(), accessTokens: m.accessTokens.Edit(), revocations: m.revocations,
		endpointsOf: m.endpointsOf.Edit(), endpointGroupsOf: m.endpointGroupsOf.Edit(),
	}
}

// model returns the changed model.
func (e *edit) model() Model {
	for actor := range e.granted {
		e.settle(actor)
	}
	m := Model{
		projects: e.projects.Map(), projectByName: e.projectByName.Map(), children: e.children.Map(),
		users: e.users.Map(), userByName: e.userByName.Map(), userByEmail: e.userByEmail.Map(),
		groups: e.groups.Map(), groupsOf: e.groupsOf.Map(), membersOf: e.membersOf.Map(),
		grants:   e.grants.Map(),
		appCreds: e.appCreds.Map(), appCredByName: e.appCredByName.Map(), appCredsOf: e.appCredsOf.Map(),
		credentials: e.credentials.Map(), credentialsOf: e.credentialsOf.Map(), renamedKeys: e.renamedKeys.Map(), trusts: e.trusts.Map(), accessTokens: e.accessTokens.Map(),
		endpointsOf: e.endpointsOf.Map(), endpointGroupsOf: e.endpointGroupsOf.Map(),
		revocations: e.revocations, roles: e.old.roles, catalog: e.old.catalog, keys: e.old.keys,
	}
	if e.roles != nil || m.roles == nil {
		m.roles = e.ownRoles()
		m.roles.fold()
	}
	if e.catalog != nil || m.catalog == nil {
		m.catalog = e.ownCatalog()
		m.catalog.fold()
	}
	if m.serviceProviders = e.old.serviceProviders; e.serviceProviders != nil {
		m.serviceProviders = e.serviceProviders
		m.serviceProviders.fold()
	}
	if e.keys != nil || m.keys == nil {
		m.keys = e.ownKeys()
		m.keys.fold()
	}
	return m
}

func (e *edit) ownRoles() *roleGraph {
	if e.roles == nil {
		e.roles = e.old.roles.clone()
	}
	return e.roles
}

func (e *edit) ownCatalog() *catalog {
	if e.catalog == nil {
		e.catalog = e.old.catalog.clone()
	}
	return e.catalog
}

func (e *edit) ownKeys() *keys {
	if e.keys == nil {
		e.keys = e.old.keys.clone()
	}
	return e.keys
}

// apply makes one object what the change says. A kind it does not know is an error: the model
// must then be loaded by somebody who does.
func (e *edit) apply(c identity.Change) error {
	switch c.Kind {
	case identity.ChangeProject:
		e.setProject(identity.ProjectID(c.Key), object[identity.Project](c))
	case identity.ChangeUser:
		e.setUser(identity.UserID(c.Key), object[identity.User](c))
	case identity.ChangeGroup:
		replace(e.groups, identity.GroupID(c.Key), object[identity.Group](c))
	case identity.ChangeMembership:
		if m, ok := identity.ParseMembershipKey(c.Key); ok {
			e.setMembership(m, c.Object != nil)
		}
	case identity.ChangeRole:
		e.ownRoles().set(identity.RoleID(c.Key), object[identity.Role](c))
	case identity.ChangeImplication:
		if i, ok := identity.ParseImplicationKey(c.Key); ok {
			e.ownRoles().setImplication(i, c.Object != nil)
		}
	case identity.ChangeAssignment:
		e.changeAssignment(c)
	case identity.ChangeRegion, identity.ChangeService, identity.ChangeEndpoint, identity.ChangeEndpointGroup:
		e.ownCatalog().set(c)
	case identity.ChangeProjectEndpoint, identity.ChangeProjectEndpointGroup:
		e.setEndpointFilter(c)
	case identity.ChangeApplicationCredential:
		e.setApplicationCredential(identity.ApplicationCredentialID(c.Key), object[identity.ApplicationCredential](c))
	case identity.ChangeCredential:
		e.setCredential(identity.CredentialID(c.Key), object[identity.Credential](c))
	case identity.ChangeTrust:
		replace(e.trusts, identity.TrustID(c.Key), object[identity.Trust](c))
	case identity.ChangeAccessToken:
		replace(e.accessTokens, identity.AccessTokenID(c.Key), object[identity.AccessToken](c))
	case identity.ChangeServiceProvider:
		setSmall(e.ownServiceProviders().byID, identity.ServiceProviderID(c.Key), object[identity.ServiceProvider](c))
	case identity.ChangeRevocation:
		e.setRevocation(c)
	case identity.ChangeKey:
		setSmall(e.ownKeys().byID, c.Key, object[identity.SealedKey](c))
	default:
		return fmt.Errorf("unknown kind of change %q", c.Kind)
	}
	return nil
}

// object returns the change's object, or nil when it is gone.
func object[T any](c identity.Change) *T {
	o, _ := c.Object.(*T)
	return o
}

func setSmall[K comparable, V any](m map[K]*V, k K, v *V) {
	if v == nil {
		delete(m, k)
		return
	}
	m[k] = v
}

// replace sets or deletes m[k] and returns what was there.
func replace[K comparable, V any](m *persist.Edit[K, *V], k K, v *V) (old *V) {
	old, _ = m.Get(k)
	if v == nil {
		m.Delete(k)
	} else {
		m.Set(k, v)
	}
	return old
}

// setMember adds v to, or removes it from, the set of k. Empty sets are not kept.
func setMember[K comparable, V cmp.Ordered](m *persist.Edit[K, persist.Set[V]], k K, v V, on bool) {
	s, _ := m.Get(k)
	if on {
		m.Set(k, s.With(v))
		return
	}
	if s = s.Without(v); s.Len() == 0 {
		m.Delete(k)
	} else {
		m.Set(k, s)
	}
}

// unname forgets a name if it is still id's: within one batch it may already be another's.
func unname[K comparable, ID comparable](m *persist.Edit[K, ID], k K, id ID) {
	if have, ok := m.Get(k); ok && have == id {
		m.Delete(k)
	}
}

func (e *edit) setProject(id identity.ProjectID, p *identity.Project) {
	if old := replace(e.projects, id, p); old != nil {
		unname(e.projectByName, nameKey{old.DomainID, old.Name}, id)
		if old.ParentID != "" {
			setMember(e.children, old.ParentID, id, false)
		}
	}
	if p == nil {
		return
	}
	e.projectByName.Set(nameKey{p.DomainID, p.Name}, id)
	if p.ParentID != "" {
		setMember(e.children, p.ParentID, id, true)
	}
}

func (e *edit) setUser(id identity.UserID, u *identity.User) {
	if old := replace(e.users, id, u); old != nil {
		unname(e.userByName, nameKey{old.DomainID, old.Name}, id)
		if old.Email != "" {
			setMember(e.userByEmail, nameKey{old.DomainID, old.Email}, id, false)
		}
	}
	if u == nil {
		return
	}
	e.userByName.Set(nameKey{identity.DomainID(e.shared(string(u.DomainID))), u.Name}, id)
	if u.Email != "" {
		setMember(e.userByEmail, nameKey{identity.DomainID(e.shared(string(u.DomainID))), u.Email}, id, true)
	}
}

// shared returns one string for all equal texts of a batch: a million users of a domain need not keep a million copies
// of its id, nor their grants as many of what is granted. It keeps nothing alive that text is a part of.
func (e *edit) shared(text string) string {
	e.buf = append(e.buf[:0], text...)
	return e.sharedBuf()
}

// sharedBuf is shared for what is in e.buf.
func (e *edit) sharedBuf() string {
	if s, ok := e.texts[string(e.buf)]; ok {
		return s
	}
	s := string(e.buf)
	e.texts[s] = s
	return s
}

func (e *edit) setMembership(m identity.Membership, on bool) {
	m.UserID, m.GroupID = identity.UserID(e.shared(string(m.UserID))), identity.GroupID(e.shared(string(m.GroupID)))
	setMember(e.groupsOf, m.UserID, m.GroupID, on)
	setMember(e.membersOf, m.GroupID, m.UserID, on)
}

func (e *edit) changeAssignment(c identity.Change) {
	if a := object[identity.Assignment](c); a != nil {
		e.setAssignment(*a, true)
	} else if a, ok := identity.ParseAssignmentKey(c.Key); ok {
		e.setAssignment(a, false)
	}
}

func (e *edit) setAssignment(a identity.Assignment, on bool) {
	e.buf = appendGrant(e.buf[:0], a)
	grant := e.sharedBuf()
	if !on {
		actor := cloned(a.Actor)
		e.settle(actor)
		setMember(e.grants, actor, grant, false)
		return
	}
	granted := e.granted[a.Actor]
	if granted == nil {
		list := make([]string, 0, 4)
		granted = &list
		e.granted[cloned(a.Actor)] = granted
	}
	*granted = append(*granted, grant)
}

// cloned is an actor whose id is not a part of a longer text.
func cloned(a identity.Actor) identity.Actor {
	return identity.Actor{User: identity.UserID(strings.Clone(string(a.User))), Group: identity.GroupID(strings.Clone(string(a.Group)))}
}

// settle makes one set of what an actor was granted in this batch and before: whoever loads everything meets an actor's
// grants one by one, and a new set for each took twice as long.
func (e *edit) settle(a identity.Actor) {
	granted := e.granted[a]
	if granted == nil {
		return
	}
	delete(e.granted, a)
	s, _ := e.grants.Get(a)
	if s.Len() == 0 {
		e.grants.Set(a, persist.SetOf(*granted))
		return
	}
	for _, grant := range *granted {
		setMember(e.grants, a, grant, true)
	}
}

func (e *edit) setApplicationCredential(id identity.ApplicationCredentialID, a *identity.ApplicationCredential) {
	if old := replace(e.appCreds, id, a); old != nil {
		unname(e.appCredByName, userNameKey{old.UserID, old.Name}, id)
		setMember(e.appCredsOf, old.UserID, id, false)
	}
	if a != nil {
		e.appCredByName.Set(userNameKey{a.UserID, a.Name}, id)
		setMember(e.appCredsOf, a.UserID, id, true)
	}
}

func (e *edit) setCredential(id identity.CredentialID, c *identity.Credential) {
	if old := replace(e.credentials, id, c); old != nil {
		setMember(e.credentialsOf, old.UserID, id, false)
		unname(e.renamedKeys, old.Access, id)
	}
	if c != nil {
		setMember(e.credentialsOf, c.UserID, id, true)
		if c.Access != "" && identity.EC2CredentialID(c.Access) != id {
			e.renamedKeys.Set(c.Access, id)
		}
	}
}

func (e *edit) setRevocation(c identity.Change) {
	kind, key, ok := identity.ParseRevocationKey(c.Key)
	if !ok {
		return
	}
	of := &e.revocations[place(kind)]
	if r := object[identity.Revocation](c); r != nil {
		*of = of.With(key, r)
	} else {
		*of = of.Without(key)
	}
}
