#!/bin/sh
# SPDX-License-Identifier: MIT
# Write the expected JSON and ladder of every capture anew, and show what changed. What
# changed must be read, and be right, before it is committed: these files are what
# tests/golden/compare.sh believes.
#
# usage: update.sh [SIPGLASS]
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
sipglass=${1:-$top/build/sipglass}
# shellcheck source=tests/golden/lib.sh
. "$top/tests/golden/lib.sh"

golden_captures | while read -r capture; do
	for kind in json ladder; do
		expected=$(golden_file "$capture" "$kind")
		golden_run "$kind" "$capture" >"$expected.new" || {
			echo "$(basename "$capture"): $kind: exit status $?, not updated" >&2
			rm -f "$expected.new"
			continue
		}
		if cmp -s "$expected.new" "$expected"; then
			rm -f "$expected.new"
		else
			echo "changed: tests/golden/$(basename "$expected")"
			mv "$expected.new" "$expected"
		fi
	done
done
