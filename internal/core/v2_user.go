package core

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// V2User is a user of the v2.0 API.
type V2User struct {
	*identity.User
	At time.Time // of the last request
}

// maxV2Users bounds the list of those who use the v2.0 API.
const maxV2Users = 1000

// NoteV2 remembers that a user has used the v2.0 API. It costs no I/O.
func (c *Core) NoteV2(user identity.UserID) {
	c.Memory.uses.note(identity.Use{Kind: identity.UseV2, ID: string(user)}, c.Now())
}

// V2Users lists who used the v2.0 API, the latest first, at most 1000: those whom switching it
// off would hit. What other nodes saw is up to half a minute late.
func (c *Core) V2Users(ctx context.Context, caller identity.Caller) ([]V2User, error) {
	if err := c.enforce(caller, "lintel:list_v2_users"); err != nil {
		return nil, err
	}
	if err := c.WriteUses(ctx); err != nil {
		return nil, err
	}
	uses, err := c.Store.ListUses(ctx, identity.UseV2, maxV2Users)
	if err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	var users []V2User
	for _, use := range uses {
		if u := s.User(identity.UserID(use.ID)); u != nil {
			users = append(users, V2User{u, use.At})
		}
	}
	return users, nil
}
