package token

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/lintel-id/lintel/internal/identity"
)

// memo remembers what recently opened tokens say: a service sends its own with every request,
// and opening one is a tenth of a validation. What a token says depends on its text and the
// ring alone, so nothing here can be out of date: a new ring begins with a new memo. Whether a
// token is still good is never remembered.
//
// A slot is found by a keyed hash of the text that nobody outside can predict, and the text is
// compared only when all 64 bits agree, so that the comparison tells nobody anything.
type memo struct {
	seed  maphash.Seed
	slots [memoSlots]atomic.Pointer[opened]
}

const memoSlots = 1 << 12

type opened struct {
	hash         uint64
	text         string
	token        *identity.Token
	fromKeystone bool
}

func newMemo() *memo { return &memo{seed: maphash.MakeSeed()} }

// get returns what is remembered of a text, and the hash to put it with.
func (m *memo) get(text string) (o *opened, hash uint64) {
	hash = maphash.String(m.seed, text)
	o = m.slots[hash%memoSlots].Load()
	if o == nil || o.hash != hash || o.text != text {
		return nil, hash
	}
	return o, hash
}

func (m *memo) put(o *opened) { m.slots[o.hash%memoSlots].Store(o) }
