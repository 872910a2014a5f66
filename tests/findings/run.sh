#!/bin/sh
# SPDX-License-Identifier: MIT
# What each finding is raised by, and what close by does not raise it; see flow.py.
# Skipped where python3 is missing.
#
# usage: run.sh [SIPGLASS]
top=${srcdir:-$(dirname "$0")/../..}
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || {
	echo 'skipped: no python3 of 3.9 or later here'
	exit 77
}
exec python3 -B "$top/tests/findings/run.py" \
	--all-codes "$top/src/find/finding.def" "${1:-./sipglass}" \
	"$top"/tests/findings/*.txt
