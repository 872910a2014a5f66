/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/sdp.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "sip/scan.h"

#define SDP_ALL       255U /* words shown of a value: sdp.def */
#define PAYLOADS      128U /* of RTP: RFC 3551 6 */
#define PORT_DISCARD  9U   /* of a side without ICE candidates: RFC 8840 */
#define NUMBER_DIGITS 11U  /* of uint32_t, and a NUL */

#define ODD_BIT(odd)  (UINT64_C(1) << (odd))
#define ATTR_BIT(id)  (UINT64_C(1) << (id))
#define LETTER_BIT(c) (UINT32_C(1) << ((c) - 'a'))

#define DIRECTIONS                                                                       \
	(ATTR_BIT(SDP_ATTR_SENDRECV) | ATTR_BIT(SDP_ATTR_SENDONLY) |                     \
	 ATTR_BIT(SDP_ATTR_RECVONLY) | ATTR_BIT(SDP_ATTR_INACTIVE))

_Static_assert((int)SDP_ATTR_SENDRECV == (int)SDP_SENDRECV &&
               (int)SDP_ATTR_SENDONLY == (int)SDP_SENDONLY &&
               (int)SDP_ATTR_RECVONLY == (int)SDP_RECVONLY &&
               (int)SDP_ATTR_INACTIVE == (int)SDP_INACTIVE, "the first rows of ATTR");

/* --- tables */

static const struct {
	const char *code, *text, *source;
} odds[] = {
#define ODD(id, code, text, source) { code, text, source },
#include "sip/sdp.def"
	{ "", "", "" },
};

enum often { ONE, MANY };
enum level { OWN, BOTH };

static const struct {
	struct slice name;
	const char  *source;
	enum often   often;
	enum level   level;
	unsigned     shown;
} attrs[] = {
#define ATTR(id, name, often, level, shown, source)                                      \
	{ { name, sizeof(name) - 1 }, source, often, level, shown },
#include "sip/sdp.def"
	{ { "", 0 }, "", MANY, OWN, SDP_ALL },
};

static const struct {
	struct slice encoding;
	uint32_t     clock;
	uint32_t     channels;
} payloads[PAYLOADS] = {
#define PAYLOAD(type, encoding, clock, channels)                                         \
	[type] = { { encoding, sizeof(encoding) - 1 }, clock, channels },
#include "sip/sdp.def"
};

const char *sdp_odd_code(enum sdp_odd odd)
{
	return odds[odd].code;
}

const char *sdp_odd_text(enum sdp_odd odd)
{
	return odds[odd].text;
}

const char *sdp_odd_source(enum sdp_odd odd)
{
	return odds[odd].source;
}

const char *sdp_attr_name(enum sdp_attr_id id)
{
	return attrs[id].name.p;
}

const char *sdp_attr_source(enum sdp_attr_id id)
{
	return attrs[id].source;
}

const char *sdp_direction_name(enum sdp_direction direction)
{
	return attrs[direction].name.p;
}

/* --- words and numbers */

static struct slice skip_wsp(struct slice s)
{
	size_t n = 0;
	while (n < s.len && scan_is_wsp(s.p[n]))
		n++;
	return scan_skip(s, n);
}

bool sdp_word_next(struct slice *rest, struct slice *word)
{
	struct slice s = skip_wsp(*rest);
	size_t n = 0;
	while (n < s.len && !scan_is_wsp(s.p[n]))
		n++;
	*rest = scan_skip(s, n);
	if (n == 0)
		return false;
	*word = scan_head(s, n);
	return true;
}

/* The first `most` words of s, and what comes after them; returns how many there are.
 * The others of word are empty. */
static unsigned take_words(struct slice s, struct slice *word, unsigned most,
                           struct slice *rest)
{
	unsigned n = 0;
	while (n < most && sdp_word_next(&s, &word[n]))
		n++;
	for (unsigned i = n; i < most; i++)
		word[i] = SLICE_NONE;
	*rest = skip_wsp(s);
	return n;
}

/* One SP between words, and none at the ends. */
static bool is_spaced(struct slice s)
{
	bool space = true;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\t' || (space && s.p[i] == ' '))
			return false;
		space = s.p[i] == ' ';
	}
	return !space;
}

/* Digits only, saturated at `most`; false: *out untouched. */
static bool number(struct slice s, uint32_t most, uint32_t *out)
{
	uint64_t v;
	if (!slice_uint(s, &v))
		return false;
	*out = v < most ? (uint32_t)v : most;
	return true;
}

static bool is_number(struct slice s)
{
	uint32_t v;
	return number(s, UINT32_MAX, &v);
}

/* What stands before the first c, and after it; false: there is no c, after is empty. */
static bool cut(struct slice s, char c, struct slice *before, struct slice *after)
{
	size_t at = scan_index(s, c);
	*before = scan_head(s, at);
	*after = slice_skip(s, at + 1);
	return at < s.len;
}

