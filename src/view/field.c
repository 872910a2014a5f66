/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/field.h"

#include <string.h>

#include "sip/check.h"
#include "sip/field.h"
#include "sip/value.h"
#include "view/words.h"

/* --- rows */

struct row {
	const char *name, *text;
	uint8_t record, type;
};

static const struct row rows[FIELD_COUNT] = {
#define FIELD(id, record, name, type, text) { name, text, FIELD_##record, FIELD_##type },
#include "view/field.def"
#undef FIELD
};

static const char *const record_names[FIELD_RECORD_COUNT] = {
	[FIELD_CALL] = "call",
	[FIELD_MESSAGE] = "message",
	[FIELD_TRANSACTION] = "transaction",
	[FIELD_DIALOG] = "dialog",
	[FIELD_FINDING] = "finding",
};

const char *field_name(enum field_id id)
{
	return rows[id].name;
}

const char *field_text(enum field_id id)
{
	return rows[id].text;
}

enum field_record field_record(enum field_id id)
{
	return (enum field_record)rows[id].record;
}

enum field_type field_type(enum field_id id)
{
	return (enum field_type)rows[id].type;
}

const char *field_record_name(enum field_record record)
{
	return record_names[record];
}

/* "dialog.state" to "state" for a dialog; what has another record in front as it is. */
static struct slice without_record(struct slice name, enum field_record record)
{
	struct slice own = slice_of(record_names[record]);
	if (name.len > own.len && name.p[own.len] == '.' &&
	    slice_eq(slice_head(name, own.len), own))
		return slice_skip(name, own.len + 1);
	return name;
}

enum field_id field_find(struct slice name)
{
	if (slice_eq(name, SLICE("finding")))
		return FIELD_FINDING_CODE;
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		struct slice short_name =
			without_record(name, (enum field_record)rows[i].record);
		bool alone = short_name.len == name.len;
		if (alone && rows[i].record > FIELD_MESSAGE)
			continue;
		if (slice_eq(short_name, slice_of(rows[i].name)))
			return (enum field_id)i;
	}
	return FIELD_COUNT;
}

/* --- words */

static const char *const transports[] = { "udp", "tcp", "tls", "sctp", "ws", "wss" };
static const char *const repeats[] = { "duplicate", "retransmission" };

static const char *of_list(const char *const *list, size_t count, unsigned n)
{
	return n < count ? list[n] : NULL;
}

const char *field_word(enum field_id id, unsigned n)
{
	switch (id) {
	case FIELD_CALL_KIND:
		return n < CALL_KIND_COUNT ? call_kind_name((enum call_kind)n) : NULL;
	case FIELD_CALL_STATE:
		return n < CALL_STATE_COUNT ? call_state_name((enum call_state)n) : NULL;
	case FIELD_CALL_ENDED_BY: /* the first one is that of nobody, "" */
		return n + 1 < CALL_ENDED_BY_COUNT
		               ? call_ended_by_name((enum call_ended_by)(n + 1))
		               : NULL;
	case FIELD_MSG_TRANSPORT:
		return of_list(transports, sizeof(transports) / sizeof(*transports), n);
	case FIELD_MSG_REPEAT:
		return of_list(repeats, sizeof(repeats) / sizeof(*repeats), n);
	case FIELD_MSG_ODD:
		return n < SIP_ODD_COUNT ? sip_odd_code((enum sip_odd)n) : NULL;
	case FIELD_TXN_STATE: /* the first one is that of none */
		return n + 1 < TXN_STATE_COUNT ? txn_state_name((enum txn_state)(n + 1))
		                               : NULL;
	case FIELD_TXN_OUTCOME:
		return n < TXN_OUTCOME_COUNT ? txn_outcome_name((enum txn_outcome)n)
		                             : NULL;
	case FIELD_DIALOG_STATE: { /* lapsed is shown as terminated */
		static const enum dialog_state states[] = { DIALOG_EARLY,
			                                    DIALOG_CONFIRMED,
			                                    DIALOG_TERMINATED };
		return n < 3 ? dialog_state_name(states[n]) : NULL;
	}
	case FIELD_DIALOG_END:
		return n + 1 < DIALOG_END_COUNT
		               ? dialog_end_name((enum dialog_end)(n + 1))
		               : NULL;
	case FIELD_FINDING_CODE:
		return n < FIND_CODE_COUNT ? find_code_name((enum find_code)n) : NULL;
	case FIELD_FINDING_SEVERITY:
		return n < FIND_SEVERITY_COUNT ? find_severity_name((enum find_severity)n)
		                               : NULL;
	default: return NULL;
	}
}

