package core

import (
	"context"
	"sync"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// uses are the last uses that are not written down yet. A use costs no I/O: an S3 gateway
// makes one for each of its requests.
type uses struct {
	mu   sync.Mutex
	last map[identity.Use]time.Time
}

func (u *uses) note(what identity.Use, now time.Time) {
	at := now.UTC().Truncate(time.Microsecond)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[identity.Use]time.Time{}
	}
	if u.last[what].Before(at) {
		u.last[what] = at
	}
}

func (u *uses) of(what identity.Use) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.last[what]
}

// take returns all uses and forgets them.
func (u *uses) take() (all []identity.LastUse) {
	u.mu.Lock()
	last := u.last
	u.last = nil
	u.mu.Unlock()
	for what, at := range last {
		all = append(all, identity.LastUse{Use: what, At: at})
	}
	return all
}

// LastUsed is when an EC2 key (by the id of its credential) or an application credential was
// last used to prove its user, on any node; zero for never. What other nodes saw is up to half
// a minute late. It asks no rule: whoever shows the thing has asked.
func (c *Core) LastUsed(ctx context.Context, kind identity.UseKind, id string) (time.Time, error) {
	what := identity.Use{Kind: kind, ID: id}
	here := c.Memory.uses.of(what)
	written, err := c.Store.LastUsed(ctx, what)
	if written.After(here) {
		return written, err
	}
	return here, err
}

// WriteUses writes the uses so far down, in batches. What could not be written is kept for the
// next time.
func (c *Core) WriteUses(ctx context.Context) error {
	taken := c.Memory.uses.take()
	err := c.Store.NoteUses(ctx, taken)
	if err != nil {
		for _, u := range taken {
			c.Memory.uses.note(u.Use, u.At)
		}
	}
	return err
}

// lastWrite bounds the writing at the end of a process.
const lastWrite = 5 * time.Second

// KeepUses writes uses down every so often until ctx ends, and then a last time.
func (c *Core) KeepUses(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			c.logUnwritten(c.WriteUses(ctx))
		}
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
	defer cancel()
	c.logUnwritten(c.WriteUses(end))
}

func (c *Core) logUnwritten(err error) {
	if err != nil {
		c.Log.Error("cannot write down when credentials were last used", "error", err)
	}
}
