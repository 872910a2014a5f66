/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/session_timer.h"

#include "sip/value.h"
#include "track/private.h"

/* Every second call has a timer, and few calls last until it is refreshed: what is known
 * before that stands in 12 bytes. */
struct timed {
	uint32_t granted;
	uint32_t expires : 30;
	uint32_t refresher : 2;
	uint32_t more; /* struct timed_more, or 0: it was granted once */
};
_Static_assert(sizeof(struct timed) == TIMED_SIZE, "as the pool has it");

struct timed_more {
	uint32_t refreshed;
	uint32_t late, late_of, late_expires;
	uint32_t changed, changed_from;
	uint32_t before; /* what the 2xx before the newest granted, in seconds ... */
	uint32_t refresher_before; /* ... and to whom */
};
_Static_assert(sizeof(struct timed_more) == TIMED_MORE_SIZE, "as the pool has it");

static struct timed *session_of(const struct tracker *t, uint32_t dialog)
{
	uint32_t id = dialog_at(t, dialog)->session;
	return id ? pool_at(&t->timeds, id) : NULL;
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
	g.expires = interval.seconds.value < SESSION_EXPIRES_MAX
	                    ? (uint32_t)interval.seconds.value
	                    : SESSION_EXPIRES_MAX;
	bool uac = slice_ieq(interval.refresher, SLICE("uac"));
	bool by_caller = text_is(t, dialog_at(t, dialog)->caller_tag, f->from_tag);
	if (uac || slice_ieq(interval.refresher, SLICE("uas")))
		g.refresher = uac == by_caller ? SESSION_CALLER : SESSION_CALLEE;
	return g;
}

static void set_grant(struct timed *s, const struct grant *g)
{
	s->expires = g->expires & SESSION_EXPIRES_MAX;
	s->refresher = (unsigned)g->refresher & 3U;
}

static void begin(struct tracker *t, uint32_t dialog, const struct grant *g,
                  uint32_t message)
{
	uint32_t id;
	if (g->expires == 0 || dialog_at(t, dialog)->state == DIALOG_EARLY)
		return;
	if (pool_add(&t->timeds, &id) != OK) {
		t->stats.refused++;
		return;
	}
	dialog_at(t, dialog)->session = id;
	struct timed *s = pool_at(&t->timeds, id);
	s->granted = message;
	set_grant(s, g);
}

/* The same refresh as before, on another hop? */
static bool is_same(const struct tracker *t, const struct timed *s, const struct txn *x)
{
	const struct txn *old = txn_at(t, message_at(t, s->granted)->owner);
	return old->cseq == x->cseq && old->from_tag == x->from_tag;
}

static void note_change(const struct timed *s, struct timed_more *m)
{
	if (s->expires != m->before || s->refresher != m->refresher_before) {
		m->changed = s->granted;
		m->changed_from = m->before;
	} else if (m->changed == s->granted) {
		m->changed = 0;
	}
}

static void next_grant(struct tracker *t, struct timed *s, const struct txn *x,
                       const struct grant *g, uint32_t message)
{
	uint32_t request = x->request ? x->request : message;
	if (!s->more && pool_add(&t->timed_mores, &s->more) != OK)
		t->stats.refused++;
	struct timed_more *m = s->more ? pool_at(&t->timed_mores, s->more) : NULL;
	int64_t ns = tick_diff(message_at(t, request)->at, message_at(t, s->granted)->at);
	if (m && s->expires && !m->late && ns > (int64_t)(s->expires * TICK_S / 3 * 2)) {
		m->late = request;
		m->late_of = s->granted;
		m->late_expires = s->expires;
	}
	if (m) {
		m->refreshed += s->expires && g->expires;
		m->before = s->expires;
		m->refresher_before = s->refresher;
	}
	s->granted = message;
	set_grant(s, g);
}

void session_on_success(struct tracker *t, uint32_t txn, const struct track_fields *f,
                        uint32_t message, uint32_t dialog)
{
	const struct txn *x = txn_at(t, txn);
	struct timed *s = session_of(t, dialog);
	struct grant g = read_grant(t, dialog, f);
	if (!s) {
		begin(t, dialog, &g, message);
		return;
	}
	if (!is_same(t, s, x))
		next_grant(t, s, x, &g, message);
	else if (g.expires) /* a proxy may have changed it on its way (8.2) */
		set_grant(s, &g);
	if (s->more)
		note_change(s, pool_at(&t->timed_mores, s->more));
}

void session_forget(struct tracker *t, uint32_t dialog)
{
	struct dialog *d = dialog_at(t, dialog);
	const struct timed *s = session_of(t, dialog);
	if (s && s->more)
		pool_free(&t->timed_mores, s->more);
	if (s)
		pool_free(&t->timeds, d->session);
	d->session = 0;
}

bool tracker_session_timer(const struct tracker *t, uint32_t dialog,
                           struct session_timer *out)
{
	static const struct timed_more none;
	const struct timed *s = dialog ? session_of(t, dialog) : NULL;
	if (!s)
		return false;
	const struct timed_more *m = s->more ? pool_at(&t->timed_mores, s->more) : &none;
	*out = (struct session_timer){
		.granted = s->granted,
		.expires = s->expires,
		.refreshed = m->refreshed,
		.late = m->late,
		.late_of = m->late_of,
		.late_expires = m->late_expires,
		.changed = m->changed,
		.changed_from = m->changed_from,
		.refresher = (enum session_refresher)s->refresher,
		.deadline = TICK_NONE,
	};
	if (s->expires)
		out->deadline =
			tick_add(message_at(t, s->granted)->at, s->expires * TICK_S);
	return true;
}

uint32_t tracker_session_timers(const struct tracker *t)
{
	return t->timeds.used;
}