/* --- addresses */

/* The family of an IPv4 or IPv6 literal, and its bytes; 0: it is none. */
static uint8_t parse_literal(struct slice s, uint8_t out[16])
{
	char text[INET6_ADDRSTRLEN];
	if (s.len == 0 || s.len >= sizeof text || scan_index(s, '\0') < s.len)
		return 0;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	if (inet_pton(AF_INET, text, out) == 1)
		return 4;
	return inet_pton(AF_INET6, text, out) == 1 ? 6 : 0;
}

/* Digits and dots, or with a colon: it wants to be a literal. */
static bool looks_literal(struct slice s)
{
	bool dots = s.len > 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == ':')
			return true;
		dots = dots && (s.p[i] == '.' || (s.p[i] >= '0' && s.p[i] <= '9'));
	}
	return dots;
}

/* Network type, address type and address: the first words of word. */
static void take_conn(struct sdp_conn *conn, const struct slice word[3])
{
	*conn = (struct sdp_conn){ .nettype = word[0], .addrtype = word[1] };
	conn->address = word[2];
	conn->count = 1;
	conn->family = parse_literal(conn->address, conn->bytes);
}

static bool is_multicast(const struct sdp_conn *conn)
{
	if (conn->family == 4)
		return conn->bytes[0] >= 224 && conn->bytes[0] <= 239;
	return conn->family == 6 && conn->bytes[0] == 0xff;
}

static bool is_unspecified(const struct sdp_conn *conn)
{
	static const uint8_t zeros[sizeof conn->bytes];
	return conn->family && memcmp(conn->bytes, zeros, sizeof zeros) == 0;
}

/* The value of c=: an address of IPv4 multicast is followed by /ttl, and that of either
 * may be by /count (RFC 8866 5.7). False: something is missing or wrong. */
static bool take_connection(struct sdp_conn *conn, struct slice value)
{
	struct slice word[3], rest, tail, ttl = SLICE_NONE, count;
	bool fine = take_words(value, word, 3, &rest) == 3 && rest.len == 0;
	bool slash = cut(word[2], '/', &word[2], &tail);
	take_conn(conn, word);
	if (!slice_eq(conn->nettype, SLICE("IN")))
		return fine;
	count = tail;
	bool ip4 = conn->family == 4 || slice_eq(conn->addrtype, SLICE("IP4"));
	bool counted = ip4 ? cut(tail, '/', &ttl, &count) : slash;
	if (slash && ip4)
		fine &= number(ttl, UINT32_MAX, &conn->ttl) && conn->ttl <= 255;
	if (counted)
		fine &= number(count, UINT32_MAX, &conn->count) && conn->count > 0;
	if (conn->family == 0)
		return fine && !slash && !looks_literal(conn->address);
	return fine && (is_multicast(conn) ? slash || !ip4 : !slash);
}

/* --- lines */

bool sdp_line_next(struct slice *rest, struct sdp_line *line)
{
	struct slice s = *rest;
	if (s.len == 0)
		return false;
	size_t n = 0;
	while (n < s.len && s.p[n] != '\r' && s.p[n] != '\n')
		n++;
	size_t end = n; /* a run of CR is one end, so that each byte is looked at once */
	while (end < s.len && s.p[end] == '\r')
		end++;
	if (end < s.len && s.p[end] == '\n')
		end++;
	line->text = scan_head(s, n);
	line->end = scan_skip(scan_head(s, end), n);
	line->type = n >= 2 && s.p[1] == '=' ? s.p[0] : 0;
	line->value = line->type ? scan_skip(line->text, 2) : SLICE_NONE;
	*rest = scan_skip(s, end);
	return true;
}

static enum sdp_attr_id attr_lookup(struct slice name)
{
	unsigned id = 0;
	while (id < SDP_ATTR_OTHER &&
	       (name.len != attrs[id].name.len || !slice_ieq(name, attrs[id].name)))
		id++;
	return (enum sdp_attr_id)id;
}

/* The value of an a= line; false: no name, or white space beside it. */
static bool take_attr(struct sdp_attr *attr, struct slice text)
{
	struct slice name, value;
	cut(text, ':', &name, &value);
	attr->name = scan_trim(name);
	attr->value = value;
	attr->secret = SLICE_NONE;
	attr->id = attr_lookup(attr->name);
	unsigned shown = attrs[attr->id].shown;
	if (shown != SDP_ALL) {
		struct slice rest = value, word;
		while (shown-- && sdp_word_next(&rest, &word))
			;
		attr->value = scan_head(value, value.len - rest.len);
		attr->secret = skip_wsp(rest);
	}
	return attr->name.len && attr->name.len == name.len;
}

bool sdp_attr_next(struct slice *rest, struct sdp_attr *attr)
{
	struct sdp_line line;
	while (sdp_line_next(rest, &line)) {
		if (line.type != 'a')
			continue;
		take_attr(attr, line.value);
		return true;
	}
	return false;
}

