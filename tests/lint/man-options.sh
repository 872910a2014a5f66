#!/bin/sh
# SPDX-License-Identifier: MIT
# The man page has an entry for every OPT row of options.def, letter and long name,
# and for nothing else; and mandoc, where there is one, has nothing to say about it.
#
# usage: man-options.sh [TOP]
cd "${1:-${srcdir:-.}}" || exit 99
page=man/sipglass.1
bad=0
count=0

# "-I --input" or "--json" of each row, as .It Fl I , Fl -input Ar FILE has it.
rows=$(sed -n "s/^OPT([A-Z_]*, '\(.\)', \"\([a-z-]*\)\".*/-\1,--\2/p
	s/^OPT([A-Z_]*, 0, \"\([a-z-]*\)\".*/--\1/p" src/cli/options.def)
entries=$(sed -n 's/^\.It Fl \([A-Za-z]\) , Fl -\([a-z-]*\).*/-\1,--\2/p
	s/^\.It Fl -\([a-z-]*\).*/--\1/p' $page)

# missing FROM IN WHAT: words of FROM that IN does not have.
missing()
{
	for word in $1; do
		count=$((count + 1))
		# shellcheck disable=SC2086,SC2116 # one line of words
		case " $(echo $2) " in
		*" $word "*) ;;
		*)
			echo "$word: $3"
			bad=1
			;;
		esac
	done
}

missing "$rows" "$entries" "not in $page"
missing "$entries" "$rows" "in $page, not in options.def"
[ "$(echo "$rows" | grep -c .)" = "$(grep -c '^OPT(' src/cli/options.def)" ] || {
	echo "an OPT row of options.def is not understood here"
	bad=1
}
[ $count -gt 0 ] || {
	echo "no options found"
	bad=1
}
if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning $page man/sipglassrc.5 || bad=1
fi
exit $bad
