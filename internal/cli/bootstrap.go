package cli

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// bootstrapCmd takes the flags and variables of keystone-manage bootstrap, so that deployment
// tools need only another name of the command.
type bootstrapCmd struct {
	configFlag
	Password     string `name:"bootstrap-password" help:"Password of the administrator. Arguments can be seen by every user of the machine: prefer OS_BOOTSTRAP_PASSWORD or the file."`
	PasswordFile string `name:"bootstrap-password-file" type:"existingfile" help:"File whose first line is the password." placeholder:"FILE"`
	Username     string `name:"bootstrap-username" env:"OS_BOOTSTRAP_USERNAME" default:"admin" help:"Name of the administrator."`
	Project      string `name:"bootstrap-project-name" env:"OS_BOOTSTRAP_PROJECT_NAME" default:"admin" help:"The administrator's project."`
	Role         string `name:"bootstrap-role-name" env:"OS_BOOTSTRAP_ROLE_NAME" default:"admin" help:"The administrator's role."`
	Service      string `name:"bootstrap-service-name" env:"OS_BOOTSTRAP_SERVICE_NAME" default:"keystone" help:"Name of the identity service."`
	Region       string `name:"bootstrap-region-id" env:"OS_BOOTSTRAP_REGION_ID" help:"Region of the endpoints."`
	PublicURL    string `name:"bootstrap-public-url" env:"OS_BOOTSTRAP_PUBLIC_URL" help:"Public identity endpoint."`
	InternalURL  string `name:"bootstrap-internal-url" env:"OS_BOOTSTRAP_INTERNAL_URL" help:"Internal identity endpoint."`
	AdminURL     string `name:"bootstrap-admin-url" env:"OS_BOOTSTRAP_ADMIN_URL" help:"Admin identity endpoint."`
	Mutable      bool   `name:"no-immutable-roles" help:"Leave the basic roles changeable."`
	Immutable    bool   `name:"immutable-roles" hidden:"" help:"The default; accepted for old scripts."`
}

// Run migrates the database, makes the first keys, and bootstraps.
func (b bootstrapCmd) Run(p Process) error {
	cfg, err := b.load(p)
	if err != nil {
		return err
	}
	if err := ensureMasterKey(p, cfg.Keys.MasterKeyFile); err != nil {
		return err
	}
	password, err := b.password(p)
	if err != nil {
		return err
	}
	return withCore(p, cfg, true, func(ctx context.Context, c *core.Core) error {
		if err := c.EnsureKeys(ctx); err != nil {
			return err
		}
		spec := core.Bootstrap{Username: b.Username, Password: password, Project: b.Project, Role: b.Role, Service: b.Service,
			Region: identity.RegionID(b.Region), PublicURL: b.PublicURL, InternalURL: b.InternalURL, AdminURL: b.AdminURL, MutableRoles: b.Mutable}
		generated := password.Empty() && !c.HasUser(b.Username)
		if generated {
			spec.Password = randomPassword()
		}
		out, err := c.Bootstrap(ctx, spec)
		if err != nil {
			return err
		}
		return b.report(p, out, spec, generated)
	})
}

func (b bootstrapCmd) report(p Process, out core.Bootstrapped, spec core.Bootstrap, generated bool) error {
	if !out.Changed {
		_, err := fmt.Fprintln(p.Out, "Everything was there already; nothing was changed.")
		return err
	}
	fmt.Fprintf(p.Out, "Bootstrapped: user %s (%s) has role %s on project %s (%s) and on the system.\n", b.Username, out.User, b.Role, b.Project, out.Project)
	if generated {
		fmt.Fprintf(p.Out, "Its password, shown only now: %s\n", spec.Password.Reveal())
	}
	_, err := fmt.Fprintln(p.Out, "  next: lintel serve --config FILE")
	return err
}

// password takes the first of: the flag, the file, OS_BOOTSTRAP_PASSWORD. None is fine: one is
// made for a new administrator, and an existing one keeps its own.
func (b bootstrapCmd) password(p Process) (identity.Secret, error) {
	if b.Password != "" {
		fmt.Fprintln(p.Err, "lintel: warning: a password given as an argument can be seen by every user of this machine")
		return identity.NewSecret(b.Password), nil
	}
	if b.PasswordFile != "" {
		text, err := os.ReadFile(b.PasswordFile)
		if err != nil {
			return identity.Secret{}, err
		}
		line, _, _ := strings.Cut(string(text), "\n")
		return identity.NewSecret(strings.TrimSuffix(line, "\r")), nil
	}
	text, _ := p.Env("OS_BOOTSTRAP_PASSWORD")
	return identity.NewSecret(text), nil
}

// randomPassword has 144 bits and survives every shell, command line and INI file.
func randomPassword() identity.Secret {
	var raw [18]byte
	rand.Read(raw[:])
	return identity.SecretOf(raw[:])
}

// ensureMasterKey makes a master key's file, when one is named that is not there yet.
func ensureMasterKey(p Process, path string) error {
	if path == "" {
		return nil
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := writeMasterKey(path); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.Err, "lintel: made the master key %s; keep a copy apart from the database: without it nothing sealed can be opened\n", path)
	return err
}

func writeMasterKey(path string) error {
	var raw [32]byte
	rand.Read(raw[:])
	return writeNew(path, base64.StdEncoding.EncodeToString(raw[:])+"\n")
}

// writeNew writes a private file that must not exist yet, so that it survives a power cut.
func writeNew(path, text string) error {
	if err := writeFile(path, text); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func writeFile(path, text string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Sync()
}
