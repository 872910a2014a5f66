/* SPDX-License-Identifier: MIT */
/* What the flows of tests/findings do not show of the rules on authentication,
 * registrations and subscriptions: memory, bounds, transports, sentences. */
#include "config.h"

#include "find/find.h"

#include <stdio.h>
#include <string.h>

#include "../track/world.h"
#include "observer.h"

#define S      TICK_S
#define EOL    "\r\n"
#define MINUTE "Contact: <sip:a@10.0.0.1>" EOL "Expires: 60" EOL

static void address(const struct track_endpoint *endpoint, char *out, size_t size)
{
	snprintf(out, size, "host%u", endpoint->bytes[3]);
}

static const struct find_words words = { address, NULL, NULL, NULL };

static unsigned count(const struct find *find, enum find_code code)
{
	unsigned n = 0;
	for (uint32_t i = 1; i <= find_count(find); i++)
		n += find_at(find, i)->code == code;
	return n;
}

/* Two registrations and a subscription that run out; the newer registration is of the
 * older call. */
static void run_out(struct world *w)
{
	SAY(w, 0, .start = "SUBSCRIBE", .call_id = "sub",
	    .more = "Event: presence" EOL "Expires: 60" EOL);
	SAY(w, 1, .start = "200", .method = "SUBSCRIBE", .call_id = "sub", .to_tag = "b",
	    .more = "Expires: 60" EOL);
	SAY(w, 2, .start = "NOTIFY", .call_id = "sub", .from_tag = "b", .to_tag = "a",
	    .branch = "z9n",
	    .more = "Event: presence" EOL "Subscription-State: active" EOL);
	SAY(w, 3, .start = "OPTIONS", .call_id = "none");
	SAY(w, 4, .start = "REGISTER", .call_id = "reg", .more = MINUTE);
	SAY(w, 5, .start = "200", .method = "REGISTER", .call_id = "reg", .to_tag = "b",
	    .more = MINUTE);
	SAY(w, 6, .start = "REGISTER", .call_id = "none", .cseq = 2, .branch = "z9r",
	    .to_uri = "sip:c@example.com", .more = MINUTE);
	SAY(w, 7, .start = "200", .method = "REGISTER", .call_id = "none", .cseq = 2,
	    .branch = "z9r", .to_uri = "sip:c@example.com", .to_tag = "b",
	    .more = MINUTE);
	world_wait(w, 100 * S);
}

static void test_order(void **unused)
{
	(void)unused;
	struct world w;
	struct find find;
	world_init(&w);
	run_out(&w);
	find_init(&find, &w.mem, w.tracker);
	find_run(&find, w.now);
	assert_int_equal(count(&find, FIND_SUBSCRIPTION_EXPIRED), 1);
	assert_int_equal(count(&find, FIND_REGISTRATION_EXPIRED), 2);
	for (uint32_t i = 2; i <= find_count(&find); i++)
		assert_true(find_at(&find, i - 1)->call <= find_at(&find, i)->call);
	find_clear(&find);
	world_clear(&w);
}

/* Whatever allocation fails, it is counted, and memory comes back. */
static void test_without_memory(void **unused)
{
	(void)unused;
	for (uint64_t n = 1;; n++) {
		struct world w;
		struct find find;
		world_init(&w);
		run_out(&w);
		w.mem.fail_at = w.mem.taken + n;
		find_init(&find, &w.mem, w.tracker);
		find_run(&find, w.now);
		bool failed = w.mem.refused > 0;
		assert_int_equal(find.refused > 0, failed);
		find_clear(&find);
		world_clear(&w);
		if (!failed) {
			assert_true(n > 2); /* a list, and the findings */
			return;
		}
	}
}

static void test_reason(void **unused)
{
	(void)unused;
	struct world w;
	struct find find;
	char text[FIND_TEXT_MAX];
	world_init(&w);
	run_out(&w);
	SAY(&w, 101 * S, .start = "SUBSCRIBE", .call_id = "two",
	    .more = "Event: presence" EOL "Expires: 60" EOL);
	SAY(&w, 102 * S, .start = "200", .method = "SUBSCRIBE", .call_id = "two",
	    .to_tag = "b", .more = "Expires: 60" EOL);
	SAY(&w, 103 * S, .start = "NOTIFY", .call_id = "two", .from_tag = "b",
	    .to_tag = "a", .branch = "z9n",
	    .more = "Event: presence" EOL
	            "Subscription-State: terminated;reason=rejected" EOL);
	find_init(&find, &w.mem, w.tracker);
	find_run(&find, w.now);
	assert_int_equal(count(&find, FIND_SUBSCRIPTION_REJECTED), 1);
	for (uint32_t i = 1; i <= find_count(&find); i++)
		if (find_at(&find, i)->code == FIND_SUBSCRIPTION_REJECTED)
			find_text(&find, find_at(&find, i), &words, text);
	assert_string_equal(text, "host1 ended the subscription for good: rejected.");
	find_clear(&find);
	world_clear(&w);
}

