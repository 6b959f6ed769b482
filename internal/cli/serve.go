package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server"
	"github.com/lintel-id/lintel/internal/telemetry"
)

type serveCmd struct {
	configFlag
	Listen  string `help:"Address of the API, over that of the configuration." placeholder:"HOST:PORT"`
	Migrate bool   `help:"Bring the database's schema up to date first."`
}

// Run serves until a signal has drained the server.
func (s serveCmd) Run(p Process) error {
	cfg, err := s.read(p)
	if err != nil {
		return err
	}
	handovers := make(chan os.Signal, 1)
	signal.Notify(handovers, syscall.SIGUSR2)
	defer signal.Stop(handovers)
	return serve(p, cfg, server.Options{Migrate: s.Migrate, Supervised: true, Handovers: handovers,
		Reload: func() (*config.Config, error) { return s.read(p) }})
}

// read is the configuration with what the command line says over it.
func (s serveCmd) read(p Process) (*config.Config, error) {
	cfg, err := s.load(p)
	if err != nil || s.Listen == "" {
		return cfg, err
	}
	cfg.Server.Listen = s.Listen
	err = cfg.Validate()
	return cfg, err
}

// serve runs a server with the process's signals and a log on its standard error.
func serve(p Process, cfg *config.Config, o server.Options) (err error) {
	log, err := telemetry.Logger(cfg.Log.Format, cfg.Log.Level, p.Err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	o.Config, o.Log, o.Version, o.Signals, o.Hangups = cfg, log, p.Version, signals, hangups
	if p.Self != "" {
		o.Hashing = []string{p.Self, "hash-passwords"}
	}
	return server.Run(context.Background(), o)
}

// hashPasswordsCmd is the process that a server starts.
type hashPasswordsCmd struct{}

// Run hashes until its standard input ends.
func (hashPasswordsCmd) Run(Process) error { return server.HashPasswords(os.Stdin) }
