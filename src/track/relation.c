/* SPDX-License-Identifier: MIT */
/* What calls share, and who is related by it. relate.c reads it out of messages. */
#include "config.h"

#include "track/relation.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "track/private.h"

/* Sessions and addresses of media travel from leg to leg within seconds. */
#define SAME_TIME  TXN_TIMEOUT_NS

/* Places that `seen` begins with: it doubles up to RELATION_SEEN_MAX. */
#define SEEN_FIRST 64

const char *relation_name(enum relation_by by)
{
	static const char *const names[] = {
		[RELATION_REPLACES] = "replaces",
		[RELATION_JOIN] = "join",
		[RELATION_REFER] = "refer",
		[RELATION_X_CALL_ID] = "x-call-id",
		[RELATION_SESSION_ID] = "session-id",
		[RELATION_ICID] = "icid",
		[RELATION_IN_REPLY_TO] = "in-reply-to",
		[RELATION_SDP_ORIGIN] = "sdp-origin",
		[RELATION_MEDIA] = "media",
		[RELATION_GUESS] = "guess",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == RELATION_BY_COUNT,
	               "all of them");
	return names[by];
}

void relations_init(struct tracker *t, uint32_t calls)
{
	struct relations *r = &t->relations;
	pool_init(&r->groups, t->mem, sizeof(struct relation_group), calls);
	pool_init(&r->members, t->mem, sizeof(struct relation_member),
	          RELATION_MEMBERS_MAX);
	pool_init(&r->refers, t->mem, sizeof(struct relation_refer), RELATION_REFERS_MAX);
	map_init(&r->index, t->mem);
	map_init(&r->refer_index, t->mem);
	map_init(&r->seen_index, t->mem);
}

void relations_clear(struct tracker *t)
{
	struct relations *r = &t->relations;
	pool_clear(&r->groups);
	pool_clear(&r->members);
	pool_clear(&r->refers);
	map_clear(&r->index);
	map_clear(&r->refer_index);
	map_clear(&r->seen_index);
	mem_give(t->mem, r->seen, r->seen_room * sizeof(*r->seen));
}

void tracker_relate_by(struct tracker *t, struct slice header)
{
	t->relations.header = header;
}

/* --- groups */

static struct relation_group *group_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->relations.groups, id);
}

static struct relation_member *member_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->relations.members, id);
}

static uint64_t key(enum relation_kind kind, uint64_t value)
{
	return hash_mix(value, kind);
}

static uint32_t find_group(const struct tracker *t, enum relation_kind kind,
                           uint64_t value)
{
	uint32_t at, id = 0;
	if (t->relations.groups.live)
		id = map_first(&t->relations.index, key(kind, value), &at);
	while (id && (group_at(t, id)->value != value || group_at(t, id)->kind != kind))
		id = map_next(&t->relations.index, key(kind, value), &at);
	return id;
}

/* 0: no room, counted. */
static uint32_t add_group(struct tracker *t, enum relation_kind kind, uint64_t value)
{
	struct relations *r = &t->relations;
	uint32_t id;
	if (pool_add(&r->groups, &id) != OK) {
		t->stats.relations_refused++;
		return 0;
	}
	struct relation_group *g = group_at(t, id);
	*g = (struct relation_group){ .value = value, .kind = (uint8_t)kind };
	if (kind != RELATION_KIND_PAIR &&
	    map_add(&r->index, key(kind, value), id) != OK) {
		pool_free(&r->groups, id);
		t->stats.relations_refused++;
		return 0;
	}
	return id;
}

static bool is_member(const struct tracker *t, const struct relation_group *g,
                      uint32_t call, enum relation_by by)
{
	uint32_t id = g->members;
	while (id && (member_at(t, id)->call != call || member_at(t, id)->by != by))
		id = member_at(t, id)->before;
	return id != 0;
}

static void add_member(struct tracker *t, uint32_t group, uint32_t call,
                       enum relation_by by)
{
	struct relation_group *g = group_at(t, group);
	uint32_t id;
	if (g->dropped || is_member(t, g, call, by))
		return;
	if (g->count == RELATION_GROUP_MAX) {
		g->dropped = true;
		t->stats.relations_dropped++;
		return;
	}
	if (pool_add(&t->relations.members, &id) != OK) {
		t->stats.relations_refused++;
		return;
	}
	struct call *c = call_at(t, call);
	*member_at(t, id) = (struct relation_member){ .call = call,
		                                      .group = group,
		                                      .before = g->members,
		                                      .older = c->relations,
		                                      .by = (uint8_t)by };
	g->members = c->relations = id;
	g->count++;
}

