/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/ladder.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "net/icmp.h"
#include "sip/decode.h"
#include "sip/field.h"
#include "sip/isup.h"
#include "sip/parts.h"
#include "view/ladder_notes.h"

struct ids {
	uint32_t *ids;
	uint32_t count;
};

struct ladder_builder {
	struct ladder *ladder;
	struct engine *engine;
	const struct tracker *tracker;
	struct map split;  /* addresses whose ports are parties of their own */
	struct map lanes;  /* index + 1 by address, or address and port */
	struct map groups; /* index + 1 of the first row of a dialog or call */
	uint32_t ngroups;
	struct ladder_options options;
	const uint32_t *calls; /* borrowed */
	size_t ncalls;
	struct ids all, icmps;    /* what has a row, in order */
	uint32_t next, next_icmp; /* of these: the first without one */
};

/* Keys of the maps are numbers that count up from 1, not captured bytes: no sender
 * can choose them, so they need no secret seed. */
static uint64_t lane_hash(uint32_t addr, uint16_t port)
{
	return hash_mix(hash_mix(0, addr), port);
}

/* ---- the messages of the calls, in order */

static enum err ids_append(struct ids *all, struct mem *mem, const struct ids *more)
{
	if (more->count == 0)
		return OK;
	if (more->count > UINT32_MAX - all->count)
		return ERR_NOMEM;
	size_t old = all->count * sizeof(*all->ids);
	size_t add = more->count * sizeof(*all->ids);
	uint32_t *grown = mem_resize(mem, all->ids, old, old + add);
	if (!grown)
		return ERR_NOMEM;
	memcpy(grown + all->count, more->ids, add);
	all->ids = grown;
	all->count += more->count;
	return OK;
}

/* Merge sort from below: runs of `run` ids are in order already. */
static void ids_merge(const uint32_t *from, uint32_t *to, uint32_t count, uint32_t run)
{
	for (uint64_t at = 0; at < count; at += 2 * (uint64_t)run) {
		uint64_t a = at, a_end = at + run < count ? at + run : count;
		uint64_t b = a_end, b_end = a_end + run < count ? a_end + run : count;
		for (uint64_t out = at; out < b_end; out++)
			to[out] = b == b_end || (a < a_end && from[a] < from[b])
			                  ? from[a++]
			                  : from[b++];
	}
}

static enum err ids_sort(struct ids *all, struct mem *mem)
{
	if (all->count < 2)
		return OK;
	size_t size = all->count * sizeof(*all->ids);
	uint32_t *other = mem_take(mem, size);
	if (!other)
		return ERR_NOMEM;
	for (uint64_t run = 1; run < all->count; run *= 2) {
		ids_merge(all->ids, other, all->count, (uint32_t)run);
		uint32_t *merged = other;
		other = all->ids;
		all->ids = merged;
	}
	mem_give(mem, other, size);
	return OK;
}

static void ids_clear(struct ids *all, struct mem *mem)
{
	mem_give(mem, all->ids, all->count * sizeof(*all->ids));
	*all = (struct ids){ 0 };
}

/* *all is for ids_clear, whatever the result. */
static enum err ids_gather(struct ids *all, const struct ladder_builder *b,
                           const uint32_t *calls, size_t ncalls)
{
	struct mem *mem = b->ladder->mem;
	enum err err = OK;
	for (size_t i = 0; i < ncalls && err == OK; i++) {
		struct ids one = { 0 };
		err = tracker_call_messages(b->tracker, calls[i], mem, &one.ids,
		                            &one.count);
		if (err == OK) {
			err = ids_append(all, mem, &one);
			ids_clear(&one, mem);
		}
	}
	return err == OK && ncalls > 1 ? ids_sort(all, mem) : err;
}

/* ---- lanes */

static bool is_split(const struct ladder_builder *b, uint32_t addr)
{
	uint64_t hash = lane_hash(addr, 0);
	uint32_t at, found = map_first(&b->split, hash, &at);
	while (found && found != addr)
		found = map_next(&b->split, hash, &at);
	return found != 0;
}

static const struct track_flow *flow_of(const struct ladder_builder *b, uint32_t message)
{
	return tracker_flow_at(b->tracker, tracker_message_at(b->tracker, message)->flow);
}

static enum err find_splits(struct ladder_builder *b, const struct ids *all)
{
	for (uint32_t i = 0; i < all->count && !b->options.by_host; i++) {
		const struct track_flow *flow = flow_of(b, all->ids[i]);
		if (flow->src_addr != flow->dst_addr ||
		    flow->src.port == flow->dst.port || is_split(b, flow->src_addr))
			continue;
		enum err err =
			map_add(&b->split, lane_hash(flow->src_addr, 0), flow->src_addr);
		if (err != OK)
			return err;
	}
	return OK;
}

