package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Error is one thing wrong with the configuration. Line and Column count from 1; zero means the key does not stand in
// the file, or that there is no file.
type Error struct {
	File   string
	Line   int
	Column int
	Key    string // dotted: "server.listen"; "" when the text is not TOML at all
	Text   string
}

// Error is "file:line:column: key: text", without the parts that are unknown.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Text)
	return b.String()
}

// Load reads the file over the defaults, takes LINTEL_MASTER_KEY and what a service manager put into CREDENTIALS_DIRECTORY
// from the environment, and validates the result. An empty path means no file. The error joins one *Error for each thing wrong.
func Load(path string, env func(string) (string, bool)) (*Config, error) {
	c := Default()
	if key, set := env("LINTEL_MASTER_KEY"); set {
		c.Keys.environmentKey = func() string { return key }
	}
	if dir, _ := env("CREDENTIALS_DIRECTORY"); dir != "" {
		if file := filepath.Join(dir, credentialName); exists(file) {
			c.Keys.credential = file
		}
	}
	if path == "" {
		return checked(c, "", nil)
	}
	text, mode, err := read(path)
	if err != nil {
		return nil, err
	}
	if err := decode(text, c); err != nil {
		return nil, located(path, err)
	}
	at, err := positions(text)
	if err != nil {
		return nil, located(path, err)
	}
	// CVE-2013-1977: Keystone's installed configuration showed its passwords to every local user.
	if c.Database.URL.HasPassword() && mode.Perm()&0o007 != 0 {
		return nil, &Error{File: path, Text: fmt.Sprintf("holds the database password but every local user can open it (mode %04o): chmod 0640 %s",
			mode.Perm(), path)}
	}
	return checked(c, path, at)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func read(path string) ([]byte, fs.FileMode, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, fmt.Errorf("config: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, fmt.Errorf("config: %w", err)
	}
	return text, info.Mode(), nil
}

// decode is strict and reports every unknown key at once.
func decode(text []byte, c *Config) error {
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(c)
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		var all []error
		for i := range unknown.Errors {
			all = append(all, decodeError(&unknown.Errors[i], "unknown key"))
		}
		return errors.Join(all...)
	case errors.As(err, &wrong):
		return decodeError(wrong, strings.TrimPrefix(wrong.Error(), "toml: "))
	case err != nil:
		return firstFailing(text, err)
	}
	return nil
}

// decodeError leaves out the library's long form, which quotes the document and with it the secrets in it.
func decodeError(e *toml.DecodeError, text string) *Error {
	line, column := e.Position()
	return &Error{Line: line, Column: column, Key: strings.Join(e.Key(), "."), Text: text}
}

// setting is one line of the file that names a key.
type setting struct {
	key string
	at  unstable.Position
}

// settings lists the keys of the file up to the first syntax error, which it returns.
func settings(text []byte) ([]setting, error) {
	var all []setting
	var parser unstable.Parser
	parser.Reset(text)
	table := ""
	for parser.NextExpression() {
		expression := parser.Expression()
		var s setting
		var parts []string
		for key := expression.Key(); key.Next(); {
			if len(parts) == 0 {
				s.at = parser.Shape(key.Node().Raw).Start
			}
			parts = append(parts, string(key.Node().Data))
		}
		s.key = strings.Join(parts, ".")
		if expression.Kind != unstable.KeyValue {
			table = s.key
		} else {
			s.key = strings.TrimPrefix(table+"."+s.key, ".")
		}
		all = append(all, s)
	}
	return all, parser.Error()
}

// positions maps each dotted key to where it stands. The library matches keys without regard to case; here a key that is
// not written exactly as documented is an error, so that a file has one reading.
func positions(text []byte) (map[string]unstable.Position, error) {
	all, err := settings(text)
	if err != nil {
		return nil, err
	}
	at := map[string]unstable.Position{}
	var wrong []error
	for _, s := range all {
		if lower := strings.ToLower(s.key); lower != s.key {
			wrong = append(wrong, &Error{Line: s.at.Line, Column: s.at.Column, Key: s.key, Text: "unknown key; keys are lower-case: " + lower})
		}
		at[s.key] = s.at
	}
	return at, errors.Join(wrong...)
}

// firstFailing finds the place of an error that the library reports without one, as it does for a number where a text
// type is wanted: it is the last key of the shortest beginning of the file that fails.
func firstFailing(text []byte, err error) error {
	all, syntax := settings(text)
	if syntax != nil {
		return err
	}
	for i, s := range all {
		end := len(text)
		if i+1 < len(all) {
			end = bytes.LastIndexByte(text[:all[i+1].at.Offset], '\n') + 1
		}
		if toml.Unmarshal(text[:end], Default()) != nil {
			return &Error{Line: s.at.Line, Column: s.at.Column, Key: s.key, Text: err.Error()}
		}
	}
	return err
}

func checked(c *Config, path string, at map[string]unstable.Position) (*Config, error) {
	problems := c.problems()
	for _, p := range problems {
		position := nearest(at, p.Key)
		p.File, p.Line, p.Column = path, position.Line, position.Column
	}
	if err := joined(problems); err != nil {
		return nil, err
	}
	return c, nil
}

// nearest is where the key stands, or else the table it belongs to.
func nearest(at map[string]unstable.Position, key string) unstable.Position {
	for {
		if position, found := at[key]; found {
			return position
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return unstable.Position{}
		}
		key = key[:dot]
	}
}

// located puts the file name on every Error inside err.
func located(path string, err error) error {
	var one *Error
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			if errors.As(e, &one) {
				one.File = cmp.Or(one.File, path)
			}
		}
		return err
	}
	if errors.As(err, &one) {
		one.File = cmp.Or(one.File, path)
		return err
	}
	return &Error{File: path, Text: err.Error()}
}
