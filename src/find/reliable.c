/* SPDX-License-Identifier: MIT */
/* Rules on reliable provisional responses: RFC 3262. What is kept for them is a record
 * for each such response and a number for each INVITE that demands them. */
#include "config.h"

#include "track/timers.h"

#include "base/hash.h"
#include "find/private.h"
#include "sip/value.h"

/* Reliable responses of one dialog that a PRACK or a 2xx is compared with: calls have two
 * or three. */
#define RESPONSES_MAX 64

/* One reliable response. Those of a dialog are a list, which its first one leads to. */
struct reliable {
	uint32_t dialog;
	uint32_t newest; /* of the first of its dialog: the newest */
	uint32_t older;  /* of the same dialog, or 0 */
	uint32_t cseq;   /* of the INVITE */
	uint32_t rseq;
	uint32_t message; /* the response */
	uint32_t last;    /* its newest copy, or 0 */
	uint32_t copies;  /* how often it was sent again */
	uint32_t prack;   /* message, or 0 */
	uint32_t early;   /* 2xx that came before the PRACK although this has SDP, or 0 */
	bool sdp;
};

void find_reliable_init(struct find *find)
{
	pool_init(&find->reliables, find->mem, sizeof(struct reliable), FIND_MAX);
	map_init(&find->reliable_index, find->mem);
	map_init(&find->demands, find->mem);
}

void find_reliable_clear(struct find *find)
{
	pool_clear(&find->reliables);
	map_clear(&find->reliable_index);
	map_clear(&find->demands);
}

static struct reliable *at(const struct find *find, uint32_t id)
{
	return pool_at(&find->reliables, id);
}

/* Numbers of records are no text of others, so that the hash needs no key. */
static uint64_t number_hash(uint32_t number)
{
	return hash_mix(0, number);
}

/* The first record of a dialog, or 0. */
static uint32_t first_of(const struct find *find, uint32_t dialog)
{
	uint32_t place,
		id = map_first(&find->reliable_index, number_hash(dialog), &place);
	while (id && at(find, id)->dialog != dialog)
		id = map_next(&find->reliable_index, number_hash(dialog), &place);
	return id;
}

static uint32_t newest_of(const struct find *find, uint32_t dialog)
{
	uint32_t first = dialog && find->reliables.used ? first_of(find, dialog) : 0;
	return first ? at(find, first)->newest : 0;
}

static uint32_t add_record(struct find *find, uint32_t dialog)
{
	uint32_t id, first = first_of(find, dialog);
	if (map_reserve(&find->reliable_index, 1) != OK ||
	    pool_add(&find->reliables, &id) != OK) {
		find->refused_marks++;
		return 0;
	}
	at(find, id)->dialog = dialog;
	if (!first && map_add(&find->reliable_index, number_hash(dialog), id) != OK) {
		pool_free(&find->reliables, id);
		find->refused_marks++;
		return 0;
	}
	at(find, id)->older = first ? at(find, first)->newest : 0;
	at(find, first ? first : id)->newest = id;
	return id;
}

/* --- what a message says */

static bool requires_100rel(const struct sip_msg *msg)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	while (sip_msg_list_next(msg, SIP_HDR_REQUIRE, &it, &element))
		if (slice_ieq(element, SLICE("100rel")))
			return true;
	return false;
}

static bool has_sdp(const struct sip_msg *msg)
{
	struct sip_word type;
	const struct sip_hdr *hdr = sip_msg_first(msg, SIP_HDR_CONTENT_TYPE);
	return msg->body.len && hdr && sip_word_parse(&type, hdr->value) == OK &&
	       slice_ieq(type.word, SLICE("application/sdp"));
}

/* --- demands: INVITEs with Require: 100rel, by transaction */

static bool has_demand(const struct find *find, uint32_t txn)
{
	uint32_t place, id = map_first(&find->demands, number_hash(txn), &place);
	while (id && id != txn)
		id = map_next(&find->demands, number_hash(txn), &place);
	return id != 0;
}

static void note_demand(struct find *find, uint32_t txn)
{
	if (map_add(&find->demands, number_hash(txn), txn) != OK)
		find->refused_marks++;
}

