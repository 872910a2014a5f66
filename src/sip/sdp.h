/* SPDX-License-Identifier: MIT */
/* sip/sdp.h - session descriptions, as borrowed slices of one buffer.
 *
 * SDP of RFC 8866 (before it RFC 4566), the offers and answers of RFC 3264, and the
 * attributes whose sources sdp.def names. One description seen alone: which is the
 * offer and what was agreed is not known here.
 *
 * Nothing is refused: what is there is read, in any order, and what is odd about it is
 * noted with its place. What is not kept in the structs is read on demand, from the
 * lines of a section: attributes and bandwidths, repeats and further connections.
 * All bytes stay as they are on the wire: whoever shows them escapes them.
 * Keys are kept apart, see struct sdp_attr. No clock, no allocation, no globals. */
#ifndef SIP_SDP_H
#define SIP_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/* Media descriptions kept: a call has a handful, a conference may offer a score. */
#define SDP_MEDIA_MAX 32

/* Formats kept of one media description: of the 128 payload types a browser, which
 * lists most, offers some fifty for video. All descriptions share SDP_FORMATS_MAX, so
 * that the struct stays at some 40 KiB. */
#define SDP_MEDIA_FORMATS_MAX 64
#define SDP_FORMATS_MAX       512

/* Lines read: SDP_MEDIA_MAX descriptions of 256 lines, more than the candidates and
 * sources of a conference come to. */
#define SDP_LINES_MAX 8192

/* Evidence for findings, never a refusal: one row of sdp.def each. */
enum sdp_odd {
#define ODD(id, code, text, source) SDP_ODD_##id,
#include "sip/sdp.def"
	SDP_ODD_COUNT
};
_Static_assert(SDP_ODD_COUNT <= 64, "a bit of uint64_t each");

/* The attributes of sdp.def. */
enum sdp_attr_id {
#define ATTR(id, name, often, level, shown, source) SDP_ATTR_##id,
#include "sip/sdp.def"
	SDP_ATTR_OTHER
};
_Static_assert(SDP_ATTR_OTHER < 64, "a bit of uint64_t each");

enum sdp_direction {
	SDP_SENDRECV,
	SDP_SENDONLY,
	SDP_RECVONLY,
	SDP_INACTIVE
};

#define SDP_PORT_BEYOND     65536U /* any port above the last one, 65535 */
#define SDP_PAYLOAD_NONE    255U   /* not an RTP payload type */
#define SDP_PAYLOAD_DYNAMIC 96U    /* and above: RFC 3551 3 */

/* Bytes of the text, for one who shows it; they may hold a secret. A line that is
 * missing is at 0, of 0 bytes; a missing c= is where its m= line is. */
struct sdp_place {
	size_t offset;
	size_t len;
};

/* A network address, of c= or o=. */
struct sdp_conn {
	struct slice nettype;  /* IN */
	struct slice addrtype; /* IP4 */
	struct slice address;  /* without what follows a slash */
	uint32_t     ttl;      /* of IPv4 multicast, saturated; else 0 */
	uint32_t     count;    /* of multicast addresses, saturated; else 1 */
	uint8_t      family;   /* what address is: 4, 6, or 0, a name or nothing */
	uint8_t      bytes[16]; /* of a literal; IPv4 in the first four; else 0 */
};

/* Parts that are not there are empty. */
struct sdp_origin {
	struct slice    username;
	struct slice    sess_id;
	struct slice    sess_version;
	struct sdp_conn host;
};

struct sdp_format {
	struct slice text;     /* as on the m= line */
	struct slice encoding; /* of rtpmap, else of RFC 3551, else empty */
	struct slice fmtp;     /* parameters of the first fmtp for it, or empty */
	uint32_t     clock;    /* Hz, saturated; 0: not known */
	uint32_t     channels; /* saturated; 1 where nothing is said */
	uint8_t      payload;  /* 0..127, or SDP_PAYLOAD_NONE */
	bool         mapped;   /* has an rtpmap of its own */
};

struct sdp_media {
	struct slice       line;  /* the m= line, without its end */
	struct slice       lines; /* after it, up to the next m= line */
	struct slice       type;  /* audio */
	struct slice       port_text;
	struct slice       proto; /* RTP/AVP */
	struct slice       info;  /* i= */
	struct sdp_conn    conn;  /* its first c=, else that of the session */
	size_t             conns_seen;   /* c= of its own */
	size_t             formats_seen; /* on the m= line, kept or not */
	uint64_t           attrs; /* bits 1 << enum sdp_attr_id: in its own lines */
	uint32_t           port;  /* saturated at SDP_PORT_BEYOND */
	uint32_t           ports; /* how many, saturated; 1 where nothing is said */
	enum sdp_direction direction; /* its own, else the session's, else sendrecv */
	uint16_t           first;     /* its formats in struct sdp: formats */
	uint16_t           nformats;
	bool               rtp;       /* formats are RTP payload types */
};