/* One request of this transport, seen by find_observe. */
static unsigned seen(unsigned transport, const char *lines)
{
	struct world w;
	struct find find;
	char bytes[SIP_TEXT_MAX];
	struct sip_msg msg;
	size_t n = sip_text(bytes, sizeof(bytes),
	                    &(struct sip_text){ .start = "REGISTER", .more = lines });
	world_init(&w);
	w.input.transport = transport & 7;
	SAY(&w, 0, .start = "REGISTER", .more = lines);
	assert_int_equal(sip_msg_parse(&msg, (struct slice){ bytes, n }, false), OK);
	find_init(&find, &w.mem, w.tracker);
	find_observe(&find, &msg, &w.is);
	find_run(&find, w.now);
	n = count(&find, FIND_CREDENTIALS_READABLE);
	find_clear(&find);
	world_clear(&w);
	return (unsigned)n;
}

static void test_readable(void **unused)
{
	(void)unused;
	static const bool clear[] = { true, true, false, true, true, false };
	for (unsigned transport = 0; transport < 6; transport++) {
		assert_int_equal(seen(transport, "Authorization: Basic dTpw" EOL),
		                 clear[transport]);
		assert_int_equal(seen(transport, "Authorization: Digest nonce=\"n\"" EOL
		                                 "Proxy-Authorization: bearer x" EOL),
		                 clear[transport]);
		assert_int_equal(seen(transport, "Authorization: Digest nonce=\"n\"" EOL),
		                 0);
		assert_int_equal(seen(transport, "Authorization: Basics x" EOL), 0);
	}
}

/* One call that is challenged for ever: what is found of it is bounded. */
static void test_flood(void **unused)
{
	(void)unused;
	struct world w;
	struct find find;
	world_init(&w);
	for (unsigned i = 1; i <= 3000; i++) {
		char via[32], lines[200], answer[100];
		snprintf(via, sizeof(via), "z9%u", i);
		snprintf(lines, sizeof(lines),
		         "Authorization: Digest realm=\"%u\", nonce=\"%u\"" EOL, i,
		         i - 1);
		snprintf(answer, sizeof(answer),
		         "WWW-Authenticate: Digest realm=\"r\", nonce=\"%u\"" EOL, i);
		SAY(&w, i * S, .start = "REGISTER", .cseq = i, .branch = via,
		    .more = lines);
		SAY(&w, i * S + 1, .start = "401", .method = "REGISTER", .cseq = i,
		    .branch = via, .to_tag = "b", .more = answer);
	}
	find_init(&find, &w.mem, w.tracker);
	find_run(&find, w.now);
	assert_true(count(&find, FIND_WRONG_REALM) > 0);
	assert_true(find_count(&find) <= 3 * AUTH_NONCES_MAX + 10);
	find_clear(&find);
	world_clear(&w);
}

/* Registrations of two calls in turn: asked for one call alone, its own are found. */
static void test_single_calls(void **unused)
{
	(void)unused;
	struct observer o;
	observer_init(&o);
	for (uint32_t i = 1; i <= 6; i++) {
		char via[8], contact[64];
		const char *call = i % 2 ? "one" : "two";
		snprintf(via, sizeof(via), "z%u", i);
		snprintf(contact, sizeof(contact),
		         "Contact: <sip:c%u@10.0.0.1>;expires=%u" EOL, i, 3600);
		TELL(&o, i * S, .start = "REGISTER", .cseq = i, .branch = via,
		     .call_id = call, .more = contact);
		snprintf(contact, sizeof(contact),
		         "Contact: <sip:c%u@10.0.0.1>;expires=%u" EOL, i, 60);
		TELL(&o, i * S + 1, .start = "200", .method = "REGISTER", .cseq = i,
		     .branch = via, .call_id = call, .to_tag = "b", .more = contact);
	}
	world_wait(&o.w, 7 * S);
	find_run(&o.find, WORLD_NOON + 7 * S);
	assert_int_equal(count(&o.find, FIND_REGISTRATION_SHORTENED), 6);
	observer_single_calls(&o, 7 * S);
	observer_clear(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single_calls),   cmocka_unit_test(test_order),
		cmocka_unit_test(test_without_memory), cmocka_unit_test(test_reason),
		cmocka_unit_test(test_readable),       cmocka_unit_test(test_flood),
	};
	return cmocka_run_group_tests_name("find/auth", tests, NULL, NULL);
}
