#!/bin/sh
# SPDX-License-Identifier: MIT
# A configuration file on the command line: what it changes and what it must not, which
# options go with it, and the exit statuses.
top=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
sipglass=$(pwd)/sipglass
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
HOME=$work
export HOME
unset XDG_CONFIG_HOME SIPGLASSRC
capture=$top/pcaps/fork.pcap
bad=0

# expect STATUS WHAT COMMAND...: run it, its output in out and err.
expect()
{
	want=$1 what=$2
	shift 2
	"$@" >out 2>err </dev/null
	status=$?
	[ "$status" = "$want" ] || {
		echo "$what: exit status $status, not $want"
		cat err
		bad=1
	}
}

# is WHAT TEST...: the test holds.
is()
{
	what=$1
	shift
	"$@" || {
		echo "$what: not so"
		bad=1
	}
}

cat >rc <<'RC'
[screen]
alias_port = yes
theme = dark
[aliases]
10.10.1.4 = phone
10.10.0.0/16 = other
RC
ladder="--ladder --ascii --width 100 -I $capture"

# shellcheck disable=SC2086 # words
{
expect 0 'without a file' "$sipglass" $ladder
is 'no name without a file' test -z "$(grep phone out)"
cp out plain
expect 0 'a ladder' "$sipglass" -f rc $ladder
is 'names above its lanes' grep -q '^2026.* phone:5060  *other:5060' out
is 'nothing is told' test ! -s err
cp rc .sipglassrc
expect 0 'the own file' "$sipglass" $ladder
is 'names of the own file' grep -q 'phone:5060' out
expect 0 '-F' "$sipglass" -F $ladder
is '-F reads none' cmp -s out plain
}
for mode in --json --summary; do
	expect 0 "$mode" "$sipglass" -F $mode -I "$capture"
	cp out plain
	expect 0 "$mode with names" "$sipglass" -f rc $mode -I "$capture"
	is "$mode is the same" cmp -s out plain
done

expect 0 '-D' "$sipglass" -f rc -D
is 'it is in force' grep -qx 'theme = dark' out
cp out dumped
expect 0 '-D again' "$sipglass" -f dumped -D
is 'the same again' cmp -s out dumped
expect 0 '-D -o' "$sipglass" -F -D -o file
is 'into a file' grep -qx 'theme = default' file
expect 4 '-D -o where there is no folder' "$sipglass" -F -D -o nowhere/file

printf '[screen]\nthem = dark\nhintalt = yes\n' >wrong
expect 0 'a line that is wrong' "$sipglass" -f wrong -D
is 'it is told' grep -qx "sipglass: wrong: line 2: there is no setting 'them'; do you mean 'theme'?" err
is 'the rest counts' grep -qx 'hintalt = yes' out
expect 0 'a note with -q' env SIPGLASSRC=wrong "$sipglass" -q -D
is 'notes are kept quiet' test ! -s err
expect 1 'no such file' "$sipglass" -f nowhere -D
is 'one line' test "$(wc -l <err)" = 1

printf 'set syntax off\nset capture.limit 7\nalias 10.0.0.1 sbc\n' >sngreprc
expect 0 'import' "$sipglass" --import-sngreprc sngreprc
is 'what is not there' grep -qx 'sipglass: sngreprc: line 2: set capture.limit: memory and --spool-limit are the limits; leave it out' err
cp out imported
expect 0 'what was imported' "$sipglass" -f imported -D
is 'nothing to tell' test ! -s err
is 'it is in force, too' grep -qx 'syntax = no' out
is 'names, too' grep -qx '10.0.0.1 = sbc' out
cp sngreprc .sngreprc
expect 0 'the own one' "$sipglass" --import-sngreprc
is 'the same' cmp -s out imported
expect 2 'none' "$sipglass" --import-sngreprc=nowhere
exit $bad
