/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "sip/header.h"
#include "support/guard.h"

#define NAME_MAX_TESTED 64 /* longer than any row's name and two bytes */

static char other_case(char c)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return (char)(letter ? c ^ 0x20 : c);
}

/* Look up a copy whose next byte is out of bounds. */
static enum sip_hdr_id lookup(const char *name, size_t len)
{
	char *copy = guard_copy(name, len);
	enum sip_hdr_id id = sip_hdr_lookup((struct slice){ copy, len });
	guard_free(copy);
	return id;
}

/* Is it the name of another row? Then a variant of one row may well be found. */
static bool is_a_name(const char *name, size_t len)
{
	for (unsigned i = 0; i < SIP_HDR_OTHER; i++) {
		const struct sip_hdr_info *info = sip_hdr_info((enum sip_hdr_id)i);
		struct slice s = { name, len };
		if (slice_ieq(info->name, s) || slice_ieq(info->compact, s))
			return true;
	}
	return false;
}

static void assert_unknown(const char *name, size_t len)
{
	if (!is_a_name(name, len))
		assert_int_equal(lookup(name, len), SIP_HDR_OTHER);
}

static void every_row_is_found_in_any_case(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SIP_HDR_OTHER; i++) {
		const struct sip_hdr_info *info = sip_hdr_info((enum sip_hdr_id)i);
		size_t n = info->name.len;
		char flipped[NAME_MAX_TESTED], half[NAME_MAX_TESTED];
		assert_in_range(n, 2, NAME_MAX_TESTED - 2);
		for (size_t k = 0; k < n; k++) {
			flipped[k] = other_case(info->name.p[k]);
			half[k] = k % 2 ? flipped[k] : info->name.p[k];
		}
		assert_int_equal(lookup(info->name.p, n), i);
		assert_int_equal(lookup(flipped, n), i);
		assert_int_equal(lookup(half, n), i);
	}
}

static void the_whole_name_is_compared(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SIP_HDR_OTHER; i++) {
		const struct sip_hdr_info *info = sip_hdr_info((enum sip_hdr_id)i);
		size_t n = info->name.len;
		char name[NAME_MAX_TESTED];
		memcpy(name, info->name.p, n);
		for (size_t k = 0; k < n; k++) {
			static const char wrong[] = { 'q', '@', '\0', (char)0xff, ' ' };
			for (size_t w = 0; w < sizeof wrong; w++) {
				name[k] = wrong[w];
				assert_unknown(name, n);
			}
			/* '-' and CR, '[' and '{': apart by the bit of letter case */
			name[k] = (char)(info->name.p[k] ^ 0x20);
			if (other_case(info->name.p[k]) == info->name.p[k])
				assert_unknown(name, n);
			name[k] = info->name.p[k];
		}
		assert_unknown(name, n - 1);
		assert_unknown(name + 1, n - 1);
		name[n] = 's';
		assert_unknown(name, n + 1);
		name[n] = '\0';
		assert_unknown(name, n + 1);
	}
}

