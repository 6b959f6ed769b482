package rig

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Settings are those of a lintel.toml, by "section.key"; the values are written as they are, so texts bring their quotes.
type Settings map[string]string

// toml writes the sections one after the other.
func (s Settings) toml() string {
	sections := map[string][]string{}
	for key, value := range s {
		section, name, _ := strings.Cut(key, ".")
		sections[section] = append(sections[section], name+" = "+value+"\n")
	}
	var b strings.Builder
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		lines := sections[section]
		slices.Sort(lines)
		fmt.Fprintf(&b, "[%s]\n%s", section, strings.Join(lines, ""))
	}
	return b.String()
}

// Node is one lintel process, with its configuration, which stays when the process ends.
type Node struct {
	Name   string
	Port   int // of the API
	Ops    int // port of the metrics
	TLS    bool
	Config string // path of its lintel.toml
	Log    string // path of what it printed

	binary string
	mu     sync.Mutex
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process has ended
}

// readyLimit is how long a start may take.
const readyLimit = 60 * time.Second

// NewNode writes the configuration of a node. It is not started.
func NewNode(d *Dir, binary, name string, s Settings) (*Node, error) {
	n := &Node{Name: name, binary: binary, Log: filepath.Join(d.Path, name+".log")}
	var err1, err2 error
	n.Port, err1 = d.FreePort()
	n.Ops, err2 = d.FreePort()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	all := Settings{
		"server.listen":         Quote(Address(n.Port)),
		"server.metrics_listen": Quote(Address(n.Ops)),
		"server.drain":          `"1s"`,
		"log.level":             `"warn"`,
		"log.access":            "false",
	}
	for key, value := range s {
		all[key] = value
	}
	n.TLS = all["server.tls_cert"] != ""
	var err error
	n.Config, err = d.Write(name+".toml", all.toml())
	d.AtEnd(func() error {
		n.Kill()
		return nil
	})
	return n, err
}

// Quote writes a text as the value of a setting; those used here need no escapes.
func Quote(text string) string { return `"` + text + `"` }

// URL is the base of the node's API.
func (n *Node) URL() string {
	if n.TLS {
		return "https://" + Address(n.Port)
	}
	return "http://" + Address(n.Port)
}

// Begin starts the process without waiting for it.
func (n *Node) Begin() error {
	log, err := os.OpenFile(n.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd := exec.Command(n.binary, "serve", "--config", n.Config) //nolint:gosec // G204: the program under test
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us, who end it in order
	err = errors.Join(cmd.Start(), log.Close())
	if err != nil {
		return err
	}
	exited := make(chan struct{})
	n.mu.Lock()
	n.cmd, n.exited = cmd, exited
	n.mu.Unlock()
	go func() {
		_ = cmd.Wait() // a killed process says so; those who care read the log
		close(exited)
	}()
	return nil
}

// Start starts the process and returns when it is ready, and how long that took.
func (n *Node) Start() (time.Duration, error) {
	start := time.Now()
	if err := n.Begin(); err != nil {
		return 0, err
	}
	err := n.AwaitReady(readyLimit)
	return time.Since(start), err
}

// AwaitReady returns when /readyz answers 200, or when the process has ended or the limit has passed.
func (n *Node) AwaitReady(limit time.Duration) error {
	err := Await(limit, func() error {
		select {
		case <-n.Ended():
			return nil
		default:
			return n.Ready()
		}
	})
	if err == nil {
		err = n.Ready()
	}
	if err != nil {
		return fmt.Errorf("%s is not ready: %w\n%s", n.Name, err, n.LastLines())
	}
	return nil
}

// Ready asks /readyz of the operator's listener, which gives the reason when it is not.
func (n *Node) Ready() error {
	return ask(2*time.Second, http.MethodGet, "http://"+Address(n.Ops)+"/readyz", "")
}

// ask returns nil when the answer is 200.
func ask(limit time.Duration, method, address, body string) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s answers %d", method, r.URL.Path, answer.StatusCode)
	}
	return nil
}

// LastLines is the end of what the node printed.
func (n *Node) LastLines() string {
	const most = 2000
	text, _ := os.ReadFile(n.Log)
	return string(text[max(0, len(text)-most):])
}

// PID is the process's, 0 when it was never started.
func (n *Node) PID() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return 0
	}
	return n.cmd.Process.Pid
}

// Ended is closed when the process that runs now has ended; nil when none was started.
func (n *Node) Ended() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.exited
}

func (n *Node) signal(s syscall.Signal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd != nil {
		_ = n.cmd.Process.Signal(s) // it has ended already
	}
}

// Kill ends the process as kill -9 does, and returns when it is gone.
func (n *Node) Kill() {
	n.signal(syscall.SIGKILL)
	if ended := n.Ended(); ended != nil {
		<-ended
	}
}

// Pause stops the process where it is (SIGSTOP).
func (n *Node) Pause() { n.signal(syscall.SIGSTOP) }

// Resume lets it go on (SIGCONT).
func (n *Node) Resume() { n.signal(syscall.SIGCONT) }

// Terminate asks the process to drain and end, and returns when it has.
func (n *Node) Terminate() {
	n.signal(syscall.SIGTERM)
	if ended := n.Ended(); ended != nil {
		<-ended
	}
}

// Run runs another of lintel's commands with the node's configuration and returns what it printed. The environment
// is for what must not stand in arguments.
func (n *Node) Run(ctx context.Context, environment []string, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, n.binary, append(command, "--config", n.Config)...) //nolint:gosec // G204: the program under test
	cmd.Env = append(os.Environ(), environment...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("lintel %s: %w\n%s", strings.Join(command, " "), err, out)
	}
	return string(out), nil
}
