package bench

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"time"
)

// address is where a server listens.
type address struct {
	hostPort string
	tls      *tls.Config // nil for plain HTTP
}

const dialTimeout = 5 * time.Second

func (a *address) dial(ctx context.Context) (net.Conn, error) {
	d := &net.Dialer{Timeout: dialTimeout}
	if a.tls != nil {
		return (&tls.Dialer{NetDialer: d, Config: a.tls}).DialContext(ctx, "tcp", a.hostPort)
	}
	return d.DialContext(ctx, "tcp", a.hostPort)
}

// conn is one persistent connection, opened anew when the server has closed it.
type conn struct {
	address  *address
	deadline time.Time // of everything on it: one for a whole turn, because setting it costs
	net      net.Conn  // nil when there is none
	reader
}

func (c *conn) open(ctx context.Context) (err error) {
	c.net, err = c.address.dial(ctx)
	if err != nil {
		c.net = nil
		return err
	}
	if c.r == nil {
		c.r = bufio.NewReaderSize(c.net, 16<<10)
	} else {
		c.r.Reset(c.net)
	}
	return c.net.SetDeadline(c.deadline)
}

func (c *conn) close() {
	if c.net != nil {
		// Nothing is lost: every answer that counts has been read.
		_ = c.net.Close()
		c.net = nil
	}
}

// exchange sends a request and reads the answer, whose body is in c.body until the next one.
func (c *conn) exchange(ctx context.Context, request []byte, head bool) (status int, err error) {
	if c.net == nil {
		if err := c.open(ctx); err != nil {
			return 0, err
		}
	}
	if _, err = c.net.Write(request); err != nil {
		c.close()
		return 0, err
	}
	status, closes, err := c.read(head)
	if closes || err != nil {
		c.close()
	}
	return status, unexpected(err)
}
