#!/bin/sh
# SPDX-License-Identifier: MIT
# --stream: of every capture of pcaps/ the same records, ladders and counters, and the
# same selections, as without it; only their order is another.
#
# usage: stream.sh [SIPGLASS]
top=${srcdir:-$(dirname "$0")/../..}
sipglass=${1:-./sipglass}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
mkdir "$work/valid" || exit 99
# shellcheck source=tests/golden/lib.sh
. "$top/tests/golden/lib.sh"
# shellcheck source=tests/golden/stream-lib.sh
. "$top/tests/golden/stream-lib.sh"

golden_captures >"$work/captures"
while read -r capture; do
	name=$(basename "$capture")
	stream_records "$capture"
	id=$(sed -n 's/.*"record":"call".*"call_id":"\([^"\\]*\)".*/\1/p' "$work/all" | tail -n 1)
	[ -z "$id" ] || stream_same "$name" stream_lines --json -I "$capture" --call-id "$id"
	stream_same "$name" stream_lines --json -I "$capture" -c
	stream_same "$name" stream_lines --json -I "$capture" \
		--filter 'state == completed or final_status >= 400'
	stream_same "$name" stream_lines --json=call,message -I "$capture" --match 'BYE|OPTIONS'
	stream_same "$name" stream_lines --json -I "$capture" --count 40
	stream_same "$name" stream_ladders --ladder -I "$capture"
	stream_same "$name" cat --summary -I "$capture"
done <"$work/captures"

# Of these, calls end long before the capture does.
[ "$early" -ge 4 ] || wrong "only of $early captures a call is written before the end"

# Where records come from makes no difference.
for name in legs.pcap scan.pcap; do
	stream_run "$work/file" --json --stream -I "$top/pcaps/$name"
	stream_is_early "$work/file" || wrong "$name: no call is written before the end"
	stream_run "$work/stdin" --json --stream -I - <"$top/pcaps/$name"
	cmp -s "$work/file" "$work/stdin" || wrong "$name: another output from standard input"
	gzip -c "$top/pcaps/$name" >"$work/$name.gz" || exit 99
	stream_run "$work/gzip" --json --stream -I "$work/$name.gz"
	cmp -s "$work/file" "$work/gzip" || wrong "$name: another output of gzip"
	stream_run "$work/again" --json --stream -I "$top/pcaps/$name"
	cmp -s "$work/file" "$work/again" || wrong "$name: two runs differ"
done

# The ladders are those of the calls that ended first, and not all in order of ids.
stream_run "$work/all" --ladder -I "$top/pcaps/hostile.pcap"
stream_run "$work/stream" --ladder --stream --linger 2 -I "$top/pcaps/hostile.pcap"
cmp -s "$work/all" "$work/stream" && wrong 'hostile.pcap: ladders are not written as calls end'

stream_valid "$top"
echo "$(wc -l <"$work/captures") captures, calls of $early are written early"
exit $bad
