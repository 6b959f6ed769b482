package core

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// Revocations lists what has been revoked after a time (the zero time: ever) and may still end
// a living token, the oldest first.
func (c *Core) Revocations(ctx context.Context, caller identity.Caller, since time.Time) ([]*identity.Revocation, error) {
	if err := c.enforce(caller, "identity:list_revoke_events"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListRevocations(ctx, since))
}
