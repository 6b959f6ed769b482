package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

const maxOverrides = 1 << 20 // bytes

// parseOverrides reads policy.yaml or policy.json; JSON is read as YAML. The rules are not linked.
func parseOverrides(text []byte, file string) ([]*rule, error) {
	fault := func(line int, format string, args ...any) error {
		return &LoadError{File: file, Line: max(line, 1), Message: fmt.Sprintf(format, args...)}
	}
	if len(text) > maxOverrides {
		return nil, fault(1, "larger than %d bytes", maxOverrides)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, nil // empty, or comments only
	case err != nil:
		line, message := yamlError(err)
		return nil, fault(line, "%s", message)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, fault(second.Line, "want one document")
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" && root.Value == "" {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, fault(root.Line, "want an object of rule names and expressions")
	}
	var rules []*rule
	var faults []error
	seen := map[string]bool{}
	for i := 0; i < len(root.Content); i += 2 {
		key, val := root.Content[i], root.Content[i+1]
		if !isText(key) || key.Value == "" {
			faults = append(faults, fault(key.Line, "want the name of a rule"))
			continue
		}
		r := &rule{name: key.Value, file: file, line: key.Line, overridden: true}
		if seen[r.name] {
			faults = append(faults, r.errorf("written twice"))
			continue
		}
		seen[r.name] = true
		if err := r.read(val); err != nil {
			faults = append(faults, r.errorf("%v", err))
			continue
		}
		rules = append(rules, r)
	}
	return rules, errors.Join(faults...)
}

// yamlError parts the parser's "yaml: line 3: message"; it has no other way to tell the line.
func yamlError(err error) (line int, message string) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	if n, err := fmt.Sscanf(message, "line %d:", &line); err != nil || n != 1 {
		return 1, message
	}
	_, message, _ = strings.Cut(message, ": ")
	return line, message
}

// isText reports whether n is a string. YAML reads an unquoted ! as a tag and nothing as null, so the kind
// alone does not say it.
func isText(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" }

// read fills in the expression from its text or its list form.
func (r *rule) read(n *yaml.Node) (err error) {
	switch {
	case isText(n):
		r.text = n.Value
		r.expr, err = parse(n.Value)
		return err
	case n.Kind != yaml.SequenceNode:
		return errors.New(`want a text in quotes or a list; "@" allows all, "!" denies all`)
	}
	items := make([][]string, len(n.Content))
	for i, item := range n.Content {
		texts := []*yaml.Node{item}
		if item.Kind == yaml.SequenceNode {
			texts = item.Content
		}
		for _, t := range texts {
			if !isText(t) {
				return fmt.Errorf("item %d: want a check, or a list of checks, in quotes", i+1)
			}
			items[i] = append(items[i], t.Value)
		}
	}
	if r.expr, err = parseList(items); err == nil {
		r.text = r.expr.String()
	}
	return err
}
