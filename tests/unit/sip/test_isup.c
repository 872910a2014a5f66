/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/isup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "support/guard.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(array)  ((struct slice){ (const char *)(array), sizeof(array) })

/* --- messages, octet by octet from the layouts of Q.763 */

/* An IAM with the optional parameters that matter. */
static const uint8_t iam[] = {
	0x01,             /* message type IAM: table 4 */
	0x11,             /* nature of connection: one satellite, check not required, echo
	                   * control included */
	0x61, 0x01,       /* forward call: international; ISUP used all the way (F), not
	                   * required (G); ISDN access (I) */
	0x0a,             /* category: ordinary subscriber */
	0x03,             /* medium: 3.1 kHz audio */
	0x02, 0x0a,       /* pointers: called party number, optional part */
	0x08,             /* length of the called party number */
	0x83, 0x90,       /* odd, national; INN 1, E.164 */
	0x94, 0x03, 0x21, 0x43, 0x65, 0x07, /* 49 30 12 34 56 7 and filler */
	0x0a, 0x07,       /* calling party number */
	0x04, 0x97,       /* even, international; NI 1, E.164, restricted, network */
	0x94, 0x03, 0x89, 0x67, 0x05, /* 49 30 98 76 50 */
	0x0b, 0x05,       /* redirecting number */
	0x83, 0x14,       /* odd, national; E.164, restricted */
	0x94, 0x13, 0x02, /* 49 31 2 */
	0x28, 0x05,       /* original called number */
	0x04, 0x10,       /* even, international; E.164, allowed */
	0x94, 0x13, 0x72, /* 49 31 27 */
	0x13, 0x02,       /* redirection information */
	0x33, 0x42,       /* call diversion, first reason unconditional; 2 redirections,
	                   * deflection during alerting */
	0xc0, 0x06,       /* generic number */
	0x06, 0x03, 0x11, /* additional calling party number; even, national; NI 0, E.164,
	                   * allowed, user provided and passed */
	0x94, 0x03, 0x11, /* 49 30 11 */
	0x1d, 0x03,       /* user service information */
	0x90, 0x90, 0xa3, /* 3.1 kHz audio; circuit, 64 kbit/s; A-law */
	0x3d, 0x01, 0x14, /* hop counter: 20 */
	0xf0, 0x02, 0xde, 0xad, /* no parameter of Q.763 */
	0x00,             /* end of optional parameters */
};

static void parse(struct isup_msg *msg, struct slice body, enum isup_variant variant)
{
	assert_int_equal(isup_parse(msg, body, variant), OK);
}

static void assert_field(const struct isup_msg *msg, enum isup_field field,
                         unsigned want, const char *text)
{
	unsigned value = 999;
	if (!isup_field(msg, field, &value) || value != want)
		fail_msg("%s is %u, not %u", isup_field_name(field), value, want);
	assert_string_equal(isup_value_name(field, value, msg->variant), text);
}

static void number_of(struct isup_number *n, const struct isup_msg *msg, uint8_t code)
{
	const struct isup_param *param = isup_find(msg, code);
	assert_non_null(param);
	assert_int_equal(isup_number(n, param, msg->variant), OK);
	assert_int_equal(strlen(n->digits), n->ndigits);
}

static void assert_summary(const struct isup_msg *msg, const char *want)
{
	char line[ISUP_SUMMARY_MAX];
	size_t len = isup_summary(msg, line);
	assert_string_equal(line, want);
	assert_int_equal(len, strlen(want));
}

static void test_iam(void **state)
{
	(void)state;
	static const uint8_t order[] = { 0x06, 0x07, 0x09, 0x02, 0x04, 0x0a, 0x0b,
		                         0x28, 0x13, 0xc0, 0x1d, 0x3d, 0xf0 };
	struct isup_msg m;
	parse(&m, BYTES(iam), ISUP_ITU);
	assert_int_equal(m.type, ISUP_IAM);
	assert_int_equal(m.odd, 0);
	assert_int_equal(m.nparams, LENGTH(order));
	assert_int_equal(m.seen, LENGTH(order));
	for (size_t i = 0; i < LENGTH(order); i++)
		assert_int_equal(m.params[i].code, order[i]);
	assert_string_equal(isup_type_acronym(m.type, ISUP_ITU), "IAM");
	assert_string_equal(isup_type_name(m.type, ISUP_ITU), "Initial address");

	assert_field(&m, ISUP_FIELD_SATELLITE, 1, "one satellite circuit");
	assert_field(&m, ISUP_FIELD_CONTINUITY_CHECK, 0, "not required");
	assert_field(&m, ISUP_FIELD_OUTGOING_ECHO, 1, "included");
	assert_field(&m, ISUP_FIELD_INTERNATIONAL, 1, "international");
	assert_field(&m, ISUP_FIELD_FORWARD_METHOD, 0, "none");
	assert_field(&m, ISUP_FIELD_FORWARD_INTERWORKING, 0, "none");
	assert_field(&m, ISUP_FIELD_FORWARD_INFORMATION, 0, "none");
	assert_field(&m, ISUP_FIELD_FORWARD_ISUP, 1, "yes");
	assert_field(&m, ISUP_FIELD_ISUP_PREFERENCE, 1, "not required");
	assert_field(&m, ISUP_FIELD_FORWARD_ACCESS, 1, "ISDN");
	assert_field(&m, ISUP_FIELD_FORWARD_SCCP, 0, "none");
	assert_field(&m, ISUP_FIELD_PORTED_TRANSLATED, 0, "not translated");
	assert_field(&m, ISUP_FIELD_CATEGORY, 10, "ordinary subscriber");
	assert_field(&m, ISUP_FIELD_MEDIUM, 3, "3.1 kHz audio");
	assert_field(&m, ISUP_FIELD_REDIRECTING, 3, "call diversion");
	assert_field(&m, ISUP_FIELD_ORIGINAL_REASON, 3, "unconditional");
	assert_field(&m, ISUP_FIELD_REDIRECTIONS, 2, "");
	assert_field(&m, ISUP_FIELD_REDIRECTING_REASON, 4, "deflection during alerting");
	assert_field(&m, ISUP_FIELD_CAPABILITY, 16, "3.1 kHz audio");
	assert_field(&m, ISUP_FIELD_TRANSFER_MODE, 0, "circuit");
	assert_field(&m, ISUP_FIELD_TRANSFER_RATE, 16, "64 kbit/s");
	assert_field(&m, ISUP_FIELD_HOPS, 20, "");
	unsigned value = 7;
	assert_false(isup_field(&m, ISUP_FIELD_CHARGE, &value));
	assert_int_equal(value, 7);
	assert_summary(&m, "IAM called 49301234567 calling 4930987650 "
			   "redirected by 49312");
}

