#!/usr/bin/env bash
# Starts a throw-away cloud and measures it against a net/http server that always gives the same
# answer, both in one run: only the ratios mean anything on a shared machine.
set -euo pipefail
cd "$(dirname "$0")/.."
banner=$(mktemp)
bin/lintel dev --ephemeral --json --listen 127.0.0.1:0 >"$banner" &
pid=$!
trap 'kill -INT $pid; wait $pid || true; rm -f "$banner"' EXIT
for _ in $(seq 100); do
	[ -s "$banner" ] && break
	sleep 0.1
done
clouds=$(sed -n 's/.*"clouds_yaml":"\([^"]*\)".*/\1/p' "$banner")
OS_CLIENT_CONFIG_FILE=$clouds bin/lintel bench --cloud dev-admin --vs constant --concurrency "${CONCURRENCY:-8}" --seconds "${SECONDS_EACH:-5}" \
	--op "${OPS:-validate,validate-nocatalog,login-appcred,catalog,version}"
