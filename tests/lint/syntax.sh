#!/bin/sh
# SPDX-License-Identifier: MIT
# Scripts that make check does not run are at least read by their interpreter.
#
# usage: syntax.sh [TOP]
cd "${1:-${srcdir:-.}}" || exit 99
bad=0
count=0

# reads INTERPRETER FILE
reads()
{
	case $1 in
	python3) python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$2" ;;
	*) "$1" -n "$2" ;;
	esac
}

for file in autogen.sh tools/* tests/*.sh tests/*/*.sh tests/*/*.py .ci/run; do
	[ -f "$file" ] || continue
	read -r first <"$file"
	case $first in
	'#!/bin/sh'*) interpreter='sh' ;;
	'#!/usr/bin/env bash'*) interpreter=bash ;;
	'#!/usr/bin/env python3'*) interpreter=python3 ;;
	*) continue ;;
	esac
	command -v "$interpreter" >/dev/null || {
		echo "$file: not read, no $interpreter here"
		continue
	}
	count=$((count + 1))
	reads "$interpreter" "$file" || {
		echo "$file: syntax"
		bad=1
	}
done
[ "$count" -gt 0 ] || {
	echo "no scripts under $PWD"
	bad=1
}
exit $bad