static void test_numbers_of_the_iam(void **state)
{
	(void)state;
	struct isup_msg m;
	struct isup_number n;
	parse(&m, BYTES(iam), ISUP_ITU);

	number_of(&n, &m, ISUP_PARAM_CALLED_NUMBER);
	assert_string_equal(n.digits, "49301234567");
	assert_int_equal(n.total, 11);
	assert_int_equal(n.nature, 3);
	assert_int_equal(n.plan, 1);
	assert_true(n.no_internal);
	assert_false(n.incomplete || n.end);
	assert_int_equal(n.presentation + n.screening + n.qualifier, 0);

	number_of(&n, &m, ISUP_PARAM_CALLING_NUMBER);
	assert_string_equal(n.digits, "4930987650");
	assert_int_equal(n.nature, 4);
	assert_int_equal(n.plan, 1);
	assert_true(n.incomplete);
	assert_false(n.no_internal);
	assert_int_equal(n.presentation, 1);
	assert_int_equal(n.screening, 3);

	number_of(&n, &m, ISUP_PARAM_REDIRECTING_NUMBER);
	assert_string_equal(n.digits, "49312");
	assert_int_equal(n.presentation, 1);
	assert_int_equal(n.screening, 0);

	number_of(&n, &m, ISUP_PARAM_ORIGINAL_CALLED_NUMBER);
	assert_string_equal(n.digits, "493127");
	assert_int_equal(n.nature, 4);
	assert_int_equal(n.presentation, 0);

	number_of(&n, &m, ISUP_PARAM_GENERIC_NUMBER);
	assert_string_equal(n.digits, "493011");
	assert_int_equal(n.qualifier, 6);
	assert_int_equal(n.nature, 3);
	assert_int_equal(n.plan, 1);
	assert_int_equal(n.screening, 1);
	assert_false(n.incomplete);

	const struct isup_param *unknown = isup_find(&m, 0xf0);
	assert_non_null(unknown);
	assert_string_equal(isup_param_name(0xf0, ISUP_ITU), "");
	assert_int_equal(unknown->value.len, 2);
	assert_memory_equal(unknown->value.p, "\xde\xad", 2);
	n.nature = 99;
	assert_int_equal(isup_number(&n, unknown, ISUP_ITU), ERR_FORMAT);
	assert_int_equal(isup_number(&n, isup_find(&m, ISUP_PARAM_HOP_COUNTER), ISUP_ITU),
	                 ERR_FORMAT);
	assert_int_equal(n.nature, 99);
}

/* --- digits: Q.763 3.9 e) */

static const struct {
	uint8_t     code;
	uint8_t     len;
	uint8_t     bytes[24];
	const char *digits; /* NULL: refused */
	unsigned    total;
	bool        end;
} numbers[] = {
	{ 0x04, 2, { 0x03, 0x10 }, "", 0, false },
	{ 0x04, 2, { 0x83, 0x10 }, "", 0, false },
	{ 0x04, 3, { 0x83, 0x10, 0x01 }, "1", 1, false },
	{ 0x04, 3, { 0x03, 0x10, 0x21 }, "12", 2, false },
	{ 0x04, 3, { 0x83, 0x10, 0x0f }, "", 0, true },        /* ST alone */
	{ 0x04, 3, { 0x03, 0x10, 0xf1 }, "1", 1, true },       /* 1 ST */
	{ 0x04, 4, { 0x83, 0x10, 0x21, 0x0f }, "12", 2, true }, /* 1 2 ST */
	{ 0x04, 4, { 0x03, 0x10, 0x1f, 0x02 }, "F120", 4, false },
	{ 0x04, 5, { 0x03, 0x10, 0xba, 0xdc, 0x9e }, "ABCDE9", 6, false },
	{ 0x05, 1, { 0x00 }, "", 0, false },
	{ 0x05, 2, { 0x80, 0x07 }, "7", 1, false },
	{ 0x05, 3, { 0x80, 0x21, 0xf3 }, "123", 3, false }, /* a filler may be anything */
	{ 0x05, 0, { 0 }, NULL, 0, false },
	{ 0x04, 1, { 0x03 }, NULL, 0, false },
	{ 0xc0, 2, { 0x06, 0x03 }, NULL, 0, false },
	{ 0xc0, 3, { 0x06, 0x03, 0x10 }, "", 0, false },
	/* more than are kept: 17 octets, 34 digits */
	{ 0x05, 18, { 0x00, 0x21, 0x21, 0x21, 0x21, 0x21, 0x21, 0x21, 0x21, 0x21, 0x21,
	              0x21, 0x21, 0x21, 0x21, 0x21, 0x21, 0x43 },
	  "12121212121212121212121212121212", 34, false },
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(numbers); i++) {
		char *copy = guard_copy(numbers[i].bytes, numbers[i].len);
		struct isup_param p = { { copy, numbers[i].len }, numbers[i].code };
		struct isup_number n = { .total = 77 };
		enum err e = isup_number(&n, &p, ISUP_ITU);
		guard_free(copy);
		assert_int_equal(e, numbers[i].digits ? OK : ERR_FORMAT);
		if (e != OK) {
			assert_int_equal(n.total, 77);
			continue;
		}
		assert_string_equal(n.digits, numbers[i].digits);
		assert_int_equal(n.ndigits, strlen(numbers[i].digits));
		assert_int_equal(n.total, numbers[i].total);
		assert_int_equal(n.end, numbers[i].end);
	}
}

