package cli

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/server"
)

type policyCmd struct {
	Show    policyShowCmd    `cmd:"" help:"Show the rules in force, and where each comes from."`
	Check   policyCheckCmd   `cmd:"" help:"Check a policy.yaml; fail on the first slip that a server would refuse to start with."`
	Diff    policyDiffCmd    `cmd:"" help:"Show what a policy.yaml changes."`
	Explain policyExplainCmd `cmd:"" help:"Decide for a caller and a target of your choice, and show how."`
	Why     policyWhyCmd     `cmd:"" help:"Say how to learn why a server answered a request with 403."`
}

// policySource is where the rules are read from: a file by itself, or a configuration's.
type policySource struct {
	configFlag
	File string `help:"A policy.yaml, instead of the configured one." type:"path" placeholder:"FILE"`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (s *policySource) settings(p Process) (config.Policy, error) {
	cfg, err := s.load(p)
	if err != nil {
		return config.Policy{}, err
	}
	if s.File != "" {
		cfg.Policy.File = s.File
	}
	return cfg.Policy, nil
}

func (s *policySource) open(p Process) (*policy.Engine, error) {
	settings, err := s.settings(p)
	if err != nil {
		return nil, err
	}
	return server.OpenPolicy(settings)
}

func printJSON(p Process, v any) error {
	if err := json.MarshalWrite(p.Out, v, jsontext.Multiline(true)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.Out)
	return err
}

// origin is where a rule comes from, in few words.
func origin(r policy.RuleInfo) string {
	if !r.Overridden {
		return "default"
	}
	return filepath.Base(r.File) + ":" + strconv.Itoa(r.Line)
}

func scopesText(scopes []string) string { return cmp.Or(strings.Join(scopes, ", "), "any") }

type policyShowCmd struct {
	policySource
	Rule string `arg:"" optional:"" help:"One rule, with what it reads and what it decides."`
}

// ruleDetail is one rule with what hangs on it.
type ruleDetail struct {
	policy.RuleInfo
	Reads  []string `json:"reads"`   // target attributes that it may look at
	UsedBy []string `json:"used_by"` // actions that it decides
}

// Run prints the rules.
func (c policyShowCmd) Run(p Process) error {
	engine, err := c.open(p)
	if err != nil {
		return err
	}
	if c.Rule != "" {
		return c.one(p, engine)
	}
	rules := engine.Rules()
	if c.JSON {
		return printJSON(p, rules)
	}
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tFROM\tSCOPES\tEXPRESSION")
	for _, r := range rules {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Name, origin(r), scopesText(r.Scopes), r.Expression)
	}
	return w.Flush()
}

func (c policyShowCmd) one(p Process, engine *policy.Engine) error {
	r, ok := engine.Rule(c.Rule)
	if !ok {
		return noRule(engine, c.Rule)
	}
	d := ruleDetail{RuleInfo: r, Reads: engine.Reads(r.Name), UsedBy: engine.UsedBy(r.Name)}
	if c.JSON {
		return printJSON(p, d)
	}
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "rule\t%s\nexpression\t%s\nscopes\t%s\nfrom\t%s (%s:%d)\n", r.Name, r.Expression, scopesText(r.Scopes), origin(r), r.File, r.Line)
	fmt.Fprintf(w, "reads\t%s\ndecides\t%s\n", cmp.Or(strings.Join(d.Reads, ", "), "-"), cmp.Or(strings.Join(d.UsedBy, ", "), "-"))
	return w.Flush()
}

// noRule is the error of a name that no rule has, with those that hold it.
func noRule(engine *policy.Engine, name string) error {
	var near []string
	for _, r := range engine.Rules() {
		if strings.Contains(r.Name, name) {
			near = append(near, r.Name)
		}
	}
	if len(near) == 0 {
		return fmt.Errorf("there is no rule %q\n  look: lintel policy show", name)
	}
	return fmt.Errorf("there is no rule %q\n  there are: %s", name, strings.Join(near[:min(len(near), 5)], ", "))
}

type policyCheckCmd struct{ policySource }

