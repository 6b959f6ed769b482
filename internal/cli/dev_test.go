package cli

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// startDev runs dev mode in a directory of its own until the test ends, and returns what it prints until it says how to
// stop it.
func startDev(t *testing.T, flags ...string) (dir, banner string) {
	t.Helper()
	dir = t.TempDir()
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := Main(append([]string{"dev", "--data", dir, "--listen", "127.0.0.1:0"}, flags...), Process{Out: in, Err: io.Discard, Env: func(string) (string, bool) { return "", false }, Version: "test"})
		ended <- code
		_ = in.Close() // it cannot fail
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		banner += lines.Text() + "\n"
		if strings.HasPrefix(lines.Text(), "Ctrl-C") || strings.HasPrefix(lines.Text(), "{") {
			break
		}
	}
	if banner == "" {
		t.Fatal("nothing is printed; exit status", <-ended)
	}
	t.Cleanup(func() {
		// The command has taken over the process's signals: this ends it, not the test.
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		_ = out.Close() // nobody reads what else it says; it cannot fail
		if code := <-ended; code != 0 {
			t.Errorf("exit status %d", code)
		}
	})
	return dir, banner
}

// A newcomer clicks the link that dev mode prints, and is the administrator in the portal.
func TestDevModePrintsALinkThatSignsIn(t *testing.T) {
	dir, banner := startDev(t)
	link := regexp.MustCompile(`http://127\.0\.0\.1:\d+/portal/welcome/[A-Z2-7]{26}`).FindString(banner)
	if link == "" {
		t.Fatalf("no link: %s", banner)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	read := func(resp *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if page := read(browser.Get(link)); !strings.Contains(page, "Sign in as the administrator") {
		t.Errorf("the link leads to %s", page)
	}
	form := url.Values{"code": {path.Base(link)}}
	if page := read(browser.PostForm(strings.TrimSuffix(link, "/"+path.Base(link)), form)); !strings.Contains(page, "Application Credentials") || !strings.Contains(page, "<b>admin</b>") {
		t.Errorf("the button leads to %s", page)
	}
	log, err := os.ReadFile(filepath.Join(dir, "lintel.log"))
	if err != nil || strings.Contains(string(log), path.Base(link)) {
		t.Errorf("the log holds the code, or cannot be read: %v", err)
	}
}

// What machines read is kept, so it has no secret.
func TestTheJSONBannerHasNoLink(t *testing.T) {
	if _, banner := startDev(t, "--json"); strings.Contains(banner, "welcome") {
		t.Errorf("the banner has a link: %s", banner)
	}
}

func TestABrowserIsOpenedWhereSomebodySeesIt(t *testing.T) {
	for name, c := range map[string]struct {
		system   string
		env      map[string]string
		terminal bool
		want     string
	}{
		"X11":                        {"linux", map[string]string{"DISPLAY": ":0"}, true, "xdg-open"},
		"Wayland":                    {"linux", map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, true, "xdg-open"},
		"a Mac":                      {"darwin", nil, true, "open"},
		"no display":                 {"linux", nil, true, ""},
		"a display of an empty name": {"linux", map[string]string{"DISPLAY": ""}, true, ""},
		"no terminal":                {"linux", map[string]string{"DISPLAY": ":0"}, false, ""},
		"a Mac without a terminal":   {"darwin", nil, false, ""},
	} {
		if got := browserOpener(c.system, func(name string) (string, bool) { v, ok := c.env[name]; return v, ok }, c.terminal); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if isTerminal(io.Discard) {
		t.Error("a writer of the program's own is taken for a terminal")
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if isTerminal(file) {
		t.Error("a file is taken for a terminal")
	}
}

// The command that opens the browser is told a file that only its owner may read, not the link.
func TestTheLinkIsInNobodysArguments(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	dir, commands, called := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "called")
	if err := syscall.Mkfifo(called, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"xdg-open", "open"} {
		if err := os.WriteFile(filepath.Join(commands, name), []byte("#!/bin/sh\nprintf %s \"$*\" >'"+called+"'\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", commands)
	display := func(name string) (string, bool) { return ":0", name == "DISPLAY" }
	if err := openPortal(Process{Out: terminal, Env: display}, dir, `http://127.0.0.1:1/portal/welcome/C0DE`); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(called)
	if err != nil || string(got) != filepath.Join(dir, "portal.html") {
		t.Fatalf("called with %q, %v", got, err)
	}
	text, err := os.ReadFile(string(got))
	info, err2 := os.Stat(string(got))
	if err != nil || err2 != nil || info.Mode().Perm() != 0o600 || !strings.Contains(string(text), `content="0; url=http://127.0.0.1:1/portal/welcome/C0DE"`) {
		t.Errorf("%v %v %s", err, err2, text)
	}
}