/* --- handing over */

struct scan {
	struct field_of *of;
	const struct tracker *t;
	enum field_id id;
	struct slice header;
	field_sink *sink;
	void *arg;
};

static bool give_number(const struct scan *s, double number)
{
	return s->sink(s->arg, &(struct field_value){ .number = number });
}

static bool give_text(const struct scan *s, struct slice text)
{
	return s->sink(s->arg, &(struct field_value){ .text = text });
}

/* Text that is only there when it is not empty. */
static bool give_some(const struct scan *s, struct slice text)
{
	return text.len && give_text(s, text);
}

static bool give_time(const struct scan *s, uint32_t message)
{
	if (!message)
		return false;
	tick at = tracker_message_at(s->t, message)->at;
	return s->sink(s->arg, &(struct field_value){ .time = at });
}

static bool give_address(const struct scan *s, const struct track_endpoint *endpoint)
{
	struct field_value v = { .addr.family = endpoint->family };
	memcpy(v.addr.bytes, endpoint->bytes, sizeof(v.addr.bytes));
	return s->sink(s->arg, &v);
}

/* Milliseconds with the decimals that the JSON has. */
static bool give_span(const struct scan *s, uint32_t from, uint32_t to)
{
	if (!from || !to)
		return false;
	tick a = tracker_message_at(s->t, from)->at / TICK_US;
	tick b = tracker_message_at(s->t, to)->at / TICK_US;
	return b >= a && give_number(s, (double)(b - a) / 1000);
}

/* The part of a From or To value that a field id, counted from that of the URI, names.
 */
static bool give_party(const struct scan *s, struct slice value, unsigned part)
{
	struct sip_addr addr;
	char display[512];
	if (value.len == 0)
		return false;
	sip_addr_parse(&addr, value);
	switch (part) {
	case 0: return give_some(s, addr.uri);
	case 1: return give_some(s, sip_uri_user(addr.uri));
	case 2: return give_some(s, sip_uri_host(addr.uri));
	case 3:
		return give_some(
			s, (struct slice){ display, sip_unquote(addr.display, display,
		                                                sizeof(display)) });
	default: return give_some(s, addr.tag);
	}
}

/* --- messages */

static bool give_vias(const struct scan *s, const struct sip_msg *msg)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	struct sip_via via;
	while (sip_msg_list_next(msg, SIP_HDR_VIA, &it, &element))
		if (sip_via_parse(&via, element) == OK &&
		    give_some(s, s->id == FIELD_MSG_VIA_HOST ? via.host : via.branch))
			return true;
	return false;
}

static bool give_contacts(const struct scan *s, const struct sip_msg *msg)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	struct sip_addr addr;
	while (sip_msg_list_next(msg, SIP_HDR_CONTACT, &it, &element)) {
		sip_addr_parse(&addr, element);
		if (give_some(s, addr.uri))
			return true;
	}
	return false;
}

static bool give_headers(const struct scan *s, const struct sip_msg *msg)
{
	enum sip_hdr_id id = sip_hdr_lookup(s->header);
	for (unsigned i = 0; i < msg->nhdrs; i++) {
		const struct sip_hdr *hdr = &msg->hdrs[i];
		bool same = id == SIP_HDR_OTHER ? slice_ieq(hdr->name, s->header)
		                                : hdr->id == id;
		if (same && give_text(s, hdr->value))
			return true;
	}
	return false;
}

static bool give_odd(const struct scan *s, const struct sip_msg *msg, bool truncated)
{
	struct sip_check check;
	sip_check(msg, &check);
	if (truncated) /* the cut is no fault of the message */
		check.found &= ~SIP_ODD_OF_CUT;
	for (unsigned i = 0; i < SIP_ODD_COUNT; i++)
		if (check.found >> i & 1 &&
		    give_text(s, slice_of(sip_odd_code((enum sip_odd)i))))
			return true;
	return false;
}

