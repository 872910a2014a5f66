/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "net/endpoint.h"
#include "net/net.h"
#include "support/frames.h"
#include "support/guard.h"

static void assert_text(const char *in, const char *expected)
{
	struct net_addr addr = frames_addr(in);
	char out[NET_ADDR_TEXT_MAX];
	unsigned len = net_addr_text(&addr, out);
	assert_string_equal(out, expected);
	assert_int_equal(len, strlen(expected));
}

static void ipv4_is_a_dotted_quad(void **state)
{
	(void)state;
	assert_text("0.0.0.0", "0.0.0.0");
	assert_text("192.0.2.1", "192.0.2.1");
	assert_text("10.99.100.109", "10.99.100.109");
	assert_text("255.255.255.255", "255.255.255.255");
}

static void leading_zeros_go(void **state)
{
	(void)state;
	/* RFC 5952 4.1 */
	assert_text("2001:0db8:0000:0001:0001:0001:0001:0001", "2001:db8:0:1:1:1:1:1");
	assert_text("2001:0db8:00a0:0b0c:1000:0200:0030:0004",
	            "2001:db8:a0:b0c:1000:200:30:4");
}

static void zeros_shorten_as_far_as_they_can(void **state)
{
	(void)state;
	/* RFC 5952 4.2.1 */
	assert_text("2001:db8:0:0:0:0:2:1", "2001:db8::2:1");
	assert_text("2001:db8:0:0:0:0:0:1", "2001:db8::1");
	assert_text("0:0:0:0:0:0:0:0", "::");
	assert_text("0:0:0:0:0:0:0:1", "::1");
	assert_text("1:0:0:0:0:0:0:0", "1::");
	assert_text("fe80:0:0:0:0:0:0:0", "fe80::");
}

static void one_zero_group_stays(void **state)
{
	(void)state;
	/* RFC 5952 4.2.2 */
	assert_text("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
	assert_text("0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7");
	assert_text("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0");
	assert_text("1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0");
}

static void the_longest_run_goes_and_of_equals_the_first(void **state)
{
	(void)state;
	/* RFC 5952 4.2.3 */
	assert_text("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
	assert_text("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
	assert_text("0:0:1:0:0:0:0:1", "0:0:1::1");
	assert_text("0:0:1:0:0:1:0:0", "::1:0:0:1:0:0");
	assert_text("1:0:0:1:0:0:0:0", "1:0:0:1::");
	assert_text("0:0:1:1:1:1:0:0", "::1:1:1:1:0:0");
}

static void letters_are_lower_case(void **state)
{
	(void)state;
	/* RFC 5952 4.3 */
	assert_text("2001:DB8::ABCD:EF01", "2001:db8::abcd:ef01");
	assert_text("FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF",
	            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void mapped_ipv4_is_mixed(void **state)
{
	(void)state;
	/* RFC 5952 5 */
	assert_text("::ffff:192.0.2.1", "::ffff:192.0.2.1");
	assert_text("::ffff:255.255.255.255", "::ffff:255.255.255.255");
	assert_text("::ffff:0.0.0.0", "::ffff:0.0.0.0");
	/* ... and nothing else is. */
	assert_text("::192.0.2.1", "::c000:201");
	assert_text("::fffe:192.0.2.1", "::fffe:c000:201");
	assert_text("::1:ffff:192.0.2.1", "::1:ffff:c000:201");
	assert_text("1::ffff:192.0.2.1", "1::ffff:c000:201");
}

static void no_family_is_no_text(void **state)
{
	(void)state;
	struct net_addr addr = { .family = 0, .bytes = { 1, 2, 3, 4 } };
	char out[NET_ADDR_TEXT_MAX] = "x";
	assert_int_equal(net_addr_text(&addr, out), 0);
	assert_string_equal(out, "");
}

/* Every pattern of zero and other groups: the text reads back as the address, is no
 * longer than the bound says, and has "::" exactly where there are zeros to save. */
static void every_pattern_reads_back(void **state)
{
	(void)state;
	char zero[NET_ADDR_TEXT_MAX] = "";
	char *out = guard_copy(zero, sizeof(zero));
	for (unsigned pattern = 0; pattern < 256; pattern++) {
		struct net_addr addr = { .family = 6 };
		for (unsigned group = 0; group < 8; group++) {
			bool set = pattern >> group & 1;
			addr.bytes[2 * group] = set ? 0xab : 0;
			addr.bytes[2 * group + 1] = set ? 0xcd : 0;
		}
		net_addr_text(&addr, out);
		struct net_addr back = frames_addr(out);
		assert_memory_equal(&back, &addr, sizeof(addr));
		unsigned zeros = ~pattern & 0xff;
		bool pair = (zeros & zeros >> 1) != 0;
		assert_int_equal(strstr(out, "::") != NULL, pair);
	}
	guard_free(out);
}

/* Endpoints are equal, and their keys are, when family, address and port are. */
static void endpoints_are_keys(void **state)
{
	(void)state;
	struct net_endpoint a, b;
	char key[NET_ENDPOINT_KEY], other[NET_ENDPOINT_KEY];
	memset(&a, 0x55, sizeof(a)); /* padding too */
	memset(&b, 0xaa, sizeof(b));
	a.addr = b.addr = frames_addr("192.0.2.1");
	a.port = b.port = 5060;
	net_endpoint_key(key, &a);
	net_endpoint_key(other, &b);
	assert_true(net_endpoint_equal(&a, &b));
	assert_memory_equal(key, other, sizeof(key));
	for (unsigned i = 0; i < 3; i++) {
		b = a;
		b.port ^= i == 0;
		b.addr.family ^= i == 1 ? 2 : 0;
		b.addr.bytes[15] ^= i == 2;
		net_endpoint_key(other, &b);
		assert_false(net_endpoint_equal(&a, &b));
		assert_memory_not_equal(key, other, sizeof(key));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_is_a_dotted_quad),
		cmocka_unit_test(leading_zeros_go),
		cmocka_unit_test(zeros_shorten_as_far_as_they_can),
		cmocka_unit_test(one_zero_group_stays),
		cmocka_unit_test(the_longest_run_goes_and_of_equals_the_first),
		cmocka_unit_test(letters_are_lower_case),
		cmocka_unit_test(mapped_ipv4_is_mixed),
		cmocka_unit_test(no_family_is_no_text),
		cmocka_unit_test(every_pattern_reads_back),
		cmocka_unit_test(endpoints_are_keys),
	};
	return cmocka_run_group_tests_name("net/addr", tests, NULL, NULL);
}
