#!/bin/sh
# SPDX-License-Identifier: MIT
# Pages and tables speak of JSON records, fields and options that there are; records.py
# says how that is told.
#
# usage: records.sh [TOP]
lint=$(cd "$(dirname "$0")" && pwd) || exit 99
python3 -c '' 2>/dev/null || {
	echo 'skipped: no python3 here'
	exit 77
}
exec python3 "$lint/records.py" "${1:-${srcdir:-.}}"
