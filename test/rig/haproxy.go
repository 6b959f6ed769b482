package rig

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// StartHAProxy runs HAProxy (Debian's package haproxy) with a configuration until the end of the directory.
func StartHAProxy(d *Dir, name, config string) error {
	program, err := exec.LookPath("haproxy")
	if errors.Is(err, exec.ErrNotFound) {
		program, err = exec.LookPath("/usr/sbin/haproxy") // not in everybody's PATH
	}
	if err != nil {
		return fmt.Errorf("%w: apt-get install haproxy", err)
	}
	path, err := d.Write(name+".cfg", config)
	if err != nil {
		return err
	}
	_, err = daemon(d, name, syscall.SysProcAttr{}, program, "-db", "-q", "-f", path)
	return err
}

// daemon starts a program that logs to a file of the directory, and kills it at the directory's end.
func daemon(d *Dir, name string, as syscall.SysProcAttr, program string, args ...string) (*exec.Cmd, error) {
	log, err := os.OpenFile(filepath.Join(d.Path, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	as.Setpgid = true                     // Ctrl-C is for us, who end it in order
	cmd := exec.Command(program, args...) //nolint:gosec // G204: Debian's programs
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = d.Path, log, log, &as
	if err := errors.Join(cmd.Start(), log.Close()); err != nil {
		return nil, err
	}
	d.AtEnd(func() error {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // it says that it was killed, or somebody else has waited
		return nil
	})
	return cmd, nil
}
