package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

const (
	crowdSize   = 9500
	crowdMiB    = 450
	crowdGoal99 = 2 * time.Millisecond
)

// crowdDrill is row 19: thousands of clients keep a TLS connection open and say nothing.
func crowdDrill(ctx context.Context, s *stage) ([]row, error) {
	if err := allowFiles(crowdSize + 500); err != nil {
		return nil, err
	}
	settings, trusted, err := certificate(s.dir)
	if err != nil {
		return nil, err
	}
	settings["server.idle_timeout"] = `"10m"`
	c, err := rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: "node", Settings: settings})
	if err != nil {
		return nil, err
	}
	client := wire.New(c.Nodes[0].URL(), answerLimit, trusted)
	admin, err := client.Admin(ctx, c.Password)
	if err != nil {
		return nil, err
	}
	l := load{clients: []*wire.Client{client}, each: 2, caller: admin, subject: always(admin), pause: 2 * time.Millisecond}
	alone := l.measure(ctx, 4*time.Second)
	empty := residentMiB(c.Nodes[0].PID())
	start := time.Now()
	crowd, err := gather(ctx, rig.Address(c.Nodes[0].Port), trusted, crowdSize)
	defer func() {
		for _, one := range crowd {
			one.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	s.say("%d connections after %.1f s", len(crowd), time.Since(start).Seconds())
	v := l.measure(ctx, 5*time.Second)
	resident := residentMiB(c.Nodes[0].PID())
	accepted, failed := v.counts()
	p99, idle := v.times.quantile(0.99), alone.times.quantile(0.99)
	return []row{{number: 19, measure: fmt.Sprintf("%d idle TLS connections: memory, and p99 of the others' validations", crowdSize), goal: "450 MiB; 2 ms, or twice what it is without them",
		got:  fmt.Sprintf("%d MiB (%d MiB before), p99 %s (idle %s); %d of %d failed", resident, empty, milliseconds(p99), milliseconds(idle), failed, accepted+failed),
		pass: resident > 0 && resident <= crowdMiB && p99 <= max(crowdGoal99, ratioGoal*idle) && failed == 0 && accepted > 0}}, nil
}

// allowFiles raises the limit of open files for this process and those that it starts.
func allowFiles(n uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if limit.Max < n && os.Getuid() != 0 {
		return fmt.Errorf("%d open files are needed and %d are allowed: ulimit -n", n, limit.Max)
	}
	limit.Cur, limit.Max = max(limit.Cur, n), max(limit.Max, n)
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

// gather opens connections that have had one answer each.
func gather(ctx context.Context, address string, config *tls.Config, n int) ([]net.Conn, error) {
	const dialers = 32
	var mu sync.Mutex
	var all sync.WaitGroup
	var conns []net.Conn
	var errs error
	for d := range dialers {
		all.Go(func() {
			for i := d; i < n && ctx.Err() == nil; i += dialers {
				one, err := greeted(ctx, address, config)
				mu.Lock()
				if err == nil {
					conns = append(conns, one)
				}
				errs = errors.Join(errs, err)
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return conns, errors.Join(errs, ctx.Err())
}

// greeted opens a connection and makes one request on it: a server may close one that has never asked for anything.
func greeted(ctx context.Context, address string, config *tls.Config) (net.Conn, error) {
	c, err := (&tls.Dialer{NetDialer: &net.Dialer{Timeout: answerLimit}, Config: config}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	_, err = io.WriteString(c, "GET /livez HTTP/1.1\r\nHost: "+address+"\r\n\r\n")
	if err == nil {
		var answer *http.Response
		if answer, err = http.ReadResponse(bufio.NewReader(c), nil); err == nil {
			_, err = io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
		}
	}
	if err != nil {
		c.Close()
	}
	return c, err
}

// residentMiB is the memory of a process, 0 where it cannot be read.
func residentMiB(pid int) int {
	kib, err := strconv.Atoi(strings.TrimSuffix(field(fmt.Sprintf("/proc/%d/status", pid), "VmRSS"), " kB"))
	if err != nil {
		return 0
	}
	return kib >> 10
}
