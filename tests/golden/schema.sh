#!/bin/sh
# SPDX-License-Identifier: MIT
# Every expected JSON line is strict JSON and as docs/schema.json says; the schema
# refuses what it should. Skipped where python3 or its jsonschema is missing.
#
# usage: schema.sh
top=${srcdir:-$(dirname "$0")/../..}
python3 -c 'import jsonschema' 2>/dev/null || {
	echo 'skipped: no python3 with jsonschema here'
	exit 77
}
exec python3 "$top/tests/golden/schema.py" "$top/docs/schema.json" "$top"/tests/golden/*.json
