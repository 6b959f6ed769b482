package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/lintel-id/lintel/internal/server"
	"github.com/lintel-id/lintel/internal/store"
)

type backupCmd struct {
	Take   backupTakeCmd   `cmd:"" default:"withargs" help:"Write a backup of the database to a new file, also beside a running server."`
	Verify backupVerifyCmd `cmd:"" help:"Read all of a backup and compare it with what it was made of."`
}

// backupOut is a backup as --json prints it.
type backupOut struct {
	File     string           `json:"file"`
	Revision int64            `json:"revision"`
	TakenAt  string           `json:"taken_at"`
	Engine   string           `json:"engine"`
	Version  string           `json:"version"`
	Schema   int64            `json:"schema"`
	Rows     int64            `json:"rows"`
	Bytes    int64            `json:"bytes"`
	Tables   []backupTableOut `json:"tables"`
}

type backupTableOut struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

func newBackupOut(file string, b store.BackupInfo) (out backupOut, err error) {
	stat, err := os.Stat(file)
	if err != nil {
		return out, err
	}
	out = backupOut{File: file, Revision: b.Revision, TakenAt: b.TakenAt.Format(time.RFC3339Nano), Engine: b.Engine, Version: b.Version, Schema: b.Schema,
		Bytes: stat.Size(), Tables: []backupTableOut{}}
	for _, t := range b.Tables {
		out.Rows += t.Rows
		out.Tables = append(out.Tables, backupTableOut(t))
	}
	return out, nil
}

type backupTakeCmd struct {
	configFlag
	File string `arg:"" type:"path" help:"The file to write; it must not be there yet."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run writes the backup. The master key is not in it, and nothing but the master key opens what
// is sealed in it.
func (b backupTakeCmd) Run(p Process) (err error) {
	cfg, err := b.load(p)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	st, err := store.Open(ctx, cfg.Database.URL.Reveal(), store.Options{Existing: true, MaxConns: 2})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	progress := newProgress(p.Err)
	info, err := st.Backup(ctx, b.File, store.BackupOptions{Version: p.Version, Progress: progress.show})
	progress.end()
	if err != nil {
		return err
	}
	out, err := newBackupOut(b.File, info)
	if err != nil || b.JSON {
		return errors.Join(err, printJSON(p, out))
	}
	_, err = fmt.Fprintf(p.Out, "Backed up revision %d to %s: %d rows, %d bytes, verified.\n"+
		"  The master key is not in it, and without it the keys, credentials and secrets in it cannot be opened: keep a copy of that elsewhere.\n",
		out.Revision, out.File, out.Rows, out.Bytes)
	return err
}

type backupVerifyCmd struct {
	File string `arg:"" type:"path" help:"The backup."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run needs no configuration and no key.
func (b backupVerifyCmd) Run(p Process) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	backup, err := store.OpenBackup(ctx, b.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backup.Close()) }()
	if err := backup.Verify(ctx); err != nil {
		return err
	}
	out, err := newBackupOut(b.File, backup.BackupInfo)
	if err != nil || b.JSON {
		return errors.Join(err, printJSON(p, out))
	}
	_, err = fmt.Fprintf(p.Out, "%s is whole: revision %d, taken %s from %s by lintel %s, schema version %d, %d rows.\n",
		out.File, out.Revision, out.TakenAt, out.Engine, out.Version, out.Schema, out.Rows)
	return err
}

type restoreCmd struct {
	configFlag
	File    string `arg:"" type:"path" help:"The backup."`
	Replace bool   `help:"Restore over a database that is not empty: all that it holds is lost."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// restoreOut is a restore as --json prints it.
type restoreOut struct {
	File     string `json:"file"`
	Revision int64  `json:"revision"` // of the backup
	TakenAt  string `json:"taken_at"`
	Now      int64  `json:"now_at_revision"`
}

// Run restores. Servers must be stopped meanwhile.
func (r restoreCmd) Run(p Process) (err error) {
	cfg, err := r.load(p)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	backup, err := store.OpenBackup(ctx, r.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backup.Close()) }()
	st, err := store.Open(ctx, cfg.Database.URL.Reveal(), store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	progress := newProgress(p.Err)
	rev, err := server.Restore(ctx, cfg, st, backup, store.RestoreOptions{Replace: r.Replace, Progress: progress.show})
	progress.end()
	var full *store.NotEmptyError
	if errors.As(err, &full) {
		return fmt.Errorf("%s is not empty, and all that it holds would be lost: %s\n  to replace it: lintel restore --replace", cfg.Database.URL, full.Holds)
	}
	if err != nil {
		return err
	}
	out := restoreOut{File: r.File, Revision: backup.Revision, TakenAt: backup.TakenAt.Format(time.RFC3339), Now: rev}
	if r.JSON {
		return printJSON(p, out)
	}
	_, err = fmt.Fprintf(p.Out, "Restored revision %d, taken %s. The database is at revision %d now.\n"+
		"  Every token issued before is void. What was changed or deleted since the backup is as it was then, credentials too.\n"+
		"  next: lintel serve --config FILE\n", out.Revision, out.TakenAt, out.Now)
	return err
}

// progress tells a terminal how far something is, at most ten times a second, on one line.
type progress struct {
	to   io.Writer // nil: it is no terminal
	last time.Time
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	if !ok {
		return &progress{}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &progress{}
	}
	return &progress{to: w}
}

const clearLine = "\r\x1b[K"

func (p *progress) show(table string, rows int64) {
	if p.to == nil || time.Since(p.last) < 100*time.Millisecond {
		return
	}
	p.last = time.Now()
	fmt.Fprintf(p.to, "%s%s: %d rows", clearLine, table, rows)
}

func (p *progress) end() {
	if p.to != nil && !p.last.IsZero() {
		fmt.Fprint(p.to, clearLine)
	}
}
