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

#define PAYLOAD_STATIC 35U /* below it: RFC 3551 6 */
#define PAYLOAD_CN     13U /* RFC 3389; 19 before it */
#define PAYLOAD_OLD_CN 19U
#define NAME_MAX_BYTES 64  /* "telephone-event/8000" is long */
#define ORIGIN_MAX     256 /* bytes of o=; a longer one is not looked at */
#define PORT_DISCARD   9U  /* of a side without ICE candidates: RFC 8840 */

enum address { ADDRESS_OTHER, ADDRESS_ZERO, ADDRESS_PRIVATE };

struct reader {
	struct session *s;
	uint64_t seed;
	uint32_t *line; /* the media line under way; NULL: the session, or no room */
	enum address session_address, address;
	uint32_t port;
	uint8_t session_direction, direction; /* enum sdp_direction */
	bool own_address, own_direction, bundle_only, rtp;
	bool ice, to_private;
	bool on, released, moves; /* some media is on; not on hold; not inactive */
	unsigned lines;           /* of media */
};

/* --- words */

static bool is_space(char c)
{
	return (unsigned char)c <= ' ';
}

/* The next word of a line; false where the line ends. */
static inline bool word(struct slice *rest, struct slice *out)
{
	const char *p = rest->p, *end = p + rest->len;
	while (p < end && (*p == ' ' || *p == '\t'))
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

/* Tells the registered media types apart (RFC 8866 8.2.1), ASCII case aside. */
static uint32_t type_of(struct slice type)
{
	return (ascii_lower(type.p[0]) + 32U * (unsigned)type.len) & 0xff;
}

/* --- addresses */

/* Networks whose addresses mean nothing outside of them: RFC 1918, RFC 6598, RFC 3927,
 * RFC 1122 3.2.1.3 (loopback); RFC 4193, RFC 4291 2.5.6. */
static bool is_private(struct slice s)
{
	if (ascii_lower(s.p[0]) == 'f' && memchr(s.p, ':', s.len)) {
		unsigned c = s.len > 4 ? ascii_lower(s.p[0]) : 0;
		unsigned d = c ? ascii_lower(s.p[1]) : 0;
		return c == 'f' && (d == 'c' || d == 'd' || (d == 'e' && s.p[2] >= '8'));
	}
	unsigned char end = (unsigned char)s.p[s.len - 1];
	if (s.len > 3 && memcmp(s.p, "10.", 3) == 0)
		return end >= '0' && end <= '9'; /* or a name, see below */
	size_t dot = slice_index(s, '.');
	uint32_t a = digits(s), b = digits(slice_skip(s, dot + 1));
	if (dot == 0 || dot > 3 || s.p[0] < '0' || s.p[0] > '9' || end < '0' || end > '9')
		return false; /* a name: its last label begins with a letter (RFC 1123) */
	return a == 127 || (a == 172 && b >= 16 && b <= 31) || (a == 192 && b == 168) ||
	       (a == 100 && b >= 64 && b <= 127) || (a == 169 && b == 254);
}

static enum address read_address(struct slice value)
{
	struct slice text = slice_skip(value, 7); /* nearly always */
	if (value.len <= 7 || memcmp(value.p, "IN IP4 ", 7) != 0)
		for (unsigned i = 0; i < 3; i++) /* IN IP6 and the address */
			if (!word(&value, &text))
				return ADDRESS_OTHER;
	char first = text.p[0];
	if (first > '1' && first <= '9')
		return ADDRESS_OTHER; /* none of those */
	if (slice_eq(text, SLICE("0.0.0.0")) || slice_eq(text, SLICE("::")))
		return ADDRESS_ZERO;
	return is_private(text) ? ADDRESS_PRIVATE : ADDRESS_OTHER;
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
	s->words[s->nwords++] =
		r->rtp ? payload_format(digits(text)) : name_hash(text, r->seed);
}

/* a=rtpmap: the name of a dynamic payload type. */
static void rtpmap(struct reader *r, struct slice value)
{
	struct slice number;
	uint32_t payload = digits(value);
	if (!r->line || !r->rtp || payload < PAYLOAD_STATIC || !word(&value, &number))
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
	for (; proto.len >= rtp.len;
	     proto = slice_skip(proto, slice_index(proto, '/') + 1))
		if (slice_istarts(proto, rtp))
			return true;
	return false;
}

/* The media line under way is over: what only now is known. */
static void close_line(struct reader *r)
{
	if (!r->line)
		return;
	enum address address = r->own_address ? r->address : r->session_address;
	bool off = r->port == 0 && !r->bundle_only;
	bool still = r->direction == SDP_SENDONLY || r->direction == SDP_INACTIVE;
	bool held =
		!off && (still || (address == ADDRESS_ZERO && r->port != PORT_DISCARD));
	*r->line |= (off ? LINE_OFF : 0) | (held ? LINE_HELD : 0) |
	            (uint32_t)r->direction << LINE_DIRECTION;
	if (off)
		return;
	r->on = true;
	r->released |= !held;
	r->moves |= r->direction != SDP_INACTIVE;
	r->to_private |= address == ADDRESS_PRIVATE;
}

/* Begin a media line, of which the type and the port were read; 0: no room. */
static bool open_line(struct reader *r, struct slice type, struct slice port)
{
	close_line(r);
	r->line = NULL;
	r->lines++;
	if (port.len == 0 || r->s->nwords == SESSION_WORDS_MAX) {
		r->s->flags |= SESSION_CUT;
		return false;
	}
	r->line = &r->s->words[r->s->nwords++];
	*r->line = type_of(type) << LINE_TYPE;
	r->port = digits(port);
	r->direction = r->session_direction;
	r->own_direction = r->own_address = r->bundle_only = false;
	return true;
}

/* The transport and the formats. */
static void formats(struct reader *r, struct slice rest)
{
	struct slice proto, format;
	word(&rest, &proto);
	*r->line |= small_hash(proto) << LINE_PROTO;
	r->rtp = has_rtp(proto);
	while (word(&rest, &format))
		add_format(r, format);
}

static bool starts(struct slice s, struct slice prefix)
{
	struct slice head = slice_head(s, prefix.len);
	return slice_eq(head, prefix) || slice_ieq(head, prefix);
}

static void set_direction(struct reader *r, enum sdp_direction direction)
{
	if (r->line) {
		r->direction = (uint8_t)direction;
		r->own_direction = true;
	} else {
		r->session_direction = (uint8_t)direction;
	}
}

static void attribute(struct reader *r, struct slice value)
{
	unsigned first = value.len ? ascii_lower(value.p[0]) : 0;
	if (first == 'r' && starts(value, SLICE("rtpmap:")))
		rtpmap(r, slice_skip(value, 7));
	else if (first == 'r' && starts(value, SLICE("recvonly")))
		set_direction(r, SDP_RECVONLY);
	else if (first == 's' && starts(value, SLICE("sendrecv")))
		set_direction(r, SDP_SENDRECV);
	else if (first == 's' && starts(value, SLICE("sendonly")))
		set_direction(r, SDP_SENDONLY);
	else if (first == 'i' && starts(value, SLICE("inactive")))
		set_direction(r, SDP_INACTIVE);
	else if (first == 'c' && starts(value, SLICE("candidate:")))
		r->ice = true;
	else if (first == 'b' && starts(value, SLICE("bundle-only")))
		r->bundle_only = true;
}

/* --- all lines */

/* XXH3 is quick up to 240 bytes; for more it prepares a secret, which takes longer than
 * the bytes of one description do. */
static uint64_t long_hash(struct slice s, uint64_t seed)
{
	uint64_t hash = s.len;
	while (s.len > 240) {
		hash = hash_mix(hash, hash_slice(slice_head(s, 240), seed));
		s = slice_skip(s, 240);
	}
	return hash_mix(hash, hash_slice(s, seed));
}

/* Where these bytes may be remembered, or NULL. Their length and some of them spread the
 * kinds of phones well enough. */
static struct session_cached *slot_of(struct session_cache *cache, struct slice text)
{
	uint64_t some[3];
	if (!cache || text.len < sizeof some || text.len > SESSION_CACHE_TEXT)
		return NULL;
	memcpy(&some[0], text.p + text.len / 2, sizeof some[0]);
	memcpy(&some[1], text.p + text.len - 8, sizeof some[1]);
	memcpy(&some[2], text.p + 8, sizeof some[2]); /* the first formats */
	uint64_t hash = hash_mix(hash_mix(some[0], some[1] + text.len), some[2]);
	return &cache->slots[hash & (SESSION_CACHE_SLOTS - 1)];
}

/* What was remembered of the same bytes, if it was. */
static bool recall(struct reader *r, const struct session_cached *slot, struct slice text)
{
	if (slot->len != text.len || memcmp(slot->text, text.p, text.len) != 0)
		return false;
	*r->line |= slot->words[0];
	memcpy(r->line + 1, slot->words + 1, (slot->nwords - 1U) * sizeof(*slot->words));
	r->s->nwords = (uint8_t)(r->s->nwords + slot->nwords - 1);
	if (slot->own_direction)
		r->direction = slot->direction;
	r->bundle_only = slot->bundle_only;
	return true;
}

/* What was read of one media line that needs nothing else to be understood. */
static bool remember(const struct reader *r, struct session_cached *slot,
                     struct slice text)
{
	if (r->lines != 1 || !r->line || r->own_address || r->ice ||
	    r->s->nwords > SESSION_CACHE_WORDS || r->s->flags & SESSION_CUT)
		return false;
	memcpy(slot->text, text.p, text.len);
	slot->len = (uint16_t)text.len;
	slot->hash = long_hash(text, r->seed);
	slot->nwords = r->s->nwords;
	slot->direction = r->direction;
	slot->own_direction = r->own_direction;
	slot->bundle_only = r->bundle_only;
	memcpy(slot->words, r->s->words, r->s->nwords * sizeof(*slot->words));
	slot->words[0] &= ~(0xffU << LINE_TYPE); /* it stands before those bytes */
	slot->interned = 0;
	return true;
}

static void read_address_line(struct reader *r, struct slice value)
{
	if (r->line) {
		r->address = read_address(value);
		r->own_address = true;
	} else {
		r->session_address = read_address(value);
	}
}

static void read_line(struct reader *r, char type, struct slice value)
{
	struct slice words[2];
	switch (type) {
	case 'a': attribute(r, value); break;
	case 'c': read_address_line(r, value); break;
	case 'm':
		word(&value, &words[0]);
		word(&value, &words[1]);
		if (open_line(r, words[0], words[1]))
			formats(r, value);
		break;
	default: break;
	}
}

static bool skip(struct slice *rest, struct slice line)
{
	if (rest->len < line.len || memcmp(rest->p, line.p, line.len) != 0)
		return false;
	rest->p += line.len;
	rest->len -= line.len;
	return true;
}

/* Take the next line off *rest; its end may be CR LF or LF. */
static inline struct slice next_line(struct slice *rest)
{
	const char *end = memchr(rest->p, '\n', rest->len);
	size_t n = end ? (size_t)(end - rest->p) : rest->len;
	struct slice line = { rest->p, n && rest->p[n - 1] == '\r' ? n - 1 : n };
	*rest = slice_skip(*rest, n + 1);
	return line;
}

static void read_lines(struct reader *r, struct slice rest)
{
	while (rest.len) {
		if (skip(&rest, SLICE("s=-\r\n")) || skip(&rest, SLICE("t=0 0\r\n")))
			continue; /* nearly all have those */
		struct slice line = next_line(&rest);
		if (line.len >= 2 && line.p[1] == '=')
			read_line(r, line.p[0], slice_skip(line, 2));
	}
}

/* From the transport of the first media line on; returns its hash. */
static uint64_t read_rest(struct reader *r, struct slice rest,
                          struct session_cache *cache)
{
	struct session_cached *slot = r->line ? slot_of(cache, rest) : NULL;
	if (slot && recall(r, slot, rest)) {
		r->s->slot = slot;
		return slot->hash;
	}
	struct slice all = rest;
	if (r->line) {
		formats(r, next_line(&all));
		read_lines(r, all);
	}
	if (!slot || !remember(r, slot, rest))
		return long_hash(rest, r->seed);
	r->s->slot = slot;
	return slot->hash;
}

/* Take all up to and with the o= line off *rest; it is empty where there is none. */
static struct slice take_origin(struct slice *rest)
{
	struct slice all = *rest;
	(void)skip(rest, SLICE("v=0\r\n"));
	while (rest->len && rest->p[0] != 'm') {
		struct slice line = next_line(rest);
		if (line.len > 2 && line.p[0] == 'o' && line.p[1] == '=')
			return slice_skip(line, 2);
	}
	*rest = all;
	return SLICE_NONE;
}

/* The bytes before the first m= line, or all. */
static size_t find_media(struct slice s)
{
	size_t at = 0;
	while (at < s.len) {
		bool begins = at == 0 || s.p[at - 1] == '\n';
		if (s.p[at] == 'm' && begins && at + 1 < s.len && s.p[at + 1] == '=')
			return at;
		const char *m = memchr(s.p + at + 1, 'm', s.len - at - 1);
		at = m ? (size_t)(m - s.p) : s.len;
	}
	return s.len;
}

static void finish(struct reader *r)
{
	close_line(r);
	if (r->on && !r->released)
		r->s->flags |= SESSION_HELD;
	if (r->on && !r->moves)
		r->s->flags |= SESSION_INACTIVE;
	if (r->to_private && !r->ice)
		r->s->flags |= SESSION_PRIVATE;
}

void session_read(struct session *out, struct slice sdp, uint64_t seed,
                  struct session_cache *cache)
{
	struct reader r = { .s = out, .seed = seed };
	uint64_t content = 0;
	out->flags = 0;
	out->nwords = 0;
	out->slot = NULL;
	out->origin = take_origin(&sdp);
	size_t media = find_media(sdp);
	struct slice head = slice_head(sdp, media), rest = slice_skip(sdp, media);
	read_lines(&r, head);
	if (rest.len > 2) {
		struct slice type, port;
		rest = slice_skip(rest, 2);
		word(&rest, &type);
		word(&rest, &port);
		(void)open_line(&r, type, port);
		content = read_rest(&r, rest, cache);
		head.len = (size_t)(rest.p - head.p);
	}
	finish(&r);
	out->side.content = (uint16_t)hash_mix(content, hash_slice(head, seed)) | 1U;
	session_set_origin(&out->side, out->origin, seed);
}

/* --- o= */

void session_set_origin(struct media_side *side, struct slice origin, uint64_t seed)
{
	uint32_t hash = origin.len ? (uint32_t)hash_slice(origin, seed) | 1U : 0;
	side->origin[0] = (uint16_t)hash;
	side->origin[1] = (uint16_t)(hash >> 16);
}

/* One less, in digits: where they are all zeros, there is none. False: none, or too long
 * for a number. */
static bool count_down(char *digit, size_t *n)
{
	size_t i = *n;
	while (i > 0 && digit[i - 1] == '0')
		digit[--i] = '9';
	if (i == 0)
		return false;
	if (--digit[i - 1] == '0' && i == 1 && *n > 1) {
		memmove(digit, digit + 1, *n - 1);
		--*n;
	}
	return true;
}

bool session_follows(const struct media_side *before, struct slice origin, uint64_t seed)
{
	char text[ORIGIN_MAX];
	struct slice rest = slice_skip(origin, slice_index(origin, ' ') + 1);
	rest = slice_skip(rest, slice_index(rest, ' ') + 1);
	size_t n = slice_index(rest, ' '), at = origin.len - rest.len;
	for (size_t i = 0; i < n; i++)
		if (rest.p[i] < '0' || rest.p[i] > '9')
			return true; /* no number, no order */
	if (origin.len > sizeof text || n == 0)
		return true;
	memcpy(text, origin.p, at + n);
	if (!count_down(text + at, &n))
		return false;
	struct slice tail = slice_skip(rest, slice_index(rest, ' '));
	memcpy(text + at + n, tail.p, tail.len);
	struct media_side was;
	session_set_origin(&was, (struct slice){ text, at + n + tail.len }, seed);
	return was.origin[0] == before->origin[0] && was.origin[1] == before->origin[1];
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

/* The same under a static payload type on one side and a dynamic one on the other. */
static bool same_name(uint32_t a, uint32_t b, uint64_t seed)
{
	if ((a & FORMAT_NAMED) == (b & FORMAT_NAMED) || (a ^ b) & FORMAT_BESIDE)
		return false;
	return a & FORMAT_NAMED ? a == static_name(b & 0xff, seed)
	                        : b == static_name(a & 0xff, seed);
}

static bool has_format(const uint32_t *line, uint32_t format, uint64_t seed)
{
	unsigned n = *line & LINE_FORMATS;
	for (unsigned i = 1; i <= n; i++)
		if (line[i] == format || (line[i] | format) & FORMAT_UNKNOWN)
			return true;
	for (unsigned i = 1; i <= n; i++)
		if (same_name(line[i], format, seed))
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
