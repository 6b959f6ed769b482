package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

const (
	maxBody    = 64 << 20
	maxHeaders = 1000
)

// reader reads HTTP/1 responses (RFC 9112) with as little work as finding their end takes: it
// looks at the status and at the three fields that frame the body.
type reader struct {
	r    *bufio.Reader
	body []byte // of the last response; the next one overwrites it
}

// framing is what the head of a response says about its body.
type framing struct {
	length  int64 // -1: not given
	chunked bool
	closes  bool
	old     bool // HTTP/1.0
}

// read reads one response, after any interim ones (1xx). head says that the request was HEAD.
// closes says that the server ends the connection.
func (r *reader) read(head bool) (status int, closes bool, err error) {
	for {
		status, f, err := r.head()
		if err != nil {
			return 0, true, err
		}
		if status == 101 {
			return 0, true, errors.New("the server changed the protocol unasked")
		}
		if status < 200 {
			continue
		}
		r.body = r.body[:0]
		if head || status == 204 || status == 304 {
			return status, f.closes, nil
		}
		err = r.readBody(&f)
		return status, f.closes, err
	}
}

func (r *reader) head() (status int, f framing, err error) {
	line, err := r.line()
	if err != nil {
		return 0, f, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) || line[8] != ' ' || len(line) > 12 && line[12] != ' ' {
		return 0, f, errors.New("the answer is not HTTP/1")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil || status < 100 {
		return 0, f, errors.New("the answer has no status")
	}
	old := line[7] == '0'
	f = framing{length: -1, closes: old, old: old}
	for range maxHeaders {
		line, err := r.line()
		if err != nil {
			return 0, f, unexpected(err)
		}
		if len(line) == 0 {
			return status, f, nil
		}
		if err := f.field(line); err != nil {
			return 0, f, err
		}
	}
	return 0, f, errors.New("the answer has too many header fields")
}

// field takes in a header field; the length of the name excludes nearly all of them.
func (f *framing) field(line []byte) error {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		return errors.New("a header field has no name")
	}
	name, value := line[:colon], line[colon+1:]
	switch {
	case colon == len("Content-Length") && bytes.EqualFold(name, []byte("Content-Length")):
		n, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 63)
		if err != nil || f.length >= 0 && f.length != int64(n) {
			return errors.New("bad Content-Length")
		}
		f.length = int64(n)
	case colon == len("Transfer-Encoding") && bytes.EqualFold(name, []byte("Transfer-Encoding")):
		// HTTP/1.0 has none, and must not be believed to have one (RFC 9112, section 6.1).
		if f.old || f.chunked || !bytes.EqualFold(bytes.TrimSpace(value), []byte("chunked")) {
			return errors.New("bad Transfer-Encoding: only chunked is asked for")
		}
		f.chunked = true
	case colon == len("Connection") && bytes.EqualFold(name, []byte("Connection")):
		for option := range bytes.SplitSeq(value, []byte(",")) {
			switch option = bytes.TrimSpace(option); {
			case bytes.EqualFold(option, []byte("close")):
				f.closes = true
			case bytes.EqualFold(option, []byte("keep-alive")):
				f.closes = false
			}
		}
	}
	return nil
}

func (r *reader) readBody(f *framing) error {
	switch {
	case f.chunked && f.length >= 0:
		return errors.New("both Content-Length and Transfer-Encoding")
	case f.chunked:
		return r.chunks()
	case f.length >= 0:
		return r.take(uint64(f.length))
	}
	f.closes = true
	rest, err := io.ReadAll(io.LimitReader(r.r, maxBody+1))
	r.body = append(r.body, rest...)
	if len(r.body) > maxBody {
		return errTooLong
	}
	return err
}

// chunks reads a chunked body and its trailer.
func (r *reader) chunks() error {
	for {
		line, err := r.line()
		if err != nil {
			return unexpected(err)
		}
		size, _, _ := bytes.Cut(line, []byte(";")) // extensions mean nothing to us
		n, err := strconv.ParseUint(string(bytes.TrimRight(size, " \t")), 16, 63)
		if err != nil {
			return errors.New("bad size of a chunk")
		}
		if n == 0 {
			break
		}
		if err := r.take(n); err != nil {
			return err
		}
		if line, err = r.line(); err != nil || len(line) != 0 {
			return fmt.Errorf("a chunk does not end where it should: %w", unexpected(err))
		}
	}
	for range maxHeaders {
		line, err := r.line()
		if err != nil || len(line) == 0 {
			return unexpected(err)
		}
	}
	return errors.New("the answer has too many trailer fields")
}

var errTooLong = errors.New("the answer is too long")

// take appends the next n bytes to the body.
func (r *reader) take(n uint64) error {
	have := len(r.body)
	if n > maxBody || have+int(n) > maxBody {
		return errTooLong
	}
	for want := int(n); want > 0; {
		// No more room than has come so far: a length is only a claim.
		step := min(want, max(len(r.body), 64<<10))
		r.body = append(r.body, make([]byte, step)...)
		if _, err := io.ReadFull(r.r, r.body[len(r.body)-step:]); err != nil {
			return unexpected(err)
		}
		want -= step
	}
	return nil
}

// line reads a line without its end. It is valid until the next read.
func (r *reader) line() ([]byte, error) {
	line, err := r.r.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, errors.New("a line of the answer is too long")
		}
		if len(line) > 0 {
			err = unexpected(err)
		}
		return nil, err
	}
	line = line[:len(line)-1]
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

// unexpected makes the end of the stream an error in the middle of a response.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
