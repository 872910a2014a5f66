# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # $sipglass and $work are of who sources this
# --stream beside the same run without it: nothing is told otherwise, only earlier.
# Sourced; $sipglass is the program and $work a folder for files. $bad becomes 1, $early
# is the number of captures of which a call was written before the last message.

bad=0
early=0

wrong()
{
	echo "$*"
	bad=1
}

# stream_run OUTPUT ARGUMENT...: the exit status is added as a last line.
stream_run()
{
	to=$1
	shift
	"$sipglass" -q "$@" >"$to" 2>"$to.told"
	status=$?
	echo "exit status $status" >>"$to"
	# 2: the capture is damaged, and that is told in the same words
	[ $status -eq 0 ] || [ $status -eq 2 ] || wrong "$*: exit status $status: $(cat "$to.told")"
}

# stream_lines FILE: findings are numbered as they come, so their numbers are left out.
stream_lines()
{
	sed 's/^\({"v":1,"record":"finding",\)"id":[0-9]*,/\1/' "$1" | sort
}

# stream_ladders FILE: each on a line of its own.
stream_ladders()
{
	awk 'BEGIN { RS = "" } { gsub(/\n/, "\001"); print }' "$1" | sort
}

# stream_same NAME CLEAN ARGUMENT...: what CLEAN makes of the run, with and without.
stream_same()
{
	name=$1 clean=$2
	shift 2
	stream_run "$work/all" "$@"
	stream_run "$work/stream" "$@" --stream
	"$clean" "$work/all" >"$work/all.clean"
	"$clean" "$work/stream" >"$work/stream.clean"
	cmp -s "$work/all.told" "$work/stream.told" || wrong "$name: $*: other complaints"
	cmp -s "$work/all.clean" "$work/stream.clean" || {
		wrong "$name: $*: differs with --stream:"
		diff "$work/all.clean" "$work/stream.clean" | cut -c1-300 | head -n 6
	}
}

# stream_is_early FILE: does the record of a call stand before that of a message?
stream_is_early()
{
	awk '/"record":"call"/ { call = 1 }
	     /"record":"message"/ && call { early = 1 }
	     END { exit !early }' "$1"
}

# stream_keep FILE NAME: for stream_valid; what is no capture has no output.
stream_keep()
{
	grep -v '^exit status' "$1" >"$work/valid/$2" || rm "$work/valid/$2"
}

# stream_records CAPTURE: all records; the output stays for stream_valid.
stream_records()
{
	name=$(basename "$1")
	stream_same "$name" stream_lines --json -I "$1"
	! stream_is_early "$work/stream" || early=$((early + 1))
	stream_keep "$work/stream" "$name"
	stream_run "$work/brief" --json --stream --linger 2 -I "$1"
	stream_keep "$work/brief" "$name-brief"
	[ "$(grep -c '"record":"message"' "$work/stream")" -eq \
		"$(grep -c '"record":"message"' "$work/brief")" ] ||
		wrong "$name: not as many messages with --linger 2"
}

# stream_valid TOP: what was written is as the schema says.
stream_valid()
{
	python3 -c 'import jsonschema' 2>/dev/null || {
		echo 'not checked by the schema: no python3 with jsonschema here'
		return
	}
	python3 "$1/tests/golden/schema.py" --stream "$1/docs/schema.json" "$work"/valid/* ||
		bad=1
}
