package identity

import (
	"errors"
	"strings"
)

// ChangeKind is a kind of object of the model.
type ChangeKind string

const (
	ChangeProject               ChangeKind = "project" // domains too
	ChangeUser                  ChangeKind = "user"
	ChangeGroup                 ChangeKind = "group"
	ChangeMembership            ChangeKind = "membership"
	ChangeRole                  ChangeKind = "role"
	ChangeImplication           ChangeKind = "implication"
	ChangeAssignment            ChangeKind = "assignment"
	ChangeRegion                ChangeKind = "region"
	ChangeService               ChangeKind = "service"
	ChangeEndpoint              ChangeKind = "endpoint"
	ChangeApplicationCredential ChangeKind = "application_credential"
	ChangeCredential            ChangeKind = "credential"
	ChangeTrust                 ChangeKind = "trust"
	ChangeAccessToken           ChangeKind = "access_token"
	ChangeServiceProvider       ChangeKind = "service_provider"
	ChangeRevocation            ChangeKind = "revocation"
	ChangeKey                   ChangeKind = "key"
	ChangeEndpointGroup         ChangeKind = "endpoint_group"
	ChangeProjectEndpoint       ChangeKind = "project_endpoint"
	ChangeProjectEndpointGroup  ChangeKind = "project_endpoint_group"
)

// Change is one object of the model as it is now: a pointer to its struct (*Project, *User,
// *Membership, ...), or nil when it is gone. Key is the object's id or joined ids.
type Change struct {
	Kind   ChangeKind
	Key    string
	Object any
}

// keySep cannot stand in an id: control characters are refused at the door.
const keySep = "\x1f"

// Key is the membership's key in the change log.
func (m Membership) Key() string { return string(m.UserID) + keySep + string(m.GroupID) }

// ParseMembershipKey reads what Key wrote.
func ParseMembershipKey(key string) (Membership, bool) {
	u, g, ok := strings.Cut(key, keySep)
	return Membership{UserID(u), GroupID(g)}, ok
}

// Key is the implication's key in the change log.
func (i Implication) Key() string { return string(i.Prior) + keySep + string(i.Implied) }

// ParseImplicationKey reads what Key wrote.
func ParseImplicationKey(key string) (Implication, bool) {
	p, i, ok := strings.Cut(key, keySep)
	return Implication{RoleID(p), RoleID(i)}, ok
}

// Key is the assignment's key in the change log.
func (a Assignment) Key() string {
	inherited := ""
	if a.Inherited {
		inherited = "inherited"
	}
	ak, aid := a.Actor.Row()
	tk, tid := a.Target.Row()
	return strings.Join([]string{ak, aid, tk, tid, string(a.Role), inherited}, keySep)
}

// ParseAssignmentKey reads what Key wrote.
func ParseAssignmentKey(key string) (Assignment, bool) {
	var f [6]string // strings.Split would allocate, for each of a million when a server starts
	for i := range f {
		var more bool
		if f[i], key, more = strings.Cut(key, keySep); more != (i < len(f)-1) {
			return Assignment{}, false
		}
	}
	actor, ok := ActorOf(f[0], f[1])
	target, ok2 := TargetOf(f[2], f[3])
	return Assignment{Actor: actor, Target: target, Role: RoleID(f[4]), Inherited: f[5] != ""}, ok && ok2
}

// Row is the actor as a kind and an id.
func (a Actor) Row() (kind, id string) {
	if a.Group != "" {
		return "group", string(a.Group)
	}
	return "user", string(a.User)
}

// ActorOf reads what Row wrote.
func ActorOf(kind, id string) (Actor, bool) {
	switch kind {
	case "user":
		return Actor{User: UserID(id)}, true
	case "group":
		return Actor{Group: GroupID(id)}, true
	}
	return Actor{}, false
}

// Row is the target as a kind and an id.
func (t Target) Row() (kind, id string) {
	switch {
	case t.System:
		return "system", "all"
	case t.Domain != "":
		return "domain", string(t.Domain)
	}
	return "project", string(t.Project)
}

// TargetOf reads what Row wrote.
func TargetOf(kind, id string) (Target, bool) {
	switch kind {
	case "system":
		return Target{System: true}, true
	case "domain":
		return Target{Domain: DomainID(id)}, true
	case "project":
		return Target{Project: ProjectID(id)}, true
	}
	return Target{}, false
}

// ModelKey is the revocation's key in the change log.
func (r *Revocation) ModelKey() string { return string(r.Kind) + keySep + r.Key }

// ErrChangeGap says that the change log does not reach back far enough, or that the database
// has gone back in time: the model must be loaded afresh.
var ErrChangeGap = errors.New("the change log does not reach back to the model's revision")

// ErrNotJoined says that the database does not know a node, or has forgotten it.
var ErrNotJoined = errors.New("the database does not know this node")

// ParseRevocationKey reads what ModelKey wrote.
func ParseRevocationKey(text string) (kind RevocationKind, key string, ok bool) {
	k, key, ok := strings.Cut(text, keySep)
	return RevocationKind(k), key, ok
}