// policyFault is one thing wrong with a file.
type policyFault struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Rule    string `json:"rule"` // "" when the fault is not inside one rule
	Message string `json:"message"`
}

type policyReport struct {
	File    string        `json:"file"`
	Changes []ruleChange  `json:"changes"`
	Faults  []policyFault `json:"faults"`
}

// Run checks a file of overrides as a server does when it starts.
func (c policyCheckCmd) Run(p Process) error {
	settings, err := c.settings(p)
	if err != nil {
		return err
	}
	engine, err := server.OpenPolicy(settings)
	report := policyReport{File: settings.File, Changes: []ruleChange{}, Faults: faultsOf(err)}
	if err != nil {
		if c.JSON && len(report.Faults) > 0 {
			return errors.Join(fmt.Errorf("faults found: %d", len(report.Faults)), printJSON(p, report))
		}
		return err
	}
	if report.Changes, err = changesOf(engine); err != nil {
		return err
	}
	switch {
	case c.JSON:
		return printJSON(p, report)
	case settings.File == "":
		_, err = fmt.Fprintln(p.Out, "No file of overrides is configured: the defaults are in force.")
	default:
		_, err = fmt.Fprintf(p.Out, "%s is good: %d rules.\n  look: lintel policy diff\n", settings.File, len(report.Changes))
	}
	return err
}

// faultsOf takes the joined errors of a file apart.
func faultsOf(err error) []policyFault {
	faults := []policyFault{}
	var joined interface{ Unwrap() []error }
	var one *policy.LoadError
	switch {
	case errors.As(err, &joined):
		for _, e := range joined.Unwrap() {
			faults = append(faults, faultsOf(e)...)
		}
	case errors.As(err, &one):
		faults = append(faults, policyFault(*one))
	}
	return faults
}

type policyDiffCmd struct{ policySource }

// ruleChange is what a file does to one rule.
type ruleChange struct {
	Rule       string   `json:"rule"`
	File       string   `json:"file"`
	Line       int      `json:"line"`
	Change     string   `json:"change"`  // changed, added, or same: written as the default has it
	Default    *string  `json:"default"` // null for a rule that was added
	Expression string   `json:"expression"`
	Decides    []string `json:"decides"` // actions that the rule decides
}

// Run prints what the overrides change against the defaults.
func (c policyDiffCmd) Run(p Process) error {
	engine, err := c.open(p)
	if err != nil {
		return err
	}
	changes, err := changesOf(engine)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p, changes)
	}
	if len(changes) == 0 {
		_, err := fmt.Fprintln(p.Out, "Nothing differs from the defaults.")
		return err
	}
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tFROM\tCHANGE\tACTIONS DECIDED")
	for _, change := range changes {
		fmt.Fprintf(w, "%s\t%s:%d\t%s\t%d\n", change.Rule, filepath.Base(change.File), change.Line, change.Change, len(change.Decides))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, change := range changes {
		if change.Change == changeSame {
			continue
		}
		fmt.Fprintf(p.Out, "\n%s\n", change.Rule)
		if change.Default != nil {
			fmt.Fprintf(p.Out, "  - %s\n", *change.Default)
		}
		fmt.Fprintf(p.Out, "  + %s\n", change.Expression)
	}
	return nil
}

const changeSame = "same"

// changesOf compares the rules of a file with the defaults, in the order of the file.
func changesOf(engine *policy.Engine) ([]ruleChange, error) {
	defaults, err := policy.Defaults()
	if err != nil {
		return nil, err
	}
	changes := []ruleChange{}
	for _, r := range engine.Rules() {
		if !r.Overridden {
			continue
		}
		change := ruleChange{Rule: r.Name, File: r.File, Line: r.Line, Change: "added", Expression: r.Expression, Decides: engine.UsedBy(r.Name)}
		if old, ok := defaults.Rule(r.Name); ok {
			change.Change, change.Default = "changed", &old.Expression
			if old.Expression == r.Expression {
				change.Change = changeSame
			}
		}
		changes = append(changes, change)
	}
	slices.SortStableFunc(changes, func(a, b ruleChange) int { return cmp.Compare(a.Line, b.Line) })
	return changes, nil
}
