#!/bin/sh
# SPDX-License-Identifier: MIT
# Every source of a room is in the include.am of the room, without which it builds here
# and is missing from the tarball.
#
# usage: packed.sh [SRC]
cd "${1:-${srcdir:-.}/src}" || exit 99
bad=0
count=0
for file in */*.c */*.h */*.def; do
	[ -f "$file" ] || continue
	count=$((count + 1))
	grep -qE "(^|[[:space:]]|%D%/)$(basename "$file" | sed 's/\./\\./')([[:space:]]|\$)" \
		"${file%/*}/include.am" || {
		echo "$file: not in ${file%/*}/include.am"
		bad=1
	}
done
[ "$count" -gt 0 ] || {
	echo "no sources under $PWD"
	bad=1
}
exit $bad