bool sdp_attr_find(const struct sdp *sdp, const struct sdp_media *media,
                   enum sdp_attr_id id, struct sdp_attr *attr)
{
	if (id >= SDP_ATTR_OTHER)
		return false;
	struct slice lines;
	if (media && media->attrs & ATTR_BIT(id))
		lines = media->lines;
	else if (sdp->attrs & ATTR_BIT(id) && (!media || attrs[id].level == BOTH))
		lines = sdp->session;
	else
		return false;
	struct sdp_attr a;
	while (sdp_attr_next(&lines, &a) && a.id != id)
		;
	*attr = a; /* its bit says that it is there */
	return true;
}

/* --- values */

enum err sdp_bandwidth_parse(struct sdp_bandwidth *out, struct slice value)
{
	struct sdp_bandwidth b;
	struct slice text;
	if (!cut(value, ':', &b.type, &text) || !scan_all_token(b.type) ||
	    !number(text, UINT32_MAX, &b.value))
		return ERR_FORMAT;
	*out = b;
	return OK;
}

enum err sdp_rtcp_parse(struct sdp_rtcp *out, struct slice value)
{
	struct sdp_rtcp r = { 0 };
	struct slice word[4], rest;
	unsigned n = take_words(value, word, 4, &rest);
	if ((n != 1 && n != 4) || !number(word[0], SDP_PORT_BEYOND, &r.port))
		return ERR_FORMAT;
	if (n == 4)
		take_conn(&r.conn, &word[1]);
	*out = r;
	return OK;
}

enum err sdp_candidate_parse(struct sdp_candidate *out, struct slice value)
{
	enum { FOUNDATION, COMPONENT, TRANSPORT, PRIORITY, ADDRESS, PORT, TYP, TYPE,
	       WORDS };
	struct slice word[WORDS], rest, pair[2], more;
	if (take_words(value, word, WORDS, &rest) != WORDS ||
	    !slice_ieq(word[TYP], SLICE("typ")))
		return ERR_FORMAT;
	struct sdp_candidate c = { .foundation = word[FOUNDATION],
		                   .transport = word[TRANSPORT],
		                   .address = word[ADDRESS],
		                   .type = word[TYPE] };
	if (!number(word[COMPONENT], UINT32_MAX, &c.component) ||
	    !number(word[PRIORITY], UINT32_MAX, &c.priority) ||
	    !number(word[PORT], SDP_PORT_BEYOND, &c.port))
		return ERR_FORMAT;
	if (take_words(rest, pair, 2, &more) == 2 && slice_ieq(pair[0], SLICE("raddr"))) {
		c.raddr = pair[1];
		rest = more;
	}
	if (take_words(rest, pair, 2, &more) == 2 && slice_ieq(pair[0], SLICE("rport"))) {
		if (!number(pair[1], SDP_PORT_BEYOND, &c.rport))
			return ERR_FORMAT;
		rest = more;
	}
	c.extensions = rest;
	*out = c;
	return OK;
}

enum err sdp_ssrc_parse(struct sdp_ssrc *out, struct slice value)
{
	struct sdp_ssrc s;
	struct slice word, rest;
	if (take_words(value, &word, 1, &rest) != 1 ||
	    !number(word, UINT32_MAX, &s.ssrc) || rest.len == 0)
		return ERR_FORMAT;
	cut(rest, ':', &s.name, &s.value);
	*out = s;
	return OK;
}

enum err sdp_extmap_parse(struct sdp_extmap *out, struct slice value)
{
	struct sdp_extmap e;
	struct slice word[2], id;
	if (take_words(value, word, 2, &e.params) != 2)
		return ERR_FORMAT;
	cut(word[0], '/', &id, &e.direction);
	e.uri = word[1];
	if (!number(id, UINT32_MAX, &e.id))
		return ERR_FORMAT;
	*out = e;
	return OK;
}

/* --- the parser */

/* How a payload type is listed on the m= line under way: 0 not, else 1 + its index among
 * the formats of the description, or LISTED where it was not kept. */
#define LISTED 255U
_Static_assert(SDP_MEDIA_FORMATS_MAX < LISTED, "an index is one byte");

struct parse {
	struct sdp       *sdp;
	struct sdp_media *media;   /* the description under way; NULL: the session */
	struct slice     *section; /* its lines; NULL where it is not kept */
	size_t            begin;   /* their offset */
	size_t            rank;    /* in the order of lines, of the highest so far */
	uint32_t          seen;    /* letters in this section */
	uint32_t          ever;    /* letters in the text */
	bool              nul;     /* a NUL has been seen */
	struct slice      blank;   /* the first of the empty lines just read */
	struct sdp_media  spare;   /* one beyond SDP_MEDIA_MAX */
	uint8_t           listed[PAYLOADS];
};

