/* SPDX-License-Identifier: MIT */
/* The members of a dialog record that tell of its media: offers, and what was agreed. */
#include "config.h"

#include "export/json_private.h"
#include "sip/sdp.h"
#include "view/agreed.h"

/* An exchange of a dialog, and who of it is the caller. */
struct exchange {
	struct agreed *agreed;
	bool by_callee; /* the offer */
	bool later;     /* than the first exchange */
};

enum party { CALLER, CALLEE };

static enum agreed_side side_of(const struct exchange *x, enum party party)
{
	return (party == CALLEE) == x->by_callee ? AGREED_OFFER : AGREED_ANSWER;
}

static void write_side(struct json_writer *w, struct slice key,
                       const struct sdp_media *media)
{
	if (!media)
		return;
	json_open(w, key, '{');
	json_put_text(w, KEY("address"), media->conn.address);
	json_put_uint(w, KEY("port"), media->port);
	json_put_word(w, KEY("direction"), sdp_direction_name(media->direction));
	json_close(w, '}');
}

static void write_codec(struct json_writer *w, const struct sdp_format *codec)
{
	char name[64];
	if (codec)
		json_put_text(w, KEY("codec"),
		              (struct slice){
				      name, sdp_format_name(codec, name, sizeof(name)) });
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
                       const struct exchange *x, unsigned line)
{
	const struct sdp_media *caller =
		agreed_media(x->agreed, side_of(x, CALLER), line);
	const struct sdp_media *callee =
		agreed_media(x->agreed, side_of(x, CALLEE), line);
	const struct sdp_media *any = caller ? caller : callee;
	bool off = (caller && sdp_media_is_off(caller)) ||
	           (callee && sdp_media_is_off(callee));
	json_open(w, NO_KEY, '{');
	json_put_string(w, KEY("media"), any->type);
	json_put_text(w, KEY("proto"), any->proto);
	if (!off)
		write_codec(w, agreed_codec(x->agreed, line));
	write_side(w, KEY("caller"), caller);
	write_side(w, KEY("callee"), callee);
	if (off)
		json_put_bool(w, KEY("off"), true);
	else if (x->later)
		write_hold(w, d, caller, callee);
	json_close(w, '}');
}

static void write_agreed(struct json_writer *w, const struct dialog *d,
                         const struct exchange *x)
{
	unsigned lines = 0;
	for (unsigned i = 0; i < AGREED_SIDES; i++) {
		const struct sdp *sdp = agreed_sdp(x->agreed, i);
		if (sdp && sdp->nmedia > lines)
			lines = sdp->nmedia;
	}
	if (lines == 0)
		return;
	json_open(w, KEY("media"), '[');
	for (unsigned line = 0; line < lines; line++)
		write_line(w, d, x, line);
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
	const struct dialog *d = tracker_dialog_at(s->tracker, s->id);
	struct exchange x = { .agreed = agreed_new(engine_mem(s->engine)),
		              .by_callee = now->by_callee,
		              .later = more > 0 || d->inferred };
	for (const struct media_exchange *e = list; e < now; e++)
		x.later |= e->state == MEDIA_ACCEPTED;
	uint32_t answer = now->answer ? now->answer : tracker_preview(s->tracker, s->id);
	if (x.agreed &&
	    agreed_read(x.agreed, s->engine, AGREED_OFFER, now->offer) == OK &&
	    agreed_read(x.agreed, s->engine, AGREED_ANSWER, answer) == OK)
		write_agreed(w, d, &x);
	else
		w->failed = true;
	agreed_free(x.agreed);
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
