/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/field.h"

#include "sip/scan.h"

/* Index of the first byte that is in `stops`, or s.len. */
static size_t span(struct slice s, struct slice stops)
{
	size_t n = 0;
	while (n < s.len && scan_index(stops, s.p[n]) == stops.len)
		n++;
	return n;
}

/* What follows "sip:" or "sips:", or SLICE_NONE under another scheme. */
static struct slice after_sip_scheme(struct slice uri)
{
	if (slice_istarts(uri, SLICE("sip:")))
		return slice_skip(uri, 4);
	if (slice_istarts(uri, SLICE("sips:")))
		return slice_skip(uri, 5);
	return SLICE_NONE;
}

struct slice sip_uri_user(struct slice uri)
{
	uri = scan_trim(uri);
	if (slice_istarts(uri, SLICE("tel:"))) {
		struct slice number = slice_skip(uri, 4);
		return scan_trim(scan_head(number, span(number, SLICE(";?"))));
	}
	struct slice s = after_sip_scheme(uri);
	size_t at = scan_index(s, '@');
	if (at == s.len)
		return SLICE_NONE;
	struct slice user = scan_head(s, at);
	return scan_head(user, scan_index(user, ':')); /* without the password */
}

struct slice sip_uri_host(struct slice uri)
{
	struct slice s = after_sip_scheme(scan_trim(uri));
	size_t at = scan_index(s, '@');
	if (at < s.len)
		s = scan_skip(s, at + 1);
	return scan_trim(scan_head(s, span(s, SLICE(";?>"))));
}