static void note(struct parse *p, enum sdp_odd odd, struct slice place)
{
	struct sdp *sdp = p->sdp;
	if (sdp_is_odd(sdp, odd))
		return;
	sdp->odd |= ODD_BIT(odd);
	sdp->where[odd].offset = place.p ? (size_t)(place.p - sdp->text.p) : 0;
	sdp->where[odd].len = place.len;
}

static void note_spacing(struct parse *p, const struct sdp_line *line)
{
	if (line->value.len && !is_spaced(line->value))
		note(p, SDP_ODD_SPACING, line->text);
}

/* Address types that are registered, and the version of IP addresses. */
static void check_conn(struct parse *p, const struct sdp_conn *conn, struct slice text)
{
	struct slice net = conn->nettype;
	bool ip4 = slice_eq(conn->addrtype, SLICE("IP4"));
	if (conn->addrtype.len == 0 || slice_eq(net, SLICE("TN")) || /* RFC 2848 */
	    slice_eq(net, SLICE("ATM")) || slice_eq(net, SLICE("PSTN"))) /* 3108, 7195 */
		return;
	if (!slice_eq(net, SLICE("IN")) ||
	    (!ip4 && !slice_eq(conn->addrtype, SLICE("IP6"))))
		note(p, SDP_ODD_ADDRESS_TYPE, text);
	else if (conn->family && conn->family != (ip4 ? 4 : 6))
		note(p, SDP_ODD_IP_VERSION, text);
}

static void origin_line(struct parse *p, const struct sdp_line *line)
{
	enum { NAME, ID, VERSION, HOST, WORDS = HOST + 3 };
	struct sdp_origin *o = &p->sdp->origin;
	struct slice word[WORDS], rest;
	unsigned n = take_words(line->value, word, WORDS, &rest);
	o->username = word[NAME];
	if (rest.len) { /* a name with spaces: the last five words are the others */
		struct slice s = line->value, skipped = SLICE_NONE;
		do
			sdp_word_next(&s, &skipped);
		while (sdp_word_next(&rest, &skipped));
		o->username = scan_trim(scan_head(line->value, line->value.len - s.len));
		take_words(s, &word[ID], WORDS - ID, &rest);
		n = WORDS + 1;
	}
	o->sess_id = word[ID];
	o->sess_version = word[VERSION];
	take_conn(&o->host, &word[HOST]);
	note_spacing(p, line);
	check_conn(p, &o->host, line->text);
	if (n != WORDS || !is_number(o->sess_id) || !is_number(o->sess_version) ||
	    (o->host.family == 0 && looks_literal(o->host.address)))
		note(p, SDP_ODD_BAD_ORIGIN, line->text);
}

static void time_line(struct parse *p, const struct sdp_line *line)
{
	struct slice word[2], rest;
	unsigned n = take_words(line->value, word, 2, &rest);
	p->sdp->start = word[0];
	p->sdp->stop = word[1];
	note_spacing(p, line);
	if (n != 2 || rest.len || !is_number(word[0]) || !is_number(word[1]))
		note(p, SDP_ODD_BAD_TIME, line->text);
}

static void connection_line(struct parse *p, const struct sdp_line *line)
{
	size_t *seen = p->media ? &p->media->conns_seen : &p->sdp->conns_seen;
	struct sdp_conn conn;
	bool fine = take_connection(&conn, line->value);
	if ((*seen)++ == 0)
		*(p->media ? &p->media->conn : &p->sdp->conn) = conn;
	note_spacing(p, line);
	check_conn(p, &conn, line->text);
	if (!fine)
		note(p, SDP_ODD_BAD_CONNECTION, line->text);
}

/* --- media */

static bool is_rtp(struct slice proto)
{
	struct slice part;
	bool more = true;
	while (more) {
		more = cut(proto, '/', &part, &proto);
		if (slice_ieq(part, SLICE("RTP")))
			return true;
	}
	return false;
}

/* Room for one more format of the description under way, or NULL. */
static struct sdp_format *add_format(struct parse *p)
{
	struct sdp *sdp = p->sdp;
	struct sdp_media *m = p->media;
	if (m == &p->spare)
		return NULL; /* told by TOO_MANY_MEDIA */
	if (m->nformats == SDP_MEDIA_FORMATS_MAX || sdp->nformats == SDP_FORMATS_MAX) {
		note(p, SDP_ODD_TOO_MANY_FORMATS, m->line);
		return NULL;
	}
	m->nformats++;
	return &sdp->formats[sdp->nformats++];
}

