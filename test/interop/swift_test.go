//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const swiftPassword = "interop-Pass-3"

// What an operator does for Swift: its own users, and where it is.
const swiftSetup = `
project create service
user create swift --password ` + swiftPassword + `
user create swift-cache --password ` + swiftPassword + `
role add --user swift --project service service
role add --user swift-cache --system all service
role add --user swift-cache --system all reader
`

// swift is a running Swift whose users are a cloud's, and the home directory of a customer.
type swift struct {
	cloud *cloud
	home  string
	env   []string // of the customer: the variables of sessionStart
}

// startSwift runs swift.sh until the end of the test. The region is the manual's.
func startSwift(t *testing.T) *swift {
	t.Helper()
	mc := os.Getenv("MC")
	if mc == "" {
		t.Fatal("MC does not name MinIO's client: make interop builds it")
	}
	c := startCloud(t, "--catalog", "gozunga")
	dir := t.TempDir()
	cmd := exec.Command("./swift.sh", dir)
	cmd.Env = append(os.Environ(), "KS="+c.url, "SWIFT_PASSWORD="+swiftPassword)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe() // it ends when this does, even when this process is killed
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(output(t, exec.Command("tail", "-n", "20", dir+"/proxy.log", dir+"/cache.log")))
		}
		must(t, stdin.Close())
		if err := cmd.Wait(); err != nil {
			t.Errorf("swift.sh ended with %v\n%s", err, stderr.Bytes())
		}
	})
	s := &swift{cloud: c, home: t.TempDir()}
	s.env = []string{"PATH=/usr/bin:/bin", "PYTHONWARNINGS=ignore", "HOME=" + s.home, "SETUP=" + swiftSetup, "MC=" + mc}
	for _, name := range []string{"KS", "DEMO_USER_ID", "DEMO_PASSWORD", "DEMO_PROJECT_ID", "AC_ID", "AC_SECRET", "OS_CLIENT_CONFIG_FILE"} {
		s.env = append(s.env, name+"="+c.demo[name])
	}
	urls := bufio.NewReader(stdout)
	for _, name := range []string{"proxy", "cache"} {
		line, err := urls.ReadString('\n')
		url, ok := strings.CutPrefix(strings.TrimSpace(line), name+" ")
		if err != nil || !ok {
			t.Fatalf("swift.sh printed %q (%v), want the URL of %s\n%s", line, err, name, stderr.Bytes())
		}
		s.env = append(s.env, strings.ToUpper(name)+"="+url)
	}
	return s
}

// sessionStart comes before every session: words that a session uses.
const sessionStart = `
demo() { # openstack, as the user demo with its password
	OS_AUTH_URL=$KS/v3 OS_IDENTITY_API_VERSION=3 OS_USERNAME=demo OS_PASSWORD=$DEMO_PASSWORD OS_PROJECT_ID=$DEMO_PROJECT_ID \
		OS_USER_DOMAIN_ID=default openstack "$@"
}
admin() { openstack --os-cloud dev-admin "$@"; }
refused() { # TEXT COMMAND...: it fails and says so
	local output
	if output=$("${@:2}" 2>&1); then echo "was not refused: ${*:2}"; return 1; fi
	grep -qF -- "$1" <<<"$output" || { echo "${*:2}: $output, want $1"; return 1; }
}
status() { # WANT TOKEN URL
	local got
	got=$(curl -s -o /dev/null -w '%{http_code}' -H "X-Auth-Token: $2" "$3")
	[ "$got" = "$1" ] || { echo "$3 answers $got, want $1"; return 1; }
}
`

// session runs shell commands in the customer's home directory; all of them must succeed.
func (s *swift) session(t *testing.T, commands string) {
	t.Helper()
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", sessionStart+commands)
	cmd.Env, cmd.Dir = s.env, s.home
	t.Log(output(t, cmd))
}

// takeKey makes an EC2 key at the portal and saves the files that it gives, in the directory portal.
func (s *swift) takeKey(t *testing.T) {
	t.Helper()
	directory := filepath.Join(s.home, "portal")
	must(t, os.Mkdir(directory, 0o700))
	const keys = "/portal/access/ec2-credentials"
	v := visit(t, s.cloud.url, "demo", s.cloud.demo["DEMO_PASSWORD"])
	form := v.get(keys + "/create")
	page := v.post(keys+"/create", "once", field(t, form, "once"), "project_id", field(t, form, "project_id"))
	files := match(t, page, `action="(`+keys+`/[0-9a-f]+)" class="files"`)
	for _, kind := range []string{"aws_credentials", "aws_config", "s3cmd", "rclone", "mc", "ec2rc"} {
		v.save(directory, v.request(http.MethodPost, files, "kind", kind))
	}
}

