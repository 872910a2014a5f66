/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "capture/filter.h"
#include "support/frames.h"
#include "unit/capture/build.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The fragments of filter.h, as text. */
#define FRAGMENT "ip[6:2] & 0x1fff != 0 or ip6[6] = 44"

enum {
	LINK_ETHERNET = 1,
	LINK_RAW      = 101,
	LINK_SLL      = 113,
	LINK_NFLOG    = 239,
	LINK_SLL2     = 276
};

/* --- through a source */

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
	/* Three packets each; the first link type of them all is told. */
	assert_non_null(strstr(source_filter(s), "vlan"));
	finish(s, ERR_END, NULL);

	s = filtered(&b, "udp dst port 9");
	assert_int_equal(source_next(s, &f), ERR_END);
	assert_int_equal(source_stats(s)->filtered, 6);
	finish(s, ERR_END, NULL);
	build_free(&b);
}

static void many_link_types(void **state)
{
	(void)state;
	struct build b = { .big = false };
	/* All of these libpcap can compile "len" for. */
	static const uint16_t links[] = { 0,   1,   6,   7,   9,   10,  50,  51,
		                          100, 101, 104, 105, 107, 108, 113, 117,
		                          119, 122, 127, 141, 228, 229 };
	enum { LINKS = sizeof(links) / sizeof(links[0]) };
	build_section(&b);
	for (size_t i = 0; i < LINKS; i++)
		build_interface(&b, links[i], 0, -1, 0);
	static const char zeros[16]; /* no fragments, whatever comes before IP */
	for (uint32_t i = 0; i < 3 * LINKS; i++)
		build_enhanced(&b, i % LINKS, 0, 100 + i % 2,
		               (struct slice){ zeros, sizeof(zeros) });
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

/* One line that names the expression, in words that are safe to show. */
static void wrong_filters(void **state)
{
	(void)state;
	static const struct {
		const char *text, *shown;
	} wrong[] = {
		{ "udp prot 5060", "\"udp prot 5060\": " },
		{ "port 5060 or", "\"port 5060 or\": " },
		{ "(", "\"(\": " },
		{ "port 99999", "\"port 99999\": " },
		/* They would fit between parentheses, or put something beside them. */
		{ "port 5060) or (", "\"port 5060) or (\": " },
		{ "port 5060) or (port 80", "\"port 5060) or (port 80\": " },
		{ "port 80)) or vlan or ((", "\"port 80)) or vlan or ((\": " },
		{ "port\n\x1b[31m", "\"port\\x0a\\x1b[31m\": " },
	};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		for (unsigned raw = 0; raw < 2; raw++) {
			const struct source_cfg cfg = { .filter = wrong[i].text,
				                        .filter_raw = raw };
			struct source *s = NULL;
			char why[SOURCE_WHY_MAX] = "", want[SOURCE_WHY_MAX];
			assert_int_equal(source_check_filter(&cfg, why), ERR_FORMAT);
			snprintf(want, sizeof(want), "wrong capture filter %s",
			         wrong[i].shown);
			assert_memory_equal(why, want, strlen(want));
			assert_true(strlen(why) > strlen(want));
			assert_null(strpbrk(why, "\n\x1b"));
			assert_int_equal(source_open_file(&s, "-", &cfg, why),
			                 ERR_FORMAT);
			assert_non_null(strstr(why, "standard input: wrong capture "));
		}
	}
}

static void long_wrong_filter(void **state)
{
	(void)state;
	char text[2000], why[SOURCE_WHY_MAX];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	const struct source_cfg cfg = { .filter = text };
	assert_int_equal(source_check_filter(&cfg, why), ERR_FORMAT);
	assert_non_null(strstr(why, "xxx...\": "));
	assert_true(strlen(why) < 400);
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
	finish(s, ERR_FORMAT,
	       "at packet 2: the capture filter \"ether src 02:02:02:02:02:02\" does not "
	       "fit link type 101: ");
	build_free(&b);
	filter_free(NULL);
}

