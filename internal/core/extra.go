package core

import (
	"maps"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/identity"
)

// mergeExtra sets the members of patch in old; a null member removes.
func mergeExtra(old, patch identity.Extra) (identity.Extra, error) {
	if patch == "" {
		return old, nil
	}
	have, err := extraMembers(old)
	if err != nil {
		return "", err
	}
	changes, err := extraMembers(patch)
	if err != nil {
		return "", err
	}
	maps.Copy(have, changes)
	maps.DeleteFunc(have, func(_ string, v jsontext.Value) bool { return v.Kind() == 'n' })
	if len(have) == 0 {
		return "", nil
	}
	b, err := json.Marshal(have, json.Deterministic(true))
	return identity.Extra(b), err
}

func extraMembers(e identity.Extra) (map[string]jsontext.Value, error) {
	m := map[string]jsontext.Value{}
	if e == "" {
		return m, nil
	}
	err := json.Unmarshal([]byte(e), &m)
	return m, err
}
