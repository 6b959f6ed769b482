package core

import (
	"github.com/lintel-id/lintel/internal/identity"
)

// SealNote returns a text that a browser keeps for a face, and that only the nodes of this
// cloud can read and write. It opens for the same use only, and says nothing about when: put a
// time in where that matters. It asks no rule: it is no act.
func (c *Core) SealNote(use string, plain []byte) (string, error) {
	ring, err := c.ring(c.Live.Current())
	if err != nil {
		return "", err
	}
	return ring.SealNote(use, plain), nil
}

// OpenNote reads what SealNote wrote for this use. Any other text is a 401.
func (c *Core) OpenNote(use, text string) ([]byte, error) {
	ring, err := c.ring(c.Live.Current())
	if err != nil {
		return nil, err
	}
	plain, err := ring.OpenNote(use, text)
	if err != nil {
		return nil, identity.Unauthenticated("the note cannot be read")
	}
	return plain, nil
}
