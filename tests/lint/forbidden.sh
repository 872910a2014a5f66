#!/bin/sh
# SPDX-License-Identifier: MIT
# Functions that C programs are better off without, in src, fuzz and tests; and
# traces of the machine that a file was written on, anywhere.
#
# usage: forbidden.sh [TOP]
cd "${1:-${srcdir:-.}}" || exit 99
bad=0

# found WHY PATTERN FILES...: complain about lines that match.
found()
{
	why=$1
	pattern=$2
	shift 2
	hits=$(grep -nE -e "$pattern" /dev/null "$@") || return 0
	printf '%s:\n%s\n' "$why" "$hits"
	bad=1
}

# files PLACE... -- NAME...: the files under PLACE with one of the NAMEs.
files()
{
	places=
	while [ "$1" != -- ]; do
		[ ! -e "$1" ] || places="$places $1"
		shift
	done
	shift
	names="-name $1"
	shift
	for name; do names="$names -o -name $name"; done
	set -f
	# shellcheck disable=SC2086 # lists of words without spaces
	[ -z "$places" ] || find $places -type f \( $names \)
	set +f
}

code=$(files src fuzz tests -- '*.c' '*.h' '*.def')
[ -n "$code" ] || {
	echo "no sources under $PWD"
	exit 1
}
text="$code $(files src fuzz tests tools bench docs man m4 pcaps .ci -- \
	'*.am' '*.m4' '*.sh' '*.py' '*.test' '*.md' '*.txt' '*.1' '*.json' run) \
	$(find tools -type f 2>/dev/null)"
for file in *.md *.ac *.am *.sh NEWS LICENSE; do
	[ ! -f "$file" ] || text="$text $file"
done

# shellcheck disable=SC2046,SC2086 # no file name has a space
{
found "use slices, struct text or checked parsing" \
	'(^|[^A-Za-z0-9_])(strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|strtok_r|atoi|atol|atoll|atof|gets|alloca|scanf|sscanf)[[:space:]]*\(' $code
found "no jumps between functions in the program" \
	'(^|[^A-Za-z0-9_])(setjmp|sigsetjmp|longjmp)[[:space:]]*\(' $(files src -- '*.c' '*.h')
found "a path of one machine" '/(wor[k]|far[m]|home/[a-z]+)/|/tmp/s[g]-' $text
found "a trace of a tool" '[Cc]o-[Aa]uthored-[Bb]y|[Gg]enerated (with|by) [A-Z]|[Ss]ub-?agen[t]' $text
found "a TODO needs the number of an issue" '(TODO|FIXME)([^#]*$)' $code
}
exit $bad
