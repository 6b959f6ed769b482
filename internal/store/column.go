package store

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/identity"
)

// listSep parts the items of a list, and fieldSep the fields of an item, where SQL joins rows
// into one text. Control characters are refused in names and ids, so neither is in an item.
const (
	listSep  = "\x1e"
	fieldSep = "\x1f"
)

// micros is a time as columns keep it: microseconds since 1970, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// roleIDs reads a joined list of role ids.
func roleIDs(list string) (ids []identity.RoleID) {
	if list == "" {
		return nil
	}
	for id := range strings.SplitSeq(list, listSep) {
		ids = append(ids, identity.RoleID(id))
	}
	return ids
}

// resourceOptions is how the options of projects and roles are written down.
type resourceOptions struct {
	Immutable *bool `json:"immutable,omitzero"`
}

func encodeResourceOptions(o identity.ResourceOptions) (string, error) {
	if o.Immutable == nil {
		return "", nil
	}
	return encode(resourceOptions(o))
}

func decodeResourceOptions(text string) (identity.ResourceOptions, error) {
	o, err := decode[resourceOptions](text)
	if err != nil || o == nil {
		return identity.ResourceOptions{}, err
	}
	return identity.ResourceOptions(*o), nil
}

func encodeUserOptions(o *identity.UserOptions) (string, error) {
	if o == nil {
		return "", nil
	}
	return encode(o)
}

// encode writes v as JSON.
func encode(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

// decode reads what encode wrote; "" is nil.
func decode[T any](text string) (*T, error) {
	if text == "" {
		return nil, nil
	}
	v := new(T)
	return v, json.Unmarshal([]byte(text), v)
}