enum err ladder_grow(struct mem *mem, void **items, uint32_t *room, uint32_t count,
                     size_t size)
{
	if (count < *room)
		return OK;
	if (*room > UINT32_MAX / 2)
		return ERR_NOMEM;
	uint32_t more = *room ? *room * 2 : 8;
	void *grown = mem_resize(mem, *items, *room * size, more * size);
	if (!grown)
		return ERR_NOMEM;
	*items = grown;
	*room = more;
	return OK;
}

static enum err lane_add(struct ladder_builder *b, const struct ladder_lane *lane,
                         uint64_t hash)
{
	struct ladder *l = b->ladder;
	void *lanes = l->lanes;
	enum err err =
		ladder_grow(l->mem, &lanes, &l->lane_room, l->nlanes, sizeof(*l->lanes));
	l->lanes = lanes;
	if (err == OK)
		err = map_add(&b->lanes, hash, l->nlanes + 1);
	if (err == OK)
		l->lanes[l->nlanes++] = *lane;
	return err;
}

uint32_t ladder_merged_alias(const struct ladder_options *options, uint8_t family,
                             const uint8_t bytes[16])
{
	return options->by_host ? aliases_find(options->aliases, family, bytes, 0) : 0;
}

static enum err lane_of(struct ladder_builder *b, const struct track_endpoint *endpoint,
                        uint32_t addr, uint32_t *out)
{
	struct ladder *l = b->ladder;
	bool own_port = is_split(b, addr);
	uint32_t at, alias = ladder_merged_alias(&b->options, endpoint->family,
	                                         endpoint->bytes);
	uint64_t hash = alias ? hash_mix(hash_mix(1, alias), 0)
	                      : lane_hash(addr, own_port ? endpoint->port : 0);
	for (uint32_t i = map_first(&b->lanes, hash, &at); i;
	     i = map_next(&b->lanes, hash, &at)) {
		struct ladder_lane *lane = &l->lanes[i - 1];
		bool same_port = lane->endpoint.port == endpoint->port;
		if (lane->alias != alias ||
		    (!alias && (lane->addr != addr || (own_port && !same_port))))
			continue;
		lane->ports = lane->ports || !same_port;
		*out = i - 1;
		return OK;
	}
	struct ladder_lane lane = { .addr = addr, .own_port = own_port };
	lane.alias = alias;
	lane.merged = alias != 0;
	lane.endpoint.addr.family = endpoint->family;
	memcpy(lane.endpoint.addr.bytes, endpoint->bytes, sizeof(endpoint->bytes));
	lane.endpoint.port = endpoint->port;
	enum err err = lane_add(b, &lane, hash);
	if (err == OK)
		*out = l->nlanes - 1;
	return err;
}

/* Names for the others, now that it is known which ports are in them. */
static void name_lanes(struct ladder *l)
{
	for (uint32_t i = 0; i < l->nlanes; i++) {
		struct ladder_lane *lane = &l->lanes[i];
		const struct net_endpoint *at = &lane->endpoint;
		if (!lane->merged)
			lane->alias =
				aliases_find(l->aliases, at->addr.family, at->addr.bytes,
			                     lane->ports ? 0 : at->port);
	}
}

/* ---- rows */

enum err ladder_keep_text(struct ladder *l, struct slice s, uint32_t *out)
{
	char cut[LADDER_TEXT_MAX];
	if (s.len > sizeof(cut)) {
		size_t n = sizeof(cut) - 3;
		/* not inside a character: back over UTF-8 continuation bytes */
		for (int i = 0; i < 3 && ((unsigned char)s.p[n] & 0xc0) == 0x80; i++)
			n--;
		memcpy(cut, s.p, n);
		memcpy(cut + n, "...", 3);
		s = (struct slice){ cut, n + 3 };
	}
	return text_add(&l->text, s, out);
}

/* Text of a note on the message, or 0: what the ISUP in it says. */
static enum err note_of(struct ladder_builder *b, struct slice type, struct slice body,
                        uint32_t *out)
{
	struct sip_part part;
	struct isup_msg isup;
	char text[ISUP_SUMMARY_MAX];
	*out = 0;
	if (!sip_part_find(type, body, SIP_BODY_ISUP, &part) ||
	    isup_parse(&isup, part.body, isup_variant_of(part.content_type)) != OK)
		return OK;
	size_t len = isup_summary(&isup, text);
	return ladder_keep_text(b->ladder, (struct slice){ text, len }, out);
}

