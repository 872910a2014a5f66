#!/bin/sh
# SPDX-License-Identifier: MIT
# What the pages show works: the expressions of docs/filter.md and the manual are
# understood, and the commands of README.md whose output stands below them give it.
#
# usage: examples.sh [SIPGLASS]
top=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
sipglass=$(cd "$(dirname "${1:-./sipglass}")" && pwd)/sipglass || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$top" || exit 99 # commands name pcaps/...
bad=0
count=0

wrong()
{
	echo "$1"
	bad=1
}

# The first block of the page, and that of the section of the manual.
{
	sed -n '/^    /,/^$/{ /^$/q; s/^    //p; }' docs/filter.md
	sed -n '/^\.Sh FILTER/,/^\.Ed/{ /^\.Bd/,/^\.Ed/{ /^\./!p; }; }' man/sipglass.1
} >"$work/expressions"
while read -r expression; do
	count=$((count + 1))
	"$sipglass" -q --summary --filter "$expression" -I pcaps/demo.pcap >/dev/null 2>"$work/why" ||
		wrong "$expression: $(cat "$work/why")"
done <"$work/expressions"
[ "$count" -ge 10 ] || wrong "only $count expressions were found"

# "    $ COMMAND" and its output, as far as the next empty line.
mkdir "$work/bin" && ln -s "$sipglass" "$work/bin/sipglass" || exit 99
awk -v folder="$work" '
	/^    \$ / { file = folder "/readme" ++n; print substr($0, 7) >(file ".sh"); next }
	/^    /    { if (file) print substr($0, 5) >(file ".want") }
	/^$/       { file = "" }
' README.md
for command in "$work"/readme*.sh; do
	want=${command%.sh}.want
	[ -f "$want" ] || continue # a screen, which tests/tui compares
	case $(cat "$command") in
	*jq*) command -v jq >/dev/null || continue ;;
	esac
	PATH=$work/bin:$PATH sh "$command" >"$work/got" 2>&1
	diff "$want" "$work/got" || wrong "README.md: $(cat "$command")"
done
exit $bad
