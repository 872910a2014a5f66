#!/bin/sh
# SPDX-License-Identifier: MIT
# A capture that is changed in ways that mean nothing gives the same JSON; see run.py.
# Skipped where python3 is missing.
#
# usage: run.sh [SIPGLASS]
top=${srcdir:-$(dirname "$0")/../..}
sipglass=${1:-./sipglass}
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || {
	echo 'skipped: no python3 of 3.9 or later here'
	exit 77
}
exec python3 -B "$top/tests/metamorphic/run.py" "$sipglass" "$top/pcaps"
