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
cd "$top" || exit 99 # scripts name pcaps/...
exec "$build/tests/tui/drive" "$@" "$build/sipglass" tests/tui/*.txt
