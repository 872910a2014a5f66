/* SPDX-License-Identifier: MIT */
/* view/alias.h - names that the user gives to addresses.
 *
 * A name stands for one address, for one port of it, or for a network; what is more
 * exact counts. Names are the user's text: whoever shows them makes them safe, as with
 * captured text (view/cells.h, base/safe.h). */
#ifndef VIEW_ALIAS_H
#define VIEW_ALIAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/slice.h"
#include "base/text.h"
#include "net/net.h"

#define ALIASES_MAX         4096 /* more than anybody writes by hand */
#define ALIAS_NAME_MAX      40   /* bytes; of longer names a lane shows nothing else */
#define ALIAS_ADDRESS_MAX   (NET_ADDR_TEXT_MAX + 8) /* bytes, NUL included */
#define ALIAS_KEY           21
#define ALIASES_CLASSES_MAX 164 /* lengths of prefixes of both families, and ports */

struct alias {
	uint8_t  key[ALIAS_KEY]; /* family, 255 - prefix, 0 with a port or 1, address,
	                          * port: in the order in which they are looked for */
	uint32_t name;
};

struct aliases {
	struct mem   *mem;
	struct alias *items; /* in order of their keys */
	uint32_t      count, room;
	struct text   names;
	uint8_t       classes[ALIASES_CLASSES_MAX][3]; /* that there are, of the keys */
	unsigned      nclasses;
	bool          with_port; /* for who shows them: the port behind the name */
};

/* mem must outlive it. */
void aliases_init(struct aliases *out, struct mem *mem);
void aliases_clear(struct aliases *aliases);

/* Name what `address` says: ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT or ADDRESS/LENGTH. A
 * name that it had before is forgotten. OK; ERR_FORMAT: it is no address; ERR_LIMIT: the
 * name is empty or too long, or there are too many; ERR_NOMEM. */
MUST_USE enum err aliases_add(struct aliases *aliases, struct slice address,
                              struct slice name);

/* The number of the name for a port of an address (4 or 6; IPv4 in the first 4 bytes), 0
 * for none. port 0: for the address with all its ports. Equal names have equal numbers.
 * aliases NULL: none. O(log n) for each length of prefix that there is. */
uint32_t aliases_find(const struct aliases *aliases, unsigned family,
                      const uint8_t bytes[16], uint16_t port);

/* Borrowed until aliases_clear. */
struct slice aliases_name(const struct aliases *aliases, uint32_t number);

/* Number n from 0, below count: its address as aliases_add takes it; returns its
 * length. */
size_t aliases_address(const struct aliases *aliases, uint32_t n,
                       char out[ALIAS_ADDRESS_MAX]);

#endif
