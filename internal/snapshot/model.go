package snapshot

import (
	"iter"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot/persist"
)

// Model is the whole directory at one revision. The zero Model is empty.
type Model struct {
	projects      persist.Map[identity.ProjectID, *identity.Project]
	projectByName persist.Map[nameKey, identity.ProjectID]
	children      persist.Map[identity.ProjectID, persist.Set[identity.ProjectID]]

	users       persist.Map[identity.UserID, *identity.User]
	userByName  persist.Map[nameKey, identity.UserID]
	userByEmail persist.Map[nameKey, persist.Set[identity.UserID]]

	groups    persist.Map[identity.GroupID, *identity.Group]
	groupsOf  persist.Map[identity.UserID, persist.Set[identity.GroupID]]
	membersOf persist.Map[identity.GroupID, persist.Set[identity.UserID]]

	grants persist.Map[identity.Actor, persist.Set[string]] // see appendGrant

	appCreds      persist.Map[identity.ApplicationCredentialID, *identity.ApplicationCredential]
	appCredByName persist.Map[userNameKey, identity.ApplicationCredentialID]
	appCredsOf    persist.Map[identity.UserID, persist.Set[identity.ApplicationCredentialID]]

	credentials   persist.Map[identity.CredentialID, *identity.Credential]
	credentialsOf persist.Map[identity.UserID, persist.Set[identity.CredentialID]]
	renamedKeys   persist.Map[string, identity.CredentialID] // EC2 keys whose id is not that of their access key

	endpointsOf      persist.Map[identity.ProjectID, persist.Set[identity.EndpointID]]
	endpointGroupsOf persist.Map[identity.ProjectID, persist.Set[identity.EndpointGroupID]]

	trusts       persist.Map[identity.TrustID, *identity.Trust]
	accessTokens persist.Map[identity.AccessTokenID, *identity.AccessToken]

	revocations revocations

	roles   *roleGraph
	catalog *catalog
	keys    *keys

	serviceProviders *serviceProviders // nil as long as there was none
}

type (
	nameKey struct {
		domain identity.DomainID
		name   string
	}
	userNameKey struct {
		user identity.UserID
		name string
	}
)

func get[K comparable, V any](m persist.Map[K, *V], k K) *V {
	v, _ := m.Get(k)
	return v
}

// Project returns the project (or domain) with id, or nil.
func (m *Model) Project(id identity.ProjectID) *identity.Project { return get(m.projects, id) }

// Domain returns the domain with id, or nil.
func (m *Model) Domain(id identity.DomainID) *identity.Project {
	if p := get(m.projects, identity.ProjectID(id)); p != nil && p.IsDomain {
		return p
	}
	return nil
}

// ProjectByName returns the project of that name in a domain, or nil.
func (m *Model) ProjectByName(domain identity.DomainID, name string) *identity.Project {
	id, _ := m.projectByName.Get(nameKey{domain, name})
	return m.Project(id)
}

// DomainByName returns the domain of that name, or nil.
func (m *Model) DomainByName(name string) *identity.Project { return m.ProjectByName("", name) }

// Children yields the projects directly below id, in order of id.
func (m *Model) Children(id identity.ProjectID) iter.Seq[identity.ProjectID] {
	s, _ := m.children.Get(id)
	return s.All()
}

// Below yields the projects below id at any depth, parents before children.
func (m *Model) Below(id identity.ProjectID) iter.Seq[identity.ProjectID] {
	return func(yield func(identity.ProjectID) bool) { m.eachBelow(id, yield) }
}

func (m *Model) eachBelow(id identity.ProjectID, yield func(identity.ProjectID) bool) bool {
	for c := range m.Children(id) {
		if !yield(c) || !m.eachBelow(c, yield) {
			return false
		}
	}
	return true
}

// User returns the user with id, or nil.
func (m *Model) User(id identity.UserID) *identity.User { return get(m.users, id) }

// UserByName returns the user of that name in a domain, or nil.
func (m *Model) UserByName(domain identity.DomainID, name string) *identity.User {
	id, _ := m.userByName.Get(nameKey{domain, name})
	return m.User(id)
}

// UserByEmail returns the one user of a domain with that e-mail address, or nil when there is
// none or more than one.
func (m *Model) UserByEmail(domain identity.DomainID, email string) *identity.User {
	s, _ := m.userByEmail.Get(nameKey{domain, email})
	if s.Len() != 1 {
		return nil
	}
	for id := range s.All() {
		return m.User(id)
	}
	return nil
}

