package oauth1

import (
	"encoding/base64"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/auth/percent"
)

// vector is a request that somebody else has signed.
type vector struct {
	Name           string `json:"name"`
	Method         string `json:"method"`
	URL            string `json:"url"`
	Query          string `json:"query"`
	Form           string `json:"form"`
	Authorization  string `json:"authorization"`
	ConsumerSecret string `json:"consumer_secret"`
	TokenSecret    string `json:"token_secret"`
}

func (v *vector) request() *Request { return &Request{v.Method, v.URL, v.Query, v.Form} }

// rfcVectors are the three requests of RFC 5849, section 1.2, that are signed.
func rfcVectors() []vector {
	return []vector{
		{"RFC 5849: temporary credentials", "POST", "https://photos.example.net/initiate", "", "",
			`OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", ` +
				`oauth_nonce="wIjqoS", oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"`,
			"kd94hf93k423kf44", ""},
		{"RFC 5849: token credentials", "POST", "https://photos.example.net/token", "", "",
			`OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="hh5s93j4hdidpola", oauth_signature_method="HMAC-SHA1", ` +
				`oauth_timestamp="137131201", oauth_nonce="walatlh", oauth_verifier="hfdp7dh39dks9884", oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"`,
			"kd94hf93k423kf44", "hdhd0244k9j7ao03"},
		{"RFC 5849: a photo", "GET", "http://photos.example.net/photos", "file=vacation.jpg&size=original", "",
			`OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1", ` +
				`oauth_timestamp="137131202", oauth_nonce="chapoH", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"`,
			"kd94hf93k423kf44", "pfkkdhi9sl3r4s00"},
	}
}

// vectors are those of the RFC and what oauthlib, which Keystone and its clients use, has signed.
func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/oauthlib.json")
	if err != nil {
		t.Fatal(err)
	}
	var minted struct {
		Cases []vector `json:"cases"`
	}
	if err := json.Unmarshal(text, &minted); err != nil {
		t.Fatal(err)
	}
	if len(minted.Cases) < 10 {
		t.Fatalf("%d vectors of oauthlib", len(minted.Cases))
	}
	return append(rfcVectors(), minted.Cases...)
}

func TestWhatOthersHaveSignedIsVerified(t *testing.T) {
	for _, v := range vectors(t) {
		h, err := Parse(v.Authorization)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		if !h.Verify(v.request(), v.ConsumerSecret, v.TokenSecret) {
			base, err := BaseString(v.request(), h.params)
			t.Errorf("%s: the signature is not that of %s (%v)", v.Name, base, err)
		}
	}
}

// The example of RFC 5849, section 3.4.1.1.
func TestTheBaseStringIsThatOfTheRFC(t *testing.T) {
	got, err := BaseString(&Request{Method: "POST", URL: "http://EXAMPLE.COM:80/request", Query: "b5=%3D%253D&a3=a&c%40=&a2=r%20b", Form: "c2&a3=2+q"}, []Param{
		{"oauth_consumer_key", "9djdj82h48djs9d2"}, {"oauth_token", "kkk9d7dh3k39sjv7"}, {"oauth_signature_method", "HMAC-SHA1"},
		{"oauth_timestamp", "137131201"}, {"oauth_nonce", "7d8f3e4a"}})
	const want = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26" +
		"oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26" +
		"oauth_token%3Dkkk9d7dh3k39sjv7"
	if err != nil || got != want {
		t.Errorf("got  %s (%v)\nwant %s", got, err, want)
	}
}