/* One word of the formats; false: no format of its protocol. */
static bool take_format(struct parse *p, struct slice text)
{
	struct sdp_media *m = p->media;
	uint32_t payload = SDP_PAYLOAD_NONE;
	bool fine = !m->rtp || (number(text, SDP_PAYLOAD_NONE, &payload) &&
	                        payload < PAYLOADS);
	if (!fine)
		payload = SDP_PAYLOAD_NONE;
	m->formats_seen++;
	struct sdp_format *f = add_format(p);
	if (f)
		*f = (struct sdp_format){ .text = text, .channels = 1,
			                  .payload = (uint8_t)payload };
	if (payload == SDP_PAYLOAD_NONE)
		return fine;
	if (p->listed[payload])
		note(p, SDP_ODD_DUPLICATE_FORMAT, text);
	else
		p->listed[payload] = (uint8_t)(f ? m->nformats : LISTED);
	if (f && payloads[payload].clock) {
		f->encoding = payloads[payload].encoding;
		f->clock = payloads[payload].clock;
		f->channels = payloads[payload].channels;
	}
	return fine;
}

/* The media section under way ends before `offset`: what only now is known. */
static void close_section(struct parse *p, size_t offset)
{
	const struct sdp *sdp = p->sdp;
	const struct sdp_media *m = p->media;
	if (p->section)
		*p->section = slice_head(slice_skip(sdp->text, p->begin),
		                         offset - p->begin);
	if (!m)
		return;
	if (m->conns_seen == 0 && sdp->conns_seen == 0)
		note(p, SDP_ODD_MISSING_CONNECTION, m->line);
	for (unsigned i = 0; i < m->nformats && m->rtp && !sdp_media_is_off(m); i++) {
		const struct sdp_format *f = &sdp_formats(sdp, m)[i];
		if (f->payload >= SDP_PAYLOAD_DYNAMIC &&
		    f->payload != SDP_PAYLOAD_NONE && !f->mapped)
			note(p, SDP_ODD_DYNAMIC_UNMAPPED, f->text);
	}
}

/* The section under way ends with the m= line that is at `offset`. */
static void open_media(struct parse *p, const struct sdp_line *line, size_t offset)
{
	struct sdp *sdp = p->sdp;
	close_section(p, offset);
	p->media = &p->spare;
	p->section = NULL;
	if (sdp->nmedia < SDP_MEDIA_MAX) {
		p->media = &sdp->media[sdp->nmedia++];
		p->section = &p->media->lines;
	} else {
		note(p, SDP_ODD_TOO_MANY_MEDIA, line->text);
	}
	sdp->media_seen++;
	*p->media = (struct sdp_media){ .line = line->text, .conn = sdp->conn, .ports = 1,
		                        .direction = sdp->direction,
		                        .first = sdp->nformats };
	p->begin = offset + line->text.len + line->end.len;
	p->rank = 0;
	p->seen = 0;
	memset(p->listed, 0, sizeof p->listed);
}

static void media_line(struct parse *p, const struct sdp_line *line)
{
	struct sdp_media *m = p->media;
	struct slice word[3], rest, ports, format;
	bool fine = take_words(line->value, word, 3, &rest) == 3;
	m->type = word[0];
	m->proto = word[2];
	m->rtp = is_rtp(m->proto);
	bool many = cut(word[1], '/', &m->port_text, &ports);
	fine &= number(m->port_text, SDP_PORT_BEYOND, &m->port);
	fine &= scan_all_token(m->type);
	if (many)
		fine &= number(ports, UINT32_MAX, &m->ports) && m->ports > 0;
	while (sdp_word_next(&rest, &format))
		fine &= take_format(p, format);
	note_spacing(p, line);
	if (m->port == SDP_PORT_BEYOND)
		note(p, SDP_ODD_PORT_RANGE, m->port_text);
	if (!fine || m->formats_seen == 0)
		note(p, SDP_ODD_BAD_MEDIA, line->text);
}

/* --- attributes */

/* The kept format that the first word of an rtpmap or fmtp names, or NULL. For rtpmap,
 * one that is not listed is noted. */
static struct sdp_format *named_format(struct parse *p, struct slice word, bool rtpmap)
{
	struct sdp_media *m = p->media;
	struct sdp_format *all = p->sdp->formats + m->first;
	uint32_t payload = 0;
	if (!m->rtp) {
		for (unsigned i = 0; i < m->nformats; i++)
			if (slice_eq(all[i].text, word))
				return &all[i];
		return NULL;
	}
	if (!number(word, PAYLOADS, &payload) || payload == PAYLOADS)
		return NULL;
	unsigned listed = p->listed[payload];
	if (listed == 0 && rtpmap)
		note(p, SDP_ODD_RTPMAP_UNLISTED, word);
	return listed && listed != LISTED ? &all[listed - 1] : NULL;
}

