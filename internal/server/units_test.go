package server

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
)

// unit returns the settings of a unit file that ships; of one that is set several times the last.
func unit(t *testing.T, name string) (text string, settings map[string]string) {
	t.Helper()
	raw, err := os.ReadFile("../../docs/operate/systemd/" + name)
	must(t, err)
	settings = map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			settings[key] = value
		}
	}
	return string(raw), settings
}

func TestTheUnitsFitTheServer(t *testing.T) {
	_, socket := unit(t, "lintel.socket")
	_, service := unit(t, "lintel.service")
	defaults := config.Default().Server
	if socket["ListenStream"] != defaults.Listen || socket["FileDescriptorName"] != apiSocket {
		t.Errorf("the socket unit: %v", socket)
	}
	span, err := time.ParseDuration(service["TimeoutStopSec"] + "s")
	if least := defaults.Drain.Duration + settle + shutdownDeadline; err != nil || span < least+10*time.Second {
		t.Errorf("TimeoutStopSec=%s; a stop may take %s and a little", service["TimeoutStopSec"], least)
	}
	span, err = time.ParseDuration(service["TimeoutStartSec"] + "s")
	if err != nil || span < handoverTime {
		t.Errorf("TimeoutStartSec=%s; a handover waits %s for a start", service["TimeoutStartSec"], handoverTime)
	}
	if service["Type"] != "notify" || service["NotifyAccess"] != "main" || service["KillMode"] != "control-group" || !strings.Contains(service["ExecStop"], "--pid=$MAINPID") {
		t.Errorf("the service unit: %v", service)
	}
}

// systemd's own judgement, where it is installed; nothing of it need run.
func TestSystemdFindsNothingWrongWithTheUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd-analyze is not installed: the units were not verified")
		return
	}
	dir := t.TempDir()
	verify := func(service string) (ours string) {
		socket, _ := unit(t, "lintel.socket")
		must(t, os.WriteFile(filepath.Join(dir, "lintel.service"), []byte(strings.ReplaceAll(service, "/usr/local/bin/lintel", "/bin/true")), 0o600))
		must(t, os.WriteFile(filepath.Join(dir, "lintel.socket"), []byte(socket), 0o600))
		out, err := exec.Command(analyze, "--man=no", "verify", filepath.Join(dir, "lintel.service"), filepath.Join(dir, "lintel.socket")).CombinedOutput()
		if err != nil && len(out) == 0 {
			return err.Error()
		}
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "lintel") { // it looks at units of the machine as well
				ours += line
			}
		}
		return ours
	}
	text, _ := unit(t, "lintel.service")
	if complaints := verify(text); complaints != "" {
		t.Errorf("systemd-analyze verify: %s", complaints)
	}
	if complaints := verify(strings.Replace(text, "ProtectHome=yes", "ProtectHome=perhaps", 1)); !strings.Contains(complaints, "perhaps") {
		t.Errorf("a wrong unit was not noticed: %q", complaints)
	}
}
