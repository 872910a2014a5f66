/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/session.h"

#include <string.h>

#include "base/hash.h"
#include "sip/sdp.h"

/* A media line is a word that says what it is, and one for each of its formats. */
#define LINE_FORMATS   0x7fU /* how many follow */
#define LINE_MORE      0x80U /* there were more */
#define LINE_OFF       0x100U
#define LINE_HELD      0x200U
#define LINE_DIRECTION 10 /* shifts: enum sdp_direction, 2 bits ... */
#define LINE_TYPE      12 /* ... hash of audio, 8 bits ... */
#define LINE_PROTO     20 /* ... and of RTP/AVP, 12 bits */

_Static_assert(SESSION_FORMATS_MAX <= LINE_FORMATS, "how many has its bits");

/* A format is a static payload type (RFC 3551), or a hash of its name: the numbers of
 * dynamic ones differ between sides. */
#define FORMAT_NAMED   0x80000000U
#define FORMAT_BESIDE  0x40000000U /* no codec: telephone-event and the like */
#define FORMAT_UNKNOWN 0x20000000U /* a dynamic payload type without a name */
#define FORMAT_HASH    0x1fffffffU

#define PAYLOAD_STATIC 35U  /* below it: RFC 3551 6 */
#define PAYLOAD_CN     13U  /* RFC 3389; 19 before it */
#define PAYLOAD_OLD_CN 19U
#define NAME_MAX_BYTES 64   /* "telephone-event/8000" is long */
#define PORT_DISCARD   9U   /* of a side without ICE candidates: RFC 8840 */

enum address { ADDRESS_OTHER, ADDRESS_ZERO, ADDRESS_PRIVATE };

struct conn {
	uint64_t hash;
	enum address is;
};

struct reader {
	struct session *s;
	uint64_t seed;
	uint64_t content;
	uint32_t *line; /* the media line under way; NULL: the session, or no room */
	struct conn session_conn, conn;
	uint32_t port;
	uint8_t session_direction, direction; /* enum sdp_direction */
	bool bundle_only, rtp;
	bool ice, to_private;
	bool on, released, moves; /* some media is on; not on hold; not inactive */
};

/* --- words */

static bool is_space(char c)
{
	return (unsigned char)c <= ' ';
}

static bool word(struct slice *rest, struct slice *out)
{
	const char *p = rest->p, *end = p + rest->len;
	while (p < end && is_space(*p))
		p++;
	out->p = p;
	while (p < end && !is_space(*p))
		p++;
	out->len = (size_t)(p - out->p);
	rest->p = p;
	rest->len = (size_t)(end - p);
	return out->len > 0;
}

/* The digits at the front, modulo 2^32; what follows ("/2" of a port) is passed over. */
static uint32_t digits(struct slice s)
{
	uint32_t v = 0;
	for (size_t i = 0; i < s.len && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		v = v * 10 + (unsigned)(s.p[i] - '0');
	return v;
}

/* Of a short word, ASCII case aside; the same in all runs. */
static uint32_t small_hash(struct slice s)
{
	uint32_t h = 0;
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ ascii_lower(s.p[i])) * 0x01000193U;
	return h ^ h >> 15;
}

/* --- addresses */

/* Networks whose addresses mean nothing outside of them: RFC 1918, RFC 6598, RFC 3927,
 * RFC 1122 3.2.1.3 (loopback); RFC 4193, RFC 4291 2.5.6. */
static bool is_private(struct slice s)
{
	if (memchr(s.p, ':', s.len)) {
		unsigned c = s.len > 4 ? ascii_lower(s.p[0]) : 0;
		unsigned d = c ? ascii_lower(s.p[1]) : 0;
		return c == 'f' &&
		       (d == 'c' || d == 'd' || (d == 'e' && s.p[2] >= '8'));
	}
	size_t dot = slice_index(s, '.');
	uint32_t a = digits(s), b = digits(slice_skip(s, dot + 1));
	if (dot == 0 || dot > 3 || s.p[0] < '0' || s.p[0] > '9')
		return false; /* a name */
	return a == 10 || a == 127 || (a == 172 && b >= 16 && b <= 31) ||
	       (a == 192 && b == 168) || (a == 100 && b >= 64 && b <= 127) ||
	       (a == 169 && b == 254);
}

