/* SPDX-License-Identifier: MIT */
/* tests/unit/track/world.h - a tracker that is told messages one by one.
 *
 *     struct world w;
 *     world_init(&w);
 *     SAY(&w, 0, .start = "INVITE");
 *     SAY(&w, 10 * TICK_MS, .start = "200", .to_tag = "b");
 *     assert_int_equal(world_txn(&w)->state, TXN_ACCEPTED);
 *     world_clear(&w);
 *
 * Hosts are numbers: N is 10.0.0.N, port 5060. Requests go from host 1 to host 2 and
 * responses back, unless world_hop says otherwise. */
#ifndef TESTS_UNIT_TRACK_WORLD_H
#define TESTS_UNIT_TRACK_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/sip_text.h"
#include "track/tracker.h"

/* 2026-11-20T12:00:00Z: times of messages are ns after it. */
#define WORLD_NOON (UINT64_C(1795176000) * TICK_S)

struct world {
	struct mem          mem;
	struct tracker     *tracker;
	tick                now;    /* largest time said */
	struct track_input  input;  /* of the next message: hop, ip_id and so on */
	unsigned            client, server;
	enum err            err;    /* of the last message ... */
	struct track_result is;     /* ... and what the tracker found */
};

void world_init(struct world *w);
void world_init_limits(struct world *w, const struct track_limits *limits);
/* Check the tracker once more, release it, and check that all memory came back. */
void world_clear(struct world *w);

/* Of the next messages: from client to server, as the hop of a transaction. */
void world_hop(struct world *w, unsigned client, unsigned server);
void world_ports(struct world *w, uint16_t client, uint16_t server);

/* One message; asserts OK. */
struct track_result world_say(struct world *w, uint64_t ns, const struct sip_text *m);
/* The same where it may fail: see w->err. */
struct track_result world_try(struct world *w, uint64_t ns, const struct sip_text *m);
#define SAY(w, ns, ...) world_say((w), (ns), &(struct sip_text){ __VA_ARGS__ })
#define TRY(w, ns, ...) world_try((w), (ns), &(struct sip_text){ __VA_ARGS__ })

/* Time passes without a message. */
void world_wait(struct world *w, uint64_t ns);

/* The transaction, dialog and call of the last message. */
const struct txn *world_txn(const struct world *w);
const struct txn_more *world_more(const struct world *w);
const struct dialog *world_dialog(const struct world *w);
struct call_summary world_call(const struct world *w);
const struct track_message *world_message(const struct world *w, uint32_t id);
/* The dialog with this callee tag in the call of the last message, or NULL. */
const struct dialog *world_dialog_to(const struct world *w, const char *tag);

/* Assert what must hold of any tracker, whatever it was told: every list ends, its
 * length is the one that is counted, every number names a record. */
void world_check(const struct world *w);

#endif