func TestAHeaderIsReadWhole(t *testing.T) {
	v := rfcVectors()[1]
	h, err := Parse(v.Authorization)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{h.ConsumerKey, h.Token, h.Callback, h.Verifier, h.Nonce, h.Timestamp.Format(time.RFC3339)}
	want := []string{"dpf43f3p2l4k3l03", "hh5s93j4hdidpola", "", "hfdp7dh39dks9884", "walatlh", "1974-05-07T04:00:01Z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAHeaderWithTwoReadingsOrNoneIsRefused(t *testing.T) {
	const good = `OAuth oauth_consumer_key="c", oauth_token="t", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="n", ` +
		`oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"`
	if _, err := Parse(good); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string][2]string{
		"another scheme":             {"OAuth ", "Basic "},
		"no parameter":               {good[6:], ""},
		"a parameter twice":          {`oauth_token="t"`, `oauth_token="t", oauth_token="t"`},
		"the realm twice":            {"OAuth ", `OAuth realm="a", realm="a", `},
		"a parameter of nobody":      {`oauth_token="t"`, `token="t"`},
		"a name in capitals":         {"oauth_token", "Oauth_Token"},
		"no quotes":                  {`"t"`, `t`},
		"an open quote":              {`"t"`, `"t`},
		"no comma":                   {`"t", `, `"t" `},
		"two commas":                 {`"t", `, `"t",, `},
		"a comma at the end":         {good, good + ","},
		"something at the end":       {good, good + " x"},
		"a tab between":              {", ", ",\t"},
		"small hexadecimal digits":   {"%2F", "%2f"},
		"an encoded letter":          {`"t"`, `"%74"`},
		"a bare character":           {`"t"`, `"t/"`},
		"a half escape":              {`"t"`, `"t%2"`},
		"bytes that are not UTF-8":   {`"t"`, `"%FF"`},
		"another method":             {"HMAC-SHA1", "PLAINTEXT"},
		"no method":                  {`oauth_signature_method="HMAC-SHA1", `, ""},
		"no consumer":                {`oauth_consumer_key="c", `, ""},
		"an empty consumer":          {`"c"`, `""`},
		"no nonce":                   {`oauth_nonce="n", `, ""},
		"a nonce with a blank":       {`"n"`, `"n%20n"`},
		"a long nonce":               {`"n"`, `"` + strings.Repeat("n", maxNonce+1) + `"`},
		"no timestamp":               {`oauth_timestamp="137131201", `, ""},
		"a timestamp before 1970":    {"137131201", "-137131201"},
		"a timestamp with a zero":    {"137131201", "0137131201"},
		"a timestamp of no time":     {"137131201", "99999999999999"},
		"a timestamp that is a word": {"137131201", "yesterday"},
		"another version":            {"OAuth ", `OAuth oauth_version="2.0", `},
		"no signature":               {`, oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"`, ""},
		"a short signature":          {"gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D", "gKgrFCywp7rO0OXSjdot"},
		"loose bits in base64":       {"IHF7IU%3D", "IHF7IV%3D"},
		"too many parameters":        {"OAuth ", "OAuth " + manyParams()},
	} {
		text := strings.Replace(good, c[0], c[1], 1)
		if text == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := Parse(text); err == nil {
			t.Errorf("%s is accepted: %s", name, text)
		}
	}
}

func manyParams() string {
	var b strings.Builder
	for i := range maxParams {
		b.WriteString("oauth_x" + strings.Repeat("x", i) + `="1", `)
	}
	return b.String()
}

func TestARequestWithTwoReadingsOrNoneHasNoSignature(t *testing.T) {
	for name, r := range map[string]Request{
		"no scheme":                {URL: "id.example.com/v3"},
		"another scheme":           {URL: "ftp://id.example.com/v3"},
		"no host":                  {URL: "https:///v3"},
		"a query in the URL":       {URL: "https://id.example.com/v3?x=1"},
		"a fragment in the URL":    {URL: "https://id.example.com/v3#x"},
		"a token in the query":     {URL: "https://id.example.com/v3", Query: "oauth_token=t"},
		"an encoded one":           {URL: "https://id.example.com/v3", Query: "o%61uth_token=t"},
		"a token in the form":      {URL: "https://id.example.com/v3", Form: "a=1&oauth_nonce=t"},
		"an empty pair":            {URL: "https://id.example.com/v3", Query: "a=1&&b=2"},
		"a half escape":            {URL: "https://id.example.com/v3", Query: "a=%4"},
		"no hexadecimal digits":    {URL: "https://id.example.com/v3", Query: "a=%zz"},
		"bytes that are not UTF-8": {URL: "https://id.example.com/v3", Form: "a=%ff"},
	} {
		if base, err := BaseString(&r, nil); err == nil {
			t.Errorf("%s: %s", name, base)
		}
	}
}

