// Package cli is the command line: what each command is called, which flags it takes and what
// it prints. It refuses to hold rules: commands build a server or the verbs and call them.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/server"
	"github.com/lintel-id/lintel/internal/telemetry"
)

// Process is what a command may use of the process it runs in.
type Process struct {
	Out, Err io.Writer
	Env      func(string) (string, bool)
	Version  string
	Self     string // the file of this program, for processes that help it; "" for none
}

// commands is the whole command line.
type commands struct {
	Dev       devCmd       `cmd:"" help:"Run a throw-away cloud on this machine: no configuration, one command."`
	Serve     serveCmd     `cmd:"" help:"Run the identity service."`
	Bootstrap bootstrapCmd `cmd:"" help:"Make the first administrator, roles and endpoints. May be run again."`
	Migrate   migrateCmd   `cmd:"" help:"Bring the database's schema up to date."`
	Cluster   clusterCmd   `cmd:"" help:"Look at the servers that share a database."`
	Keys      keysCmd      `cmd:"" help:"Look at and rotate the keys that seal tokens."`
	Backup    backupCmd    `cmd:"" help:"Write and verify backups of the database."`
	Restore   restoreCmd   `cmd:"" help:"Fill the database with a backup; this ends every token."`
	Doctor    doctorCmd    `cmd:"" help:"Look for what is wrong, or will be, and say what to do."`
	Policy    policyCmd    `cmd:"" help:"Look at, check and try the rules of who may do what."`
	Bench     benchCmd     `cmd:"" help:"Measure a Keystone-compatible server."`
	Version   versionCmd   `cmd:"" help:"Print the version."`

	BenchConstant benchConstantCmd `cmd:"" hidden:""`
	HashPasswords hashPasswordsCmd `cmd:"" hidden:""`
}

// Main runs one command and returns the process's exit status: 0, 1 for a failure, 2 for a
// command line that cannot be understood.
func Main(args []string, p Process) (code int) {
	defer func() {
		if r := recover(); r != nil {
			e, ours := r.(exit)
			if !ours {
				panic(r)
			}
			code = int(e)
		}
	}()
	var c commands
	parser, err := kong.New(&c, kong.Name("lintel"), kong.Description("An OpenStack-compatible identity service in one binary."),
		kong.Writers(p.Out, p.Err), kong.UsageOnError(), kong.Bind(p), kong.Exit(func(code int) { panic(exit(code)) }))
	if err != nil {
		fmt.Fprintln(p.Err, "lintel:", err)
		return 1
	}
	return run(parser, args, p)
}

// exit is how kong's help ends the command.
type exit int

func run(parser *kong.Kong, args []string, p Process) int {
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(p.Err, "lintel: %s\n  run: lintel --help\n", err)
		return 2
	}
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(p.Err, "lintel:", err)
		return 1
	}
	return 0
}

// configFlag is the configuration of commands that use the database.
type configFlag struct {
	Config string `help:"Configuration file." type:"path" placeholder:"FILE" env:"LINTEL_CONFIG"`
}

func (f configFlag) load(p Process) (*config.Config, error) { return config.Load(f.Config, p.Env) }

// withCore runs f with the verbs of the configured database, for commands that need no server.
func withCore(p Process, cfg *config.Config, migrate bool, f func(context.Context, *core.Core) error) (err error) {
	log, err := telemetry.Logger("text", "warn", p.Err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c, err := server.OpenCore(ctx, cfg, server.CoreOptions{Migrate: migrate, Log: log.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Store.Close()) }()
	return f(ctx, c)
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(p Process) error {
	_, err := fmt.Fprintln(p.Out, "lintel", p.Version)
	return err
}