/* Octet 2 of each kind, all ones but for the plan, 1: what the kind has is set. */
static const struct {
	uint8_t           code;
	enum isup_variant variant;
	bool              no_internal, incomplete;
	unsigned          presentation, screening;
} layouts[] = {
	{ ISUP_PARAM_CALLED_NUMBER, ISUP_ITU, true, false, 0, 0 },
	{ ISUP_PARAM_CALLING_NUMBER, ISUP_ITU, false, true, 3, 3 },
	{ ISUP_PARAM_REDIRECTING_NUMBER, ISUP_ITU, false, false, 3, 0 },
	{ ISUP_PARAM_REDIRECTION_NUMBER, ISUP_ITU, true, false, 0, 0 },
	{ ISUP_PARAM_ORIGINAL_CALLED_NUMBER, ISUP_ITU, false, false, 3, 0 },
	{ ISUP_PARAM_CONNECTED_NUMBER, ISUP_ITU, false, false, 3, 3 },
	{ ISUP_PARAM_LOCATION_NUMBER, ISUP_ITU, true, false, 3, 3 },
	{ ISUP_PARAM_CHARGE_NUMBER, ISUP_ANSI, false, false, 0, 0 },
};

static void test_number_layouts(void **state)
{
	(void)state;
	static const uint8_t bytes[] = { 0xff, 0x9f, 0x09 };
	for (size_t i = 0; i < LENGTH(layouts); i++) {
		struct isup_param p = { BYTES(bytes), layouts[i].code };
		struct isup_number n;
		assert_int_equal(isup_number(&n, &p, layouts[i].variant), OK);
		assert_string_equal(n.digits, "9");
		assert_int_equal(n.nature, 0x7f);
		assert_int_equal(n.plan, 1);
		assert_int_equal(n.no_internal, layouts[i].no_internal);
		assert_int_equal(n.incomplete, layouts[i].incomplete);
		assert_int_equal(n.presentation, layouts[i].presentation);
		assert_int_equal(n.screening, layouts[i].screening);
	}
	struct isup_param charge = { BYTES(bytes), ISUP_PARAM_CHARGE_NUMBER };
	struct isup_number n;
	assert_int_equal(isup_number(&n, &charge, ISUP_ITU), ERR_FORMAT);
}

/* --- the other messages: bytes and line */

