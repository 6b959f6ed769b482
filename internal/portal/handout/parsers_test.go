//go:build interop

package handout

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The languages themselves read what was quoted for them: a program for each prints its strings, as it understands them.
func TestTheLanguagesReadWhatWasQuoted(t *testing.T) {
	words := append([]string{}, canaries...)
	for r := range rune(0x300) {
		words = append(words, string(r)+"\\"+string(r))
	}
	for i := range 300 {
		words = append(words, rapid.String().Example(i))
	}
	for language, c := range map[string]struct {
		quote              func(string) string
		file, before, each string
		after              string
		command            []string
	}{
		"Python": {escape, "x.py", "", "print(%s.encode().hex())\n", "", []string{"/usr/bin/python3"}},
		"Node":   {units, "x.mjs", "", "console.log(Buffer.from(%s).toString('hex'));\n", "", []string{"node"}},
		"PHP":    {php, "x.php", "<?php\n", "echo bin2hex(%s), \"\\n\";\n", "", []string{"php"}},
		"Java": {java, "X.java", "class X { static void p(String s) throws Exception { System.out.println(java.util.HexFormat.of().formatHex(s.getBytes(\"UTF-8\"))); }\n" +
			"public static void main(String[] a) throws Exception {\n", "p(%s);\n", "}}\n", []string{"java"}},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			var program bytes.Buffer
			program.WriteString(c.before)
			for _, w := range words {
				fmt.Fprintf(&program, c.each, c.quote(w))
			}
			program.WriteString(c.after)
			file := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(file, program.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(c.command[0], file)
			cmd.Env = append(os.Environ(), "LC_ALL=C")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v (.ci/run installs it)\n%.2000s", err, out)
			}
			for i, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
				want := words[i]
				if language != "PHP" { // whose strings are bytes
					want = string([]rune(want))
				}
				if got, err := hex.DecodeString(line); err != nil || string(got) != want {
					t.Errorf("%q is read as %q (%v)", want, got, err)
				}
			}
		})
	}
}