void relation_name_call(struct tracker *t, uint32_t call, struct slice call_id,
                        enum relation_by by)
{
	uint64_t value = hash_slice(call_id, t->seed);
	uint32_t group = find_group(t, RELATION_KIND_CALL_ID, value);
	if (group == 0)
		group = add_group(t, RELATION_KIND_CALL_ID, value);
	if (group == 0)
		return;
	group_at(t, group)->is_name = call_id.len < RELATION_VALUE_MIN;
	add_member(t, group, call, by);
}

void relation_pair(struct tracker *t, uint32_t call, uint32_t other, enum relation_by by)
{
	uint32_t group = call == other ? 0 : add_group(t, RELATION_KIND_PAIR, 0);
	if (group == 0)
		return;
	add_member(t, group, other, by);
	add_member(t, group, call, by);
}

/* --- what SDP shows */

/* All that was seen of it is over, so that a media port may be used anew, and a load
 * generator may begin its next call with the o= line that all its calls have. Of a long
 * list the newest ones decide. */
static bool is_over(const struct tracker *t, uint32_t call)
{
	const struct call *c = call_at(t, call);
	unsigned left = TRACK_LONG_LIST;
	for (uint32_t id = c->dialogs; id && left--; id = dialog_at(t, id)->older)
		if (dialog_at(t, id)->state == DIALOG_EARLY ||
		    dialog_at(t, id)->state == DIALOG_CONFIRMED)
			return false;
	if (c->dialogs)
		return true;
	left = TRACK_LONG_LIST;
	for (uint32_t id = c->newest; id && left--; id = txn_at(t, id)->older) {
		const struct txn *x = txn_at(t, id);
		if (x->kind == TXN_INVITE && !x->final && x->state != TXN_TIMEOUT)
			return false;
	}
	return true;
}

bool relation_took_part(const struct tracker *t, uint32_t call, uint32_t addr)
{
	unsigned left = TRACK_LONG_LIST;
	for (uint32_t id = call_at(t, call)->newest; id && left--;
	     id = txn_at(t, id)->older) {
		const struct track_flow *flow = flow_at(&t->flows, txn_at(t, id)->flow);
		if (flow->src_addr == addr || flow->dst_addr == addr)
			return true;
	}
	return false;
}

static uint32_t sender_of(const struct tracker *t, uint32_t message)
{
	return flow_at(&t->flows, message_at(t, message)->flow)->src_addr;
}

/* A description goes from the element that was sent it on to the next. Where the one
 * that began it sends it in another call at the same time, it is not unique; where one
 * sends it that has no part in the first call, it is only when it is long. */
static bool is_passed_on(const struct tracker *t, const struct relation_group *g,
                         const struct relation_shown *s)
{
	uint32_t sender = sender_of(t, s->message);
	uint32_t newest = pool_has(&t->messages, g->newest) ? g->newest : g->first;
	if (sender == sender_of(t, g->first))
		return false;
	if (relation_took_part(t, tracker_message_call(t, g->first), sender))
		return true;
	return s->is_long &&
	       tick_diff(message_at(t, s->message)->at, message_at(t, newest)->at) <=
	               (int64_t)SAME_TIME;
}

static bool is_sdp(enum relation_kind kind)
{
	return kind == RELATION_KIND_ORIGIN || kind == RELATION_KIND_MEDIA;
}

static enum relation_by evidence(enum relation_kind kind)
{
	return kind == RELATION_KIND_SESSION_ID ? RELATION_SESSION_ID
	       : kind == RELATION_KIND_ICID     ? RELATION_ICID
	       : kind == RELATION_KIND_ORIGIN   ? RELATION_SDP_ORIGIN
	                                        : RELATION_MEDIA;
}

static void join(struct tracker *t, uint32_t group, const struct relation_shown *s)
{
	struct relation_group *g = group_at(t, group);
	if (is_member(t, g, s->call, evidence(s->kind)))
		return;
	if (is_sdp(s->kind) && !is_passed_on(t, g, s)) {
		g->dropped = true;
		t->stats.relations_common++;
		return;
	}
	add_member(t, group, s->call, evidence(s->kind));
	g->newest = s->message;
}

static uint32_t find_seen(const struct tracker *t, uint64_t hash)
{
	const struct relations *r = &t->relations;
	uint32_t at, n = map_first(&r->seen_index, hash, &at);
	while (n && r->seen[n - 1].key != hash)
		n = map_next(&r->seen_index, hash, &at);
	return n;
}

