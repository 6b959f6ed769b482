package token

import (
	"bytes"
	"testing"
)

func TestSealedBytesOpenOnlyForTheirPurposeAndID(t *testing.T) {
	m := NewMasterKey()
	sealed := m.Seal("token", "id", []byte("plain"))
	for _, c := range []struct{ purpose, id string }{{"secret", "id"}, {"token", "i"}, {"toke", "nid"}, {"token|id", ""}} {
		if _, err := m.Open(c.purpose, c.id, sealed); err == nil {
			t.Errorf("opens for %+v", c)
		}
	}
	if _, err := NewMasterKey().Open("token", "id", sealed); err == nil {
		t.Error("another master key opens it")
	}
	if bytes.Contains(sealed, []byte("plain")) || len(sealed) != len("plain")+28 {
		t.Errorf("%d bytes: %q", len(sealed), sealed)
	}
}
