package api

import (
	"bytes"
	"iter"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/identity"
)

// Listing is how the items of a list are answered.
type Listing[T, Out any] struct {
	Name string                   // of the list's member
	Page identity.Page            // that was asked for
	Out  func(*Request, T) Out    // an item on the wire
	ID   func(item T) (id string) // names an item, for the next page

	V2 bool // the links are an empty list "<name>_links", and nothing says that a list was cut
}

// Reply answers {"<name>": [...], "links": {...}}. The items are written as they come: however
// many there are, only a part of the answer is in memory. An error after the first part has
// gone out breaks the answer off. A list that nobody asked to be paged is cut at the operator's
// list_limit, and says so.
func (l Listing[T, Out]) Reply(w http.ResponseWriter, r *Request, items iter.Seq2[T, error]) error {
	body := listBody{w: w, buffer: GetBuffer()}
	defer body.buffer.Put()
	enc := jsontext.NewEncoder(&body)
	n, last, truncated := 0, "", false
	err := writeTokens(enc, jsontext.BeginObject, jsontext.String(l.Name), jsontext.BeginArray)
	var out Out // one for all: the encoder would allocate each
	for item, failed := range items {
		if err == nil {
			err = failed
		}
		if err != nil {
			return err
		}
		if truncated = l.Page.Limit == 0 && r.listLimit > 0 && n == r.listLimit; truncated {
			break
		}
		out, last = l.Out(r, item), l.ID(item)
		n++
		err = json.MarshalEncode(enc, &out)
	}
	if err == nil {
		err = l.end(enc, r.ListLinks(l.Page, n, last), truncated)
	}
	if err != nil {
		return err
	}
	return body.flush(true)
}

func (l Listing[T, Out]) end(enc *jsontext.Encoder, links ListLinks, truncated bool) error {
	if l.V2 {
		return writeTokens(enc, jsontext.EndArray, jsontext.String(l.Name+"_links"), jsontext.BeginArray, jsontext.EndArray, jsontext.EndObject)
	}
	if err := writeTokens(enc, jsontext.EndArray, jsontext.String("links")); err != nil {
		return err
	}
	if err := json.MarshalEncode(enc, &links); err != nil {
		return err
	}
	if truncated {
		if err := writeTokens(enc, jsontext.String("truncated"), jsontext.True); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

func writeTokens(enc *jsontext.Encoder, tokens ...jsontext.Token) error {
	for _, t := range tokens {
		if err := enc.WriteToken(t); err != nil {
			return err
		}
	}
	return nil
}

// listPart is the size of the answer, in bytes, from which on it is sent in parts.
const listPart = 256 << 10

// listBody gathers an answer. One that stays small is sent whole, with its length.
type listBody struct {
	w      http.ResponseWriter
	buffer *Buffer
	begun  bool
}

func (b *listBody) Write(p []byte) (int, error) {
	b.buffer.B = append(b.buffer.B, p...)
	if len(b.buffer.B) < listPart {
		return len(p), nil
	}
	return len(p), b.flush(false)
}

// flush sends what has been gathered.
func (b *listBody) flush(end bool) error {
	if end {
		b.buffer.B = bytes.TrimSuffix(b.buffer.B, []byte{'\n'}) // the encoder ends each text with one
	}
	if !b.begun {
		b.begun = true
		h := b.w.Header()
		h["Content-Type"] = jsonType
		if end {
			h["Content-Length"] = []string{strconv.Itoa(len(b.buffer.B))}
		}
		b.w.WriteHeader(http.StatusOK)
	}
	_, err := b.w.Write(b.buffer.B)
	b.buffer.B = b.buffer.B[:0]
	if end {
		return nil // a client that has gone away needs no answer
	}
	return err
}
