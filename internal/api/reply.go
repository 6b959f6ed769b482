package api

import (
	"net/http"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// jsonType is shared by all answers: net/http only reads it.
var jsonType = []string{JSON}

// Reply answers with v as JSON. It fails before anything is written, or not at all.
func Reply(w http.ResponseWriter, code int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	ReplyBytes(w, code, b)
	return nil
}

// ReplyBytes answers with JSON that is already text.
func ReplyBytes(w http.ResponseWriter, code int, body []byte) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(code)
	w.Write(body) // a client that has gone away needs no answer
}

// NoContent answers 204.
func NoContent(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Links is the "links" of a member.
type Links struct {
	Self string `json:"self"`
}

// ListLinks is the "links" of a collection.
type ListLinks struct {
	Self     string  `json:"self"`
	Previous *string `json:"previous"`
	Next     *string `json:"next"`
}

// Buffer is a reusable byte buffer for answers that are appended by hand.
type Buffer struct{ B []byte }

var buffers = sync.Pool{New: func() any { return &Buffer{B: make([]byte, 0, 8192)} }}

// GetBuffer returns an empty buffer; give it back with Put when the answer is written.
func GetBuffer() *Buffer {
	b := buffers.Get().(*Buffer)
	b.B = b.B[:0]
	return b
}

// Put gives the buffer back. Huge ones are dropped.
func (b *Buffer) Put() {
	if cap(b.B) <= 1<<20 {
		buffers.Put(b)
	}
}

// AppendString appends s as a JSON string. Ids and most names need no escape, and are looked
// through once.
func AppendString[T ~string](dst []byte, s T) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendQuoted(dst, string(s))
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

func appendQuoted(dst []byte, s string) []byte {
	dst, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		return append(dst, `""`...) // bad UTF-8: refused at every door, so it cannot be here
	}
	return dst
}
