package fernet

import (
	"bytes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func refuses(t testing.TB, ring Ring, reason, token string) {
	t.Helper()
	payload, issued, index, err := ring.Open(nil, token)
	if !errors.Is(err, ErrInvalid) || payload != nil || index != -1 || !issued.IsZero() {
		t.Errorf("%s: opened %q as %x, key %d, %v", reason, token, payload, index, err)
	}
}

func TestWhatOneKeyOfTheRingSealedTheRingOpens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := make(Ring, rapid.IntRange(1, 4).Draw(t, "keys"))
		for i := range ring {
			ring[i] = NewKey()
		}
		with := rapid.IntRange(0, len(ring)-1).Draw(t, "with")
		payload := rapid.SliceOfN(rapid.Byte(), 0, MaxPayload).Draw(t, "payload")
		at := time.Unix(rapid.Int64Range(0, maxSeconds).Draw(t, "seconds"), rapid.Int64Range(0, 999999999).Draw(t, "nanos"))
		before := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "before")

		token := string(ring[with].Seal(nil, payload, at))
		if len(token) > MaxToken || strings.ContainsAny(token, "=+/\r\n") {
			t.Fatalf("token %q", token)
		}
		got, issued, index, err := ring.Open(bytes.Clone(before), token)
		if err != nil || index != with || !issued.Equal(at.Truncate(time.Second)) || issued.Location() != time.UTC {
			t.Fatalf("key %d of %d, issued %v, %v", index, with, issued, err)
		}
		if !bytes.Equal(got, append(before, payload...)) {
			t.Fatalf("payload %x, want %x after %x", got, payload, before)
		}
	})
}

func TestTwoSealsOfOnePayloadDiffer(t *testing.T) {
	key, at := NewKey(), time.Unix(1795305600, 0)
	if bytes.Equal(key.Seal(nil, []byte("same"), at), key.Seal(nil, []byte("same"), at)) {
		t.Error("the IV was used twice")
	}
}

func TestAKeyOutsideTheRingOpensNothing(t *testing.T) {
	token := string(NewKey().Seal(nil, []byte("payload"), time.Unix(1795305600, 0)))
	refuses(t, Ring{NewKey(), NewKey()}, "foreign key", token)
	refuses(t, Ring{}, "no key", token)
}

// TestATokenIsOneString is promise T20: of all texts near a token, only the token itself opens. The lengths are
// those of ciphertexts of 48 to 112 bytes, where lax base64 decoding accepts up to 15 spellings.
func TestATokenIsOneString(t *testing.T) {
	ring := Ring{NewKey(), NewKey()}
	for blocks, length := range map[int]int{3: 140, 4: 162, 5: 183, 6: 204, 7: 226} {
		payload := bytes.Repeat([]byte{0x95}, blocks*blockSize-3)
		token := string(ring[1].Seal(nil, payload, time.Unix(1795305600, 0)))
		if len(token) != length {
			t.Fatalf("%d blocks make %d characters, want %d", blocks, len(token), length)
		}
		if _, _, _, err := ring.Open(nil, token); err != nil {
			t.Fatalf("the token itself: %v", err)
		}
		tried := 0
		for variant := range variants(token) {
			tried++
			refuses(t, ring, "altered", variant)
		}
		if tried < 38000 {
			t.Errorf("only %d variants of %d characters", tried, length)
		}
	}
}

// variants yields every text made of token by one substitution, truncation, insertion, removal, flipped bit of the
// sealed bytes or exchange of two blocks.
func variants(token string) func(yield func(string) bool) {
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	encode := base64.RawURLEncoding.EncodeToString
	return func(yield func(string) bool) {
		ok := true
		emit := func(text string) {
			if ok && text != token {
				ok = yield(text)
			}
		}
		for i := range len(token) {
			for c := range 256 { // every single-bit flip is among them
				emit(token[:i] + string([]byte{byte(c)}) + token[i+1:])
			}
			emit(token[:i])
			emit(token[i+1:])
			emit(token[:i] + token[i+1:])
		}
		for i := range len(token) + 1 {
			for _, text := range []string{"\r", "\n", "\r\n", "=", "==", " ", "\t", "\x00", "A", "AA", "AAA", "AAAA"} {
				emit(token[:i] + text + token[i:])
			}
		}
		for bit := range len(raw) * 8 {
			flipped := bytes.Clone(raw)
			flipped[bit/8] ^= 1 << (bit % 8)
			emit(encode(flipped))
		}
		for a := ivAt; a+blockSize <= len(raw); a += blockSize {
			for b := a + blockSize; b+blockSize <= len(raw); b += blockSize {
				swapped := bytes.Clone(raw)
				copy(swapped[a:], raw[b:b+blockSize])
				copy(swapped[b:], raw[a:a+blockSize])
				emit(encode(swapped))
			}
		}
	}
}