/* Without an expression there is no filter, so that any link type will do. */
static void blank_filters(void **state)
{
	(void)state;
	static const char *const texts[] = { NULL, "", "  \t\n" };
	struct build b = { .big = false };
	build_section(&b);
	build_interface(&b, LINK_NFLOG, 0, -1, 0);
	build_enhanced(&b, 0, 0, 4, SLICE("\2\0\0\0"));
	for (size_t i = 0; i < COUNT(texts); i++) {
		const struct source_cfg cfg = { .filter = texts[i] };
		char why[SOURCE_WHY_MAX];
		struct frame f;
		assert_int_equal(source_check_filter(&cfg, why), OK);
		struct source *s = filtered(&b, texts[i]);
		assert_null(source_filter(s));
		assert_int_equal(source_next(s, &f), OK);
		finish(s, ERR_END, NULL);
	}
	build_free(&b);
}

static void raw_filter_is_left_alone(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_section(&b);
	build_interface(&b, LINK_ETHERNET, 0, -1, 0);
	add(&b, 0, 5060);
	const struct source_cfg cfg = { .filter = "port 5060", .filter_raw = true };
	struct source *s;
	char why[SOURCE_WHY_MAX];
	struct frame f;
	assert_int_equal(source_open_bytes(&s, build_slice(&b), "x", &cfg, why), OK);
	assert_string_equal(source_filter(s), "port 5060");
	assert_int_equal(source_next(s, &f), OK);
	finish(s, ERR_END, NULL);
	build_free(&b);
}

/* --- what a filter lets through: every kind of packet there is here */

enum piece { WHOLE, FIRST, LATER };

#define TAGS_MAX 3

struct kind {
	uint16_t   link;
	uint16_t   tags[TAGS_MAX + 1]; /* types, from the outside in, ended by 0 */
	bool       v6;
	enum piece piece;
	bool       tcp;
	uint16_t   port;   /* both */
	bool       wanted; /* sent by host 1, else by host 3; to host 2 */
};

static void build_kind(struct frames *f, const struct kind *k)
{
	static const char *const hosts[2][2] = { { "192.0.2.3", "192.0.2.1" },
		                                 { "2001:db8::3", "2001:db8::1" } };
	const char *from = hosts[k->v6][k->wanted];
	uint16_t family = k->v6 ? FRAMES_IPV6 : FRAMES_IPV4;
	uint16_t type = k->tags[0] ? k->tags[0] : family;
	uint8_t protocol = k->tcp ? FRAMES_TCP : FRAMES_UDP;
	frames_init(f);
	if (k->link == LINK_ETHERNET)
		frames_ethernet(f, type);
	else if (k->link == LINK_SLL)
		frames_sll(f, type);
	else if (k->link == LINK_SLL2)
		frames_sll2(f, type);
	for (unsigned i = 0; k->tags[i]; i++)
		frames_vlan(f, 100, k->tags[i + 1] ? k->tags[i + 1] : family);
	uint16_t offset = k->piece == LATER ? 1480 : 0;
	if (k->v6) {
		frames_ipv6(f, k->piece == WHOLE ? protocol : 44, from, "2001:db8::2");
		if (k->piece != WHOLE)
			frames_fragment(f, protocol, offset, k->piece == FIRST);
	} else {
		size_t ip = frames_ipv4(f, protocol, from, "192.0.2.2");
		uint16_t more = k->piece == FIRST ? 0x2000 : 0;
		frames_put16(f, ip + 6, (uint16_t)(more | offset / 8));
	}
	if (k->piece == LATER) /* what would be other ports, where they are looked for */
		frames_text(f, "\x0b\xb8\x0b\xb8 and the rest");
	else if (k->tcp)
		frames_tcp(f, k->port, k->port, 1, 0x18);
	else
		frames_udp(f, k->port, k->port);
	frames_text(f, "payload");
	frames_close(f);
}

