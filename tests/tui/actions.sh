#!/bin/sh
# SPDX-License-Identifier: MIT
# Every action of actions.def is pressed by a script of this folder: one of the keys of
# each row stands behind `keys` in some of them. Which screen is on top then, no script
# tells; that is for who writes them.
#
# usage: actions.sh [ACTIONS SCRIPT...]
top=${srcdir:-$(dirname "$0")/../..}
actions=${1:-$top/src/tui/actions.def}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- "$top"/tests/tui/*.txt
pressed=$(sed -n 's/^keys //p' "$@" | sed 's/"[^"]*"//g' | tr ' ' '\n' | sort -u)
[ -n "$pressed" ] || {
	echo 'no script presses any key'
	exit 1
}
# a row is one line here, whatever it took: ID|SCREENS|KEYS
rows=$(tr '\n' ' ' <"$actions" | sed 's/ACTION(/\n&/g' |
	sed -n 's/^ACTION(\([A-Z_0-9]*\), *"[^"]*", *\([^"]*\), *"\([^"]*\)",.*/\1|\2|\3/p')
[ -n "$rows" ] || {
	echo "no actions in $actions"
	exit 1
}
bad=0
set -f # ? and * are keys
while IFS='|' read -r id where keys; do
	found=
	for key in $(printf '%s' "$keys"); do
		printf '%s\n' "$pressed" | grep -qxF -e "$key" && found=1
	done
	[ "$found" ] || {
		echo "no script presses $id of $where: $keys"
		bad=1
	}
done <<ROWS
$rows
ROWS
exit $bad
