// Command lintel is an OpenStack-compatible identity service: lintel help.
package main

import (
	"os"

	"github.com/lintel-id/lintel/internal/cli"
)

// version is set by the release build.
var version = "dev"

func main() {
	self, _ := os.Executable() // "" where that is not known
	os.Exit(cli.Main(os.Args[1:], cli.Process{Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv, Version: version, Self: self}))
}