/* The letters of RFC 3261 7.3.3 and of the extensions, not read from the table. */
static void compact_forms_are_those_of_the_registry(void **state)
{
	static const struct {
		char            letter;
		enum sip_hdr_id id;
	} forms[] = {
		{ 'a', SIP_HDR_ACCEPT_CONTACT },    { 'b', SIP_HDR_REFERRED_BY },
		{ 'c', SIP_HDR_CONTENT_TYPE },      { 'd', SIP_HDR_REQUEST_DISPOSITION },
		{ 'e', SIP_HDR_CONTENT_ENCODING },  { 'f', SIP_HDR_FROM },
		{ 'i', SIP_HDR_CALL_ID },           { 'j', SIP_HDR_REJECT_CONTACT },
		{ 'k', SIP_HDR_SUPPORTED },         { 'l', SIP_HDR_CONTENT_LENGTH },
		{ 'm', SIP_HDR_CONTACT },           { 'n', SIP_HDR_IDENTITY_INFO },
		{ 'o', SIP_HDR_EVENT },             { 'r', SIP_HDR_REFER_TO },
		{ 's', SIP_HDR_SUBJECT },           { 't', SIP_HDR_TO },
		{ 'u', SIP_HDR_ALLOW_EVENTS },      { 'v', SIP_HDR_VIA },
		{ 'x', SIP_HDR_SESSION_EXPIRES },   { 'y', SIP_HDR_IDENTITY },
	};
	(void)state;
	size_t next = 0;
	for (unsigned c = 0; c < 256; c++) {
		char lower = (char)c, upper = other_case(lower);
		bool known = next < sizeof forms / sizeof forms[0] &&
		             forms[next].letter == lower;
		if (c >= 'A' && c <= 'Z')
			continue;
		assert_int_equal(lookup(&lower, 1),
		                 known ? forms[next].id : SIP_HDR_OTHER);
		if (!known)
			continue;
		assert_int_equal(lookup(&upper, 1), forms[next].id);
		const struct sip_hdr_info *info = sip_hdr_info(forms[next].id);
		assert_true(slice_eq(info->compact, (struct slice){ &lower, 1 }));
		next++;
	}
	assert_int_equal(next, sizeof forms / sizeof forms[0]);
}

/* The registry of IANA, and two that it has not, written down apart from the table. */
static void every_registered_name_has_a_row(void **state)
{
	static const char *const names[] = {
		"Accept", "Accept-Contact", "Accept-Encoding", "Accept-Language",
		"Accept-Resource-Priority", "Additional-Identity", "Alert-Info",
		"AlertMsg-Error", "Allow", "Allow-Events", "Answer-Mode",
		"Attestation-Info", "Authentication-Info", "Authorization",
		"Call-ID", "Call-Info", "Cellular-Network-Info", "Contact",
		"Content-Disposition", "Content-Encoding", "Content-ID",
		"Content-Language", "Content-Length", "Content-Type", "CSeq", "Date",
		"DC-Info", "Encryption", "Error-Info", "Event", "Expires",
		"Feature-Caps", "Flow-Timer", "From", "Geolocation",
		"Geolocation-Error", "Geolocation-Routing", "Hide", "History-Info",
		"Identity", "Identity-Info", "Info-Package", "In-Reply-To", "Join",
		"Max-Breadth", "Max-Forwards", "MIME-Version", "Min-Expires",
		"Min-SE", "Organization", "Origination-Id", "P-Access-Network-Info",
		"P-Answer-State", "P-Asserted-Identity", "P-Asserted-Service",
		"P-Associated-URI", "P-Called-Party-ID", "P-Charge-Info",
		"P-Charging-Function-Addresses", "P-Charging-Vector",
		"P-DCS-Trace-Party-ID", "P-DCS-OSPS", "P-DCS-Billing-Info",
		"P-DCS-LAES", "P-DCS-Redirect", "P-Early-Media",
		"P-Media-Authorization", "P-Preferred-Identity",
		"P-Preferred-Service", "P-Private-Network-Indication",
		"P-Profile-Key", "P-Refused-URI-List", "P-Served-User",
		"P-User-Database", "P-Visited-Network-ID", "Path",
		"Permission-Missing", "Policy-Contact", "Policy-ID", "Priority",
		"Priority-Share", "Priority-Verstat", "Priv-Answer-Mode", "Privacy",
		"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Require", "RAck",
		"Reason", "Record-Route", "Recv-Info", "Refer-Events-At",
		"Refer-Sub", "Refer-To", "Referred-By", "Reject-Contact",
		"Relayed-Charge", "Replaces", "Reply-To", "Request-Disposition",
		"Require", "Resource-Priority", "Resource-Share", "Response-Key",
		"Response-Source", "Restoration-Info", "Retry-After", "Route",
		"RSeq", "Security-Client", "Security-Server", "Security-Verify",
		"Server", "Service-Interact-Info", "Service-Route",
		"Session-Expires", "Session-ID", "SIP-ETag", "SIP-If-Match",
		"Subject", "Subscription-State", "Supported", "Suppress-If-Match",
		"Target-Dialog", "Timestamp", "To", "Trigger-Consent", "Unsupported",
		"User-Agent", "User-to-User", "Via", "Warning", "WWW-Authenticate",
		"Diversion", "Remote-Party-ID",
		/* of no document: back-to-back user agents send them */
		"X-Call-ID", "X-CID",
	};
	bool seen[SIP_HDR_OTHER] = { false };
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		enum sip_hdr_id id = lookup(names[i], strlen(names[i]));
		if (id == SIP_HDR_OTHER || seen[id])
			fail_msg("%s", names[i]);
		seen[id] = true;
	}
	for (unsigned i = 0; i < SIP_HDR_OTHER; i++)
		if (!seen[i])
			fail_msg("%s", sip_hdr_info((enum sip_hdr_id)i)->name.p);
}