struct sdp {
	struct slice       text;    /* all of it */
	struct slice       session; /* lines before the first m= line */
	struct slice       version;
	struct slice       name, info, uri;
	struct slice       email, phone; /* the first of each */
	struct slice       start, stop;  /* of the first t= */
	struct sdp_origin  origin;
	struct sdp_conn    conn;       /* the first c= of the session */
	size_t             conns_seen; /* c= of the session */
	size_t             lines_seen; /* read or not */
	size_t             media_seen;
	uint64_t           odd;   /* bits 1 << enum sdp_odd */
	uint64_t           attrs; /* bits 1 << enum sdp_attr_id: of the session */
	enum sdp_direction direction; /* of the session */
	uint16_t           nmedia;    /* entries used in media */
	uint16_t           nformats;  /* entries used in formats */
	struct sdp_place   where[SDP_ODD_COUNT]; /* of the first; valid with its bit */
	struct sdp_media   media[SDP_MEDIA_MAX];
	struct sdp_format  formats[SDP_FORMATS_MAX];
};

/* Read a description.
 *
 * sdp  the caller's, some 40 KiB; entries beyond the counts are not written.
 * in   borrowed: every slice of *sdp points into it, so *sdp dies with it.
 *      in.p[in.len] is never read.
 *
 * Lines end in CR LF, LF or CR. Of what may occur once the first one counts. Linear. */
void sdp_parse(struct sdp *sdp, struct slice in);

static inline bool sdp_is_odd(const struct sdp *sdp, enum sdp_odd odd)
{
	return sdp->odd >> odd & 1;
}

/* Code of an oddity ("sdp-bad-line"), its sentence, its source; never NULL; "" for
 * SDP_ODD_COUNT. */
const char *sdp_odd_code(enum sdp_odd odd);
const char *sdp_odd_text(enum sdp_odd odd);
const char *sdp_odd_source(enum sdp_odd odd);

/* --- lines and attributes of a section */

struct sdp_line {
	struct slice text;  /* without its end; may be empty */
	struct slice end;   /* CR LF, LF, CR; empty: the text stops */
	struct slice value; /* after the equals sign; of k= it is a secret */
	char         type;  /* 'a'; NUL: not a letter and an equals sign */
};

/* Take the next line off *rest: lines of a section, or a whole text. False at the end
 * (*line untouched). O(line). */
bool sdp_line_next(struct slice *rest, struct sdp_line *line);

/* An attribute. For a key or a password, value is what may be shown and secret is the
 * rest, which goes to nobody who has not asked for it; for others it is empty. */
struct sdp_attr {
	struct slice     name;   /* as written */
	struct slice     value;  /* after the colon, or empty */
	struct slice     secret;
	enum sdp_attr_id id;     /* by its whole name, ASCII case aside */
};

/* Take the next a= line off *rest, passing over others; as sdp_line_next. */
bool sdp_attr_next(struct slice *rest, struct sdp_attr *attr);

/* The first attribute `id` that holds for media, or for the session where media is NULL:
 * where the table says so, the session speaks for a media section without one. False:
 * none (*attr untouched). O(1) when there is none, else O(section). */
bool sdp_attr_find(const struct sdp *sdp, const struct sdp_media *media,
                   enum sdp_attr_id id, struct sdp_attr *attr);

/* Name of the table, "" for SDP_ATTR_OTHER, and its source; never NULL. */
const char *sdp_attr_name(enum sdp_attr_id id);
const char *sdp_attr_source(enum sdp_attr_id id);

/* Take the next word, what stands between SP and TAB, off *rest. False at the end
 * (*word untouched). For values that are but words:
 *     group        semantics, then the mid of each member
 *     crypto       tag, suite (its key is the secret)
 *     fingerprint  hash function, value
 *     rtcp-fb      payload type or asterisk, what
 *     curr, conf   type, status, direction
 *     des          type, strength, status, direction */
bool sdp_word_next(struct slice *rest, struct slice *word);