static bool give_digits(const struct scan *s, struct slice text)
{
	uint64_t number;
	return slice_uint(text, &number) && give_number(s, (double)number);
}

static bool give_cseq(const struct scan *s, const struct sip_msg *msg)
{
	struct sip_cseq cseq;
	if (sip_cseq_parse(&cseq, sip_msg_value(msg, SIP_HDR_CSEQ)) != OK)
		return false;
	return s->id == FIELD_MSG_CSEQ_NUMBER ? give_number(s, (double)cseq.number)
	                                      : give_some(s, cseq.method);
}

/* What only the text of a message says. */
static bool scan_text(const struct scan *s, const struct track_message *m)
{
	struct engine_message read;
	if (engine_read(s->of->engine, s->of->message, &read) != OK)
		return false;
	const struct sip_msg *msg = read.msg;
	if (s->id >= FIELD_MSG_FROM_URI && s->id <= FIELD_MSG_FROM_TAG)
		return give_party(s, sip_msg_value(msg, SIP_HDR_FROM),
		                  s->id - FIELD_MSG_FROM_URI);
	if (s->id >= FIELD_MSG_TO_URI && s->id <= FIELD_MSG_TO_TAG)
		return give_party(s, sip_msg_value(msg, SIP_HDR_TO),
		                  s->id - FIELD_MSG_TO_URI);
	switch (s->id) {
	case FIELD_MSG_METHOD: return give_some(s, msg->method);
	case FIELD_MSG_URI: return give_some(s, msg->uri);
	case FIELD_MSG_REASON: return give_some(s, msg->reason);
	case FIELD_MSG_CSEQ_NUMBER:
	case FIELD_MSG_CSEQ_METHOD: return give_cseq(s, msg);
	case FIELD_MSG_VIA_HOST:
	case FIELD_MSG_VIA_BRANCH: return give_vias(s, msg);
	case FIELD_MSG_CONTACT: return give_contacts(s, msg);
	case FIELD_MSG_MAX_FORWARDS:
		return give_digits(s, sip_msg_value(msg, SIP_HDR_MAX_FORWARDS));
	case FIELD_MSG_USER_AGENT:
		return give_some(s, sip_msg_value(msg, msg->first[SIP_HDR_USER_AGENT]
		                                               ? SIP_HDR_USER_AGENT
		                                               : SIP_HDR_SERVER));
	case FIELD_MSG_CONTENT_TYPE:
		return give_some(s, sip_msg_value(msg, SIP_HDR_CONTENT_TYPE));
	case FIELD_MSG_CONTENT_LENGTH:
		return msg->has_length && give_number(s, (double)msg->content_length);
	case FIELD_MSG_BODY_LENGTH: return give_number(s, (double)msg->body.len);
	case FIELD_MSG_BODY: return give_some(s, msg->body);
	case FIELD_MSG_RAW: return give_text(s, msg->raw);
	case FIELD_MSG_ODD: return give_odd(s, msg, m->truncated);
	case FIELD_MSG_HEADER: return give_headers(s, msg);
	default: return false;
	}
}

/* One message: from its record where that has it, else from its text. */
static bool scan_message(void *arg)
{
	const struct scan *s = arg;
	const struct track_message *m = tracker_message_at(s->t, s->of->message);
	const struct track_flow *flow = tracker_flow_at(s->t, m->flow);
	switch (s->id) {
	case FIELD_MSG_NUMBER: return give_number(s, s->of->message);
	case FIELD_MSG_FRAME: return give_number(s, m->frame);
	case FIELD_MSG_TIME: return give_time(s, s->of->message);
	case FIELD_MSG_SRC_IP: return give_address(s, &flow->src);
	case FIELD_MSG_SRC_PORT: return give_number(s, flow->src.port);
	case FIELD_MSG_DST_IP: return give_address(s, &flow->dst);
	case FIELD_MSG_DST_PORT: return give_number(s, flow->dst.port);
	case FIELD_MSG_STATUS: return !m->request && give_number(s, m->code);
	case FIELD_MSG_TRANSPORT: {
		const char *name = field_word(s->id, m->transport);
		return name && give_text(s, slice_of(name));
	}
	case FIELD_MSG_REPEAT:
		return m->repeat != TRACK_FIRST &&
		       give_text(s, slice_of(repeats[m->repeat == TRACK_RETRANSMISSION]));
	case FIELD_MSG_METHOD:
		if (!m->request)
			return false;
		if (m->code != SIP_METHOD_OTHER)
			return give_text(
				s, slice_of(sip_method_name((enum sip_method)m->code)));
		break;
	default: break;
	}
	return scan_text(s, m);
}

