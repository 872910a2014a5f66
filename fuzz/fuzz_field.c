/* SPDX-License-Identifier: MIT */
/* Any bytes as the value of a header field, read as each typed value there is.
 *
 * The whole input is the value. */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sip/address.h"
#include "sip/auth.h"
#include "sip/date.h"
#include "sip/field.h"
#include "sip/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void need_inside(struct slice part, struct slice whole)
{
	if (part.len == 0)
		return;
	uintptr_t from = (uintptr_t)part.p, begin = (uintptr_t)whole.p;
	need(from >= begin && part.len <= whole.len);
	need(from - begin <= whole.len - part.len);
}

static void check_number(const struct sip_number *n, struct slice in, uint64_t max)
{
	need_inside(n->text, in);
	need(n->value <= max && (!n->too_large || n->value == max));
	need(n->there || (n->value == 0 && !n->too_large));
}

static void check_numbers(struct slice in)
{
	struct sip_number n;
	struct sip_interval i;
	struct sip_rack r;
	struct sip_retry_after ra;
	struct sip_timestamp t;
	uint16_t q;
	if (sip_number_parse(&n, in, SIP_NUMBER_MAX) == OK) {
		check_number(&n, in, SIP_NUMBER_MAX);
		need(n.there && n.text.len > 0);
	}
	if (sip_q_parse(&q, in) == OK)
		need(q <= 1000);
	if (sip_interval_parse(&i, in) == OK) {
		check_number(&i.seconds, in, SIP_SECONDS_MAX);
		need_inside(i.refresher, i.params);
	}
	if (sip_rack_parse(&r, in) == OK) {
		check_number(&r.rseq, in, SIP_RSEQ_MAX);
		check_number(&r.cseq, in, SIP_SEQUENCE_MAX);
		need(r.method.len > 0);
		need_inside(r.method, in);
	}
	if (sip_retry_after_parse(&ra, in) == OK) {
		check_number(&ra.seconds, in, SIP_SECONDS_MAX);
		check_number(&ra.duration, in, SIP_SECONDS_MAX);
		need_inside(ra.comment, in);
	}
	if (sip_timestamp_parse(&t, in) == OK)
		need(t.has_delay || t.delay == 0);
}

static void check_words(struct slice in)
{
	struct sip_word w;
	struct sip_event e;
	struct sip_subscription_state s;
	struct sip_dialog_ref d;
	struct sip_reason r;
	struct sip_disposition cd;
	bool word = sip_word_parse(&w, in) == OK;
	need(!word || w.word.len > 0);
	need((sip_event_parse(&e, in) == OK) == word);
	need((sip_subscription_state_parse(&s, in) == OK) == word);
	need((sip_dialog_ref_parse(&d, in) == OK) == word);
	need((sip_reason_parse(&r, in) == OK) == word);
	need((sip_disposition_parse(&cd, in) == OK) == word);
	if (!word)
		return;
	need_inside(w.word, in);
	need_inside(w.params, in);
	need_inside(e.package, w.word);
	need_inside(e.templates, w.word);
	need_inside(e.id, w.params);
	check_number(&s.expires, w.params, SIP_SECONDS_MAX);
	check_number(&s.retry_after, w.params, SIP_SECONDS_MAX);
	need_inside(d.to_tag, w.params);
	need_inside(d.remote_tag, w.params);
	check_number(&r.cause, w.params, SIP_SECONDS_MAX);
	need_inside(r.text, w.params);
}

