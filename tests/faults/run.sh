#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs one of the Python scripts of this folder, or says why not.
#
# usage: run.sh SCRIPT, in the build folder
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || {
	echo 'skipped: no python3 of 3.9 or later here'
	exit 77
}
exec python3 -B "$1" "${SIPGLASS:-./sipglass}"
