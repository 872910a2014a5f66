/* SPDX-License-Identifier: MIT */
/* Notes of a ladder on media: what offers and answers agreed on, when it changed and when
 * it ended (RFC 3264). It is what SDP announced; nothing of it was seen as RTP. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "track/media.h"
#include "view/agreed.h"
#include "view/ladder_notes.h"

#define ADDRESS_MAX 280 /* bytes of one with its port: a host name has 255 */
#define CODEC_MAX   32

/* Something that may change what is announced in a dialog. */
struct event {
	uint32_t dialog;
	uint32_t message; /* that it comes with */
	uint32_t offer;   /* 0: the dialog ended */
	bool early;       /* the answer is one ahead of time (RFC 3261 13.2.1) */
};

struct events {
	struct event *list;
	uint32_t n, room;
};

/* One media line of the dialog under way, as it was told last. */
struct line {
	uint64_t digest; /* of what was told; 0: nothing yet */
	uint32_t media;  /* index in the ladder */
	uint32_t from, to;
	bool on;
};

struct teller {
	struct notes *n;
	struct agreed *agreed;
	struct media_exchange *exchanges; /* MEDIA_EXCHANGES_MAX */
	struct events events;
	uint32_t dialog;
	struct track_endpoint offerer, answerer; /* of the event that is told */
	uint32_t answered;                       /* offer that has its answer */
	bool later; /* than the first exchange of the dialog */
	struct line lines[SDP_MEDIA_MAX];
};

/* --- what happens, in order */

static enum err add_event(struct teller *t, const struct event *event)
{
	void *list = t->events.list;
	enum err err = ladder_grow(t->n->ladder->mem, &list, &t->events.room, t->events.n,
	                           sizeof(*event));
	t->events.list = list;
	if (err == OK)
		t->events.list[t->events.n++] = *event;
	return err;
}

static enum err dialog_events(struct teller *t, uint32_t id)
{
	uint32_t more, count;
	const struct dialog *d = tracker_dialog_at(t->n->tracker, id);
	enum err err = OK;
	if (!d->described)
		return OK;
	count = tracker_exchanges(t->n->tracker, id, t->exchanges, &more);
	for (uint32_t i = 0; i < count && err == OK; i++) {
		const struct media_exchange *x = &t->exchanges[i];
		if (x->state == MEDIA_ACCEPTED)
			err = add_event(
				t, &(struct event){ id, x->answer, x->offer, false });
	}
	if (err == OK && d->ended)
		err = add_event(t, &(struct event){ .dialog = id, .message = d->ended });
	return err;
}

/* Answers ahead of time stand in no list: the rows have them. */
static enum err early_events(struct teller *t)
{
	const struct ladder *l = t->n->ladder;
	const struct tracker *tracker = t->n->tracker;
	enum err err = OK;
	for (uint32_t i = 0; i < l->nrows && err == OK; i++) {
		const struct ladder_row *row = &l->rows[i];
		if (row->note || !row->sdp || row->status < 101 || row->status >= 200 ||
		    !row->transaction || !row->dialog || row->nth > 1 || row->copy)
			continue;
		const struct txn *x = tracker_transaction_at(tracker, row->transaction);
		if (tracker_message_at(tracker, row->message)->sdp != TRACK_SDP_PREVIEW ||
		    !x->request ||
		    tracker_message_at(tracker, x->request)->sdp != TRACK_SDP_OFFER)
			continue;
		err = add_event(t, &(struct event){ row->dialog, row->message, x->request,
		                                    true });
	}
	return err;
}

static int in_order(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	if (x->dialog != y->dialog)
		return x->dialog < y->dialog ? -1 : 1;
	return (x->message > y->message) - (x->message < y->message);
}

/* --- one media line */

/* "10.0.0.1:6000", "[2001:db8::1]:6000"; bytes of the address are as captured. */
static size_t address_text(const struct sdp_media *media, char out[ADDRESS_MAX])
{
	struct slice address = slice_head(media->conn.address, 256);
	bool brackets = memchr(address.p ? address.p : "", ':', address.len);
	int len = snprintf(out, ADDRESS_MAX, brackets ? "[%.*s]:%u" : "%.*s:%u",
	                   (int)address.len, address.p ? address.p : "",
	                   (unsigned)media->port);
	return len < ADDRESS_MAX ? (size_t)len : ADDRESS_MAX - 1;
}

