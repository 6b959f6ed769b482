package systemd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Notifier tells the service manager how the process is. A nil one tells nobody.
type Notifier struct {
	socket   string
	watchdog time.Duration
}

// NewNotifier reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. It returns nil when nobody wants to know.
func NewNotifier() *Notifier {
	n := &Notifier{socket: taken("NOTIFY_SOCKET")}
	span, pid := taken("WATCHDOG_USEC"), taken("WATCHDOG_PID")
	if n.socket == "" {
		return nil
	}
	if pid == "" || pid == strconv.Itoa(os.Getpid()) {
		if us, err := strconv.ParseInt(span, 10, 64); err == nil && us > 0 {
			n.watchdog = time.Duration(us) * time.Microsecond
		}
	}
	return n
}

// Watchdog is the longest time the manager wants to be without a message WATCHDOG=1; 0 for ever.
func (n *Notifier) Watchdog() time.Duration {
	if n == nil {
		return 0
	}
	return n.watchdog
}

// Environ is what a successor of this process needs in its environment to go on telling.
func (n *Notifier) Environ() []string {
	if n == nil {
		return nil
	}
	variables := []string{"NOTIFY_SOCKET=" + n.socket}
	if n.watchdog > 0 {
		variables = append(variables, fmt.Sprintf("WATCHDOG_USEC=%d", n.watchdog.Microseconds()))
	}
	return variables
}

// Notify sends assignments such as "READY=1" in one message. Line breaks in them become spaces.
func (n *Notifier) Notify(assignments ...string) (err error) {
	if n == nil {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("systemd: NOTIFY_SOCKET: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	lines := make([]string, len(assignments))
	for i, a := range assignments {
		lines[i] = strings.ReplaceAll(a, "\n", " ")
	}
	if _, err := conn.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		return fmt.Errorf("systemd: NOTIFY_SOCKET: %w", err)
	}
	return nil
}

// Reloading is the assignments of a process that begins to read its configuration again. The manager tells by the time
// which request to reload they answer.
func Reloading() []string {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return []string{"RELOADING=1"} // as before the time was asked for; every Linux has the clock
	}
	return []string{"RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", now.Nano()/1000)}
}