// forge signs any bytes with key: what a holder of the key could send but no writer would.
func forge(key Key, unsigned []byte) string {
	return base64.RawURLEncoding.EncodeToString(key.sign(unsigned, unsigned))
}

func TestAGoodSignatureDoesNotExcuseABadEnvelope(t *testing.T) {
	key := NewKey()
	ring := Ring{key}
	head := append([]byte{version, 0, 0, 0, 0, 0x6b, 0, 0, 0}, make([]byte, blockSize)...)
	encrypted := func(plain []byte) []byte {
		sealed := append(bytes.Clone(head), plain...)
		cipher.NewCBCEncrypter(key.state().block, head[ivAt:]).CryptBlocks(sealed[cipherAt:], sealed[cipherAt:])
		return sealed
	}
	full := bytes.Repeat([]byte{blockSize}, blockSize)
	if _, _, _, err := ring.Open(nil, forge(key, encrypted(full))); err != nil {
		t.Fatalf("the pattern of this test: %v", err)
	}
	for v := range 256 {
		if v != version {
			sealed := encrypted(full)
			sealed[0] = byte(v)
			refuses(t, ring, "version", forge(key, sealed))
		}
	}
	for last := range 256 {
		if last != 1 {
			refuses(t, ring, "padding", forge(key, encrypted(append(make([]byte, blockSize-1), byte(last)))))
		}
	}
	late := encrypted(full)
	late[timeAt+3] = 0xff
	refuses(t, ring, "year 36000", forge(key, late))
	late[timeAt] = 0x80
	refuses(t, ring, "time beyond 63 bits", forge(key, late))
	refuses(t, ring, "before 1970", string(key.Seal(nil, nil, time.Unix(-1, 0))))
	refuses(t, ring, "no ciphertext", forge(key, bytes.Clone(head)))
	for n := range blockSize - 1 {
		refuses(t, ring, "half a block", forge(key, encrypted(full)[:cipherAt+n+1]))
	}
}

func TestNothingLongerThanMaxTokenIsRead(t *testing.T) {
	key, at := NewKey(), time.Unix(1795305600, 0)
	longest := string(key.Seal(nil, make([]byte, MaxPayload), at))
	if _, _, _, err := (Ring{key}).Open(nil, longest); err != nil {
		t.Errorf("%d characters: %v", len(longest), err)
	}
	refuses(t, Ring{key}, "one byte too long", string(key.Seal(nil, make([]byte, MaxPayload+1), at)))
	refuses(t, Ring{key}, "a megabyte", strings.Repeat("A", 1<<20))
}

func TestOpenUsesTheRoomOfDst(t *testing.T) {
	key := NewKey()
	token := string(key.Seal(nil, make([]byte, 90), time.Unix(1795305600, 0)))
	dst := make([]byte, 0, len(token))
	payload, _, _, err := Ring{key}.Open(dst, token)
	if err != nil || &payload[0] != &dst[:1][0] {
		t.Fatalf("payload outside dst, %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	key := KeyFromBytes([keySize]byte{1, 2, 3})
	iv := [blockSize]byte{4, 5, 6}
	for _, payload := range []string{"", "hello", strings.Repeat("p", 16), strings.Repeat("q", 100)} {
		f.Add(string(key.seal(nil, []byte(payload), time.Unix(1795305600, 0), iv)))
	}
	f.Add(specToken)
	f.Add(strings.Repeat("A", MaxToken+1))
	f.Fuzz(func(t *testing.T, token string) {
		payload, issued, _, err := Ring{key}.Open(nil, token)
		if err != nil {
			refuses(t, Ring{key}, "second attempt", token)
			return
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			t.Fatal(err)
		}
		if again := string(key.seal(nil, payload, issued, [blockSize]byte(raw[ivAt:]))); again != token {
			t.Errorf("opened %q, which seals as %q", token, again)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	ring := Ring{NewKey()}
	token := string(ring[0].Seal(nil, make([]byte, 90), time.Unix(1795305600, 0)))
	dst := make([]byte, 0, len(token))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, _, err := ring.Open(dst, token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	key, payload, at := NewKey(), make([]byte, 90), time.Unix(1795305600, 0)
	b.ReportAllocs()
	for b.Loop() {
		key.Seal(nil, payload, at)
	}
}
