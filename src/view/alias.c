/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/alias.h"

#include <stdio.h>
#include <string.h>

#include "sip/host.h"

enum { FAMILY, PREFIX, ALL_PORTS, ADDRESS, PORT = ADDRESS + 16 };

#define CLASS 3 /* bytes of a key that say what kind of address it is */

void aliases_init(struct aliases *out, struct mem *mem)
{
	*out = (struct aliases){ .mem = mem };
	text_init(&out->names, mem, 0); /* of the user, who needs no secret seed */
}

void aliases_clear(struct aliases *aliases)
{
	mem_give(aliases->mem, aliases->items, aliases->room * sizeof(*aliases->items));
	text_clear(&aliases->names);
	aliases_init(aliases, aliases->mem);
}

/* --- keys */

/* Bits of the address behind the prefix become 0. */
static void make_key(uint8_t key[ALIAS_KEY], unsigned family, const uint8_t bytes[16],
                     unsigned prefix, uint16_t port)
{
	memset(key, 0, ALIAS_KEY);
	key[FAMILY] = (uint8_t)family;
	key[PREFIX] = (uint8_t)(255 - prefix);
	key[ALL_PORTS] = port == 0;
	memcpy(key + ADDRESS, bytes, (prefix + 7) / 8);
	if (prefix % 8)
		key[ADDRESS + prefix / 8] &= (uint8_t)(0xff << (8 - prefix % 8));
	key[PORT] = (uint8_t)(port >> 8);
	key[PORT + 1] = (uint8_t)port;
}

static bool parse_host(struct slice text, unsigned *family, uint8_t bytes[16])
{
	struct sip_host host;
	sip_host_parse(&host, text);
	bool six = host.kind == SIP_HOST_IPV6 || host.kind == SIP_HOST_IPV6_BARE;
	*family = six ? 6 : 4;
	memcpy(bytes, host.bytes, 16);
	return six || host.kind == SIP_HOST_IPV4;
}

static bool parse_network(uint8_t key[ALIAS_KEY], struct slice text, size_t slash)
{
	unsigned family;
	uint8_t bytes[16];
	uint64_t prefix;
	if (!parse_host(slice_head(text, slash), &family, bytes) ||
	    !slice_uint(slice_skip(text, slash + 1), &prefix) ||
	    prefix > (family == 6 ? 128 : 32))
		return false;
	make_key(key, family, bytes, (unsigned)prefix, 0);
	return true;
}

static bool parse_key(uint8_t key[ALIAS_KEY], struct slice text)
{
	struct sip_hostport at;
	unsigned family;
	uint8_t bytes[16];
	size_t slash = slice_index(text, '/');
	if (slash < text.len)
		return parse_network(key, text, slash);
	sip_hostport_parse(&at, text);
	if (at.has_port && (at.bad_port || at.port == 0 || at.port >= SIP_PORT_BEYOND))
		return false;
	if (!parse_host(at.host.text, &family, bytes))
		return false;
	make_key(key, family, bytes, family == 6 ? 128 : 32, (uint16_t)at.port);
	return true;
}

/* --- the table */

/* The place of a key, or where it belongs. */
static uint32_t place_of(const struct aliases *aliases, const uint8_t key[ALIAS_KEY])
{
	uint32_t lo = 0, hi = aliases->count;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (memcmp(aliases->items[mid].key, key, ALIAS_KEY) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool is_at(const struct aliases *aliases, uint32_t place,
                  const uint8_t key[ALIAS_KEY])
{
	return place < aliases->count &&
	       memcmp(aliases->items[place].key, key, ALIAS_KEY) == 0;
}

static enum err make_room(struct aliases *aliases)
{
	size_t size = sizeof(*aliases->items);
	if (aliases->count < aliases->room)
		return OK;
	if (aliases->count >= ALIASES_MAX)
		return ERR_LIMIT;
	uint32_t more = aliases->room ? aliases->room * 2 : 16;
	void *grown = mem_resize(aliases->mem, aliases->items, aliases->room * size,
	                         more * size);
	if (!grown)
		return ERR_NOMEM;
	aliases->items = grown;
	aliases->room = more;
	return OK;
}

/* The classes are in order, too: what is more exact comes first. */
static void note_class(struct aliases *aliases, const uint8_t key[ALIAS_KEY])
{
	unsigned at = 0;
	while (at < aliases->nclasses && memcmp(aliases->classes[at], key, CLASS) < 0)
		at++;
	if (at < aliases->nclasses && memcmp(aliases->classes[at], key, CLASS) == 0)
		return;
	memmove(aliases->classes[at + 1], aliases->classes[at],
	        (aliases->nclasses - at) * CLASS);
	memcpy(aliases->classes[at], key, CLASS);
	aliases->nclasses++;
}

enum err aliases_add(struct aliases *aliases, struct slice address, struct slice name)
{
	uint8_t key[ALIAS_KEY];
	uint32_t number;
	if (!parse_key(key, address))
		return ERR_FORMAT;
	if (name.len == 0 || name.len > ALIAS_NAME_MAX)
		return ERR_LIMIT;
	uint32_t at = place_of(aliases, key);
	bool known = is_at(aliases, at, key);
	enum err err = known ? OK : make_room(aliases);
	if (err == OK)
		err = text_intern(&aliases->names, name, &number);
	if (err != OK)
		return err;
	struct alias *item = &aliases->items[at];
	if (!known) {
		memmove(item + 1, item, (aliases->count - at) * sizeof(*item));
		memcpy(item->key, key, ALIAS_KEY);
		aliases->count++;
		note_class(aliases, key);
	}
	item->name = number;
	return OK;
}

uint32_t aliases_find(const struct aliases *aliases, unsigned family,
                      const uint8_t bytes[16], uint16_t port)
{
	uint8_t key[ALIAS_KEY];
	for (unsigned i = 0; aliases && i < aliases->nclasses; i++) {
		const uint8_t *class = aliases->classes[i];
		if (class[FAMILY] != family || (!class[ALL_PORTS] && port == 0))
			continue;
		make_key(key, family, bytes, 255U - class[PREFIX],
		         class[ALL_PORTS] ? 0 : port);
		uint32_t at = place_of(aliases, key);
		if (is_at(aliases, at, key))
			return aliases->items[at].name;
	}
	return 0;
}

struct slice aliases_name(const struct aliases *aliases, uint32_t number)
{
	return text_get(&aliases->names, number);
}

size_t aliases_address(const struct aliases *aliases, uint32_t n,
                       char out[ALIAS_ADDRESS_MAX])
{
	const uint8_t *key = aliases->items[n].key;
	struct net_addr addr = { .family = key[FAMILY] };
	char text[NET_ADDR_TEXT_MAX];
	bool six = key[FAMILY] == 6;
	unsigned prefix = 255U - key[PREFIX], port = key[PORT] * 256U + key[PORT + 1];
	int len;
	memcpy(addr.bytes, key + ADDRESS, sizeof(addr.bytes));
	net_addr_text(&addr, text);
	if (port)
		len = snprintf(out, ALIAS_ADDRESS_MAX, six ? "[%s]:%u" : "%s:%u", text,
		               port);
	else if (prefix < (six ? 128 : 32))
		len = snprintf(out, ALIAS_ADDRESS_MAX, "%s/%u", text, prefix);
	else
		len = snprintf(out, ALIAS_ADDRESS_MAX, "%s", text);
	return (size_t)len;
}
