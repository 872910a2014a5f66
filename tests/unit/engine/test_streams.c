/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define BUDGET (64U << 20)
#define LIMIT  ((size_t)4 * FRAMER_MESSAGE_MAX)

static const char head[] = "OPTIONS sip:b SIP/2.0\r\nl: 2\r\n\r\n";

static void on_message(void *arg, const struct stream_message *m)
{
	unsigned *found = arg;
	assert_int_equal(m->bytes.len, sizeof(head) - 1 + 2);
	++*found;
}

static void take(struct streams *s, uint32_t id, const char *text, unsigned *found)
{
	struct net_bytes piece = { .bytes = { text, strlen(text) }, .stream = id };
	streams_take(s, &piece, on_message, found);
}

static void end(struct streams *s, uint32_t id)
{
	struct net_bytes piece = { .stream = id, .end = true };
	streams_take(s, &piece, on_message, NULL);
}

static void test_streams_do_not_mix(void **state)
{
	(void)state;
	struct mem mem;
	struct streams s;
	unsigned found = 0;
	mem_init(&mem, BUDGET);
	streams_init(&s, &mem, LIMIT);
	for (uint32_t id = 1; id <= 300; id += 13)
		take(&s, id, head, &found);
	for (uint32_t id = 1; id <= 300; id += 13)
		take(&s, id, "x", &found);
	end(&s, 14);
	assert_int_equal(s.framer.cut_messages, 1);
	take(&s, 14, "x", &found); /* a new stream: no part of the old message */
	for (uint32_t id = 300 - 300 % 13 + 1; found == 0 && id > 14; id -= 13)
		take(&s, id, "x", &found);
	assert_int_equal(found, 1);
	streams_clear(&s);
	assert_int_equal(mem.used, 0);
}

static void test_limit_takes_the_idlest(void **state)
{
	(void)state;
	struct mem mem;
	struct streams s;
	unsigned found = 0;
	uint32_t count = 0;
	mem_init(&mem, BUDGET);
	streams_init(&s, &mem, LIMIT);
	while (s.framer.cut_messages == 0) {
		take(&s, ++count, head, &found);
		assert_true(s.held <= LIMIT);
		if (count > 1)
			take(&s, 1, count == 2 ? "x" : "", &found); /* never idle */
		assert_true(count < 10000);
	}
	assert_int_equal(s.held, LIMIT); /* 2 KiB for each of the others */
	take(&s, 2, "xx", &found); /* it was given up */
	assert_int_equal(found, 0);
	take(&s, 1, "x", &found);
	take(&s, 3, "xx", &found);
	take(&s, count, "xx", &found);
	assert_int_equal(found, 3);
	for (uint32_t id = 1; id <= count; id++)
		end(&s, id);
	assert_int_equal(s.held, 0);
	assert_int_equal(s.oldest + s.newest, 0);
	streams_clear(&s);
	assert_int_equal(mem.used, 0);
}

/* A stream that does not tell yet what it is holds a message: with what it holds, that is
 * given up, and counted. Here pings of a WebSocket, one with a message in it. */
static void test_message_in_what_is_given_up(void **state)
{
	(void)state;
	static const char bye[] = "\r\nBYE sip:b SIP/2.0\r\n\r\n";
	struct mem mem;
	struct streams s;
	unsigned found = 0;
	char ping[64];
	int n = snprintf(ping, sizeof(ping), "\x89%c%s", (int)sizeof(bye) - 1, bye);
	struct net_bytes piece = { .bytes = { ping, (size_t)n }, .stream = 1 };
	mem_init(&mem, BUDGET);
	streams_init(&s, &mem, LIMIT);
	streams_take(&s, &piece, on_message, &found);
	assert_true(s.held > 0);
	uint32_t id = 1;
	for (; s.held < LIMIT - 4096; id++)
		take(&s, id + 1, head, &found);
	assert_int_equal(s.framer.refused + s.framer.cut_messages, 0);
	while (s.oldest == 1)
		take(&s, ++id, head, &found);
	assert_int_equal(found, 0);
	assert_int_equal(s.framer.refused, 1);
	streams_clear(&s);
	assert_int_equal(mem.used, 0);
}

static void test_every_allocation_fails(void **state)
{
	(void)state;
	bool failed = true;
	for (uint64_t n = 1; failed; n++) {
		struct mem mem;
		struct streams s;
		unsigned found = 0;
		mem_init(&mem, BUDGET);
		mem.fail_at = n;
		streams_init(&s, &mem, LIMIT);
		for (uint32_t id = 1; id <= 3; id++) {
			take(&s, id * 60, head, &found);
			take(&s, id * 60, "xx", &found);
		}
		failed = mem.refused > 0;
		assert_int_equal(s.framer.refused, failed);
		assert_int_equal(found, failed ? 2 : 3);
		streams_clear(&s);
		assert_int_equal(mem.used, 0);
	}
}

