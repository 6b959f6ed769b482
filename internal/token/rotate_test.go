package token

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
)

// apply does to keys what a store does with the answer of Rotate.
func apply(keys, put []identity.SealedKey, drop []string) []identity.SealedKey {
	replaced := slices.Clone(drop)
	for _, k := range put {
		replaced = append(replaced, k.ID)
	}
	kept := slices.DeleteFunc(slices.Clone(keys), func(k identity.SealedKey) bool { return slices.Contains(replaced, k.ID) })
	return append(kept, put...)
}

func TestInitialKeysMakeAWorkingRing(t *testing.T) {
	m := NewMasterKey()
	keys := Initial(m, start())
	ring := ringOf(t, m, keys)
	mustMint(t, ring, sampleToken(), start())
	for _, p := range purposes() {
		if _, err := primary(keys, p); err != nil {
			t.Error(err)
		}
	}
	if len(keys) != 4 || len(ofState(keys, identity.TokenKeys, identity.KeyStaged)) != 1 {
		t.Errorf("%d keys", len(keys))
	}
}

// Over any sequence of rotations and mints, a token younger than its life and the window opens.
func TestRotationLosesNoTokenThatIsStillGood(t *testing.T) {
	m := NewMasterKey()
	rapid.Check(t, func(rt *rapid.T) {
		limits := Limits{
			TokenLife: time.Duration(rapid.IntRange(1, 20).Draw(rt, "life")) * time.Hour,
			Window:    time.Duration(rapid.IntRange(0, 20).Draw(rt, "window")) * time.Hour,
			MaxActive: rapid.IntRange(2, 12).Draw(rt, "max active"),
		}
		now, keys := start(), Initial(m, start())
		minted := map[string]time.Time{}
		rt.Repeat(map[string]func(*rapid.T){
			"wait": func(rt *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 300).Draw(rt, "minutes")) * time.Minute)
			},
			"mint": func(*rapid.T) { minted[mustMint(t, ringOf(t, m, keys), sampleToken(), now)] = now },
			"rotate": func(rt *rapid.T) {
				put, drop, err := Rotate(m, keys, now, limits)
				if err != nil {
					return
				}
				keys = apply(keys, put, drop)
				if active := len(keys) - 2; active > limits.MaxActive {
					rt.Fatalf("%d active keys, at most %d", active, limits.MaxActive)
				}
			},
			"": func(rt *rapid.T) {
				ring := ringOf(t, m, keys) // refuses two primaries
				if staged := ofState(keys, identity.TokenKeys, identity.KeyStaged); len(staged) != 1 {
					rt.Fatalf("%d staged keys", len(staged))
				}
				for text, at := range minted {
					if _, _, err := ring.Open(text); err != nil && now.Sub(at) < limits.TokenLife+limits.Window {
						rt.Fatalf("a token of %v does not open at %v: %v", at, now, err)
					}
				}
			},
		})
	})
}

func TestRotationIsDueAfterTheInterval(t *testing.T) {
	keys, hour := Initial(NewMasterKey(), start()), time.Hour
	for after, want := range map[time.Duration]bool{0: false, hour - 1: false, hour: true, 9 * hour: true} {
		if got := Due(keys, hour, start().Add(after)); got != want {
			t.Errorf("due after %v: %v", after, got)
		}
	}
	if Due(nil, hour, start().Add(9*hour)) {
		t.Error("a ring without keys is due")
	}
}

func TestARotationThatWouldLoseTokensSaysHowManyKeysItTakes(t *testing.T) {
	m := NewMasterKey()
	keys := Initial(m, start())
	limits := Limits{TokenLife: time.Hour, Window: time.Hour, MaxActive: 3}
	put, drop, err := Rotate(m, keys, start(), limits)
	if err != nil {
		t.Fatal(err)
	}
	keys = apply(keys, put, drop)
	put, drop, err = Rotate(m, keys, start().Add(2*time.Hour-1), limits)
	if identity.KindOf(err) != identity.Conflict || !strings.Contains(err.Error(), "takes 4 active token keys") {
		t.Errorf("error %v", err)
	}
	if put != nil || drop != nil {
		t.Error("keys are changed all the same")
	}
	if _, drop, err = Rotate(m, keys, start().Add(2*time.Hour), limits); err != nil || len(drop) != 1 {
		t.Errorf("after life and window: dropped %v, error %v", drop, err)
	}
}