/* Call `each` for every kind on the link type. */
static void every_kind(uint16_t link, void (*each)(const struct kind *, void *arg),
                       void *arg)
{
	static const uint16_t tags[][TAGS_MAX + 1] = {
		{ 0 },
		{ 0x8100 },
		{ 0x88a8 },
		{ 0x9100 },
		{ 0x88a8, 0x8100 },
		{ 0x8100, 0x8100 },
		{ 0x88a8, 0x8100, 0x8100 },
	};
	static const uint16_t ports[] = { 5060, 5070, 22 };
	for (unsigned i = 0; i < (link == LINK_RAW ? 1 : COUNT(tags)); i++) {
		/* the bits of n: family, transport, host; then the rest */
		for (unsigned n = 0; n < 8 * 3 * COUNT(ports); n++) {
			struct kind k = { .link = link,
				          .v6 = n & 1,
				          .tcp = n & 2,
				          .wanted = n & 4,
				          .piece = (enum piece)(n / 8 % 3),
				          .port = ports[n / 24] };
			memcpy(k.tags, tags[i], sizeof(k.tags));
			each(&k, arg);
		}
	}
}

/* Expressions, each with what it means to libpcap by pcap-filter(7): only what stands
 * right behind the link header is IP, and ports are seen where they stand right behind
 * an IP header. */

static bool sees_port(const struct kind *k, uint16_t low, uint16_t high)
{
	bool ports = !k->tags[0] &&
	             (k->piece == WHOLE || (!k->v6 && k->piece == FIRST));
	return ports && k->port >= low && k->port <= high;
}

static bool means_port(const struct kind *k)
{
	return sees_port(k, 5060, 5060);
}

static bool means_udp_port(const struct kind *k)
{
	return sees_port(k, 5060, 5060) && !k->tcp;
}

static bool means_range(const struct kind *k)
{
	return sees_port(k, 5060, 5075);
}

static bool means_not_port(const struct kind *k)
{
	return !sees_port(k, 22, 22);
}

static bool means_host(const struct kind *k)
{
	return !k->tags[0] && k->wanted && !k->v6;
}

static bool means_host6(const struct kind *k)
{
	return !k->tags[0] && k->wanted && k->v6;
}

static bool means_host_and_port(const struct kind *k)
{
	return means_host(k) && means_port(k);
}

static bool means_host6_and_port(const struct kind *k)
{
	return means_host6(k) && means_port(k);
}

static bool means_tcp(const struct kind *k)
{
	return !k->tags[0] && k->tcp;
}

static bool means_tagged(const struct kind *k)
{
	return k->tags[0] == 0x8100;
}

static bool means_all(const struct kind *k)
{
	(void)k;
	return true;
}

static bool means_none(const struct kind *k)
{
	(void)k;
	return false;
}

typedef bool meaning(const struct kind *);

struct expression {
	const char *text;
	meaning    *means;
};

static const struct expression expressions[] = {
	{ "port 5060", means_port },
	{ "udp port 5060", means_udp_port },
	{ "portrange 5060-5075", means_range },
	{ "not port 22", means_not_port },
	{ "host 192.0.2.1", means_host },
	{ "host 192.0.2.1 and port 5060", means_host_and_port },
	{ "port 5060 and host 2001:db8::1", means_host6_and_port },
	{ "port 5060 or 5070", means_range },
	{ "tcp", means_tcp },
	{ "ether proto 0x8100", means_tagged },
	{ "", means_all },
	{ "greater 1", means_all },
	{ "greater 5000", means_none },
};

static bool is_fragment(const struct kind *k)
{
	return !k->tags[0] && k->piece != WHOLE && (k->v6 || k->piece == LATER);
}

/* The packet without its outermost tag. */
static struct kind without_tag(const struct kind *k)
{
	struct kind inner = *k;
	memmove(inner.tags, k->tags + 1, sizeof(k->tags) - sizeof(k->tags[0]));
	return inner;
}

