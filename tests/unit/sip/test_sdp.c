/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sip/sdp.h"
#include "text.h"
#include "walk.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(odd)      (UINT64_C(1) << SDP_ODD_##odd)

/* Parts of descriptions without a flaw. */
#define V     "v=0\r\n"
#define O     "o=- 1 1 IN IP4 192.0.2.1\r\n"
#define S     "s=-\r\n"
#define C     "c=IN IP4 192.0.2.1\r\n"
#define T     "t=0 0\r\n"
#define HEAD  V O S C T
#define BARE  V O S T /* without c= */
#define AUDIO "m=audio 4000 RTP/AVP 0\r\n"

static void assert_odd(uint64_t got, uint64_t want, const char *where)
{
	for (unsigned i = 0; i < SDP_ODD_COUNT; i++)
		if ((got ^ want) >> i & 1)
			fail_msg("%s: %s is%s set", where, sdp_odd_code((enum sdp_odd)i),
			         got >> i & 1 ? "" : " not");
}

/* The bytes that an oddity points at. */
static struct slice place(const struct sdp *sdp, enum sdp_odd odd)
{
	assert_true(sdp_is_odd(sdp, odd));
	struct slice s = slice_skip(sdp->text, sdp->where[odd].offset);
	assert_true(sdp->where[odd].len <= s.len);
	return slice_head(s, sdp->where[odd].len);
}

static void walk_section(const struct sdp *sdp, const struct sdp_media *media)
{
	struct slice lines = media ? media->lines : sdp->session, rest = lines;
	struct sdp_line line;
	struct sdp_attr attr;
	assert_true(walk_inside(lines, sdp->text));
	while (sdp_line_next(&rest, &line)) {
		assert_true(walk_inside(line.text, lines));
		assert_true(walk_inside(line.end, lines));
		assert_true(walk_inside(line.value, line.text));
	}
	for (rest = lines; sdp_attr_next(&rest, &attr);) {
		assert_true(walk_inside(attr.name, lines));
		assert_true(walk_inside(attr.value, lines));
		assert_true(walk_inside(attr.secret, lines));
	}
}

static void walk_sdp(struct slice in)
{
	static struct sdp sdp;
	char out[64];
	sdp_parse(&sdp, in);
	for (unsigned i = 0; i < SDP_ODD_COUNT; i++)
		if (sdp_is_odd(&sdp, (enum sdp_odd)i))
			(void)place(&sdp, (enum sdp_odd)i);
	walk_section(&sdp, NULL);
	for (unsigned i = 0; i < sdp.nmedia; i++) {
		const struct sdp_media *m = &sdp.media[i];
		walk_section(&sdp, m);
		assert_true(walk_inside(m->conn.address, in));
		for (unsigned k = 0; k < m->nformats; k++) {
			assert_true(walk_inside(sdp_formats(&sdp, m)[k].text, m->line));
			assert_true(walk_inside(sdp_formats(&sdp, m)[k].fmtp, m->lines));
		}
		assert_true(sdp_codecs(&sdp, m, out, sizeof out) < sizeof out);
	}
	assert_true(walk_inside(sdp.origin.username, in));
	assert_true(walk_inside(sdp.origin.host.address, in));
	assert_true(sdp_summary(&sdp, out, sizeof out) < sizeof out);
}

/* Every kind of line, at session and media level: RFC 8866 5. */
static const char full[] =
	"v=0\r\n"
	"o=jdoe 3724394400 3724394405 IN IP6 2001:db8::1\r\n"
	"s=Call to John\r\n"
	"i=A talk\r\n"
	"u=http://www.example.com/a.pdf\r\n"
	"e=jane@example.com (Jane)\r\n"
	"e=second@example.com\r\n"
	"p=+1 617 555-6011\r\n"
	"c=IN IP4 233.252.0.1/127/3\r\n"
	"b=X-YZ:128\r\n"
	"t=3724394400 3724398000\r\n"
	"r=7d 1h 0 25h\r\n"
	"z=3730928400 -1h\r\n"
	"t=1 2\r\n"
	"k=clear:hush\r\n"
	"a=recvonly\r\n"
	"a=x-unknown:1:2\r\n"
	"m=audio 49170/2 RTP/AVP 0 97 telephone\r\n"
	"i=Sound\r\n"
	"c=IN IP6 ff0e::11/3\r\n"
	"c=IN IP6 ff0e::21\r\n"
	"b=AS:64\r\n"
	"k=prompt\r\n"
	"a=rtpmap:97 opus/48000/2\r\n"
	"a=fmtp:97 useinbandfec=1; stereo=0\r\n"
	"a=fmtp:97 second\r\n"
	"a=sendonly\r\n"
	"m=application 9 UDP/BFCP *\r\n";

