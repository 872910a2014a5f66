#!/bin/sh
# SPDX-License-Identifier: MIT
# Every script of this folder passes; drive.c says what one is. Skipped without libvterm.
#
# usage: run.sh [--update]
top=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
build=$(pwd)
[ -x "$build/tests/tui/drive" ] || {
	echo 'skipped: built without libvterm'
	exit 77
}
# Each in a folder of its own, in which pcaps/ is, and which is its home: what it saves
# stays there.
unset XDG_CONFIG_HOME SIPGLASSRC
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
bad=0
for script in "$top"/tests/tui/*.txt; do
	name=$(basename "$script" .txt)
	mkdir "$work/$name" && ln -s "$top/pcaps" "$top/tests" "$work/$name" &&
		cd "$work/$name" || exit 99
	HOME=$work/$name "$build/tests/tui/drive" "$@" "$build/sipglass" "tests/tui/$name.txt" || bad=1
done
exit $bad
