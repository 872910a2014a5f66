/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/session_timer.h"

#include "base/hash.h"
#include "sip/value.h"
#include "track/private.h"

static uint64_t dialog_hash(const struct tracker *t, uint32_t dialog)
{
	return hash_mix(t->seed, dialog);
}

static struct session_timer *find_timer(const struct tracker *t, uint32_t dialog)
{
	uint64_t hash = dialog_hash(t, dialog);
	uint32_t at;
	for (uint32_t id = map_first(&t->session_index, hash, &at); id;
	     id = map_next(&t->session_index, hash, &at)) {
		struct session_timer *s = pool_at(&t->session_timers, id);
		if (s->dialog == dialog)
			return s;
	}
	return NULL;
}

static struct session_timer *add_timer(struct tracker *t, uint32_t dialog)
{
	uint32_t id;
	if (map_reserve(&t->session_index, 1) != OK ||
	    pool_add(&t->session_timers, &id) != OK ||
	    map_add(&t->session_index, dialog_hash(t, dialog), id) != OK) {
		t->stats.refused++;
		return NULL;
	}
	struct session_timer *s = pool_at(&t->session_timers, id);
	s->dialog = dialog;
	return s;
}

/* What one 2xx says. */
struct grant {
	uint32_t expires;
	enum session_refresher refresher;
};

static struct grant read_grant(const struct tracker *t, uint32_t dialog,
                               const struct track_fields *f)
{
	struct grant g = { 0 };
	struct sip_interval interval;
	const struct sip_hdr *hdr = sip_msg_first(f->msg, SIP_HDR_SESSION_EXPIRES);
	if (!hdr || sip_interval_parse(&interval, hdr->value) != OK)
		return g;
	g.expires = (uint32_t)interval.seconds.value; /* at most SIP_SECONDS_MAX */
	bool uac = slice_ieq(interval.refresher, SLICE("uac"));
	bool by_caller = text_is(t, dialog_at(t, dialog)->caller_tag, f->from_tag);
	if (uac || slice_ieq(interval.refresher, SLICE("uas")))
		g.refresher = uac == by_caller ? SESSION_CALLER : SESSION_CALLEE;
	return g;
}

/* The same refresh as before, on another hop: a proxy may have added a timer that the
 * UAS did not know (8.2). */
static void same_again(struct session_timer *s, const struct grant *g)
{
	if (g->expires == 0)
		return;
	s->expires = g->expires;
	s->refresher = (uint8_t)g->refresher;
}

static void next_grant(struct tracker *t, struct session_timer *s, const struct txn *x,
                       const struct grant *g, uint32_t message)
{
	uint32_t request = x->request ? x->request : message;
	if (s->expires) {
		int64_t ns = tick_diff(message_at(t, request)->at,
		                       message_at(t, s->granted)->at);
		if (!s->late && ns > (int64_t)(s->expires * TICK_S / 3 * 2)) {
			s->late = request;
			s->late_of = s->granted;
			s->late_expires = s->expires;
		}
		s->refreshed += g->expires > 0;
	}
	s->before = s->expires;
	s->refresher_before = s->refresher;
	s->granted = message;
	s->cseq = x->cseq;
	s->from_tag = x->from_tag;
	s->expires = g->expires;
	s->refresher = (uint8_t)g->refresher;
}

static void note_change(struct session_timer *s, bool first)
{
	bool differs = s->expires != s->before || s->refresher != s->refresher_before;
	if (!first && differs) {
		s->changed = s->granted;
		s->changed_from = s->before;
	} else if (s->changed == s->granted) {
		s->changed = 0;
	}
}

void session_on_success(struct tracker *t, uint32_t txn, const struct track_fields *f,
                        uint32_t message, uint32_t dialog)
{
	const struct txn *x = txn_at(t, txn);
	struct session_timer *s = find_timer(t, dialog);
	bool first = !s;
	struct grant g = read_grant(t, dialog, f);
	if (!s && (g.expires == 0 || dialog_at(t, dialog)->state == DIALOG_EARLY))
		return;
	if (!s)
		s = add_timer(t, dialog);
	if (!s)
		return;
	if (!first && s->cseq == x->cseq && s->from_tag == x->from_tag)
		same_again(s, &g);
	else
		next_grant(t, s, x, &g, message);
	note_change(s, s->refreshed == 0 && s->before == 0 && s->expires > 0);
}

const struct session_timer *tracker_session_timer(const struct tracker *t,
                                                  uint32_t dialog)
{
	return t->session_timers.used ? find_timer(t, dialog) : NULL;
}

uint32_t tracker_session_timers(const struct tracker *t)
{
	return t->session_timers.used;
}

tick tracker_session_deadline(const struct tracker *t, const struct session_timer *timer)
{
	if (timer->expires == 0)
		return TICK_NONE;
	return tick_add(message_at(t, timer->granted)->at, timer->expires * TICK_S);
}