static void every_line_is_read(void **state)
{
	static struct sdp sdp;
	struct sdp_bandwidth b;
	(void)state;
	sdp_parse(&sdp, text(full));
	assert_odd(sdp.odd, BIT(BAD_MEDIA), full); /* a payload type is a number */
	assert_is(sdp.version, "0", "v=");
	assert_is(sdp.origin.username, "jdoe", "o=");
	assert_is(sdp.origin.sess_id, "3724394400", "o=");
	assert_is(sdp.origin.sess_version, "3724394405", "o=");
	assert_is(sdp.origin.host.nettype, "IN", "o=");
	assert_is(sdp.origin.host.addrtype, "IP6", "o=");
	assert_is(sdp.origin.host.address, "2001:db8::1", "o=");
	assert_int_equal(sdp.origin.host.family, 6);
	assert_is(sdp.name, "Call to John", "s=");
	assert_is(sdp.info, "A talk", "i=");
	assert_is(sdp.uri, "http://www.example.com/a.pdf", "u=");
	assert_is(sdp.email, "jane@example.com (Jane)", "e=");
	assert_is(sdp.phone, "+1 617 555-6011", "p=");
	assert_is(sdp.conn.address, "233.252.0.1", "c=");
	assert_int_equal(sdp.conn.ttl, 127);
	assert_int_equal(sdp.conn.count, 3);
	assert_memory_equal(sdp.conn.bytes, "\xe9\xfc\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_is(sdp.start, "3724394400", "t=");
	assert_is(sdp.stop, "3724398000", "t=");
	assert_int_equal(sdp.direction, SDP_RECVONLY);
	assert_int_equal(sdp.lines_seen, 28);
	assert_int_equal(sdp.media_seen, 2);
	assert_int_equal(sdp.nmedia, 2);

	const struct sdp_media *m = &sdp.media[0];
	assert_is(m->line, "m=audio 49170/2 RTP/AVP 0 97 telephone", "m=");
	assert_is(m->type, "audio", "m=");
	assert_is(m->port_text, "49170", "m=");
	assert_int_equal(m->port, 49170);
	assert_int_equal(m->ports, 2);
	assert_is(m->proto, "RTP/AVP", "m=");
	assert_true(m->rtp);
	assert_is(m->info, "Sound", "i=");
	assert_is(m->conn.address, "ff0e::11", "c=");
	assert_int_equal(m->conn.count, 3);
	assert_int_equal(m->conn.ttl, 0);
	assert_int_equal(m->conns_seen, 2);
	assert_int_equal(m->direction, SDP_SENDONLY);
	assert_int_equal(m->nformats, 3);
	const struct sdp_format *f = sdp_formats(&sdp, m);
	assert_is(f[0].encoding, "PCMU", "static");
	assert_int_equal(f[0].clock, 8000);
	assert_int_equal(f[0].payload, 0);
	assert_false(f[0].mapped);
	assert_is(f[1].encoding, "opus", "rtpmap");
	assert_int_equal(f[1].clock, 48000);
	assert_int_equal(f[1].channels, 2);
	assert_is(f[1].fmtp, "useinbandfec=1; stereo=0", "fmtp");
	assert_true(f[1].mapped);
	assert_is(f[2].text, "telephone", "m=");
	assert_int_equal(f[2].payload, SDP_PAYLOAD_NONE);

	m = &sdp.media[1]; /* what the session says holds */
	assert_false(m->rtp);
	assert_int_equal(m->ports, 1);
	assert_is(m->conn.address, "233.252.0.1", "c=");
	assert_int_equal(m->conns_seen, 0);
	assert_int_equal(m->direction, SDP_RECVONLY);
	assert_is(sdp_formats(&sdp, m)->text, "*", "m=");

	struct slice rest = sdp.session;
	struct sdp_line line;
	char types[32] = "";
	for (size_t n = 0; sdp_line_next(&rest, &line) && n < 31; n++)
		types[n] = line.type;
	assert_string_equal(types, "vosiueepcbtrztkaa");
	rest = sdp.media[0].lines;
	for (unsigned i = 0; i < 4; i++)
		assert_true(sdp_line_next(&rest, &line));
	assert_int_equal(sdp_bandwidth_parse(&b, line.value), OK);
	assert_is(b.type, "AS", "b=");
	assert_int_equal(b.value, 64);
	walk_cuts(text(full), walk_sdp);
}

static void line_ends(void **state)
{
	static struct sdp sdp;
	static const struct {
		const char *text;
		size_t      lines;
		uint64_t    odd;
	} cases[] = {
		{ HEAD, 5, 0 },
		{ "v=0\no=- 1 1 IN IP4 h\ns=-\nt=0 0\n", 4, BIT(LINE_END) },
		{ "v=0\ro=- 1 1 IN IP4 h\rs=-\rt=0 0\r", 4, BIT(LINE_END) },
		{ "v=0\r\r\no=- 1 1 IN IP4 h\r\r\rs=-\r\nt=0 0\r\n", 4, BIT(LINE_END) },
		{ V O S "t=0 0", 4, BIT(NO_LINE_END) },
		{ V O S "t=0 0\r", 4, BIT(LINE_END) },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		sdp_parse(&sdp, text(cases[i].text));
		assert_odd(sdp.odd, cases[i].odd, cases[i].text);
		assert_int_equal(sdp.lines_seen, cases[i].lines);
		assert_is(sdp.name, "-", cases[i].text);
		assert_is(sdp.stop, "0", cases[i].text);
		walk_cuts(text(cases[i].text), walk_sdp);
	}
}

/* Each oddity with the bytes it points at; where is NULL: there is none. */
static const struct {
	const char *text;
	uint64_t    odd;
	const char *where; /* of the only bit that is set */
} oddities[] = {
	/* legal, if rare */
	{ HEAD "\r\n\r\n", 0, NULL },
	{ V O "s= \r\n" C T "a=X-unknown\r\na=:\r\n", BIT(BAD_ATTRIBUTE), "a=:" },
	{ HEAD "a=+g.poc.talkburst\r\na=x-1:\r\nm=x-y 1 A/B *\r\n", 0, NULL },
	{ HEAD "m=audio 0 RTP/AVP 96\r\n", 0, NULL }, /* refused: formats say nothing */
	{ BARE, 0, NULL },                          /* no media: no c= needed */
	{ V "o=a;b=\xe9 18446744073709551616 0 IN IP4 h.example\r\n" S T, 0, NULL },
	/* lines */
	{ HEAD "audio\r\n", BIT(BAD_LINE), "audio" },
	{ HEAD " a=x\r\n", BIT(BAD_LINE), " a=x" },
	{ HEAD "a\r\n", BIT(BAD_LINE), "a" },
	{ HEAD "\r\na=x\r\n\r\n", BIT(BAD_LINE), "" },
	{ HEAD "x=1\r\n", BIT(UNKNOWN_LINE), "x=1" },
	{ HEAD "A=1\r\n", BIT(UNKNOWN_LINE), "A=1" },
	{ HEAD AUDIO "==\r\n", BIT(UNKNOWN_LINE), "==" },
	{ O V S C T, BIT(WRONG_ORDER), "v=0" },
	{ V O S C "a=x\r\n" T, BIT(WRONG_ORDER), "t=0 0" },
	{ V O S C "r=1 1 0\r\n" T, BIT(WRONG_ORDER), "r=1 1 0" },
	{ V O S C T "r=1 1 0\r\nz=1 0\r\nt=1 2\r\n", 0, NULL },
	{ BARE AUDIO "a=x\r\n" C, BIT(WRONG_ORDER), "c=IN IP4 192.0.2.1" },
	{ HEAD AUDIO "e=x\r\n", BIT(WRONG_ORDER), "e=x" },
	{ BARE AUDIO "i=x\r\n" C "b=AS:1\r\nk=prompt\r\na=x\r\n", 0, NULL },
	{ V O S S C T, BIT(REPEATED_LINE), "s=-" },
	{ V O S C C T, BIT(REPEATED_LINE), "c=IN IP4 192.0.2.1" },
	{ V O S "e=a\r\ne=b\r\np=1\r\np=2\r\n" C "b=A:1\r\nb=A:2\r\n" T T, 0, NULL },
	{ HEAD AUDIO "i=a\r\ni=b\r\n", BIT(REPEATED_LINE), "i=b" },
	{ V "o=-  1 1 IN IP4 h\r\n" S C T, BIT(SPACING), "o=-  1 1 IN IP4 h" },
	{ HEAD "m=audio 4000 RTP/AVP 0 \r\n", BIT(SPACING), "m=audio 4000 RTP/AVP 0 " },
	{ V O S "c= IN IP4 h.example\r\n" T, BIT(SPACING), "c= IN IP4 h.example" },
	{ V O S C "t=0\t0\r\n", BIT(SPACING), "t=0\t0" },
	/* lines that have to be there */
	{ O S T, BIT(MISSING_VERSION), "" },
	{ V S T, BIT(MISSING_ORIGIN), "" },
	{ V O T, BIT(MISSING_NAME), "" },
	{ V O "s=\r\n" T, BIT(MISSING_NAME), "s=" },
	{ V O S, BIT(MISSING_TIME), "" },
	{ "v=1\r\n" O S T, BIT(BAD_VERSION), "v=1" },
	{ "v=\r\n" O S T, BIT(BAD_VERSION), "v=" },
	{ V "o=- 1 1 IN IP4\r\n" S T, BIT(BAD_ORIGIN), "o=- 1 1 IN IP4" },
	{ V "o=- x 1 IN IP4 h\r\n" S T, BIT(BAD_ORIGIN), "o=- x 1 IN IP4 h" },
	{ V "o=- 1 -1 IN IP4 h\r\n" S T, BIT(BAD_ORIGIN), "o=- 1 -1 IN IP4 h" },
	{ V "o=- 1 1 IN IP4 1.2.3\r\n" S T, BIT(BAD_ORIGIN), "o=- 1 1 IN IP4 1.2.3" },
	{ V O S "t=0\r\n", BIT(BAD_TIME), "t=0" },
	{ V O S "t=0 now\r\n", BIT(BAD_TIME), "t=0 now" },
	{ V O S "t=0 0 0\r\n", BIT(BAD_TIME), "t=0 0 0" },
	/* connections */
	{ V O S "c=IN IP4\r\n" T, BIT(BAD_CONNECTION), "c=IN IP4" },
	{ V O S "c=\r\n" T, BIT(BAD_CONNECTION), "c=" },
	{ V O S "c=IN IP4 h x\r\n" T, BIT(BAD_CONNECTION), "c=IN IP4 h x" },
	{ V O S "c=IN IP4 256.0.0.1\r\n" T, BIT(BAD_CONNECTION), "c=IN IP4 256.0.0.1" },
	{ V O S "c=IN IP6 1::2::3\r\n" T, BIT(BAD_CONNECTION), "c=IN IP6 1::2::3" },
	{ V O S "c=IN IP4 10.0.0.1/24\r\n" T, BIT(BAD_CONNECTION),
	  "c=IN IP4 10.0.0.1/24" },
	{ V O S "c=IN IP6 2001:db8::1/64\r\n" T, BIT(BAD_CONNECTION),
	  "c=IN IP6 2001:db8::1/64" },
	{ V O S "c=IN IP4 h.example/1\r\n" T, BIT(BAD_CONNECTION),
	  "c=IN IP4 h.example/1" },
	{ V O S "c=IN IP4 224.0.0.1\r\n" T, BIT(BAD_CONNECTION), "c=IN IP4 224.0.0.1" },
	{ V O S "c=IN IP4 224.0.0.1/256\r\n" T, BIT(BAD_CONNECTION),
	  "c=IN IP4 224.0.0.1/256" },
	{ V O S "c=IN IP4 224.0.0.1/1/0\r\n" T, BIT(BAD_CONNECTION),
	  "c=IN IP4 224.0.0.1/1/0" },
	{ V O S "c=IN IP6 ff02::1/x\r\n" T, BIT(BAD_CONNECTION), "c=IN IP6 ff02::1/x" },
	{ V O S "c=IN IP4 239.255.255.255/255/1\r\n" T, 0, NULL },
	{ V O S "c=IN IP4 240.0.0.1\r\n" T, 0, NULL },
	{ V O S "c=IN IP6 ff02::1\r\n" T, 0, NULL },
	{ V O S "c=IN IP4 h.example\r\n" T, 0, NULL },
	{ V O S "c=IN IP6 ::ffff:192.0.2.1\r\n" T, 0, NULL },
	{ V O S "c=TN RFC2543 +1-201-406-4090\r\n" T, 0, NULL },
	{ V O S "c=ATM NSAP 47.0091\r\n" T, 0, NULL },
	{ V O S "c=PSTN E164 +441134960123\r\n" T, 0, NULL },
	{ BARE AUDIO, BIT(MISSING_CONNECTION), "m=audio 4000 RTP/AVP 0" },
	{ BARE AUDIO C, 0, NULL },
	{ BARE AUDIO C "m=video 1 RTP/AVP 31\r\n", BIT(MISSING_CONNECTION),
	  "m=video 1 RTP/AVP 31" },
	{ V O S "c=IN IP5 h\r\n" T, BIT(ADDRESS_TYPE), "c=IN IP5 h" },
	{ V O S "c=in IP4 h.example\r\n" T, BIT(ADDRESS_TYPE), "c=in IP4 h.example" },
	{ V "o=- 1 1 LOCAL IP4 h\r\n" S T, BIT(ADDRESS_TYPE), "o=- 1 1 LOCAL IP4 h" },
	{ V O S "c=IN IP4 2001:db8::1\r\n" T, BIT(IP_VERSION), "c=IN IP4 2001:db8::1" },
	{ V O S "c=IN IP6 192.0.2.1\r\n" T, BIT(IP_VERSION), "c=IN IP6 192.0.2.1" },
	{ V "o=- 1 1 IN IP4 ::1\r\n" S T, BIT(IP_VERSION), "o=- 1 1 IN IP4 ::1" },
	{ V O S "b=64\r\n" T, BIT(BAD_BANDWIDTH), "b=64" },
	{ V O S "b=AS:x\r\n" T, BIT(BAD_BANDWIDTH), "b=AS:x" },
	{ V O S "b=:1\r\n" T, BIT(BAD_BANDWIDTH), "b=:1" },
	/* media */
	{ HEAD "m=audio 4000 RTP/AVP\r\n", BIT(BAD_MEDIA), "m=audio 4000 RTP/AVP" },
	{ HEAD "m=audio\r\n", BIT(BAD_MEDIA), "m=audio" },
	{ HEAD "m=\r\n", BIT(BAD_MEDIA), "m=" },
	{ HEAD "m=audio $ RTP/AVP 0\r\n", BIT(BAD_MEDIA), "m=audio $ RTP/AVP 0" },
	{ HEAD "m=audio 1/0 RTP/AVP 0\r\n", BIT(BAD_MEDIA), "m=audio 1/0 RTP/AVP 0" },
	{ HEAD "m=audio 1 RTP/AVP 128\r\n", BIT(BAD_MEDIA), "m=audio 1 RTP/AVP 128" },
	{ HEAD "m=audio 1 RTP/AVP PCMA\r\n", BIT(BAD_MEDIA), "m=audio 1 RTP/AVP PCMA" },
	{ HEAD "m=(a) 1 RTP/AVP 0\r\n", BIT(BAD_MEDIA), "m=(a) 1 RTP/AVP 0" },
	{ HEAD "m=audio 1 RTP/AVP 127\r\na=rtpmap:127 x/1\r\n", 0, NULL },
	{ HEAD "m=audio 65535 RTP/AVP 0\r\n", 0, NULL },
	{ HEAD "m=audio 65536 RTP/AVP 0\r\n", BIT(PORT_RANGE), "65536" },
	{ HEAD "m=audio 99999999999999999999 RTP/AVP 0\r\n", BIT(PORT_RANGE),
	  "99999999999999999999" },
	{ HEAD "m=audio 1 RTP/AVP 8 0 8\r\n", BIT(DUPLICATE_FORMAT), "8" },
	{ HEAD "m=audio 1 RTP/AVP 0 8\r\n" AUDIO, 0, NULL },
	{ HEAD "m=audio 1 RTP/AVP 96\r\n", BIT(DYNAMIC_UNMAPPED), "96" },
	{ HEAD "m=audio 1 RTP/SAVPF 0 127\r\n", BIT(DYNAMIC_UNMAPPED), "127" },
	{ HEAD "m=audio 1 RTP/AVP 95\r\n", 0, NULL },
	{ HEAD "m=image 1 udptl 96\r\n", 0, NULL },
	/* attributes */
	{ HEAD "a=\r\n", BIT(BAD_ATTRIBUTE), "a=" },
	{ HEAD "a=:x\r\n", BIT(BAD_ATTRIBUTE), "a=:x" },
	{ HEAD "a= sendrecv\r\n", BIT(BAD_ATTRIBUTE), "a= sendrecv" },
	{ HEAD "a=sendrecv \r\n", BIT(BAD_ATTRIBUTE), "a=sendrecv " },
	{ HEAD "a=SendRecv\r\n", BIT(ATTRIBUTE_CASE), "SendRecv" },
	{ HEAD "a=X-SendRecv\r\n", 0, NULL },
	{ HEAD "a=sendrecv\r\na=sendonly\r\n", BIT(REPEATED_ATTRIBUTE), "a=sendonly" },
	{ HEAD AUDIO "a=ptime:20\r\na=ptime:30\r\n", BIT(REPEATED_ATTRIBUTE),
	  "a=ptime:30" },
	{ HEAD "a=sendrecv\r\n" AUDIO "a=sendonly\r\n", 0, NULL },
	{ HEAD AUDIO "a=candidate:x\r\na=candidate:x\r\n", 0, NULL },
	{ HEAD AUDIO "a=rtpmap:0 PCMU/8000\r\na=rtpmap:0 PCMA/8000\r\n",
	  BIT(REPEATED_ATTRIBUTE), "a=rtpmap:0 PCMA/8000" },
	{ HEAD AUDIO "a=rtpmap:0 PCMU\r\n", BIT(BAD_RTPMAP), "a=rtpmap:0 PCMU" },
	{ HEAD AUDIO "a=rtpmap:0\r\n", BIT(BAD_RTPMAP), "a=rtpmap:0" },
	{ HEAD AUDIO "a=rtpmap\r\n", BIT(BAD_RTPMAP), "a=rtpmap" },
	{ HEAD AUDIO "a=rtpmap:0 PCMU/0\r\n", BIT(BAD_RTPMAP), "a=rtpmap:0 PCMU/0" },
	{ HEAD AUDIO "a=rtpmap:0 /8000\r\n", BIT(BAD_RTPMAP), "a=rtpmap:0 /8000" },
	{ HEAD AUDIO "a=rtpmap:0 L16/8000/x\r\n", BIT(BAD_RTPMAP),
	  "a=rtpmap:0 L16/8000/x" },
	{ HEAD AUDIO "a=rtpmap:0 L16/8000 x\r\n", BIT(BAD_RTPMAP),
	  "a=rtpmap:0 L16/8000 x" },
	{ HEAD AUDIO "a=rtpmap:128 PCMU/8000\r\n", BIT(BAD_RTPMAP),
	  "a=rtpmap:128 PCMU/8000" },
	{ HEAD AUDIO "a=rtpmap:x PCMU/8000\r\n", BIT(BAD_RTPMAP),
	  "a=rtpmap:x PCMU/8000" },
	{ HEAD AUDIO "a=rtpmap:8 PCMA/8000\r\n", BIT(RTPMAP_UNLISTED), "8" },
	{ HEAD "a=rtpmap:8 PCMA/8000\r\n", BIT(RTPMAP_UNLISTED),
	  "a=rtpmap:8 PCMA/8000" },
	{ HEAD AUDIO "a=fmtp:8 x\r\na=fmtp\r\na=fmtp:x y\r\n", 0, NULL },
	{ HEAD "m=x 1 A/B c\r\na=rtpmap:8 PCMA/8000\r\n", 0, NULL },
};

static void oddities_are_told(void **state)
{
	static struct sdp sdp;
	uint64_t seen = BIT(TOO_MANY_LINES) | BIT(TOO_MANY_MEDIA) | BIT(TOO_MANY_FORMATS);
	(void)state;
	seen |= BIT(LINE_END) | BIT(NO_LINE_END) | BIT(NUL) | BIT(AFTER_NUL);
	for (size_t i = 0; i < LENGTH(oddities); i++) {
		struct slice in = text(oddities[i].text);
		sdp_parse(&sdp, in);
		assert_odd(sdp.odd, oddities[i].odd, in.p);
		seen |= sdp.odd;
		for (unsigned k = 0; k < SDP_ODD_COUNT && oddities[i].where; k++)
			if (sdp_is_odd(&sdp, (enum sdp_odd)k))
				assert_is(place(&sdp, (enum sdp_odd)k),
				          oddities[i].where, in.p);
		walk_cuts(in, walk_sdp);
	}
	assert_odd(seen, UINT64_MAX >> (64 - SDP_ODD_COUNT), "the table");
}

static void the_first_place_counts(void **state)
{
	static struct sdp sdp;
	(void)state;
	sdp_parse(&sdp, SLICE(HEAD "x=1\r\ny=2\r\n"));
	assert_int_equal(sdp.where[SDP_ODD_UNKNOWN_LINE].offset, sizeof(HEAD) - 1);
	assert_int_equal(sdp.where[SDP_ODD_UNKNOWN_LINE].len, 3);
}

static void nul_bytes(void **state)
{
	static struct sdp sdp;
	(void)state;
	sdp_parse(&sdp, SLICE(HEAD "\0")); /* at the end: as C strings are sent */
	assert_odd(sdp.odd, BIT(NUL), "at the end");
	assert_int_equal(sdp.where[SDP_ODD_NUL].offset, sizeof(HEAD) - 1);
	assert_int_equal(sdp.where[SDP_ODD_NUL].len, 1);
	sdp_parse(&sdp, SLICE(HEAD "\0\0\r\n\0"));
	assert_odd(sdp.odd, BIT(NUL), "several");
	sdp_parse(&sdp, SLICE(HEAD "a=x\0y\r\n"));
	assert_odd(sdp.odd, BIT(NUL), "in a line");
	sdp_parse(&sdp, SLICE(HEAD "a=x\0y\r\na=sendonly\r\na=z\r\n"));
	assert_odd(sdp.odd, BIT(NUL) | BIT(AFTER_NUL), "before lines");
	assert_is(place(&sdp, SDP_ODD_AFTER_NUL), "a=sendonly", "place");
	assert_int_equal(sdp.direction, SDP_SENDONLY); /* read all the same */
	sdp_parse(&sdp, SLICE(V O "s=\0\r\n" T "m=a 1 x y\r\nc=IN IP4 1\0.2\r\n"));
	assert_int_equal(sdp.media[0].conn.family, 0);
	walk_cuts(SLICE(HEAD "\0a=x\0y\r\n\0\r\n\0a"), walk_sdp);
}

static void words_of_tables(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SDP_ODD_COUNT; i++) {
		const char *code = sdp_odd_code((enum sdp_odd)i);
		assert_int_equal(strncmp(code, "sdp-", 4), 0);
		assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz-"),
		                 strlen(code));
		assert_true(strlen(sdp_odd_text((enum sdp_odd)i)) > 0);
		assert_true(strlen(sdp_odd_source((enum sdp_odd)i)) > 0);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(code, sdp_odd_code((enum sdp_odd)k));
	}
	assert_string_equal(sdp_odd_code(SDP_ODD_COUNT), "");
	for (unsigned i = 0; i < SDP_ATTR_OTHER; i++) {
		char line[64];
		struct sdp_attr attr;
		const char *name = sdp_attr_name((enum sdp_attr_id)i);
		int n = snprintf(line, sizeof line, "a=%s:x\r\n", name);
		struct slice rest = { line, (size_t)n };
		assert_true(sdp_attr_next(&rest, &attr));
		assert_int_equal(attr.id, i);
		assert_true(strlen(sdp_attr_source((enum sdp_attr_id)i)) > 0);
	}
	assert_string_equal(sdp_attr_name(SDP_ATTR_OTHER), "");
	assert_string_equal(sdp_attr_source(SDP_ATTR_OTHER), "");
	assert_string_equal(sdp_direction_name(SDP_SENDRECV), "sendrecv");
	assert_string_equal(sdp_direction_name(SDP_SENDONLY), "sendonly");
	assert_string_equal(sdp_direction_name(SDP_RECVONLY), "recvonly");
	assert_string_equal(sdp_direction_name(SDP_INACTIVE), "inactive");
}

