/* SPDX-License-Identifier: MIT */
/* Rules that read messages as they come: which headers each message must have, how often
 * a thing is told, and what a lack of memory does. The flows of tests/findings have each
 * code. */
#include "config.h"

#include "find/find.h"

#include <stdio.h>
#include <string.h>

#include "../track/world.h"

#define MS  TICK_MS
#define S   TICK_S

#define HOP "Max-Forwards: 70\r\n"
#define OWN "Contact: <sip:b@10.0.0.2>\r\n"

/* A tracker and what is found in what it is told. */
struct story {
	struct world w;
	struct find find;
};

static void begin(struct story *s)
{
	world_init(&s->w);
	find_init(&s->find, &s->w.mem, s->w.tracker);
}

static void end(struct story *s)
{
	find_clear(&s->find);
	world_clear(&s->w);
}

static struct track_endpoint host(unsigned number)
{
	return (struct track_endpoint){ .family = 4,
		                        .bytes = { 10, 0, 0, (uint8_t)number },
		                        .port = 5060 };
}

static enum err tell(struct story *s, uint64_t ns, const struct sip_text *m)
{
	char text[SIP_TEXT_MAX];
	struct sip_msg msg;
	struct world *w = &s->w;
	struct slice raw = { text, sip_text(text, sizeof(text), m) };
	bool response = sip_text_is_response(m);
	assert_int_equal(sip_msg_parse(&msg, raw, false), OK);
	struct track_input in = { .msg = &msg,
		                  .at = WORLD_NOON + ns,
		                  .src = host(response ? w->server : w->client),
		                  .dst = host(response ? w->client : w->server) };
	if (in.at > w->now)
		w->now = in.at;
	enum err e = tracker_message(w->tracker, w->now, &in, &w->is);
	if (e == OK && w->is.call)
		find_observe(&s->find, &msg, &w->is);
	return e;
}
#define TELL(s, ns, ...)                                                                 \
	assert_int_equal(tell((s), (ns), &(struct sip_text){ __VA_ARGS__ }), OK)

static void address(const struct track_endpoint *endpoint, char *out, size_t size)
{
	snprintf(out, size, "host%u", endpoint->bytes[3]);
}

static const char *icmp_name(uint8_t family, uint8_t type, uint8_t code)
{
	(void)family;
	(void)type;
	(void)code;
	return "icmp error";
}

static const struct find_words words = { address, icmp_name, NULL, NULL };

/* How many findings have this code. */
static unsigned count(struct story *s, enum find_code code)
{
	unsigned n = 0;
	find_run(&s->find, s->w.now);
	for (uint32_t i = 1; i <= find_count(&s->find); i++)
		n += find_at(&s->find, i)->code == code;
	return n;
}

/* The sentence of the first finding with this code. */
static const char *sentence(struct story *s, enum find_code code)
{
	static char text[FIND_TEXT_MAX];
	find_run(&s->find, s->w.now);
	for (uint32_t i = 1; i <= find_count(&s->find); i++)
		if (find_at(&s->find, i)->code == code) {
			find_text(&s->find, find_at(&s->find, i), &words, text);
			return text;
		}
	return "";
}

/* --- mandatory headers */

/* RFC 3261 20 tables 2 and 3 and the tables of the RFCs that extend them: each line of
 * `fields` is mandatory ("m") in the message, and the message has what else it needs. */
static const struct {
	const char *start, *method;
	const char *fields[3];
} mandatory[] = {
	{ "INVITE", NULL, { OWN } },
	{ "UPDATE", NULL, { OWN } },                                /* RFC 3311 7 */
	{ "PRACK", NULL, { "RAck: 1 1 INVITE\r\n" } },              /* RFC 3262 7.2 */
	{ "REFER", NULL, { OWN, "Refer-To: <sip:c@d>\r\n" } },      /* RFC 3515 2.1 */
	{ "SUBSCRIBE", NULL, { OWN, "Event: presence\r\n" } },      /* RFC 6665 */
	{ "NOTIFY", NULL,
	  { OWN, "o: presence\r\n", "Subscription-State: pending\r\n" } },
	{ "PUBLISH", NULL, { "Event: presence\r\n" } },             /* RFC 3903 4.1 */
	{ "200", "INVITE", { OWN } },
	{ "202", "SUBSCRIBE", { OWN, "Expires: 60\r\n" } },
	{ "200", "UPDATE", { OWN } },
	{ "200", "PUBLISH", { "SIP-ETag: x\r\n", "Expires: 60\r\n" } },
	{ "405", "MESSAGE", { "Allow: INVITE\r\n" } },
	{ "420", "MESSAGE", { "Unsupported: a\r\n" } },
	{ "421", "MESSAGE", { "Require: a\r\n" } },
	{ "422", "INVITE", { "Min-SE: 90\r\n" } },
	{ "423", "REGISTER", { "Min-Expires: 60\r\n" } },
	{ "469", "INFO", { "Recv-Info: a\r\n" } },
	{ "489", "SUBSCRIBE", { "Allow-Events: a\r\n" } },
	/* nothing beyond what all have */
	{ "ACK", NULL, { NULL } },
	{ "BYE", NULL, { NULL } },
	{ "CANCEL", NULL, { NULL } },
	{ "OPTIONS", NULL, { NULL } },
	{ "MESSAGE", NULL, { NULL } },
	{ "REGISTER", NULL, { NULL } },
	{ "INFO", NULL, { NULL } },
	{ "FOO", NULL, { NULL } },
	{ "180", "INVITE", { NULL } },
	{ "404", "SUBSCRIBE", { NULL } },
	{ "200", "OPTIONS", { NULL } },
	{ "200", "FOO", { NULL } },
};

