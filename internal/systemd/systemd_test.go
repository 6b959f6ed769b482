package systemd

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary be a process that was handed files: it prints what it got.
func TestMain(m *testing.M) {
	if os.Getenv("SYSTEMD_TEST_CHILD") == "" {
		os.Exit(m.Run())
	}
	files, err := Inherit()
	for _, f := range files {
		fmt.Print(f.Name(), " ")
	}
	fmt.Print(err)
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "LISTEN_") || strings.HasPrefix(v, ParentVariable) {
			fmt.Print(" left: ", v)
		}
	}
}

// child runs this program with two files and returns what it prints. $$ in a variable is the child's pid.
func child(t *testing.T, variables string) string {
	t.Helper()
	one, two, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = one.Close(), two.Close() }()
	cmd := exec.Command("/bin/sh", "-c", variables+` exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), "SYSTEMD_TEST_CHILD=1", ParentVariable+"="+strconv.Itoa(os.Getpid()-1))
	cmd.ExtraFiles = []*os.File{one, two}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestAProcessTakesTheFilesThatItWasHandedAndClearsTheVariables(t *testing.T) {
	for _, c := range []struct{ variables, want string }{
		{"LISTEN_FDS=2 LISTEN_FDNAMES=api:metrics LISTEN_PID=$$", "api metrics <nil>"},
		{"LISTEN_FDS=1 LISTEN_PID=$$", "unknown <nil>"},
		{"LISTEN_FDS=2 LISTEN_FDNAMES=api:metrics " + ParentVariable + "=$PPID", "api metrics <nil>"},
		{"LISTEN_PID=$$", "<nil>"},
		{"LISTEN_FDS=2 LISTEN_PID=1", "<nil>"}, // meant for another process
		{"LISTEN_FDS=2", "<nil>"},
		{"LISTEN_FDS=two LISTEN_PID=$$", `LISTEN_FDS is "two", not a number of files`},
		{"LISTEN_FDS=0 LISTEN_PID=$$", `LISTEN_FDS is "0", not a number of files`},
		{"LISTEN_FDS=2 LISTEN_FDNAMES=api LISTEN_PID=$$", "LISTEN_FDS counts 2 files and LISTEN_FDNAMES names 1"},
	} {
		if got := child(t, c.variables); got != c.want {
			t.Errorf("%s: %q, want %q", c.variables, got, c.want)
		}
	}
}

func TestAFileThatIsNotOpenIsNamed(t *testing.T) {
	const far = 900 // no test opens that many
	if _, err := inherit(far, "1", ""); err == nil || !strings.Contains(err.Error(), "file descriptor 900 is not open") {
		t.Errorf("error %v", err)
	}
}

// manager is the other end of a NOTIFY_SOCKET.
func manager(t *testing.T) (*net.UnixConn, func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return conn, func() string {
		text := make([]byte, 4096)
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(text[:n])
	}
}

func TestTheManagerIsTold(t *testing.T) {
	_, next := manager(t)
	t.Setenv("WATCHDOG_USEC", "3000000")
	n := NewNotifier()
	if os.Getenv("NOTIFY_SOCKET") != "" || os.Getenv("WATCHDOG_USEC") != "" {
		t.Error("the variables are left to children")
	}
	if n.Watchdog() != 3*time.Second {
		t.Errorf("watchdog %s", n.Watchdog())
	}
	if err := n.Notify("READY=1", "STATUS=line\nMAINPID=1"); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "READY=1\nSTATUS=line MAINPID=1" {
		t.Errorf("the manager was told %q", got)
	}
	if got := strings.Join(n.Environ(), " "); !strings.HasPrefix(got, "NOTIFY_SOCKET=/") || !strings.HasSuffix(got, " WATCHDOG_USEC=3000000") {
		t.Errorf("a successor gets %q", got)
	}
}

func TestWithoutAManagerNobodyIsTold(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	n := NewNotifier()
	if n != nil || n.Notify("READY=1") != nil || n.Watchdog() != 0 || n.Environ() != nil {
		t.Errorf("notifier %v", n)
	}
}

func TestTheWatchdogOfAnotherProcessIsNotFed(t *testing.T) {
	manager(t)
	t.Setenv("WATCHDOG_USEC", "3000000")
	t.Setenv("WATCHDOG_PID", "1")
	if got := NewNotifier().Watchdog(); got != 0 {
		t.Errorf("watchdog %s", got)
	}
}

func TestAReloadCarriesTheTimeSinceBoot(t *testing.T) {
	var before, after unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &before); err != nil {
		t.Fatal(err)
	}
	lines := Reloading()
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &after); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(lines[len(lines)-1], "MONOTONIC_USEC=")
	us, err := strconv.ParseInt(text, 10, 64)
	if lines[0] != "RELOADING=1" || !ok || err != nil || us < before.Nano()/1000 || us > after.Nano()/1000 {
		t.Errorf("%q, the clock was between %d and %d ns", lines, before.Nano(), after.Nano())
	}
}