/* Address literals: the bytes in hexadecimal, or NULL: none. */
static void addresses(void **state)
{
	static const struct {
		const char *address;
		unsigned    family;
		const char *bytes;
	} cases[] = {
		{ "192.0.2.255", 4, "c00002ff" },
		{ "0.0.0.0", 4, "00000000" },
		{ "192.0.2.256", 0, "" },
		{ "192.0.2", 0, "" },
		{ "192.0.2.1.", 0, "" },
		{ "1922.0.2.1", 0, "" },
		{ "2001:db8::1", 6, "20010db8000000000000000000000001" },
		{ "::", 6, "00000000000000000000000000000000" },
		{ "1::", 6, "00010000000000000000000000000000" },
		{ "1:2:3:4:5:6:7:8", 6, "00010002000300040005000600070008" },
		{ "::FFFF:192.0.2.1", 6, "00000000000000000000ffffc0000201" },
		{ "1:2:3:4:5:6:7:8:9", 0, "" },
		{ "1:2:3:4:5:6:7", 0, "" },
		{ "1::2::3", 0, "" },
		{ "12345::", 0, "" },
		{ ":1:2:3:4:5:6:7", 0, "" },
		{ "1:2:3:4:5:6:7:", 0, "" },
		{ "[::1]", 0, "" },
		{ "host.example.com", 0, "" },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb", 0, "" },
	};
	static struct sdp sdp;
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char line[128], hex[33] = "";
		int n = snprintf(line, sizeof line, "c=IN IP4 %s\r\n", cases[i].address);
		sdp_parse(&sdp, (struct slice){ line, (size_t)n });
		unsigned bytes = sdp.conn.family == 4 ? 4 : sdp.conn.family ? 16 : 0;
		for (unsigned k = 0; k < bytes; k++)
			snprintf(hex + 2 * k, 3, "%02x", sdp.conn.bytes[k]);
		assert_is(sdp.conn.address, cases[i].address, line);
		assert_int_equal(sdp.conn.family, cases[i].family);
		assert_string_equal(hex, cases[i].bytes);
	}
}