/* a=rtpmap:type encoding/clock[/channels] (RFC 8866 6.6). */
static void take_rtpmap(struct parse *p, struct slice value, struct slice text)
{
	struct slice word[2], rest, clock, channels;
	uint32_t v = 0;
	unsigned n = take_words(value, word, 2, &rest);
	if (!p->media)
		note(p, SDP_ODD_RTPMAP_UNLISTED, text);
	if (!p->media || !p->media->rtp)
		return;
	bool fine = n == 2 && rest.len == 0 && number(word[0], PAYLOADS, &v) &&
	            v < PAYLOADS;
	struct sdp_format *f = named_format(p, word[0], true);
	cut(word[1], '/', &word[1], &clock);
	bool more = cut(clock, '/', &clock, &channels);
	fine &= scan_all_token(word[1]) && number(clock, UINT32_MAX, &v) && v > 0;
	if (more)
		fine &= is_number(channels);
	if (!fine)
		note(p, SDP_ODD_BAD_RTPMAP, text);
	if (!f || word[1].len == 0)
		return;
	if (f->mapped) {
		note(p, SDP_ODD_REPEATED_ATTRIBUTE, text);
		return;
	}
	f->mapped = true;
	f->encoding = word[1];
	f->clock = 0;
	f->channels = 1;
	(void)number(clock, UINT32_MAX, &f->clock);
	(void)number(channels, UINT32_MAX, &f->channels);
}

static void take_fmtp(struct parse *p, struct slice value)
{
	struct slice word, params;
	if (!p->media || take_words(value, &word, 1, &params) != 1)
		return;
	struct sdp_format *f = named_format(p, word, false);
	if (f && !f->fmtp.p)
		f->fmtp = params;
}

static void attribute_line(struct parse *p, const struct sdp_line *line)
{
	struct sdp_attr a;
	if (!take_attr(&a, line->value))
		note(p, SDP_ODD_BAD_ATTRIBUTE, line->text);
	if (a.id == SDP_ATTR_OTHER)
		return;
	if (!slice_eq(a.name, attrs[a.id].name))
		note(p, SDP_ODD_ATTRIBUTE_CASE, a.name);
	uint64_t *seen = p->media ? &p->media->attrs : &p->sdp->attrs;
	uint64_t bit = ATTR_BIT(a.id), same = bit & DIRECTIONS ? DIRECTIONS : bit;
	if (*seen & same && attrs[a.id].often == ONE)
		note(p, SDP_ODD_REPEATED_ATTRIBUTE, line->text);
	else if (bit & DIRECTIONS)
		*(p->media ? &p->media->direction : &p->sdp->direction) =
			(enum sdp_direction)a.id;
	*seen |= bit;
	if (a.id == SDP_ATTR_RTPMAP)
		take_rtpmap(p, a.value, line->text);
	else if (a.id == SDP_ATTR_FMTP)
		take_fmtp(p, a.value);
}

/* --- all lines */

/* Its place among the lines of its section (RFC 8866 5 and 9): r and z follow a t. False:
 * the letter has no meaning. */
static bool check_order(struct parse *p, const struct sdp_line *line)
{
	static const struct slice session = { "vosiuepcbtka", 12 };
	static const struct slice media = { "micbka", 6 };
	char type = line->type == 'r' || line->type == 'z' ? 't' : line->type;
	struct slice order = p->media ? media : session;
	size_t rank = scan_index(order, type);
	if (rank == order.len && scan_index(session, type) == session.len)
		return false;
	if (rank == order.len || rank < p->rank ||
	    (type != line->type && !(p->seen & LETTER_BIT('t'))))
		note(p, SDP_ODD_WRONG_ORDER, line->text);
	else
		p->rank = rank;
	struct slice once = p->media ? SLICE("ik") : SLICE("vosiuck");
	if (p->seen & LETTER_BIT(line->type) && scan_index(once, type) < once.len)
		note(p, SDP_ODD_REPEATED_LINE, line->text);
	p->seen |= LETTER_BIT(line->type);
	return true;
}

/* Lines that may occur once in the text: this is the first of its letter. */
static void first_line(struct parse *p, const struct sdp_line *line)
{
	struct sdp *sdp = p->sdp;
	uint64_t version = 0;
	switch (line->type) {
	case 'v':
		sdp->version = line->value;
		if (!slice_uint(line->value, &version) || version != 0)
			note(p, SDP_ODD_BAD_VERSION, line->text);
		break;
	case 'o': origin_line(p, line); break;
	case 's':
		sdp->name = line->value;
		if (sdp->name.len == 0)
			note(p, SDP_ODD_MISSING_NAME, line->text);
		break;
	case 'u': sdp->uri = line->value; break;
	case 'e': sdp->email = line->value; break;
	case 'p': sdp->phone = line->value; break;
	case 't': time_line(p, line); break;
	default: break; /* belongs to its section */
	}
}