/* 3: with such a demand all but 100 is to be sent reliably. Said once. */
static void unreliable(struct find_seen *seen)
{
	uint32_t txn = seen->is->transaction;
	if (!has_demand(seen->find, txn))
		return;
	map_remove(&seen->find->demands, number_hash(txn), txn);
	find_mark(
		seen, FIND_RELIABLE_IGNORED,
		(struct finding){
			.messages = { seen->is->message,
	                              tracker_transaction_at(seen->t, txn)->request } });
}

/* --- responses and PRACK */

/* The newest response to the same INVITE, or 0. */
static uint32_t before(const struct find *find, uint32_t dialog, uint32_t cseq)
{
	uint32_t id = newest_of(find, dialog);
	for (unsigned left = RESPONSES_MAX; id && at(find, id)->cseq != cseq; left--) {
		if (left == 0)
			return 0;
		id = at(find, id)->older;
	}
	return id;
}

/* RSeq rises by one from one response to the next (3). On another hop, the same one may
 * come once more. False: it is no new one. */
static bool follows(struct find_seen *seen, const struct reliable *old, uint32_t rseq)
{
	const struct track_message *m = tracker_message_at(seen->t, old->message);
	if (m->owner != seen->m->owner)
		return rseq > old->rseq;
	if (rseq != old->rseq + 1)
		find_mark(
			seen, FIND_RSEQ_NOT_NEXT,
			(struct finding){ .messages = { seen->is->message, old->message },
		                          .n = rseq,
		                          .m = old->rseq,
		                          .gap = rseq > old->rseq });
	return true;
}

static void response(struct find_seen *seen, const struct txn *x)
{
	struct find *find = seen->find;
	struct sip_number n;
	const struct sip_hdr *hdr = sip_msg_first(seen->msg, SIP_HDR_RSEQ);
	uint32_t dialog = seen->is->dialog;
	if (!hdr || !requires_100rel(seen->msg)) {
		unreliable(seen);
		return;
	}
	if (!dialog || sip_number_parse(&n, hdr->value, SIP_RSEQ_MAX) != OK)
		return;
	uint32_t rseq = (uint32_t)n.value, old = before(find, dialog, x->cseq);
	if (old && !follows(seen, at(find, old), rseq))
		return;
	uint32_t id = add_record(find, dialog);
	if (!id)
		return;
	struct reliable *r = at(find, id);
	r->cseq = x->cseq;
	r->rseq = rseq;
	r->message = seen->is->message;
	r->sdp = has_sdp(seen->msg);
}

/* The response that a RAck names. *cut: there were more than are looked through. */
static uint32_t named(const struct find *find, uint32_t dialog,
                      const struct sip_rack *rack, bool *cut)
{
	uint32_t id = newest_of(find, dialog);
	unsigned left = RESPONSES_MAX;
	for (; id && left; left--) {
		const struct reliable *r = at(find, id);
		if (r->rseq == rack->rseq.value && r->cseq == rack->cseq.value &&
		    slice_eq(rack->method, SLICE("INVITE")))
			return id;
		id = r->older;
	}
	*cut = id != 0;
	return 0;
}

/* In a dialog of which the capture did not see the beginning, the response may have come
 * before. */
static void prack(struct find_seen *seen)
{
	struct find *find = seen->find;
	struct sip_rack rack;
	const struct sip_hdr *hdr = sip_msg_first(seen->msg, SIP_HDR_RACK);
	bool readable = hdr && sip_rack_parse(&rack, hdr->value) == OK, cut = false;
	uint32_t dialog = seen->is->dialog;
	uint32_t id = readable ? named(find, dialog, &rack, &cut) : 0;
	if (id && !at(find, id)->prack)
		at(find, id)->prack = seen->is->message;
	if (id || cut || !dialog ||
	    (readable && tracker_dialog_at(seen->t, dialog)->inferred))
		return;
	find_mark(seen, FIND_PRACK_UNMATCHED, (struct finding){ .gap = readable });
}