// Group returns the group with id, or nil.
func (m *Model) Group(id identity.GroupID) *identity.Group { return get(m.groups, id) }

// GroupsOf yields the groups of a user, in order of id.
func (m *Model) GroupsOf(u identity.UserID) iter.Seq[identity.GroupID] {
	s, _ := m.groupsOf.Get(u)
	return s.All()
}

// MembersOf yields the users of a group, in order of id.
func (m *Model) MembersOf(g identity.GroupID) iter.Seq[identity.UserID] {
	s, _ := m.membersOf.Get(g)
	return s.All()
}

// IsMember says whether a user is in a group.
func (m *Model) IsMember(u identity.UserID, g identity.GroupID) bool {
	s, _ := m.groupsOf.Get(u)
	return s.Has(g)
}

// ApplicationCredential returns the application credential with id, or nil.
func (m *Model) ApplicationCredential(id identity.ApplicationCredentialID) *identity.ApplicationCredential {
	return get(m.appCreds, id)
}

// ApplicationCredentialByName returns the user's application credential of that name, or nil.
func (m *Model) ApplicationCredentialByName(u identity.UserID, name string) *identity.ApplicationCredential {
	id, _ := m.appCredByName.Get(userNameKey{u, name})
	return m.ApplicationCredential(id)
}

// ApplicationCredentialsOf yields the ids of a user's application credentials, in order.
func (m *Model) ApplicationCredentialsOf(u identity.UserID) iter.Seq[identity.ApplicationCredentialID] {
	s, _ := m.appCredsOf.Get(u)
	return s.All()
}

// Credential returns the credential with id, or nil.
func (m *Model) Credential(id identity.CredentialID) *identity.Credential {
	return get(m.credentials, id)
}

// EC2Credential returns the EC2 key of an access key, or nil. Its id is made of the access key,
// but for those that were given another one later.
func (m *Model) EC2Credential(access string) *identity.Credential {
	if c := m.Credential(identity.EC2CredentialID(access)); c != nil && c.Type == identity.CredentialEC2 && c.Access == access {
		return c
	}
	id, _ := m.renamedKeys.Get(access)
	return m.Credential(id)
}

// CredentialsOf yields the ids of a user's credentials, in order.
func (m *Model) CredentialsOf(u identity.UserID) iter.Seq[identity.CredentialID] {
	s, _ := m.credentialsOf.Get(u)
	return s.All()
}

// Counts is how many there are of what people make.
type Counts struct {
	Domains, Projects, Users, Groups, ApplicationCredentials, EC2Keys int
}

// Counts looks at every project and credential: it is for people, not for requests by the thousand.
func (m *Model) Counts() Counts {
	n := Counts{Users: m.users.Len(), Groups: m.groups.Len(), ApplicationCredentials: m.appCreds.Len()}
	for _, p := range m.projects.All() {
		if p.IsDomain {
			n.Domains++
		}
	}
	n.Projects = m.projects.Len() - n.Domains
	for _, c := range m.credentials.All() {
		if c.Type == identity.CredentialEC2 {
			n.EC2Keys++
		}
	}
	return n
}

// Revocation returns what revokes key in the way of kind, or nil.
func (m *Model) Revocation(kind identity.RevocationKind, key string) *identity.Revocation {
	return get(m.revocations[place(kind)], key)
}

// HasRevocations says whether there is any revocation of a kind: without, no token needs to be
// looked up in them.
func (m *Model) HasRevocations(kind identity.RevocationKind) bool {
	return m.revocations[place(kind)].Len() > 0
}

// revocations are apart by kind, so that a kind without any costs a validation next to nothing.
type revocations [10]persist.Map[string, *identity.Revocation]

// place is a kind's place in revocations; unknown kinds share the last, which nobody asks.
func place(kind identity.RevocationKind) int {
	switch kind {
	case identity.RevokeToken:
		return 0
	case identity.RevokeChain:
		return 1
	case identity.RevokeUser:
		return 2
	case identity.RevokePassword:
		return 3
	case identity.RevokeUserProject:
		return 4
	case identity.RevokeProject:
		return 5
	case identity.RevokeDomain:
		return 6
	case identity.RevokeAll:
		return 7
	case identity.RevokeCredential:
		return 8
	}
	return 9
}
