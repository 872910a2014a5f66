# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # $top and $sipglass are of who sources this
# What the golden tests and update.sh share. Sourced; $top is the source folder and
# $sipglass the program.

golden=$top/tests/golden

# The captures, one a line.
golden_captures()
{
	for file in "$top"/pcaps/*.pcap "$top"/pcaps/*.pcapng "$top"/pcaps/*.gz; do
		[ ! -f "$file" ] || printf '%s\n' "$file"
	done
}

# Where the output of a capture and a kind (json or ladder) is expected.
golden_file()
{
	printf '%s/%s.%s\n' "$golden" "$(basename "$1")" "$2"
}

# golden_run KIND CAPTURE: the program's output of that kind.
golden_run()
{
	case $1 in
	json) "$sipglass" -q --json --json-with=sdp -I "$2" ;;
	ladder) LC_ALL=C "$sipglass" -q --ladder --ascii --width 100 -I "$2" ;;
	esac
}
