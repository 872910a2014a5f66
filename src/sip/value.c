/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/value.h"

#include "sip/field.h"
#include "sip/scan.h"

#define WARN_DIGITS  3  /* RFC 3261 25.1 warn-code */
#define Q_DIGITS     3  /* RFC 3261 25.1 qvalue: after the point */
#define Q_ONE        1000
#define UUID_DIGITS  32 /* RFC 7989 5 */
#define NANO_DIGITS  9
#define NANOSECONDS  UINT64_C(1000000000)

/* --- pieces */

enum err sip_number_parse(struct sip_number *out, struct slice text, uint64_t max)
{
	struct sip_number n = { .text = scan_trim(text), .there = true };
	if (!slice_uint(n.text, &n.value))
		return ERR_FORMAT;
	n.too_large = n.value > max;
	if (n.value == UINT64_MAX) { /* that number itself, or saturated */
		struct slice digits = n.text;
		while (digits.len && digits.p[0] == '0')
			digits = scan_skip(digits, 1);
		n.too_large = n.too_large ||
		              !slice_eq(digits, SLICE("18446744073709551615"));
	}
	if (n.value > max)
		n.value = max;
	*out = n;
	return OK;
}

struct sip_number sip_number_param(struct slice params, struct slice name, uint64_t max)
{
	struct sip_number n = { .there = false };
	struct slice value;
	if (sip_param(params, name, &value)) {
		value = sip_unquoted(value);
		if (sip_number_parse(&n, value, max) != OK)
			n.text = value;
	}
	return n;
}

/* Parameter `name`, or an empty slice. */
static struct slice param_value(struct slice params, struct slice name)
{
	struct slice value = SLICE_NONE;
	sip_param(params, name, &value);
	return value;
}

enum err sip_q_parse(uint16_t *out, struct slice text)
{
	struct slice s = scan_trim(text);
	if (s.len == 0 || s.len > 2 + Q_DIGITS || (s.p[0] != '0' && s.p[0] != '1') ||
	    (s.len > 1 && s.p[1] != '.'))
		return ERR_FORMAT;
	unsigned q = s.p[0] == '1' ? Q_ONE : 0, weight = Q_ONE / 10;
	for (size_t i = 2; i < s.len; i++, weight /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return ERR_FORMAT;
		q += weight * (unsigned)(s.p[i] - '0');
	}
	if (q > Q_ONE)
		return ERR_FORMAT;
	*out = (uint16_t)q;
	return OK;
}

