package snapshot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot/persist"
)

// fed is a Source fed by hand: the objects as they are, and at which revision each changed.
type fed struct {
	rev     int64
	objects map[id]any
	changed map[id]int64
	fails   error
}

type id struct {
	kind identity.ChangeKind
	key  string
}

func newFed() *fed { return &fed{objects: map[id]any{}, changed: map[id]int64{}} }

// put sets or, with a nil object, removes; all puts until bump are one revision.
func (w *fed) put(kind identity.ChangeKind, key string, object any) {
	i := id{kind, key}
	w.changed[i] = w.rev + 1
	if object == nil {
		delete(w.objects, i)
		return
	}
	w.objects[i] = object
}

func (w *fed) bump() { w.rev++ }

func (w *fed) Load(_ context.Context, emit func(identity.Change) error) (int64, error) {
	for i, o := range w.objects {
		if err := emit(identity.Change{Kind: i.kind, Key: i.key, Object: o}); err != nil {
			return 0, err
		}
	}
	return w.rev, w.fails
}

func (w *fed) Changes(_ context.Context, since int64, emit func(identity.Change) error) (int64, error) {
	if w.fails != nil {
		return 0, w.fails
	}
	for i, at := range w.changed {
		if at <= since {
			continue
		}
		if err := emit(identity.Change{Kind: i.kind, Key: i.key, Object: w.objects[i]}); err != nil {
			return 0, err
		}
	}
	return w.rev, nil
}

func (w *fed) Join(context.Context) error { return nil }

func (w *fed) Follow(ctx context.Context, since int64, emit func(identity.Change) error, applied func(rev int64)) error {
	rev, err := w.Changes(ctx, since, emit)
	if err == nil {
		applied(rev)
	}
	return err
}

// random changes one thing of a small world, so that names and ids collide often.
func (w *fed) random(t *rapid.T) {
	pick := func(prefix string) string {
		return fmt.Sprintf("%s%d", prefix, rapid.IntRange(0, 4).Draw(t, prefix))
	}
	gone := rapid.IntRange(0, 3).Draw(t, "gone") == 0
	put := func(kind identity.ChangeKind, key string, object any) {
		if gone {
			object = nil
		}
		w.put(kind, key, object)
	}
	u, p, g, r := identity.UserID(pick("u")), identity.ProjectID(pick("p")), identity.GroupID(pick("g")), identity.RoleID(pick("r"))
	name := pick("name")
	domain := identity.DomainID(pick("d"))
	switch rapid.IntRange(0, 15).Draw(t, "kind") {
	case 0:
		put(identity.ChangeProject, string(p), &identity.Project{ID: p, DomainID: domain, ParentID: identity.ProjectID(pick("p")), Name: name, Enabled: true})
	case 1:
		put(identity.ChangeProject, string(domain), &identity.Project{ID: identity.ProjectID(domain), Name: name, IsDomain: true, Enabled: true})
	case 2:
		put(identity.ChangeUser, string(u), &identity.User{ID: u, DomainID: domain, Name: name, Email: pick("mail"), Enabled: true})
	case 3:
		put(identity.ChangeGroup, string(g), &identity.Group{ID: g, DomainID: domain, Name: name})
	case 4:
		m := identity.Membership{UserID: u, GroupID: g}
		put(identity.ChangeMembership, m.Key(), &m)
	case 5:
		put(identity.ChangeRole, string(r), &identity.Role{ID: r, Name: string(r) + name})
	case 6:
		i := identity.Implication{Prior: r, Implied: identity.RoleID(pick("r"))}
		put(identity.ChangeImplication, i.Key(), &i)
	case 7:
		a := identity.Assignment{Actor: identity.Actor{User: u}, Target: identity.Target{Project: p}, Role: r, Inherited: rapid.Bool().Draw(t, "inherited")}
		if rapid.Bool().Draw(t, "group") {
			a.Actor = identity.Actor{Group: g}
		}
		put(identity.ChangeAssignment, a.Key(), &a)
	case 8:
		ac := &identity.ApplicationCredential{ID: identity.ApplicationCredentialID(pick("a")), UserID: u, ProjectID: p, Name: name}
		put(identity.ChangeApplicationCredential, string(ac.ID), ac)
	case 9:
		c := &identity.Credential{ID: identity.CredentialID(pick("c")), UserID: u, Type: identity.CredentialEC2}
		put(identity.ChangeCredential, string(c.ID), c)
	case 10:
		rv := &identity.Revocation{Kind: identity.RevokeUser, Key: string(u), Rev: w.rev}
		put(identity.ChangeRevocation, rv.ModelKey(), rv)
	case 11:
		s := &identity.Service{ID: identity.ServiceID(pick("s")), Type: name, Enabled: rapid.Bool().Draw(t, "enabled")}
		put(identity.ChangeService, string(s.ID), s)
	case 12:
		e := &identity.Endpoint{ID: identity.EndpointID(pick("e")), ServiceID: identity.ServiceID(pick("s")), URL: "http://h/$(project_id)s", Enabled: true}
		put(identity.ChangeEndpoint, string(e.ID), e)
	case 13:
		eg := &identity.EndpointGroup{ID: identity.EndpointGroupID(pick("eg")), Filter: identity.EndpointMatch{ServiceID: identity.ServiceID(pick("s"))}}
		put(identity.ChangeEndpointGroup, string(eg.ID), eg)
	case 14:
		pe := identity.ProjectEndpoint{ProjectID: p, EndpointID: identity.EndpointID(pick("e"))}
		put(identity.ChangeProjectEndpoint, pe.Key(), &pe)
	case 15:
		pg := identity.ProjectEndpointGroup{ProjectID: p, EndpointGroupID: identity.EndpointGroupID(pick("eg"))}
		put(identity.ChangeProjectEndpointGroup, pg.Key(), &pg)
	}
}

