/* SPDX-License-Identifier: MIT */
/* engine/engine.h - the one door of the core.
 *
 * Frames go in, in order of capture; each SIP message that they complete, or that a
 * capture agent sent in them (net/hep.h), is handed to a watcher, and calls, transactions
 * and dialogs are asked for afterwards or at any time in between. Same frames, same
 * answers: no clock, no I/O, no globals. Bytes of messages are not kept: the store, which
 * the edge provides, reads them back. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "find/find.h"
#include "net/frame.h"
#include "net/hep_stream.h"
#include "net/net.h"
#include "net/websocket.h"
#include "sip/field.h"
#include "sip/framer.h"
#include "sip/message.h"
#include "track/tracker.h"

/* Where message bytes are kept, provided by the edge. */
struct engine_store {
	/* Keep bytes that no file holds in one piece; *ref names them. OK, ERR_IO. */
	enum err (*put)(void *arg, struct slice bytes, uint64_t *ref);
	/* Read len bytes back into buf: from the spool (spooled) at ref, or from file
	 * `input` at offset ref. OK, ERR_IO (cut or changed file). */
	enum err (*get)(void *arg, bool spooled, uint16_t input, uint64_t ref, char *buf,
	                size_t len);
	void *arg;
	/* The bytes that put kept are not wanted any more. May be NULL. */
	void (*drop)(void *arg, uint64_t ref, size_t len);
	/* Is more kept than so many eighths of what may be? May be NULL. */
	bool (*is_full)(void *arg, unsigned eighths);
};

/* One message with everything that is known of it. Slices live as long as the call
 * of the watcher, or until the next engine_read. */
struct engine_message {
	const struct sip_msg *msg;
	struct net_endpoint   src, dst;
	tick                  at;
	uint64_t              frame;     /* packet number within its input, from 1: of a
	                                  * stream message the one that completed it */
	uint16_t              input;
	enum net_transport    transport;
	uint16_t              encapsulation; /* bits 1 << t of enum net_tunnel; 0 when
	                                      * read back */
	bool                  truncated; /* fewer bytes were captured than were sent;
	                                  * false when read back */
	const uint64_t       *frames;    /* of all packets of the input that carried it,
	                                  * ascending, when more than one did */
	uint32_t              nframes;   /* at most NET_FRAMES_MAX; 0 when read back */
	bool                  frames_cut; /* more packets carried it than are listed;
	                                   * false when read back */
	struct track_result   is;        /* ids, repeat, forward_of */
};

/* Lent each message in order of arrival; arg is the caller's. */
typedef void engine_watch(void *arg, const struct engine_message *message);

/* A call is about to be forgotten: lent for the last time, with engine_find telling what
 * was found in it and nothing else. What it was borrowed for is void after that. */
typedef void engine_leave(void *arg, uint32_t call);

/* May this call leave now, were there no room? */
typedef bool engine_may_leave(void *arg, uint32_t call);

/* Which calls are kept. */
enum engine_keep {
	ENGINE_KEEP_ALL,  /* until there is no room; from then on new ones are refused */
	ENGINE_KEEP_ROOM, /* until there is no room; then the least useful leave */
	ENGINE_KEEP_OPEN  /* until they are over, and some time after that */
};

struct engine_cfg {
	uint64_t            seed;   /* keys all hashes; any value in tests */
	size_t              memory; /* bytes of budget; 0: the default of limits.h */
	struct engine_store store;  /* functions may be NULL: nothing can be read back */
	bool                no_hep; /* HEP packets are not looked into */
	struct slice        relate_by; /* header that names the Call-ID of another leg, or
	                                * empty; borrowed for the life of the engine */
	enum engine_keep    keep;
	tick                linger; /* ns, of ENGINE_KEEP_OPEN: how long a call is kept
	                             * after the last that came of it */
	engine_leave       *leave;  /* may be NULL, as may the next one: all may */
	engine_may_leave   *may_leave;
	engine_watch       *watch;  /* may be NULL */
	void               *arg;
};

struct engine;

/* OK or ERR_NOMEM. *out is the caller's, for engine_free. */
MUST_USE enum err engine_new(struct engine **out, const struct engine_cfg *cfg);
void engine_free(struct engine *e); /* NULL is allowed */