/* Label of a message that cannot be read back: what its record says. */
static enum err label_from_record(struct ladder_builder *b,
                                  const struct track_message *message,
                                  struct ladder_row *row)
{
	const char *known = message->request
	                            ? sip_method_name((enum sip_method)message->code)
	                            : sip_status_phrase(message->code);
	struct slice text = slice_of(known);
	if (text.len == 0 && message->request && row->transaction) {
		const struct txn *txn =
			tracker_transaction_at(b->tracker, row->transaction);
		text = tracker_method(b->tracker, txn);
	}
	row->status = message->request ? 0 : message->code;
	return ladder_keep_text(b->ladder, text,
	                        message->request ? &row->what : &row->phrase);
}

/* note: text of the note to follow, or 0. */
static enum err label(struct ladder_builder *b, const struct track_message *message,
                      struct ladder_row *row, uint32_t *note)
{
	struct sip_part part;
	struct engine_message read;
	if (engine_read(b->engine, row->message, &read) != OK)
		return label_from_record(b, message, row);
	struct slice body, type = sip_msg_value(read.msg, SIP_HDR_CONTENT_TYPE);
	struct inflate_buffer plain;
	sip_body_decode(read.msg, b->ladder->mem, &body, &plain);
	row->sdp = sip_part_find(type, body, SIP_BODY_SDP, &part);
	row->status = read.msg->status;
	enum err err = note_of(b, type, body, note);
	mem_give(b->ladder->mem, plain.p, plain.room);
	if (err != OK)
		return err;
	if (read.msg->method.len)
		return ladder_keep_text(b->ladder, read.msg->method, &row->what);
	return ladder_keep_text(b->ladder, read.msg->reason, &row->phrase);
}

static enum err put_row(struct ladder *l, const struct ladder_row *row)
{
	void *rows = l->rows;
	enum err err =
		ladder_grow(l->mem, &rows, &l->row_room, l->nrows, sizeof(*l->rows));
	l->rows = rows;
	if (err == OK)
		l->rows[l->nrows++] = *row;
	return err;
}

/* Rows are in order of their messages. */
struct ladder_row *ladder_row_of(const struct ladder *l, uint32_t message)
{
	uint32_t lo = 0, hi = l->nrows;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (l->rows[mid].message < message)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->nrows && l->rows[lo].message == message ? &l->rows[lo] : NULL;
}

/* Number the dialog of the row that comes next, or its call. */
static enum err group_of(struct ladder_builder *b, struct ladder_row *row)
{
	struct ladder *l = b->ladder;
	uint64_t hash = hash_mix(hash_mix(1, row->dialog), row->dialog ? 0 : row->call);
	uint32_t at;
	for (uint32_t i = map_first(&b->groups, hash, &at); i;
	     i = map_next(&b->groups, hash, &at)) {
		const struct ladder_row *other = &l->rows[i - 1];
		if (other->dialog == row->dialog &&
		    (row->dialog || other->call == row->call)) {
			row->group = other->group;
			return OK;
		}
	}
	row->group = ++b->ngroups;
	return map_add(&b->groups, hash, l->nrows + 1);
}

static void set_owner(const struct ladder_builder *b, const struct track_message *message,
                      struct ladder_row *row)
{
	row->dialog = tracker_message_dialog(b->tracker, row->message);
	if (message->stray) {
		row->call = message->owner;
		return;
	}
	row->transaction = message->owner;
	if (row->transaction) {
		const struct txn *txn =
			tracker_transaction_at(b->tracker, row->transaction);
		row->call = txn->call;
		row->cseq = txn->cseq;
	}
}

static enum err row_add(struct ladder_builder *b, uint32_t id)
{
	struct ladder *l = b->ladder;
	const struct track_message *message = tracker_message_at(b->tracker, id);
	bool repeat = message->repeat != TRACK_FIRST;
	bool copy = message->repeat == TRACK_DUPLICATE;
	struct ladder_row *first =
		repeat ? ladder_row_of(l, track_message_of(message)) : NULL;
	if (first && copy && !b->options.duplicates) {
		l->rows[first->newest].copies++;
		return OK;
	}
	struct ladder_row row = { .message = id, .newest = l->nrows };
	row.nth = row.copies = 1;
	row.copy = first && copy;
	row.at = message->at;
	set_owner(b, message, &row);
	if (first)
		row.nth = l->rows[first->newest].nth + !copy;