// TestSwift runs what customers of object storage type, in their order: later sessions use the
// keys and objects of earlier ones.
func TestSwift(t *testing.T) {
	t.Parallel()
	s := startSwift(t)
	s.session(t, `
openstack --os-cloud dev-admin <<<"$SETUP" >setup
admin endpoint set --url "$PROXY/v1/AUTH_%(project_id)s" "$(admin endpoint list --service object-store -f value -c ID)"
admin endpoint set --url "$PROXY" "$(admin endpoint list --service s3 -f value -c ID)"
head -c 300000 /dev/urandom >file.zip
head -c 20000000 /dev/zero >large.bin`)
	s.takeKey(t)
	for _, session := range []struct{ promise, commands string }{
		{"the manual's aws commands work with an EC2 key", manualS3},
		{"the parts of a large object go up and come down at once", `
aws --endpoint-url $PROXY s3 cp large.bin s3://bucketname/large.bin --no-progress
aws --endpoint-url $PROXY s3 cp s3://bucketname/large.bin - | cmp - large.bin`},
		{"an application credential sees the same objects through Swift's API", sameObjects},
		{"an application credential may do with objects what its access rules say", accessRules},
		{"a presigned URL needs no key", `
url=$(aws --endpoint-url $PROXY s3 presign s3://bucketname/folder/file.zip)
curl -sf "$url" | cmp - file.zip
[ "$(curl -s -o /dev/null -w '%{http_code}' "${url/file.zip/other.zip}")" = 403 ]`},
		{"a wrong secret, an unknown key and another region are refused", `
AWS_ACCESS_KEY_ID=$(aws configure get aws_access_key_id) AWS_SECRET_ACCESS_KEY=wrong refused SignatureDoesNotMatch aws --endpoint-url $PROXY s3 ls
AWS_ACCESS_KEY_ID=unknown AWS_SECRET_ACCESS_KEY=wrong refused SignatureDoesNotMatch aws --endpoint-url $PROXY s3 ls
refused AuthorizationHeaderMalformed aws --endpoint-url $PROXY --region us-east-1 s3 ls`},
		{"s3cmd works, with signatures of both versions", s3cmd},
		{"rclone works through S3 and through Swift's API", rclone},
		{"the portal's files for a key work with aws, s3cmd, rclone and mc", portalFiles},
		{"NHN's swift commands work through v2.0", nhnSwift},
		{"a container is open to the user that its ACL names", containerACL},
		{"a key made through v2.0 works and says when it was last used", nhnKey},
		{"Swift refuses a revoked token at once", `
token=$(openstack --os-cloud dev-demo token issue -f value -c id)
status 200 "$token" $PROXY/v1/AUTH_$DEMO_PROJECT_ID/bucketname
openstack --os-cloud dev-demo token revoke "$token"
status 401 "$token" $PROXY/v1/AUTH_$DEMO_PROJECT_ID/bucketname
status 401 nonsense $PROXY/v1/AUTH_$DEMO_PROJECT_ID/bucketname`},
		{"objects and buckets are removed", `
aws --endpoint-url $PROXY s3 rm s3://bucketname --recursive
aws --endpoint-url $PROXY s3 rb s3://bucketname
aws --endpoint-url $PROXY s3 ls | cmp - /dev/null`},
		{"a deleted key makes the very next call fail, at a gateway without a cache", `
aws --endpoint-url $CACHE s3 ls
demo ec2 credentials delete "$(aws configure get aws_access_key_id)"
refused SignatureDoesNotMatch aws --endpoint-url $PROXY s3 ls
aws --endpoint-url $CACHE s3 ls # for a minute: it has read the secret`},
		{"a gateway whose user loses the role service is answered no more", `
. ./nhn-key
aws --endpoint-url $PROXY s3 ls
admin role remove --user swift --project service service
refused SignatureDoesNotMatch aws --endpoint-url $PROXY s3 ls`},
	} {
		if !t.Run(session.promise, func(t *testing.T) { s.session(t, session.commands) }) {
			return
		}
	}
}