/* 3: no 2xx before the PRACK for a response with a session description. */
static void success(struct find_seen *seen, const struct txn *x)
{
	const struct find *find = seen->find;
	uint32_t id = newest_of(find, seen->is->dialog);
	for (unsigned left = RESPONSES_MAX; id && left; left--) {
		struct reliable *r = at(find, id);
		if (r->cseq == x->cseq && r->sdp && !r->prack && !r->early)
			r->early = seen->is->message;
		id = r->older;
	}
}

static void copy(struct find_seen *seen)
{
	const struct find *find = seen->find;
	uint32_t id = newest_of(find, seen->is->dialog);
	unsigned left = RESPONSES_MAX;
	while (id && at(find, id)->message != seen->is->of && left--)
		id = at(find, id)->older;
	if (!id || at(find, id)->message != seen->is->of)
		return;
	at(find, id)->copies++;
	at(find, id)->last = seen->is->message;
}

void find_reliable_message(struct find_seen *seen)
{
	const struct sip_msg *msg = seen->msg;
	uint32_t txn = seen->is->transaction;
	const struct txn *x = txn ? tracker_transaction_at(seen->t, txn) : NULL;
	bool original = !seen->is->forward_of;
	if (!x)
		return;
	if (seen->is->repeat == TRACK_RETRANSMISSION && msg->first[SIP_HDR_RSEQ])
		copy(seen);
	if (seen->is->repeat != TRACK_FIRST)
		return;
	if (seen->m->request && x->code == SIP_METHOD_INVITE && requires_100rel(msg))
		note_demand(seen->find, txn);
	else if (seen->m->request && x->code == SIP_METHOD_PRACK && original)
		prack(seen);
	if (seen->m->request || x->code != SIP_METHOD_INVITE || !original)
		return;
	if (msg->status > 100 && msg->status < 200)
		response(seen, x);
	else if (msg->status >= 200 && msg->status < 300)
		success(seen, x);
}

/* --- what is known in the end */

static void add(struct find_run *run, const struct reliable *r, enum find_code code,
                struct finding f)
{
	const struct track_message *m = find_message(run, r->message);
	f.transaction = m->owner;
	f.dialog = r->dialog;
	find_add(run, code, f);
}

/* That it was sent again proves that no PRACK arrived; where it was not, a PRACK that did
 * not come within 64*T1 and before the final response was perhaps not captured. */
static void without_prack(struct find_run *run, const struct reliable *r)
{
	uint32_t last = r->last ? r->last : r->message;
	uint32_t final =
		tracker_transaction_at(run->t, find_message(run, r->message)->owner)
			->final;
	tick waited =
		final ? find_span(run, r->message, final) : find_rest(run, r->message);
	if (r->copies ? find_rest(run, last) < TIMER_T1 : waited < TXN_TIMEOUT_NS)
		return;
	add(run, r, FIND_PRACK_MISSING,
	    (struct finding){ .messages = { r->message, last },
	                      .n = r->copies + 1,
	                      .span = find_span(run, r->message, last),
	                      .gap = r->copies == 0 });
}

void find_reliable(struct find_run *run)
{
	const struct find *find = run->find;
	if (!find->reliables.used)
		return;
	for (uint32_t id = run->call->dialogs; id;
	     id = tracker_dialog_at(run->t, id)->older)
		for (uint32_t i = newest_of(find, id); i; i = at(find, i)->older) {
			const struct reliable *r = at(find, i);
			if (!r->prack)
				without_prack(run, r);
			if (r->early)
				add(run, r, FIND_ANSWERED_BEFORE_PRACK,
				    (struct finding){ .messages = { r->early, r->message,
				                                    r->prack },
				                      .gap = r->prack == 0 });
		}
}

void find_reliable_forget_dialog(struct find *find, uint32_t dialog)
{
	uint32_t first = find->reliables.live ? first_of(find, dialog) : 0, older;
	if (!first)
		return;
	map_remove(&find->reliable_index, number_hash(dialog), first);
	for (uint32_t id = at(find, first)->newest; id; id = older) {
		older = at(find, id)->older;
		pool_free(&find->reliables, id);
	}
}

void find_reliable_forget_txn(struct find *find, uint32_t txn)
{
	map_remove(&find->demands, number_hash(txn), txn);
}
