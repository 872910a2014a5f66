#!/bin/sh
# SPDX-License-Identifier: MIT
# Packets of a link type that nobody knows are told with their file and their number.
# usage: unknown-link.sh [TOP], in the build folder
set -u
top=${1:-${srcdir:-.}}
sipglass=${SIPGLASS:-./sipglass}
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT

# A pcap file of one packet, four bytes, of link type 147 (DLT_USER0).
printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\223\0\0\0' >"$folder/147.pcap"
printf '\0\0\0\0\0\0\0\0\4\0\0\0\4\0\0\0abcd' >>"$folder/147.pcap"

failed=0

# expect STATUS TEXT ARGUMENT...: the exit status, and all of standard error.
expect()
{
	want=$1 text=$2
	shift 2
	"$sipglass" --json=summary "$@" >/dev/null 2>"$folder/said"
	status=$?
	if [ "$status" -ne "$want" ] || [ "$(cat "$folder/said")" != "$text" ]; then
		echo "sipglass $*: exit status $status, not $want, or another text than"
		echo "$text"
		cat "$folder/said"
		failed=1
	fi
}

plain=$top/pcaps/plain.pcap
packets=$("$sipglass" -q --json=summary -I "$plain" |
	sed -n 's/.*"packets":\([0-9]*\).*/\1/p')
say="sipglass: $folder/147.pcap: packet 1: link type 147 is not known:"
expect 2 "$say 1 of 1 packets were left out" -I "$folder/147.pcap"
expect 2 "$say 1 of 1 packets were left out" -q -I "$folder/147.pcap"
expect 0 "$say 1 of $((packets + 1)) packets were left out" \
	-I "$plain" -I "$folder/147.pcap"
expect 0 "" -q -I "$plain" -I "$folder/147.pcap"
exit $failed