/* --- values, each from sdp_attr.value or sdp_line.value
 *
 * OK, or ERR_FORMAT when a part is missing or no number (out untouched). Parts that may
 * be left out are empty or 0. Numbers saturate at UINT32_MAX, ports at
 * SDP_PORT_BEYOND. */

struct sdp_bandwidth {
	struct slice type;  /* AS: kbit/s; TIAS: bit/s */
	uint32_t     value;
};
MUST_USE enum err sdp_bandwidth_parse(struct sdp_bandwidth *out, struct slice value);

struct sdp_rtcp {
	uint32_t        port;
	struct sdp_conn conn; /* all empty where no address is given */
};
MUST_USE enum err sdp_rtcp_parse(struct sdp_rtcp *out, struct slice value);

struct sdp_candidate {
	struct slice foundation, transport, address;
	struct slice type;       /* host, srflx, prflx, relay */
	struct slice raddr;
	struct slice extensions; /* names and values, words in turn */
	uint32_t     component, priority, port, rport;
};
MUST_USE enum err sdp_candidate_parse(struct sdp_candidate *out, struct slice value);

struct sdp_ssrc {
	uint32_t     ssrc;
	struct slice name;  /* cname */
	struct slice value; /* after the colon, or empty */
};
MUST_USE enum err sdp_ssrc_parse(struct sdp_ssrc *out, struct slice value);

struct sdp_extmap {
	uint32_t     id;
	struct slice direction; /* or empty */
	struct slice uri;
	struct slice params;    /* the rest, or empty */
};
MUST_USE enum err sdp_extmap_parse(struct sdp_extmap *out, struct slice value);

/* --- what it says */

/* Formats of a kept media description: nformats of them, in order of preference. */
static inline const struct sdp_format *sdp_formats(const struct sdp *sdp,
                                                   const struct sdp_media *media)
{
	return sdp->formats + media->first;
}

/* A codec for media, not one beside it: telephone-event (RFC 4733), CN (RFC 3389),
 * retransmission and error correction are none. */
bool sdp_is_codec(const struct sdp_format *format);

/* Two formats mean the same: encoding (ASCII case aside), clock rate and channels, as
 * payload types differ between sides. Where no encoding is known, their text; a dynamic
 * payload type without rtpmap is the same as nothing. fmtp is not looked at. */
bool sdp_same_codec(const struct sdp_format *a, const struct sdp_format *b);

/* "sendrecv": a name of RFC 8866 6.7. */
const char *sdp_direction_name(enum sdp_direction direction);

/* Refused or disabled by port 0 (RFC 3264 6, 8.2), which with bundle-only means nothing
 * of the kind (RFC 9143 6). */
bool sdp_media_is_off(const struct sdp_media *media);

/* It is not off, and its sender wants no media for it: sendonly or inactive (RFC 3264
 * 8.4), or as RFC 2543 had it an address of zeros; with port 9 that is a side which has
 * no ICE candidate yet (RFC 8840). */
bool sdp_media_is_hold(const struct sdp_media *media);

/* Some media is not off, and all of it on hold. */
bool sdp_is_hold(const struct sdp *sdp);

enum sdp_succession {
	SDP_UNRELATED, /* another session, or a version that is no number */
	SDP_SAME,      /* same session, same version */
	SDP_NEWER,     /* same session, a higher version than before */
	SDP_OLDER
};

/* What the o= line `now` is to `before` (RFC 8866 5.2, RFC 3264 8). Versions may have
 * any number of digits. */
enum sdp_succession sdp_origin_compare(const struct sdp_origin *before,
                                       const struct sdp_origin *now);

/* The following write text into out[size] (size > 0), cut where it does not fit, with a
 * NUL behind it; each returns its length. Bytes from the wire are written raw, NUL and
 * controls among them: the caller escapes. */

/* "PCMA/8000", "opus/48000/2"; the text of the m= line where no encoding is known. */
size_t sdp_format_name(const struct sdp_format *format, char *out, size_t size);

/* The same of a static payload type (RFC 3551 6); "" for one that has no row. */
size_t sdp_payload_name(unsigned payload, char *out, size_t size);

/* The names of all kept formats of a media description, with spaces between them. */
size_t sdp_codecs(const struct sdp *sdp, const struct sdp_media *media, char *out,
                  size_t size);

/* All kept media in one line, addresses before codecs, as lines are cut:
 *     audio 192.0.2.1:4000 PCMA telephone-event sendrecv; video off */
size_t sdp_summary(const struct sdp *sdp, char *out, size_t size);

#endif
