package password

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// other starts Serve as often as it is asked to, and keeps the last connection to it.
type other struct {
	starts int
	conn   net.Conn
	serve  func(io.ReadWriteCloser) error
	log    bytes.Buffer
}

func (o *other) start() (io.ReadWriteCloser, error) {
	o.starts++
	ours, theirs := net.Pipe()
	o.conn = ours
	go func() { _ = o.serve(theirs) }() // it ends with the connection
	return ours, nil
}

func (o *other) hasher(t *testing.T) *Hasher {
	t.Helper()
	h, err := New(Options{Memory: 64, Time: 1, Workers: 4, Aside: o.start, Log: slog.New(slog.NewTextHandler(&o.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// rightAndWrong hashes a secret, verifies it, and does not verify another.
func rightAndWrong(t *testing.T, h *Hasher) {
	t.Helper()
	hash, err := h.Hash(t.Context(), "a secret")
	if err != nil {
		t.Fatal(err)
	}
	if ok, upgrade := verify(t, h, hash, "a secret"); !ok || upgrade {
		t.Errorf("the secret: %v, upgrade %v", ok, upgrade)
	}
	if ok, _ := verify(t, h, hash, "another"); ok {
		t.Error("another secret verifies")
	}
}

func TestAnotherProcessHashesAndVerifiesUntilItIsNotNeededForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &other{serve: Serve}
		h := o.hasher(t)
		rightAndWrong(t, h)
		time.Sleep(asideIdle - time.Second)
		rightAndWrong(t, h)
		time.Sleep(asideIdle - time.Second)
		if _, err := o.conn.Write(nil); err != nil || o.starts != 1 {
			t.Fatalf("it was started %d times; it may not have ended: %v", o.starts, err)
		}
		time.Sleep(2 * time.Second)
		if _, err := o.conn.Write(nil); err == nil {
			t.Fatal("it was not needed and did not end")
		}
		rightAndWrong(t, h)
		if o.starts != 2 || o.log.Len() > 0 {
			t.Errorf("it was started %d times; log: %s", o.starts, &o.log)
		}
	})
}

func TestALostProcessIsStartedAgainAndNoLoginFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &other{serve: Serve}
		h := o.hasher(t)
		rightAndWrong(t, h)
		_ = o.conn.Close()
		rightAndWrong(t, h)
		rightAndWrong(t, h)
		if o.starts != 2 || strings.Count(o.log.String(), "\n") != 1 {
			t.Errorf("it was started %d times; log: %s", o.starts, &o.log)
		}
	})
}

func TestAProcessThatDoesNotAnswerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &other{serve: func(conn io.ReadWriteCloser) error {
			_, err := io.Copy(io.Discard, conn)
			return err
		}}
		h := o.hasher(t)
		before := time.Now()
		if _, err := h.Hash(t.Context(), "a secret"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(before); took != asideTimeout {
			t.Errorf("given up after %s", took)
		}
		o.serve = Serve
		rightAndWrong(t, h)
		if o.starts != 2 {
			t.Errorf("it was started %d times", o.starts)
		}
	})
}

func TestAProcessThatCannotBeStartedIsDoneWithout(t *testing.T) {
	o := &other{}
	h := o.hasher(t)
	h.aside.start = func() (io.ReadWriteCloser, error) { return nil, io.ErrClosedPipe }
	rightAndWrong(t, h)
	if !strings.Contains(o.log.String(), io.ErrClosedPipe.Error()) || strings.Contains(o.log.String(), "a secret") {
		t.Errorf("log: %s", &o.log)
	}
}
