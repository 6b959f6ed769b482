package token

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/token/fernet"
)

func TestAnyNoteOpensForItsUseAndForNoOther(t *testing.T) {
	ring := newRing(t, fernet.NewKey())
	rapid.Check(t, func(rt *rapid.T) {
		use, other, plain := rapid.String().Draw(rt, "use"), rapid.String().Draw(rt, "other"), rapid.SliceOf(rapid.Byte()).Draw(rt, "plain")
		text := ring.SealNote(use, plain)
		if got, err := ring.OpenNote(use, text); err != nil || !bytes.Equal(got, plain) {
			rt.Fatalf("opens to %q (%v), want %q", got, err, plain)
		}
		if _, err := ring.OpenNote(other, text); (err == nil) != (other == use) {
			rt.Fatalf("a note for %q opens for %q: %v", use, other, err)
		}
	})
}

func TestANoteThatIsAlteredInAnyCharacterDoesNotOpen(t *testing.T) {
	ring := newRing(t)
	text := ring.SealNote("session", []byte("what it says"))
	for i := range text {
		for _, c := range []string{"A", "B", "_", "\n", "="} {
			if altered := text[:i] + c + text[i+1:]; altered != text {
				if _, err := ring.OpenNote("session", altered); err == nil {
					t.Fatalf("%q opens, which was %q", altered, text)
				}
			}
		}
	}
	for _, foreign := range []string{"", "A", text + "A", text + "\n", text[:20], newRing(t).SealNote("session", nil), strings.Repeat("A", 9000)} {
		if _, err := ring.OpenNote("session", foreign); err == nil {
			t.Errorf("%.40q opens", foreign)
		}
	}
}

func TestNotesSurviveARotation(t *testing.T) {
	m := NewMasterKey()
	keys := Initial(m, start())
	text := ringOf(t, m, keys).SealNote("session", []byte("x"))
	put, drop, err := Rotate(m, keys, start().Add(time.Hour), Limits{TokenLife: time.Hour, MaxActive: 9})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ringOf(t, m, apply(keys, put, drop), fernet.NewKey()).OpenNote("session", text); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
}

func TestADerivedSecretLooksLikeAGeneratedOneAndIsThatOfItsParts(t *testing.T) {
	ring, other := newRing(t), newRing(t)
	a := ring.DeriveSecret("x", "ab", "c").Reveal()
	if len(a) != len(GenerateSecret().Reveal()) {
		t.Errorf("%d characters, a generated one has %d", len(a), len(GenerateSecret().Reveal()))
	}
	if again := ring.DeriveSecret("x", "ab", "c").Reveal(); again != a {
		t.Error("the same parts give another secret")
	}
	for name, b := range map[string]string{"other parts": ring.DeriveSecret("x", "a", "bc").Reveal(), "another key": other.DeriveSecret("x", "ab", "c").Reveal()} {
		if a == b {
			t.Errorf("%s give the same secret", name)
		}
	}
}