func TestRotationNeedsOnePrimaryAndOneStagedKey(t *testing.T) {
	m := NewMasterKey()
	for reason, change := range map[string]func([]identity.SealedKey){
		"no staged key":    func(k []identity.SealedKey) { k[0].State = identity.KeySecondary },
		"no primary key":   func(k []identity.SealedKey) { k[1].State = identity.KeySecondary },
		"two primary keys": func(k []identity.SealedKey) { k[0].State = identity.KeyPrimary },
		"two staged keys":  func(k []identity.SealedKey) { k[3].Purpose, k[3].State = identity.TokenKeys, identity.KeyStaged },
	} {
		keys := Initial(m, start())
		change(keys)
		if put, _, err := Rotate(m, keys, start(), Limits{MaxActive: 9}); err == nil {
			t.Errorf("%s: %v", reason, put)
		}
	}
}

func TestCredentialKeysRotateAloneAndKeepWhatTheySealed(t *testing.T) {
	m := NewMasterKey()
	keys := Initial(m, start())
	before := ringOf(t, m, keys)
	sealed, keyID := before.SealBlob("id", "owner", "ec2", []byte("blob"))
	put, err := RotateCredentialKeys(m, keys, start().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(put, func(k identity.SealedKey) bool { return k.Purpose != identity.CredentialKeys }) {
		t.Error("other keys are touched")
	}
	after := ringOf(t, m, apply(keys, put, nil))
	if _, err := after.OpenBlob("id", "owner", "ec2", keyID, sealed); err != nil {
		t.Error(err)
	}
	_, fresh := after.SealBlob("id", "owner", "ec2", []byte("blob"))
	if fresh == keyID {
		t.Error("the old key is still primary")
	}
	if !after.HasBlobKey(keyID) || !after.HasBlobKey(fresh) || before.HasBlobKey(fresh) || after.HasBlobKey("") {
		t.Error("the rings have other keys than they were made of")
	}
	if _, err := RotateCredentialKeys(m, nil, start()); err == nil {
		t.Error("nothing rotates")
	}
}

// Under another master key the keys are the same: what they sealed opens, and the old master
// key is of no use any more.
func TestRewrappedKeysAreTheSameUnderAnotherMasterKey(t *testing.T) {
	from, to := NewMasterKey(), NewMasterKey()
	keys := Initial(from, start())
	before := ringOf(t, from, keys)
	text, hash := mustMint(t, before, sampleToken(), start()), before.HashSecret("secret")
	sealed, keyID := before.SealBlob("id", "owner", "ec2", []byte("blob"))
	rewrapped, err := Rewrap(from, to, keys)
	if err != nil {
		t.Fatal(err)
	}
	after := ringOf(t, to, rewrapped)
	if _, _, err := after.Open(text); err != nil {
		t.Error(err)
	}
	if ok, _ := after.VerifySecret(hash, "secret"); !ok {
		t.Error("a hash is not verified")
	}
	if plain, err := after.OpenBlob("id", "owner", "ec2", keyID, sealed); err != nil || string(plain) != "blob" {
		t.Errorf("%q, %v", plain, err)
	}
	if _, err := NewRing(from, rewrapped, nil, DefaultMethods()); err == nil {
		t.Error("the old master key opens the ring")
	}
	ringOf(t, from, keys) // what was given is as it was
	if _, err := Rewrap(to, from, keys); err == nil || !strings.Contains(err.Error(), keys[0].ID) {
		t.Errorf("with another master key: %v", err)
	}
}