// Any byte of the request, of the header or of a secret may be another one: then the signature
// is not the request's, unless what was changed means the same.
func TestAChangedByteIsRefused(t *testing.T) {
	all := vectors(t)
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom(all).Draw(t, "vector")
		h, err := Parse(v.Authorization)
		if err != nil {
			t.Fatal(err)
		}
		meant := meaning(h, v.request())
		texts := []*string{&v.Method, &v.URL, &v.Query, &v.Form, &v.Authorization, &v.ConsumerSecret, &v.TokenSecret}
		secrets := v.ConsumerSecret + "\x00" + v.TokenSecret
		texts = slices.DeleteFunc(texts, func(s *string) bool { return *s == "" })
		text := rapid.SampledFrom(texts).Draw(t, "part")
		b := []byte(*text)
		at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		b[at] ^= rapid.ByteRange(1, 255).Draw(t, "change")
		*text = string(b)
		h, err = Parse(v.Authorization)
		if err != nil || !h.Verify(v.request(), v.ConsumerSecret, v.TokenSecret) {
			return
		}
		if secrets != v.ConsumerSecret+"\x00"+v.TokenSecret || cmp.Diff(meant, meaning(h, v.request())) != "" {
			t.Fatalf("accepted: %+v", v)
		}
	})
}

// meaning is what a signed request says, however it is spelled.
func meaning(h *Header, r *Request) []string {
	base, err := BaseString(r, h.params)
	if err != nil {
		return nil
	}
	return []string{base, string(h.signature), h.ConsumerKey, h.Token, h.Callback, h.Verifier, h.Nonce, h.Timestamp.String()}
}

// Whatever is signed as the RFC says is verified, and only under the same secrets.
func TestWhatIsSignedIsVerified(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 12, -1)
		r := &Request{Method: rapid.SampledFrom([]string{"GET", "POST"}).Draw(t, "method"), URL: "https://id.example.com/" + percent.Encode(text.Draw(t, "path"))}
		for range rapid.IntRange(0, 3).Draw(t, "parameters") {
			pair := percent.Encode("q"+text.Draw(t, "name")) + "=" + percent.Encode(text.Draw(t, "value"))
			r.Query = strings.TrimPrefix(r.Query+"&"+pair, "&")
		}
		params := []Param{{"oauth_consumer_key", "c" + text.Draw(t, "consumer")}, {"oauth_token", text.Draw(t, "token")}, {"oauth_nonce", "n"},
			{"oauth_timestamp", "1700000000"}, {"oauth_signature_method", "HMAC-SHA1"}}
		consumer, token := text.Draw(t, "consumer's secret"), text.Draw(t, "token's secret")
		base, err := BaseString(r, params)
		if err != nil {
			t.Fatal(err)
		}
		header := "OAuth "
		for _, p := range append(params, Param{"oauth_signature", Signature(base, consumer, token)}) {
			header += p.Name + `="` + percent.Encode(p.Value) + `",`
		}
		h, err := Parse(strings.TrimSuffix(header, ","))
		if err != nil {
			t.Fatalf("%s: %v", header, err)
		}
		if !h.Verify(r, consumer, token) {
			t.Fatalf("%s is not verified for %+v", header, r)
		}
		if h.Verify(r, consumer+"x", token) || h.Verify(r, consumer, token+"x") {
			t.Fatal("verified under another secret")
		}
	})
}

// FuzzHeader throws bytes at the two parsers: what is read, was written in the one way.
func FuzzHeader(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Authorization, v.Query)
	}
	f.Add(`OAuth oauth_nonce="%`, "%")
	f.Add(`OAuth realm="",oauth_=""`, "&=&")
	f.Fuzz(func(t *testing.T, authorization, query string) {
		h, err := Parse(authorization)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, p := range h.params {
			if seen[p.Name] || strings.Count(authorization, p.Name+`="`+percent.Encode(p.Value)+`"`) == 0 {
				t.Errorf("%q does not say %s once", authorization, p.Name)
			}
			seen[p.Name] = true
		}
		r := &Request{Method: "GET", URL: "https://id.example.com/", Query: query}
		base, err := BaseString(r, h.params)
		if signed := err == nil && Signature(base, "a", "b") == base64.StdEncoding.EncodeToString(h.signature); signed != h.Verify(r, "a", "b") {
			t.Errorf("Verify and Signature disagree on %q", base)
		}
	})
}