/* Row i without its field `without` (3: with all); the header that is missed, or "". */
static void assert_missing(size_t i, unsigned without)
{
	struct story s;
	char more[512], want[128] = "";
	size_t n = (size_t)snprintf(more, sizeof(more), HOP);
	const char *method = mandatory[i].method;
	begin(&s);
	for (unsigned k = 0; k < 3; k++)
		if (mandatory[i].fields[k] && k != without)
			n += (size_t)snprintf(more + n, sizeof(more) - n, "%s",
			                      mandatory[i].fields[k]);
	if (method) /* with all that it could need */
		TELL(&s, 0, .start = method,
		     .more = HOP OWN "Event: presence\r\nSubscription-State: active\r\n");
	TELL(&s, MS, .start = mandatory[i].start, .method = method, .to_tag = "b",
	     .more = more);
	if (without < 3) {
		const char *field = mandatory[i].fields[without];
		const char *name = field[0] == 'o' ? "Event" : field;
		snprintf(want, sizeof(want), " lacks %.*s, which is mandatory in it.",
		         (int)strcspn(name, ":"), name);
		assert_int_equal(count(&s, FIND_HEADER_MISSING), 1);
		assert_non_null(strstr(sentence(&s, FIND_HEADER_MISSING), want));
	} else {
		assert_string_equal(sentence(&s, FIND_HEADER_MISSING), "");
	}
	end(&s);
}

static void test_mandatory(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(mandatory) / sizeof(mandatory[0]); i++) {
		assert_missing(i, 3);
		for (unsigned k = 0; k < 3 && mandatory[i].fields[k]; k++)
			assert_missing(i, k);
	}
}

/* --- told once */

static void test_once(void **unused)
{
	(void)unused;
	struct story s;
	begin(&s);
	for (unsigned i = 0; i < 5000; i++) {
		char branch[32];
		snprintf(branch, sizeof(branch), "z9hG4bK%u", i);
		TELL(&s, i * MS, .start = "NOTIFY", .branch = branch, .cseq = i + 1,
		     .more = "No colon\r\n");
	}
	assert_int_equal(count(&s, FIND_HEADER_MISSING), 3);
	assert_int_equal(count(&s, FIND_MALFORMED_MESSAGE), 1);
	assert_int_equal(count(&s, FIND_MAX_FORWARDS_MISSING), 1);
	assert_string_equal(sentence(&s, FIND_MALFORMED_MESSAGE),
	                    "The NOTIFY of host1 is malformed. A header line has no "
	                    "colon.");
	world_hop(&s.w, 3, 2); /* another sender, another call */
	TELL(&s, 5 * S, .start = "NOTIFY", .branch = "z9hG4bKx", .more = "No colon\r\n");
	TELL(&s, 5 * S, .start = "NOTIFY", .call_id = "x", .more = "No colon\r\n");
	assert_int_equal(count(&s, FIND_MALFORMED_MESSAGE), 3);
	end(&s);
}

/* What is sent again is told once, too: by the same rules it is the same message. */
static void test_repeat(void **unused)
{
	(void)unused;
	struct story s;
	begin(&s);
	TELL(&s, 0, .start = "INVITE", .more = HOP);
	TELL(&s, 500 * MS, .start = "INVITE", .more = HOP);
	assert_int_equal(count(&s, FIND_HEADER_MISSING), 1);
	end(&s);
}

/* --- what is compared later */

/* A request that a proxy passes on with the Max-Forwards that it came with, after so many
 * others. */
