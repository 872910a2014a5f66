#!/bin/sh
# SPDX-License-Identifier: MIT
# The screen says of the captures of pcaps/, and of those of the lab where that lies beside
# the repository, what --json says; see same.py. Skipped without libvterm or python3.
#
# usage: same.sh [CAPTURE...]
top=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
build=$(pwd)
[ -x "$build/tests/tui/drive" ] || {
	echo 'skipped: built without libvterm'
	exit 77
}
python3 -c '' 2>/dev/null || {
	echo 'skipped: no python3 here'
	exit 77
}
[ $# -gt 0 ] || {
	set -- "$top"/pcaps/*.pcap "$top"/pcaps/*.pcap.gz "$top"/pcaps/*.pcapng
	lab=$top/../shared/lab/pcaps
	if [ -d "$lab" ]; then
		set -- "$@" "$lab"/s*.pcap
	else
		echo 'without the captures of the lab: ../shared/lab is not there'
	fi
}
exec python3 -B "$top/tests/tui/same.py" "$build/tests/tui/drive" "$build/sipglass" "$@"