/* Packets of each message, as "1,3 - 7,8": a dash where one packet held all of it. */
struct packets {
	char   text[256];
	size_t len;
};

static void on_packets(void *arg, const struct stream_message *m)
{
	struct packets *p = arg;
	int n = snprintf(p->text + p->len, sizeof(p->text) - p->len, "%s",
	                 p->len ? " " : "");
	p->len += (size_t)n;
	for (uint32_t i = 0; i < m->nframes; i++)
		p->len += (size_t)snprintf(p->text + p->len, sizeof(p->text) - p->len,
		                           "%s%u", i ? "," : "",
		                           (unsigned)m->frames[i]);
	if (m->nframes == 0)
		p->text[p->len++] = '-';
	p->text[p->len] = '\0';
}

static void carry(struct streams *s, uint64_t carrier, uint16_t input, const char *text,
                  struct packets *p)
{
	struct net_bytes piece = { .bytes = { text, strlen(text) },
		                   .stream = 1,
		                   .carrier = carrier,
		                   .input = input };
	streams_take(s, &piece, on_packets, p);
}

static void test_packets_of_a_message(void **state)
{
	(void)state;
	struct mem mem;
	struct streams s;
	struct packets p = { .len = 0 };
	mem_init(&mem, BUDGET);
	streams_init(&s, &mem, LIMIT);
	carry(&s, 1, 0, "OPTIONS sip:b SIP/2.0\r\nl: 2\r\n\r\nxx", &p);
	carry(&s, 2, 0, "OPTIONS sip:b SI", &p);
	carry(&s, 3, 0, "P/2.0\r\nl: 0\r\n\r\nOPT", &p);
	carry(&s, 7, 0, "IONS sip:b SIP/2.0\r\n\r\n", &p); /* came out of order */
	carry(&s, 5, 0, "\r\n\r\n", &p);
	assert_string_equal(p.text, "- 2,3 3,7");
	carry(&s, 8, 0, "OPTIONS sip:b XX", &p); /* none after all */
	carry(&s, 9, 0, "X\r\nOPTIONS sip:b SIP/2.0\r\n", &p);
	carry(&s, 8, 0, "l: 1\r\n", &p);
	carry(&s, 10, 0, "l: 1\r\n\r\n", &p);
	carry(&s, 10, 0, "xOPTIONS s", &p);
	carry(&s, 10, 0, "ip:b SIP/2.0\r\n\r\n", &p); /* of the same packet */
	assert_string_equal(p.text, "- 2,3 3,7 8,9,10 -");
	carry(&s, 90, 0, "OPTIONS sip:b SIP/2.0\r\n", &p);
	carry(&s, 1, 1, "l: 0\r\n", &p); /* the next input */
	carry(&s, 2, 1, "\r\n", &p);
	assert_string_equal(p.text, "- 2,3 3,7 8,9,10 - 1,2");
	assert_int_equal(s.held, 0);
	streams_clear(&s);
	assert_int_equal(mem.used, 0);
}

/* One byte a packet: so many packets are named and no more, the last one among them. */
static void test_packets_have_a_limit(void **state)
{
	(void)state;
	struct mem mem;
	struct streams s;
	struct packets p = { .len = 0 };
	mem_init(&mem, BUDGET);
	streams_init(&s, &mem, LIMIT);
	carry(&s, 1000, 0, "OPTIONS sip:b SIP/2.0\r\n", &p);
	for (uint64_t i = 1; i < 400; i++)
		carry(&s, i < 200 ? 1000 - i : 1000 + i, 0, "a", &p);
	assert_int_equal(s.held, 2048 + NET_FRAMES_MAX * 8);
	end(&s, 1);
	assert_int_equal(s.held, 0);
	streams_clear(&s);
	assert_int_equal(mem.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams_do_not_mix),
		cmocka_unit_test(test_limit_takes_the_idlest),
		cmocka_unit_test(test_message_in_what_is_given_up),
		cmocka_unit_test(test_every_allocation_fails),
		cmocka_unit_test(test_packets_of_a_message),
		cmocka_unit_test(test_packets_have_a_limit),
	};
	return cmocka_run_group_tests_name("engine/streams", tests, NULL, NULL);
}
