#!/bin/sh
# SPDX-License-Identifier: MIT
# Every capture of pcaps/ gives, byte for byte, the JSON and the ladder that are kept
# here, and the same again on a second run.
#
# usage: compare.sh [SIPGLASS]
top=${srcdir:-$(dirname "$0")/../..}
sipglass=${1:-./sipglass}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
# shellcheck source=tests/golden/lib.sh
. "$top/tests/golden/lib.sh"

bad=0
count=0
# check KIND CAPTURE
check()
{
	count=$((count + 1))
	expected=$(golden_file "$2" "$1")
	name=$(basename "$2")
	golden_run "$1" "$2" >"$work/first" 2>"$work/notes" || {
		echo "$name: $1: exit status $?: $(cat "$work/notes")"
		bad=1
	}
	[ ! -s "$work/notes" ] || {
		echo "$name: $1: says: $(cat "$work/notes")"
		bad=1
	}
	[ -f "$expected" ] || {
		echo "$name: $1: nothing to compare with; see tests/golden/update.sh"
		bad=1
		return
	}
	cmp -s "$expected" "$work/first" || {
		echo "$name: $1: differs:"
		diff -u "$expected" "$work/first" | head -n 40
		bad=1
	}
	golden_run "$1" "$2" >"$work/second" 2>/dev/null
	cmp -s "$work/first" "$work/second" || {
		echo "$name: $1: two runs differ"
		bad=1
	}
}

golden_captures >"$work/captures"
while read -r capture; do
	check json "$capture"
	check ladder "$capture"
done <"$work/captures"

# What is expected of a capture that is gone helps nobody.
for file in "$golden"/*.json "$golden"/*.ladder; do
	[ -f "$file" ] || continue
	name=$(basename "$file")
	[ -f "$top/pcaps/${name%.*}" ] || {
		echo "$name: there is no such capture"
		bad=1
	}
done
[ "$count" -gt 0 ] || {
	echo "no captures in $top/pcaps"
	bad=1
}
exit $bad
