#!/bin/sh
# SPDX-License-Identifier: MIT
# Nothing in pcaps/hostile.pcap, and nothing in the words of a command line, acts on a
# terminal or on who reads the JSON; output.py has what that means. Skipped where
# python3 is missing.
#
# usage: hostile.sh [SIPGLASS]
top=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
sipglass=$(readlink -f "${1:-./sipglass}") || exit 99
capture=$top/pcaps/hostile.pcap
check=$top/tests/hostile/output.py
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || {
	echo 'skipped: no python3 of 3.9 or later here'
	exit 77
}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
mkdir "$work/empty" && cd "$work/empty" || exit 99 # what it writes unasked is seen here
bad=0
wrong()
{
	echo "$*"
	bad=1
}

# harmless STATUS KIND LOCALE ARGUMENTS...: ends with STATUS, and both outputs are
# harmless, the standard one of a KIND.
harmless()
{
	want=$1 kind=$2 locale=$3
	shift 3
	LC_ALL=$locale "$sipglass" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	[ "$status" -eq "$want" ] || wrong "$locale $*: exit status $status, not $want"
	[ "$want" -eq 0 ] && [ ! -s "$work/out" ] && wrong "$locale $*: nothing written"
	[ "$want" -ne 0 ] && [ ! -s "$work/err" ] && wrong "$locale $*: nothing said"
	{
		python3 -B "$check" "$kind" "$work/out"
		python3 -B "$check" text "$work/err"
	} >"$work/faults" || {
		wrong "$locale $*:"
		cat "$work/faults"
	}
}

python3 -B "$check" self || bad=1
python3 -B "$top/tools/make-hostile" "$work/made" || wrong 'tools/make-hostile failed'
cmp "$work/made" "$capture" || wrong "$capture is not what tools/make-hostile makes"

harmless 0 json C --json --json-with=headers,body,raw,sdp -I "$capture"
messages=$(grep -c '"record":"message"' "$work/out")
[ "$messages" -eq 187 ] || wrong "$messages messages, not 187"
harmless 0 text C.UTF-8 --ladder -I "$capture"
LC_ALL=C grep -q '→ ' "$work/out" || echo 'note: no C.UTF-8 here, so nothing of UTF-8 in text was tried'
grep -qF '\x1b]52;c;Y29weQ==\x07' "$work/out" || wrong 'an escape is not shown'
harmless 0 text C.UTF-8 --ladder --width=40 -I "$capture"
harmless 0 ascii C.UTF-8 --ladder --ascii -I "$capture"
harmless 0 ascii C --ladder -I "$capture"
harmless 0 text C.UTF-8 --summary -I "$capture"
harmless 0 ascii C --summary -I "$capture"

# What is wrong with a file, a filter, an option: their names are others' words as well.
acts=$(printf '\033[2J\033]0;t\007\302\233\342\200\256\233')
head -c 1000 "$capture" >"$work/$acts.pcap"
harmless 2 text C.UTF-8 --ladder -I "$work/$acts.pcap"
grep -q 'byte offset 1000' "$work/err" || wrong 'a cut is not told'
harmless 2 text C.UTF-8 --ladder -I "$work/none-$acts"
harmless 1 text C.UTF-8 --ladder -I "$capture" "$acts"
harmless 1 text C.UTF-8 "--$acts"
harmless 1 text C.UTF-8 "--json=$acts" -I "$capture"
harmless 1 text C.UTF-8 "--width=$acts" -I "$capture"
harmless 4 text C.UTF-8 --ladder -I "$capture" -o "$work/none/$acts"

[ -z "$(ls -A "$work/empty")" ] || wrong "wrote $(ls -A "$work/empty")"
exit $bad
