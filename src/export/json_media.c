/* SPDX-License-Identifier: MIT */
/* The members of a dialog record that tell of its media: offers, and what was agreed. */
#include "config.h"

#include <string.h>

#include "export/json_private.h"
#include "sip/decode.h"
#include "sip/parts.h"
#include "sip/sdp.h"

/* What caller and callee described, in this order. */
enum { CALLER, CALLEE, SIDES };

struct agreed {
	struct mem *mem;
	bool there[SIDES];
	bool later;        /* than the first exchange */
	char *text[SIDES]; /* for the slices of sdp */
	size_t len[SIDES];
	unsigned answerer; /* CALLER or CALLEE; SIDES: nobody has answered */
	struct sdp sdp[SIDES];
};

/* The description of a message, kept beyond the next read. */
static void read_side(struct engine *engine, struct agreed *a, unsigned side, uint32_t id)
{
	struct engine_message m;
	struct slice body;
	struct sip_part part;
	struct inflate_buffer plain;
	if (id == 0 || engine_read(engine, id, &m) != OK)
		return;
	sip_body_decode(m.msg, a->mem, &body, &plain);
	if (sip_part_find(sip_msg_value(m.msg, SIP_HDR_CONTENT_TYPE), body, SIP_BODY_SDP,
	                  &part))
		a->text[side] = mem_take(a->mem, part.body.len);
	if (a->text[side]) {
		memcpy(a->text[side], part.body.p, part.body.len);
		a->len[side] = part.body.len;
		a->there[side] = true;
		sdp_parse(&a->sdp[side], (struct slice){ a->text[side], a->len[side] });
	}
	mem_give(a->mem, plain.p, plain.room);
}

static void write_side(struct json_writer *w, struct slice key, const struct agreed *a,
                       unsigned side, unsigned line)
{
	const struct sdp *sdp = &a->sdp[side];
	if (!a->there[side] || line >= sdp->nmedia)
		return;
	const struct sdp_media *media = &sdp->media[line];
	json_open(w, key, '{');
	json_put_text(w, KEY("address"), media->conn.address);
	json_put_uint(w, KEY("port"), media->port);
	json_put_word(w, KEY("direction"), sdp_direction_name(media->direction));
	json_close(w, '}');
}

/* The codec that is used: the first one of the answer that was offered
 * (RFC 3264 6.1, 7). */
static void write_codec(struct json_writer *w, const struct sdp *offer,
                        const struct sdp_media *offered, const struct sdp *answer,
                        const struct sdp_media *answered)
{
	char name[64];
	for (unsigned i = 0; i < answered->nformats; i++) {
		const struct sdp_format *f = &sdp_formats(answer, answered)[i];
		if (!sdp_is_codec(f))
			continue;
		for (unsigned k = 0; k < offered->nformats; k++) {
			if (!sdp_same_codec(f, &sdp_formats(offer, offered)[k]))
				continue;
			size_t n = sdp_format_name(f, name, sizeof name);
			json_put_text(w, KEY("codec"), (struct slice){ name, n });
			return;
		}
	}
}

/* Who holds, after the first exchange: what the tracker found over all of them tells the
 * two apart where this one says `inactive` twice. */
static void write_hold(struct json_writer *w, const struct dialog *d,
                       const struct sdp_media *caller, const struct sdp_media *callee)
{
	bool by_caller = caller && sdp_media_is_hold(caller);
	bool by_callee = callee && sdp_media_is_hold(callee);
	if (by_caller && by_callee && (d->hold_caller || d->hold_callee)) {
		by_caller = d->hold_caller;
		by_callee = d->hold_callee;
	}
	if (by_caller || by_callee)
		json_put_word(w, KEY("hold"),
		              !by_callee   ? "caller"
		              : !by_caller ? "callee"
		                           : "both");
}

