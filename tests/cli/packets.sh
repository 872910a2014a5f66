#!/bin/sh
# SPDX-License-Identifier: MIT
# -O writes the packets of calls: read back, they are the same messages and calls, from a
# file and from a pipe, all of them or one call; and what cannot be written is told.
#
# usage: packets.sh [SIPGLASS]
top=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
sipglass=$(cd "$(dirname "${1:-./sipglass}")" && pwd)/sipglass || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$top" || exit 99
bad=0
count=0

wrong()
{
	echo "$1"
	bad=1
}

# What is said of messages and calls, without the numbers of packets.
records()
{
	"$sipglass" -q --json=message,transaction,dialog,call,registration,subscription "$@" \
		2>/dev/null | sed -E 's/"frame":[0-9]+,//g; s/"frames":\[[0-9,]*\],?//g; s/"id":[0-9]+,//'
}

same()
{
	cmp -s "$work/want" "$work/got" && return
	wrong "$1"
	diff "$work/want" "$work/got" | head -4 | cut -c1-300
}

for capture in pcaps/*.pcap pcaps/*.pcapng pcaps/*.pcap.gz; do
	# its packets go on for longer than its messages: what timed out then has not here
	[ "$capture" = pcaps/no-answer.pcap ] && continue
	count=$((count + 1))
	for name in all.pcapng pipe.pcapng; do
		if [ $name = pipe.pcapng ]; then
			"$sipglass" -q -I - -O "$work/$name" <"$capture" 2>"$work/why"
		else
			"$sipglass" -q -I "$capture" -O "$work/$name" 2>"$work/why"
		fi || wrong "$capture: $name: $(cat "$work/why")"
		records -I "$capture" >"$work/want"
		records -I "$work/$name" >"$work/got"
		same "$capture: $name"
	done
done

# One call after the other: together they have all messages.
capture=pcaps/demo.pcap
records -I $capture | sed -n 's/.*"record":"call","call_id":"\([^"]*\)".*/\1/p' >"$work/ids"
sum=0
while read -r id; do
	"$sipglass" -q -I $capture --call-id "$id" -O "$work/one.pcap"
	n=$("$sipglass" -q -I "$work/one.pcap" --json=message | wc -l)
	want=$("$sipglass" -q -I $capture --call-id "$id" --json=message | wc -l)
	[ "$n" -eq "$want" ] || wrong "$id: $n messages instead of $want"
	sum=$((sum + n))
done <"$work/ids"
want=$("$sipglass" -q -I $capture --json=message | wc -l)
[ "$sum" -eq "$want" ] || wrong "the calls have $sum messages together, not $want"

# It goes together with another output, and the same input gives the same bytes.
"$sipglass" -q -I $capture --json -O "$work/a.pcap" >"$work/got"
"$sipglass" -q -I $capture --json >"$work/want"
same "--json with -O"
"$sipglass" -q -I $capture -O "$work/b.pcap"
cmp "$work/a.pcap" "$work/b.pcap" || wrong "-O twice"

# Into a folder in which files may be made, but which may not be read.
mkdir "$work/unread"
run="$sipglass"
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$work"
	chown 65534 "$work/unread"
	run="setpriv --reuid=65534 --regid=65534 --clear-groups $sipglass"
fi
chmod 300 "$work/unread"
if $run --version >"$work/out" 2>&1; then
	$run -q -I - -O "$work/unread/a.pcap" --json -o "$work/unread/a.json" <$capture ||
		wrong "unread folder"
	$run -q -I - -O "$work/unread/b.pcap" --split packets:100 <$capture ||
		wrong "unread folder, divided"
	chmod 700 "$work/unread"
	cmp "$work/a.pcap" "$work/unread/a.pcap" || wrong "unread folder: packets"
	cmp "$work/got" "$work/unread/a.json" || wrong "unread folder: JSON"
	set -- "$work/unread"/b-*.pcap
	[ $# -gt 1 ] || wrong "unread folder: $# files"
else
	echo 'skipped here: a folder that may not be read, which setpriv takes'
fi

# Into a pipe.
"$sipglass" -q -I $capture -O /dev/stdout | cat >"$work/pipe.pcap"
cmp "$work/a.pcap" "$work/pipe.pcap" || wrong "-O /dev/stdout"

# What cannot be written.
refused()
{
	status=$1
	words=$2
	shift 2
	"$sipglass" "$@" >"$work/out" 2>"$work/why"
	got=$?
	[ $got -eq "$status" ] || wrong "$*: exit status $got"
	[ "$(wc -l <"$work/why")" -eq 1 ] || wrong "$*: not one line: $(cat "$work/why")"
	grep -q "$words" "$work/why" || wrong "$*: $(cat "$work/why")"
}
refused 4 'several link types' -I $capture -I pcaps/cooked-v1.pcap -O "$work/mixed.pcap"
[ -e "$work/mixed.pcap" ] && wrong "mixed.pcap is there"
refused 4 'No space left' -I $capture -O /dev/full
refused 4 'No such file' -I $capture -O "$work/nowhere/x.pcap"
refused 1 'is an input too' -I $capture -O $capture
refused 1 'dev/stdout for a pipe' -I $capture -O -
[ -e - ] && wrong "a file is named -"
refused 1 'give -O FILE too' -I $capture -r --summary
"$sipglass" -q -I $capture -I pcaps/cooked-v1.pcap -O "$work/mixed.pcapng" || wrong "mixed.pcapng"

[ $bad -eq 0 ] && echo "$count captures written and read back"
exit $bad
