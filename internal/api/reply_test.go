package api

import (
	"testing"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

// TestAppendStringWritesWhatJSONWrites for any text.
func TestAppendStringWritesWhatJSONWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		got := string(AppendString([]byte("before"), s))
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got != "before"+string(want) {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}
