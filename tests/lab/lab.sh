#!/bin/sh
# SPDX-License-Identifier: MIT
# What sipglass says of all captures of the lab, which lies beside the repository in
# ../shared; see check.py. Skipped where that or python3 is missing.
#
# usage: lab.sh [SIPGLASS]
top=${srcdir:-$(dirname "$0")/../..}
lab=$top/../shared/lab
[ -d "$lab/pcaps" ] || {
	echo 'skipped: ../shared/lab is not there'
	exit 77
}
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || {
	echo 'skipped: no python3 of 3.9 or later here'
	exit 77
}
exec python3 -B "$top/tests/lab/check.py" "${1:-./sipglass}" \
	"$top/tests/lab/expectations.txt" "$top/pcaps" "$lab"