static void odd_lines_are_read_all_the_same(void **state)
{
	static struct sdp sdp;
	(void)state;
	sdp_parse(&sdp, SLICE("o=Mr J Doe  7 8 IN IP4 192.0.2.1\r\n"));
	assert_is(sdp.origin.username, "Mr J Doe", "o=");
	assert_is(sdp.origin.sess_id, "7", "o=");
	assert_is(sdp.origin.sess_version, "8", "o=");
	assert_is(sdp.origin.host.address, "192.0.2.1", "o=");
	assert_odd(sdp.odd & BIT(BAD_ORIGIN), BIT(BAD_ORIGIN), "o=");
	sdp_parse(&sdp, SLICE("o=x 7\r\no=y 8 9 IN IP4 h\r\n"));
	assert_is(sdp.origin.username, "x", "o=");
	assert_is(sdp.origin.sess_id, "7", "o=");
	assert_int_equal(sdp.origin.sess_version.len, 0);
	sdp_parse(&sdp, SLICE("m= video\t70000/3  RTP/AVP 31\r\na= SENDONLY \r\ns=late"));
	const struct sdp_media *m = sdp.media;
	assert_is(m->type, "video", "m=");
	assert_is(m->port_text, "70000", "m=");
	assert_int_equal(m->port, SDP_PORT_BEYOND);
	assert_int_equal(m->ports, 3);
	assert_int_equal(m->direction, SDP_SENDONLY);
	assert_is(sdp_formats(&sdp, m)->encoding, "H261", "m=");
	assert_is(sdp.name, "late", "s=");
	assert_is(sdp.media->lines, "a= SENDONLY \r\ns=late", "lines");
	/* a mapping without a clock rate keeps its name */
	sdp_parse(&sdp, SLICE(HEAD "m=video 1 RTP/AVP 31\r\na=rtpmap:31 LPC\r\n"));
	assert_is(sdp.formats[0].encoding, "LPC", "rtpmap");
	assert_int_equal(sdp.formats[0].clock, 0);
	/* the first of a kind counts */
	sdp_parse(&sdp, SLICE(HEAD AUDIO "a=inactive\r\na=sendrecv\r\na=rtpmap:0 A/1\r\n"
	                      "a=rtpmap:0 B/2\r\ni=a\r\ni=b\r\n"));
	assert_int_equal(sdp.media->direction, SDP_INACTIVE);
	assert_is(sdp.formats[0].encoding, "A", "rtpmap");
	assert_is(sdp.media->info, "a", "i=");
	sdp_parse(&sdp, SLICE_NONE);
	assert_odd(sdp.odd, BIT(MISSING_VERSION) | BIT(MISSING_ORIGIN) |
	           BIT(MISSING_NAME) | BIT(MISSING_TIME), "nothing");
	assert_int_equal(sdp.lines_seen, 0);
}

