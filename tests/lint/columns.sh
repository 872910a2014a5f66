#!/bin/sh
# SPDX-License-Identifier: MIT
# No line of C is longer than 90 columns, a tab being 8. A string alone on its line may
# be: it is a picture of output, and wrapped it would not be seen.
#
# usage: columns.sh [TOP]
cd "${1:-${srcdir:-.}}" || exit 99
places=
for place in src tests fuzz bench; do
	[ ! -d "$place" ] || places="$places $place"
done
# shellcheck disable=SC2086 # a list of words
files=$([ -z "$places" ] || find $places -name '*.[ch]' -o -name '*.def')
[ -n "$files" ] || {
	echo "no sources under $PWD"
	exit 1
}
# In the C locale, where a UTF-8 character is its first byte and others, not counted.
# shellcheck disable=SC2086
LC_ALL=C awk -v most=90 '
	length($0) * 8 > most && !/^[ \t]*".*"[,;)]*$/ {
		columns = 0
		n = split($0, part, "\t")
		for (i = 1; i <= n; i++) {
			gsub(/[\200-\277]/, "", part[i])
			columns += length(part[i])
			if (i < n)
				columns += 8 - columns % 8
		}
		if (columns > most) {
			printf "%s:%d: %d columns\n", FILENAME, FNR, columns
			bad = 1
		}
	}
	END { exit bad }' $files