static const struct {
	enum isup_variant variant;
	uint8_t           len;
	uint8_t           bytes[40];
	unsigned          odd, params;
	const char       *summary;
} messages[] = {
	{ ISUP_ITU, 7, { 0x02, 0x02, 0x00, 0x03, 0x80, 0x21, 0x03 }, 0, 1,
	  "SAM digits 123" },
	{ ISUP_ITU, 4, { 0x03, 0x01, 0x00, 0x00 }, 0, 1, "INR" },
	{ ISUP_ITU, 4, { 0x04, 0x03, 0x00, 0x00 }, 0, 1, "INF" },
	{ ISUP_ITU, 2, { 0x05, 0x01 }, 0, 1, "COT" },
	{ ISUP_ITU, 4, { 0x06, 0x16, 0x14, 0x00 }, 0, 1, "ACM subscriber free" },
	{ ISUP_ITU, 4, { 0x06, 0x12, 0x14, 0x00 }, 0, 1, "ACM" }, /* status not known */
	{ ISUP_ITU, 4, { 0x07, 0x16, 0x14, 0x00 }, 0, 1, "CON subscriber free" },
	{ ISUP_ITU, 2, { 0x08, 0x00 }, 0, 0, "FOT" },
	{ ISUP_ITU, 2, { 0x09, 0x00 }, 0, 0, "ANM" },
	{ ISUP_ITU, 9, { 0x09, 0x01, 0x21, 0x04, 0x03, 0x13, 0x94, 0x03, 0x00 }, 0, 1,
	  "ANM connected 4930" },
	{ ISUP_ITU, 6, { 0x0c, 0x02, 0x00, 0x02, 0x80, 0x90 }, 0, 1,
	  "REL cause 16 normal call clearing" },
	{ ISUP_ITU, 6, { 0x0c, 0x02, 0x00, 0x02, 0x84, 0x91 }, 0, 1,
	  "REL cause 17 user busy" },
	/* cause 32 has no name, and coding standard 2 is national: ANSI's in T1.113 */
	{ ISUP_ITU, 6, { 0x0c, 0x02, 0x00, 0x02, 0x80, 0xa0 }, 0, 1, "REL cause 32" },
	{ ISUP_ITU, 6, { 0x0c, 0x02, 0x00, 0x02, 0xc0, 0x97 }, 0, 1, "REL cause 23" },
	{ ISUP_ANSI, 6, { 0x0c, 0x02, 0x00, 0x02, 0xc0, 0x97 }, 0, 1,
	  "REL cause 23 unallocated destination number" },
	{ ISUP_ANSI, 6, { 0x0c, 0x02, 0x00, 0x02, 0x80, 0x97 }, 0, 1,
	  "REL cause 23 redirection to new destination" },
	{ ISUP_ITU, 3, { 0x0d, 0x00, 0x00 }, 0, 1, "SUS by ISDN subscriber" },
	{ ISUP_ITU, 3, { 0x0e, 0x01, 0x00 }, 0, 1, "RES by network" },
	{ ISUP_ITU, 2, { 0x10, 0x00 }, 0, 0, "RLC" },
	{ ISUP_ITU, 1, { 0x10 }, 0, 0, "RLC" },
	{ ISUP_ITU, 3, { 0x2c, 0x01, 0x00 }, 0, 1, "CPG alerting" },
	{ ISUP_ITU, 6, { 0x2c, 0x83, 0x01, 0x29, 0x01, 0x01 }, ISUP_ODD_NO_END, 2,
	  "CPG in-band information" },
	{ ISUP_ITU, 1, { 0x12 }, 0, 0, "RSC" },
	{ ISUP_ITU, 6, { 0x18, 0x00, 0x01, 0x02, 0x03, 0x0f }, 0, 2, "CGB" },
	/* two pointers, and no optional part */
	{ ISUP_ITU, 8, { 0x2b, 0x02, 0x03, 0x01, 0x01, 0x02, 0x00, 0x00 }, 0, 2, "CQR" },
	/* parameters need not follow in the order of their pointers */
	{ ISUP_ITU, 8, { 0x2b, 0x05, 0x01, 0x02, 0x00, 0x00, 0x01, 0x01 }, 0, 2, "CQR" },
	{ ISUP_ITU, 4, { 0xc8, 0x01, 0x02, 0x03 }, ISUP_ODD_UNKNOWN, 0, "type 200" },
	{ ISUP_ITU, 3, { 0xed, 0x01, 0x00 }, ISUP_ODD_UNKNOWN, 0, "type 237" },
	{ ISUP_ANSI, 2, { 0xed, 0x00 }, 0, 0, "EXM" },
	{ ISUP_ANSI, 2, { 0xea, 0x00 }, 0, 1, "CRM" },
	/* two octets of the fixed part, then perhaps a pointer */
	{ ISUP_ANSI, 3, { 0xeb, 0x00, 0x12 }, 0, 2, "CVR" },
	{ ISUP_ANSI, 8, { 0xeb, 0x00, 0x12, 0x01, 0xe9, 0x01, 0x41, 0x00 }, 0, 3, "CVR" },
	{ ISUP_ANSI, 2, { 0xeb, 0x00 }, ISUP_ODD_TRUNCATED, 1, "CVR" },
	/* the IAM of T1.113: user service information and no medium */
	{ ISUP_ANSI, 31, { 0x01, 0x00, 0x20, 0x01, 0x0a, 0x03, 0x06, 0x0d,
	                   0x03, 0x80, 0x90, 0xa2, /* user service information */
	                   0x07, 0x03, 0x10, 0x21, 0x55, 0x05, 0x21, 0x43, /* called */
	                   0xeb, 0x04, 0x03, 0x10, 0x12, 0x55,             /* charge */
	                   0xea, 0x01, 0x00, /* originating line */
	                   0x00, 0x77 /* behind the end: nobody's */ }, 0, 7,
	  "IAM called 1255501234" },
};

static void test_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(messages); i++) {
		char *copy = guard_copy(messages[i].bytes, messages[i].len);
		struct isup_msg m;
		parse(&m, (struct slice){ copy, messages[i].len }, messages[i].variant);
		assert_summary(&m, messages[i].summary);
		assert_int_equal(m.odd, messages[i].odd);
		assert_int_equal(m.nparams, messages[i].params);
		guard_free(copy);
	}
}

static void test_backward(void **state)
{
	(void)state;
	/* octet 1: charge 10, subscriber free 01, payphone 10, pass-along 01; octet 2:
	 * interworking, no information, ISUP, holding, no ISDN, echo, SCCP both */
	static const uint8_t acm[] = { 0x06, 0x66, 0xed, 0x01, 0x29, 0x01, 0x05, 0x00 };
	struct isup_msg m;
	parse(&m, BYTES(acm), ISUP_ITU);
	assert_field(&m, ISUP_FIELD_CHARGE, 2, "charge");
	assert_field(&m, ISUP_FIELD_CALLED_STATUS, 1, "subscriber free");
	assert_field(&m, ISUP_FIELD_CALLED_CATEGORY, 2, "payphone");
	assert_field(&m, ISUP_FIELD_BACKWARD_METHOD, 1, "pass-along");
	assert_field(&m, ISUP_FIELD_BACKWARD_INTERWORKING, 1, "encountered");
	assert_field(&m, ISUP_FIELD_BACKWARD_INFORMATION, 0, "none");
	assert_field(&m, ISUP_FIELD_BACKWARD_ISUP, 1, "yes");
	assert_field(&m, ISUP_FIELD_HOLDING, 1, "requested");
	assert_field(&m, ISUP_FIELD_BACKWARD_ACCESS, 0, "not ISDN");
	assert_field(&m, ISUP_FIELD_INCOMING_ECHO, 1, "included");
	assert_field(&m, ISUP_FIELD_BACKWARD_SCCP, 3, "both");
	assert_field(&m, ISUP_FIELD_INBAND, 1, "available");
	assert_field(&m, ISUP_FIELD_MAY_DIVERT, 0, "no indication");
	assert_field(&m, ISUP_FIELD_BACKWARD_SEGMENT, 1, "yes");
}

