package cli

import (
	"html/template"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// linkLife is how long the link can be used that signs the administrator in.
const linkLife = 10 * time.Minute

// signInLink offers the administrator's sign-in once, to whoever sees the terminal, and returns where.
func signInLink(c *core.Core, base string, s *devState) string {
	proof := identity.PasswordProof{User: identity.UserRef{Name: "admin", Domain: identity.DomainRef{ID: c.Settings.DefaultDomain}}, Password: identity.NewSecret(s.AdminPassword)}
	return base + "/portal/welcome/" + c.OfferSignIn(proof, linkLife).Reveal()
}

// openPortal opens the link in a browser where there is somebody to see it. Every user of the machine may read the
// arguments of a command: so the browser is given a private file, which leads on to the link.
func openPortal(p Process, dir, link string) error {
	opener := browserOpener(runtime.GOOS, p.Env, isTerminal(p.Out))
	path, err := exec.LookPath(opener)
	if opener == "" || err != nil {
		return nil //nolint:nilerr // the link has been printed: whoever has no browser here needs none
	}
	file := filepath.Join(dir, "portal.html")
	var page strings.Builder
	if err := openerPage.Execute(&page, link); err != nil {
		return err
	}
	if err := replaceFile(file, page.String()); err != nil {
		return err
	}
	command := exec.Command(path, file) //nolint:gosec,noctx // G204: the path of xdg-open or open; the browser outlives us
	// Ctrl-C, which stops the server, must not reach a browser that this has started.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return err
	}
	go func() { _ = command.Wait() }() // nobody waits for it; its exit status is its own affair
	return nil
}

var openerPage = template.Must(template.New("portal").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url={{.}}"><title>Lintel</title></head>
<body><p><a href="{{.}}">Lintel</a></p></body></html>
`))

// browserOpener is the command that opens a page in this user's browser; "" where nobody would see it.
func browserOpener(system string, env func(string) (string, bool), terminal bool) string {
	set := func(name string) bool { v, _ := env(name); return v != "" }
	switch {
	case !terminal:
		return ""
	case system == "darwin":
		return "open"
	case set("DISPLAY") || set("WAYLAND_DISPLAY"):
		return "xdg-open"
	}
	return ""
}

// isTerminal says whether w is a terminal, or some other device, and no file and no pipe.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}
