package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// cloudFile is the part of a clouds.yaml (openstacksdk) that a login needs.
type cloudFile struct {
	Clouds map[string]struct {
		Auth   map[string]string `yaml:"auth"`
		CACert string            `yaml:"cacert"`
	} `yaml:"clouds"`
}

// credentialValues gives credentials by the names they have in clouds.yaml: those of a cloud, or,
// where none is named, those of the environment (OS_USERNAME is username). What is not given is "".
func credentialValues(env func(string) (string, bool), cloud string) (func(string) string, error) {
	if cloud == "" {
		return func(name string) string {
			v, _ := env("OS_" + strings.ToUpper(name))
			return v
		}, nil
	}
	for _, path := range cloudFiles(env) {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var f cloudFile
		if err := yaml.Unmarshal(text, &f); err != nil {
			// The parser's words could quote a password.
			return nil, fmt.Errorf("%s is not a clouds.yaml", path)
		}
		c, ok := f.Clouds[cloud]
		if !ok {
			return nil, fmt.Errorf("%s has no cloud %q", path, cloud)
		}
		return func(name string) string {
			if name == "cacert" {
				return c.CACert
			}
			return c.Auth[name]
		}, nil
	}
	return nil, fmt.Errorf("no clouds.yaml found for --cloud %s\n  name it in OS_CLIENT_CONFIG_FILE", cloud)
}

// cloudFiles is where openstacksdk looks; the first that exists counts.
func cloudFiles(env func(string) (string, bool)) []string {
	if path, _ := env("OS_CLIENT_CONFIG_FILE"); path != "" {
		return []string{path}
	}
	files := []string{"clouds.yaml"}
	if dir, err := os.UserConfigDir(); err == nil {
		files = append(files, filepath.Join(dir, "openstack", "clouds.yaml"))
	}
	return append(files, "/etc/openstack/clouds.yaml")
}
