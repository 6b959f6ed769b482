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
		for _, name := range [][3]string{{"lintel", "lintel", "master"}, {"absent", "absent", "master"}, {"fresh", "fresh", "master"}, {"served", "served", "master"}, {"wrong", "wrong", "wrong"}} {
			text := "[server]\nlisten = \"127.0.0.1:0\"\nmetrics_listen = \"\"\n[database]\nurl = \"sqlite://" + e.WorkDir + "/" + name[1] + ".db\"\n[keys]\nmaster_key_file = \"" + e.WorkDir + "/" + name[2] + ".key\"\n" +
				"[password]\nargon2_memory_kib = 64\nargon2_time = 1\n"
			if err := os.WriteFile(e.WorkDir+"/"+name[0]+".toml", []byte(text), 0o600); err != nil {
				return err
			}
		}
		return nil
	}})
}