/* A place in the ring, the oldest where it is full; 0: no memory. */
static uint32_t take_place(struct tracker *t)
{
	struct relations *r = &t->relations;
	if (r->seen_used == r->seen_room && r->seen_room < RELATION_SEEN_MAX) {
		uint32_t room = r->seen_room ? r->seen_room * 2 : SEEN_FIRST;
		void *grown = mem_resize(t->mem, r->seen, r->seen_room * sizeof(*r->seen),
		                         room * sizeof(*r->seen));
		if (!grown)
			return 0;
		r->seen = grown;
		r->seen_room = room;
	}
	if (r->seen_used < r->seen_room)
		return ++r->seen_used;
	uint32_t n = r->seen_next + 1;
	map_remove(&r->seen_index, r->seen[n - 1].key, n);
	r->seen_next = n % r->seen_room;
	return n;
}

static void add_seen(struct tracker *t, uint64_t hash, uint32_t message)
{
	struct relations *r = &t->relations;
	uint32_t place = take_place(t);
	if (place)
		r->seen[place - 1] = (struct relation_seen){ hash, message };
	if (place == 0 || map_add(&r->seen_index, hash, place) != OK)
		t->stats.relations_refused++;
}

/* A second call shows it, while the first is up. */
static void make_group(struct tracker *t, uint32_t first, const struct relation_shown *s)
{
	uint32_t group = add_group(t, s->kind, s->value);
	if (group == 0)
		return;
	group_at(t, group)->first = group_at(t, group)->newest = first;
	add_member(t, group, tracker_message_call(t, first), evidence(s->kind));
	join(t, group, s);
}

/* Only SDP is used anew when a call is over. */
static bool is_anew(const struct tracker *t, const struct relation_shown *s,
                    uint32_t first)
{
	if (!pool_has(&t->messages, first))
		return true;
	return is_sdp(s->kind) && is_over(t, tracker_message_call(t, first));
}

/* Is it one of this call? */
static bool is_of(const struct tracker *t, uint32_t message, uint32_t call)
{
	return pool_has(&t->messages, message) &&
	       tracker_message_call(t, message) == call;
}

void relation_shows(struct tracker *t, const struct relation_shown *s)
{
	struct relations *r = &t->relations;
	uint64_t hash = key(s->kind, s->value);
	uint32_t group = find_group(t, s->kind, s->value);
	const struct relation_group *g = group ? group_at(t, group) : NULL;
	if (g && (g->dropped || is_of(t, g->first, s->call)))
		return;
	if (g && !is_anew(t, s, g->first)) {
		join(t, group, s);
		return;
	}
	if (g)
		map_remove(&r->index, hash, group);
	uint32_t place = find_seen(t, hash);
	struct relation_seen *seen = place ? &r->seen[place - 1] : NULL;
	if (!seen)
		add_seen(t, hash, s->message);
	else if (is_of(t, seen->message, s->call))
		return;
	else if (g || is_anew(t, s, seen->message))
		seen->message = s->message;
	else
		make_group(t, seen->message, s);
}

/* --- who is related */

/* Related calls under way; list is NULL while they are counted. */
struct found {
	struct relation *list;
	size_t count;
	uint32_t call; /* whose they are */
};

static void put(struct found *f, uint32_t call, unsigned by)
{
	if (call == f->call)
		return;
	if (f->list)
		f->list[f->count] = (struct relation){ call, (uint8_t)by };
	f->count++;
}

/* All others in the group; of those who name a Call-ID, who does so in this way. */
static void put_group(struct found *f, const struct tracker *t,
                      const struct relation_group *g, unsigned by)
{
	for (uint32_t id = g->members; id; id = member_at(t, id)->before)
		if (member_at(t, id)->by == by)
			put(f, member_at(t, id)->call, by);
}

/* The call that a group names, or 0. */
static uint32_t named(const struct tracker *t, const struct relation_group *g)
{
	uint32_t at, id = map_first(&t->call_index, g->value, &at);
	while (id && hash_slice(text_get(&t->text, call_at(t, id)->call_id), t->seed) !=
	                     g->value)
		id = map_next(&t->call_index, g->value, &at);
	return id ? id : gone_find(t, g->value);
}

