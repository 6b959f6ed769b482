package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/identity"
)

// devState is what dev mode must remember between runs: secrets that the database cannot give
// back. It lies in the data directory, readable by its owner only.
type devState struct {
	AdminPassword string                           `json:"admin_password"`
	DemoPassword  string                           `json:"demo_password"`
	DemoUser      identity.UserID                  `json:"demo_user_id"`
	DemoProject   identity.ProjectID               `json:"demo_project_id"`
	Credential    identity.ApplicationCredentialID `json:"application_credential_id"`
	Secret        string                           `json:"application_credential_secret"`
	Access        string                           `json:"ec2_access"`
	SecretKey     string                           `json:"ec2_secret"`
}

func readDevState(dir string) (s devState, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "dev.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("%s is damaged: %w\n  to begin anew: remove %s", filepath.Join(dir, "dev.json"), err, dir)
	}
	return s, nil
}

func (s *devState) write(dir string) error {
	text, err := json.Marshal(s, jsontext.Multiline(true))
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, "dev.json"), string(text)+"\n")
}

// devFiles are the files that dev mode writes for clients.
type devFiles struct {
	CloudsYAML     string `json:"clouds_yaml"`
	EnvSH          string `json:"env_sh"`
	AWSConfig      string `json:"aws_config"`
	AWSCredentials string `json:"aws_credentials"`
	Log            string `json:"log"`
}

func filesIn(dir string) devFiles {
	return devFiles{CloudsYAML: filepath.Join(dir, "clouds.yaml"), EnvSH: filepath.Join(dir, "env.sh"), AWSConfig: filepath.Join(dir, "aws", "config"),
		AWSCredentials: filepath.Join(dir, "aws", "credentials"), Log: filepath.Join(dir, "lintel.log")}
}

// write writes the clients' files anew: the address may have changed since the last run.
func (f devFiles) write(base string, region identity.RegionID, s *devState) error {
	if err := os.MkdirAll(filepath.Dir(f.AWSConfig), 0o700); err != nil {
		return err
	}
	values := map[string]string{
		"BASE": base, "REGION": string(region), "ADMIN_PASSWORD": s.AdminPassword, "DEMO_PASSWORD": s.DemoPassword,
		"DEMO_USER_ID": string(s.DemoUser), "DEMO_PROJECT_ID": string(s.DemoProject),
		"AC_ID": string(s.Credential), "AC_SECRET": s.Secret, "ACCESS": s.Access, "SECRET_KEY": s.SecretKey,
		"CLOUDS": f.CloudsYAML, "AWS_CONFIG": f.AWSConfig, "AWS_CREDENTIALS": f.AWSCredentials,
	}
	for _, file := range []struct {
		path, text string
		quote      func(string) string
	}{{f.CloudsYAML, cloudsYAML, yamlQuote}, {f.EnvSH, envSH, shellQuote}, {f.AWSConfig, awsConfig, plainText}, {f.AWSCredentials, awsCredentials, plainText}} {
		text := os.Expand(file.text, func(name string) string { return file.quote(values[name]) })
		if err := replaceFile(file.path, text); err != nil {
			return err
		}
	}
	return nil
}

const cloudsYAML = `# Made by lintel dev; written anew at each start. Keep it to yourself: it holds secrets.
clouds:
  dev-admin:
    auth_type: password
    auth:
      auth_url: ${BASE}
      username: admin
      password: ${ADMIN_PASSWORD}
      project_name: admin
      user_domain_id: default
      project_domain_id: default
    region_name: ${REGION}
    identity_api_version: "3"
    interface: public
  dev-system:
    auth_type: password
    auth:
      auth_url: ${BASE}
      username: admin
      password: ${ADMIN_PASSWORD}
      user_domain_id: default
      system_scope: all
    region_name: ${REGION}
    identity_api_version: "3"
    interface: public
  dev-demo:
    auth_type: v3applicationcredential
    auth:
      auth_url: ${BASE}
      application_credential_id: ${AC_ID}
      application_credential_secret: ${AC_SECRET}
    region_name: ${REGION}
    identity_api_version: "3"
    interface: public
`

const envSH = `# Made by lintel dev: . ./env.sh
# The openstack command uses the cloud dev-demo; --os-cloud dev-admin is the administrator.
export OS_CLIENT_CONFIG_FILE=${CLOUDS}
export OS_CLOUD=dev-demo
# What the examples of the README use.
export KS=${BASE}
export AC_ID=${AC_ID}
export AC_SECRET=${AC_SECRET}
export DEMO_USER=demo
export DEMO_USER_ID=${DEMO_USER_ID}
export DEMO_PASSWORD=${DEMO_PASSWORD}
export DEMO_PROJECT_ID=${DEMO_PROJECT_ID}
# The EC2 key of demo, for aws --profile lintel-dev.
export AWS_CONFIG_FILE=${AWS_CONFIG}
export AWS_SHARED_CREDENTIALS_FILE=${AWS_CREDENTIALS}
export AWS_PROFILE=lintel-dev
`

const awsConfig = `# Made by lintel dev.
[profile lintel-dev]
region = ${REGION}
request_checksum_calculation = when_required
`

const awsCredentials = `# Made by lintel dev.
[lintel-dev]
aws_access_key_id = ${ACCESS}
aws_secret_access_key = ${SECRET_KEY}
`

func plainText(s string) string { return s }

// yamlQuote and shellQuote make any text one word.
func yamlQuote(s string) string  { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// replaceFile writes a private file whole or not at all.
func replaceFile(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}