static void test_small_fields(void **state)
{
	(void)state;
	static const uint8_t cpg[] = { 0x2c, 0x84, 0x00 };
	static const uint8_t inr[] = { 0x03, 0x91, 0x00, 0x00 };
	static const uint8_t inf[] = { 0x04, 0xa3, 0x00, 0x00 };
	static const uint8_t cot[] = { 0x05, 0x01 };
	static const uint8_t con[] = { 0x07, 0, 0, 0x01, 0x08, 0x01, 0x86, 0x13, 0x01,
		                       0x01, 0x00 };
	struct isup_msg m;
	parse(&m, BYTES(cpg), ISUP_ITU);
	assert_field(&m, ISUP_FIELD_EVENT, 4, "call forwarded on busy");
	assert_field(&m, ISUP_FIELD_EVENT_RESTRICTED, 1, "restricted");
	parse(&m, BYTES(inr), ISUP_ITU);
	assert_field(&m, ISUP_FIELD_ASK_NUMBER, 1, "requested");
	assert_field(&m, ISUP_FIELD_ASK_HOLDING, 0, "not requested");
	assert_field(&m, ISUP_FIELD_ASK_CATEGORY, 0, "not requested");
	assert_field(&m, ISUP_FIELD_ASK_CHARGE, 1, "requested");
	assert_field(&m, ISUP_FIELD_ASK_MALICIOUS, 1, "requested");
	parse(&m, BYTES(inf), ISUP_ITU);
	assert_field(&m, ISUP_FIELD_GIVES_NUMBER, 3, "included");
	assert_field(&m, ISUP_FIELD_GIVES_HOLDING, 0, "not provided");
	assert_field(&m, ISUP_FIELD_GIVES_CATEGORY, 1, "included");
	assert_field(&m, ISUP_FIELD_GIVES_CHARGE, 0, "not included");
	assert_field(&m, ISUP_FIELD_SOLICITED, 1, "no");
	parse(&m, BYTES(cot), ISUP_ITU);
	assert_field(&m, ISUP_FIELD_CONTINUITY, 1, "successful");
	parse(&m, BYTES(con), ISUP_ITU);
	assert_field(&m, ISUP_FIELD_CUG, 2, "outgoing access allowed");
	assert_field(&m, ISUP_FIELD_FORWARD_SEGMENT, 1, "yes");
	assert_field(&m, ISUP_FIELD_CONNECTED_REQUEST, 1, "yes");
	/* one octet of redirection information: the second one's fields are not there */
	unsigned value = 9;
	assert_field(&m, ISUP_FIELD_REDIRECTING, 1, "call rerouted");
	assert_false(isup_field(&m, ISUP_FIELD_REDIRECTIONS, &value));
	assert_false(isup_field(&m, ISUP_FIELD_COUNT, &value));
	assert_int_equal(value, 9);
}

/* --- causes: Q.850 2 */

static const struct {
	uint8_t  len;
	uint8_t  bytes[8];
	bool     there;
	unsigned coding, location, value, diagnostics;
} causes[] = {
	{ 2, { 0x84, 0x90 }, true, 0, 4, 16, 0 },
	{ 2, { 0xe2, 0xff }, true, 3, 2, 127, 0 },
	{ 4, { 0x80, 0x9c, 0x01, 0x02 }, true, 0, 0, 28, 2 },
	{ 3, { 0x0a, 0x80, 0x81 }, true, 0, 10, 1, 0 }, /* with a recommendation */
	{ 5, { 0x0a, 0x80, 0x81, 0x05, 0x06 }, true, 0, 10, 1, 2 },
	{ 2, { 0x0a, 0x80 }, false, 0, 0, 0, 0 },
	{ 1, { 0x84 }, false, 0, 0, 0, 0 },
	{ 0, { 0 }, false, 0, 0, 0, 0 },
};

static void test_causes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(causes); i++) {
		char *copy = guard_copy(causes[i].bytes, causes[i].len);
		struct isup_param p = { { copy, causes[i].len }, ISUP_PARAM_CAUSE };
		struct isup_cause c = { .value = 200 };
		enum err e = isup_cause(&c, &p);
		assert_int_equal(e, causes[i].there ? OK : ERR_FORMAT);
		if (e == OK) {
			assert_int_equal(c.coding, causes[i].coding);
			assert_int_equal(c.location, causes[i].location);
			assert_int_equal(c.value, causes[i].value);
			assert_int_equal(c.diagnostics.len, causes[i].diagnostics);
		} else {
			assert_int_equal(c.value, 200);
		}
		p.code = ISUP_PARAM_EVENT;
		assert_int_equal(isup_cause(&c, &p), ERR_FORMAT);
		guard_free(copy);
	}
}

/* --- cuts and lies */

/* A cut message is read as far as it goes, and is never whole. */
static void test_every_cut(void **state)
{
	(void)state;
	struct isup_msg whole, m;
	parse(&whole, BYTES(iam), ISUP_ITU);
	for (size_t len = 1; len < sizeof iam; len++) {
		char *copy = guard_copy(iam, len), line[ISUP_SUMMARY_MAX];
		parse(&m, (struct slice){ copy, len }, ISUP_ITU);
		assert_true(m.odd != 0 && m.nparams <= whole.nparams);
		for (unsigned i = 0; i < m.nparams; i++) {
			if (i == 4 && m.params[i].code != ISUP_PARAM_CALLED_NUMBER)
				break;
			assert_int_equal(m.params[i].code, whole.params[i].code);
			assert_int_equal(m.params[i].value.len,
			                 whole.params[i].value.len);
		}
		assert_int_equal(!!(m.odd & ISUP_ODD_TRUNCATED), len < 8);
		assert_true(isup_summary(&m, line) >= 3);
		guard_free(copy);
	}
	assert_int_equal(isup_parse(&m, SLICE_NONE, ISUP_ITU), ERR_FORMAT);
}

