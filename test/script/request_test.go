package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// answer is a response, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) String() string {
	if a == nil {
		return "none"
	}
	return fmt.Sprintf("%d %s", a.status, a.body)
}

// client follows no redirect: an answer is what the server said first.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// do sends a request; header holds "Name:value".
func (s *site) do(method, path string, body []byte, header ...string) (*answer, error) {
	req, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Set(name, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(resp.Body)
	return &answer{resp.StatusCode, resp.Header, text}, errors.Join(err, resp.Body.Close())
}

var headerArgument = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*:`)

func (st *story) request(ts *testscript.TestScript, method string, neg bool, args []string) error {
	if neg || len(args) == 0 {
		return errors.New("usage: " + method + " /path [body] [Name:value ...]")
	}
	var header []string
	if st.token != "" {
		header = append(header, "X-Auth-Token:"+st.token)
	}
	var body []byte
	for _, arg := range args[1:] {
		if headerArgument.MatchString(arg) {
			header = append(header, arg)
			continue
		}
		text := arg
		if !strings.HasPrefix(strings.TrimSpace(arg), "{") && !strings.HasPrefix(arg, "[") {
			text = ts.ReadFile(arg)
		}
		var err error
		if body, err = expand(ts, text); err != nil {
			return err
		}
	}
	last, err := st.do(method, args[0], body, header...)
	st.last = last
	return err
}

// expand replaces $NAME and ${NAME}, and \xNN by that byte; $(name)s of URL templates stays.
func expand(ts *testscript.TestScript, text string) (body []byte, err error) {
	text = os.Expand(text, func(name string) string {
		value := ts.Getenv(name)
		if value == "" {
			err = errors.Join(err, fmt.Errorf("the body uses $%s, which is not set", name))
		}
		return value
	})
	for before, after, found := strings.Cut(text, `\x`); ; before, after, found = strings.Cut(after, `\x`) {
		body = append(body, before...)
		if !found {
			return body, err
		}
		b, hexErr := strconv.ParseUint(after[:min(2, len(after))], 16, 8)
		if hexErr != nil {
			return nil, hexErr
		}
		body, after = append(body, byte(b)), after[2:]
	}
}

func (st *story) cmdStatus(_ *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 1 || st.last == nil {
		return errors.New("usage: status CODE, after a request")
	}
	if strconv.Itoa(st.last.status) != args[0] {
		return fmt.Errorf("%d, want %s", st.last.status, args[0])
	}
	return nil
}

func (st *story) cmdHeader(_ *testscript.TestScript, neg bool, args []string) error {
	if len(args) == 0 || len(args) > 2 || st.last == nil {
		return errors.New("usage: header NAME [VALUE], after a request")
	}
	got := st.last.header.Values(args[0])
	found := len(got) > 0 && (len(args) == 1 || strings.Join(got, ", ") == args[1])
	if found == neg {
		return fmt.Errorf("%s is %q", args[0], got)
	}
	return nil
}

// find returns the values at a dotted path of the body.
func (st *story) find(path string) ([]any, error) {
	if st.last == nil {
		return nil, errors.New("there was no request")
	}
	var v any
	if err := json.Unmarshal(st.last.body, &v); err != nil {
		return nil, fmt.Errorf("the body is not JSON: %w", err)
	}
	found := []any{v}
	for _, step := range strings.Split(path, ".") {
		var next []any
		for _, v := range found {
			next = append(next, below(v, step)...)
		}
		found = next
	}
	return found, nil
}

func below(v any, step string) (found []any) {
	switch v := v.(type) {
	case map[string]any:
		if member, ok := v[step]; ok {
			return []any{member}
		}
	case []any:
		if step == "*" {
			return v
		}
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(v) {
			return v[i : i+1]
		}
	}
	return nil
}

// text is the string itself, or the JSON of any other value.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func (st *story) cmdJSON(_ *testscript.TestScript, neg bool, args []string) error {
	if len(args) == 0 || len(args) > 2 {
		return errors.New("usage: json PATH [VALUE]")
	}
	found, err := st.find(args[0])
	if err != nil {
		return err
	}
	holds := len(found) > 0 && len(args) == 1
	for _, v := range found {
		holds = holds || len(args) == 2 && text(v) == args[1]
	}
	if holds == neg {
		return fmt.Errorf("%s is %s", args[0], text(found))
	}
	return nil
}

func (st *story) cmdCount(_ *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: count PATH NUMBER")
	}
	v, err := st.one(args[0])
	if err != nil {
		return err
	}
	n := -1
	switch v := v.(type) {
	case []any:
		n = len(v)
	case map[string]any:
		n = len(v)
	}
	if strconv.Itoa(n) != args[1] {
		return fmt.Errorf("%s has %d, want %s", args[0], n, args[1])
	}
	return nil
}

func (st *story) one(path string) (any, error) {
	found, err := st.find(path)
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%d values at %s", len(found), path)
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (st *story) cmdMatch(_ *testscript.TestScript, neg bool, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: match PATH REGEXP")
	}
	want, err := regexp.Compile(args[1])
	if err != nil {
		return err
	}
	v, err := st.one(args[0])
	if err != nil {
		return err
	}
	if want.MatchString(text(v)) == neg {
		return fmt.Errorf("%s is %s", args[0], text(v))
	}
	return nil
}

func (st *story) cmdSame(ts *testscript.TestScript, neg bool, args []string) error {
	if len(args) != 1 || st.last == nil {
		return errors.New("usage: same NAME, of a saved body")
	}
	if (string(st.last.body) == ts.Getenv(args[0])) == neg {
		return fmt.Errorf("the saved body is %s", ts.Getenv(args[0]))
	}
	return nil
}

func (st *story) cmdSave(ts *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: save NAME PATH")
	}
	v, err := st.one(args[1])
	if err == nil {
		ts.Setenv(args[0], text(v))
	}
	return err
}

func (st *story) cmdSaveHeader(ts *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 2 || st.last == nil || st.last.header.Get(args[1]) == "" {
		return errors.New("usage: saveheader NAME HEADER, of an answer that has it")
	}
	ts.Setenv(args[0], st.last.header.Get(args[1]))
	return nil
}

func (st *story) cmdSaveBody(ts *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 1 || st.last == nil {
		return errors.New("usage: savebody NAME, after a request")
	}
	ts.Setenv(args[0], string(st.last.body))
	return nil
}

func (st *story) cmdFill(ts *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: fill NAME LENGTH")
	}
	n, err := strconv.Atoi(args[1])
	if err == nil {
		ts.Setenv(args[0], strings.Repeat("x", n))
	}
	return err
}
