/* SPDX-License-Identifier: MIT */
/* What decided a call: one sentence, from its state and the message that made it. */
#include "config.h"

#include "find/find.h"

#include <string.h>

#include "find/sentence.h"
#include "sip/field.h"
#include "sip/value.h"

struct why {
	struct sentence s;
	const struct tracker *t;
	const struct find_words *words;
	const struct call_summary *sum;
};

static void put_sender(struct why *w, uint32_t message)
{
	const struct track_message *m = tracker_message_at(w->t, message);
	sentence_address(&w->s, w->words, &tracker_flow_at(w->t, m->flow)->src);
}

static void put_receiver(struct why *w, uint32_t message)
{
	const struct track_message *m = tracker_message_at(w->t, message);
	sentence_address(&w->s, w->words, &tracker_flow_at(w->t, m->flow)->dst);
}

static tick span(const struct why *w, uint32_t from, uint32_t to)
{
	int64_t ns = tick_diff(tracker_message_at(w->t, to)->at,
	                       tracker_message_at(w->t, from)->at);
	return ns > 0 ? (tick)ns : 0;
}

/* " 1.20 s after the INVITE", where that was captured. */
static void put_when(struct why *w, uint32_t message)
{
	if (!w->sum->invite || !message)
		return;
	sentence_text(&w->s, " ");
	sentence_span(&w->s, span(w, w->sum->invite, message));
	sentence_text(&w->s, " after the INVITE");
}

/* The first text of a Reason. */
static bool reason_text(const struct sip_msg *msg, struct slice *out)
{
	struct sip_list_iter it = { 0 };
	struct sip_reason reason;
	struct slice element;
	while (sip_msg_list_next(msg, SIP_HDR_REASON, &it, &element)) {
		if (sip_reason_parse(&reason, element) != OK || !reason.text.len)
			continue;
		*out = reason.text;
		return true;
	}
	return false;
}

/* The text of the first Warning, or all of one whose text is not in quotes. */
static bool warning_text(const struct sip_msg *msg, struct slice *out)
{
	struct sip_list_iter it = { 0 };
	struct sip_warning warning;
	if (!sip_msg_list_next(msg, SIP_HDR_WARNING, &it, out))
		return false;
	if (sip_warning_parse(&warning, *out) == OK && warning.text.len &&
	    warning.text.p[-1] == '"') /* code and agent are before it */
		*out = warning.text;
	return out->len > 0;
}

/* What the sender itself gave as its reason: Reason (RFC 3326), Warning (RFC 3261 20.43),
 * or a phrase of its own. False: nothing. */
static bool own_words(struct why *w, uint32_t message, struct slice *out)
{
	const struct sip_msg *msg =
		w->words->read ? w->words->read(w->words->arg, message) : NULL;
	if (!msg)
		return false;
	if (reason_text(msg, out) || warning_text(msg, out))
		return true;
	const char *phrase = sip_status_phrase(msg->status);
	*out = slice_trim(msg->reason);
	return msg->status && out->len &&
	       !slice_ieq(*out, (struct slice){ phrase, strlen(phrase) });
}

static void put_own_words(struct why *w, uint32_t message)
{
	struct slice text;
	if (!message || !own_words(w, message, &text))
		return;
	sentence_text(&w->s, ": ");
	sentence_put(&w->s, text);
}

/* "Rejected by 192.0.2.7 with 488 Not Acceptable Here 1.20 s after the INVITE". */
static void by_response(struct why *w, const char *verb)
{
	sentence_text(&w->s, verb);
	sentence_text(&w->s, " by ");
	put_sender(w, w->sum->final);
	sentence_text(&w->s, " with ");
	sentence_status(&w->s, w->sum->final_status);
	put_when(w, w->sum->final);
	put_own_words(w, w->sum->final);
}

static void timed_out(struct why *w)
{
	const struct call_summary *sum = w->sum;
	if (sum->final) {
		by_response(w, "Given up");
		return;
	}
	if (!sum->invite)
		return;
	const struct txn *x =
		sum->decider ? tracker_transaction_at(w->t, sum->decider) : NULL;
	put_receiver(w, x && x->request ? x->request : sum->invite);
	sentence_text(&w->s, " never answered the INVITE");
	uint32_t repeats = x ? tracker_more(w->t, x)->request_retransmissions : 0;
	if (repeats) {
		sentence_text(&w->s, ", which was sent ");
		sentence_number(&w->s, repeats + 1);
		sentence_text(&w->s, " times");
	}
	sentence_text(&w->s, " (timer B, 32 s)");
}

static void cancelled(struct why *w)
{
	const struct call_summary *sum = w->sum;
	sentence_text(&w->s, sum->ended_by == CALL_ENDED_BY_CALLEE
	                             ? "Ended by the callee"
	                             : "Cancelled by the caller");
	put_when(w, sum->ended);
	if (sum->ringing)
		sentence_text(&w->s, ", while it rang");
	else
		sentence_text(&w->s, ", before it rang");
}

static void ended(struct why *w)
{
	const struct call_summary *sum = w->sum;
	static const char *const by[] = {
		[CALL_ENDED_BY_NOBODY] = "Ended",
		[CALL_ENDED_BY_CALLER] = "Ended by the caller",
		[CALL_ENDED_BY_CALLEE] = "Ended by the callee",
		[CALL_ENDED_BY_TIMEOUT] = "Ended by a timer",
		[CALL_ENDED_BY_UNKNOWN] = "Ended",
	};
	sentence_text(&w->s, by[sum->ended_by]);
	if (sum->answered && sum->ended) {
		sentence_text(&w->s, " ");
		sentence_span(&w->s, span(w, sum->answered, sum->ended));
		sentence_text(&w->s, " after the answer");
	}
	put_own_words(w, sum->ended);
}

static void pending(struct why *w, const char *what)
{
	sentence_text(&w->s, "The capture ended while the call ");
	sentence_text(&w->s, what);
}

size_t find_why(const struct find *find, const struct call_summary *sum,
                const struct find_words *words, char out[FIND_TEXT_MAX])
{
	struct why w = { { out, 0 }, find->tracker, words, sum };
	out[0] = '\0';
	switch (sum->state) {
	case CALL_COMPLETED: ended(&w); break;
	case CALL_CANCELLED: cancelled(&w); break;
	case CALL_TIMEOUT: timed_out(&w); break;
	case CALL_BUSY: by_response(&w, "Refused as busy"); break;
	case CALL_CHALLENGED: by_response(&w, "Asked for credentials"); break;
	case CALL_REDIRECTED: by_response(&w, "Redirected"); break;
	case CALL_FAILED: by_response(&w, "Failed"); break;
	case CALL_REJECTED: by_response(&w, "Rejected"); break;
	case CALL_IN_CALL: pending(&w, "was up"); break;
	case CALL_RINGING: pending(&w, "rang"); break;
	case CALL_TRYING: pending(&w, "was being set up"); break;
	case CALL_CALLING: pending(&w, "had no answer yet"); break;
	case CALL_UNKNOWN:
	case CALL_STATE_COUNT: break;
	}
	if (w.s.fill)
		sentence_text(&w.s, ".");
	return w.s.fill;
}