/* Behind no tag, or behind one or two that the link type has. */
static bool widened(meaning *means, const struct kind *k)
{
	struct kind inner = *k;
	for (unsigned tags = 0; tags <= 2; tags++) {
		if (means(&inner) || is_fragment(&inner))
			return true;
		if (k->link != LINK_ETHERNET || !inner.tags[0])
			return false;
		inner = without_tag(&inner);
	}
	return false;
}

/* Raw IP has no such field: libpcap says that nothing can pass. */
static bool fits(const struct expression *e, uint16_t link)
{
	return link != LINK_RAW || e->means != means_tagged;
}

/* What every_kind hands on: filters, and what they mean. */
struct trial {
	const char    *text;
	meaning       *means;
	struct filter *plain; /* raw */
	struct filter *wide;
	struct filter *again; /* the text of `wide` widened once more */
	unsigned       passed;
};

static struct filter *filter_of(const char *text, bool raw)
{
	struct filter *filter = NULL;
	char why[FILTER_WHY_MAX] = "";
	if (filter_new(&filter, text, raw, why) != OK)
		fail_msg("\"%s\": %s", text, why);
	return filter;
}

static bool passes(struct filter *filter, const struct frame *f)
{
	char why[FILTER_WHY_MAX] = "";
	bool pass;
	if (filter_pass(filter, f, &pass, why) != OK)
		fail_msg("%s", why);
	return pass;
}

static void trial_begin(struct trial *t, const struct expression *e, uint16_t link)
{
	struct frames f;
	const struct kind any = { .link = link };
	*t = (struct trial){ .text = e->text, .means = e->means };
	t->plain = filter_of(e->text, true);
	t->wide = filter_of(e->text, false);
	build_kind(&f, &any); /* so that filter_text is that for the link type */
	struct frame frame = frames_frame(&f, link);
	(void)passes(t->wide, &frame);
	t->again = filter_of(filter_text(t->wide), false);
}

static void trial_end(struct trial *t)
{
	filter_free(t->plain);
	filter_free(t->wide);
	filter_free(t->again);
}

static void expect(const struct trial *t, const struct kind *k, const char *which,
                   bool got, bool want)
{
	if (got != want)
		fail_msg("\"%s\" %s: link %u, tags %04x %04x %04x, IPv%d, %s, %s, port "
		         "%u, host %d: %s",
		         t->text, which, k->link, k->tags[0], k->tags[1], k->tags[2],
		         k->v6 ? 6 : 4,
		         k->piece == WHOLE   ? "whole"
		         : k->piece == FIRST ? "first"
		                             : "later",
		         k->tcp ? "TCP" : "UDP", k->port, k->wanted ? 1 : 3,
		         got ? "passes" : "is refused");
}

static void try_kind(const struct kind *k, void *arg)
{
	struct trial *t = arg;
	struct frames f;
	build_kind(&f, k);
	struct frame frame = frames_frame(&f, k->link);
	bool want = widened(t->means, k);
	expect(t, k, "raw", passes(t->plain, &frame), t->means(k));
	expect(t, k, "widened", passes(t->wide, &frame), want);
	expect(t, k, "widened twice", passes(t->again, &frame), want);
	t->passed += want;
}

static void every_kind_by_every_expression(void **state)
{
	(void)state;
	static const uint16_t links[] = { LINK_ETHERNET, LINK_RAW, LINK_SLL, LINK_SLL2 };
	for (size_t i = 0; i < COUNT(links); i++) {
		for (size_t j = 0; j < COUNT(expressions); j++) {
			struct trial t;
			if (!fits(&expressions[j], links[i]))
				continue;
			trial_begin(&t, &expressions[j], links[i]);
			every_kind(links[i], try_kind, &t);
			assert_true(t.passed > 0); /* fragments, at least */
			trial_end(&t);
		}
	}
}

/* --- expressions that name vlan: they say what is wanted behind it */

static unsigned tags_of(const struct kind *k)
{
	unsigned n = 0;
	while (k->tags[n])
		n++;
	return n;
}

static bool means_vlan_and_port(const struct kind *k)
{
	struct kind inner = without_tag(k);
	return k->tags[0] && means_port(&inner);
}

