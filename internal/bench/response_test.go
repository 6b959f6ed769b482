package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func readerOf(r io.Reader) *reader { return &reader{r: bufio.NewReader(r)} }

// legal generates a response that RFC 9112 allows, however odd, and its body.
func legal(t *rapid.T, body []byte) string {
	var b strings.Builder
	eol := rapid.SampledFrom([]string{"\r\n", "\n"}).Draw(t, "eol") // 2.2: a recipient may take a bare LF
	space := rapid.SampledFrom([]string{"", " ", "\t", "  \t"})
	cased := func(name string) string {
		return rapid.SampledFrom([]string{name, strings.ToLower(name), strings.ToUpper(name)}).Draw(t, "case")
	}
	field := func(name, value string) {
		b.WriteString(cased(name) + ":" + space.Draw(t, "before") + value + space.Draw(t, "after") + eol)
	}
	for range rapid.IntRange(0, 2).Draw(t, "interim") {
		b.WriteString("HTTP/1.1 103 Early Hints" + eol)
		field("Link", "</v3>; rel=preload")
		b.WriteString(eol)
	}
	b.WriteString("HTTP/1.1 " + rapid.SampledFrom([]string{"200 OK", "200", "200 ", "201 Made: really"}).Draw(t, "status") + eol)
	for range rapid.IntRange(0, 3).Draw(t, "others") {
		field(rapid.SampledFrom([]string{"Date", "Vary", "X-Long-Header1", "Content-Lengtt"}).Draw(t, "other"), "a, b")
	}
	if rapid.Bool().Draw(t, "chunked") {
		field("Transfer-Encoding", cased("Chunked"))
		b.WriteString(eol)
		for rest := body; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "chunk")
			fmt.Fprintf(&b, rapid.SampledFrom([]string{"%x", "%X", "00%x", "%x;name=value", "%x \t; name"}).Draw(t, "size")+"%s", n, eol)
			b.Write(rest[:n])
			b.WriteString(eol)
			rest = rest[n:]
		}
		b.WriteString("0" + eol)
		if rapid.Bool().Draw(t, "trailer") {
			field("Checksum", "1")
		}
		b.WriteString(eol)
		return b.String()
	}
	field("Content-Length", fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"", "0", "000"}).Draw(t, "zeros"), len(body)))
	b.WriteString(eol)
	b.Write(body)
	return b.String()
}

// Odd but legal answers are read to their end and no further, however the network cuts them.
func TestReaderReadsEveryLegalAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "first")
		second := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "second")
		text := legal(t, first) + legal(t, second)
		var in io.Reader = strings.NewReader(text)
		if rapid.Bool().Draw(t, "one byte at a time") {
			in = iotest.OneByteReader(in)
		}
		r := readerOf(in)
		for _, want := range [][]byte{first, second} {
			status, closes, err := r.read(false)
			if err != nil || closes || status/100 != 2 || !bytes.Equal(r.body, want) {
				t.Fatalf("status %d, closes %v, error %v, body %q of %q", status, closes, err, r.body, text)
			}
		}
		if _, _, err := r.read(false); !errors.Is(err, io.EOF) {
			t.Fatalf("something is left: %v", err)
		}
	})
}

func TestReaderKnowsWhereAnAnswerEnds(t *testing.T) {
	for _, c := range []struct {
		name, text string
		head       bool
		status     int
		body       string
		closes     bool
	}{
		{"no body after HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, 200, "", false},
		{"no body with 204", "HTTP/1.1 204 No Content\r\n\r\n", false, 204, "", false},
		{"no body with 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false, 304, "", false},
		{"until the end of the connection", "HTTP/1.1 200 OK\r\n\r\nall", false, 200, "all", true},
		{"Connection: close", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\na", false, 200, "a", true},
		{"HTTP/1.0 closes", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", false, 200, "a", true},
		{"HTTP/1.0 may keep alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na", false, 200, "a", false},
		{"the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", false, 200, "a", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := readerOf(strings.NewReader(c.text))
			status, closes, err := r.read(c.head)
			if err != nil || status != c.status || closes != c.closes || string(r.body) != c.body {
				t.Errorf("status %d, closes %v, body %q, error %v", status, closes, r.body, err)
			}
		})
	}
}

func TestReaderRefusesWhatHasNoCertainEnd(t *testing.T) {
	for _, text := range []string{
		"", "HTTP/1.1", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "SSH-2.0-OpenSSH\r\n",
		"HTTP/1.1 101 Switching Protocols\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\na", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
		"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", maxHeaders+1) + "\r\n",
		"HTTP/1.1 200 OK\r\nA: " + strings.Repeat("b", 5000) + "\r\n\r\n",
	} {
		if status, _, err := readerOf(strings.NewReader(text)).read(false); err == nil {
			t.Errorf("%.60q: no error, status %d", text, status)
		}
	}
}

// What both net/http and the reader accept, they understand alike.
func FuzzReader(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), false)
	f.Add([]byte("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nab\r\n0\r\nT: 1\r\n\r\n"), false)
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"), true)
	f.Add([]byte("HTTP/1.0 200 \nTrAnsfer-EnCoding:Chunked\n\n00\n000\n\r\n"), false)
	f.Add([]byte("HTTP/1.0 200 OK\r\n\r\nuntil the end"), false)
	f.Fuzz(func(t *testing.T, text []byte, head bool) {
		r := readerOf(bytes.NewReader(text))
		status, _, err := r.read(head)
		if err != nil {
			return
		}
		method := http.MethodGet
		if head {
			method = http.MethodHead
		}
		in := bufio.NewReader(bytes.NewReader(text))
		theirs, body, err := readTheirs(in, method)
		for err == nil && theirs < 200 {
			theirs, body, err = readTheirs(in, method)
		}
		if err != nil {
			return // stricter about what the reader does not look at
		}
		if theirs != status || !bytes.Equal(body, r.body) {
			t.Fatalf("status %d body %q; net/http says %d and %q", status, r.body, theirs, body)
		}
	})
}

func readTheirs(in *bufio.Reader, method string) (status int, body []byte, err error) {
	response, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		return 0, nil, err
	}
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, errors.Join(err, response.Body.Close())
}
