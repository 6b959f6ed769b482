#!/usr/bin/env bash
# Runs Swift on this machine's loopback, with s3api, and asks a Keystone who its users are.
#
#     KS=http://127.0.0.1:5000 SWIFT_PASSWORD=... test/interop/swift.sh DIRECTORY
#
# The Keystone has a project "service" and two users with SWIFT_PASSWORD: "swift", with the role
# "service" in that project, and "swift-cache", with "service" and "reader" on the system, because
# a gateway with a cache reads the secrets of EC2 keys.
#
# Prints the URLs of two gateways to the same objects, once all of it answers:
#
#     proxy http://127.0.0.1:PORT   asks /v3/s3tokens about every request
#     cache http://127.0.0.1:PORT   asks /v2.0/s3tokens, keeps tokens for 300 s and secrets for 60 s
#
# It runs until its standard input ends (Ctrl-D) or a signal comes, and leaves nothing running.
# DIRECTORY is for its files and logs. It needs Debian's swift-proxy, swift-account, swift-container,
# swift-object and memcached. Swift reads its hash prefix from /etc/swift only: the package's will do.
set -euo pipefail
dir=$(realpath "$1")
: "$KS" "$SWIFT_PASSWORD"
umask 077
cd "$dir"
mkdir disk
export PYTHONWARNINGS=ignore
declare -A pids=()

stop() {
	trap '' TERM INT HUP
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	wait
}
trap stop EXIT
trap 'exit 0' TERM INT HUP

run() { # NAME COMMAND...: in the background, with a log of its own
	"${@:2}" >"$1.log" 2>&1 </dev/null &
	pids[$1]=$!
}

# Six ports, all taken before the first is given back, so that they differ; and a ring of one
# device for each of the first three. One process for all of it: Python starts slowly.
ports_and_rings() {
	/usr/bin/python3 - <<-'END'
		import socket
		from swift.common.ring import RingBuilder
		taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
		ports = [s.getsockname()[1] for s in taken]
		for kind, port in zip(("account", "container", "object"), ports):
		    builder = RingBuilder(part_power=0, replicas=1, min_part_hours=0)
		    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk", "weight": 1})
		    builder.rebalance()
		    builder.get_ring().save(kind + ".ring.gz")
		print(*ports)
	END
}
ports=$(ports_and_rings)
read -r account container object proxy cache memcached <<<"$ports"

defaults() { # PORT
	cat <<-END
		[DEFAULT]
		bind_ip = 127.0.0.1
		bind_port = $1
		workers = 0
		user = $(id -un)
		swift_dir = $dir
		devices = $dir
		mount_check = false
		log_address = $dir/no-syslog
	END
}

storage() { # KIND PORT APP
	{
		defaults "$2"
		cat <<-END
			[pipeline:main]
			pipeline = healthcheck $1-server
			[app:$1-server]
			use = egg:swift#$3
			[filter:healthcheck]
			use = egg:swift#healthcheck
		END
	} >"$1.conf"
	run "$1" "swift-$1-server" "$dir/$1.conf" -v
}

login() { # USER SCOPE...: what Swift's middlewares log in with
	printf '%s\n' 'auth_type = password' "auth_url = $KS" "username = $1" "password = $SWIFT_PASSWORD" 'user_domain_id = default' "${@:2}"
}

gateway() { # NAME PORT SECONDS-FOR-TOKENS SECONDS-FOR-SECRETS VERSION S3TOKEN-LOGIN
	{
		defaults "$2"
		cat <<-END
			[pipeline:main]
			pipeline = catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl authtoken s3api s3token keystoneauth copy container-quotas account-quotas slo dlo versioned_writes symlink proxy-server
			[app:proxy-server]
			use = egg:swift#proxy
			account_autocreate = true
			[filter:authtoken]
			paste.filter_factory = keystonemiddleware.auth_token:filter_factory
			$project_login
			www_authenticate_uri = $KS
			delay_auth_decision = true
			cache = swift.cache
			token_cache_time = $3
			# Access rules are held against the type of the service.
			include_service_catalog = true
			service_type = object-store
			service_token_roles_required = true
			interface = public
			[filter:s3api]
			use = egg:swift#s3api
			location = SiouxFalls
			[filter:s3token]
			use = egg:swift#s3token
			auth_uri = $KS/$5
			secret_cache_duration = $4
			$6
			[filter:keystoneauth]
			use = egg:swift#keystoneauth
			operator_roles = admin, member
			project_reader_roles = reader
			[filter:cache]
			use = egg:swift#memcache
			memcache_servers = 127.0.0.1:$memcached
			[filter:versioned_writes]
			use = egg:swift#versioned_writes
			allow_object_versioning = true
		END
		local filter
		for filter in catch_errors gatekeeper healthcheck proxy-logging listing_formats bulk tempurl copy container-quotas account-quotas slo dlo symlink; do
			printf '[filter:%s]\nuse = egg:swift#%s\n' $filter ${filter//-/_}
		done
	} >"$1.conf"
	run "$1" swift-proxy-server "$dir/$1.conf" -v
}

project_login=$(login swift 'project_name = service' 'project_domain_id = default')
run memcached memcached -u "$(id -un)" -l 127.0.0.1 -p "$memcached" -m 16
storage account "$account" account
storage container "$container" container
storage object "$object" mem_object # the one on disk needs a file system with attributes
gateway proxy "$proxy" -1 0 v3 "$project_login"
gateway cache "$cache" 300 60 v2.0 "$(login swift-cache 'system_scope = all')"

for name in account container object proxy cache; do
	until curl -sfo /dev/null "http://127.0.0.1:${!name}/healthcheck"; do
		if [ $SECONDS -gt 120 ] || ! kill -0 "${pids[$name]}"; then
			cat "$name.log" >&2
			exit 1
		fi
		sleep 0.1
	done
done
printf '%s http://127.0.0.1:%s\n' proxy "$proxy" cache "$cache"
cat <&0 >/dev/null & # a signal ends a wait at once; it would follow a cat
pids[stdin]=$!
wait $!