static bool means_with_and_without(const struct kind *k)
{
	return means_port(k) || means_vlan_and_port(k);
}

static bool means_two_tags(const struct kind *k)
{
	struct kind inner = without_tag(k);
	return k->tags[0] && means_vlan_and_port(&inner);
}

static bool means_vlan(const struct kind *k)
{
	return k->tags[0];
}

static const struct expression vlan_expressions[] = {
	{ "vlan and port 5060", means_vlan_and_port },
	{ "vlan 100&&port 5060", means_vlan_and_port },
	{ "port 5060 or (vlan and port 5060)", means_with_and_without },
	{ "vlan 100 and vlan 100 and port 5060", means_two_tags },
	{ "(vlan)", means_vlan },
	{ "vlan 7 and port 5060", means_none },
	{ "mpls and port 5060", means_none },
	{ "pppoes and port 5060", means_none },
	{ "geneve and port 5060", means_none },
};

static void try_kind_of_vlan(const struct kind *k, void *arg)
{
	struct trial *t = arg;
	struct frames f;
	struct kind inner = *k;
	build_kind(&f, k);
	struct frame frame = frames_frame(&f, k->link);
	while (inner.tags[0])
		inner = without_tag(&inner);
	bool want = t->means(k) || (tags_of(k) <= 2 && is_fragment(&inner));
	expect(t, k, "raw", passes(t->plain, &frame), t->means(k));
	expect(t, k, "widened", passes(t->wide, &frame), want);
	expect(t, k, "widened twice", passes(t->again, &frame), want);
}

static void expressions_that_name_vlan(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vlan_expressions); i++) {
		struct trial t;
		trial_begin(&t, &vlan_expressions[i], LINK_ETHERNET);
		every_kind(LINK_ETHERNET, try_kind_of_vlan, &t);
		trial_end(&t);
	}
}

/* --- frames that were cut */

static void try_cuts(const struct kind *k, void *arg)
{
	struct trial *t = arg;
	struct frames f;
	if (k->port != 5060 || k->tcp)
		return; /* enough of them */
	build_kind(&f, k);
	struct frame frame = frames_frame(&f, k->link);
	for (; frame.bytes.len > 0; frame.bytes.len--) {
		if (passes(t->plain, &frame) && !passes(t->wide, &frame))
			fail_msg("\"%s\": %zu bytes, %u tags: refused", t->text,
			         frame.bytes.len, tags_of(k));
	}
}

static void nothing_cut_is_refused_anew(void **state)
{
	(void)state;
	static const uint16_t links[] = { LINK_ETHERNET, LINK_RAW, LINK_SLL };
	for (size_t i = 0; i < COUNT(links); i++) {
		for (size_t j = 0; j < COUNT(expressions); j++) {
			struct trial t;
			if (!fits(&expressions[j], links[i]))
				continue;
			trial_begin(&t, &expressions[j], links[i]);
			every_kind(links[i], try_cuts, &t);
			trial_end(&t);
		}
	}
}

/* --- the text in effect */

static void expect_text(const char *given, bool raw, const char *want)
{
	struct filter *filter = filter_of(given, raw);
	assert_string_equal(filter_text(filter), want);
	filter_free(filter);
}

static void texts(void **state)
{
	(void)state;
	expect_text("port 5060", false,
	            "(port 5060) or " FRAGMENT " or (vlan and ((port 5060) or " FRAGMENT
	            " or (vlan and ((port 5060) or " FRAGMENT "))))");
	expect_text("port 5060", true, "port 5060");
	expect_text("", false, "");
	/* It looks like what moves offsets, and does not. */
	expect_text("pppoed", false,
	            "(pppoed) or " FRAGMENT " or (vlan and ((pppoed) or " FRAGMENT
	            " or (vlan and ((pppoed) or " FRAGMENT "))))");
}