static unsigned not_lowered_after(unsigned others)
{
	struct story s;
	begin(&s);
	TELL(&s, 0, .start = "OPTIONS", .more = HOP);
	for (unsigned i = 0; i < others; i++) {
		char call[32];
		snprintf(call, sizeof(call), "call-%u", i);
		TELL(&s, 0, .start = "OPTIONS", .call_id = call, .more = HOP);
	}
	world_hop(&s.w, 2, 3);
	TELL(&s, MS, .start = "OPTIONS", .sent_by = "10.0.0.2", .branch = "z9hG4bK2",
	     .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1", .more = HOP);
	assert_int_not_equal(s.w.is.forward_of, 0);
	assert_int_equal(s.find.uncompared, others + 1 >= FIND_RECENT_TXNS);
	unsigned n = count(&s, FIND_MAX_FORWARDS_NOT_LOWERED);
	if (n)
		assert_string_equal(sentence(&s, FIND_MAX_FORWARDS_NOT_LOWERED),
		                    "host2 passed on the OPTIONS with Max-Forwards 70; it "
		                    "had come with 70.");
	end(&s);
	return n;
}

static void test_recent(void **unused)
{
	(void)unused;
	assert_int_equal(not_lowered_after(0), 1);
	assert_int_equal(not_lowered_after(FIND_RECENT_TXNS - 2), 1);
	assert_int_equal(not_lowered_after(FIND_RECENT_TXNS - 1), 0);
	assert_int_equal(not_lowered_after(FIND_RECENT_TXNS), 0);
}

/* Host 1 sends to 2, that to 3, and so on; the last of `hops` sends to 2. Is it found? */
static unsigned loop_of(unsigned hops)
{
	struct story s;
	char more[4000] = "";
	begin(&s);
	for (unsigned i = 1; i <= hops; i++) {
		char branch[32], via[64];
		snprintf(branch, sizeof(branch), "z9hG4bK%u", i);
		world_hop(&s.w, i, i < hops ? i + 1 : 2);
		TELL(&s, i * MS, .start = "OPTIONS", .branch = branch, .sent_by = "h",
		     .more = more);
		assert_int_equal(s.w.is.forward_of != 0, i > 1);
		snprintf(via, sizeof(via), "v: SIP/2.0/UDP h;branch=%s\r\n", branch);
		memmove(more + strlen(via), more, strlen(more) + 1);
		memcpy(more, via, strlen(via));
	}
	unsigned n = count(&s, FIND_REQUEST_LOOP);
	end(&s);
	return n;
}

/* A chain longer than Max-Forwards allows is not looked through to its end. */
static void test_long_chain(void **unused)
{
	(void)unused;
	assert_int_equal(loop_of(1), 0);
	assert_int_equal(loop_of(2), 1); /* 2 sends to itself */
	assert_int_equal(loop_of(3), 1);
	assert_int_equal(loop_of(71), 1);
	assert_int_equal(loop_of(72), 0);
}

/* The state of the transaction is that which it had when the message came. */
static void test_unexpected(void **unused)
{
	(void)unused;
	struct story s;
	begin(&s);
	TELL(&s, 0, .start = "INVITE", .more = HOP OWN);
	TELL(&s, 1 * S, .start = "486", .to_tag = "b");
	assert_int_equal(s.w.is.odd & TRACK_UNEXPECTED, 0);
	TELL(&s, 2 * S, .start = "180", .to_tag = "b");
	assert_int_equal(s.w.is.odd & TRACK_UNEXPECTED, TRACK_UNEXPECTED);
	TELL(&s, 3 * S, .start = "ACK", .to_tag = "b", .more = HOP);
	assert_int_equal(s.w.is.odd & TRACK_UNEXPECTED, 0);
	assert_string_equal(sentence(&s, FIND_UNEXPECTED_MESSAGE),
	                    "The 180 Ringing of host2 has no place in its transaction, "
	                    "which was completed.");
	end(&s);
}

static void test_tags(void **unused)
{
	(void)unused;
	struct story s;
	begin(&s);
	TELL(&s, 0, .start = "OPTIONS", .from_tag = "", .more = HOP);
	assert_int_equal(s.w.is.odd, TRACK_NO_FROM_TAG | TRACK_NO_TO_TAG);
	TELL(&s, 0, .start = "200", .method = "OPTIONS", .from_tag = "x", .to_tag = "b");
	assert_int_equal(s.w.is.odd, TRACK_OTHER_FROM_TAG);
	assert_int_equal(count(&s, FIND_TAG_MISSING), 1);
	assert_int_equal(count(&s, FIND_FROM_TAG_CHANGED), 1);
	end(&s);
}

/* --- memory */

/* Every allocation fails once: what cannot be kept is counted or just not compared, and
 * what was taken is given back. */
static void test_without_memory(void **unused)
{
	(void)unused;
	bool failed = true;
	for (uint64_t n = 1; failed; n++) {
		struct story s;
		begin(&s);
		s.w.mem.fail_at = s.w.mem.taken + n;
		(void)tell(&s, 0, &(struct sip_text){ .start = "INVITE" });
		(void)tell(&s, MS, &(struct sip_text){ .start = "200", .to_tag = "b" });
		unsigned got = count(&s, FIND_HEADER_MISSING);
		failed = s.w.mem.refused > 0;
		if (!failed)
			assert_int_equal(got, 2);
		assert_true(got <= 2);
		end(&s);
		assert_true(n < 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mandatory),  cmocka_unit_test(test_once),
		cmocka_unit_test(test_repeat),     cmocka_unit_test(test_recent),
		cmocka_unit_test(test_long_chain), cmocka_unit_test(test_unexpected),
		cmocka_unit_test(test_tags),       cmocka_unit_test(test_without_memory),
	};
	return cmocka_run_group_tests_name("find/messages", tests, NULL, NULL);
}