static const struct {
	enum isup_variant variant;
	uint8_t           len;
	uint8_t           bytes[16];
	unsigned          odd, params;
} lies[] = {
	/* REL: pointer 02, 00; cause of 2 octets */
	{ ISUP_ITU, 6, { 0x0c, 0x00, 0x00, 0x02, 0x80, 0x90 }, ISUP_ODD_POINTER, 0 },
	{ ISUP_ITU, 6, { 0x0c, 0x01, 0x00, 0x02, 0x80, 0x90 }, ISUP_ODD_POINTER, 0 },
	{ ISUP_ITU, 6, { 0x0c, 0x05, 0x00, 0x02, 0x80, 0x90 }, ISUP_ODD_POINTER, 0 },
	{ ISUP_ITU, 6, { 0x0c, 0xff, 0x00, 0x02, 0x80, 0x90 }, ISUP_ODD_POINTER, 0 },
	{ ISUP_ITU, 6, { 0x0c, 0x02, 0x00, 0x03, 0x80, 0x90 }, ISUP_ODD_LENGTH, 0 },
	{ ISUP_ITU, 6, { 0x0c, 0x03, 0x00, 0x02, 0x80, 0x90 }, ISUP_ODD_LENGTH, 0 },
	{ ISUP_ITU, 6, { 0x0c, 0x02, 0x00, 0x00, 0x80, 0x90 }, 0, 1 }, /* empty, legal */
	/* its pointer to the optional part: into the cause, to its end, and beyond */
	{ ISUP_ITU, 6, { 0x0c, 0x02, 0x01, 0x02, 0x80, 0x90 }, ISUP_ODD_POINTER, 1 },
	{ ISUP_ITU, 6, { 0x0c, 0x02, 0x03, 0x02, 0x80, 0x90 }, ISUP_ODD_POINTER, 1 },
	{ ISUP_ITU, 6, { 0x0c, 0x02, 0x04, 0x02, 0x80, 0x90 }, ISUP_ODD_POINTER, 1 },
	{ ISUP_ITU, 7, { 0x0c, 0x02, 0x04, 0x02, 0x80, 0x90, 0x00 }, 0, 1 },
	/* both lie */
	{ ISUP_ITU, 6, { 0x0c, 0x09, 0x09, 0x02, 0x80, 0x90 }, ISUP_ODD_POINTER, 0 },
	/* optional parameters: no length, a length too long, no end */
	{ ISUP_ITU, 3, { 0x09, 0x01, 0x3d }, ISUP_ODD_LENGTH, 0 },
	{ ISUP_ITU, 5, { 0x09, 0x01, 0x3d, 0x02, 0x01 }, ISUP_ODD_LENGTH, 0 },
	{ ISUP_ITU, 5, { 0x09, 0x01, 0x3d, 0x01, 0x01 }, ISUP_ODD_NO_END, 1 },
	{ ISUP_ITU, 2, { 0x09, 0x01 }, ISUP_ODD_POINTER, 0 },
	{ ISUP_ITU, 5, { 0x09, 0x02, 0x3d, 0x00, 0x00 }, 0, 0 }, /* begins at its end */
	{ ISUP_ITU, 4, { 0x09, 0x01, 0x3d, 0x00 }, ISUP_ODD_NO_END, 1 }, /* empty */
	{ ISUP_ITU, 1, { 0x09 }, ISUP_ODD_TRUNCATED, 0 },
	{ ISUP_ITU, 2, { 0x06, 0x16 }, ISUP_ODD_TRUNCATED, 0 },
	/* CQR: both pointers to one parameter; the second into the first; the second in
	 * front of the first, and running into it */
	{ ISUP_ITU, 8, { 0x2b, 2, 1, 0x01, 0x01, 0x02, 0, 0 }, ISUP_ODD_POINTER, 1 },
	{ ISUP_ITU, 8, { 0x2b, 2, 2, 0x01, 0x01, 0x02, 0, 0 }, ISUP_ODD_POINTER, 1 },
	{ ISUP_ITU, 8, { 0x2b, 5, 1, 0x03, 0x00, 0x00, 1, 1 }, ISUP_ODD_POINTER, 1 },
};

static void test_lies(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(lies); i++) {
		char *copy = guard_copy(lies[i].bytes, lies[i].len);
		struct isup_msg m;
		parse(&m, (struct slice){ copy, lies[i].len }, lies[i].variant);
		if (m.odd != lies[i].odd || m.nparams != lies[i].params)
			fail_msg("row %zu: odd %#x, %u parameters", i, m.odd, m.nparams);
		guard_free(copy);
	}
}

/* Each pair of pointers in an IAM whose bytes behind them are all alike: whatever they
 * say, parameters lie within the message. */
static void test_every_pointer(void **state)
{
	(void)state;
	uint8_t bytes[64];
	memset(bytes, 3, sizeof bytes);
	bytes[0] = ISUP_IAM;
	char *copy = guard_copy(bytes, sizeof bytes);
	for (unsigned pair = 0; pair <= 0xffff; pair++) {
		copy[6] = (char)(pair >> 8);
		copy[7] = (char)(pair & 0xff);
		struct isup_msg m;
		parse(&m, (struct slice){ copy, sizeof bytes }, ISUP_ITU);
		for (unsigned i = 0; i < m.nparams; i++) {
			const char *p = m.params[i].value.p;
			assert_true(p > copy);
			assert_true(p + m.params[i].value.len <= copy + sizeof bytes);
		}
		unsigned called = pair >> 8;
		assert_int_equal(isup_find(&m, ISUP_PARAM_CALLED_NUMBER) != NULL,
		                 called >= 2 && called + 6 + 4 <= sizeof bytes);
	}
	guard_free(copy);
}

static void test_many_parameters(void **state)
{
	(void)state;
	uint8_t bytes[2 + 2 * (ISUP_PARAMS_MAX + 3) + 1] = { ISUP_ANM, 1 };
	for (size_t i = 2; i + 1 < sizeof bytes; i += 2)
		bytes[i] = 0xf1;
	struct isup_msg m;
	parse(&m, BYTES(bytes), ISUP_ITU);
	assert_int_equal(m.odd, ISUP_ODD_MANY);
	assert_int_equal(m.nparams, ISUP_PARAMS_MAX);
	assert_int_equal(m.seen, ISUP_PARAMS_MAX + 3);
	bytes[2 + 2 * ISUP_PARAMS_MAX] = 0;
	parse(&m, BYTES(bytes), ISUP_ITU);
	assert_int_equal(m.odd, 0);
	assert_int_equal(m.seen, ISUP_PARAMS_MAX);
}