static void rows_are_sound(void **state)
{
	(void)state;
	unsigned with_compact = 0;
	for (unsigned i = 0; i < SIP_HDR_OTHER; i++) {
		const struct sip_hdr_info *info = sip_hdr_info((enum sip_hdr_id)i);
		assert_true(info->compact.len <= 1);
		with_compact += info->compact.len == 1;
		assert_true(strncmp(info->source, "RFC ", 4) == 0 ||
		            strncmp(info->source, "3GPP TS ", 8) == 0 ||
		            strncmp(info->source, "draft-", 6) == 0 ||
		            strncmp(info->source, "none", 4) == 0);
		for (unsigned k = 0; k < i; k++) {
			const struct sip_hdr_info *o = sip_hdr_info((enum sip_hdr_id)k);
			assert_false(slice_ieq(o->name, info->name));
		}
	}
	assert_int_equal(with_compact, 20);
	assert_null(sip_hdr_info(SIP_HDR_OTHER));
	assert_int_equal(sip_hdr_info(SIP_HDR_FROM)->kind, SIP_HDR_KIND_ONE);
	assert_int_equal(sip_hdr_info(SIP_HDR_VIA)->kind, SIP_HDR_KIND_LIST);
	/* the four exceptions of RFC 3261 7.3.1 */
	assert_int_equal(sip_hdr_info(SIP_HDR_AUTHORIZATION)->kind, SIP_HDR_KIND_MANY);
	assert_int_equal(sip_hdr_info(SIP_HDR_WWW_AUTHENTICATE)->kind,
	                 SIP_HDR_KIND_MANY);
	assert_int_equal(sip_hdr_info(SIP_HDR_PROXY_AUTHENTICATE)->kind,
	                 SIP_HDR_KIND_MANY);
	assert_int_equal(sip_hdr_info(SIP_HDR_PROXY_AUTHORIZATION)->kind,
	                 SIP_HDR_KIND_MANY);
}

static void strange_names_are_unknown(void **state)
{
	(void)state;
	assert_int_equal(sip_hdr_lookup(SLICE_NONE), SIP_HDR_OTHER);
	assert_int_equal(lookup("", 0), SIP_HDR_OTHER);
	assert_int_equal(lookup("X-Call-IDs", 10), SIP_HDR_OTHER);
	assert_int_equal(lookup("Call-ID ", 8), SIP_HDR_OTHER);
	assert_int_equal(lookup("\xe2\x84\xaa", 3), SIP_HDR_OTHER); /* Kelvin sign */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_in_any_case),
		cmocka_unit_test(the_whole_name_is_compared),
		cmocka_unit_test(compact_forms_are_those_of_the_registry),
		cmocka_unit_test(every_registered_name_has_a_row),
		cmocka_unit_test(rows_are_sound),
		cmocka_unit_test(strange_names_are_unknown),
	};
	return cmocka_run_group_tests_name("sip/header", tests, NULL, NULL);
}
