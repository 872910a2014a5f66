/* SPDX-License-Identifier: MIT */
/* track/relation.h - legs of one call that have different Call-IDs, each link with its
 * evidence.
 *
 * RFC 3891 (Replaces), RFC 3911 (Join), RFC 3515, 3892 and 4538 (REFER), RFC 7989 and
 * 7329 (Session-ID), RFC 7315 (P-Charging-Vector), RFC 3261 20.21 (In-Reply-To), RFC 8866
 * (o=, c=, m=); X-Call-ID and X-CID are of no RFC, but back-to-back user agents send
 * them. README.md says what is evidence and what is not. */
#ifndef TRACK_RELATION_H
#define TRACK_RELATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/tick.h"

/* The strongest first. */
enum relation_by {
	RELATION_REPLACES,
	RELATION_JOIN,
	RELATION_REFER,
	RELATION_X_CALL_ID,
	RELATION_SESSION_ID,
	RELATION_ICID,
	RELATION_IN_REPLY_TO,
	RELATION_SDP_ORIGIN,
	RELATION_MEDIA,
	RELATION_GUESS, /* names and times fit, nothing proves it */
	RELATION_BY_COUNT
};

/* Calls that may share one piece of evidence: a call that rings sixty phones has as many
 * legs. What more calls have in common tells nothing of any of them: a fixed value. */
#define RELATION_GROUP_MAX   64

/* Values that are remembered while no other call has them: up to four of a call, and its
 * legs follow within a second, so that this is 4,000 calls a second. They take 450 KiB,
 * whatever the capture. */
#define RELATION_SEEN_MAX    16384

/* Calls with a piece of evidence, each for each: two for each of the calls that the
 * memory allows (engine/limits.h). */
#define RELATION_MEMBERS_MAX 4000000U

/* REFERs that wait for their INVITE. */
#define RELATION_REFERS_MAX  1000000U

/* One related call. */
struct relation {
	uint32_t call;
	uint8_t by; /* enum relation_by: the strongest evidence */
};

/* "x-call-id"; never NULL. */
const char *relation_name(enum relation_by by);

struct tracker;

/* Calls related to this one, in order of their numbers, each once: *out holds *count of
 * them and is given back with mem_give(mem, *out, *count * sizeof(**out)). Related is
 * mutual. O(n log n) in the calls that share something with it. OK or ERR_NOMEM. */
MUST_USE enum err tracker_related(const struct tracker *t, uint32_t call, struct mem *mem,
                                  struct relation **out, uint32_t *count);

/* A header field that names the Call-ID of another leg, as X-Call-ID does; borrowed for
 * the life of the tracker. */
void tracker_relate_by(struct tracker *t, struct slice header);

/* --- inside the tracker */

/* Calls that share a value. */
struct relation_group {
	uint64_t value;   /* keyed hash of it */
	uint32_t first;   /* message that showed it first; 0: header fields name a call */
	uint32_t newest;  /* message that showed it last */
	uint32_t members; /* newest member */
	uint8_t count;
	uint8_t kind;
	bool dropped; /* it is no evidence: too many calls, or plainly not unique */
	bool doomed;  /* no member is left but those of a call that is being forgotten */
	bool is_name; /* it may name a call, but to have it in common says nothing */
};

struct relation_member {
	uint32_t call;
	uint32_t group;
	uint32_t before; /* member of the same group before this one */
	uint32_t older;  /* member of the same call made before this one */
	uint8_t by;
};

/* A value that one call has shown, and no other yet. */
struct relation_seen {
	uint64_t key; /* hash of kind and value */
	uint32_t message;
} PACKED_4;

/* A REFER whose INVITE is awaited. */
struct relation_refer {
	uint64_t host;        /* keyed hash of the host of its target */
	uint64_t referred_by; /* of Referred-By; 0: it has none */
	uint64_t target;      /* of the user, where there is none of the host */
	uint32_t message;
	uint32_t older; /* REFER with the same target */
	bool used;      /* its INVITE came */
};

struct relations {
	struct pool groups, members, refers;
	struct map index;           /* kind and value -> newest group */
	struct map refer_index;     /* target -> newest REFER */
	struct map seen_index;      /* the same -> 1 + place in seen */
	struct relation_seen *seen; /* a ring, once it is full */
	uint32_t seen_room, seen_used, seen_next;
	struct slice header; /* see tracker_relate_by */
};

#endif
