package restart

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	configName = "lintel.toml"
	logName    = "server.log"
)

// server is one server after the other, with what outlives them.
type server struct {
	way     Way
	binary  string
	dir     string
	address string     // of the API
	sockets []*os.File // api, metrics; none when the server opens them itself
	states  *net.UnixConn
	admin   string // password

	process *os.Process // that answers
	cmd     *exec.Cmd   // of the process that was started here; nil after a handover
}

// newServer writes the configuration and opens the sockets.
func newServer(dir string, o Options) (s *server, err error) {
	s = &server{way: o.Way, binary: o.Binary, dir: dir, admin: rand.Text()}
	drain, database := "300ms", o.Database
	if o.Way == Undrained {
		drain = "0s"
	}
	if database == "" {
		database = "sqlite://" + filepath.Join(dir, "lintel.db")
	}
	text := fmt.Sprintf(`[server]
listen = "127.0.0.1:0"
metrics_listen = "127.0.0.1:0"
drain = %q
[database]
url = %q
[keys]
master_key_file = %q
[log]
access = false
`, drain, database, filepath.Join(dir, "master.key"))
	if err := os.WriteFile(filepath.Join(dir, configName), []byte(text), 0o600); err != nil {
		return nil, err
	}
	s.states, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil || o.Way == Handover {
		return s, err
	}
	for range 2 {
		listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return nil, err
		}
		file, err := listener.File()
		if err != nil {
			return nil, err
		}
		s.sockets = append(s.sockets, file)
		if err := listener.Close(); err != nil { // the file is a duplicate
			return nil, err
		}
	}
	return s, nil
}

// command runs the program with its configuration. Its output goes to a file: whoever inherits a pipe keeps it open.
func (s *server) command(name string, arguments ...string) (*exec.Cmd, *os.File, error) {
	log, err := os.OpenFile(filepath.Join(s.dir, logName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(name, arguments...) //nolint:gosec // G204: the program to prove
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "LINTEL_CONFIG=" + filepath.Join(s.dir, configName)}
	cmd.Stdout, cmd.Stderr = log, log
	return cmd, log, nil
}

func (s *server) bootstrap(ctx context.Context) error {
	cmd, log, err := s.command(s.binary, "bootstrap")
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, "OS_BOOTSTRAP_PASSWORD="+s.admin)
	if err := errors.Join(cmd.Run(), log.Close(), ctx.Err()); err != nil {
		return fmt.Errorf("bootstrap: %w: %s", err, s.logTail())
	}
	return nil
}

// start does what a service manager does: the variables name the pid that the server will have.
func (s *server) start(ctx context.Context) error {
	cmd, log, err := s.command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, s.binary, "serve")
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+filepath.Join(s.dir, "notify"))
	if len(s.sockets) > 0 {
		cmd.Env = append(cmd.Env, "LISTEN_FDS=2", "LISTEN_FDNAMES=api:metrics")
		cmd.ExtraFiles = s.sockets
	}
	if err := errors.Join(cmd.Start(), log.Close()); err != nil {
		return err
	}
	s.cmd, s.process = cmd, cmd.Process
	return s.awaitReady(ctx)
}

// awaitReady hears what servers say until one is ready, and learns its pid and address from them.
func (s *server) awaitReady(ctx context.Context) error {
	deadline := time.Now().Add(patience)
	if limit, ok := ctx.Deadline(); ok && limit.Before(deadline) {
		deadline = limit
	}
	if err := s.states.SetReadDeadline(deadline); err != nil {
		return err
	}
	buffer := make([]byte, 4096)
	for {
		n, err := s.states.Read(buffer)
		if err != nil {
			return fmt.Errorf("no server became ready: %w", err)
		}
		state := map[string]string{}
		for line := range strings.Lines(string(buffer[:n])) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			state[name] = value
		}
		if main := state["MAINPID"]; main != "" {
			if err := s.follow(main); err != nil {
				return err
			}
		}
		if state["READY"] == "1" {
			s.address = strings.TrimPrefix(state["STATUS"], "answering on ")
			return nil
		}
	}
}

// follow puts the process with the pid in the place of the one before. A pid below 2 would mean many processes, or init.
func (s *server) follow(pid string) error {
	n, err := strconv.Atoi(pid)
	if err != nil || n < 2 {
		return fmt.Errorf("MAINPID=%s is no process", pid)
	}
	if cmd := s.cmd; cmd != nil {
		s.cmd = nil
		go func() { _ = cmd.Wait() }() // awaitEnd sees it end
	}
	s.process, err = os.FindProcess(n)
	return err
}

// awaitEnd waits for the end of a process that may be nobody's child here.
func awaitEnd(ctx context.Context, pid int) error {
	const often = 5 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if _, after, _ := strings.Cut(string(text), ") "); err != nil || strings.HasPrefix(after, "Z") {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d does not end: %w", pid, ctx.Err())
		case <-tick.C:
		}
	}
}

// close ends the running process and lets go of the sockets.
func (s *server) close() (err error) {
	if s.process != nil {
		_ = s.process.Kill() // it may have ended
		if s.cmd != nil {
			_ = s.cmd.Wait() // it was killed
		}
		err = awaitEnd(context.Background(), s.process.Pid)
	}
	for _, f := range s.sockets {
		_ = f.Close()
	}
	return errors.Join(err, s.states.Close())
}

// credential makes an application credential of the administrator and returns the body of a login with it.
func (s *server) credential() (login string, err error) {
	c := &client{address: s.address}
	password := fmt.Sprintf(`{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "admin", "domain": {"id": "default"}, "password": %q}}},
		"scope": {"project": {"name": "admin", "domain": {"id": "default"}}}}}`, s.admin)
	token, err := c.do(http.MethodPost, "/v3/auth/tokens", nil, password, http.StatusCreated)
	if err != nil {
		return "", err
	}
	var who struct {
		Token struct {
			User struct {
				ID string `json:"id"`
			} `json:"user"`
		} `json:"token"`
	}
	if err := json.Unmarshal(token.body, &who); err != nil {
		return "", err
	}
	made, err := c.do(http.MethodPost, "/v3/users/"+who.Token.User.ID+"/application_credentials", http.Header{"X-Auth-Token": {token.subject}},
		`{"application_credential": {"name": "restart"}}`, http.StatusCreated)
	if err != nil {
		return "", err
	}
	var credential struct {
		Made struct {
			ID     string `json:"id"`
			Secret string `json:"secret"`
		} `json:"application_credential"`
	}
	if err := json.Unmarshal(made.body, &credential); err != nil {
		return "", err
	}
	return fmt.Sprintf(`{"auth": {"identity": {"methods": ["application_credential"], "application_credential": {"id": %q, "secret": %q}}}}`,
		credential.Made.ID, credential.Made.Secret), nil
}
