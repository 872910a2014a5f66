/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/column.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sip/field.h"
#include "sip/value.h"
#include "view/field.h"
#include "view/words.h"

enum order { NUMBER, TEXT };

static const struct {
	const char *name, *title, *text;
	uint8_t width;
	bool shown;
	uint8_t order;
} rows[COLUMN_COUNT] = {
#define COLUMN(id, name, title, width, shown, order, text)                               \
	{ name, title, text, width, shown, order },
#include "view/column.def"
#undef COLUMN
};

const char *column_name(enum column column)
{
	return rows[column].name;
}

const char *column_title(enum column column)
{
	return rows[column].title;
}

const char *column_help(enum column column)
{
	return rows[column].text;
}

unsigned column_width(enum column column)
{
	return rows[column].width;
}

bool column_is_shown(enum column column)
{
	return rows[column].shown;
}

bool column_is_number(enum column column)
{
	return rows[column].order == NUMBER && column != COLUMN_DATE &&
	       column != COLUMN_TIME;
}

enum column column_find(struct slice name)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		if (slice_eq(name, slice_of(rows[i].name)))
			return (enum column)i;
	return COLUMN_COUNT;
}

static bool is_token(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = ascii_lower(name.p[i]);
		bool ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!ok && (c == '\0' || !strchr("-.!%*_+`'~", c)))
			return false;
	}
	return name.len > 0;
}

bool column_parse(struct slice name, struct column_of *out)
{
	static const char prefix[] = "header:";
	size_t len = sizeof(prefix) - 1;
	*out = (struct column_of){ .column = COLUMN_HEADER };
	if (name.len > len && memcmp(name.p, prefix, len) == 0) {
		struct slice header = slice_skip(name, len);
		if (header.len >= COLUMN_HEADER_MAX || !is_token(header))
			return false;
		memcpy(out->header, header.p, header.len);
		return true;
	}
	out->column = column_find(name);
	return out->column != COLUMN_COUNT && out->column != COLUMN_HEADER;
}

bool column_is_same(const struct column_of *a, const struct column_of *b)
{
	return a->column == b->column && strcmp(a->header, b->header) == 0;
}

size_t column_of_name(const struct column_of *column, char out[COLUMN_NAME_MAX])
{
	bool header = column->column == COLUMN_HEADER;
	int n = snprintf(out, COLUMN_NAME_MAX, header ? "header:%s" : "%s",
	                 header ? column->header : rows[column->column].name);
	return (size_t)n;
}

const char *column_of_title(const struct column_of *column)
{
	return *column->header ? column->header : rows[column->column].title;
}

/* --- one call */

struct row {
	struct engine *e;
	const struct tracker *t;
	const struct call *call;
	uint32_t id;
	const struct aliases *aliases;
	char *out;
	size_t len;
};

static void put(struct row *r, struct slice text)
{
	text = slice_head(text, COLUMN_TEXT_MAX - r->len);
	if (text.len)
		memcpy(r->out + r->len, text.p, text.len);
	r->len += text.len;
}

static void put_words(struct row *r, const char *text)
{
	put(r, slice_of(text));
}

PRINTF_LIKE(2, 3)
static void put_format(struct row *r, const char *format, ...)
{
	char text[96];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put_words(r, text);
}

static const struct track_message *first_message(const struct row *r)
{
	return r->call->first ? tracker_message_at(r->t, r->call->first) : NULL;
}

/* The message, until the next one is read; NULL: it cannot be. */
static const struct sip_msg *read_message(const struct row *r, uint32_t id)
{
	struct engine_message m;
	return id && engine_read(r->e, id, &m) == OK ? m.msg : NULL;
}

static void put_party(struct row *r, enum sip_hdr_id id, bool with_host)
{
	const struct sip_msg *msg = read_message(r, r->call->first);
	struct sip_addr addr;
	if (!msg)
		return;
	sip_addr_parse(&addr, sip_msg_value(msg, id));
	struct slice user = sip_uri_user(addr.uri), host = sip_uri_host(addr.uri);
	put(r, user);
	if (!with_host)
		return;
	if (user.len && host.len)
		put_words(r, "@");
	put(r, user.len || host.len ? host : addr.uri);
}

static void put_endpoint(struct row *r, bool source)
{
	const struct track_message *m = first_message(r);
	char text[NET_ADDR_TEXT_MAX + 10];
	if (!m)
		return;
	const struct track_flow *flow = tracker_flow_at(r->t, m->flow);
	const struct track_endpoint *at = source ? &flow->src : &flow->dst;
	uint32_t name = aliases_find(r->aliases, at->family, at->bytes, at->port);
	if (!name) {
		words_of(r->e).address(at, text, sizeof(text));
		put_words(r, text);
		return;
	}
	put(r, aliases_name(r->aliases, name));
	if (r->aliases->with_port)
		put_format(r, ":%u", at->port);
}

