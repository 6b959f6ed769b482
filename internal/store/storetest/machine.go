package storetest

import (
	"context"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// testChangesEqualLoad does random things to a store, many of them impossible, and has a
// follower apply the changes it is told. After each transaction the follower must hold what a
// fresh load finds, and so must the author, who applies what each transaction says that it made; and the revision must
// have risen by one, or the model be the same.
func testChangesEqualLoad(t *testing.T, s *store.Store) {
	changed := 0
	rapid.Check(t, func(t *rapid.T) {
		wipe(t, s)
		if rapid.Bool().Draw(t, "from a whole world") {
			update(t, s, insertions()...)
		}
		follower, rev := load(t, s)
		author := maps.Clone(follower)
		for range rapid.IntRange(1, 12).Draw(t, "transactions") {
			before := maps.Clone(follower)
			var last *store.Tx
			steps := append(rapid.SliceOfN(rapid.Custom(randomStep), 1, 3).Draw(t, "steps"), func(_ context.Context, tx *store.Tx) error {
				last = tx
				return nil
			})
			got, err := try(s, steps...)
			switch identity.KindOf(err) {
			case identity.NotFound, identity.Conflict, identity.Invalid, identity.Forbidden:
				got = rev
			default:
				must(t, err)
				made, known := last.Made()
				equal(t, "the author knows", known, true)
				for _, c := range made {
					must(t, author.apply(c))
				}
			}
			told := map[id]bool{}
			next, err := s.Changes(context.Background(), rev, func(c identity.Change) error {
				if told[id{c.Kind, c.Key}] {
					t.Fatalf("%v told twice", c)
				}
				told[id{c.Kind, c.Key}] = true
				return follower.apply(c)
			})
			must(t, err)
			equal(t, "revision of the changes", next, got)
			fresh, _ := load(t, s)
			equal(t, "follower", follower, fresh)
			equal(t, "author", author, fresh)
			if got == rev {
				equal(t, "model at the same revision", fresh, before)
			} else {
				equal(t, "revision", got, rev+1)
				changed++
			}
			rev = got
		}
	})
	if changed == 0 {
		t.Fatal("nothing that was tried was possible: nothing was tested")
	}
}

// randomStep draws one change: it puts or deletes one of few objects that refer to each other.
func randomStep(t *rapid.T) step {
	if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
		return deletion(randomObject(t))
	}
	object := randomObject(t).Object
	if rapid.Bool().Draw(t, "insert") {
		return insertion(object)
	}
	return updating(object)
}

// randomObject draws an object of the small world, changed a little.
func randomObject(t *rapid.T) identity.Change {
	c := rapid.SampledFrom(worldObjects()).Draw(t, "object")
	name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")
	enabled := rapid.Bool().Draw(t, "enabled")
	switch v := c.Object.(type) {
	case *identity.Project:
		v.Name, v.Enabled = name, enabled
		v.Tags = rapid.SampledFrom([][]string{nil, {"blue"}, {"blue", "prod"}}).Draw(t, "tags")
	case *identity.User:
		v.Name, v.Enabled = name, enabled
		v.DefaultProjectID = rapid.SampledFrom([]identity.ProjectID{"", "web", "web-test"}).Draw(t, "default project")
	case *identity.Group:
		v.Name = name
	case *identity.Role:
		v.Name, v.Options.Immutable = name, &enabled
	case *identity.Assignment:
		v.Inherited = enabled
	case *identity.Region:
		v.Description = name
	case *identity.Service:
		v.Name, v.Enabled = name, enabled
	case *identity.Endpoint:
		v.URL, v.Enabled = name, enabled
	case *identity.ApplicationCredential:
		v.Name, v.Unrestricted = name, enabled
		v.Roles = v.Roles[rapid.IntRange(0, 2).Draw(t, "roles without"):]
	case *identity.Credential:
		v.Type = name
	case *identity.Trust:
		v.Impersonation = enabled
		v.Roles = v.Roles[rapid.IntRange(0, 1).Draw(t, "trust roles without"):]
	case *identity.AccessToken:
		v.Roles = v.Roles[rapid.IntRange(0, 2).Draw(t, "access token roles without"):]
	case *identity.EndpointGroup:
		v.Name, v.Filter.RegionID = name, identity.RegionID(name)
	case *identity.ServiceProvider:
		v.Description, v.Enabled = name, enabled
	case *identity.Revocation:
		v.Rev = int64(rapid.IntRange(0, 3).Draw(t, "rev"))
	case *identity.SealedKey:
		v.Sealed = []byte(name)
	}
	return c
}

