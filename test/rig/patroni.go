package rig

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/template"
	"time"
)

// Patroni is a PostgreSQL of several members that Patroni keeps: one leads, one follows it synchronously, and in etcd they
// agree on which.
type Patroni struct {
	Members []*Member

	password string
}

// Member is one of Patroni's processes with its PostgreSQL.
type Member struct {
	Name string
	Port int // of PostgreSQL

	rest    int // port of Patroni
	in      *Dir
	dir     string
	as      syscall.SysProcAttr
	process *exec.Cmd // nil when it was killed
}

// patroniConfig is of a member. A leader that is silent for ttl is none; 20 s is the least that Patroni takes.
var patroniConfig = template.Must(template.New("").Parse(`scope: lintel
name: {{.Name}}
restapi: {listen: '127.0.0.1:{{.REST}}', connect_address: '127.0.0.1:{{.REST}}'}
etcd3: {host: '127.0.0.1:{{.Etcd}}'}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 1
    retry_timeout: 3
    synchronous_mode: true
    postgresql: {use_pg_rewind: true, parameters: {max_connections: 200}}
  initdb: [encoding: UTF8, locale: C.UTF-8, data-checksums]
  pg_hba:
  - local all all scram-sha-256
  - host all all 127.0.0.1/32 scram-sha-256
  - host replication all 127.0.0.1/32 scram-sha-256
postgresql:
  listen: 127.0.0.1:{{.Port}}
  connect_address: 127.0.0.1:{{.Port}}
  data_dir: {{.Dir}}/data
  bin_dir: {{.Bin}}
  pgpass: {{.Dir}}/pgpass
  authentication:
    superuser: {username: lintel, password: {{.Password}}}
    replication: {username: replicator, password: {{.Password}}}
  parameters: {unix_socket_directories: '{{.Dir}}', password_encryption: scram-sha-256}
`))

// NewPatroni makes and starts members, and waits until one of them follows synchronously. It needs Debian's packages patroni,
// etcd-server and postgresql.
func NewPatroni(d *Dir, members int) (*Patroni, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	etcd, err := startEtcd(d)
	if err != nil {
		return nil, err
	}
	p := &Patroni{password: rand.Text()}
	for i := range members {
		m, err := newMember(d, "pg"+strconv.Itoa(i+1), bin, p.password, etcd)
		if err != nil {
			return nil, err
		}
		p.Members = append(p.Members, m)
		if err := m.Start(); err != nil {
			return nil, err
		}
	}
	_, err = p.Settle(2 * time.Minute)
	return p, err
}

// Recreate makes the database lintel, empty, in place of the one that was there, and waits until all members have it.
func (p *Patroni) Recreate() error {
	leader, err := p.Settle(time.Minute)
	if err != nil {
		return err
	}
	err = p.psql(leader.Port, "postgres", "DROP DATABASE IF EXISTS lintel WITH (FORCE)", "CREATE DATABASE lintel")
	for _, m := range p.Members {
		err = errors.Join(err, Await(20*time.Second, func() error { return p.psql(m.Port, "lintel") }))
	}
	return err
}

// psql connects to a database through a port and runs statements one by one.
func (p *Patroni) psql(port int, database string, statements ...string) error {
	args := []string{"-h", "127.0.0.1", "-p", strconv.Itoa(port), "-U", "lintel", "-d", database, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", "SELECT"}
	for _, s := range statements {
		args = append(args, "-c", s)
	}
	cmd := exec.Command("psql", args...) //nolint:gosec // G204: Debian's program
	cmd.Env = append(os.Environ(), "PGPASSWORD="+p.password)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("psql: %w\n%s", err, out)
	}
	return nil
}

// startEtcd starts one etcd until the end of the directory, and returns its port.
func startEtcd(d *Dir) (port int, err error) {
	peers, err := d.FreePort()
	if err != nil {
		return 0, err
	}
	if port, err = d.FreePort(); err != nil {
		return 0, err
	}
	_, err = daemon(d, "etcd", syscall.SysProcAttr{}, "etcd", "--data-dir", filepath.Join(d.Path, "etcd"),
		"--listen-client-urls", "http://"+Address(port), "--advertise-client-urls", "http://"+Address(port),
		"--listen-peer-urls", "http://"+Address(peers), "--initial-advertise-peer-urls", "http://"+Address(peers),
		"--initial-cluster", "default=http://"+Address(peers))
	if err != nil {
		return 0, fmt.Errorf("%w: apt-get install etcd-server", err)
	}
	return port, Await(20*time.Second, func() error { return ask(time.Second, http.MethodGet, "http://"+Address(port)+"/health", "") })
}