/* One frame, borrowed for the call. What it completes goes to the watcher before the
 * call returns. Nothing on the wire makes this fail; losses are counted. */
void engine_frame(struct engine *e, const struct frame *frame);

/* Live: no packet came until `now`, so that timers go on. What of it the clock is ahead
 * of packets that are still on their way is the caller's to leave out. */
void engine_idle(struct engine *e, tick now);

/* What the frame that came last was good for. */
enum engine_use {
	ENGINE_USE_UNKNOWN, /* it carried nothing yet: fragments, segments that wait or
	                     * are empty, ICMP, other protocols */
	ENGINE_USE_NONE,    /* data without SIP, as media has it */
	ENGINE_USE_BETWEEN, /* in a stream with SIP, what is between messages */
	ENGINE_USE_MESSAGE  /* a message, or a part of one */
};
enum engine_use engine_frame_use(const struct engine *e);

/* The capture ended: what waits behind gaps in streams goes to the watcher; time moves to
 * the largest time seen, nothing else does. */
void engine_finish(struct engine *e);

/* What was seen and what was lost. */
struct engine_stats {
	tick     first, last; /* smallest and largest capture time, or TICK_NONE */
	uint64_t messages;
	uint64_t stream_messages; /* of these, how many came in streams */
	uint64_t requests[SIP_METHOD_OTHER + 1]; /* by enum sip_method */
	uint64_t responses[10];                  /* by status / 100 */
	uint64_t retransmissions, duplicates;
	uint64_t malformed;   /* SIP by the start line, but no Call-ID or CSeq */
	uint64_t untracked;   /* messages that a limit kept out of calls */
	uint64_t frames_cut;  /* messages with more packets than could be listed */
	uint64_t spool_errors; /* messages that the store could not keep */
	uint64_t hep_packets;  /* HEP packets whose payload is called SIP, and ... */
	uint64_t hep_other;    /* ... those with RTCP, logs and so on: not used */
	uint64_t hep_damaged;  /* of either: a length or the compression is wrong */
	uint64_t time_backward; /* packets earlier than one before them */
	uint64_t calls_left;    /* calls that were forgotten, and of these ... */
	uint64_t evicted_calls; /* ... those that were open: there was no room, or nothing
	                         * came of them */
};

/* How many there are and were of everything, those of forgotten calls included. */
struct engine_counts {
	uint64_t calls[CALL_KIND_COUNT];
	uint64_t states[CALL_STATE_COUNT]; /* of INVITE calls */
	uint64_t transactions[TXN_OUTCOME_COUNT];
	uint64_t dialogs[DIALOG_STATE_COUNT];
	uint64_t findings[FIND_CODE_COUNT];
	uint64_t severities[FIND_SEVERITY_COUNT];
};
/* As of now; walks all records that are kept. */
void engine_count(struct engine *e, struct engine_counts *out);
const struct engine_stats *engine_stats(const struct engine *e);
const struct net_stats    *engine_net_stats(const struct engine *e);
const struct framer_stats *engine_framer_stats(const struct engine *e);
const struct websocket_stats *engine_websocket_stats(const struct engine *e);
const struct hep_stream_stats *engine_hep_stats(const struct engine *e);
const struct tracker      *engine_tracker(const struct engine *e);
/* All findings as of now; the engine's, until the next frame. */
const struct find         *engine_find(struct engine *e);
/* The same without looking for any: for its counters, and for the sentences of findings
 * that engine_find_call gave. */
const struct find         *engine_find_peek(const struct engine *e);
/* The findings of one call as of now, which costs no more than that call: by
 * find/find.h find_call, or what engine_find found when nothing came since. */
bool engine_find_call(struct engine *e, uint32_t call, find_sink *sink, void *arg);
struct mem                *engine_mem(struct engine *e);

/* Read message `id` back from the store and parse it again. `of`, `repeat` and ids
 * are filled in; forward_of is not. OK, ERR_IO (bytes are gone), ERR_NOMEM. */
MUST_USE enum err engine_read(struct engine *e, uint32_t id, struct engine_message *out);

#endif
