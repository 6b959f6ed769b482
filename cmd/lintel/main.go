// Command lintel is an OpenStack-compatible identity service: lintel help.
package main

import (
	"os"

	"github.com/lintel-id/lintel/internal/cli"
)

// version is set by the release build.
var version = "dev"

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Process{Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv, Version: version}))
}
