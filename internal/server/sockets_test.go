package server

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
)

// handed is a file as a process gets it from a service manager.
func handed(t *testing.T, name string, socket interface{ File() (*os.File, error) }) *os.File {
	t.Helper()
	file, err := socket.File()
	must(t, err)
	conn, err := file.SyscallConn()
	must(t, err)
	fd := -1
	must(t, conn.Control(func(old uintptr) { fd, err = syscall.Dup(int(old)) }))
	must(t, err)
	must(t, file.Close())
	return os.NewFile(uintptr(fd), name)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func tcp(t *testing.T, ip net.IP) *net.TCPListener {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: ip})
	must(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

var loopback = net.IPv4(127, 0, 0, 1)

func TestAServerAnswersOnTheSocketsThatItWasHanded(t *testing.T) {
	unix, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "api"), Net: "unix"})
	must(t, err)
	t.Cleanup(func() { _ = unix.Close() })
	web := tcp(t, loopback)
	for _, c := range []struct {
		name string
		file *os.File
		base net.Addr
	}{
		{"api", handed(t, "api", web), web.Addr()},
		{"unknown", handed(t, "unknown", web), web.Addr()}, // LISTEN_FDNAMES is not set
		{"the unit's name", handed(t, "lintel.socket", web), web.Addr()},
		{"unix", handed(t, "api", unix), unix.Addr()},
	} {
		t.Run(c.name, func(t *testing.T) {
			metrics := tcp(t, loopback)
			cfg := config.Default().Server
			cfg.Listen, cfg.MetricsListen = "256.0.0.1:1", "256.0.0.1:1" // nobody can listen there
			s, err := openSockets(t.Context(), cfg, []*os.File{c.file, handed(t, "metrics", metrics)})
			must(t, err)
			defer s.close()
			if !s.inherited || s.api.Addr().String() != c.base.String() || s.metrics.Addr().String() != metrics.Addr().String() {
				t.Errorf("api %s, metrics %s", s.api.Addr(), s.metrics.Addr())
			}
			ended := make(chan error, 1)
			server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") })}
			go func() { ended <- server.Serve(s.api) }()
			conn, err := net.Dial(c.base.Network(), c.base.String())
			must(t, err)
			fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n")
			answer := make([]byte, 12)
			_, err = conn.Read(answer)
			if conn.Close(); err != nil || string(answer) != "HTTP/1.0 200" {
				t.Errorf("answer %q (%v)", answer, err)
			}
			server.Close()
			if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
		})
	}
}

// A socket that cannot be used is refused at start, in words that say what to change.
func TestASocketThatCannotBeUsedIsRefusedInWords(t *testing.T) {
	web := tcp(t, loopback)
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: loopback})
	must(t, err)
	t.Cleanup(func() { _ = udp.Close() })
	conn, err := net.DialTCP("tcp", nil, web.Addr().(*net.TCPAddr))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	read, write, err := os.Pipe()
	must(t, err)
	t.Cleanup(func() { closeAll([]*os.File{read, write}) })
	pipeFD, err := syscall.Dup(int(read.Fd()))
	must(t, err)
	for name, c := range map[string]struct {
		files []*os.File
		words string
	}{
		"datagrams":    {[]*os.File{handed(t, "api", udp)}, "use ListenStream="},
		"connection":   {[]*os.File{handed(t, "api", conn)}, "use Accept=no"},
		"pipe":         {[]*os.File{os.NewFile(uintptr(pipeFD), "api")}, "it is not a socket"},
		"another name": {[]*os.File{handed(t, "metrix", web)}, `the socket "metrix" has no use here`},
		"two":          {[]*os.File{handed(t, "api", web), handed(t, "lintel.socket", web)}, "there are two sockets for one use"},
		"reachable":    {[]*os.File{handed(t, "api", tcp(t, net.IPv4zero))}, "reachable from outside and there is no certificate"},
	} {
		_, err := openSockets(t.Context(), config.Default().Server, c.files)
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.words)
		}
	}
	cfg := config.Default().Server
	cfg.InsecureHTTP, cfg.MetricsListen = true, ""
	s, err := openSockets(t.Context(), cfg, []*os.File{handed(t, "api", tcp(t, net.IPv4zero))})
	must(t, err)
	s.close()
}

// What is handed on can be closed here: a listener whose socket became blocking would be stuck in accept.
func TestAListenerWithADuplicateCanBeClosed(t *testing.T) {
	s := &sockets{api: tcp(t, loopback)}
	accepted := make(chan error, 1)
	go func() {
		for {
			conn, err := s.api.Accept()
			if err != nil {
				accepted <- err
				return
			}
			_ = conn.Close()
		}
	}()
	files, err := s.files()
	must(t, err)
	defer closeAll(files)
	_ = files[0].Fd() // as os/exec does
	conn, err := net.Dial("tcp", s.api.Addr().String())
	must(t, err)
	_, _ = conn.Read(make([]byte, 1)) // it was accepted and closed; the next accept has begun or begins now
	_ = conn.Close()
	go s.api.Close()
	select {
	case err := <-accepted:
		if !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("accept does not end")
	}
}