/* Four numbers of 64 digits: the line ends where its buffer does. */
static void test_long_summary(void **state)
{
	(void)state;
	static const uint8_t codes[] = { 0x0a, 0x0b, 0x21 };
	uint8_t bytes[160] = { 0x01, 0, 0, 0, 10, 0, 2, 37, 34, 3, 0x10 };
	size_t n = 11 + 32;
	memset(bytes + 11, 0x11, 32);
	for (size_t i = 0; i < LENGTH(codes); i++) {
		bytes[n++] = codes[i];
		bytes[n++] = 34;
		bytes[n++] = 3;
		bytes[n++] = 0x10;
		memset(bytes + n, 0x22, 32);
		n += 32;
	}
	bytes[n++] = 0;
	bytes[7] = 36; /* from the second pointer to behind the called party number */
	char line[ISUP_SUMMARY_MAX];
	struct isup_msg m;
	parse(&m, (struct slice){ (const char *)bytes, n }, ISUP_ITU);
	assert_int_equal(m.odd, 0);
	assert_int_equal(isup_summary(&m, line), ISUP_SUMMARY_MAX - 1);
	assert_int_equal(strlen(line), ISUP_SUMMARY_MAX - 1);
	assert_memory_equal(line, "IAM called 11111111", 19);
}

/* --- names and variants */

static const struct {
	const char       *type;
	enum isup_variant variant;
} variants[] = {
	{ "application/ISUP;version=itu-t92+", ISUP_ITU },
	{ "application/ISUP;version=ansi00", ISUP_ANSI },
	{ "application/ISUP; Version = \"ANSI88\"", ISUP_ANSI },
	{ "application/ISUP;version=gr-317", ISUP_ANSI },
	{ "application/ISUP;version=etsi356;base=ansi88", ISUP_ITU },
	{ "application/ISUP;version=ansi00;base=itu-t92+", ISUP_ANSI },
	{ "application/ISUP;base=ansi88;version=X-NetxProprietaryISUPv3", ISUP_ANSI },
	{ "application/ISUP;base=itu-t88;version=X-NetxProprietaryISUPv3", ISUP_ITU },
	{ "application/ISUP;base=ansi88", ISUP_ANSI },
	{ "application/ISUP;version=nxv3", ISUP_ITU },
	{ "application/ISUP;version=", ISUP_ITU },
	{ "application/ISUP", ISUP_ITU },
	{ "", ISUP_ITU },
};

static void test_variants(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(variants); i++) {
		struct slice type = slice_of(variants[i].type);
		assert_int_equal(isup_variant_of(type), variants[i].variant);
	}
}

static void test_names(void **state)
{
	(void)state;
	/* Q.763 table 4 has 49 types; what is reserved for earlier versions, as 0x1c,
	 * has no name */
	unsigned itu = 0, ansi = 0;
	for (unsigned i = 0; i < 256; i++) {
		itu += *isup_type_name((uint8_t)i, ISUP_ITU) != '\0';
		ansi += *isup_type_name((uint8_t)i, ISUP_ANSI) != '\0';
		if (*isup_type_acronym((uint8_t)i, ISUP_ITU))
			assert_string_equal(isup_type_name((uint8_t)i, ISUP_ITU),
			                    isup_type_name((uint8_t)i, ISUP_ANSI));
	}
	assert_int_equal(itu, 49);
	assert_int_equal(ansi, itu + 5);
	assert_string_equal(isup_type_acronym(0x10, ISUP_ITU), "RLC");
	assert_string_equal(isup_type_acronym(0x0a, ISUP_ITU), "");
	assert_string_equal(isup_type_name(0x1c, ISUP_ITU), "");
	assert_string_equal(isup_param_name(0xc0, ISUP_ITU), "generic number");
	assert_string_equal(isup_param_name(0xc0, ISUP_ANSI), "generic address");
	assert_string_equal(isup_param_name(0x04, ISUP_ANSI), "called party number");
	assert_string_equal(isup_param_name(0xeb, ISUP_ITU), "");
	assert_string_equal(isup_value_name(ISUP_FIELD_CHARGE, 3, ISUP_ITU), "");
	assert_string_equal(isup_field_name(ISUP_FIELD_COUNT), "");
	assert_int_equal(isup_field_code(ISUP_FIELD_COUNT), 0);
}

/* Names of small values, by the value: Q.850 2, Q.763 3.9 and 3.10. */
static void test_small_names(void **state)
{
	(void)state;
	static const char *const locations[] = {
		"user", "private network serving the local user",
		"public network serving the local user", "transit network",
		"public network serving the remote user",
		"private network serving the remote user", "", "international network",
		"", "", "network beyond interworking point", "",
	};
	static const char *const natures[] = {
		"", "subscriber", "unknown", "national", "international",
		"network-specific", "network routing number, national format",
		"network routing number, network-specific format",
		"network routing number with called directory number", "",
	};
	static const char *const plans[] = {
		"", "ISDN (E.164)", "", "data (X.121)", "telex (F.69)", "national use",
		"national use", "",
	};
	static const char *const presentations[] = { "allowed", "restricted",
		                                     "not available", "" };
	static const char *const screenings[] = {
		"user provided, not verified", "user provided, verified and passed",
		"user provided, verified and failed", "network provided", "",
	};
	for (size_t i = 0; i < LENGTH(locations); i++)
		assert_string_equal(isup_location_name((uint8_t)i), locations[i]);
	for (size_t i = 0; i < LENGTH(natures); i++)
		assert_string_equal(isup_nature_name((uint8_t)i, ISUP_ITU),
		                    natures[i]);
	for (size_t i = 0; i < LENGTH(plans); i++)
		assert_string_equal(isup_plan_name((uint8_t)i, ISUP_ITU), plans[i]);
	for (size_t i = 0; i < LENGTH(presentations); i++)
		assert_string_equal(isup_presentation_name((uint8_t)i),
		                    presentations[i]);
	for (size_t i = 0; i < LENGTH(screenings); i++)
		assert_string_equal(isup_screening_name((uint8_t)i), screenings[i]);
}

