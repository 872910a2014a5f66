#!/bin/sh
# SPDX-License-Identifier: MIT
# Of the flows of tools/make-flows, sipglass says what the RFCs say; see check.py. And the
# captures are still what it, tools/make-legs and tools/make-scan make. Skipped where python3 is missing.
#
# usage: run.sh [SIPGLASS]
top=${srcdir:-$(dirname "$0")/../..}
sipglass=${1:-./sipglass}
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || {
	echo 'skipped: no python3 of 3.9 or later here'
	exit 77
}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
bad=0
python3 -B "$top/tools/make-flows" "$work" || bad=1
python3 -B "$top/tools/make-legs" "$work/legs.pcap" || bad=1
python3 -B "$top/tools/make-scan" "$work/scan.pcap" || bad=1
for file in "$work"/*.pcap; do
	cmp "$file" "$top/pcaps/$(basename "$file")" || bad=1
done
python3 -B "$top/tests/flows/check.py" "$sipglass" "$top/pcaps" \
	"$top/tests/flows/expectations.txt" || bad=1
exit $bad
