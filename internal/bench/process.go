package bench

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// listeners returns the processes of this machine that listen on the port of hostPort, by
// /proc/net/tcp and the sockets under /proc/PID/fd. Another user's processes, and those of
// systems without /proc, are not found.
func listeners(hostPort string) []int {
	_, portText, _ := net.SplitHostPort(hostPort)
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil
	}
	sockets := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for _, inode := range listening(string(text), uint16(port)) {
			sockets["socket:["+inode+"]"] = true
		}
	}
	var pids []int
	dirs, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil && holds(dir, sockets) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// listening returns the inodes of the sockets of a /proc/net/tcp table that listen on a port.
func listening(table string, port uint16) (inodes []string) {
	const listen = "0A" // TCP_LISTEN
	suffix := fmt.Sprintf(":%04X", port)
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) > 9 && f[3] == listen && strings.HasSuffix(f[1], suffix) {
			inodes = append(inodes, f[9])
		}
	}
	return inodes
}

func holds(dir string, sockets map[string]bool) bool {
	files, err := os.ReadDir(dir + "/fd")
	if err != nil {
		return false
	}
	for _, f := range files {
		if link, err := os.Readlink(dir + "/fd/" + f.Name()); err == nil && sockets[link] {
			return true
		}
	}
	return false
}

// tick is the unit of the times in /proc/PID/stat: USER_HZ is 100 on every system Go runs on.
const tick = 10 * time.Millisecond

// cpuTime is the CPU time that processes have used; 0 where /proc does not say.
func cpuTime(pids []int) (sum time.Duration) {
	for _, pid := range pids {
		if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
			sum += cpuOf(text)
		}
	}
	return sum
}

// cpuOf reads utime and stime, fields 14 and 15 of /proc/PID/stat (proc(5)). Field 2, the
// command, may hold spaces and brackets.
func cpuOf(stat []byte) time.Duration {
	f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(f) < 13 {
		return 0
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	if err1 != nil || err2 != nil {
		return 0
	}
	return time.Duration(user+system) * tick
}

// residentBytes is the memory of processes (RSS), shared pages counted for each.
func residentBytes(pids []int) (sum int64) {
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			continue
		}
		if f := strings.Fields(string(text)); len(f) > 1 {
			if pages, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				sum += pages * int64(os.Getpagesize())
			}
		}
	}
	return sum
}
