package bench

import (
	"net"
	"os"
	"slices"
	"testing"
	"time"
)

const tcpTable = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 0100007F:1388 0100007F:A000 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0 20 4 30 10 -1
   2: 00000000:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 13 1 0 100 0 0 10 0
   3: 00000000:1389 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 14 1 0 100 0 0 10 0
`

func TestOnlyListeningSocketsOfThePortAreTheServers(t *testing.T) {
	if got := listening(tcpTable, 5000); !slices.Equal(got, []string{"11", "13"}) {
		t.Errorf("got %v", got)
	}
}

func TestCPUTimeIsReadBehindAnyCommandName(t *testing.T) {
	stat := "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 8 0 100 1 1"
	if got := cpuOf([]byte(stat)); got != 2*time.Second {
		t.Errorf("got %v", got)
	}
	if got := cpuOf([]byte("7 (short) S 1")); got != 0 {
		t.Errorf("of a short line: %v", got)
	}
}

// The one process of this test listens, so it must be found, where the system has /proc.
func TestTheListeningProcessIsFound(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	})
	found := listeners(listener.Addr().String())
	if _, err := os.Stat("/proc/net/tcp"); err != nil {
		if len(found) != 0 {
			t.Errorf("without /proc found %v", found)
		}
		return
	}
	if !slices.Equal(found, []int{os.Getpid()}) {
		t.Errorf("found %v, want %d", found, os.Getpid())
	}
	if residentBytes(found) == 0 {
		t.Error("it has no memory")
	}
}
