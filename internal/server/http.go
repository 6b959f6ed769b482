package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"syscall"

	"github.com/lintel-id/lintel/internal/config"
)

// headerSlack is what net/http reads beyond MaxHeaderBytes before it answers 431.
const headerSlack = 4096

// newHTTP builds the server with every limit set, so that no client can hold a connection or memory for long. What
// net/http itself has to say goes to logger.
func newHTTP(c config.Server, handler http.Handler, logger *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true) // over TLS only
	return &http.Server{
		Handler:                      handler,
		ReadHeaderTimeout:            c.ReadHeader.Duration,
		ReadTimeout:                  c.Read.Duration,
		WriteTimeout:                 c.Write.Duration,
		IdleTimeout:                  c.Idle.Duration,
		MaxHeaderBytes:               c.MaxHeaderBytes - headerSlack,
		DisableGeneralOptionsHandler: true, // "OPTIONS *" must meet the edge like any other request
		Protocols:                    protocols,
		HTTP2:                        &http.HTTP2Config{MaxConcurrentStreams: 100},
		ErrorLog:                     log.New(&errorLog{logger}, "", 0),
	}
}

// errorLog passes on net/http's messages. Failed handshakes are at level debug: any port scan makes thousands of them.
type errorLog struct {
	logger *slog.Logger
}

func (l *errorLog) Write(line []byte) (int, error) {
	level := slog.LevelWarn
	if bytes.HasPrefix(line, []byte("http: TLS handshake error")) {
		level = slog.LevelDebug
	}
	l.logger.Log(context.Background(), level, string(bytes.TrimSuffix(line, []byte("\n"))))
	return len(line), nil
}

// listen opens address. setting names where the operator chose it, for the error: "--listen or [server] listen".
func listen(ctx context.Context, address, setting string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE):
		_, port, _ := net.SplitHostPort(address) // Listen has split it before
		return nil, fmt.Errorf("cannot listen on %s: the address is in use\n"+
			"  who holds it:   ss -ltnp 'sport = :%s'\n"+
			"  to use another: %s", address, port, setting)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("cannot listen on %s: not permitted; ports below 1024 need CAP_NET_BIND_SERVICE\n"+
			"  to use another: %s", address, setting)
	}
	return nil, fmt.Errorf("cannot listen on %s (%s): %w", address, setting, err)
}
