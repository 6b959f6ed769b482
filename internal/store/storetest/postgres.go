package storetest

import (
	"context"
	"database/sql"
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
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // to create databases on the server

	"github.com/lintel-id/lintel/internal/identity"
)

// Postgres returns the URL of a PostgreSQL server to try things on: the one that
// LINTEL_TEST_POSTGRES names (by a role that may create databases), or a fresh one of Debian's
// postgresql package that lives until the end of the test. Where there is neither it returns
// "" after saying so, and fails the test if LINTEL_REQUIRE_POSTGRES is 1.
func Postgres(t *testing.T) string {
	t.Helper()
	if server := os.Getenv("LINTEL_TEST_POSTGRES"); server != "" {
		return server
	}
	return OwnPostgres(t)
}

// OwnPostgres is Postgres for tests that change the server's settings: always a fresh one.
func OwnPostgres(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	must(t, err)
	if len(found) > 0 {
		return startPostgres(t, filepath.Dir(found[len(found)-1]))
	}
	const untested = "PostgreSQL was NOT tested: neither LINTEL_TEST_POSTGRES nor /usr/lib/postgresql/*/bin/initdb is there"
	if os.Getenv("LINTEL_REQUIRE_POSTGRES") == "1" {
		t.Fatal(untested)
	}
	t.Log(untested)
	return ""
}

// startPostgres runs a server on a Unix socket in a temporary directory. PostgreSQL refuses to
// run as root, so root runs it as the package's user.
func startPostgres(t *testing.T, bin string) string {
	t.Helper()
	dir, as := PostgresDir(t)
	run := func(program string, args ...string) error {
		cmd := exec.Command(filepath.Join(bin, program), args...)
		cmd.Dir, cmd.SysProcAttr = dir, as
		out, err := cmd.Output() // a file would be inherited by the server
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", program, err, out)
		}
		return nil
	}
	data := filepath.Join(dir, "data")
	must(t, run("initdb", "-D", data, "-A", "trust", "-U", "lintel", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"))
	must(t, run("pg_ctl", "-D", data, "-l", filepath.Join(dir, "log"), "-w", "-s",
		"-o", "-k "+dir+" -c listen_addresses='' -c fsync=off -c max_connections=200", "start"))
	t.Cleanup(func() {
		if err := run("pg_ctl", "-D", data, "-m", "immediate", "-w", "-s", "stop"); err != nil {
			t.Error(err)
		}
	})
	return "postgres://lintel@/postgres?host=" + url.QueryEscape(dir)
}

// PostgresDir makes a directory for programs that refuse to run as root, until the end of the test, and says as whom to run
// them.
func PostgresDir(t *testing.T) (string, *syscall.SysProcAttr) {
	t.Helper()
	// Not t.TempDir, which only root could enter and whose name may be too long for a socket.
	dir, err := os.MkdirTemp("", "lintel-pg")
	must(t, err)
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	as := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		as.Credential = postgresUser(t)
		must(t, os.Chown(dir, int(as.Credential.Uid), int(as.Credential.Gid)))
	}
	return dir, as
}

func postgresUser(t *testing.T) *syscall.Credential {
	t.Helper()
	u, err := user.Lookup("postgres")
	must(t, err)
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	must(t, err)
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	must(t, err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// NewDatabase creates an empty database on the server until the end of the test, and returns
// its URL.
func NewDatabase(t testing.TB, server string) string {
	t.Helper()
	return CopyDatabase(t, server, "template1")
}

// CopyDatabase is NewDatabase with what is in another database, by name, that nobody uses.
func CopyDatabase(t testing.TB, server, template string) string {
	t.Helper()
	u, err := url.Parse(server)
	must(t, err)
	name := "lintel_test_" + identity.NewID()
	must(t, administer(server, "CREATE DATABASE "+name+" TEMPLATE "+template))
	t.Cleanup(func() {
		if err := administer(server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u.Path = "/" + name
	return u.String()
}

func administer(server, statement string) error {
	db, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), statement)
	if err != nil {
		err = fmt.Errorf("%s: %w", strings.Fields(statement)[0], err)
	}
	return errors.Join(err, db.Close())
}