/* What T1.113 gives a meaning of its own. */
static void test_ansi_names(void **state)
{
	(void)state;
	assert_string_equal(isup_nature_name(4, ISUP_ANSI), "international");
	assert_string_equal(isup_nature_name(5, ISUP_ANSI), "");
	assert_string_equal(isup_nature_name(113, ISUP_ANSI),
	                    "subscriber, operator requested");
	assert_string_equal(isup_nature_name(119, ISUP_ANSI), "test line");
	assert_string_equal(isup_nature_name(113, ISUP_ITU), "");
	assert_string_equal(isup_plan_name(5, ISUP_ANSI), "private");
	assert_string_equal(isup_plan_name(6, ISUP_ANSI), "");
	assert_string_equal(isup_plan_name(1, ISUP_ANSI), "ISDN (E.164)");
}

static void test_cause_names(void **state)
{
	(void)state;
	static const struct {
		unsigned          coding, value;
		enum isup_variant variant;
		const char       *name;
	} rows[] = {
		{ 0, 16, ISUP_ITU, "normal call clearing" },
		{ 0, 16, ISUP_ANSI, "normal call clearing" },
		{ 0, 127, ISUP_ITU, "interworking, unspecified" },
		{ 0, 0, ISUP_ITU, "" },
		{ 1, 16, ISUP_ITU, "" },
		{ 2, 16, ISUP_ANSI, "" },
		{ 2, 26, ISUP_ANSI, "misrouted call to a ported number" },
		{ 2, 26, ISUP_ITU, "" },
		{ 3, 26, ISUP_ANSI, "" },
	};
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct isup_cause cause = { .coding = (uint8_t)rows[i].coding,
			                    .value = (uint8_t)rows[i].value };
		assert_string_equal(isup_cause_name(&cause, rows[i].variant),
		                    rows[i].name);
	}
}

/* Bit E of the forward and bit J of the backward call indicators: T1.113 tells there of
 * a second part of the IAM, Q.763 of end-to-end information. */
static void test_ansi_indicators(void **state)
{
	(void)state;
	static const uint8_t call[] = { 0x01, 0x00, 0x10, 0x00, 0xe0, 0x03, 0x06, 0x00,
		                        0x03, 0x80, 0x90, 0xa2, 0x03, 0x83, 0x10, 0x01 };
	static const uint8_t acm[] = { 0x06, 0x0c, 0x02, 0x00 };
	unsigned value;
	struct isup_msg m;
	parse(&m, BYTES(call), ISUP_ANSI);
	assert_int_equal(m.odd, 0);
	assert_field(&m, ISUP_FIELD_FORWARD_SEGMENTED, 1, "information follows");
	assert_false(isup_field(&m, ISUP_FIELD_FORWARD_INFORMATION, &value));
	assert_field(&m, ISUP_FIELD_CATEGORY, 224, "emergency service call");
	parse(&m, BYTES(acm), ISUP_ANSI);
	assert_field(&m, ISUP_FIELD_BACKWARD_SEGMENTED, 1, "information received");
	assert_false(isup_field(&m, ISUP_FIELD_BACKWARD_INFORMATION, &value));
	assert_field(&m, ISUP_FIELD_CALLED_STATUS, 3, "excessive delay");
	assert_summary(&m, "ACM excessive delay");
	parse(&m, BYTES(acm), ISUP_ITU);
	assert_field(&m, ISUP_FIELD_BACKWARD_INFORMATION, 1, "available");
	assert_false(isup_field(&m, ISUP_FIELD_BACKWARD_SEGMENTED, &value));
	assert_field(&m, ISUP_FIELD_CALLED_STATUS, 3, "");
}

/* Every row of isup_field.def is of a parameter that has a name, and its values fit. */
static void test_field_rows(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ISUP_FIELD_COUNT; i++) {
		enum isup_field field = (enum isup_field)i;
		uint8_t code = isup_field_code(field);
		uint8_t ones[] = { 0xff, 0xff };
		struct isup_msg m = { .variant = ISUP_ITU, .nparams = 1 };
		m.params[0] = (struct isup_param){ BYTES(ones), code };
		unsigned most = 0;
		assert_true(*isup_param_name(code, ISUP_ITU) != '\0');
		if (!isup_field(&m, field, &most)) {
			m.variant = ISUP_ANSI;
			assert_true(isup_field(&m, field, &most));
		}
		assert_true(most >= 1 && most <= 255);
		for (unsigned v = most + 1; v < 256; v++)
			assert_string_equal(isup_value_name(field, v, ISUP_ANSI), "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iam),
		cmocka_unit_test(test_numbers_of_the_iam),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_number_layouts),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_backward),
		cmocka_unit_test(test_small_fields),
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_every_pointer),
		cmocka_unit_test(test_many_parameters),
		cmocka_unit_test(test_long_summary),
		cmocka_unit_test(test_variants),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_small_names),
		cmocka_unit_test(test_ansi_names),
		cmocka_unit_test(test_cause_names),
		cmocka_unit_test(test_ansi_indicators),
		cmocka_unit_test(test_field_rows),
	};
	return cmocka_run_group_tests_name("sip/isup", tests, NULL, NULL);
}