static void take_line(struct parse *p, const struct sdp_line *line, size_t offset)
{
	struct sdp_bandwidth b;
	if (line->type == 'm')
		open_media(p, line, offset);
	if (!check_order(p, line)) {
		note(p, SDP_ODD_UNKNOWN_LINE, line->text);
		return;
	}
	if (!(p->ever & LETTER_BIT(line->type)))
		first_line(p, line);
	p->ever |= LETTER_BIT(line->type);
	struct slice *info = p->media ? &p->media->info : &p->sdp->info;
	switch (line->type) {
	case 'i':
		if (!info->p)
			*info = line->value;
		break;
	case 'c': connection_line(p, line); break;
	case 'b':
		if (sdp_bandwidth_parse(&b, line->value) != OK)
			note(p, SDP_ODD_BAD_BANDWIDTH, line->text);
		break;
	case 'm': media_line(p, line); break;
	case 'a': attribute_line(p, line); break;
	default: break; /* read on demand, or first_line has it */
	}
}

/* What is odd about a line as such; true: its content is to be read. */
static bool check_line(struct parse *p, const struct sdp_line *line)
{
	struct slice text = line->text;
	size_t nul = scan_index(text, '\0'), nuls = 0;
	while (nuls < text.len && text.p[nuls] == '\0')
		nuls++;
	bool blank = nuls == text.len; /* a NUL at the end of a text is not a line */
	if (line->end.len == 0 && !blank)
		note(p, SDP_ODD_NO_LINE_END, text);
	else if (line->end.len && !slice_eq(line->end, SLICE("\r\n")))
		note(p, SDP_ODD_LINE_END, text);
	if (!blank && p->nul)
		note(p, SDP_ODD_AFTER_NUL, text);
	if (nul < text.len) {
		note(p, SDP_ODD_NUL, scan_head(scan_skip(text, nul), 1));
		p->nul = true;
	}
	if (blank) {
		if (!p->blank.p)
			p->blank = text;
		return false;
	}
	if (p->blank.p)
		note(p, SDP_ODD_BAD_LINE, p->blank); /* it was not at the end */
	p->blank = SLICE_NONE;
	if (line->type == 0)
		note(p, SDP_ODD_BAD_LINE, text);
	return line->type != 0;
}

/* Lines that have to be there; the text has been read. */
static void check_missing(struct parse *p)
{
	if (!(p->ever & LETTER_BIT('v')))
		note(p, SDP_ODD_MISSING_VERSION, SLICE_NONE);
	if (!(p->ever & LETTER_BIT('o')))
		note(p, SDP_ODD_MISSING_ORIGIN, SLICE_NONE);
	if (!(p->ever & LETTER_BIT('s')))
		note(p, SDP_ODD_MISSING_NAME, SLICE_NONE);
	if (!(p->ever & LETTER_BIT('t')))
		note(p, SDP_ODD_MISSING_TIME, SLICE_NONE);
}

void sdp_parse(struct sdp *sdp, struct slice in)
{
	memset(sdp, 0, offsetof(struct sdp, where));
	sdp->text = in;
	sdp->conn.count = 1;
	struct parse p = { .sdp = sdp, .section = &sdp->session };
	struct slice rest = in;
	struct sdp_line line;
	size_t offset = 0;
	while (sdp_line_next(&rest, &line)) {
		if (sdp->lines_seen++ == SDP_LINES_MAX) {
			note(&p, SDP_ODD_TOO_MANY_LINES, line.text);
			while (sdp_line_next(&rest, &line))
				sdp->lines_seen++;
			break;
		}
		if (check_line(&p, &line))
			take_line(&p, &line, offset);
		offset = in.len - rest.len;
	}
	close_section(&p, offset);
	check_missing(&p);
}

/* --- what it says */

bool sdp_is_codec(const struct sdp_format *format)
{
	static const struct slice beside[] = {
		{ "telephone-event", 15 }, /* RFC 4733 */
		{ "tone", 4 },             /* RFC 4733 */
		{ "CN", 2 },               /* RFC 3389 */
		{ "red", 3 },              /* RFC 2198 */
		{ "rtx", 3 },              /* RFC 4588 */
		{ "ulpfec", 6 },           /* RFC 5109 */
		{ "flexfec", 7 },          /* RFC 8627 */
		{ "flexfec-03", 10 },      /* a draft of it, which browsers send */
	};
	for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++)
		if (slice_ieq(format->encoding, beside[i]))
			return false;
	return true;
}

bool sdp_same_codec(const struct sdp_format *a, const struct sdp_format *b)
{
	if (a->encoding.len || b->encoding.len)
		return slice_ieq(a->encoding, b->encoding) && a->clock == b->clock &&
		       a->channels == b->channels;
	if (a->payload != SDP_PAYLOAD_NONE && a->payload >= SDP_PAYLOAD_DYNAMIC)
		return false;
	return a->payload == b->payload && slice_ieq(a->text, b->text);
}

bool sdp_media_is_off(const struct sdp_media *media)
{
	return media->port == 0 && !(media->attrs & ATTR_BIT(SDP_ATTR_BUNDLE_ONLY));
}

bool sdp_media_is_hold(const struct sdp_media *media)
{
	if (sdp_media_is_off(media))
		return false;
	return media->direction == SDP_SENDONLY || media->direction == SDP_INACTIVE ||
	       (is_unspecified(&media->conn) && media->port != PORT_DISCARD);
}