static struct conn read_conn(struct slice value, uint64_t seed)
{
	struct conn c = { hash_slice(value, seed), ADDRESS_OTHER };
	struct slice text;
	for (unsigned i = 0; i < 3; i++) /* IN IP4 and the address */
		if (!word(&value, &text))
			return c;
	if (slice_eq(text, SLICE("0.0.0.0")) || slice_eq(text, SLICE("::")))
		c.is = ADDRESS_ZERO;
	else if (is_private(text))
		c.is = ADDRESS_PRIVATE;
	return c;
}

/* --- formats */

static uint32_t name_hash(struct slice name, uint64_t seed)
{
	char lower[NAME_MAX_BYTES];
	size_t n = 0, slash = 0;
	for (; n < name.len && n < sizeof lower && !is_space(name.p[n]); n++) {
		lower[n] = (char)ascii_lower(name.p[n]);
		if (lower[n] == '/' && slash == 0)
			slash = n;
	}
	/* one channel need not be said (RFC 8866 6.6) */
	if (n > slash + 2 && lower[n - 1] == '1' && lower[n - 2] == '/' && n - 2 > slash)
		n -= 2;
	struct sdp_format f = { .encoding = { lower, slash ? slash : n } };
	uint32_t beside = sdp_is_codec(&f) ? 0 : FORMAT_BESIDE;
	uint64_t hash = hash_slice((struct slice){ lower, n }, seed);
	return FORMAT_NAMED | beside | ((uint32_t)hash & FORMAT_HASH);
}

static uint32_t payload_format(uint32_t payload)
{
	if (payload >= PAYLOAD_STATIC)
		return FORMAT_UNKNOWN | (payload & 0xffff);
	bool beside = payload == PAYLOAD_CN || payload == PAYLOAD_OLD_CN;
	return beside ? FORMAT_BESIDE | payload : payload;
}

static void add_format(struct reader *r, struct slice text)
{
	struct session *s = r->s;
	if ((*r->line & LINE_FORMATS) == SESSION_FORMATS_MAX ||
	    s->nwords == SESSION_WORDS_MAX) {
		*r->line |= LINE_MORE;
		return;
	}
	++*r->line;
	s->words[s->nwords++] = r->rtp ? payload_format(digits(text))
	                               : name_hash(text, r->seed);
}

/* a=rtpmap: the name of a dynamic payload type. */
static void rtpmap(struct reader *r, struct slice value)
{
	struct slice number;
	if (!r->line || !r->rtp || !word(&value, &number))
		return;
	uint32_t payload = digits(number);
	if (payload < PAYLOAD_STATIC)
		return;
	const uint32_t *end = r->s->words + r->s->nwords;
	for (uint32_t *f = r->line + 1; f < end; f++) {
		if (*f != payload_format(payload))
			continue;
		struct slice name;
		if (word(&value, &name))
			*f = name_hash(name, r->seed);
		return;
	}
}

/* --- lines */

static bool has_rtp(struct slice proto)
{
	struct slice rtp = SLICE("RTP/");
	for (; proto.len >= rtp.len; proto = slice_skip(proto, slice_index(proto, '/') + 1))
		if (slice_istarts(proto, rtp))
			return true;
	return false;
}

/* The media line under way is over: what only now is known. */
static void close_line(struct reader *r)
{
	if (!r->line)
		return;
	struct conn conn = r->conn.hash ? r->conn : r->session_conn;
	bool off = r->port == 0 && !r->bundle_only;
	bool still = r->direction == SDP_SENDONLY || r->direction == SDP_INACTIVE;
	bool held = !off && (still || (conn.is == ADDRESS_ZERO &&
	                               r->port != PORT_DISCARD));
	*r->line |= (off ? LINE_OFF : 0) | (held ? LINE_HELD : 0) |
	            (uint32_t)r->direction << LINE_DIRECTION;
	r->content = hash_mix(hash_mix(r->content, conn.hash), r->port);
	if (off)
		return;
	r->on = true;
	r->released |= !held;
	r->moves |= r->direction != SDP_INACTIVE;
	r->to_private |= conn.is == ADDRESS_PRIVATE;
}

