package rig

import (
	"errors"
	"net"
	"sync"
	"time"
)

// Proxy carries TCP connections to a port of this machine and does to them what networks do.
type Proxy struct {
	Port     int
	listener net.Listener

	mu     sync.Mutex
	change *sync.Cond    // of what follows
	target int           // port
	down   bool          // connections are refused
	hole   bool          // bytes are swallowed for now; they arrive when it ends, as TCP sends again
	delay  time.Duration // of every piece of an answer
	conns  map[net.Conn]bool
}

// NewProxy listens on a free port and carries connections to target.
func NewProxy(d *Dir, target int) (*Proxy, error) {
	port, err := d.FreePort()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", Address(port))
	if err != nil {
		return nil, err
	}
	p := &Proxy{Port: port, listener: l, target: target, conns: map[net.Conn]bool{}}
	p.change = sync.NewCond(&p.mu)
	go p.accept()
	d.AtEnd(func() error {
		l.Close()
		p.Cut()
		return nil
	})
	return p, nil
}

// Cut breaks every connection and refuses new ones until Heal.
func (p *Proxy) Cut() {
	p.set(func() { p.down = true })
}

// Swallow keeps connections open and lets nothing through, either way, until Heal.
func (p *Proxy) Swallow() { p.set(func() { p.hole = true }) }

// Delay holds back every piece of an answer for d; 0 ends it.
func (p *Proxy) Delay(d time.Duration) { p.set(func() { p.delay = d }) }

// Heal ends Cut and Swallow.
func (p *Proxy) Heal() { p.set(func() { p.down, p.hole = false, false }) }

// Turn breaks every connection and sends those to come to another port.
func (p *Proxy) Turn(target int) {
	p.set(func() { p.target, p.down = target, true })
	p.Heal()
}

func (p *Proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	if p.down {
		for c := range p.conns {
			c.Close()
		}
		clear(p.conns)
	}
	p.change.Broadcast()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			go p.carry(client)
		}
	}
}

func (p *Proxy) carry(client net.Conn) {
	p.mu.Lock()
	down, target := p.down, p.target
	p.mu.Unlock()
	if down {
		client.Close()
		return
	}
	server, err := net.Dial("tcp", Address(target))
	if err != nil {
		client.Close()
		return
	}
	p.mu.Lock()
	down = p.down // it may have been cut meanwhile
	if !down {
		p.conns[client], p.conns[server] = true, true
	}
	p.mu.Unlock()
	if !down {
		done := make(chan bool)
		go func() { p.pump(server, client, false); close(done) }()
		p.pump(client, server, true)
		<-done
	}
	p.mu.Lock()
	delete(p.conns, client)
	delete(p.conns, server)
	p.mu.Unlock()
	client.Close()
	server.Close()
}

// piece is what one read brought, and when it may go on.
type piece struct {
	bytes []byte
	due   time.Time
}

// pump carries one direction until either end closes, then closes both.
func (p *Proxy) pump(to, from net.Conn, answers bool) {
	pieces := make(chan piece, 256)
	go func() {
		defer close(pieces)
		for {
			buffer := make([]byte, 32<<10)
			n, err := from.Read(buffer)
			if n > 0 {
				pieces <- piece{buffer[:n], time.Now().Add(p.lag(answers))}
			}
			if err != nil {
				return
			}
		}
	}()
	for piece := range pieces {
		if wait := time.Until(piece.due); wait > 0 {
			<-time.After(wait)
		}
		p.passable()
		if _, err := to.Write(piece.bytes); err != nil {
			break
		}
	}
	to.Close()
	from.Close()
	for range pieces { // so that the reader ends
	}
}

func (p *Proxy) lag(answers bool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !answers {
		return 0
	}
	return p.delay
}

// passable waits until nothing is swallowed, or everything was cut.
func (p *Proxy) passable() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.hole && !p.down {
		p.change.Wait()
	}
}
