package rig

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Postgres is a PostgreSQL server in a directory of its own: on a port of loopback, with a password, and with fsync on.
type Postgres struct {
	Port     int
	bin      string
	dir      string
	password string
	as       syscall.SysProcAttr
	running  bool
}

const postgresSettings = `
listen_addresses = '127.0.0.1'
max_connections = 200
wal_level = replica
hot_standby = on
shared_buffers = 64MB
`

// NewPostgres makes and starts a server. It needs Debian's package postgresql (any version), and the user postgres
// when it is called by root, as whom PostgreSQL does not run.
func NewPostgres(d *Dir, name string) (*Postgres, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	p := &Postgres{bin: bin, password: rand.Text()}
	if err := p.prepare(d, name); err != nil {
		return nil, err
	}
	secret := filepath.Join(p.dir, "password")
	if err := p.own(secret, p.password+"\n"); err != nil {
		return nil, err
	}
	if err := p.tool("initdb", "-D", p.data(), "-A", "scram-sha-256", "--pwfile="+secret, "-U", "lintel", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"); err != nil {
		return nil, err
	}
	if err := os.Remove(secret); err != nil {
		return nil, err
	}
	if err := p.Configure(postgresSettings + p.place()); err != nil {
		return nil, err
	}
	if err := p.Start(); err != nil {
		return nil, err
	}
	_, err = p.SQL(context.Background(), "CREATE DATABASE lintel")
	return p, err
}

// postgresPrograms is the directory of the newest that Debian's packages have installed.
func postgresPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.Join(err, errors.New("PostgreSQL is not installed: apt-get install postgresql"))
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// prepare makes the directory.
func (p *Postgres) prepare(d *Dir, name string) (err error) {
	if p.Port, err = d.FreePort(); err != nil {
		return err
	}
	if p.dir, p.as, err = postgresHome(d, name); err != nil {
		return err
	}
	d.AtEnd(func() error {
		if !p.running {
			return nil
		}
		return p.Stop("immediate")
	})
	return nil
}

// postgresHome makes a directory, and says as whom to run what it is for.
func postgresHome(d *Dir, name string) (dir string, as syscall.SysProcAttr, err error) {
	dir = filepath.Join(d.Path, name)
	if err := os.Mkdir(dir, 0o700); err != nil || os.Getuid() != 0 {
		return dir, as, err
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return dir, as, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return dir, as, errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid)))
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

// place is where this server listens, and no other that was copied from it.
func (p *Postgres) place() string {
	return fmt.Sprintf("port = %d\nunix_socket_directories = '%s'\n", p.Port, p.dir)
}

func (p *Postgres) own(path, text string) error { return own(p.as, path, text) }

// own writes a private file of another user.
func own(as syscall.SysProcAttr, path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil || //nolint:gosec // G703: below a directory that was made here
		as.Credential == nil {
		return err
	}
	return os.Chown(path, int(as.Credential.Uid), int(as.Credential.Gid))
}

// Configure adds lines to postgresql.conf; they count from the next start or Reload.
func (p *Postgres) Configure(lines string) error {
	path := filepath.Join(p.data(), "postgresql.conf")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return p.own(path, string(text)+"\n"+lines)
}

// tool runs one of PostgreSQL's programs. What a server that it starts prints goes to the log, because a pipe would
// be held open by it.
func (p *Postgres) tool(name string, args ...string) error {
	cmd := p.command(context.Background(), name, args...)
	log, err := os.CreateTemp("", "lintel-pg-tool")
	if err != nil {
		return err
	}
	defer os.Remove(log.Name()) //nolint:errcheck // it is a temporary file
	defer log.Close()           //nolint:errcheck // nothing of ours is in it
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%s: %w\n%s", name, err, text)
	}
	return nil
}

func (p *Postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...) //nolint:gosec // G204: PostgreSQL's own programs
	cmd.Dir, cmd.SysProcAttr = p.dir, &p.as
	cmd.Env = append(os.Environ(), "PGPASSWORD="+p.password, "LC_ALL=C.UTF-8")
	return cmd
}

// Start starts the server and returns when it takes connections.
func (p *Postgres) Start() error {
	p.running = true
	return p.tool("pg_ctl", "-D", p.data(), "-l", filepath.Join(p.dir, "log"), "-w", "-s", "-t", "60", "start")
}

// Stop ends the server: "fast", or "immediate", which is a crash that the next start must recover from.
func (p *Postgres) Stop(mode string) error {
	p.running = false
	return p.tool("pg_ctl", "-D", p.data(), "-m", mode, "-w", "-s", "stop")
}

// Reload has the server read its configuration again.
func (p *Postgres) Reload() error { return p.tool("pg_ctl", "-D", p.data(), "-s", "reload") }

// Promote makes a standby the primary, and returns when it is.
func (p *Postgres) Promote() error {
	return p.tool("pg_ctl", "-D", p.data(), "-w", "-s", "promote")
}

// Standby makes and starts a standby that follows this server through a port, which may be that of a proxy. Name is
// also the application_name by which synchronous_standby_names knows it.
func (p *Postgres) Standby(d *Dir, name string, port int) (*Postgres, error) {
	s := &Postgres{bin: p.bin, password: p.password}
	if err := s.prepare(d, name); err != nil {
		return nil, err
	}
	source := fmt.Sprintf("host=127.0.0.1 port=%d user=lintel application_name=%s", port, name)
	if err := s.tool("pg_basebackup", "-d", source, "-D", s.data(), "-R", "-X", "stream", "-c", "fast", "--no-sync"); err != nil {
		return nil, err
	}
	if err := s.Configure("synchronous_standby_names = ''\n" + s.place()); err != nil {
		return nil, err
	}
	err := s.Start()
	return s, err
}

// URL is the database as a node is given it, through ports that may be proxies': several are those of servers one of which leads.
func (p *Postgres) URL(ports ...int) string { return databaseURL(p.password, ports...) }

func databaseURL(password string, ports ...int) string {
	hosts := make([]string, len(ports))
	for i, port := range ports {
		hosts[i] = Address(port)
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword("lintel", password), Host: strings.Join(hosts, ","), Path: "/lintel", RawQuery: "sslmode=disable"}
	if len(ports) > 1 {
		u.RawQuery += "&target_session_attrs=read-write"
	}
	return u.String()
}

// SQL runs statements on the server itself, past every proxy, and returns the fields of the answer, one row a line.
func (p *Postgres) SQL(ctx context.Context, statements string) (string, error) {
	database := "lintel"
	if strings.HasPrefix(statements, "CREATE DATABASE") {
		database = "postgres"
	}
	cmd := p.command(ctx, "psql", "-h", p.dir, "-p", strconv.Itoa(p.Port), "-U", "lintel", "-d", database, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-")
	cmd.Stdin = strings.NewReader(statements)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("psql: %w: %s", err, complaint.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// Version is what the server calls itself.
func (p *Postgres) Version(ctx context.Context) (string, error) {
	return p.SQL(ctx, "SHOW server_version")
}
