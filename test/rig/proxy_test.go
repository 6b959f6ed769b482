package rig

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// echo is a server that sends back what it gets, through a proxy.
func echo(t *testing.T) *Proxy {
	t.Helper()
	d, err := NewDir("lintel-rig-")
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	p, err := NewProxy(d, echoServer(t, ""))
	must(t, err)
	return p
}

// echoServer puts a word before what it sends back.
func echoServer(t *testing.T, word string) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for lines := bufio.NewReader(c); ; {
					line, err := lines.ReadString('\n')
					if err != nil {
						return
					}
					if _, err := io.WriteString(c, word+line); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// talker is a client of the proxy.
type talker struct {
	net.Conn
	lines *bufio.Reader
}

func dial(t *testing.T, p *Proxy) *talker {
	t.Helper()
	c, err := net.Dial("tcp", Address(p.Port))
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return &talker{c, bufio.NewReader(c)}
}

// say sends a line and returns the answer, or an error after the limit.
func (c *talker) say(line string, limit time.Duration) (string, error) {
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, line); err != nil {
		return "", err
	}
	return c.lines.ReadString('\n')
}

const ample, brief = 10 * time.Second, 100 * time.Millisecond

func TestProxyCarries(t *testing.T) {
	c := dial(t, echo(t))
	for _, line := range []string{"one\n", "two\n"} {
		if got, err := c.say(line, ample); got != line || err != nil {
			t.Errorf("%q, %v; want %q", got, err, line)
		}
	}
}

func TestCutBreaksAndRefusesUntilHealed(t *testing.T) {
	p := echo(t)
	old := dial(t, p)
	_, err := old.say("one\n", ample)
	must(t, err)
	p.Cut()
	if _, err := old.say("two\n", ample); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("an old connection: %v, want it broken", err)
	}
	if _, err := dial(t, p).say("three\n", ample); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a new connection: %v, want it broken", err)
	}
	p.Heal()
	if _, err := dial(t, p).say("four\n", ample); err != nil {
		t.Errorf("after healing: %v", err)
	}
}

func TestWhatIsSwallowedArrivesWhenHealed(t *testing.T) {
	p := echo(t)
	c := dial(t, p)
	_, err := c.say("one\n", ample)
	must(t, err)
	p.Swallow()
	if got, err := c.say("two\n", brief); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%q, %v; want silence", got, err)
	}
	p.Heal()
	must(t, c.SetDeadline(time.Now().Add(ample)))
	if got, err := c.lines.ReadString('\n'); got != "two\n" {
		t.Errorf("%q, %v; want what was swallowed", got, err)
	}
}

func TestDelayHoldsAnswersBack(t *testing.T) {
	p := echo(t)
	c := dial(t, p)
	_, err := c.say("one\n", ample)
	must(t, err)
	p.Delay(brief)
	start := time.Now()
	_, err = c.say("two\n", ample)
	must(t, err)
	if took := time.Since(start); took < brief {
		t.Errorf("the answer took %s, want %s at least", took, brief)
	}
}

func TestTurnSendsToAnother(t *testing.T) {
	p := echo(t)
	old := dial(t, p)
	_, err := old.say("one\n", ample)
	must(t, err)
	p.Turn(echoServer(t, "other "))
	if _, err := old.say("two\n", ample); err == nil {
		t.Error("the old connection lives")
	}
	if got, err := dial(t, p).say("three\n", ample); got != "other three\n" {
		t.Errorf("%q, %v; want the other's answer", got, err)
	}
}