static const char *text_on(struct filter *filter, uint16_t link, unsigned packets)
{
	const struct kind kind = { .link = link };
	struct frames f;
	build_kind(&f, &kind);
	struct frame frame = frames_frame(&f, link);
	for (unsigned i = 0; i < packets; i++)
		(void)passes(filter, &frame);
	return filter_text(filter);
}

/* The text is that of the link type with most packets. */
static void text_of_the_link_type(void **state)
{
	(void)state;
	static const char narrow[] = "(port 5060) or " FRAGMENT;
	struct filter *filter = filter_of("port 5060", false);
	assert_string_equal(text_on(filter, LINK_SLL, 1), narrow);
	assert_non_null(strstr(text_on(filter, LINK_ETHERNET, 2), "vlan"));
	assert_string_equal(text_on(filter, LINK_RAW, 3), narrow);
	assert_non_null(strstr(text_on(filter, LINK_ETHERNET, 2), "vlan"));
	filter_free(filter);
	filter = filter_of("pppoes", false);
	assert_string_equal(text_on(filter, LINK_SLL, 1), FRAGMENT " or (pppoes)");
	filter_free(filter);
	/* libpcap knows no protocols there, but lengths. */
	filter = filter_of("greater 2", false);
	assert_string_equal(text_on(filter, LINK_NFLOG, 1), "greater 2");
	filter_free(filter);
}

/* However many follow one another, none is made twice: their packets are known. */
static void programs_are_kept(void **state)
{
	(void)state;
	struct filter *filter = filter_of("greater 2", false);
	char why[FILTER_WHY_MAX];
	static const char zeros[64];
	bool pass;
	unsigned links = 0;
	assert_non_null(strstr(text_on(filter, LINK_ETHERNET, 2), "vlan"));
	for (unsigned link = 2; link < 512; link++) {
		struct frame frame = { .bytes = { zeros, sizeof(zeros) },
			               .wire_len = sizeof(zeros),
			               .link = (uint16_t)link };
		links += filter_pass(filter, &frame, &pass, why) == OK;
	}
	assert_in_range(links, 17, FILTER_LINKS_MAX - 100);
	assert_non_null(strstr(filter_text(filter), "vlan"));
	filter_free(filter);
}

/* Longer than what is put behind tags: the fragments still come through. */
static void long_filters(void **state)
{
	(void)state;
	char text[FILTER_TAGS_MAX + 64] = "port 5060";
	size_t len = strlen(text);
	const struct kind later = { .link = LINK_ETHERNET, .piece = LATER };
	const struct kind tagged = { .link = LINK_ETHERNET, .tags = { 0x8100 },
		                     .port = 5060 };
	for (unsigned i = 0; i < 2; i++) {
		size_t want = i == 0 ? FILTER_TAGS_MAX : FILTER_TAGS_MAX + 1;
		memset(text + len, ' ', want - len);
		text[want] = '\0';
		struct filter *filter = filter_of(text, false);
		struct frames f;
		build_kind(&f, &later);
		struct frame frame = frames_frame(&f, LINK_ETHERNET);
		assert_true(passes(filter, &frame));
		build_kind(&f, &tagged);
		frame = frames_frame(&f, LINK_ETHERNET);
		assert_int_equal(passes(filter, &frame), i == 0);
		filter_free(filter);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mixed_link_types),
		cmocka_unit_test(many_link_types),
		cmocka_unit_test(wrong_filters),
		cmocka_unit_test(long_wrong_filter),
		cmocka_unit_test(filter_that_does_not_fit),
		cmocka_unit_test(blank_filters),
		cmocka_unit_test(raw_filter_is_left_alone),
		cmocka_unit_test(every_kind_by_every_expression),
		cmocka_unit_test(expressions_that_name_vlan),
		cmocka_unit_test(nothing_cut_is_refused_anew),
		cmocka_unit_test(texts),
		cmocka_unit_test(text_of_the_link_type),
		cmocka_unit_test(programs_are_kept),
		cmocka_unit_test(long_filters),
	};
	return cmocka_run_group_tests_name("capture/filter", tests, NULL, NULL);
}
