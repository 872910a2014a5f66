/* SPDX-License-Identifier: MIT */
/* Any bytes as a session description, and all its attributes as each typed value.
 *
 * The whole input is the description. */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sip/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void need_inside(struct slice part, struct slice whole)
{
	if (part.len == 0)
		return;
	uintptr_t from = (uintptr_t)part.p, begin = (uintptr_t)whole.p;
	need(from >= begin && part.len <= whole.len);
	need(from - begin <= whole.len - part.len);
}

static void check_conn(const struct sdp_conn *conn, struct slice whole)
{
	need_inside(conn->nettype, whole);
	need_inside(conn->addrtype, whole);
	need_inside(conn->address, whole);
	need(conn->family == 0 || conn->family == 4 || conn->family == 6);
}

/* The value as each kind, whatever its name: a description may lie. */
static void check_value(struct slice value)
{
	struct sdp_bandwidth b;
	struct sdp_rtcp r;
	struct sdp_candidate c;
	struct sdp_ssrc s;
	struct sdp_extmap e;
	struct slice rest = value, word;
	while (sdp_word_next(&rest, &word)) {
		need(word.len > 0);
		need_inside(word, value);
	}
	if (sdp_bandwidth_parse(&b, value) == OK) {
		need(b.type.len > 0);
		need_inside(b.type, value);
	}
	if (sdp_rtcp_parse(&r, value) == OK) {
		need(r.port <= SDP_PORT_BEYOND);
		check_conn(&r.conn, value);
	}
	if (sdp_candidate_parse(&c, value) == OK) {
		need(c.port <= SDP_PORT_BEYOND && c.rport <= SDP_PORT_BEYOND);
		need_inside(c.address, value);
		need_inside(c.type, value);
		need_inside(c.raddr, value);
		need_inside(c.extensions, value);
	}
	if (sdp_ssrc_parse(&s, value) == OK) {
		need_inside(s.name, value);
		need_inside(s.value, value);
	}
	if (sdp_extmap_parse(&e, value) == OK) {
		need(e.uri.len > 0);
		need_inside(e.direction, value);
		need_inside(e.params, value);
	}
}

/* Lines and attributes of a section; what the parser has seen there is found. */
static void check_section(const struct sdp *sdp, const struct sdp_media *media)
{
	struct slice lines = media ? media->lines : sdp->session, rest = lines;
	struct sdp_line line;
	struct sdp_attr attr;
	size_t taken = 0;
	need_inside(lines, sdp->text);
	while (sdp_line_next(&rest, &line)) {
		taken += line.text.len + line.end.len;
		need_inside(line.text, lines);
		need_inside(line.value, line.text);
		need(line.type != 'm');
	}
	need(taken == lines.len);
	for (rest = lines; sdp_attr_next(&rest, &attr);) {
		need_inside(attr.name, lines);
		need_inside(attr.value, lines);
		need_inside(attr.secret, lines);
		check_value(attr.value);
	}
	uint64_t attrs = media ? media->attrs : sdp->attrs;
	need(attrs >> SDP_ATTR_OTHER == 0);
	for (unsigned id = 0; id <= SDP_ATTR_OTHER; id++) {
		bool there = sdp_attr_find(sdp, media, (enum sdp_attr_id)id, &attr);
		need(there || !(attrs >> id & 1));
		need(!there || attr.id == (enum sdp_attr_id)id);
	}
}

static void check_text(const struct sdp *sdp, const struct sdp_media *media)
{
	char small[16], large[256];
	size_t n = sdp_codecs(sdp, media, small, sizeof small);
	need(n < sizeof small && small[n] == '\0');
	need(n <= sdp_codecs(sdp, media, large, sizeof large));
	need(memcmp(small, large, n) == 0);
}

static void check_media(const struct sdp *sdp, const struct sdp_media *media)
{
	need_inside(media->line, sdp->text);
	need_inside(media->type, media->line);
	need_inside(media->port_text, media->line);
	need_inside(media->proto, media->line);
	need_inside(media->info, media->lines);
	check_conn(&media->conn, sdp->text);
	need(media->port <= SDP_PORT_BEYOND && media->direction <= SDP_INACTIVE);
	need(media->first + media->nformats <= sdp->nformats);
	need(media->nformats <= media->formats_seen);
	for (unsigned i = 0; i < media->nformats; i++) {
		const struct sdp_format *f = &sdp_formats(sdp, media)[i];
		need(f->text.len > 0 && (!f->mapped || f->encoding.len > 0));
		need(f->payload < 128 || f->payload == SDP_PAYLOAD_NONE);
		need_inside(f->text, media->line);
		need_inside(f->fmtp, media->lines);
		if (f->mapped)
			need_inside(f->encoding, media->lines);
		else
			need(f->encoding.len == 0 || f->clock > 0);
		need(sdp_same_codec(f, f) || f->payload != SDP_PAYLOAD_NONE);
		(void)sdp_is_codec(f);
	}
	need(!sdp_media_is_hold(media) || !sdp_media_is_off(media));
	check_section(sdp, media);
	check_text(sdp, media);
}

static void check_sdp(const struct sdp *sdp)
{
	char line[80];
	need(sdp->nmedia <= SDP_MEDIA_MAX && sdp->nmedia <= sdp->media_seen);
	need(sdp->nformats <= SDP_FORMATS_MAX && sdp->odd >> SDP_ODD_COUNT == 0);
	for (unsigned i = 0; i < SDP_ODD_COUNT; i++)
		if (sdp_is_odd(sdp, (enum sdp_odd)i))
			need(sdp->where[i].offset <= sdp->text.len &&
			     sdp->where[i].len <= sdp->text.len - sdp->where[i].offset);
	need_inside(sdp->version, sdp->text);
	need_inside(sdp->name, sdp->text);
	need_inside(sdp->start, sdp->text);
	need_inside(sdp->stop, sdp->text);
	need_inside(sdp->origin.username, sdp->text);
	need_inside(sdp->origin.sess_id, sdp->text);
	need_inside(sdp->origin.sess_version, sdp->text);
	check_conn(&sdp->origin.host, sdp->text);
	check_conn(&sdp->conn, sdp->text);
	check_section(sdp, NULL);
	for (unsigned i = 0; i < sdp->nmedia; i++)
		check_media(sdp, &sdp->media[i]);
	enum sdp_succession same = sdp_origin_compare(&sdp->origin, &sdp->origin);
	need(same == SDP_SAME || same == SDP_UNRELATED);
	(void)sdp_is_hold(sdp);
	size_t n = sdp_summary(sdp, line, sizeof line);
	need(n < sizeof line && line[n] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size ? size : 1); /* of that size: one byte over is seen */
	struct sdp *sdp = malloc(sizeof *sdp);
	if (bytes && sdp) {
		if (size)
			memcpy(bytes, data, size);
		sdp_parse(sdp, (struct slice){ bytes, size });
		check_sdp(sdp);
	}
	free(sdp);
	free(bytes);
	return 0;
}