bool sdp_is_hold(const struct sdp *sdp)
{
	bool hold = false;
	for (unsigned i = 0; i < sdp->nmedia; i++) {
		if (sdp_media_is_off(&sdp->media[i]))
			continue;
		hold = sdp_media_is_hold(&sdp->media[i]);
		if (!hold)
			break;
	}
	return hold;
}

static struct slice without_zeros(struct slice s)
{
	size_t n = 0;
	while (n < s.len && s.p[n] == '0')
		n++;
	return scan_skip(s, n);
}

enum sdp_succession sdp_origin_compare(const struct sdp_origin *before,
                                       const struct sdp_origin *now)
{
	struct slice was = before->sess_version, is = now->sess_version;
	if (!slice_eq(before->username, now->username) ||
	    !slice_eq(before->sess_id, now->sess_id) ||
	    !slice_eq(before->host.nettype, now->host.nettype) ||
	    !slice_eq(before->host.addrtype, now->host.addrtype) ||
	    !slice_eq(before->host.address, now->host.address) ||
	    !is_number(was) || !is_number(is))
		return SDP_UNRELATED;
	was = without_zeros(was);
	is = without_zeros(is);
	if (was.len != is.len)
		return is.len > was.len ? SDP_NEWER : SDP_OLDER;
	int order = slice_cmp(is, was);
	if (order == 0)
		return SDP_SAME;
	return order > 0 ? SDP_NEWER : SDP_OLDER;
}

/* --- text */

/* Room for text; what no longer fits is left out. */
struct out {
	char  *p;
	size_t size; /* at least 1 */
	size_t len;
};

static void put(struct out *o, struct slice s)
{
	size_t n = o->size - 1 - o->len;
	if (s.len < n)
		n = s.len;
	if (n)
		memcpy(o->p + o->len, s.p, n);
	o->len += n;
	o->p[o->len] = '\0';
}

static void put_number(struct out *o, uint32_t v)
{
	char digits[NUMBER_DIGITS];
	int n = snprintf(digits, sizeof digits, "%u", (unsigned)v);
	put(o, (struct slice){ digits, (size_t)n });
}

static void put_format(struct out *o, const struct sdp_format *f)
{
	put(o, f->encoding.len ? f->encoding : f->text);
	if (f->clock) {
		put(o, SLICE("/"));
		put_number(o, f->clock);
	}
	if (f->channels > 1) {
		put(o, SLICE("/"));
		put_number(o, f->channels);
	}
}

size_t sdp_format_name(const struct sdp_format *format, char *out, size_t size)
{
	struct out o = { out, size, 0 };
	put(&o, SLICE(""));
	put_format(&o, format);
	return o.len;
}

size_t sdp_payload_name(unsigned payload, char *out, size_t size)
{
	struct sdp_format f = { .channels = 1 };
	if (payload < PAYLOADS && payloads[payload].clock) {
		f.encoding = payloads[payload].encoding;
		f.clock = payloads[payload].clock;
		f.channels = payloads[payload].channels;
	}
	return sdp_format_name(&f, out, size);
}

size_t sdp_codecs(const struct sdp *sdp, const struct sdp_media *media, char *out,
                  size_t size)
{
	struct out o = { out, size, 0 };
	put(&o, SLICE(""));
	for (unsigned i = 0; i < media->nformats; i++) {
		if (i)
			put(&o, SLICE(" "));
		put_format(&o, &sdp_formats(sdp, media)[i]);
	}
	return o.len;
}

static void put_media(struct out *o, const struct sdp *sdp, const struct sdp_media *m)
{
	put(o, m->type.len ? m->type : SLICE("?"));
	if (sdp_media_is_off(m)) {
		put(o, SLICE(" off"));
		return;
	}
	bool brackets = m->conn.family == 6;
	put(o, brackets ? SLICE(" [") : SLICE(" "));
	put(o, m->conn.address.len ? m->conn.address : SLICE("?"));
	put(o, brackets ? SLICE("]:") : SLICE(":"));
	put(o, m->port_text);
	for (unsigned i = 0; i < m->nformats; i++) {
		const struct sdp_format *f = &sdp_formats(sdp, m)[i];
		put(o, SLICE(" "));
		put(o, f->encoding.len ? f->encoding : f->text);
	}
	put(o, SLICE(" "));
	const char *direction = sdp_direction_name(m->direction);
	put(o, slice_of(direction));
}

size_t sdp_summary(const struct sdp *sdp, char *out, size_t size)
{
	struct out o = { out, size, 0 };
	put(&o, SLICE(""));
	for (unsigned i = 0; i < sdp->nmedia; i++) {
		if (i)
			put(&o, SLICE("; "));
		put_media(&o, sdp, &sdp->media[i]);
	}
	return o.len;
}
