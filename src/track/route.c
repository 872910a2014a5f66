/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/route.h"

#include <string.h>

#include "base/hash.h"
#include "sip/uri.h"

/* Where hashes begin; what is compared lies in one dialog, so that no key is needed. */
#define SEED        UINT64_C(0x726f757465)

/* A URI with escapes or an IPv6 address is written anew in one form to be hashed; all
 * longer ones count as equal. */
#define WRITTEN_MAX 512

#define BYTES(x)    (UINT64_C(0x0101010101010101) * (x))

static uint64_t word_at(const char *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof(word));
	return word;
}

/* Eight bytes at a time, the last ones twice where it does not come out even; letter case
 * aside: of a byte from '@' on, the bit that makes a letter small is set, whatever it
 * is. */
static uint64_t hash_lower(struct slice s)
{
	uint64_t hash = hash_mix(SEED, s.len), word = 0;
	size_t n = 0;
	for (; n + 8 <= s.len; n += 8) {
		word = word_at(s.p + n);
		hash = hash_mix(hash, word | (word & BYTES(0x40)) >> 1);
	}
	if (n == s.len)
		return hash;
	if (n)
		word = word_at(s.p + s.len - 8);
	else
		memcpy(&word, s.p, s.len);
	return hash_mix(hash, word | (word & BYTES(0x40)) >> 1);
}

/* The port that is meant where none is said (RFC 3261 19.1.2). */
static struct slice without_port(struct slice head)
{
	struct slice port = SLICE(":5060");
	if (head.len > port.len && slice_eq(slice_skip(head, head.len - port.len), port))
		return slice_head(head, head.len - port.len);
	return head;
}

/* Up to the first c. */
static struct slice before(struct slice s, char c)
{
	const char *end = s.len ? memchr(s.p, c, s.len) : NULL;
	return end ? (struct slice){ s.p, (size_t)(end - s.p) } : s;
}

/* Up to where parameters or headers begin; what follows '>' is no more of the URI. */
static struct slice head_of(struct slice uri)
{
	return before(before(before(uri, '>'), ';'), '?');
}

struct written {
	char text[WRITTEN_MAX];
	size_t len;
};

static void write(struct written *w, struct slice s)
{
	size_t room = sizeof(w->text) - w->len;
	size_t len = s.len < room ? s.len : room;
	memcpy(w->text + w->len, s.p ? s.p : "", len);
	w->len += len;
}

static void write_host(struct written *w, const struct sip_hostport *at)
{
	char port[6] = { ':' };
	if (at->host.kind == SIP_HOST_IPV6 || at->host.kind == SIP_HOST_IPV6_BARE) {
		write(w, SLICE("["));
		write(w, (struct slice){ (const char *)at->host.bytes, 16 });
	} else {
		write(w, at->host.text);
	}
	if (at->port == 0 || at->port == 5060)
		return;
	size_t digits = 1;
	for (uint32_t rest = at->port; rest; rest /= 10)
		digits++;
	uint32_t rest = at->port;
	for (size_t i = digits; --i > 0; rest /= 10)
		port[i] = (char)('0' + rest % 10);
	write(w, (struct slice){ port, digits });
}

/* As the others would be hashed, with its escapes undone and its address as bytes. */
static uint64_t hash_carefully(struct slice text)
{
	struct sip_uri uri;
	struct written w = { .len = 0 };
	char user[WRITTEN_MAX];
	sip_uri_parse(&uri, text);
	if (uri.scheme != SIP_URI_SIP && uri.scheme != SIP_URI_SIPS)
		return hash_lower(uri.text);
	if (uri.text.len > WRITTEN_MAX / 2)
		return hash_lower(SLICE_NONE);
	write(&w, uri.scheme_text);
	write(&w, SLICE(":"));
	if (uri.has_user) {
		size_t len = sip_uri_unescape(uri.user, user, sizeof(user));
		write(&w, (struct slice){ user, len });
		if (uri.has_password)
			write(&w, SLICE(":"));
		len = sip_uri_unescape(uri.password, user, sizeof(user));
		write(&w, (struct slice){ user, len });
		write(&w, SLICE("@"));
	}
	write_host(&w, &uri.at);
	return hash_lower(without_port(head_of((struct slice){ w.text, w.len })));
}

static uint64_t hash_uri(struct slice uri)
{
	struct slice head = head_of(uri);
	if (before(head, '%').len < head.len || before(head, '[').len < head.len)
		return hash_carefully(before(uri, '>'));
	return hash_lower(without_port(head));
}

/* 16 bits are kept. */
static uint16_t shorten(uint64_t hash)
{
	return (uint16_t)hash ? (uint16_t)hash : 1;
}

uint16_t route_uri_hash(struct slice uri)
{
	return shorten(hash_uri(uri));
}

