#!/usr/bin/env bash
# Fuzzes every target of the project with FUZZTIME (20000x) inputs each; 1h is a time. In CI it is a count: a time can end in
# "context deadline exceeded" without a finding (golang/go#75804, mended in Go 1.27). A crash leaves its input under
# testdata/fuzz of the package: commit it with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."
found=0
# A package is built for fuzzing only where its source has a target.
for directory in $(grep -rlE --include='*_test.go' '^func Fuzz' . | xargs -r dirname | sort -u); do
	for target in $(go test -list '^Fuzz' "$directory" | grep '^Fuzz'); do
		echo "--- $directory $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20000x}" "$directory"
		found=$((found + 1))
	done
done
[ "$found" -gt 0 ] || { echo "no fuzz targets were found" >&2; exit 1; }
echo "$found targets fuzzed"
