package cli

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the stories run this test binary as the command lintel.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lintel": func() {
		os.Exit(Main(os.Args[1:], Process{Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv, Version: "test"}))
	}})
}

// TestCommands runs the stories of testdata: what an operator types, and what is printed.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", Setup: func(e *testscript.Env) error {
		// A configuration with everything in the story's own directory.
		text := "[server]\nlisten = \"127.0.0.1:0\"\n[database]\nurl = \"sqlite://" + e.WorkDir + "/lintel.db\"\n[keys]\nmaster_key_file = \"" + e.WorkDir + "/master.key\"\n" +
			"[password]\nargon2_memory_kib = 64\nargon2_time = 1\n"
		return os.WriteFile(e.WorkDir+"/lintel.toml", []byte(text), 0o600)
	}})
}