static bool is_zero(const struct sdp_conn *conn)
{
	for (unsigned i = 0; i < sizeof(conn->bytes); i++)
		if (conn->bytes[i])
			return false;
	return true;
}

/* A host name is looked up by nobody here, and no address is none: those stand with the
 * party that announced them. */
static enum err lane_of(struct teller *t, const struct sdp_media *media,
                        const struct track_endpoint *party, uint32_t *out)
{
	struct net_endpoint endpoint = { .addr.family = media->conn.family };
	if (media->conn.family == 0 || is_zero(&media->conn) || sdp_media_is_off(media)) {
		*out = notes_lane(t->n, party);
		return OK;
	}
	memcpy(endpoint.addr.bytes, media->conn.bytes, sizeof(endpoint.addr.bytes));
	endpoint.port = (uint16_t)(media->port < SDP_PORT_BEYOND ? media->port : 0);
	return notes_media_lane(t->n, &endpoint, party, out);
}

static bool sends(const struct sdp_media *media)
{
	return media->direction == SDP_SENDRECV || media->direction == SDP_SENDONLY;
}

/* What is told of a line, before it is known whether it was told already. */
struct told {
	const struct sdp_media *of[2]; /* to the left, to the right */
	const struct sdp_format *codec;
	struct ladder_media media;
	struct ladder_row row;
};

static struct slice codec_name(const struct sdp_format *codec)
{
	if (!codec)
		return SLICE_NONE;
	return slice_head(codec->encoding.len ? codec->encoding : codec->text, CODEC_MAX);
}

static uint64_t digest(const struct told *told, uint64_t seed)
{
	uint64_t hash = hash_slice(told->of[0]->type, seed);
	for (unsigned i = 0; i < 2; i++) {
		hash = hash_mix(hash, hash_slice(told->of[i]->conn.address, seed));
		hash = hash_mix(hash, told->of[i]->port);
	}
	hash = hash_mix(hash, hash_slice(codec_name(told->codec), seed));
	hash = hash_mix(hash, told->row.heads | (uint64_t)told->media.on << 8 |
	                              (uint64_t)told->media.early << 9 |
	                              (uint64_t)told->media.held << 10);
	return hash ? hash : 1;
}

static enum err put_texts(struct ladder *l, struct told *told)
{
	enum err err = ladder_keep_text(l, told->of[0]->type, &told->media.type);
	if (err == OK)
		err = ladder_keep_text(l, codec_name(told->codec), &told->media.codec);
	for (unsigned i = 0; i < 2 && err == OK; i++) {
		char text[ADDRESS_MAX];
		size_t len = address_text(told->of[i], text);
		told->media.port[i] = told->of[i]->port;
		err = ladder_keep_text(l, (struct slice){ text, len },
		                       &told->media.address[i]);
	}
	return err;
}

static enum err put(struct teller *t, uint32_t message, struct ladder_row *row,
                    const struct ladder_media *media)
{
	struct ladder *l = t->n->ladder;
	void *list = l->media;
	enum err err =
		ladder_grow(l->mem, &list, &l->media_room, l->nmedia, sizeof(*l->media));
	l->media = list;
	if (err != OK)
		return err;
	row->media = l->nmedia;
	row->at = tracker_message_at(t->n->tracker, message)->at;
	row->kind = LADDER_MEDIA;
	row->dialog = t->dialog;
	l->media[l->nmedia++] = *media;
	return notes_at_message(t->n, NOTES_BEHIND, message, row);
}

/* Both sides as they stand in the ladder, and which way media are to go: only where one
 * side sends and the other one wants it. */
static enum err orient(struct teller *t, unsigned line, struct told *told)
{
	const struct sdp_media *offered = agreed_media(t->agreed, AGREED_OFFER, line);
	const struct sdp_media *answered = agreed_media(t->agreed, AGREED_ANSWER, line);
	enum err err = lane_of(t, offered, &t->offerer, &told->row.from);
	if (err == OK)
		err = lane_of(t, answered, &t->answerer, &told->row.to);
	bool swapped = told->row.from > told->row.to;
	told->of[swapped] = offered;
	told->of[!swapped] = answered;
	if (swapped) {
		uint32_t from = told->row.from;
		told->row.from = told->row.to;
		told->row.to = from;
	}
	if (told->media.on && sends(told->of[0]) && !sdp_media_is_hold(told->of[1]))
		told->row.heads |= LADDER_TO_RIGHT;
	if (told->media.on && sends(told->of[1]) && !sdp_media_is_hold(told->of[0]))
		told->row.heads |= LADDER_TO_LEFT;
	return err;
}

