#!/bin/sh
# SPDX-License-Identifier: MIT
# tools/completions names every option of options.def to each shell; the shells that
# are here can read the result, and bash completes what is typed.
#
# usage: completions.sh [TOP]
cd "${1:-${srcdir:-.}}" || exit 99
out=$(mktemp -d) || exit 99
trap 'rm -rf "$out"' EXIT
bad=0

wrong()
{
	echo "$1"
	bad=1
}

names=$(sed -n 's/^OPT([^"]*"\([a-z-]*\)".*/\1/p' src/cli/options.def)
[ "$(echo "$names" | grep -c .)" = "$(grep -c '^OPT(' src/cli/options.def)" ] ||
	wrong "an OPT row of options.def is not understood here"
for file in sipglass _sipglass sipglass.fish; do
	sh tools/completions $file src/cli/options.def >"$out/$file" || wrong "$file: not made"
	for name in $names; do
		grep -qE -e "(--|-l )$name([^a-z-]|\$)" "$out/$file" || wrong "$file: no --$name"
	done
	grep -q 'message transaction dialog call registration subscription finding summary' "$out/$file" ||
		wrong "$file: the records are not there"
	! grep -q -e 'eep-send' "$out/$file" || wrong "$file: offers what is not built"
done
for pair in bash:sipglass zsh:_sipglass fish:sipglass.fish; do
	shell=${pair%%:*}
	command -v "$shell" >/dev/null || continue
	"$shell" -n "$out/${pair#*:}" || wrong "$shell does not read ${pair#*:}"
done
! sh tools/completions sipglass /dev/null >/dev/null 2>&1 ||
	wrong "a file without rows makes a completion"

# typed LINE WORD PREVIOUS EXPECTED: as bash would call the function.
typed()
{
	got=$(COMP_LINE=$1 bash -c '. "$1"; COMP_POINT=${#COMP_LINE}
		_sipglass sipglass "$2" "$3"; echo "${COMPREPLY[*]}"' - \
		"$out/sipglass" "$2" "$3")
	[ "$got" = "$4" ] || wrong "bash: $1: \"$got\" instead of \"$4\""
}

if command -v bash >/dev/null; then
	typed 'sipglass --lad' --lad sipglass '--ladder'
	typed 'sipglass --json=' '' --json 'message transaction dialog call registration subscription finding summary'
	typed 'sipglass --json=message,ca' message,ca = 'message,call'
	typed 'sipglass --json-with h' h --json-with 'headers'
	typed 'sipglass -I --lad' --lad -I ''
	typed 'sipglass port 50' 50 port ''
fi
exit $bad
