#!/bin/sh
# SPDX-License-Identifier: MIT
# --stream: the records of the captures of the lab, and of those that others published,
# which lie beside the repository in ../shared. Skipped where they are not there.
#
# usage: stream-shared.sh [SIPGLASS]
top=${srcdir:-$(dirname "$0")/../..}
sipglass=${1:-./sipglass}
shared=$top/../shared
[ -d "$shared/lab/pcaps" ] && [ -d "$shared/pcaps" ] || {
	echo 'skipped: ../shared is not there'
	exit 77
}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
mkdir "$work/valid" || exit 99
# shellcheck source=tests/golden/stream-lib.sh
. "$top/tests/golden/stream-lib.sh"

# Where a Call-ID comes again after its call has left, two calls are told of in the place
# of one, likewise registrations that do not hold. name: reason
others='
arkime__gtp-iphone: a REGISTER of the same Call-ID minutes later
bruteshark__only_sip_sdp_rtp: Call-IDs come again minutes after their calls were over
goffinet__private-test-sip: REGISTERs, refused ones of many Call-IDs and later ones of the same
goffinet__sip-flow-private: REGISTERs of the same Call-ID minutes later
ndpi__fuzz-2006-06-26-2594: a Call-ID comes again minutes after the call was over
ndpi__sip: as bruteshark__only_sip_sdp_rtp
pcpp__sip_reqs: of captures of different years; a Call-ID comes again after a day
pcpp__sip_resp: of captures of different years; an open call leaves after a day
sipnab__SIP_DTMF2: REGISTERs of the same Call-ID minutes later
sngrep__aaa: as bruteshark__only_sip_sdp_rtp
zeek__wireshark: as bruteshark__only_sip_sdp_rtp
'

find "$shared/lab/pcaps" "$shared/pcaps" -name '*.pcap' -o -name '*.pcapng' -o -name '*.gz' |
	sort >"$work/captures"
while read -r capture; do
	name=$(basename "$capture")
	if echo "$others" | grep -q "^${name%%.*}:"; then
		stream_run "$work/all" --json -I "$capture"
		stream_run "$work/stream" --json --stream -I "$capture"
		stream_lines "$work/all" >"$work/all.clean"
		stream_lines "$work/stream" >"$work/stream.clean"
		! cmp -s "$work/all.clean" "$work/stream.clean" ||
			wrong "$name: is no exception any more"
		stream_keep "$work/stream" "$name"
	else
		stream_records "$capture"
	fi
done <"$work/captures"
stream_valid "$top"
echo "$(wc -l <"$work/captures") captures, calls of $early are written early"
[ "$early" -ge 4 ] || bad=1
exit $bad