static void gather(struct found *f, const struct tracker *t)
{
	const struct call *c = call_at(t, f->call);
	for (uint32_t id = c->relations; id; id = member_at(t, id)->older) {
		const struct relation_member *m = member_at(t, id);
		const struct relation_group *g = group_at(t, m->group);
		if (g->dropped)
			continue;
		uint32_t other = g->kind == RELATION_KIND_CALL_ID ? named(t, g) : 0;
		if (other)
			put(f, other, m->by);
		/* two that replace one call have nothing to do with each other */
		if (g->kind != RELATION_KIND_CALL_ID ||
		    (m->by == RELATION_X_CALL_ID && (other || !g->is_name)))
			put_group(f, t, g, m->by);
	}
	uint64_t own = hash_slice(text_get(&t->text, c->call_id), t->seed);
	uint32_t group = find_group(t, RELATION_KIND_CALL_ID, own);
	if (group == 0 || group_at(t, group)->dropped)
		return;
	for (uint32_t id = group_at(t, group)->members; id; id = member_at(t, id)->before)
		put(f, member_at(t, id)->call, member_at(t, id)->by);
}

static int by_call(const void *a, const void *b)
{
	const struct relation *x = a, *y = b;
	if (x->call != y->call)
		return x->call < y->call ? -1 : 1;
	return (x->by > y->by) - (x->by < y->by);
}

/* Each call once, with its strongest evidence; sorted. */
static size_t unite(struct relation *list, size_t count)
{
	size_t n = 0;
	qsort(list, count, sizeof(*list), by_call);
	for (size_t i = 0; i < count; i++)
		if (n == 0 || list[n - 1].call != list[i].call)
			list[n++] = list[i];
	return n;
}

enum err tracker_related(const struct tracker *t, uint32_t call, struct mem *mem,
                         struct relation **out, uint32_t *count)
{
	struct found f = { .call = call };
	*out = NULL;
	*count = 0;
	if (t->relations.groups.live == 0)
		return OK;
	gather(&f, t);
	if (f.count == 0)
		return OK;
	size_t all = f.count;
	f.list = mem_take(mem, all * sizeof(*f.list));
	if (!f.list)
		return ERR_NOMEM;
	f.count = 0;
	gather(&f, t);
	size_t n = unite(f.list, all);
	struct relation *list =
		n < all ? mem_resize(mem, f.list, all * sizeof(*list), n * sizeof(*list))
			: f.list;
	if (!list) {
		mem_give(mem, f.list, all * sizeof(*list));
		return ERR_NOMEM;
	}
	*out = list;
	*count = (uint32_t)n;
	return OK;
}

/* --- forgetting */

static void remove_group(struct tracker *t, uint32_t id)
{
	const struct relation_group *g = group_at(t, id);
	if (g->kind != RELATION_KIND_PAIR) /* nothing where another took its place */
		map_remove(&t->relations.index, key(g->kind, g->value), id);
	pool_free(&t->relations.groups, id);
}

/* Is a call there, beside the one that is being forgotten, that the group is good for? */
static bool is_wanted(const struct tracker *t, const struct relation_group *g,
                      uint32_t call)
{
	for (uint32_t id = g->members; id; id = member_at(t, id)->before)
		if (member_at(t, id)->call != call &&
		    pool_has(&t->calls, member_at(t, id)->call))
			return true;
	if (g->kind != RELATION_KIND_CALL_ID)
		return false;
	uint32_t other = named(t, g);
	return other != call && pool_has(&t->calls, other);
}

/* Free the members but those of the call, which are in its list as well. */
static void doom(struct tracker *t, struct relation_group *g, uint32_t call)
{
	uint32_t before;
	g->doomed = true;
	g->count = 0;
	for (uint32_t id = g->members; id; id = before) {
		before = member_at(t, id)->before;
		if (member_at(t, id)->call == call)
			g->count++;
		else
			pool_free(&t->relations.members, id);
	}
}

void relation_forget(struct tracker *t, uint32_t call)
{
	const struct call *c = call_at(t, call);
	uint32_t older;
	if (t->relations.groups.live == 0)
		return;
	for (uint32_t id = c->relations; id; id = older) {
		uint32_t group = member_at(t, id)->group;
		struct relation_group *g = group_at(t, group);
		older = member_at(t, id)->older;
		if (!g->doomed && !is_wanted(t, g, call))
			doom(t, g, call);
		if (!g->doomed)
			continue; /* it is told of to the others, by its number */
		pool_free(&t->relations.members, id);
		if (--g->count == 0)
			remove_group(t, group);
	}
	uint64_t own = hash_slice(text_get(&t->text, c->call_id), t->seed);
	uint32_t group = find_group(t, RELATION_KIND_CALL_ID, own);
	if (group && !is_wanted(t, group_at(t, group), call)) {
		doom(t, group_at(t, group), call);
		if (group_at(t, group)->count == 0)
			remove_group(t, group);
	}
}