static bool each_of_list(struct field_of *of, uint32_t newest, bool (*each)(void *arg),
                         void *arg)
{
	const struct tracker *t = engine_tracker(of->engine);
	for (uint32_t m = newest; m; m = tracker_message_at(t, m)->prev) {
		of->message = m;
		if (each(arg))
			return true;
	}
	return false;
}

bool field_each_message(struct field_of *of, bool (*each)(void *arg), void *arg)
{
	const struct tracker *t = engine_tracker(of->engine);
	const struct call *c = tracker_call_at(t, of->call);
	bool done = false;
	if (of->message)
		return each(arg);
	for (uint32_t x = c->newest; x && !done; x = tracker_transaction_at(t, x)->older)
		done = each_of_list(of, tracker_transaction_at(t, x)->last, each, arg);
	if (!done)
		done = each_of_list(of, c->strays, each, arg);
	of->message = 0;
	return done;
}

/* --- calls */

/* What the first message says. */
static bool scan_first(const struct scan *s, const struct call *c)
{
	struct engine_message read;
	if (!c->first || engine_read(s->of->engine, c->first, &read) != OK)
		return false;
	if (s->id == FIELD_CALL_REQUEST_URI)
		return give_some(s, read.msg->uri);
	if (s->id <= FIELD_CALL_FROM_TAG)
		return give_party(s, sip_msg_value(read.msg, SIP_HDR_FROM),
		                  s->id - FIELD_CALL_FROM_URI);
	return give_party(s, sip_msg_value(read.msg, SIP_HDR_TO),
	                  s->id - FIELD_CALL_TO_URI);
}

static bool give_final_reason(const struct scan *s, uint32_t message)
{
	struct engine_message read;
	return message && engine_read(s->of->engine, message, &read) == OK &&
	       give_some(s, read.msg->reason);
}

static bool give_why(const struct scan *s)
{
	const struct find_words words = words_of(s->of->engine);
	char text[FIND_TEXT_MAX];
	size_t len = find_why(engine_find_peek(s->of->engine), &s->of->summary, &words,
	                      text);
	return len && give_text(s, (struct slice){ text, len });
}

/* What the summary of an INVITE call says. */
static bool scan_progress(const struct scan *s, const struct call *c)
{
	struct field_of *of = s->of;
	struct call_summary *sum = &of->summary;
	bool invite = c->kind == CALL_INVITE;
	if (invite && !of->summarized) {
		tracker_summarize(s->t, of->call, sum);
		of->summarized = true;
	}
	if (s->id == FIELD_CALL_STARTED)
		return give_time(s, invite && sum->invite ? sum->invite : c->first);
	if (!invite)
		return false;
	switch (s->id) {
	case FIELD_CALL_STATE: return give_text(s, slice_of(call_state_name(sum->state)));
	case FIELD_CALL_RINGING: return give_time(s, sum->ringing);
	case FIELD_CALL_ANSWERED: return give_time(s, sum->answered);
	case FIELD_CALL_ENDED: return give_time(s, sum->ended);
	case FIELD_CALL_PDD: return give_span(s, sum->invite, sum->ringing);
	case FIELD_CALL_SETUP: return give_span(s, sum->invite, sum->answered);
	case FIELD_CALL_TALK:
		return sum->state == CALL_COMPLETED &&
		       give_span(s, sum->answered, sum->ended);
	case FIELD_CALL_FINAL_STATUS:
		return sum->final_status && give_number(s, sum->final_status);
	case FIELD_CALL_FINAL_REASON: return give_final_reason(s, sum->final);
	case FIELD_CALL_ENDED_BY:
		return give_some(s, slice_of(call_ended_by_name(sum->ended_by)));
	case FIELD_CALL_START_SEEN: return give_number(s, sum->start_seen);
	case FIELD_CALL_END_SEEN: return give_number(s, sum->end_seen);
	case FIELD_CALL_WHY: return give_why(s);
	default: return false;
	}
}