static void media_line(struct reader *r, struct slice value)
{
	struct slice type, port, proto, format;
	close_line(r);
	r->line = NULL;
	if (!word(&value, &type) || !word(&value, &port) || !word(&value, &proto) ||
	    r->s->nwords == SESSION_WORDS_MAX) {
		r->s->flags |= SESSION_CUT;
		return;
	}
	r->line = &r->s->words[r->s->nwords++];
	*r->line = (small_hash(type) & 0xff) << LINE_TYPE |
	           small_hash(proto) << LINE_PROTO;
	r->rtp = has_rtp(proto);
	r->port = digits(port);
	r->direction = r->session_direction;
	r->conn.hash = 0;
	r->bundle_only = false;
	while (word(&value, &format))
		add_format(r, format);
}

/* o=: a hash of all but the version, its third word. */
static void origin(struct reader *r, struct slice value)
{
	struct slice rest = value, name, id, version;
	if (r->s->side.origin || !word(&rest, &name) || !word(&rest, &id) ||
	    !word(&rest, &version) || version.p[0] < '0' ||
	    version.p[0] > '9')
		return;
	struct slice head = slice_head(value, (size_t)(version.p - value.p));
	uint64_t h = hash_mix(hash_slice(head, r->seed), hash_slice(rest, r->seed));
	r->s->side.origin = (uint16_t)h | 1U;
	r->s->side.version = (uint16_t)digits(version);
}

static void attribute(struct reader *r, struct slice value)
{
	static const struct slice names[] = { { "sendrecv", 8 },
		                              { "sendonly", 8 },
		                              { "recvonly", 8 },
		                              { "inactive", 8 } };
	uint8_t *direction = r->line ? &r->direction : &r->session_direction;
	if (value.len == 8) {
		for (uint8_t i = 0; i < 4; i++)
			if (slice_ieq(value, names[i]))
				*direction = i;
	} else if (value.len > 7 && (value.p[0] | 0x20) == 'r') {
		if (slice_istarts(value, SLICE("rtpmap:")))
			rtpmap(r, slice_skip(value, 7));
	} else if (value.len > 10 && (value.p[0] | 0x20) == 'c') {
		r->ice |= slice_istarts(value, SLICE("candidate:"));
	} else if (slice_ieq(value, SLICE("bundle-only"))) {
		r->bundle_only = true;
	}
}

static void read_line(struct reader *r, struct slice line)
{
	if (line.len < 2 || line.p[1] != '=')
		return;
	struct slice value = { line.p + 2, line.len - 2 };
	switch (line.p[0]) {
	case 'a': attribute(r, value); break;
	case 'c': *(r->line ? &r->conn : &r->session_conn) = read_conn(value, r->seed);
		break;
	case 'm': media_line(r, value); break;
	case 'o': origin(r, value); break;
	default: break;
	}
}

void session_read(struct session *out, struct slice sdp, uint64_t seed)
{
	struct reader r = { .s = out, .seed = seed };
	out->side = (struct media_side){ 0 };
	out->flags = 0;
	out->nwords = 0;
	while (sdp.len) {
		const char *end = memchr(sdp.p, '\n', sdp.len);
		size_t n = end ? (size_t)(end - sdp.p) : sdp.len;
		size_t bare = n && sdp.p[n - 1] == '\r' ? n - 1 : n;
		read_line(&r, (struct slice){ sdp.p, bare });
		if (!end)
			break;
		sdp.p += n + 1;
		sdp.len -= n + 1;
	}
	close_line(&r);
	if (r.on && !r.released)
		out->flags |= SESSION_HELD;
	if (r.on && !r.moves)
		out->flags |= SESSION_INACTIVE;
	if (r.to_private && !r.ice)
		out->flags |= SESSION_PRIVATE;
	struct slice words = { (const char *)out->words, out->nwords * sizeof(*out->words) };
	out->side.content = (uint16_t)hash_mix(r.content, hash_slice(words, seed)) | 1U;
}

/* --- an answer beside its offer */

/* n and m are at most SESSION_WORDS_MAX. */
static void note(struct track_media *out, enum media_odd odd, unsigned n, unsigned m)
{
	if (out->n == 0) {
		out->n = (uint8_t)n;
		out->m = (uint8_t)m;
	}
	out->odd |= (uint16_t)(1U << odd);
}

static unsigned count_lines(struct session_words w)
{
	unsigned n = 0;
	for (unsigned i = 0; i < w.n; i += 1 + (w.p[i] & LINE_FORMATS))
		n++;
	return n;
}

/* The name of a static payload type, as an rtpmap would have it. */
static uint32_t static_name(uint32_t payload, uint64_t seed)
{
	char name[NAME_MAX_BYTES];
	size_t n = sdp_payload_name(payload, name, sizeof name);
	return name_hash((struct slice){ name, n }, seed);
}