	const struct track_flow *flow = tracker_flow_at(b->tracker, message->flow);
	uint32_t at = first ? (uint32_t)(first - l->rows) : 0, note = 0;
	enum err err = lane_of(b, &flow->src, flow->src_addr, &row.from);
	if (err == OK)
		err = lane_of(b, &flow->dst, flow->dst_addr, &row.to);
	if (err == OK)
		err = label(b, message, &row, &note);
	if (err == OK)
		err = group_of(b, &row);
	if (err == OK)
		err = put_row(l, &row);
	if (err != OK)
		return err;
	if (first)
		l->rows[at].newest = row.newest;
	if (!note)
		return OK;
	struct ladder_row more = { .at = TICK_NONE, .message = id, .what = note };
	more.note = true;
	more.kind = LADDER_INSIDE;
	more.call = row.call;
	more.group = row.group;
	more.from = row.from;
	more.to = row.to;
	return put_row(l, &more);
}

/* ---- ICMP errors */

static enum err icmps_gather(struct ids *all, const struct ladder_builder *b,
                             const uint32_t *calls, size_t ncalls)
{
	const struct tracker *t = b->tracker;
	enum err err = OK;
	if (tracker_stats(t)->icmp == 0)
		return OK;
	for (size_t i = 0; i < ncalls; i++) {
		uint32_t txn = tracker_call_at(t, calls[i])->newest;
		for (; txn && err == OK; txn = tracker_transaction_at(t, txn)->older) {
			uint32_t id = tracker_icmp_of(t, txn);
			for (; id && err == OK; id = tracker_icmp_at(t, id)->next)
				err = ids_append(all, b->ladder->mem,
				                 &(struct ids){ &id, 1 });
		}
	}
	return err == OK ? ids_sort(all, b->ladder->mem) : err;
}

/* From who reports, where it is a party, to the sender of what did not arrive. */
static enum err icmp_row(struct ladder_builder *b, uint32_t id)
{
	const struct track_icmp *icmp = tracker_icmp_at(b->tracker, id);
	const struct txn *txn = tracker_transaction_at(b->tracker, icmp->transaction);
	struct ladder *l = b->ladder;
	struct net_addr from = { .family = icmp->from.family };
	char addr[NET_ADDR_TEXT_MAX], text[NET_ADDR_TEXT_MAX + 80];
	memcpy(from.bytes, icmp->from.bytes, sizeof(from.bytes));
	net_addr_text(&from, addr);
	int len = snprintf(text, sizeof(text), "ICMP %s from %s",
	                   net_icmp_text(from.family, icmp->type, icmp->code), addr);
	struct ladder_row row = { .at = icmp->at, .call = txn->call, .note = true };
	row.message = l->nrows ? l->rows[l->nrows - 1].message : 0;
	row.transaction = icmp->transaction;
	row.kind = LADDER_ICMP;
	/* the lanes are those of the message, or of its transaction */
	const struct track_flow *flow = tracker_flow_at(
		b->tracker, icmp->message
				    ? tracker_message_at(b->tracker, icmp->message)->flow
				    : txn->flow);
	enum err err = lane_of(b, &flow->dst, flow->dst_addr, &row.from);
	if (err == OK)
		err = lane_of(b, &flow->src, flow->src_addr, &row.to);
	if (err == OK)
		err = ladder_keep_text(l, (struct slice){ text, (size_t)len }, &row.what);
	return err == OK ? put_row(l, &row) : err;
}

/* The next message, and the errors that came before it, in order of time as far as the
 * capture has it. */
static enum err add_next(struct ladder_builder *b)
{
	bool last = b->next == b->all.count;
	uint32_t id = last ? 0 : b->all.ids[b->next];
	tick at = last ? TICK_NONE : tracker_message_at(b->tracker, id)->at;
	enum err err = OK;
	while (err == OK && b->next_icmp < b->icmps.count &&
	       tracker_icmp_at(b->tracker, b->icmps.ids[b->next_icmp])->at < at)
		err = icmp_row(b, b->icmps.ids[b->next_icmp++]);
	b->next++;
	return err == OK && !last ? row_add(b, id) : err;
}

static void end_building(struct ladder *l)
{
	struct ladder_builder *b = l->builder;
	if (!b)
		return;
	ids_clear(&b->all, l->mem);
	ids_clear(&b->icmps, l->mem);
	map_clear(&b->split);
	map_clear(&b->lanes);
	map_clear(&b->groups);
	mem_give(l->mem, b, sizeof(*b));
	l->builder = NULL;
}