static const char attributes[] =
	HEAD
	"a=group:BUNDLE 0 1\r\n"
	"a=ice-pwd:session-password\r\n"
	"a=ice-ufrag:F7gI\r\n"
	"a=setup:actpass\r\n"
	"a=key-mgmt:mikey AQAFgM0X\r\n"
	"a=mid:no\r\n"
	"m=audio 4000 RTP/SAVP 0\r\n"
	"a=mid:0\r\n"
	"a=setup:active\r\n"
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20|1:4 KDR=1\r\n"
	"a=rtcp-mux\r\n"
	"m=image 4002 udptl t38\r\n"
	"a=T38FaxMaxBuffer:262\r\n"
	"a=fmtp:t38 x=1\r\n";

static void assert_attr(const struct sdp *sdp, const struct sdp_media *m,
                        enum sdp_attr_id id, const char *value, const char *secret)
{
	struct sdp_attr attr = { .id = SDP_ATTR_OTHER };
	const char *name = sdp_attr_name(id);
	assert_int_equal(sdp_attr_find(sdp, m, id, &attr), value != NULL);
	assert_int_equal(attr.id, value ? id : SDP_ATTR_OTHER);
	if (value) {
		assert_is(attr.name, name, name);
		assert_is(attr.value, value, name);
		assert_is(attr.secret, secret, name);
	}
}

static void attributes_are_found(void **state)
{
	static struct sdp sdp;
	const struct sdp_media *audio = &sdp.media[0], *image = &sdp.media[1];
	(void)state;
	sdp_parse(&sdp, SLICE(attributes));
	assert_odd(sdp.odd, 0, attributes);
	assert_attr(&sdp, NULL, SDP_ATTR_GROUP, "BUNDLE 0 1", "");
	assert_attr(&sdp, audio, SDP_ATTR_GROUP, NULL, NULL); /* not for media */
	assert_attr(&sdp, NULL, SDP_ATTR_ICE_UFRAG, "F7gI", "");
	assert_attr(&sdp, audio, SDP_ATTR_ICE_UFRAG, "F7gI", "");
	assert_attr(&sdp, NULL, SDP_ATTR_SETUP, "actpass", "");
	assert_attr(&sdp, audio, SDP_ATTR_SETUP, "active", "");
	assert_attr(&sdp, image, SDP_ATTR_SETUP, "actpass", "");
	assert_attr(&sdp, audio, SDP_ATTR_MID, "0", "");
	assert_attr(&sdp, image, SDP_ATTR_MID, NULL, NULL);
	assert_attr(&sdp, audio, SDP_ATTR_RTCP_MUX, "", "");
	assert_attr(&sdp, image, SDP_ATTR_RTCP_MUX, NULL, NULL);
	assert_attr(&sdp, image, SDP_ATTR_T38_BUFFER, "262", "");
	assert_attr(&sdp, audio, SDP_ATTR_OTHER, NULL, NULL);
	assert_is(sdp_formats(&sdp, image)->fmtp, "x=1", "fmtp");
	/* secrets stand apart */
	assert_attr(&sdp, audio, SDP_ATTR_ICE_PWD, "", "session-password");
	assert_attr(&sdp, NULL, SDP_ATTR_KEY_MGMT, "mikey", "AQAFgM0X");
	assert_attr(&sdp, audio, SDP_ATTR_CRYPTO, "1 AES_CM_128_HMAC_SHA1_80",
	            "inline:c2VjcmV0|2^20|1:4 KDR=1");
	walk_cuts(SLICE(attributes), walk_sdp);
}