static bool scan_call(const struct scan *s)
{
	const struct call *c = tracker_call_at(s->t, s->of->call);
	const struct track_flow *flow =
		c->first ? tracker_flow_at(s->t, tracker_message_at(s->t, c->first)->flow)
			 : NULL;
	if (s->id >= FIELD_CALL_FROM_URI && s->id <= FIELD_CALL_REQUEST_URI)
		return scan_first(s, c);
	switch (s->id) {
	case FIELD_CALL_CALL_ID: break;
	case FIELD_CALL_NUMBER: return give_number(s, s->of->call);
	case FIELD_CALL_KIND: return give_text(s, slice_of(call_kind_name(c->kind)));
	case FIELD_CALL_SOURCE_IP: return flow && give_address(s, &flow->src);
	case FIELD_CALL_SOURCE_PORT: return flow && give_number(s, flow->src.port);
	case FIELD_CALL_DESTINATION_IP: return flow && give_address(s, &flow->dst);
	case FIELD_CALL_DESTINATION_PORT: return flow && give_number(s, flow->dst.port);
	case FIELD_CALL_MESSAGES: return give_number(s, c->messages);
	case FIELD_CALL_TRANSACTIONS: return give_number(s, c->transactions);
	case FIELD_CALL_DIALOGS: return give_number(s, c->ndialogs);
	case FIELD_CALL_RETRANSMISSIONS: return give_number(s, c->retransmissions);
	case FIELD_CALL_DUPLICATES: return give_number(s, c->duplicates);
	default: return scan_progress(s, c);
	}
	return give_text(s, tracker_text(s->t, c->call_id));
}

/* --- what belongs to a call */

static bool scan_transactions(const struct scan *s)
{
	for (uint32_t id = tracker_call_at(s->t, s->of->call)->newest; id;) {
		const struct txn *x = tracker_transaction_at(s->t, id);
		bool enough = false;
		if (s->id == FIELD_TXN_METHOD)
			enough = give_text(s, tracker_method(s->t, x));
		else if (s->id == FIELD_TXN_STATE)
			enough = give_text(
				s, slice_of(txn_state_name((enum txn_state)x->state)));
		else if (s->id == FIELD_TXN_OUTCOME)
			enough = give_text(
				s, slice_of(txn_outcome_name(tracker_outcome(s->t, id))));
		else if (x->final)
			enough = give_number(s, tracker_message_at(s->t, x->final)->code);
		if (enough)
			return true;
		id = x->older;
	}
	return false;
}

static bool scan_dialogs(const struct scan *s)
{
	for (uint32_t id = tracker_call_at(s->t, s->of->call)->dialogs; id;) {
		const struct dialog *d = tracker_dialog_at(s->t, id);
		bool enough;
		if (s->id == FIELD_DIALOG_INFERRED)
			enough = give_number(s, d->inferred);
		else if (s->id == FIELD_DIALOG_STATE)
			enough = give_text(s, slice_of(dialog_state_name(d->state)));
		else
			enough = give_some(s, slice_of(dialog_end_name(d->end)));
		if (enough)
			return true;
		id = d->older;
	}
	return false;
}

static bool scan_finding(void *arg, const struct finding *f)
{
	const struct scan *s = arg;
	enum find_code code = (enum find_code)f->code;
	if (s->id == FIELD_FINDING_GAP)
		return give_number(s, f->gap);
	if (s->id == FIELD_FINDING_CODE)
		return give_text(s, slice_of(find_code_name(code)));
	return give_text(s, slice_of(find_severity_name(find_code_severity(code))));
}

static bool scan_findings(struct scan *s)
{
	return engine_find_call(s->of->engine, s->of->call, scan_finding, s);
}

bool field_scan(struct field_of *of, enum field_id id, struct slice header,
                field_sink *sink, void *arg)
{
	struct scan s = { of, engine_tracker(of->engine), id, header, sink, arg };
	switch (field_record(id)) {
	case FIELD_CALL: return scan_call(&s);
	case FIELD_MESSAGE: return field_each_message(of, scan_message, &s);
	case FIELD_TRANSACTION: return scan_transactions(&s);
	case FIELD_DIALOG: return scan_dialogs(&s);
	case FIELD_FINDING: return scan_findings(&s);
	case FIELD_RECORD_COUNT: break;
	}
	return false;
}
