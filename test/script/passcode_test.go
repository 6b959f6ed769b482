package script

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdPasscode puts the current passcode of an authenticator (RFC 6238) in a variable. It does
// not look at ours: the server is tested against the RFC.
func (st *story) cmdPasscode(ts *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: passcode NAME SEED")
	}
	key, err := base32.StdEncoding.DecodeString(args[1])
	if err != nil {
		return err
	}
	h := hmac.New(sha1.New, key)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30)))
	sum := h.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	ts.Setenv(args[0], fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000))
	return nil
}