static void bandwidths_and_rtcp(void **state)
{
	struct sdp_bandwidth b = { .value = 7 };
	struct sdp_rtcp r;
	(void)state;
	assert_int_equal(sdp_bandwidth_parse(&b, text("AS")), ERR_FORMAT);
	assert_int_equal(sdp_bandwidth_parse(&b, text("A S:1")), ERR_FORMAT);
	assert_int_equal(sdp_bandwidth_parse(&b, text("AS:1.5")), ERR_FORMAT);
	assert_int_equal(b.value, 7);
	assert_int_equal(sdp_bandwidth_parse(&b, text("TIAS:4294967296")), OK);
	assert_is(b.type, "TIAS", "b=");
	assert_true(b.value == UINT32_MAX);

	assert_int_equal(sdp_rtcp_parse(&r, text("53020")), OK);
	assert_int_equal(r.port, 53020);
	assert_int_equal(r.conn.address.len, 0);
	assert_int_equal(sdp_rtcp_parse(&r, text("53020 IN IP6 2001:db8::1")), OK);
	assert_is(r.conn.address, "2001:db8::1", "rtcp");
	assert_int_equal(r.conn.family, 6);
	assert_int_equal(sdp_rtcp_parse(&r, text("70000")), OK);
	assert_int_equal(r.port, SDP_PORT_BEYOND);
	assert_int_equal(sdp_rtcp_parse(&r, text("")), ERR_FORMAT);
	assert_int_equal(sdp_rtcp_parse(&r, text("x")), ERR_FORMAT);
	assert_int_equal(sdp_rtcp_parse(&r, text("1 IN IP4")), ERR_FORMAT);
}

static void candidates(void **state)
{
	static const char *const bad[] = {
		"", "1 1 UDP 99 192.0.2.1 9 typ", "1 1 UDP 99 192.0.2.1 9 type host",
		"1 x UDP 99 192.0.2.1 9 typ host", "1 1 UDP x 192.0.2.1 9 typ host",
		"1 1 UDP 99 192.0.2.1 x typ host",
		"1 1 UDP 99 192.0.2.1 9 typ srflx raddr 192.0.2.2 rport x",
	};
	struct sdp_candidate c = { .port = 7 };
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_int_equal(sdp_candidate_parse(&c, text(bad[i])), ERR_FORMAT);
	assert_int_equal(c.port, 7);
	assert_int_equal(sdp_candidate_parse(&c, text("842163049 1 udp 1677729535 "
	                 "203.0.113.4 46154 typ srflx raddr 10.0.0.5 rport 46155 "
	                 "generation 0 network-id 1")), OK);
	assert_is(c.foundation, "842163049", "candidate");
	assert_int_equal(c.component, 1);
	assert_is(c.transport, "udp", "candidate");
	assert_int_equal(c.priority, 1677729535);
	assert_is(c.address, "203.0.113.4", "candidate");
	assert_int_equal(c.port, 46154);
	assert_is(c.type, "srflx", "candidate");
	assert_is(c.raddr, "10.0.0.5", "candidate");
	assert_int_equal(c.rport, 46155);
	assert_is(c.extensions, "generation 0 network-id 1", "candidate");
	assert_int_equal(sdp_candidate_parse(&c, text("1 2 TCP 4294967296 2001:db8::1 "
	                 "65537 typ host tcptype active")), OK);
	assert_true(c.priority == UINT32_MAX);
	assert_int_equal(c.port, SDP_PORT_BEYOND);
	assert_int_equal(c.raddr.len, 0);
	assert_int_equal(c.rport, 0);
	assert_is(c.extensions, "tcptype active", "candidate");
}

static void sources_and_extensions(void **state)
{
	struct sdp_ssrc s = { .ssrc = 7 };
	struct sdp_extmap e = { .id = 7 };
	(void)state;
	assert_int_equal(sdp_ssrc_parse(&s, text("")), ERR_FORMAT);
	assert_int_equal(sdp_ssrc_parse(&s, text("1")), ERR_FORMAT);
	assert_int_equal(sdp_ssrc_parse(&s, text("x cname:y")), ERR_FORMAT);
	assert_int_equal(s.ssrc, 7);
	assert_int_equal(sdp_ssrc_parse(&s, text("4294967295 msid:a b")), OK);
	assert_true(s.ssrc == UINT32_MAX);
	assert_is(s.name, "msid", "ssrc");
	assert_is(s.value, "a b", "ssrc");
	assert_int_equal(sdp_extmap_parse(&e, text("1")), ERR_FORMAT);
	assert_int_equal(sdp_extmap_parse(&e, text("x urn:a")), ERR_FORMAT);
	assert_int_equal(e.id, 7);
	assert_int_equal(sdp_extmap_parse(&e, text("4/recvonly urn:a short 1")), OK);
	assert_int_equal(e.id, 4);
	assert_is(e.direction, "recvonly", "extmap");
	assert_is(e.uri, "urn:a", "extmap");
	assert_is(e.params, "short 1", "extmap");
	assert_int_equal(sdp_extmap_parse(&e, text("2 urn:b")), OK);
	assert_int_equal(e.direction.len, 0);
	assert_int_equal(e.params.len, 0);
}

/* RFC 3551 tables 4 and 5, and the numbers they leave open. */
static void static_payload_types(void **state)
{
	static const struct {
		unsigned    type;
		const char *name;
	} want[] = {
		{ 0, "PCMU/8000" },   { 1, "1" },          { 2, "2" },
		{ 3, "GSM/8000" },    { 4, "G723/8000" },  { 5, "DVI4/8000" },
		{ 6, "DVI4/16000" },  { 7, "LPC/8000" },   { 8, "PCMA/8000" },
		{ 9, "G722/8000" },   { 10, "L16/44100/2" }, { 11, "L16/44100" },
		{ 12, "QCELP/8000" }, { 13, "CN/8000" },   { 14, "MPA/90000" },
		{ 15, "G728/8000" },  { 16, "DVI4/11025" }, { 17, "DVI4/22050" },
		{ 18, "G729/8000" },  { 19, "19" },        { 25, "CelB/90000" },
		{ 26, "JPEG/90000" }, { 28, "nv/90000" },  { 31, "H261/90000" },
		{ 32, "MPV/90000" },  { 33, "MP2T/90000" }, { 34, "H263/90000" },
		{ 35, "35" },         { 127, "127" },
	};
	static struct sdp sdp;
	char line[64], name[32];
	(void)state;
	for (size_t i = 0; i < LENGTH(want); i++) {
		int n = snprintf(line, sizeof line, "m=x 1 rtp/avp %u\r\n", want[i].type);
		sdp_parse(&sdp, (struct slice){ line, (size_t)n });
		assert_int_equal(sdp_format_name(&sdp.formats[0], name, sizeof name),
		                 strlen(want[i].name));
		assert_string_equal(name, want[i].name);
	}
}

static void payload_names(void **state)
{
	char name[32];
	(void)state;
	assert_int_equal(sdp_payload_name(8, name, sizeof name), 9);
	assert_string_equal(name, "PCMA/8000");
	sdp_payload_name(10, name, sizeof name);
	assert_string_equal(name, "L16/44100/2");
	assert_int_equal(sdp_payload_name(35, name, sizeof name), 0);
	assert_int_equal(sdp_payload_name(128, name, sizeof name), 0);
	assert_string_equal(name, "");
	assert_int_equal(sdp_payload_name(8, name, 5), 4);
}

