package core

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// uses are the last uses that are not written down yet, each with an atomic time. A use costs
// no I/O and waits for nobody: an S3 gateway makes one for each of its requests.
type uses struct {
	last sync.Map // identity.Use → *atomic.Int64, microseconds since 1970
}

// taken stands for the time of a use that take has told of: whoever finds it starts afresh.
const taken = -1

func (u *uses) note(what identity.Use, now time.Time) {
	at := now.UnixMicro()
	var fresh *atomic.Int64
	for {
		found, ok := u.last.Load(what)
		if !ok {
			if fresh == nil {
				fresh = new(atomic.Int64)
				fresh.Store(at)
			}
			if found, ok = u.last.LoadOrStore(what, fresh); !ok {
				return
			}
		}
		last := found.(*atomic.Int64)
		switch was := last.Load(); {
		case was == taken:
			u.last.CompareAndDelete(what, last) // take is about to
		case was >= at || last.CompareAndSwap(was, at):
			return
		}
	}
}

func (u *uses) of(what identity.Use) time.Time {
	if found, ok := u.last.Load(what); ok {
		if at := found.(*atomic.Int64).Load(); at != taken {
			return time.UnixMicro(at).UTC()
		}
	}
	return time.Time{}
}

// take returns all uses and forgets them. None is lost: one that is noted meanwhile is either
// told of now or stays for the next time.
func (u *uses) take() (all []identity.LastUse) {
	u.last.Range(func(what, found any) bool {
		last := found.(*atomic.Int64)
		if at := last.Swap(taken); at != taken {
			all = append(all, identity.LastUse{Use: what.(identity.Use), At: time.UnixMicro(at).UTC()})
		}
		u.last.CompareAndDelete(what, last)
		return true
	})
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

// LastUses is LastUsed of many at once; what was never used is left out.
func (c *Core) LastUses(ctx context.Context, kind identity.UseKind, ids []string) (map[string]time.Time, error) {
	here := map[string]time.Time{} // asked first, or a use that is written meanwhile would be in neither
	for _, id := range ids {
		if at := c.Memory.uses.of(identity.Use{Kind: kind, ID: id}); !at.IsZero() {
			here[id] = at
		}
	}
	last, err := c.Store.LastUses(ctx, kind, ids)
	if err != nil {
		return nil, err
	}
	for id, at := range here {
		if at.After(last[id]) {
			last[id] = at
		}
	}
	return last, nil
}

// WriteUses writes the uses and deeds so far down, in batches. What could not be written is kept
// for the next time.
func (c *Core) WriteUses(ctx context.Context) error {
	return errors.Join(c.writeUses(ctx), c.writeDeeds(ctx))
}

func (c *Core) writeUses(ctx context.Context) error {
	now := c.Memory.uses.take()
	err := c.Store.NoteUses(ctx, now)
	if err != nil {
		for _, u := range now {
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
