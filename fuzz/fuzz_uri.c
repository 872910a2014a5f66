/* SPDX-License-Identifier: MIT */
/* Any bytes as two URIs, taken apart and compared.
 *
 * The first line feed stands between them; without one the second is empty. */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sip/uri.h"

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

static void check_pieces(const struct sip_uri *uri)
{
	struct slice rest = uri->params, name, value;
	while (sip_uri_param_next(&rest, &name, &value)) {
		need(name.len > 0);
		need_inside(name, uri->params);
		need_inside(value, uri->params);
		need(sip_uri_param(uri, name, NULL));
	}
	for (rest = uri->headers; sip_uri_header_next(&rest, &name, &value);) {
		need(name.len > 0);
		need_inside(name, uri->headers);
		need_inside(value, uri->headers);
		need(sip_uri_header(uri, name, NULL));
	}
}

static void check_host(const struct sip_hostport *at, struct slice whole)
{
	need_inside(at->host.text, whole);
	need_inside(at->port_text, whole);
	need(at->port <= SIP_PORT_BEYOND && (at->has_port || at->port == 0));
	need(at->host.kind <= SIP_HOST_BAD && sip_host_equal(&at->host, &at->host));
	need((at->host.kind == SIP_HOST_EMPTY) == (at->host.text.len == 0));
}

static void check_text(const struct sip_uri *uri, struct slice in)
{
	char small[8], large[64];
	size_t n = sip_uri_unescape(in, small, sizeof small);
	need(n < sizeof small && small[n] == '\0');
	need(n <= sip_uri_unescape(in, large, sizeof large));
	need(memcmp(small, large, n) == 0);
	struct sip_tel tel;
	if (!sip_uri_tel(&tel, uri))
		return;
	need_inside(tel.number, uri->text);
	need_inside(tel.context, tel.params);
	need_inside(tel.extension, tel.params);
	need_inside(tel.subaddress, tel.params);
	n = sip_tel_digits(&tel, small, sizeof small);
	need(n < sizeof small && small[n] == '\0');
}

static void check_uri(const struct sip_uri *uri, struct slice in)
{
	need_inside(uri->text, in);
	need_inside(uri->scheme_text, uri->text);
	need_inside(uri->user, uri->text);
	need_inside(uri->password, uri->text);
	need_inside(uri->params, uri->text);
	need_inside(uri->headers, uri->text);
	need_inside(uri->opaque, uri->text);
	need(uri->has_user || uri->user.len == 0);
	need(uri->odd >> SIP_URI_ODD_COUNT == 0);
	for (unsigned i = 0; i < SIP_URI_ODD_COUNT; i++)
		need(uri->odd_at[i] <= in.len);
	for (unsigned i = 0; i < SIP_URI_PARAMS; i++)
		need_inside(uri->param[i], uri->params);
	for (unsigned i = 0; i <= SIP_URI_OUTSIDE; i++)
		need(sip_uri_misplaced(uri, (enum sip_uri_place)i) >> 7 == 0);
	check_host(&uri->at, uri->text);
	check_pieces(uri);
	check_text(uri, in);
	need_inside(sip_uri_user(in), in);
	need_inside(sip_uri_host(in), in);
	need(sip_uri_equal(uri, uri));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size ? size : 1); /* of that size: one byte over is seen */
	if (!bytes)
		return 0;
	if (size)
		memcpy(bytes, data, size);
	struct slice in = { bytes, size };
	size_t end = slice_index(in, '\n');
	struct slice first = slice_head(in, end), second = slice_skip(in, end + 1);
	struct sip_uri a, b;
	sip_uri_parse(&a, first);
	sip_uri_parse(&b, second);
	check_uri(&a, first);
	check_uri(&b, second);
	need(sip_uri_equal(&a, &b) == sip_uri_equal(&b, &a));
	free(bytes);
	return 0;
}
