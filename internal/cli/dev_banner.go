package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// devBanner is what dev mode tells: where everything is, never a secret. People, who read it at once, get a link to sign in
// beside it, which is good once.
type devBanner struct {
	Version   string   `json:"version"`
	PID       int      `json:"pid"`
	URL       string   `json:"url"`
	V3        string   `json:"v3"`
	V2        string   `json:"v2"`
	Portal    string   `json:"portal"`
	Data      string   `json:"data"`
	Ephemeral bool     `json:"ephemeral"`
	Files     devFiles `json:"files"`
	Clouds    []string `json:"clouds"`
	Next      []string `json:"next"`
	Warning   string   `json:"warning"`
}

func newBanner(version, base, dir string, files devFiles, ephemeral bool) devBanner {
	return devBanner{Version: version, PID: os.Getpid(), URL: base, V3: base + "/v3", V2: base + "/v2.0", Portal: base + "/portal", Data: dir, Ephemeral: ephemeral, Files: files,
		Clouds: []string{"dev-admin", "dev-system", "dev-demo"},
		Next: []string{
			"export OS_CLIENT_CONFIG_FILE=" + shellQuote(files.CloudsYAML),
			"openstack --os-cloud dev-demo token issue",
			". " + shellQuote(files.EnvSH) + ` && curl -i "$KS/v3/auth/tokens" -H 'Content-Type: application/json' -d '{"auth":{"identity":{"methods":["application_credential"],` +
				`"application_credential":{"id":"'"$AC_ID"'","secret":"'"$AC_SECRET"'"}}}}'`,
		},
		Warning: "Development only: plain HTTP, secrets in files, the master key beside the database. For anything else: lintel serve.",
	}
}

// print writes the banner for a person, with the link, or as one JSON object.
func (b *devBanner) print(w io.Writer, link string, asJSON bool) error {
	if asJSON {
		if err := json.MarshalWrite(w, b); err != nil {
			return err
		}
		_, err := fmt.Fprintln(w)
		return err
	}
	kept := "kept between runs; remove the directory to begin anew"
	if b.Ephemeral {
		kept = "removed at the end"
	}
	_, err := fmt.Fprintf(w, `
Lintel %s is running.

  Identity API v3   %s
  Identity API v2.0 %s
  Portal            %s (user demo; the password is DEMO_PASSWORD in env.sh)
                    %s
                    signs the administrator in: once, within %d minutes
  Data              %s (%s)

  clouds.yaml       %s
                    clouds %s
  Shell variables   %s
  AWS profile       lintel-dev in %s
  Log               %s

Try it in another terminal:

  %s

%s
Ctrl-C stops it.
`, b.Version, b.V3, b.V2, b.Portal, link, linkLife/time.Minute, b.Data, kept, b.Files.CloudsYAML, strings.Join(b.Clouds, ", "), b.Files.EnvSH, b.Files.AWSCredentials, b.Files.Log,
		strings.Join(b.Next, "\n  "), b.Warning)
	return err
}
