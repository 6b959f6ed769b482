package test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	maxLines     = 600 // of a file; think at 400
	maxMainLines = 30  // of cmd/lintel/main.go
)

// emptyNames say nothing about what a package owns.
var emptyNames = []string{"util", "utils", "common", "helper", "helpers", "manager", "impl"}

// outside is the neighbour of a checkout that the project must never need. It is put together
// here, so that this file does not name it.
const outside = "../" + "shared"

func TestForm(t *testing.T) {
	complaints, files, err := checkForm(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("%d Go files: the tree was not read", files)
	}
	for _, complaint := range complaints {
		t.Error(complaint)
	}
}

// checkForm reads every file of the tree and returns a sentence for each that breaks a rule,
// and the number of Go files.
func checkForm(tree fs.FS) (complaints []string, goFiles int, err error) {
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == ".git" || name == "bin" || strings.HasPrefix(d.Name(), ".lintel")):
			return fs.SkipDir
		case d.IsDir() && slices.Contains(emptyNames, d.Name()):
			complaints = append(complaints, name+": a package called "+d.Name()+" owns everything and nothing")
		case d.Type().IsRegular():
			text, err := fs.ReadFile(tree, name)
			if err != nil {
				return err
			}
			if path.Ext(name) == ".go" {
				goFiles++
				complaints = append(complaints, checkGo(name, text)...)
			}
			if strings.Contains(string(text), outside) {
				complaints = append(complaints, name+" names "+outside+": the project must stand alone")
			}
		}
		return nil
	})
	return complaints, goFiles, err
}

func checkGo(name string, text []byte) (complaints []string) {
	limit := maxLines
	if name == "cmd/lintel/main.go" {
		limit = maxMainLines
	}
	if lines := strings.Count(string(text), "\n"); lines > limit {
		complaints = append(complaints, fmt.Sprintf("%s has %d lines, more than %d", name, lines, limit))
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return append(complaints, err.Error())
	}
	if slices.Contains(emptyNames, file.Name.Name) {
		complaints = append(complaints, name+": a package called "+file.Name.Name+" owns everything and nothing")
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "init" && f.Recv == nil {
			complaints = append(complaints, name+" has an init function: importing a package must do nothing")
		}
	}
	return complaints
}

func TestFormRefuses(t *testing.T) {
	long := "package x\n" + strings.Repeat("\n", maxLines)
	for _, c := range []struct{ name, file, text, complaint string }{
		{"a long file", "internal/x/x.go", long, "internal/x/x.go has 601 lines"},
		{"a long main", "cmd/lintel/main.go", "package main\n" + strings.Repeat("\n", maxMainLines), "cmd/lintel/main.go has 31 lines"},
		{"an init function", "internal/x/x.go", "package x\nfunc init() {}\n", "has an init function"},
		{"a package with an empty name", "internal/x/x.go", "package util\n", "a package called util"},
		{"a directory with an empty name", "internal/common/x.go", "package x\n", "internal/common: a package called common"},
		{"a neighbour that is not ours", "docs/x.md", "see " + outside + "/design", "docs/x.md names " + outside},
		{"a file that is not Go", "internal/x/x.go", "package", "expected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := checkForm(fstest.MapFS{c.file: {Data: []byte(c.text)}})
			if err != nil || len(got) != 1 || !strings.Contains(got[0], c.complaint) {
				t.Errorf("complaints %q (%v), want one with %q", got, err, c.complaint)
			}
		})
	}
	fine := fstest.MapFS{"internal/x/x.go": {Data: []byte("package x\n\ntype T int\n\nfunc (T) init() {}\n")}}
	if got, files, err := checkForm(fine); got != nil || files != 1 || err != nil {
		t.Errorf("complaints %q about %d files (%v), want none about 1", got, files, err)
	}
}
