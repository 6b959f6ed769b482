//go:build interop

package interop

// The longer sessions of TestSwift.
const (
	manualS3 = `
demo ec2 credentials create -f shell >key
. ./key
aws configure set aws_access_key_id $access
aws configure set aws_secret_access_key $secret
aws configure set region SiouxFalls
aws --endpoint-url $PROXY s3 mb s3://bucketname
aws --endpoint-url $PROXY s3 cp file.zip s3://bucketname/folder/file.zip --no-progress
aws --endpoint-url $PROXY s3 ls | grep ' bucketname$'
aws --endpoint-url $PROXY s3 ls s3://bucketname/folder/ | grep ' 300000 file.zip$'
aws --endpoint-url $PROXY s3 cp s3://bucketname/folder/file.zip down.zip --no-progress
cmp file.zip down.zip`

	sameObjects = `
openstack --os-cloud dev-demo object list bucketname -f value | grep -x folder/file.zip
openstack --os-cloud dev-demo object save bucketname folder/file.zip --file saved.zip
cmp file.zip saved.zip
export OS_AUTH_TYPE=v3applicationcredential OS_AUTH_URL=$KS/v3 OS_APPLICATION_CREDENTIAL_ID=$AC_ID OS_APPLICATION_CREDENTIAL_SECRET=$AC_SECRET
swift list bucketname | grep -x folder/file.zip
swift upload bucketname file.zip --object-name from-swift
aws --endpoint-url $PROXY s3 cp s3://bucketname/from-swift - | cmp - file.zip`

	accessRules = `
rules='[{"service": "object-store", "method": "GET", "path": "/v1/*/bucketname/**"}]'
demo application credential create only-read --access-rules "$rules" -f shell >rules
. ./rules
export OS_AUTH_TYPE=v3applicationcredential OS_AUTH_URL=$KS/v3 OS_APPLICATION_CREDENTIAL_ID=$id OS_APPLICATION_CREDENTIAL_SECRET=$secret
swift download bucketname folder/file.zip -o - | cmp - file.zip
refused 401 swift upload bucketname file.zip
refused 401 swift list`

	s3cmd = `
. ./key
cat >.s3cfg <<END
[default]
access_key = $access
secret_key = $secret
bucket_location = SiouxFalls
host_base = ${PROXY#http://}
host_bucket = ${PROXY#http://}
use_https = False
END
s3cmd mb s3://cmd
s3cmd put --no-progress file.zip s3://cmd/file.zip
s3cmd ls | grep ' s3://cmd$'
s3cmd --signature-v2 ls s3://cmd | grep ' 300000 *s3://cmd/file.zip$'
s3cmd --signature-v2 get --no-progress s3://cmd/file.zip from-cmd.zip
cmp file.zip from-cmd.zip
s3cmd del s3://cmd/file.zip
s3cmd rb s3://cmd`

	rclone = `
. ./key
cat >rclone.conf <<END
[s3]
type = s3
provider = Other
access_key_id = $access
secret_access_key = $secret
region = SiouxFalls
location_constraint = SiouxFalls
endpoint = $PROXY
[swift]
type = swift
auth = $KS/v3
region = SiouxFalls
application_credential_id = $AC_ID
application_credential_secret = $AC_SECRET
END
export RCLONE_CONFIG=$PWD/rclone.conf
rclone mkdir s3:clone
rclone copy file.zip s3:clone/dir
rclone lsd s3: | grep ' clone$'
rclone ls swift:clone | grep ' 300000 dir/file.zip$'
rclone cat swift:clone/dir/file.zip | cmp - file.zip
rclone cat s3:clone/dir/file.zip | cmp - file.zip
rclone purge swift:clone`

	// Debian's aws is older than endpoint_url; what aws-config says of it is done here.
	portalFiles = `
cd portal
(
	export AWS_SHARED_CREDENTIALS_FILE=aws-credentials AWS_CONFIG_FILE=aws-config AWS_PROFILE=demo
	[ "$(aws configure get endpoint_url)" = "$PROXY" ]
	aws --endpoint-url "$(aws configure get endpoint_url)" s3 mb s3://files
	aws --endpoint-url "$(aws configure get endpoint_url)" s3 cp ../file.zip s3://files/file.zip --no-progress
)
(
	. ./demo-ec2rc.sh
	[ "$AWS_DEFAULT_REGION" = SiouxFalls ]
	aws --endpoint-url "$AWS_ENDPOINT_URL" s3 ls s3://files | grep ' 300000 file.zip$'
)
s3cmd --config s3cfg get --no-progress s3://files/file.zip from-s3cmd.zip
cmp ../file.zip from-s3cmd.zip
rclone --config rclone.conf cat demo:files/file.zip | cmp - ../file.zip
"$MC" --config-dir mc alias import demo mc-demo.json
"$MC" --config-dir mc cat demo/files/file.zip | cmp - ../file.zip
"$MC" --config-dir mc rb --force demo/files`

	nhnSwift = `
export OS_AUTH_URL=$KS/v2.0 OS_TENANT_ID=$DEMO_PROJECT_ID OS_USERNAME=demo OS_PASSWORD=$DEMO_PASSWORD OS_REGION_NAME=SiouxFalls
swift stat | grep " AUTH_$DEMO_PROJECT_ID$"
swift post box
swift list | grep -x box
swift upload box file.zip
swift list box | grep -x file.zip
swift download box file.zip -o from-box.zip
cmp file.zip from-box.zip
swift delete box file.zip
swift delete box
swift list >containers
[ -z "$(grep -x box containers)" ]
eval $(swift auth)
[ "$OS_STORAGE_URL" = $PROXY/v1/AUTH_$DEMO_PROJECT_ID ]
status 200 "$OS_AUTH_TOKEN" "$OS_STORAGE_URL/bucketname"`

	containerACL = `
admin token issue -f shell >admin-token
. ./admin-token
object=$PROXY/v1/AUTH_$DEMO_PROJECT_ID/bucketname/folder/file.zip
status 403 "$id" "$object"
export OS_AUTH_URL=$KS/v2.0 OS_TENANT_ID=$DEMO_PROJECT_ID OS_USERNAME=demo OS_PASSWORD=$DEMO_PASSWORD
swift post bucketname --read-acl "$project_id:$user_id"
status 200 "$id" "$object"
swift post bucketname --read-acl "*:$DEMO_USER_ID"
status 403 "$id" "$object"`

	nhnKey = `
export OS_AUTH_URL=$KS/v2.0 OS_TENANT_ID=$DEMO_PROJECT_ID OS_USERNAME=demo OS_PASSWORD=$DEMO_PASSWORD
eval $(swift auth)
keys=$KS/v2.0/users/$DEMO_USER_ID/credentials/OS-EC2
curl -sf -X POST $keys -H "X-Auth-Token: $OS_AUTH_TOKEN" -H 'Content-Type: application/json' -d '{"tenant_id": "'$DEMO_PROJECT_ID'"}' >made
jq -e '.credential.accessed_at == null' made
jq -r '.credential | "export AWS_ACCESS_KEY_ID=\(.access) AWS_SECRET_ACCESS_KEY=\(.secret)"' made >nhn-key
. ./nhn-key
aws --endpoint-url $PROXY s3 ls | grep ' bucketname$'
curl -sf $keys/$AWS_ACCESS_KEY_ID -H "X-Auth-Token: $OS_AUTH_TOKEN" | jq -e '.credential | .accessed_at > .created_at'`
)