func newMember(d *Dir, name, bin, password string, etcd int) (m *Member, err error) {
	m = &Member{Name: name, in: d}
	var err1, err2 error
	m.Port, err1 = d.FreePort()
	m.rest, err2 = d.FreePort()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if m.dir, m.as, err = postgresHome(d, name); err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = patroniConfig.Execute(&text, map[string]any{"Name": name, "Port": m.Port, "REST": m.rest, "Etcd": etcd, "Dir": m.dir, "Bin": bin, "Password": password})
	if err != nil {
		return nil, err
	}
	d.AtEnd(func() error {
		m.Kill()
		return nil
	})
	return m, own(m.as, m.config(), text.String())
}

func (m *Member) config() string { return filepath.Join(m.dir, "patroni.yml") }

// Start starts Patroni, which starts its PostgreSQL.
func (m *Member) Start() (err error) {
	if m.process, err = daemon(m.in, m.Name, m.as, "patroni", m.config()); err != nil {
		err = fmt.Errorf("%w: apt-get install patroni", err)
	}
	return err
}

// Kill ends the member as a machine that loses its power does: Patroni and PostgreSQL at once.
func (m *Member) Kill() {
	if m.process == nil {
		return
	}
	_ = m.process.Process.Kill() // it may have ended
	if text, err := os.ReadFile(filepath.Join(m.dir, "data", "postmaster.pid")); err == nil {
		first, _, _ := strings.Cut(string(text), "\n")
		if pid, err := strconv.Atoi(first); err == nil && pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGKILL) // its children see that it is gone
		}
	}
	_ = m.process.Wait() // it says that it was killed
	m.process = nil
}

// Freeze stops Patroni where it is (SIGSTOP), and leaves its PostgreSQL running: it does not notice that it lost the lead.
func (m *Member) Freeze() error { return m.process.Process.Signal(syscall.SIGSTOP) }

// Thaw lets it go on.
func (m *Member) Thaw() error { return m.process.Process.Signal(syscall.SIGCONT) }

// is asks the member about its role: "primary" or "sync".
func (m *Member) is(role string) error {
	return ask(time.Second, http.MethodGet, "http://"+Address(m.rest)+"/"+role, "") // one that hangs is none
}

// Leader returns the member that leads.
func (p *Patroni) Leader() (*Member, error) { return p.find("primary") }

func (p *Patroni) find(role string) (*Member, error) {
	var err error
	for _, m := range p.Members {
		e := m.is(role)
		if e == nil {
			return m, nil
		}
		err = errors.Join(err, e)
	}
	return nil, fmt.Errorf("no member is %s: %w", role, err)
}

// Settle waits until one leads and another follows it synchronously, and returns the leader.
func (p *Patroni) Settle(limit time.Duration) (leader *Member, err error) {
	err = Await(limit, func() (err error) {
		if leader, err = p.Leader(); err == nil {
			_, err = p.find("sync")
		}
		return err
	})
	return leader, err
}

// Switch has the leader hand over in order, and returns when it has.
func (p *Patroni) Switch(leader *Member) error {
	return ask(30*time.Second, http.MethodPost, "http://"+Address(leader.rest)+"/switchover", `{"leader": "`+leader.Name+`"}`)
}

// URL names all members, of which the one that takes writes is meant.
func (p *Patroni) URL() string {
	ports := make([]int, len(p.Members))
	for i, m := range p.Members {
		ports[i] = m.Port
	}
	return databaseURL(p.password, ports...)
}

// Balance has HAProxy lead connections to the leader, as Patroni tells it, and returns a URL of the database. It ends the
// connections to a leader that is none any more or does not answer (Patroni's documentation, haproxy.cfg).
func (p *Patroni) Balance(d *Dir) (string, error) {
	port, err := d.FreePort()
	if err != nil {
		return "", err
	}
	var config strings.Builder
	fmt.Fprintf(&config, `defaults
  mode tcp
  timeout connect 2s
  timeout client 30m
  timeout server 30m
  timeout check 1s
listen primary
  bind %s
  option httpchk GET /primary
  http-check expect status 200
  default-server inter 1s fall 3 rise 1 on-marked-down shutdown-sessions
`, Address(port))
	for _, m := range p.Members {
		fmt.Fprintf(&config, "  server %s %s check port %d\n", m.Name, Address(m.Port), m.rest)
	}
	if err := StartHAProxy(d, "haproxy-patroni", config.String()); err != nil {
		return "", err
	}
	return databaseURL(p.password, port), Await(20*time.Second, func() (err error) {
		for range p.Members { // it takes all for leaders, in turn, before it has asked
			err = errors.Join(err, p.psql(port, "postgres", "CREATE TEMPORARY TABLE leads ()"))
		}
		return err
	})
}