uint16_t route_same_hash(struct slice uri)
{
	return shorten(hash_slice(uri, SEED));
}

/* The URI in <>, which most values begin with; else what there is of it. */
static struct slice uri_of(struct slice element)
{
	struct sip_addr addr;
	size_t end = slice_index(element, '>');
	if (element.len && element.p[0] == '<' && end < element.len)
		return (struct slice){ element.p + 1, end - 1 };
	sip_addr_parse(&addr, element);
	return addr.uri;
}

bool routes_read_all(struct routes *out, const struct sip_msg *msg, enum sip_hdr_id id)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	while (sip_msg_list_next(msg, id, &it, &element)) {
		if (out->count == ROUTE_MAX)
			return false;
		out->uri[out->count++] = uri_of(element);
	}
	return true;
}

static uint64_t fold(uint64_t list, struct slice uri)
{
	return hash_mix(list, hash_uri(uri));
}

static uint16_t shorten_list(uint64_t hash)
{
	return hash == SEED ? ROUTE_NONE : shorten(hash);
}

uint16_t routes_hash(const struct routes *list, unsigned from)
{
	uint64_t hash = SEED;
	for (unsigned i = list->count; i > from; i--)
		hash = fold(hash, list->uri[i - 1]);
	return shorten_list(hash);
}

uint16_t routes_hash_reversed(const struct routes *list)
{
	uint64_t hash = SEED;
	for (unsigned i = 0; i < list->count; i++)
		hash = fold(hash, list->uri[i]);
	return shorten_list(hash);
}

uint16_t routes_hash_strict(const struct routes *list, struct slice first)
{
	uint64_t hash = SEED;
	for (unsigned i = list->count; i > 1; i--)
		hash = fold(hash, list->uri[i - 2]);
	return shorten_list(fold(hash, first));
}

int routes_before(const struct routes *list, uint16_t want)
{
	uint64_t hash = SEED;
	for (unsigned i = list->count;; i--) {
		if (shorten_list(hash) == want)
			return (int)i;
		if (i == 0)
			return -1;
		hash = fold(hash, list->uri[i - 1]);
	}
}

bool route_is_loose(struct slice text)
{
	struct sip_uri uri;
	sip_uri_parse(&uri, text);
	return uri.has_param & 1U << SIP_URI_LR;
}

bool route_host(struct sip_host *out, struct slice text)
{
	struct sip_uri uri;
	sip_uri_parse(&uri, text);
	if ((uri.scheme != SIP_URI_SIP && uri.scheme != SIP_URI_SIPS) ||
	    uri.has_param & 1U << SIP_URI_MADDR)
		return false;
	*out = uri.at.host;
	return out->kind == SIP_HOST_NAME || route_is_address(out);
}

bool route_is_address(const struct sip_host *host)
{
	return host->kind == SIP_HOST_IPV4 || host->kind == SIP_HOST_IPV6;
}

bool route_host_is(const struct sip_host *host, const struct track_endpoint *endpoint)
{
	size_t len = host->kind == SIP_HOST_IPV4 ? 4 : 16;
	uint8_t family = host->kind == SIP_HOST_IPV4 ? 4 : 6;
	return route_is_address(host) && endpoint->family == family &&
	       memcmp(endpoint->bytes, host->bytes, len) == 0;
}

uint64_t route_host_key(const struct sip_host *host)
{
	if (host->kind == SIP_HOST_IPV6)
		return hash_lower((struct slice){ (const char *)host->bytes, 16 });
	return hash_lower(host->text);
}

uint16_t route_contact_hash(const struct sip_msg *msg)
{
	struct slice value = sip_msg_value(msg, SIP_HDR_CONTACT), element;
	if (value.len == 0)
		return 0;
	if (value.p[0] == '<')
		return route_uri_hash(slice_skip(value, 1));
	return sip_list_next(&value, &element) ? route_uri_hash(uri_of(element)) : 0;
}

bool route_is_whole(const struct sip_msg *msg)
{
	return msg->whole_headers && msg->hdrs_seen == msg->nhdrs;
}

struct route_note route_note(const struct sip_msg *msg, bool in_dialog)
{
	struct route_note note = { 0, 0, 0 };
	struct routes list;
	if (!route_is_whole(msg))
		return note;
	note.uri = in_dialog ? route_uri_hash(msg->uri) : route_same_hash(msg->uri);
	note.contact = route_contact_hash(msg);
	bool whole =
		routes_read(&list, msg, in_dialog ? SIP_HDR_ROUTE : SIP_HDR_RECORD_ROUTE);
	if (whole && !in_dialog)
		note.list = routes_hash(&list, 0);
	else if (whole && list.count)
		note.list = route_uri_hash(list.uri[list.count - 1]);
	return note;
}