// updating is the step that writes an object of the model anew.
func updating(object any) step {
	return func(ctx context.Context, tx *store.Tx) error {
		switch v := object.(type) {
		case *identity.Project:
			return tx.UpdateProject(ctx, v)
		case *identity.User:
			return tx.UpdateUser(ctx, v)
		case *identity.Group:
			return tx.UpdateGroup(ctx, v)
		case *identity.Role:
			return tx.UpdateRole(ctx, v)
		case *identity.Region:
			return tx.UpdateRegion(ctx, v)
		case *identity.Service:
			return tx.UpdateService(ctx, v)
		case *identity.Endpoint:
			return tx.UpdateEndpoint(ctx, v)
		case *identity.Credential:
			return tx.UpdateCredential(ctx, v)
		case *identity.EndpointGroup:
			return tx.UpdateEndpointGroup(ctx, v)
		case *identity.ServiceProvider:
			return tx.UpdateServiceProvider(ctx, v)
		case *identity.ApplicationCredential:
			return tx.SetApplicationCredentialDisabled(ctx, v.ID)
		case *identity.Trust:
			return tx.UseTrust(ctx, v.ID, at(9))
		case *identity.Membership: // what has no columns besides its key: a password instead
			return tx.AddPassword(ctx, identity.Password{ID: identity.NewID(), UserID: v.UserID, Kind: identity.LoginPassword, CreatedAt: at(9)})
		}
		return insertion(object)(ctx, tx)
	}
}

// deletion is the step that deletes an object of the model. What ends by itself (a
// revocation) is left.
func deletion(c identity.Change) step {
	return func(ctx context.Context, tx *store.Tx) error {
		switch v := c.Object.(type) {
		case *identity.Project:
			if v.IsDomain {
				if err := tx.DeleteDomainContents(ctx, identity.DomainID(v.ID)); err != nil {
					return err
				}
			}
			return tx.DeleteProject(ctx, v.ID)
		case *identity.User:
			return tx.DeleteUser(ctx, v.ID)
		case *identity.Group:
			return tx.DeleteGroup(ctx, v.ID)
		case *identity.Membership:
			return tx.RemoveMember(ctx, *v)
		case *identity.Role:
			return tx.DeleteRole(ctx, v.ID)
		case *identity.Implication:
			return tx.RemoveImplication(ctx, *v)
		case *identity.Assignment:
			return tx.RemoveAssignment(ctx, *v)
		case *identity.Region:
			return tx.DeleteRegion(ctx, v.ID)
		case *identity.Service:
			return tx.DeleteService(ctx, v.ID)
		case *identity.Endpoint:
			return tx.DeleteEndpoint(ctx, v.ID)
		case *identity.ApplicationCredential:
			return tx.DeleteApplicationCredential(ctx, v.ID)
		case *identity.Credential:
			return tx.DeleteCredential(ctx, v.ID)
		case *identity.Trust:
			return tx.DeleteTrust(ctx, v.ID)
		case *identity.AccessToken:
			return tx.DeleteAccessToken(ctx, v.ID)
		case *identity.EndpointGroup:
			return tx.DeleteEndpointGroup(ctx, v.ID)
		case *identity.ProjectEndpoint:
			return tx.RemoveProjectEndpoint(ctx, *v)
		case *identity.ProjectEndpointGroup:
			return tx.RemoveProjectEndpointGroup(ctx, *v)
		case *identity.ServiceProvider:
			return tx.DeleteServiceProvider(ctx, v.ID)
		case *identity.SealedKey:
			return tx.DeleteKey(ctx, v.ID)
		}
		return nil
	}
}

// wipe deletes the world, dependents first.
func wipe(t rapid.TB, s *store.Store) {
	t.Helper()
	m, _ := load(t, s)
	var steps []step
	objects := worldObjects()
	for i := len(objects) - 1; i >= 0; i-- { // what an object refers to comes before it
		steps = append(steps, func(ctx context.Context, tx *store.Tx) error {
			err := deletion(objects[i])(ctx, tx)
			if identity.KindOf(err) == identity.NotFound { // with something else, or never there
				return nil
			}
			return err
		})
	}
	for k, object := range m {
		if k.Kind == identity.ChangeAssignment && strings.HasSuffix(k.Key, "inherited") {
			steps = append([]step{deletion(identity.Change{Object: object})}, steps...)
		}
	}
	update(t, s, steps...)
	must(t, s.Prune(context.Background(), at(1_000_000)))
	left, _ := load(t, s)
	equal(t, "left after wiping", left, model{})
}
