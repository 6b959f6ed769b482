package token

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/token/fernet"
)

func sampleReceipt() *identity.Receipt {
	return &identity.Receipt{UserID: identity.UserID(identity.NewID()), Methods: []string{"password"},
		AuditID: identity.NewAuditID(7), ExpiresAt: start().Add(5 * time.Minute)}
}

func mustMintReceipt(t testing.TB, r *Ring, receipt *identity.Receipt) string {
	t.Helper()
	text, err := r.MintReceipt(receipt, start())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAnyReceiptOpensToWhatItSays(t *testing.T) {
	ring := newRing(t, fernet.NewKey())
	rapid.Check(t, func(rt *rapid.T) {
		methods := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"password", "token", "totp"}), 0, 3, rapid.ID).Draw(rt, "methods")
		now := start().Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(rt, "now")))
		want := &identity.Receipt{UserID: identity.UserID(anyID().Draw(rt, "user")), AuditID: identity.NewAuditID(rapid.Int64Range(0, 1<<40-1).Draw(rt, "rev")),
			Methods: methods, ExpiresAt: now.Add(5 * time.Minute)}
		text, err := ring.MintReceipt(want, now)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := ring.OpenReceipt(text)
		if err != nil {
			rt.Fatal(err)
		}
		bitmap, _ := DefaultMethods().bitmap(methods)
		want.Methods, _ = DefaultMethods().names(bitmap) // in the order of the table
		if diff := cmp.Diff(want, got); diff != "" || !got.IssuedAt.Equal(now.Truncate(time.Second)) {
			rt.Fatalf("issued at %v: %s", got.IssuedAt, diff)
		}
	})
}

// The keys are apart, so that not even the same bytes inside would do.
func TestAReceiptIsNeverTakenForATokenNorATokenForAReceipt(t *testing.T) {
	ring := newRing(t)
	if _, _, err := ring.Open(mustMintReceipt(t, ring, sampleReceipt())); !errors.Is(err, ErrInvalid) {
		t.Errorf("a receipt opens as a token: %v", err)
	}
	if _, err := ring.OpenReceipt(mustMint(t, ring, sampleToken(), start())); !errors.Is(err, ErrInvalid) {
		t.Errorf("a token opens as a receipt: %v", err)
	}
	payload, err := DefaultMethods().Append(nil, sampleToken())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ring.Open(string(ring.receipts[0].Seal(nil, payload, start()))); !errors.Is(err, ErrInvalid) {
		t.Errorf("what a token says, sealed as a receipt, is a token: %v", err)
	}
}

func TestTheReceiptKeyIsDerivedByHKDF(t *testing.T) {
	var tokenKey [keySize]byte
	for i := range tokenKey {
		tokenKey[i] = byte(i)
	}
	want, err := hex.DecodeString("e6b4a6f633573c136fc34cc780fe8e4882429af6e5d696d261097b219e70b11c")
	if err != nil {
		t.Fatal(err)
	}
	if got := receiptKey(tokenKey).Bytes(); !bytes.Equal(got[:], want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestReceiptsSurviveARotationAndAKeystonesKeysMakeNone(t *testing.T) {
	m, keystone := NewMasterKey(), fernet.NewKey()
	keys := Initial(m, start())
	text := mustMintReceipt(t, ringOf(t, m, keys, keystone), sampleReceipt())
	put, drop, err := Rotate(m, keys, start().Add(time.Hour), Limits{TokenLife: time.Hour, MaxActive: 9})
	if err != nil {
		t.Fatal(err)
	}
	ring := ringOf(t, m, apply(keys, put, drop), keystone)
	if _, err := ring.OpenReceipt(text); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
	if len(ring.receipts) != ring.own {
		t.Errorf("%d keys open receipts, %d token keys are ours", len(ring.receipts), ring.own)
	}
}

func TestAReceiptThatCannotBeWrittenIsRefused(t *testing.T) {
	ring := newRing(t)
	for name, change := range map[string]func(*identity.Receipt){
		"a method without a bit": func(r *identity.Receipt) { r.Methods = []string{"palm"} },
		"no user":                func(r *identity.Receipt) { r.UserID = "" },
		"no end":                 func(r *identity.Receipt) { r.ExpiresAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		receipt := sampleReceipt()
		change(receipt)
		if text, err := ring.MintReceipt(receipt, start()); err == nil || text != "" {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// Whatever bytes a key of ours sealed, they are read whole or refused; and what is read is written the same way again.
func FuzzParseReceipt(f *testing.F) {
	methods := DefaultMethods()
	ring := newRing(f)
	for _, receipt := range []*identity.Receipt{sampleReceipt(), {UserID: "short", Methods: []string{"password", "totp"}, ExpiresAt: start()}} {
		payload, _, _, err := ring.receipts.Open(nil, mustMintReceipt(f, ring, receipt))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
		f.Add(payload[:len(payload)-1])
		f.Add(append(bytes.Clone(payload), 0))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		receipt, err := methods.parseReceipt(payload)
		if err != nil {
			if !errors.Is(err, ErrInvalid) || receipt != nil {
				t.Errorf("refused with %v and %v", err, receipt)
			}
			return
		}
		text, err := ring.MintReceipt(receipt, start())
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := ring.OpenReceipt(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(receipt, again); diff != "" {
			t.Error(diff)
		}
	})
}