static void codecs(void **state)
{
	static struct sdp sdp;
	static const char input[] =
		HEAD "m=audio 4000 RTP/AVP 8 0 96 101 97 98 111\r\n"
		"a=rtpmap:96 pcma/8000\r\na=rtpmap:97 PCMA/16000\r\n"
		"a=rtpmap:98 PCMA/8000/2\r\na=rtpmap:101 Telephone-Event/8000\r\n"
		"m=image 4000 udptl t38 T38\r\nm=audio 1 RTP/AVP 111 2 2 24\r\n";
	char out[256];
	(void)state;
	sdp_parse(&sdp, SLICE(input));
	const struct sdp_format *f = sdp.formats;
	size_t n = sdp_codecs(&sdp, &sdp.media[0], out, sizeof out);
	assert_string_equal(out, "PCMA/8000 PCMU/8000 pcma/8000 Telephone-Event/8000 "
	                         "PCMA/16000 PCMA/8000/2 111");
	assert_int_equal(n, strlen(out));
	n = sdp_codecs(&sdp, &sdp.media[0], out, 13);
	assert_string_equal(out, "PCMA/8000 PC");
	assert_int_equal(n, 12);
	assert_int_equal(sdp_codecs(&sdp, &sdp.media[0], out, 1), 0);
	assert_string_equal(out, "");
	assert_true(sdp_same_codec(&f[0], &f[2]));   /* PCMA, whatever the number */
	assert_false(sdp_same_codec(&f[0], &f[1]));
	assert_false(sdp_same_codec(&f[0], &f[4])); /* clock rate */
	assert_false(sdp_same_codec(&f[0], &f[5])); /* channels */
	assert_false(sdp_same_codec(&f[0], &f[6])); /* one has no name */
	assert_false(sdp_same_codec(&f[6], &f[6])); /* 111 without rtpmap */
	assert_true(sdp_same_codec(&f[7], &f[8]));  /* t38 */
	assert_true(sdp_same_codec(&f[10], &f[11])); /* 2 and 2, unassigned */
	assert_false(sdp_same_codec(&f[10], &f[12]));
	assert_true(sdp_is_codec(&f[0]));
	assert_false(sdp_is_codec(&f[3]));
	assert_true(sdp_is_codec(&f[7]));
}

static void holds(void **state)
{
	static const struct {
		const char *text;
		bool        off, hold; /* of the first media */
		bool        all;
	} cases[] = {
		{ HEAD AUDIO, false, false, false },
		{ HEAD AUDIO "a=sendonly\r\n", false, true, true },
		{ HEAD AUDIO "a=inactive\r\n", false, true, true },
		{ HEAD AUDIO "a=recvonly\r\n", false, false, false },
		{ HEAD "a=sendonly\r\n" AUDIO, false, true, true },
		{ HEAD "a=sendonly\r\n" AUDIO "a=sendrecv\r\n", false, false, false },
		{ BARE AUDIO "c=IN IP4 0.0.0.0\r\n", false, true, true },
		{ BARE AUDIO "c=IN IP6 ::\r\n", false, true, true },
		{ BARE AUDIO "c=IN IP4 0.0.0.1\r\n", false, false, false },
		{ BARE AUDIO "c=IN IP4 zero\r\n", false, false, false },
		/* no candidate yet, which is not a hold */
		{ BARE "m=audio 9 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", false, false,
		  false },
		{ HEAD "m=audio 0 RTP/AVP 0\r\na=sendonly\r\n", true, false, false },
		{ HEAD "m=audio 0 RTP/AVP 0\r\na=bundle-only\r\n", false, false, false },
		{ HEAD AUDIO "a=sendonly\r\n" AUDIO, false, true, false },
		{ HEAD "m=audio 0 RTP/AVP 0\r\n" AUDIO "a=sendonly\r\n", true, false,
		  true },
		{ HEAD AUDIO "a=sendonly\r\nm=audio 0 RTP/AVP 0\r\n", false, true, true },
	};
	static struct sdp sdp;
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		sdp_parse(&sdp, text(cases[i].text));
		if (sdp_media_is_off(sdp.media) != cases[i].off ||
		    sdp_media_is_hold(sdp.media) != cases[i].hold ||
		    sdp_is_hold(&sdp) != cases[i].all)
			fail_msg("%s", cases[i].text);
	}
	sdp_parse(&sdp, SLICE(HEAD));
	assert_false(sdp_is_hold(&sdp));
}

static void summaries(void **state)
{
	static const struct {
		const char *text, *line;
	} cases[] = {
		{ HEAD, "" },
		{ HEAD "m=audio 4000 RTP/AVP 8 0 101\r\n"
		  "a=rtpmap:101 telephone-event/8000\r\nm=video 0 RTP/AVP 31\r\n",
		  "audio 192.0.2.1:4000 PCMA PCMU telephone-event sendrecv; video off" },
		{ BARE "m=audio 4000 RTP/AVP 8\r\nc=IN IP6 2001:db8::1\r\na=sendonly\r\n",
		  "audio [2001:db8::1]:4000 PCMA sendonly" },
		{ BARE "m=image 5 udptl t38\r\nc=IN IP4 h.example\r\n",
		  "image h.example:5 t38 sendrecv" },
		{ "m=\r\nm=audio\r\nm=a\x1b 7 RTP/AVP 96\r\n",
		  "? off; audio off; a\x1b ?:7 96 sendrecv" },
	};
	static struct sdp sdp;
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char out[128];
		sdp_parse(&sdp, text(cases[i].text));
		size_t len = sdp_summary(&sdp, out, sizeof out);
		assert_string_equal(out, cases[i].line);
		assert_int_equal(len, strlen(cases[i].line));
		for (size_t size = 1; size <= len; size++) {
			assert_int_equal(sdp_summary(&sdp, out, size), size - 1);
			assert_memory_equal(out, cases[i].line, size - 1);
			assert_int_equal(out[size - 1], '\0');
		}
	}
}

static void origins_are_compared(void **state)
{
	static const struct {
		const char         *before, *now;
		enum sdp_succession want;
	} cases[] = {
		{ "o=- 1 1 IN IP4 h\n", "o=- 1 1 IN IP4 h\n", SDP_SAME },
		{ "o=- 1 1 IN IP4 h\n", "o=- 1 01 IN IP4 h\n", SDP_SAME },
		{ "o=- 1 1 IN IP4 h\n", "o=- 1 2 IN IP4 h\n", SDP_NEWER },
		{ "o=- 1 9 IN IP4 h\n", "o=- 1 10 IN IP4 h\n", SDP_NEWER },
		{ "o=- 1 2 IN IP4 h\n", "o=- 1 1 IN IP4 h\n", SDP_OLDER },
		{ "o=- 1 10 IN IP4 h\n", "o=- 1 9 IN IP4 h\n", SDP_OLDER },
		{ "o=- 1 99999999999999999999998 IN IP4 h\n",
		  "o=- 1 99999999999999999999999 IN IP4 h\n", SDP_NEWER },
		{ "o=- 1 1 IN IP4 h\n", "o=a 1 2 IN IP4 h\n", SDP_UNRELATED },
		{ "o=- 1 1 IN IP4 h\n", "o=- 2 2 IN IP4 h\n", SDP_UNRELATED },
		{ "o=- 1 1 IN IP4 h\n", "o=- 1 2 TN IP4 h\n", SDP_UNRELATED },
		{ "o=- 1 1 IN IP4 h\n", "o=- 1 2 IN IP6 h\n", SDP_UNRELATED },
		{ "o=- 1 1 IN IP4 h\n", "o=- 1 2 IN IP4 g\n", SDP_UNRELATED },
		{ "o=- 1 1 IN IP4 h\n", "o=- 1 x IN IP4 h\n", SDP_UNRELATED },
		{ "", "", SDP_UNRELATED },
	};
	static struct sdp a, b;
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		sdp_parse(&a, text(cases[i].before));
		sdp_parse(&b, text(cases[i].now));
		if (sdp_origin_compare(&a.origin, &b.origin) != cases[i].want)
			fail_msg("%s%s", cases[i].before, cases[i].now);
	}
}

