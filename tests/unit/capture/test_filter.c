/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "capture/filter.h"
#include "unit/capture/build.h"

/* IPv4 and UDP to port `port`, without data. */
static void ip_udp(struct build *b, uint16_t port)
{
	b->big = true;
	build_bytes(b, SLICE("\x45\0\0\x1C\0\0\0\0\x40\x11\0\0"));
	build_u32(b, 0xC0000201);
	build_u32(b, 0xC0000202);
	build_u16(b, 5060);
	build_u16(b, port);
	build_u16(b, 8);
	build_u16(b, 0);
}

static void on_ethernet(struct build *b, uint16_t port)
{
	build_fill(b, 2, 12);
	build_bytes(b, SLICE("\x08\0"));
	ip_udp(b, port);
}

static void add(struct build *file, uint32_t interface, uint16_t port)
{
	struct build data = { .big = true };
	if (interface == 0)
		on_ethernet(&data, port);
	else
		ip_udp(&data, port);
	build_enhanced(file, interface, 0, 60, build_slice(&data));
	build_free(&data);
}

static struct source *filtered(const struct build *b, const char *text)
{
	const struct source_cfg cfg = { .filter = text };
	struct source *s = NULL;
	char why[SOURCE_WHY_MAX] = "";
	if (source_open_bytes(&s, build_slice(b), "x.pcapng", &cfg, why) != OK)
		fail_msg("%s", why);
	return s;
}

/* Ethernet is interface 0; raw IP is interface 1. */
static void mixed_link_types(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_section(&b);
	build_interface(&b, 1, 0, -1, 0);
	build_interface(&b, 101, 0, -1, 0);
	static const uint16_t ports[] = { 5060, 80, 5060, 5060, 53, 5060 };
	for (uint32_t i = 0; i < 6; i++)
		add(&b, i % 2, ports[i]);
	struct source *s = filtered(&b, "udp dst port 5060");
	struct frame f;
	static const uint64_t want[] = { 1, 3, 4, 6 };
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(source_next(s, &f), OK);
		assert_int_equal(f.number, want[i]);
		assert_int_equal(f.link, want[i] % 2 ? 1 : 101);
	}
	assert_int_equal(source_next(s, &f), ERR_END);
	assert_int_equal(source_stats(s)->packets, 6);
	assert_int_equal(source_stats(s)->filtered, 2);
	finish(s, ERR_END, NULL);

	s = filtered(&b, "udp dst port 9");
	assert_int_equal(source_next(s, &f), ERR_END);
	assert_int_equal(source_stats(s)->filtered, 6);
	finish(s, ERR_END, NULL);
	build_free(&b);
}

static void more_link_types_than_programs(void **state)
{
	(void)state;
	struct build b = { .big = false };
	/* All of these libpcap can compile "len" for. */
	static const uint16_t links[] = { 0,   1,   6,   7,   9,   10,  50,  51,
		                          100, 101, 104, 105, 107, 108, 113, 117,
		                          119, 122, 127, 141, 228, 229 };
	enum { LINKS = sizeof(links) / sizeof(links[0]) };
	assert_true(LINKS > FILTER_LINKS_MAX);
	build_section(&b);
	for (size_t i = 0; i < LINKS; i++)
		build_interface(&b, links[i], 0, -1, 0);
	for (uint32_t i = 0; i < 3 * LINKS; i++)
		build_enhanced(&b, i % LINKS, 0, 100 + i % 2, SLICE("0123456789abcdef"));
	struct source *s = filtered(&b, "greater 101");
	struct frame f;
	for (uint32_t i = 0; i < 3 * LINKS; i++) {
		if (i % 2 == 0)
			continue;
		assert_int_equal(source_next(s, &f), OK);
		assert_int_equal(f.number, i + 1);
	}
	finish(s, ERR_END, NULL);
	build_free(&b);
}

static void wrong_filters(void **state)
{
	(void)state;
	static const char *const texts[] = { "udp prot 5060", "port 5060 or", "(",
		                             "port 99999" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct source_cfg cfg = { .filter = texts[i] };
		struct source *s = NULL;
		char why[SOURCE_WHY_MAX] = "";
		assert_int_equal(source_open_file(&s, "-", &cfg, why), ERR_FORMAT);
		assert_non_null(strstr(why, "standard input: wrong capture filter: "));
		assert_true(strlen(why) > 40);
	}
}

static void filter_that_does_not_fit(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_section(&b);
	build_interface(&b, 1, 0, -1, 0);
	build_interface(&b, 101, 0, -1, 0);
	add(&b, 0, 5060);
	add(&b, 1, 5060);
	struct source *s = filtered(&b, "ether src 02:02:02:02:02:02");
	struct frame f;
	assert_int_equal(source_next(s, &f), OK);
	finish(s, ERR_FORMAT, "at packet 2: does not fit link type 101: ");
	build_free(&b);
	filter_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mixed_link_types),
		cmocka_unit_test(more_link_types_than_programs),
		cmocka_unit_test(wrong_filters),
		cmocka_unit_test(filter_that_does_not_fit),
	};
	return cmocka_run_group_tests_name("capture/filter", tests, NULL, NULL);
}
