#!/bin/sh
# SPDX-License-Identifier: MIT
# What sipglass says of generated traffic is what its generator says; see compare.py.
# Skipped where the generator, which lies beside the repository in ../shared, or python3,
# or a compiler that knows its C is missing.
#
# usage: run.sh [SIPGLASS]
top=${srcdir:-$(dirname "$0")/../..}
source=$top/../shared/tools/gensip.c
[ -f "$source" ] || {
	echo 'skipped: ../shared/tools is not there'
	exit 77
}
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || {
	echo 'skipped: no python3 of 3.9 or later here'
	exit 77
}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2086 # CC may have options
${CC:-cc} -std=gnu17 -O2 -o "$work/gensip" "$source" -lm || {
	echo 'skipped: the generator cannot be built here'
	exit 77
}
python3 -B "$top/tests/generator/compare.py" "${1:-./sipglass}" "$work/gensip"