/* Index behind the quote that closes the string which begins at s.p[0], or s.len. */
static size_t quoted_end(struct slice s)
{
	for (size_t i = 1; i < s.len; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return s.len;
}

struct slice sip_unquoted(struct slice value)
{
	struct slice s = scan_trim(value);
	if (s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"')
		return scan_head(scan_skip(s, 1), s.len - 2);
	return s;
}

size_t sip_unquote(struct slice value, char *out, size_t size)
{
	struct slice whole = scan_trim(value), s = sip_unquoted(value);
	bool quoted = s.len != whole.len;
	size_t n = 0;
	while (s.len && n + 1 < size) {
		if (s.p[0] == '\r' || s.p[0] == '\n') { /* a fold */
			s = scan_trim_front(s);
			out[n++] = ' ';
			continue;
		}
		if (quoted && s.p[0] == '\\' && s.len > 1)
			s = scan_skip(s, 1);
		out[n++] = s.p[0];
		s = scan_skip(s, 1);
	}
	out[n] = '\0';
	return n;
}

/* Length of the comment whose text s begins with, the parenthesis before it read. */
static size_t comment_len(struct slice s)
{
	size_t open = 1;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			open++;
		else if (s.p[i] == ')' && --open == 0)
			return i;
	}
	return s.len;
}

bool sip_comment_next(struct slice *rest, struct slice *comment)
{
	struct slice s = *rest;
	while (s.len && s.p[0] != '(')
		s = scan_skip(s, s.p[0] == '"' ? quoted_end(s) : 1);
	*rest = SLICE_NONE;
	if (s.len == 0)
		return false;
	s = scan_skip(s, 1);
	size_t n = comment_len(s);
	*comment = scan_trim(scan_head(s, n));
	*rest = slice_skip(s, n + 1);
	return true;
}

enum err sip_word_parse(struct sip_word *out, struct slice value)
{
	size_t end = scan_index(value, ';');
	struct slice word = scan_trim(scan_head(value, end));
	if (word.len == 0)
		return ERR_FORMAT;
	out->word = word;
	out->params = scan_skip(value, end);
	return OK;
}

/* --- values */

enum err sip_interval_parse(struct sip_interval *out, struct slice value)
{
	struct sip_word w;
	struct sip_number seconds;
	if (sip_word_parse(&w, value) != OK ||
	    sip_number_parse(&seconds, w.word, SIP_SECONDS_MAX) != OK)
		return ERR_FORMAT;
	out->seconds = seconds;
	out->refresher = param_value(w.params, SLICE("refresher"));
	out->params = w.params;
	return OK;
}

/* Take the next run without white space off *rest; empty at the end. */
static struct slice take_run(struct slice *rest)
{
	struct slice s = scan_trim_front(*rest);
	size_t n = 0;
	while (n < s.len && !scan_is_lws(s.p[n]))
		n++;
	*rest = scan_skip(s, n);
	return scan_head(s, n);
}

enum err sip_rack_parse(struct sip_rack *out, struct slice value)
{
	struct sip_rack rack;
	if (sip_number_parse(&rack.rseq, take_run(&value), SIP_RSEQ_MAX) != OK ||
	    sip_number_parse(&rack.cseq, take_run(&value), SIP_SEQUENCE_MAX) != OK)
		return ERR_FORMAT;
	rack.method = take_run(&value);
	if (rack.method.len == 0)
		return ERR_FORMAT;
	*out = rack;
	return OK;
}

enum err sip_event_parse(struct sip_event *out, struct slice value)
{
	struct sip_word w;
	if (sip_word_parse(&w, value) != OK)
		return ERR_FORMAT;
	size_t dot = scan_index(w.word, '.');
	out->package = scan_head(w.word, dot);
	out->templates = slice_skip(w.word, dot + 1);
	out->id = param_value(w.params, SLICE("id"));
	out->params = w.params;
	return OK;
}

enum err sip_subscription_state_parse(struct sip_subscription_state *out,
                                      struct slice value)
{
	struct sip_word w;
	if (sip_word_parse(&w, value) != OK)
		return ERR_FORMAT;
	out->state = w.word;
	out->reason = param_value(w.params, SLICE("reason"));
	out->expires = sip_number_param(w.params, SLICE("expires"), SIP_SECONDS_MAX);
	out->retry_after =
		sip_number_param(w.params, SLICE("retry-after"), SIP_SECONDS_MAX);
	out->params = w.params;
	return OK;
}

enum err sip_dialog_ref_parse(struct sip_dialog_ref *out, struct slice value)
{
	struct sip_word w;
	if (sip_word_parse(&w, value) != OK)
		return ERR_FORMAT;
	out->call_id = w.word;
	out->to_tag = param_value(w.params, SLICE("to-tag"));
	out->from_tag = param_value(w.params, SLICE("from-tag"));
	out->local_tag = param_value(w.params, SLICE("local-tag"));
	out->remote_tag = param_value(w.params, SLICE("remote-tag"));
	out->early_only = sip_param(w.params, SLICE("early-only"), NULL);
	return OK;
}

enum err sip_reason_parse(struct sip_reason *out, struct slice element)
{
	struct sip_word w;
	if (sip_word_parse(&w, element) != OK)
		return ERR_FORMAT;
	out->protocol = w.word;
	out->cause = sip_number_param(w.params, SLICE("cause"), SIP_SECONDS_MAX);
	out->text = sip_unquoted(param_value(w.params, SLICE("text")));
	out->params = w.params;
	return OK;
}

enum err sip_warning_parse(struct sip_warning *out, struct slice element)
{
	struct slice rest = element, code = take_run(&rest), agent = take_run(&rest);
	uint64_t number;
	if (code.len != WARN_DIGITS || !slice_uint(code, &number) || agent.len == 0)
		return ERR_FORMAT;
	out->code = (uint16_t)number;
	out->agent = agent;
	out->text = sip_unquoted(rest);
	return OK;
}

enum err sip_retry_after_parse(struct sip_retry_after *out, struct slice value)
{
	struct sip_retry_after r = { .comment = SLICE_NONE };
	struct slice s = scan_trim_front(value);
	size_t n = 0;
	while (n < s.len && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	if (sip_number_parse(&r.seconds, scan_head(s, n), SIP_SECONDS_MAX) != OK)
		return ERR_FORMAT;
	s = scan_trim_front(scan_skip(s, n));
	if (s.len && s.p[0] == '(')
		sip_comment_next(&s, &r.comment);
	r.duration = sip_number_param(s, SLICE("duration"), SIP_SECONDS_MAX);
	*out = r;
	return OK;
}

enum err sip_disposition_parse(struct sip_disposition *out, struct slice value)
{
	struct sip_word w;
	if (sip_word_parse(&w, value) != OK)
		return ERR_FORMAT;
	out->type = w.word;
	out->optional = slice_ieq(param_value(w.params, SLICE("handling")),
	                          SLICE("optional"));
	out->params = w.params;
	return OK;
}

/* 1*DIGIT ["." *DIGIT] as nanoseconds; of a delay the digits before the point may be
 * missing. */
static bool read_nanoseconds(struct slice s, bool is_delay, uint64_t *out)
{
	size_t point = scan_index(s, '.');
	struct slice fraction = slice_skip(s, point + 1);
	uint64_t seconds = 0, part = 0;
	if ((point > 0 || !is_delay) && !slice_uint(scan_head(s, point), &seconds))
		return false;
	if (fraction.len && !slice_uint(fraction, &part))
		return false;
	part = 0;
	for (size_t i = 0; i < NANO_DIGITS; i++)
		part = part * 10 +
		       (i < fraction.len ? (unsigned)(fraction.p[i] - '0') : 0);
	*out = seconds > (UINT64_MAX - part) / NANOSECONDS ? UINT64_MAX
	                                                   : seconds * NANOSECONDS + part;
	return point + fraction.len > 0;
}

enum err sip_timestamp_parse(struct sip_timestamp *out, struct slice value)
{
	struct sip_timestamp t = { .delay = 0 };
	struct slice at = take_run(&value), delay = take_run(&value);
	if (!read_nanoseconds(at, false, &t.at))
		return ERR_FORMAT;
	t.has_delay = delay.len && read_nanoseconds(delay, true, &t.delay);
	*out = t;
	return OK;
}

uint32_t sip_privacy_parse(struct slice value)
{
	static const struct slice words[SIP_PRIVACY_OTHER] = {
		[SIP_PRIVACY_HEADER] = { "header", 6 },
		[SIP_PRIVACY_SESSION] = { "session", 7 },
		[SIP_PRIVACY_USER] = { "user", 4 },
		[SIP_PRIVACY_NONE] = { "none", 4 },
		[SIP_PRIVACY_CRITICAL] = { "critical", 8 },
		[SIP_PRIVACY_ID] = { "id", 2 },
		[SIP_PRIVACY_HISTORY] = { "history", 7 },
	};
	uint32_t bits = 0;
	while (value.len) {
		size_t n = 0;
		while (n < value.len && value.p[n] != ';' && value.p[n] != ',')
			n++;
		struct slice word = scan_trim(scan_head(value, n));
		value = slice_skip(value, n + 1);
		if (word.len == 0)
			continue;
		unsigned i = 0;
		while (i < SIP_PRIVACY_OTHER && !slice_ieq(word, words[i]))
			i++;
		bits |= 1u << i;
	}
	return bits;
}

static bool is_uuid(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') ||
		      (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.len == UUID_DIGITS;
}

enum err sip_session_id_parse(struct sip_session_id *out, struct slice value)
{
	struct sip_word w;
	if (sip_word_parse(&w, value) != OK)
		return ERR_FORMAT;
	struct sip_session_id id = { .local = w.word };
	id.has_remote = sip_param(w.params, SLICE("remote"), &id.remote);
	id.bad = !is_uuid(id.local) || (id.has_remote && !is_uuid(id.remote));
	*out = id;
	return OK;
}

bool sip_session_id_is_nil(struct slice uuid)
{
	for (size_t i = 0; i < uuid.len; i++)
		if (uuid.p[i] != '0')
			return false;
	return uuid.len == UUID_DIGITS;
}

/* "name=value" off the front of a value that begins with no ';'. */
static struct slice first_pair(struct slice value, struct slice name)
{
	struct slice piece = scan_head(value, scan_index(value, ';'));
	size_t equals = scan_index(piece, '=');
	if (!slice_ieq(scan_trim(scan_head(piece, equals)), name))
		return SLICE_NONE;
	return slice_skip(piece, equals + 1);
}

enum err sip_charging_vector_parse(struct sip_charging_vector *out, struct slice value)
{
	struct slice icid = first_pair(value, SLICE("icid-value"));
	if (!icid.p && !sip_param(value, SLICE("icid-value"), &icid))
		return ERR_FORMAT;
	out->icid = sip_unquoted(icid);
	out->generated_at = sip_unquoted(param_value(value, SLICE("icid-generated-at")));
	out->orig_ioi = sip_unquoted(param_value(value, SLICE("orig-ioi")));
	out->term_ioi = sip_unquoted(param_value(value, SLICE("term-ioi")));
	out->related_icid = sip_unquoted(param_value(value, SLICE("related-icid")));
	return OK;
}

enum err sip_identity_parse(struct sip_identity *out, struct slice value)
{
	struct sip_word w;
	if (sip_word_parse(&w, value) != OK)
		return ERR_FORMAT;
	struct slice info = param_value(w.params, SLICE("info"));
	if (info.len >= 2 && info.p[0] == '<' && info.p[info.len - 1] == '>')
		info = scan_head(scan_skip(info, 1), info.len - 2);
	out->digest = sip_unquoted(w.word);
	out->info = scan_trim(info);
	out->alg = sip_unquoted(param_value(w.params, SLICE("alg")));
	out->ppt = sip_unquoted(param_value(w.params, SLICE("ppt")));
	return OK;
}
