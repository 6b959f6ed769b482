package script

import (
	"encoding/base64"
	"errors"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdBasic puts the credentials of HTTP Basic (RFC 7617) in a variable.
func (st *story) cmdBasic(ts *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: basic NAME USER PASSWORD")
	}
	ts.Setenv(args[0], base64.StdEncoding.EncodeToString([]byte(args[1]+":"+args[2])))
	return nil
}