/* The text `head`, then as many copies of `piece` as asked for. The caller's. */
static struct slice repeat(const char *head, const char *piece, size_t times)
{
	size_t len = strlen(head), step = strlen(piece);
	char *out = malloc(len + times * step + 1);
	assert_non_null(out);
	memcpy(out, head, len + 1);
	for (size_t i = 0; i < times; i++)
		memcpy(out + len + i * step, piece, step);
	return (struct slice){ out, len + times * step };
}

static void release(struct slice s)
{
	char *p;
	memcpy(&p, &s.p, sizeof p);
	free(p);
}

static void limits_hold(void **state)
{
	static struct sdp sdp;
	struct slice in = repeat(HEAD, AUDIO, 10000);
	(void)state;
	sdp_parse(&sdp, in);
	assert_odd(sdp.odd, BIT(TOO_MANY_MEDIA) | BIT(TOO_MANY_LINES), "media");
	assert_int_equal(sdp.nmedia, SDP_MEDIA_MAX);
	assert_int_equal(sdp.media_seen, SDP_LINES_MAX - 5);
	assert_int_equal(sdp.lines_seen, 10005);
	assert_int_equal(sdp.media[SDP_MEDIA_MAX - 1].lines.len, 0);
	release(in);

	in = repeat(HEAD AUDIO, "a=x\r\n", SDP_LINES_MAX - 6);
	sdp_parse(&sdp, in);
	assert_odd(sdp.odd, 0, "lines");
	release(in);
	in = repeat(HEAD AUDIO, "a=x\r\n", SDP_LINES_MAX - 5);
	sdp_parse(&sdp, in);
	assert_odd(sdp.odd, BIT(TOO_MANY_LINES), "lines");
	assert_int_equal(sdp.where[SDP_ODD_TOO_MANY_LINES].offset, in.len - 5);
	assert_int_equal(sdp.media[0].lines.len, (SDP_LINES_MAX - 6) * 5);
	release(in);

	/* what belongs to media that is not kept touches no other */
	in = repeat(HEAD, AUDIO, SDP_MEDIA_MAX + 1);
	char text[2048];
	int n = snprintf(text, sizeof text, "%.*sa=sendonly\r\na=rtpmap:0 X/1\r\n",
	                 (int)in.len, in.p);
	sdp_parse(&sdp, (struct slice){ text, (size_t)n });
	assert_odd(sdp.odd, BIT(TOO_MANY_MEDIA), "media");
	assert_int_equal(sdp.nformats, SDP_MEDIA_MAX);
	for (unsigned i = 0; i < SDP_MEDIA_MAX; i++) {
		assert_int_equal(sdp.media[i].direction, SDP_SENDRECV);
		assert_is(sdp.formats[i].encoding, "PCMU", "format");
	}
	release(in);
}

static void formats_beyond_the_limit(void **state)
{
	static struct sdp sdp;
	char line[512], all[8192];
	size_t n = (size_t)snprintf(line, sizeof line, "m=audio 1 RTP/AVP");
	(void)state;
	for (unsigned i = 0; i <= SDP_MEDIA_FORMATS_MAX; i++)
		n += (size_t)snprintf(line + n, sizeof line - n, " %u", i);
	int len = snprintf(all, sizeof all, HEAD "%s\r\na=rtpmap:64 x/1\r\n", line);
	sdp_parse(&sdp, (struct slice){ all, (size_t)len });
	assert_odd(sdp.odd, BIT(TOO_MANY_FORMATS), "of one"); /* 64 is listed */
	assert_int_equal(sdp.media[0].nformats, SDP_MEDIA_FORMATS_MAX);
	assert_int_equal(sdp.media[0].formats_seen, SDP_MEDIA_FORMATS_MAX + 1);
	len = snprintf(all, sizeof all, HEAD);
	for (unsigned i = 0; i <= SDP_FORMATS_MAX / SDP_MEDIA_FORMATS_MAX; i++)
		len += snprintf(all + len, sizeof all - (size_t)len, "%.*s\r\n",
		                (int)n - 3, line); /* one less */
	sdp_parse(&sdp, (struct slice){ all, (size_t)len });
	assert_odd(sdp.odd, BIT(TOO_MANY_FORMATS), "of all");
	assert_int_equal(sdp.nformats, SDP_FORMATS_MAX);
	const struct sdp_media *last = &sdp.media[sdp.nmedia - 1];
	assert_int_equal(last->nformats, 0);
	assert_int_equal(last->formats_seen, SDP_MEDIA_FORMATS_MAX);
	assert_int_equal(sdp.media[sdp.nmedia - 2].nformats, SDP_MEDIA_FORMATS_MAX);
}

/* Inputs on which a search from each line or word to the end would take minutes. */
static void hostile_texts_cost_little(void **state)
{
	static const struct {
		const char *head, *piece;
		size_t      times;
	} cases[] = {
		{ HEAD "a=", "x", 1 << 16 },
		{ HEAD "a=", " ", 1 << 16 },
		{ HEAD "m=audio 1 RTP/AVP", " 0", 1 << 19 },
		{ "o=", "a ", 1 << 19 },
		{ "", "\r", 1 << 20 },
		{ "", "\n", 1 << 20 },
		{ "", "\r\n", 1 << 19 },
		{ HEAD AUDIO, "a=rtpmap:0 A/1\r", 1 << 16 },
		{ HEAD AUDIO, "a=fmtp:0 \n", 1 << 16 },
		{ HEAD "m=x 1 y z\n", "a=fmtp:q\n", 1 << 16 },
		{ "m=x 1 RTP/AVP 0", "/", 1 << 16 },
		{ "m=x 1 ", "R/", 1 << 19 },
		{ "c=IN IP6 ", ":", 1 << 20 },
		{ "c=IN IP4 1", "/1", 1 << 19 },
	};
	static struct sdp sdp;
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct slice in = repeat(cases[i].head, cases[i].piece, cases[i].times);
		for (unsigned k = 0; k < 4; k++)
			walk_sdp(in);
		sdp_parse(&sdp, in);
		assert_true(sdp.odd != 0 || i < 2);
		release(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_is_read),
		cmocka_unit_test(line_ends),
		cmocka_unit_test(oddities_are_told),
		cmocka_unit_test(the_first_place_counts),
		cmocka_unit_test(nul_bytes),
		cmocka_unit_test(words_of_tables),
		cmocka_unit_test(addresses),
		cmocka_unit_test(odd_lines_are_read_all_the_same),
		cmocka_unit_test(attributes_are_found),
		cmocka_unit_test(bandwidths_and_rtcp),
		cmocka_unit_test(candidates),
		cmocka_unit_test(sources_and_extensions),
		cmocka_unit_test(static_payload_types),
		cmocka_unit_test(payload_names),
		cmocka_unit_test(codecs),
		cmocka_unit_test(holds),
		cmocka_unit_test(summaries),
		cmocka_unit_test(origins_are_compared),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(formats_beyond_the_limit),
		cmocka_unit_test(hostile_texts_cost_little),
	};
	return cmocka_run_group_tests_name("sip/sdp", tests, NULL, NULL);
}