static bool same_format(uint32_t a, uint32_t b, uint64_t seed)
{
	if (a == b || (a | b) & FORMAT_UNKNOWN)
		return true;
	if ((a & FORMAT_NAMED) == (b & FORMAT_NAMED))
		return false;
	return a & FORMAT_NAMED ? a == static_name(b & 0xff, seed)
	                        : b == static_name(a & 0xff, seed);
}

static bool has_format(const uint32_t *line, uint32_t format, uint64_t seed)
{
	for (unsigned i = 1; i <= (*line & LINE_FORMATS); i++)
		if (same_format(line[i], format, seed))
			return true;
	return false;
}

/* RFC 3264 6.1: at least one of the offered formats, and others are for later. What
 * stands beside codecs (telephone-event) is no codec in common. */
static void compare_formats(const uint32_t *offer, const uint32_t *answer, unsigned line,
                            uint64_t seed, struct track_media *out)
{
	bool common = false, other = false, codecs = false;
	if (*offer & LINE_MORE || (*answer & LINE_FORMATS) == 0)
		return;
	for (unsigned i = 1; i <= (*offer & LINE_FORMATS); i++)
		codecs |= !(offer[i] & FORMAT_BESIDE);
	for (unsigned i = 1; i <= (*answer & LINE_FORMATS); i++) {
		bool there = has_format(offer, answer[i], seed);
		common |= there && !(codecs && answer[i] & FORMAT_BESIDE);
		other |= !there && !(answer[i] & FORMAT_BESIDE);
	}
	if (!common && !(*answer & LINE_MORE))
		note(out, MEDIA_NO_COMMON, line, 0);
	else if (other)
		note(out, MEDIA_NOT_OFFERED, line, 0);
}

static enum sdp_direction direction_of(uint32_t line)
{
	return (enum sdp_direction)(line >> LINE_DIRECTION & 3);
}

/* RFC 3264 6.1: who answers may send only where the offer receives, and receive only
 * where it sends. */
static bool fits(enum sdp_direction offer, enum sdp_direction answer)
{
	bool sends = answer == SDP_SENDRECV || answer == SDP_SENDONLY;
	bool receives = answer == SDP_SENDRECV || answer == SDP_RECVONLY;
	bool may_send = offer == SDP_SENDRECV || offer == SDP_RECVONLY;
	bool may_receive = offer == SDP_SENDRECV || offer == SDP_SENDONLY;
	return (may_send || !sends) && (may_receive || !receives);
}

static void compare_line(const uint32_t *offer, const uint32_t *answer, unsigned line,
                         uint64_t seed, struct track_media *out)
{
	if ((*offer >> LINE_TYPE & 0xff) != (*answer >> LINE_TYPE & 0xff)) {
		note(out, MEDIA_TYPE, line, 0);
		return;
	}
	if (*offer >> LINE_PROTO != *answer >> LINE_PROTO)
		note(out, MEDIA_TRANSPORT, line, 0);
	if (!fits(direction_of(*offer), direction_of(*answer)))
		note(out, MEDIA_DIRECTION, line, 0);
	compare_formats(offer, answer, line, seed, out);
}

void session_compare(struct session_words offer, struct session_words answer,
                     uint64_t seed, struct track_media *out)
{
	unsigned offered = count_lines(offer), answered = count_lines(answer);
	unsigned on = 0, refused = 0, line = 1;
	if (offered != answered) {
		note(out, MEDIA_LINES, answered, offered);
		return; /* which belongs to which cannot be told */
	}
	for (unsigned i = 0, k = 0; i < offer.n && k < answer.n; line++) {
		const uint32_t *o = &offer.p[i], *a = &answer.p[k];
		bool off = *a & LINE_OFF;
		on += !(*o & LINE_OFF);
		refused += off && !(*o & LINE_OFF);
		if (!off && !(*o & LINE_OFF))
			compare_line(o, a, line, seed, out);
		i += 1 + (*o & LINE_FORMATS);
		k += 1 + (*a & LINE_FORMATS);
	}
	if (refused == 0)
		return;
	out->odd |= (uint16_t)(1U << (refused == on ? MEDIA_ALL_REFUSED : MEDIA_REFUSED));
	out->refused = (uint8_t)refused; /* at most SESSION_WORDS_MAX */
	out->wanted = (uint8_t)on;
}
