package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/lintel-id/lintel/internal/cli/catalogs"
	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server"
)

type devCmd struct {
	Data        string `help:"Directory that keeps the cloud between runs." default:".lintel-dev" type:"path" placeholder:"DIR"`
	Ephemeral   bool   `help:"Keep nothing: use a new directory and remove it at the end."`
	Listen      string `help:"Address to listen on; loopback only. Port 0 takes a free one." default:"127.0.0.1:5000" placeholder:"HOST:PORT"`
	CatalogName string `name:"catalog" help:"Catalog to begin with: dev, gozunga, nhn, or a file." default:"dev" placeholder:"NAME|FILE"`
	JSON        bool   `name:"json" help:"Print the banner as one JSON object, once the server answers; without the sign-in link."`
	Browser     bool   `help:"Open the portal in a browser, where there is a terminal and a display." default:"true" negatable:""`
}

// Run starts the server, makes what a newcomer needs, and prints where it is.
func (d devCmd) Run(p Process) (err error) {
	if err := d.checkListen(); err != nil {
		return err
	}
	if _, err := d.catalog("http://" + d.Listen); err != nil {
		return err
	}
	dir, remove, err := d.directory()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	cfg, err := d.config(dir)
	if err != nil {
		return err
	}
	state, err := readDevState(dir)
	if err != nil {
		return err
	}
	files := filesIn(dir)
	seed := devSeed{state: &state, given: givenPassword(p)}
	link := ""
	o := server.Options{Migrate: true,
		Setup: func(ctx context.Context, c *core.Core, base string) (err error) {
			if seed.catalog, err = d.catalog(base); err != nil {
				return err
			}
			if err := seed.plant(ctx, c); err != nil {
				return err
			}
			if err := state.write(dir); err != nil {
				return err
			}
			link = signInLink(c, base, &state)
			return files.write(base, seed.region(), &state)
		},
		Ready: func(base string) {
			b := newBanner(p.Version, base, dir, files, d.Ephemeral)
			err := b.print(p.Out, link, d.JSON)
			if d.Browser && !d.JSON {
				err = errors.Join(err, openPortal(p, dir, link))
			}
			if err != nil {
				fmt.Fprintln(p.Err, "lintel:", err)
			}
		},
	}
	log, err := os.OpenFile(files.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	return serve(Process{Out: p.Out, Err: log, Env: p.Env, Version: p.Version, Self: p.Self}, cfg, o)
}

// checkListen refuses addresses that others can reach: dev mode's files and defaults are for
// one person on one machine.
func (d devCmd) checkListen() error {
	host, _, err := net.SplitHostPort(d.Listen)
	if err != nil {
		return fmt.Errorf("--listen %s: it is not HOST:PORT", d.Listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen %s: dev mode listens on loopback addresses only\n  to run it for others: lintel serve --config FILE", d.Listen)
	}
	return nil
}

// catalog is the chosen one with this server as its identity service: clients send passwords
// to the address the catalog names, which must not be somebody else's.
func (d devCmd) catalog(base string) (identity.CatalogSpec, error) {
	spec, err := catalogs.Load(d.CatalogName)
	if err != nil {
		return spec, fmt.Errorf("--catalog: %w", err)
	}
	for i := range spec.Services {
		if spec.Services[i].Type != "identity" {
			continue
		}
		for j := range spec.Services[i].Endpoints {
			e := &spec.Services[i].Endpoints[j]
			u, err := url.Parse(e.URL)
			if err != nil {
				return spec, fmt.Errorf("--catalog: %w", err)
			}
			e.URL = base + u.Path
		}
	}
	return spec, nil
}

// directory returns the data directory and what to do with it at the end.
func (d devCmd) directory() (dir string, remove func() error, err error) {
	if d.Ephemeral {
		dir, err = os.MkdirTemp("", "lintel-dev-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	return d.Data, func() error { return nil }, os.MkdirAll(d.Data, 0o700)
}

// config is the default configuration with its files in dir.
func (d devCmd) config(dir string) (cfg *config.Config, err error) {
	key := filepath.Join(dir, "master.key")
	if _, err := os.Stat(key); errors.Is(err, os.ErrNotExist) {
		if err := writeMasterKey(key); err != nil {
			return nil, err
		}
	}
	cfg = config.Default()
	cfg.Server.Listen, cfg.Server.MetricsListen = d.Listen, ""
	cfg.Server.Drain.Duration = 0 // nobody routes traffic here: Ctrl-C may be quick
	cfg.Keys.MasterKeyFile = key
	if cfg.Database.URL, err = config.ParseDatabaseURL("sqlite://" + filepath.Join(dir, "lintel.db")); err != nil {
		return nil, err
	}
	err = cfg.Validate()
	return cfg, err
}

// givenPassword is the administrator's password, when one was given.
func givenPassword(p Process) string {
	text, _ := p.Env("OS_BOOTSTRAP_PASSWORD")
	return strings.TrimSpace(text)
}
