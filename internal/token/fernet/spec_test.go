package fernet

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The vectors of https://github.com/fernet/spec: generate.json, verify.json and invalid.json.
const (
	specKey   = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
	specToken = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="
)

func mustParse(t testing.TB, text string) Key {
	t.Helper()
	key, err := ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSealMakesTheTokenOfTheSpecWithoutPadding(t *testing.T) {
	iv := [16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	at := time.Date(1985, 10, 26, 1, 20, 0, 0, time.FixedZone("PDT", -7*3600))
	got := string(mustParse(t, specKey).seal([]byte("X-Subject-Token: "), []byte("hello"), at, iv))
	if want := "X-Subject-Token: " + strings.TrimRight(specToken, "="); got != want {
		t.Errorf("sealed %q, want %q", got, want)
	}
}

func TestOpenReadsTheTokenOfTheSpec(t *testing.T) {
	payload, issued, index, err := Ring{mustParse(t, specKey)}.Open(nil, strings.TrimRight(specToken, "="))
	if err != nil || string(payload) != "hello" || index != 0 {
		t.Fatalf("got %q, key %d, %v", payload, index, err)
	}
	if want := time.Date(1985, 10, 26, 8, 20, 0, 0, time.UTC); issued != want {
		t.Errorf("issued %v, want %v", issued, want)
	}
}

// TestOpenRefusesTheInvalidTokensOfTheSpec tries each with its padding and without, so that the reason of the
// vector is met and not only the '='.
func TestOpenRefusesTheInvalidTokensOfTheSpec(t *testing.T) {
	ring := Ring{mustParse(t, specKey)}
	for reason, token := range map[string]string{
		"incorrect mac":           "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
		"too short":               "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==",
		"invalid base64":          "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
		"not whole blocks":        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm",
		"payload padding error":   "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==",
		"incorrect IV":            "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
		"data after the padding":  specToken + "trailingdata",
		"characters not base64":   "*gAAAAAAdwJ6wAAECAwQFBgcI!CQoLDA0ODy021?cpGVWKZ_eEwC@GM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==",
		"characters not urlsafe":  "gAAAAAAdwJ6wAAEC/AwQFBgcICQoLDA0ODy+021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==",
		"the right one, padded":   specToken,
		"the right one, half '='": strings.TrimSuffix(specToken, "="),
	} {
		refuses(t, ring, reason, token)
		if reason != "the right one, padded" && reason != "the right one, half '='" {
			refuses(t, ring, reason+", unpadded", strings.TrimRight(token, "="))
		}
	}
}

// TestOpenLeavesTheTimeToTheCaller holds the two vectors that the spec calls invalid for their age alone.
func TestOpenLeavesTheTimeToTheCaller(t *testing.T) {
	ring := Ring{mustParse(t, specKey)}
	for token, want := range map[string]time.Time{
		"gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw": time.Unix(0x1dc12b51, 0),
		"gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q": time.Unix(0x1dc09eb1, 0),
	} {
		if _, issued, _, err := ring.Open(nil, token); err != nil || !issued.Equal(want) {
			t.Errorf("issued %v, %v; want %v", issued, err, want)
		}
	}
}

// TestOpenReadsWhatKeystoneMints uses tokens of Python's cryptography and of Keystone (test/vectors/fernet.py).
func TestOpenReadsWhatKeystoneMints(t *testing.T) {
	type vector struct {
		Source, Key, Payload, Token string
		Issued                      int64
	}
	data, err := os.ReadFile("../../../test/vectors/fernet.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	sources := map[string]int{}
	for _, v := range vectors {
		sources[v.Source]++
		ring := Ring{NewKey(), mustParse(t, v.Key)}
		payload, issued, index, err := ring.Open(nil, v.Token)
		if err != nil {
			t.Errorf("%s token of %d hex digits: %v", v.Source, len(v.Payload), err)
			continue
		}
		got := vector{v.Source, ring[index].Encode(), hex.EncodeToString(payload), v.Token, issued.Unix()}
		if diff := cmp.Diff(v, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", v.Source, diff)
		}
	}
	if sources["keystone"] == 0 || sources["cryptography"] == 0 {
		t.Errorf("vectors by source: %v", sources)
	}
}
