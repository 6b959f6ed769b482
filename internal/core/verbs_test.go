package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/policy"
)

// withoutVerb are the rules that no verb asks about, and why.
var withoutVerb = map[string]string{
	"identity:revocation_list":        "GET /v3/auth/tokens/OS-PKI/revoked refuses everybody",
	"identity:list_projects_for_user": "Keystone asks get_auth_projects for the route that it names",
	"identity:list_domains_for_user":  "Keystone asks get_auth_domains for the route that it names",
}

// withoutRule are the methods that ask no rule although they take a caller, and what guards them.
var withoutRule = map[string]string{
	"Core.ChangePassword":      "a login: whoever knows the old password may",
	"Core.ChangeLoginPassword": "the same",
	"Core.ChangeAPIPassword":   "a login: whoever knows the login password may",
	"Core.CheckAccessRules":    "a guard itself: it only takes away",
	"Core.KeepDenial":          "no request's: the router reports by it",
	"Core.OwnProjects":         "a part of the answer to Project, which asks: it leaves out what the caller has no role on",
	"Core.BeginPortalSession":  "no act: it writes down that somebody has signed in",
	"Core.NotePortalSession":   "no act: it counts that somebody is there",
}

// about are the tables that speak of actions without doing them.
var about = []string{"delegationRules", "openToEC2"}

// source is what the Go files of the verbs say: the actions that each function names, and what
// it calls. A function is known by its name, a method by its receiver's type too.
type source struct {
	names   map[string][]string // function or package variable → actions
	calls   map[string][]string // function → functions and package variables
	literal map[string]token.Position
	verbs   []string // exported methods of Core that take an identity.Caller
}

func readSource(t *testing.T) *source {
	t.Helper()
	s := &source{names: map[string][]string{}, calls: map[string][]string{}, literal: map[string]token.Position{}}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, e.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			s.read(files, d)
		}
	}
	return s
}

func (s *source) read(files *token.FileSet, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name, receiver := d.Name.Name, ""
		if d.Recv != nil {
			of := typeName(d.Recv.List[0].Type)
			if of == "Core" && ast.IsExported(name) && takesCaller(d) {
				s.verbs = append(s.verbs, "Core."+name)
			}
			if len(d.Recv.List[0].Names) > 0 {
				receiver = d.Recv.List[0].Names[0].Name
			}
			name = of + "." + name
		}
		s.walk(files, name, receiver, d)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok {
				for _, name := range v.Names {
					s.walk(files, name.Name, "", v)
				}
			}
		}
	}
}

// walk notes the actions and the calls in a declaration. A selector on the receiver is a method
// of its type; any other name may be a function or a variable of the package.
func (s *source) walk(files *token.FileSet, name, receiver string, in ast.Node) {
	of, _, _ := strings.Cut(name, ".")
	ast.Inspect(in, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && isActionName(text) {
				s.names[name] = append(s.names[name], text)
				s.literal[text] = files.Position(n.Pos())
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && receiver != "" && x.Name == receiver {
				s.calls[name] = append(s.calls[name], of+"."+n.Sel.Name)
			}
		case *ast.Ident:
			s.calls[name] = append(s.calls[name], n.Name)
		}
		return true
	})
}

func isActionName(text string) bool {
	_, name, ok := strings.Cut(text, ":")
	return ok && (strings.HasPrefix(text, "identity:") || strings.HasPrefix(text, "lintel:")) && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func typeName(x ast.Expr) string {
	if star, ok := x.(*ast.StarExpr); ok {
		x = star.X
	}
	if id, ok := x.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func takesCaller(f *ast.FuncDecl) bool {
	return slices.ContainsFunc(f.Type.Params.List, func(p *ast.Field) bool {
		sel, ok := p.Type.(*ast.SelectorExpr)
		return ok && sel.Sel.Name == "Caller"
	})
}

// reach returns all that a function calls, and what that calls.
func (s *source) reach(from string) map[string]bool {
	seen := map[string]bool{from: true}
	for todo := []string{from}; len(todo) > 0; {
		next := todo[0]
		todo = todo[1:]
		for _, to := range s.calls[next] {
			if !seen[to] && (s.calls[to] != nil || s.names[to] != nil) {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	return seen
}

func rules(t *testing.T) map[string]bool {
	t.Helper()
	engine, err := policy.Defaults()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, r := range engine.Rules() {
		if isActionName(r.Name) {
			found[r.Name] = true
		}
	}
	if len(found) < 190 {
		t.Fatalf("%d rules: the defaults were not read", len(found))
	}
	return found
}

// An action that is misspelt would be denied to everybody.
func TestEveryActionHasARule(t *testing.T) {
	rules := rules(t)
	for action, at := range readSource(t).literal {
		if !rules[action] {
			t.Errorf("%s: %s is no rule of defaults.policy", at, action)
		}
	}
}

// A rule that no verb asks about would be an operator's lock without a door.
func TestEveryRuleHasAVerb(t *testing.T) {
	s := readSource(t)
	asked := map[string]bool{}
	for _, verb := range s.verbs {
		for f := range s.reach(verb) {
			if !slices.Contains(about, f) {
				for _, action := range s.names[f] {
					asked[action] = true
				}
			}
		}
	}
	for action := range rules(t) {
		if why := withoutVerb[action]; asked[action] == (why != "") {
			t.Errorf("%s: asked about by a verb: %v, the list of exceptions says %q", action, asked[action], why)
		}
	}
}

// Every verb that somebody calls asks policy, by itself or through what it calls.
func TestEveryVerbAsksPolicy(t *testing.T) {
	s := readSource(t)
	if len(s.verbs) < 50 {
		t.Fatalf("%d verbs: the source was not read", len(s.verbs))
	}
	for _, verb := range s.verbs {
		why, excepted := withoutRule[verb]
		if asks := s.reach(verb)["Core.enforce"]; asks == excepted {
			t.Errorf("%s asks policy: %v, the list of exceptions says %q", verb, asks, why)
		}
	}
	for _, verb := range slices.Sorted(maps.Keys(withoutRule)) {
		if !slices.Contains(s.verbs, verb) {
			t.Errorf("%s is no verb", verb)
		}
	}
}