// TestApplyingChangesOneByOneEqualsLoadingAfresh, whatever changes in whatever batches, as far
// as every index can tell. Two names that are one cannot stay: the database refuses them, so
// who of them has the name is not compared.
func TestApplyingChangesOneByOneEqualsLoadingAfresh(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newFed()
		live, err := New(t.Context(), w, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 12).Draw(t, "revisions") {
			for range rapid.IntRange(1, 6).Draw(t, "changes") {
				w.random(t)
			}
			w.bump()
			if rapid.Bool().Draw(t, "refresh") {
				if err := live.Refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := live.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		fresh, err := New(t.Context(), w, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(dump(&fresh.Current().Model), dump(&live.Current().Model)); diff != "" {
			t.Fatalf("loaded (-) and applied (+) differ:\n%s", diff)
		}
	})
}

// dump makes plain Go values of all that a model can be asked.
func dump(m *Model) map[string]any {
	d := map[string]any{
		"projects": plain(m.projects), "users": plain(m.users), "groups": plain(m.groups), "grants": sets(m.grants),
		"credentials": plain(m.credentials), "application credentials": plain(m.appCreds), "keys": m.KeyRing(),
		"children": sets(m.children), "groupsOf": sets(m.groupsOf), "membersOf": sets(m.membersOf),
		"appCredsOf": sets(m.appCredsOf), "credentialsOf": sets(m.credentialsOf), "catalog": m.Catalog().Services, "closure": m.roles.closure, "implies": m.roles.implies,
	}
	for kind, r := range m.revocations {
		d[fmt.Sprint("revocations ", kind)] = plain(r)
	}
	d["endpointsOf"], d["endpointGroupsOf"], d["endpoint groups"] = sets(m.endpointsOf), sets(m.endpointGroupsOf), m.catalog.groups
	mails := map[string][]identity.UserID{}
	for k, s := range m.userByEmail.All() {
		mails[string(k.domain)+"/"+k.name] = slices.Collect(s.All())
	}
	d["mails"] = mails
	return d
}

func plain[K comparable, V any](m persist.Map[K, V]) map[K]V { return maps.Collect(m.All()) }

func sets[K comparable, V interface{ ~string }](m persist.Map[K, persist.Set[V]]) map[K][]V {
	out := map[K][]V{}
	for k, s := range m.All() {
		out[k] = slices.Collect(s.All())
	}
	return out
}

// TestASnapshotIsTrustedFromWhenItsQueryWasSent and no longer than the lease.
func TestASnapshotIsTrustedFromWhenItsQueryWasSent(t *testing.T) {
	now := time.Unix(1000, 0)
	var sent time.Time
	w := &slow{fed: newFed(), query: func() {
		sent = now
		now = now.Add(time.Second)
	}}
	live, err := New(t.Context(), w, Options{Lease: 5 * time.Second, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	s := live.Current()
	if s.Fresh(sent.Add(5*time.Second)) || !s.Fresh(sent.Add(4999*time.Millisecond)) {
		t.Errorf("the lease does not end 5 s after its query was sent")
	}
	w.fails = errors.New("no database")
	if err := live.Refresh(t.Context()); err == nil || live.Current() != s {
		t.Errorf("a failed refresh changed the snapshot: %v", err)
	}
}

// slow takes its time for the query that proves a lease.
type slow struct {
	*fed
	query func()
}

func (s *slow) Follow(ctx context.Context, since int64, emit func(identity.Change) error, applied func(rev int64)) error {
	s.query()
	return s.fed.Follow(ctx, since, emit, applied)
}

// TestALeaseEndsByEitherClock: the monotonic one stands still while the machine sleeps.
func TestALeaseEndsByEitherClock(t *testing.T) {
	sent := time.Now()
	s := &Snapshot{sent: sent, lease: 5 * time.Second}
	for name, now := range map[string]time.Time{
		"slept for a minute":              sent.Round(0).Add(time.Minute),
		"a minute passed":                 sent.Add(time.Minute),
		"the lease and not an instant on": sent.Add(5 * time.Second),
	} {
		if s.Fresh(now) {
			t.Errorf("%s: fresh", name)
		}
	}
}

// TestAGapIsLoadedAfresh: what the log no longer tells, the tables do.
func TestAGapIsLoadedAfresh(t *testing.T) {
	w := newFed()
	live, err := New(t.Context(), w, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.put(identity.ChangeUser, "u", &identity.User{ID: "u", Name: "n"})
	w.bump()
	w.fails = identity.ErrChangeGap
	if err := live.Refresh(t.Context()); !errors.Is(err, identity.ErrChangeGap) {
		t.Fatalf("a source that only has gaps: %v", err)
	}
	if err := live.WaitFor(t.Context(), 1); err == nil {
		t.Fatal("waited for what did not come")
	}
	w.fails = nil
	if err := live.WaitFor(t.Context(), 1); err != nil || live.Current().User("u") == nil {
		t.Fatalf("%v", err)
	}
}

// TestAnUnknownKindOfChangeIsNotSkipped.
func TestAnUnknownKindOfChangeIsNotSkipped(t *testing.T) {
	w := newFed()
	live, err := New(t.Context(), w, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.put("something newer", "x", &struct{}{})
	w.bump()
	before := live.Current()
	if err := live.Refresh(t.Context()); err == nil || live.Current() != before {
		t.Errorf("skipped: %v", err)
	}
}

// TestAWritersChangesNeedNoQuery: its own node has them at once, and trusts them no longer than before.
func TestAWritersChangesNeedNoQuery(t *testing.T) {
	user := func(name string) []identity.Change {
		return []identity.Change{{Kind: identity.ChangeUser, Key: "u", Object: &identity.User{ID: "u", Name: name}}}
	}
	w := newFed()
	live, err := New(t.Context(), w, Options{})
	if err != nil {
		t.Fatal(err)
	}
	sent := live.Current().sent
	w.fails = errors.New("no database")
	if err := live.Wrote(t.Context(), 1, user("made"), true); err != nil {
		t.Fatal(err)
	}
	if s := live.Current(); s.Rev != 1 || s.User("u").Name != "made" || !s.sent.Equal(sent) {
		t.Errorf("after the write: revision %d, user %+v, a lease from %v instead of %v", s.Rev, s.User("u"), s.sent, sent)
	}
	if err := live.Wrote(t.Context(), 1, user("late"), true); err != nil || live.Current().User("u").Name != "made" {
		t.Errorf("a revision that is known already was applied again (%v)", err)
	}
	for name, rev := range map[string]int64{"others wrote between": 3, "the changes are not known": 2} {
		if err := live.Wrote(t.Context(), rev, user("of a part"), rev == 3); err == nil || live.Current().Rev != 1 {
			t.Errorf("%s: the source was not asked, and the revision is %d", name, live.Current().Rev)
		}
	}
	w.fails, w.rev = nil, 2
	w.put(identity.ChangeUser, "u", &identity.User{ID: "u", Name: "read"})
	w.bump()
	if err := live.Wrote(t.Context(), 3, user("of a part"), true); err != nil || live.Current().Rev != 3 || live.Current().User("u").Name != "read" {
		t.Errorf("after the source was asked: revision %d, user %+v (%v)", live.Current().Rev, live.Current().User("u"), err)
	}
}