static void check_others(struct slice in)
{
	struct sip_warning w;
	struct sip_session_id id;
	struct sip_charging_vector v;
	struct sip_identity identity;
	struct sip_date date;
	if (sip_warning_parse(&w, in) == OK) {
		need(w.code <= 999 && w.agent.len > 0);
		need_inside(w.agent, in);
		need_inside(w.text, in);
	}
	if (sip_session_id_parse(&id, in) == OK) {
		need_inside(id.remote, in);
		need(id.bad || id.local.len == 32);
	}
	if (sip_charging_vector_parse(&v, in) == OK) {
		need_inside(v.icid, in);
		need_inside(v.related_icid, in);
	}
	if (sip_identity_parse(&identity, in) == OK) {
		need_inside(identity.digest, in);
		need_inside(identity.info, in);
	}
	if (sip_date_parse(&date, in) == OK) {
		need(date.seconds >= INT64_C(-62167219200)); /* years 0 to 9999 */
		need(date.seconds < INT64_C(253402300800));
		need_inside(date.zone, in);
	}
	need(sip_privacy_parse(in) >> (SIP_PRIVACY_OTHER + 1) == 0);
}

static void check_text(struct slice in)
{
	char small[8], large[64];
	struct slice rest = in, comment;
	need_inside(sip_unquoted(in), in);
	size_t n = sip_unquote(in, small, sizeof small);
	need(n < sizeof small && small[n] == '\0');
	need(n <= sip_unquote(in, large, sizeof large) && memcmp(small, large, n) == 0);
	while (sip_comment_next(&rest, &comment))
		need_inside(comment, in);
}

static void check_auth(struct slice in)
{
	struct sip_auth auth;
	struct sip_digest d;
	struct slice name, value;
	char small[16], large[256];
	sip_auth_parse(&auth, in);
	need_inside(auth.scheme, in);
	need_inside(auth.params, in);
	while (sip_auth_next(&auth.params, &name, &value)) {
		need_inside(name, in);
		need_inside(value, in);
	}
	sip_digest_parse(&d, in);
	need_inside(d.username, in);
	need_inside(d.opaque, in);
	struct sip_digest_keys k;
	if (sip_digest_read(&k, in)) {
		need_inside(k.realm, in);
		need_inside(k.nonce, in);
		need_inside(k.nc, in);
		need_inside(k.algorithm, in);
	}
	need_inside(sip_next_nonce(in), in);
	size_t n = sip_auth_redact(in, small, sizeof small);
	need(n < sizeof small && small[n] == '\0');
	need(n <= sip_auth_redact(in, large, sizeof large));
	need(memcmp(small, large, n) == 0);
}

static void check_address(struct slice in)
{
	struct sip_contact c;
	struct sip_refer_to r;
	struct sip_dialog_ref ref;
	struct sip_history h;
	struct sip_diversion d;
	struct sip_via_more v;
	char buffer[32];
	sip_contact_parse(&c, in);
	check_number(&c.expires, c.addr.params, SIP_SECONDS_MAX);
	need(c.q <= 1000 || c.q == SIP_Q_NONE);
	(void)sip_route_is_loose(in);
	sip_refer_to_parse(&r, in);
	need_inside(r.replaces, r.addr.uri);
	if (sip_refer_to_dialog(&ref, &r, buffer, sizeof buffer) == OK)
		need_inside(ref.call_id, (struct slice){ buffer, sizeof buffer });
	sip_history_parse(&h, in);
	need_inside(h.index, h.addr.params);
	need(h.kind != SIP_HISTORY_UNKNOWN || h.from.len == 0);
	sip_diversion_parse(&d, in);
	check_number(&d.counter, d.addr.params, SIP_SECONDS_MAX);
	struct sip_via via;
	need((sip_via_more_parse(&v, in) == OK) == (sip_via_parse(&via, in) == OK));
	if (sip_via_more_parse(&v, in) == OK) {
		check_number(&v.rport, v.via.params, UINT16_MAX);
		check_number(&v.ttl, v.via.params, UINT8_MAX);
		need_inside(v.comment, in);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size ? size : 1); /* of that size: one byte over is seen */
	if (!bytes)
		return 0;
	if (size)
		memcpy(bytes, data, size);
	struct slice in = { bytes, size }, rest = in, element;
	check_numbers(in);
	check_words(in);
	check_others(in);
	check_text(in);
	check_auth(in);
	while (sip_list_next(&rest, &element)) {
		need_inside(element, in);
		check_address(element);
	}
	free(bytes);
	return 0;
}
