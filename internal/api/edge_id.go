package api

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"sync"
)

// requestIDs makes "req-" and a version 4 UUID (RFC 9562), reading the system's randomness for 256 of them at a time.
type requestIDs struct {
	mu     sync.Mutex
	random [256 * 16]byte
	left   int // bytes of random not handed out yet, at its end
}

func (g *requestIDs) next() string {
	var id [16]byte
	g.mu.Lock()
	if g.left == 0 {
		// Read never fails: the runtime ends the program instead.
		_, _ = rand.Read(g.random[:])
		g.left = len(g.random)
	}
	g.left -= copy(id[:], g.random[len(g.random)-g.left:])
	g.mu.Unlock()
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80

	text := [40]byte{'r', 'e', 'q', '-', 12: '-', 17: '-', 22: '-', 27: '-'}
	hex.Encode(text[4:], id[0:4])
	hex.Encode(text[13:], id[4:6])
	hex.Encode(text[18:], id[6:8])
	hex.Encode(text[23:], id[8:10])
	hex.Encode(text[28:], id[10:16])
	return string(text[:])
}

// GlobalRequestID is the id the client gave the request, for the log; "" when there is none of the form req-<uuid>, so
// that nobody writes other text into the log.
func (e *Edge) GlobalRequestID(r *http.Request) string {
	values := r.Header["X-Openstack-Request-Id"]
	if len(values) != 1 || !requestIDText(values[0]) {
		return ""
	}
	return values[0]
}

func requestIDText(text string) bool {
	if len(text) != 40 || text[:4] != "req-" {
		return false
	}
	for i := 4; i < len(text); i++ {
		dash := i == 12 || i == 17 || i == 22 || i == 27
		if dash != (text[i] == '-') || !dash && unhex(text[i]) < 0 {
			return false
		}
	}
	return true
}
