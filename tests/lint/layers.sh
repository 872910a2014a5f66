#!/bin/sh
# SPDX-License-Identifier: MIT
# Every quoted include in src/ROOM is of the room itself or listed in the room's
# .may_include; every outside library is met in its own rooms only.
#
# usage: layers.sh [SRC]
src=${1:-${srcdir:-.}/src}
cd "$src" || exit 99
bad=0
rooms=0

complain()
{
	echo "$1"
	bad=1
}

# may ROOM HEADER: is HEADER listed in ROOM/.may_include?
may()
{
	while read -r pattern; do
		# shellcheck disable=SC2254 # the pattern is meant to match
		case $2 in ${pattern:-/}) return 0 ;; esac
	done <"$1/.may_include"
	return 1
}

# meets ROOM HEADER: may ROOM meet the outside library of HEADER?
meets()
{
	case $2 in
	pcap.h | pcap/* | zstd.h) [ "$1" = capture ] ;;
	zlib.h) [ "$1" = capture ] || [ "$1" = base ] ;;
	ini.h) [ "$1" = cli ] ;;
	json-c/* | json.h) [ "$1" = export ] ;;
	curses.h | ncurses* | term.h) [ "$1" = tui ] ;;
	pcre2.h) [ "$1" = view ] ;;
	xxhash.h) [ "$1" = base ] ;;
	*) true ;;
	esac
}

for room in */; do
	room=${room%/}
	rooms=$((rooms + 1))
	[ -f "$room/.may_include" ] || {
		complain "$room: has no .may_include"
		continue
	}
	for file in "$room"/*.c "$room"/*.h "$room"/*.def; do
		[ -e "$file" ] || continue
		for header in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$file"); do
			case $header in config.h | "$room"/*) continue ;; esac
			may "$room" "$header" || complain "$file: may not include \"$header\""
		done
		for header in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*<\([^>]*\)>.*/\1/p' "$file"); do
			meets "$room" "$header" || complain "$file: <$header> belongs in another room"
		done
	done
done
[ "$rooms" -gt 0 ] || complain "$src: no rooms there"
exit $bad
