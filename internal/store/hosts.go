package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/sys/unix"
)

const (
	// hostWithin is how long one of several hosts may take to let us in, unless the URL has a connect_timeout.
	hostWithin = 2 * time.Second
	// silence is how long a machine may be silent before its connections are given up: one without power answers nothing,
	// and the kernel alone would wait for a quarter of an hour.
	silence = 5 * time.Second
)

// hosts are the servers that a URL names. pgx begins with the first each time and waits for it as long as the caller does, who may
// have no time left for the second. This begins with the one that let somebody in last, and goes on after each failure.
type hosts struct {
	each []*pgx.ConnConfig // of one host
	turn atomic.Uint32     // whom to ask first, modulo how many there are
	age  atomic.Uint64     // of connections: those of an earlier one are not used again

	mu   sync.Mutex
	last int // who let somebody in last
	open map[*link]bool
}

// link is a connection to a host.
type link struct {
	net.Conn
	hosts *hosts
	host  int
}

// Close closes the connection, unless that was done in its owner's place.
func (l *link) Close() error {
	l.hosts.mu.Lock()
	defer l.hosts.mu.Unlock()
	return l.close()
}

// close is Close under the hosts' lock.
func (l *link) close() error {
	if !l.hosts.open[l] {
		return nil
	}
	delete(l.hosts.open, l)
	return l.Conn.Close()
}

func newHosts(config *pgx.ConnConfig) *hosts {
	h := &hosts{open: map[*link]bool{}}
	var last *pgx.ConnConfig
	ways := append([]*pgconn.FallbackConfig{{Host: config.Host, Port: config.Port, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
	for _, way := range ways {
		if last != nil && last.Host == way.Host && last.Port == way.Port { // with TLS, then without
			last.Fallbacks = append(last.Fallbacks, way)
			continue
		}
		last = config.Copy()
		last.Host, last.Port, last.TLSConfig, last.Fallbacks = way.Host, way.Port, way.TLSConfig, nil
		last.DialFunc = h.dialer(len(h.each))
		h.each = append(h.each, last)
	}
	for _, c := range h.each {
		if len(h.each) > 1 && c.ConnectTimeout == 0 {
			c.ConnectTimeout = hostWithin
		}
	}
	return h
}

func (h *hosts) dialer(host int) pgconn.DialFunc {
	d := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 2 * time.Second, Interval: time.Second, Count: 3}, Control: endSilent}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		l := &link{Conn: c, hosts: h, host: host}
		h.mu.Lock()
		h.open[l] = true
		h.mu.Unlock()
		return l, nil
	}
}

// endSilent has the kernel break a connection whose other end does not acknowledge what it was sent.
func endSilent(network, _ string, c syscall.RawConn) (err error) {
	if network == "unix" {
		return nil
	}
	failed := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence.Milliseconds()))
	})
	if failed != nil {
		return failed
	}
	return err
}

// connectAny connects to one of the hosts and returns the age of the connection. Its error has those of all that were tried.
func connectAny[C any](ctx context.Context, h *hosts, connect func(ctx context.Context, host int) (C, error)) (none C, age uint64, err error) {
	for range h.each {
		turn, age := h.turn.Load(), h.age.Load()
		host := int(turn) % len(h.each)
		c, failed := connect(ctx, host)
		if failed == nil {
			if h.leads(host) {
				age = h.age.Load()
			}
			return c, age, nil
		}
		if err == nil {
			err = failed
		} else {
			err = fmt.Errorf("%w; %w", err, failed)
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			break // the caller has gone away, which says nothing of the host
		}
		h.turn.CompareAndSwap(turn, turn+1) // unless somebody else has seen it, too
		if ctx.Err() != nil {
			break
		}
	}
	return none, 0, err
}

// leads notes who let somebody in, and says whether that is another one than before. Then the one before has refused or was silent,
// and who still waits for its answer waits in vain.
func (h *hosts) leads(host int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last == host {
		return false
	}
	h.last = host
	h.age.Add(1)
	for l := range h.open {
		if l.host != host {
			_ = l.close() // nothing depends on it
		}
	}
	return true
}

// doubt has every connection made anew, and another host asked first: nothing has come from this one for long. It may be gone, and
// its address another's; or it still takes itself for the primary, which is another by now, and can confirm nothing.
func (h *hosts) doubt() {
	h.turn.Add(1)
	h.age.Add(1)
}

// connect makes a connection that belongs to no pool.
func (h *hosts) connect(ctx context.Context) (*pgx.Conn, error) {
	c, _, err := connectAny(ctx, h, func(ctx context.Context, host int) (*pgx.Conn, error) { return pgx.ConnectConfig(ctx, h.each[host]) })
	return c, err
}

// pool keeps connections as long as they are of the hosts' age.
func (h *hosts) pool(conns int, ping func(idle time.Duration) bool) *sql.DB {
	p := &pool{hosts: h}
	for _, config := range h.each {
		p.each = append(p.each, stdlib.GetConnector(*config,
			stdlib.OptionShouldPing(func(_ context.Context, p stdlib.ShouldPingParams) bool {
				return h.trusts(p.Conn) && ping(p.IdleDuration)
			}),
			stdlib.OptionResetSession(func(_ context.Context, c *pgx.Conn) error {
				if !h.trusts(c) {
					return driver.ErrBadConn
				}
				return nil
			})))
	}
	db := sql.OpenDB(p)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour)
	return db
}

// ageKey is where a connection has its age.
const ageKey = "lintel age"

func (h *hosts) trusts(c *pgx.Conn) bool { return c.PgConn().CustomData()[ageKey] == h.age.Load() }

// pool makes the connections of a pool (driver.Connector).
type pool struct {
	hosts *hosts
	each  []driver.Connector // of one host
}

func (p *pool) Connect(ctx context.Context) (driver.Conn, error) {
	c, age, err := connectAny(ctx, p.hosts, func(ctx context.Context, host int) (driver.Conn, error) { return p.each[host].Connect(ctx) })
	if made, ok := c.(*stdlib.Conn); ok {
		made.Conn().PgConn().CustomData()[ageKey] = age
	}
	return c, err
}

func (p *pool) Driver() driver.Driver { return p.each[0].Driver() }
