#!/bin/sh
# SPDX-License-Identifier: MIT
# The pages of docs/ that are made from tables of the source are up to date.
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
python3 -c '' 2>/dev/null || {
	echo 'skipped: no python3 here'
	exit 77
}
exec python3 "$top/tools/make-tables" --check