enum err ladder_begin(struct ladder *out, struct engine *e, const uint32_t *calls,
                      size_t ncalls, const struct ladder_options *options)
{
	struct mem *mem = engine_mem(e);
	*out = (struct ladder){ .mem = mem, .aliases = options->aliases };
	text_init(&out->text, mem, 0); /* nothing is interned: no seed needed */
	struct ladder_builder *b = out->builder = mem_take(mem, sizeof(*b));
	if (!b)
		return ERR_NOMEM;
	b->ladder = out;
	b->engine = e;
	b->tracker = engine_tracker(e);
	b->options = *options;
	b->calls = calls;
	b->ncalls = ncalls;
	map_init(&b->split, mem);
	map_init(&b->lanes, mem);
	map_init(&b->groups, mem);
	enum err err = ids_gather(&b->all, b, calls, ncalls);
	if (err == OK)
		err = icmps_gather(&b->icmps, b, calls, ncalls);
	if (err == OK)
		err = find_splits(b, &b->all);
	if (err != OK)
		end_building(out);
	return err;
}

enum err ladder_step(struct ladder *ladder, uint32_t messages)
{
	struct ladder_builder *b = ladder->builder;
	enum err err = OK;
	for (; b && b->next <= b->all.count && messages && err == OK; messages--)
		err = add_next(b);
	if (!b || (err == OK && messages == 0))
		return err;
	if (err == OK && (b->options.media || b->options.notes))
		err = ladder_notes_add(ladder, b->engine, b->calls, b->ncalls,
		                       &b->options);
	name_lanes(ladder);
	end_building(ladder);
	return err;
}

bool ladder_is_done(const struct ladder *ladder)
{
	return !ladder->builder;
}

enum err ladder_build(struct ladder *out, struct engine *e, const uint32_t *calls,
                      size_t ncalls)
{
	static const struct ladder_options plain = { 0 };
	return ladder_build_as(out, e, calls, ncalls, &plain);
}

enum err ladder_build_as(struct ladder *out, struct engine *e, const uint32_t *calls,
                         size_t ncalls, const struct ladder_options *options)
{
	enum err err = ladder_begin(out, e, calls, ncalls, options);
	while (err == OK && !ladder_is_done(out))
		err = ladder_step(out, UINT32_MAX);
	return err;
}

void ladder_clear(struct ladder *ladder)
{
	end_building(ladder);
	mem_give(ladder->mem, ladder->lanes, ladder->lane_room * sizeof(*ladder->lanes));
	mem_give(ladder->mem, ladder->rows, ladder->row_room * sizeof(*ladder->rows));
	mem_give(ladder->mem, ladder->media, ladder->media_room * sizeof(*ladder->media));
	text_clear(&ladder->text);
	*ladder = (struct ladder){ .mem = ladder->mem };
	text_init(&ladder->text, ladder->mem, 0);
}

/* ---- names */

static unsigned put_port(uint16_t port, char *out)
{
	char digits[5];
	unsigned n = 0, len = 0;
	do
		digits[n++] = (char)('0' + port % 10);
	while (port /= 10);
	while (n)
		out[len++] = digits[--n];
	return len;
}

_Static_assert(ALIAS_NAME_MAX + 7 <= LADDER_NAME_MAX, "a name has room for its port");

static unsigned alias_name(const struct ladder *ladder, const struct ladder_lane *lane,
                           char out[LADDER_NAME_MAX])
{
	struct slice name = aliases_name(ladder->aliases, lane->alias);
	unsigned n = (unsigned)name.len;
	memcpy(out, name.p, name.len);
	if (ladder->aliases->with_port && !lane->ports && !lane->merged) {
		out[n++] = ':';
		n += put_port(lane->endpoint.port, out + n);
	}
	out[n] = '\0';
	return n;
}

unsigned ladder_lane_name(const struct ladder *ladder, const struct ladder_lane *lane,
                          char out[LADDER_NAME_MAX])
{
	if (lane->alias)
		return alias_name(ladder, lane, out);
	char addr[NET_ADDR_TEXT_MAX];
	unsigned len = net_addr_text(&lane->endpoint.addr, addr), n = 0;
	bool brackets = lane->endpoint.addr.family == 6 && !lane->ports;
	if (brackets)
		out[n++] = '[';
	memcpy(out + n, addr, len);
	n += len;
	if (brackets)
		out[n++] = ']';
	if (!lane->ports) {
		out[n++] = ':';
		n += put_port(lane->endpoint.port, out + n);
	}
	out[n] = '\0';
	return n;
}

struct slice ladder_text_of(const struct ladder *ladder, uint32_t text)
{
	return text_get(&ladder->text, text);
}
