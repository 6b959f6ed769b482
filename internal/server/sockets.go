package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/lintel-id/lintel/internal/config"
)

// The names of the files that a process is handed by a service manager or its predecessor.
const (
	apiSocket      = "api"
	metricsSocket  = "metrics"
	handoverSocket = "handover" // see handover.go
)

// sockets are where requests come from. The metrics listener may be nil.
type sockets struct {
	api, metrics net.Listener
	predecessor  *os.File // the way to a process that serves until we tell it that we can; nil: there is none
	inherited    bool     // api is
}

// openSockets takes the sockets that this process was handed and opens the others.
func openSockets(ctx context.Context, c config.Server, files []*os.File) (*sockets, error) {
	s := &sockets{}
	if err := s.open(ctx, c, files); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *sockets) open(ctx context.Context, c config.Server, files []*os.File) (err error) {
	for i, file := range files {
		if err := s.take(file); err != nil {
			closeAll(files[i:])
			return err
		}
	}
	if s.inherited = s.api != nil; !s.inherited {
		if s.api, err = listen(ctx, c.Listen, "--listen HOST:PORT or [server] listen"); err != nil {
			return err
		}
	}
	if s.metrics == nil && c.MetricsListen != "" {
		if s.metrics, err = listen(ctx, c.MetricsListen, `[server] metrics_listen ("" for none)`); err != nil {
			return err
		}
	}
	return allowed(c, s.api.Addr())
}

// take puts a file in its place, by its name. Without FileDescriptorName= systemd names a socket after its unit.
func (s *sockets) take(file *os.File) error {
	name := file.Name()
	if name == handoverSocket {
		s.predecessor = file
		return nil
	}
	place := &s.api
	switch {
	case name == metricsSocket:
		place = &s.metrics
	case name != apiSocket && name != "" && name != "unknown" && !strings.HasSuffix(name, ".socket"):
		return fmt.Errorf("the socket %q has no use here\n  in its unit: FileDescriptorName=api or FileDescriptorName=metrics", name)
	}
	if *place != nil {
		return fmt.Errorf("there are two sockets for one use, the second is called %q\n  ListenStream=[::]:5000 takes IPv4 as well;"+
			" metrics have a socket unit of their own, with FileDescriptorName=metrics", name)
	}
	listener, err := adopt(file)
	if err != nil {
		return err
	}
	*place = listener
	return nil
}

// adopt makes a listener of a socket that this process was handed, and closes the file.
func adopt(file *os.File) (net.Listener, error) {
	if err := checkSocket(file); err != nil {
		return nil, fmt.Errorf("the socket %q cannot be used: %w", file.Name(), err)
	}
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("the socket %q cannot be used: %w", file.Name(), err)
	}
	return listener, file.Close()
}

// checkSocket says what is wrong before accept would, without an end, in every request's stead.
func checkSocket(file *os.File) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var wrong error
	option := func(fd uintptr, name int) int {
		value, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, name)
		wrong = errors.Join(wrong, err)
		return value
	}
	err = conn.Control(func(fd uintptr) {
		family, kind, listening := option(fd, unix.SO_DOMAIN), option(fd, unix.SO_TYPE), option(fd, unix.SO_ACCEPTCONN)
		switch {
		case errors.Is(wrong, unix.ENOTSOCK):
			wrong = errors.New("it is not a socket")
		case wrong != nil:
		case !slices.Contains([]int{unix.AF_INET, unix.AF_INET6, unix.AF_UNIX}, family):
			wrong = errors.New("it is neither TCP nor a Unix socket")
		case kind != unix.SOCK_STREAM:
			wrong = errors.New("it is for datagrams: use ListenStream= in its unit")
		case listening == 0:
			wrong = errors.New("it is one connection and does not listen: use Accept=no in its unit")
		}
	})
	return errors.Join(err, wrong)
}

// allowed holds an address that we were handed to the rule of [server] listen.
func allowed(c config.Server, address net.Addr) error {
	tcp, ok := address.(*net.TCPAddr)
	if !ok || tcp.IP.IsLoopback() || c.TLSCert != "" || c.InsecureHTTP {
		return nil
	}
	return fmt.Errorf("%s is reachable from outside and there is no certificate, so passwords and tokens would travel in the clear: "+
		"set [server] tls_cert and tls_key, or insecure_http = true behind a proxy that ends TLS", address)
}

// files returns duplicates of the sockets for another process, which is to know them by their names.
func (s *sockets) files() (files []*os.File, err error) {
	for _, one := range []struct {
		name     string
		listener net.Listener
	}{{apiSocket, s.api}, {metricsSocket, s.metrics}} {
		if one.listener == nil {
			continue
		}
		file, err := duplicate(one.listener, one.name)
		if err != nil {
			closeAll(files)
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// duplicate does what the listener's File method does, but for one thing: Fd of that file would make the socket blocking,
// for the listener as well, which could then be stuck in accept when it is closed.
func duplicate(listener net.Listener, name string) (*os.File, error) {
	conn, err := listener.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil, err
	}
	fd := -1
	var failed error
	if err := conn.Control(func(old uintptr) { fd, failed = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, os.NewSyscallError("fcntl", failed)
	}
	return os.NewFile(uintptr(fd), name), nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // nothing was written
	}
}

// close ends what has not ended by itself.
func (s *sockets) close() {
	for _, l := range []net.Listener{s.api, s.metrics} {
		if l != nil {
			l.Close()
		}
	}
	if s.predecessor != nil {
		_ = s.predecessor.Close() // when it was told nothing, it goes on
	}
}
