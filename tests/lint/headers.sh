#!/bin/sh
# SPDX-License-Identifier: MIT
# Every header compiles alone, after config.h, and twice.
#
# usage: headers.sh [TOP]
top=${1:-${srcdir:-.}}
bad=0
count=0
for header in "$top"/src/*/*.h "$top"/tests/support/*.h; do
	[ -e "$header" ] || continue
	count=$((count + 1))
	name=${header#"$top"/src/}
	name=${name#"$top"/tests/}
	# shellcheck disable=SC2086 # lists of flags
	printf '#include "config.h"\n#include "%s"\n#include "%s"\n' "$name" "$name" |
		${CC:-cc} -std=c11 -Wall -Wextra -Werror $LINT_CPPFLAGS \
			-I. -I"$top/src" -I"$top/tests" -fsyntax-only -x c - || {
		echo "$name: does not compile alone"
		bad=1
	}
done
[ "$count" -gt 0 ] || {
	echo "no headers under $top"
	bad=1
}
exit $bad
