#!/bin/sh
# SPDX-License-Identifier: MIT
# --follow: records of what a file has are written while it is waited for more, and -O has
# the packets that were read, and no others, wherever in time those belong that came later.
#
# usage: follow.sh [SIPGLASS]
top=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
sipglass=$(cd "$(dirname "${1:-./sipglass}")" && pwd)/sipglass || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
capture=$top/pcaps/demo.pcap
cp "$capture" a.pcap
head -c 24 "$capture" >b.pcap # a file header, no packet yet
"$sipglass" -q -I a.pcap -I b.pcap --json=message -O want.pcap >want || exit 99
: >got
"$sipglass" -q -I a.pcap -I b.pcap --follow --json=message -O got.pcap >got 2>why &
pid=$!
tries=0
while [ "$(wc -l <got)" -lt "$(wc -l <want)" ]; do
	tries=$((tries + 1))
	if [ $tries -gt 200 ]; then
		echo "$(wc -l <got) of $(wc -l <want) records while it is followed"
		kill $pid
		wait $pid
		exit 1
	fi
	sleep 0.1
done

# What comes now is not read any more: it has the times of what was.
kill -STOP $pid
tail -c +25 "$capture" >>b.pcap
kill -TERM $pid
kill -CONT $pid
wait $pid || {
	echo "the exit status is not 0: $(cat why)"
	exit 1
}
cmp want got || exit 1
cmp want.pcap got.pcap || exit 1
echo "followed, and saved what was read"