static bool take_value(void *arg, const struct field_value *value)
{
	put(arg, value->text);
	return true;
}

/* The first value of a field that the messages of the call have. */
static bool put_field(struct row *r, enum field_id id, const char *header)
{
	struct field_of of = { .engine = r->e, .call = r->id };
	return field_scan(&of, id, slice_of(header), take_value, r);
}

static void put_upper(struct row *r, const char *text)
{
	for (; *text; text++) {
		char c = *text == '-' ? ' ' : *text;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		put(r, (struct slice){ &c, 1 });
	}
}

static void put_method(struct row *r)
{
	const struct track_message *m = first_message(r);
	if (r->call->kind == CALL_INVITE)
		put_words(r, "INVITE");
	else if (m && !m->stray && m->owner)
		put(r, tracker_method(r->t, tracker_transaction_at(r->t, m->owner)));
}

/* "1:23:45" or "23:45.678" */
static void put_span(struct row *r, tick from, tick to)
{
	if (from == TICK_NONE || to == TICK_NONE || to < from)
		return;
	unsigned long long ms = (to - from) / TICK_MS, s = ms / 1000;
	if (s >= 3600)
		put_format(r, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
	else
		put_format(r, "%llu:%02llu", s / 60, s % 60);
}

static tick time_of(const struct row *r, uint32_t message)
{
	return message ? tracker_message_at(r->t, message)->at : TICK_NONE;
}

static tick last_time(const struct row *r)
{
	tick last = 0;
	for (uint32_t x = r->call->newest; x;
	     x = tracker_transaction_at(r->t, x)->older) {
		tick at = time_of(r, tracker_transaction_at(r->t, x)->last);
		if (at != TICK_NONE && at > last)
			last = at;
	}
	return last;
}

static void put_time(struct row *r, bool date)
{
	const struct track_message *m = first_message(r);
	char text[TICK_RFC3339_MAX];
	if (!m)
		return;
	tick_rfc3339(m->at, text);
	put(r, date ? (struct slice){ text, 10 } : (struct slice){ text + 11, 12 });
}

static bool take_severity(void *arg, const struct finding *f)
{
	enum find_severity *worst = arg;
	enum find_severity s = find_code_severity((enum find_code)f->code);
	if (s < *worst)
		*worst = s;
	return *worst == FIND_ERROR;
}

enum find_severity column_severity(struct engine *e, uint32_t call)
{
	enum find_severity worst = FIND_SEVERITY_COUNT;
	engine_find_call(e, call, take_severity, &worst);
	return worst;
}

char column_mark(enum find_severity severity)
{
	static const char marks[] = { [FIND_ERROR] = '!',
		                      [FIND_WARNING] = '?',
		                      [FIND_NOTE] = '.',
		                      [FIND_SEVERITY_COUNT] = ' ' };
	return marks[severity];
}

enum call_state column_state(struct engine *e, uint32_t call)
{
	struct call_summary sum = { .state = CALL_UNKNOWN };
	if (tracker_call_at(engine_tracker(e), call)->kind == CALL_INVITE)
		tracker_summarize(engine_tracker(e), call, &sum);
	return sum.state;
}

/* What needs the summary of an INVITE call. */
static void put_progress(struct row *r, enum column column)
{
	struct call_summary sum;
	if (r->call->kind != CALL_INVITE)
		return;
	tracker_summarize(r->t, r->id, &sum);
	if (column == COLUMN_STATE)
		put_upper(r, call_state_name(sum.state));
	else if (column == COLUMN_TALK && sum.state == CALL_COMPLETED)
		put_span(r, time_of(r, sum.answered), time_of(r, sum.ended));
	else if (column == COLUMN_PDD && sum.invite && sum.ringing)
		put_format(r, "%.3f",
		           (double)(time_of(r, sum.ringing) - time_of(r, sum.invite)) /
		                   (double)TICK_S);
	else if (column == COLUMN_STATUS && sum.final_status)
		put_format(r, "%u", sum.final_status);
}

static void put_text(struct row *r, const struct column_of *column)
{
	char mark;
	switch (column->column) {
	case COLUMN_INDEX: put_format(r, "%u", r->id); break;
	case COLUMN_FINDING:
		mark = column_mark(column_severity(r->e, r->id));
		put(r, (struct slice){ &mark, 1 });
		break;
	case COLUMN_METHOD: put_method(r); break;
	case COLUMN_FROM: put_party(r, SIP_HDR_FROM, true); break;
	case COLUMN_FROM_USER: put_party(r, SIP_HDR_FROM, false); break;
	case COLUMN_TO: put_party(r, SIP_HDR_TO, true); break;
	case COLUMN_TO_USER: put_party(r, SIP_HDR_TO, false); break;
	case COLUMN_MESSAGES: put_format(r, "%u", r->call->messages); break;
	case COLUMN_SOURCE: put_endpoint(r, true); break;
	case COLUMN_DESTINATION: put_endpoint(r, false); break;
	case COLUMN_CALL_ID: put(r, tracker_text(r->t, r->call->call_id)); break;
	case COLUMN_X_CALL_ID:
		if (!put_field(r, FIELD_MSG_HEADER, "X-Call-ID"))
			put_field(r, FIELD_MSG_HEADER, "X-CID");
		break;
	case COLUMN_DATE: put_time(r, true); break;
	case COLUMN_TIME: put_time(r, false); break;
	case COLUMN_TRANSPORT: {
		const struct track_message *m = first_message(r);
		const char *name = m ? field_word(FIELD_MSG_TRANSPORT, m->transport) : "";
		put_upper(r, name ? name : "");
		break;
	}
	case COLUMN_TOTAL: {
		const struct track_message *m = first_message(r);
		if (m)
			put_span(r, m->at, last_time(r));
		break;
	}
	case COLUMN_REASON: put_field(r, FIELD_MSG_HEADER, "Reason"); break;
	case COLUMN_WARNING:
		put_field(r, FIELD_MSG_HEADER, "Warning");
		r->len = r->len > 3 ? 3 : r->len;
		break;
	case COLUMN_CONTACT: put_field(r, FIELD_MSG_CONTACT, ""); break;
	case COLUMN_HEADER: put_field(r, FIELD_MSG_HEADER, column->header); break;
	case COLUMN_WHY: put_field(r, FIELD_CALL_WHY, ""); break;
	case COLUMN_STATE:
	case COLUMN_TALK:
	case COLUMN_PDD:
	case COLUMN_STATUS: put_progress(r, column->column); break;
	case COLUMN_COUNT: break;
	}
}

struct slice column_text_as(struct engine *e, uint32_t call,
                            const struct column_of *column, const struct aliases *aliases,
                            char out[COLUMN_TEXT_MAX])
{
	const struct tracker *t = engine_tracker(e);
	struct row r = { e, t, tracker_call_at(t, call), call, aliases, out, 0 };
	put_text(&r, column);
	return (struct slice){ out, r.len };
}

struct slice column_text(struct engine *e, uint32_t call, const struct column_of *column,
                         char out[COLUMN_TEXT_MAX])
{
	return column_text_as(e, call, column, NULL, out);
}

/* --- sorting */

static void number_key(uint64_t number, struct column_key *out)
{
	for (unsigned i = 0; i < 8; i++)
		out->bytes[i] = (uint8_t)(number >> (56 - 8 * i));
}

static void text_key(struct slice text, struct column_key *out)
{
	for (size_t i = 0; i < sizeof(out->bytes) && i < text.len; i++)
		out->bytes[i] = ascii_lower(text.p[i]);
}

/* Addresses in the order of their numbers, then ports. */
static void address_key(const struct track_endpoint *endpoint, struct column_key *out)
{
	out->bytes[0] = endpoint->family;
	memcpy(out->bytes + 1, endpoint->bytes, 13);
	out->bytes[14] = (uint8_t)(endpoint->port >> 8);
	out->bytes[15] = (uint8_t)endpoint->port;
}

static uint64_t number_of(const struct row *r, enum column column)
{
	struct call_summary sum;
	const struct track_message *m = first_message(r);
	uint64_t first = m ? m->at : 0;
	if (column == COLUMN_INDEX)
		return r->id;
	if (column == COLUMN_FINDING)
		return column_severity(r->e, r->id);
	if (column == COLUMN_MESSAGES)
		return r->call->messages;
	if (column == COLUMN_DATE || column == COLUMN_TIME)
		return first;
	if (column == COLUMN_TOTAL)
		return last_time(r) - first;
	if (r->call->kind != CALL_INVITE)
		return 0;
	tracker_summarize(r->t, r->id, &sum);
	tick from = time_of(r, column == COLUMN_TALK ? sum.answered : sum.invite);
	tick to = time_of(r, column == COLUMN_TALK ? sum.ended : sum.ringing);
	if (column == COLUMN_STATUS)
		return sum.final_status;
	return from == TICK_NONE || to == TICK_NONE || to < from ? 0 : to - from + 1;
}

void column_key(struct engine *e, uint32_t call, const struct column_of *column,
                struct column_key *out)
{
	const struct tracker *t = engine_tracker(e);
	enum column id = column->column;
	char text[COLUMN_TEXT_MAX];
	struct row r = { e, t, tracker_call_at(t, call), call, NULL, text, 0 };
	*out = (struct column_key){ { 0 } };
	const struct track_message *m = first_message(&r);
	if (m && (id == COLUMN_SOURCE || id == COLUMN_DESTINATION)) {
		const struct track_flow *flow = tracker_flow_at(t, m->flow);
		address_key(id == COLUMN_SOURCE ? &flow->src : &flow->dst, out);
	} else if (rows[id].order == NUMBER && id != COLUMN_WARNING) {
		number_key(number_of(&r, id), out);
	} else {
		text_key(column_text(e, call, column, text), out);
	}
}
