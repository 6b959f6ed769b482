package systemd

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// firstFile is the number of the first file that is handed over (SD_LISTEN_FDS_START).
const firstFile = 3

// ParentVariable stands in for LISTEN_PID between two of our own processes: one that starts its successor does not know
// the pid of that before it runs, and names its own.
const ParentVariable = "LINTEL_PARENT_PID"

// Inherit returns the files that this process was handed, by the names of LISTEN_FDNAMES ("unknown" without), in their
// order. There are none when the variables are unset or meant for another process. No child will inherit them.
func Inherit() ([]*os.File, error) {
	count, names, ours := taken("LISTEN_FDS"), taken("LISTEN_FDNAMES"), handedToUs()
	if count == "" || !ours {
		return nil, nil
	}
	return inherit(firstFile, count, names)
}

func handedToUs() bool {
	pid, parent := taken("LISTEN_PID"), taken(ParentVariable)
	return pid == strconv.Itoa(os.Getpid()) || parent == strconv.Itoa(os.Getppid())
}

// taken returns a variable and clears it.
func taken(variable string) string {
	text := os.Getenv(variable)
	_ = os.Unsetenv(variable) // fails for malformed names only
	return text
}

func inherit(first int, count, names string) ([]*os.File, error) {
	const most = 1024
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > most {
		return nil, fmt.Errorf("LISTEN_FDS is %q, not a number of files", count)
	}
	name := make([]string, n)
	for i := range name {
		name[i] = "unknown"
	}
	if names != "" {
		if name = strings.Split(names, ":"); len(name) != n {
			return nil, fmt.Errorf("LISTEN_FDS counts %d files and LISTEN_FDNAMES names %d", n, len(name))
		}
	}
	files := make([]*os.File, n)
	for i := range files {
		fd := first + i
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
			return nil, fmt.Errorf("LISTEN_FDS counts %d files, but file descriptor %d is not open", n, fd)
		}
		files[i] = os.NewFile(uintptr(fd), name[i])
	}
	return files, nil
}