static void write_line(struct json_writer *w, const struct dialog *d,
                       const struct agreed *a, unsigned line)
{
	const struct sdp_media *media[SIDES] = { NULL, NULL };
	for (unsigned i = 0; i < SIDES; i++)
		if (a->there[i] && line < a->sdp[i].nmedia)
			media[i] = &a->sdp[i].media[line];
	const struct sdp_media *any = media[CALLER] ? media[CALLER] : media[CALLEE];
	bool off = (media[CALLER] && sdp_media_is_off(media[CALLER])) ||
	           (media[CALLEE] && sdp_media_is_off(media[CALLEE]));
	json_open(w, NO_KEY, '{');
	json_put_string(w, KEY("media"), any->type);
	json_put_text(w, KEY("proto"), any->proto);
	if (a->answerer != SIDES && media[CALLER] && media[CALLEE] && !off) {
		unsigned by = a->answerer, other = CALLEE - by;
		write_codec(w, &a->sdp[other], media[other], &a->sdp[by], media[by]);
	}
	write_side(w, KEY("caller"), a, CALLER, line);
	write_side(w, KEY("callee"), a, CALLEE, line);
	if (off)
		json_put_bool(w, KEY("off"), true);
	else if (a->later)
		write_hold(w, d, media[CALLER], media[CALLEE]);
	json_close(w, '}');
}

static void write_agreed(struct json_writer *w, const struct dialog *d,
                         const struct agreed *a)
{
	unsigned lines = 0;
	for (unsigned i = 0; i < SIDES; i++)
		if (a->there[i] && a->sdp[i].nmedia > lines)
			lines = a->sdp[i].nmedia;
	if (lines == 0)
		return;
	json_open(w, KEY("media"), '[');
	for (unsigned line = 0; line < lines; line++)
		write_line(w, d, a, line);
	json_close(w, ']');
}

/* What holds: the newest exchange that was accepted. Before the first one it is the offer
 * that is open, with what early media announced as its answer. */
static void write_media(struct json_writer *w, const struct json_subject *s,
                        const struct media_exchange *list, uint32_t count, uint32_t more)
{
	const struct media_exchange *now = NULL;
	for (uint32_t i = count; i > 0 && !now; i--)
		if (list[i - 1].state == MEDIA_ACCEPTED)
			now = &list[i - 1];
	if (!now && count && list[count - 1].state != MEDIA_REJECTED)
		now = &list[count - 1];
	if (!now)
		return;
	struct mem *mem = engine_mem(s->engine);
	struct agreed *a = mem_take(mem, sizeof(*a));
	if (!a) {
		w->failed = true;
		return;
	}
	a->mem = mem;
	a->later = more > 0 || tracker_dialog_at(s->tracker, s->id)->inferred;
	for (const struct media_exchange *e = list; e < now; e++)
		a->later |= e->state == MEDIA_ACCEPTED;
	unsigned offerer = now->by_callee ? CALLEE : CALLER, other = CALLEE - offerer;
	uint32_t answer = now->answer ? now->answer : tracker_preview(s->tracker, s->id);
	read_side(s->engine, a, offerer, now->offer);
	read_side(s->engine, a, other, answer);
	a->answerer = a->there[other] ? other : SIDES;
	write_agreed(w, tracker_dialog_at(s->tracker, s->id), a);
	for (unsigned i = 0; i < SIDES; i++)
		mem_give(mem, a->text[i], a->len[i]);
	mem_give(mem, a, sizeof(*a));
}

void json_write_dialog_media(struct json_writer *w, const struct json_subject *s)
{
	struct media_exchange list[MEDIA_EXCHANGES_MAX];
	uint32_t more, count = tracker_exchanges(s->tracker, s->id, list, &more);
	write_media(w, s, list, count, more);
	if (count == 0)
		return;
	json_open(w, KEY("offers"), '[');
	for (uint32_t i = 0; i < count; i++) {
		json_open(w, NO_KEY, '{');
		json_put_uint(w, KEY("offer"), list[i].offer);
		json_put_id(w, KEY("answer"), list[i].answer);
		json_put_word(w, KEY("by"), list[i].by_callee ? "callee" : "caller");
		json_put_word(w, KEY("state"), media_state_name(list[i].state));
		json_close(w, '}');
	}
	json_close(w, ']');
	json_put_id(w, KEY("older_offers"), more);
}