static enum err tell_line(struct teller *t, const struct event *e, unsigned line)
{
	const struct sdp_media *offered = agreed_media(t->agreed, AGREED_OFFER, line);
	const struct sdp_media *answered = agreed_media(t->agreed, AGREED_ANSWER, line);
	struct line *was = &t->lines[line];
	struct told told = { .codec = agreed_codec(t->agreed, line) };
	bool off = sdp_media_is_off(offered) || sdp_media_is_off(answered);
	told.media.on = !off;
	told.media.early = e->early;
	told.media.held = !off && t->later &&
	                  (sdp_media_is_hold(offered) || sdp_media_is_hold(answered));
	if (off && !was->on && (was->digest || sdp_media_is_off(offered)))
		return OK; /* and it was before */
	enum err err = orient(t, line, &told);
	if (err != OK)
		return err;
	uint64_t now = digest(&told, tracker_seed(t->n->tracker));
	if (now == was->digest)
		return OK;
	err = put_texts(t->n->ladder, &told);
	if (err != OK)
		return err;
	*was = (struct line){ now, t->n->ladder->nmedia, told.row.from, told.row.to,
		              told.media.on };
	return put(t, e->message, &told.row, &told.media);
}

/* --- a dialog */

static enum err tell_end(struct teller *t, uint32_t message)
{
	enum err err = OK;
	for (unsigned i = 0; i < SDP_MEDIA_MAX && err == OK; i++) {
		struct line *line = &t->lines[i];
		if (!line->on)
			continue;
		struct ladder_media media = t->n->ladder->media[line->media];
		struct ladder_row row = { .from = line->from, .to = line->to };
		media.on = media.early = media.held = false;
		media.ended = true;
		line->on = false;
		err = put(t, message, &row, &media);
	}
	return err;
}

static enum err tell(struct teller *t, const struct event *e)
{
	if (e->dialog != t->dialog) {
		memset(t->lines, 0, sizeof(t->lines));
		t->dialog = e->dialog;
		t->answered = 0;
		t->later = tracker_dialog_at(t->n->tracker, e->dialog)->inferred;
	}
	if (e->offer == 0)
		return tell_end(t, e->message);
	if (e->early && e->offer == t->answered)
		return OK; /* it says the same once more */
	enum err err = agreed_read(t->agreed, t->n->engine, AGREED_OFFER, e->offer);
	if (err == OK)
		err = agreed_read(t->agreed, t->n->engine, AGREED_ANSWER, e->message);
	t->offerer = notes_origin(t->n, e->offer);
	t->answerer = notes_origin(t->n, e->message);
	for (unsigned i = 0; i < SDP_MEDIA_MAX && err == OK; i++)
		if (agreed_media(t->agreed, AGREED_OFFER, i) &&
		    agreed_media(t->agreed, AGREED_ANSWER, i))
			err = tell_line(t, e, i);
	if (!e->early) {
		t->answered = e->offer;
		t->later = true;
	}
	return err;
}

static enum err tell_all(struct teller *t)
{
	const struct notes *n = t->n;
	enum err err = OK;
	for (size_t i = 0; i < n->ncalls; i++) {
		uint32_t id = tracker_call_at(n->tracker, n->calls[i])->dialogs;
		for (; id && err == OK; id = tracker_dialog_at(n->tracker, id)->older)
			err = dialog_events(t, id);
	}
	if (err == OK)
		err = early_events(t);
	if (t->events.n)
		qsort(t->events.list, t->events.n, sizeof(*t->events.list), in_order);
	for (uint32_t i = 0; i < t->events.n && err == OK; i++)
		err = tell(t, &t->events.list[i]);
	return err;
}

enum err notes_media(struct notes *n)
{
	struct mem *mem = n->ladder->mem;
	size_t size = MEDIA_EXCHANGES_MAX * sizeof(struct media_exchange);
	struct teller t = { .n = n, .agreed = agreed_new(mem) };
	t.exchanges = mem_take(mem, size);
	enum err err = t.agreed && t.exchanges ? tell_all(&t) : ERR_NOMEM;
	mem_give(mem, t.events.list, t.events.room * sizeof(*t.events.list));
	mem_give(mem, t.exchanges, size);
	agreed_free(t.agreed);
	return err;
}
