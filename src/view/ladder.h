/* SPDX-License-Identifier: MIT */
/* view/ladder.h - calls as a ladder: who sent what to whom, in order.
 *
 * A lane is a party. It is an IP address with all its ports, since requests leave
 * from one port and responses come to another; but where a message goes from one
 * port to another of the same address, the ports of that address are parties of
 * their own. A row is one message, or a note: what is inside of the message before it
 * (ISUP), an ICMP error that came by then, and what is asked for (struct ladder_options):
 * media that were agreed on, timers, silences, and what was not captured. Duplicates (one
 * packet captured twice) are no rows unless they are asked for: they are counted on the
 * row of the packet. ladder_draw.h turns it into lines of cells. */
#ifndef VIEW_LADDER_H
#define VIEW_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/engine.h"
#include "view/alias.h"

/* Bytes kept of a method or reason phrase, which a packet may make 64 KiB long: more
 * than the widest line shows. What is cut ends in "...". */
#define LADDER_TEXT_MAX 1024

/* Bytes of the longest name of a lane, NUL included: address, brackets, port. */
#define LADDER_NAME_MAX (NET_ADDR_TEXT_MAX + 8)

/* A silence of so many ns between two rows is a row. Copies are sent 4 s apart at most
 * (T2 of RFC 3261 table 4), so those are not told apart by it. */
#define LADDER_SILENCE_MIN (5 * TICK_S)

/* Lanes of addresses that send or receive media and no messages: those of a call behind
 * media relays, and a few moves. What goes beyond stands on the lane of the party that
 * announced it; the row has the address in any case. */
#define LADDER_MEDIA_LANES_MAX 8

struct ladder_lane {
	struct net_endpoint endpoint; /* as first seen */
	uint32_t            addr;     /* number of its address, track_flow.src_addr; 0: no
	                               * message has it */
	bool                own_port; /* this port only, not its address */
	bool                ports;    /* several ports were seen in it */
	uint32_t            alias;    /* of ladder.aliases, 0 for none */
	bool                merged;   /* by it: all addresses of that name */
	bool                media;    /* it is of media only, ports are those of SDP */
};

/* What a note is. */
enum ladder_note {
	LADDER_INSIDE,  /* of the message before it */
	LADDER_ICMP,
	LADDER_MEDIA,   /* struct ladder_media */
	LADDER_TIMER,   /* at the lane `from`, of who waits */
	LADDER_LOST,    /* not captured: by `heads` from lane to lane, or of neither */
	LADDER_SILENCE, /* nothing for a long time, between the rows beside it */
	LADDER_END      /* the capture ends, and a call does not */
};

/* Which way: bits. */
enum ladder_heads { LADDER_TO_LEFT = 1, LADDER_TO_RIGHT = 2 };

/* Of a medium that is announced, between the lanes of its addresses. */
struct ladder_media {
	uint32_t type;       /* text: "audio" */
	uint32_t codec;      /* text, or 0: none in common, or not known */
	uint32_t address[2]; /* texts: to the left, to the right: "10.0.0.1:6000" */
	uint32_t port[2];
	bool     on;         /* not refused, not ended */
	bool     ended;      /* with its dialog */
	bool     early;      /* before an answer is due (RFC 3261 13.2.1) */
	bool     held;       /* by one side or both, as RFC 3264 8.4 has it */
};

struct ladder_row {
	tick     at;          /* of media: of the message that they come with; TICK_NONE
	                       * of a note without a time of its own: what is inside of
	                       * a message, a silence, how copies were timed, and what
	                       * was not captured */
	uint32_t message;     /* ids of the tracker, 0 for none; of a note: what it is
	                       * about, or the one before it */
	uint32_t call;
	uint32_t transaction;
	uint32_t dialog;
	uint32_t from, to;    /* indices of lanes */
	uint32_t what;        /* text: method, or the note; 0 in a response */
	uint32_t phrase;      /* text: reason phrase, 0 in a request */
	uint32_t nth;         /* 1, or of a retransmission: 2 for the first one ... */
	uint32_t copies;      /* times that the packet was captured */
	uint32_t newest;      /* of a first one: index of the row of its newest repeat */
	uint32_t cseq;        /* number; 0 where it is not known */
	uint32_t group;       /* dialogs, and calls for what is in none, are numbered from
	                       * 1 in the order in which the ladder shows them */
	uint32_t media;       /* of LADDER_MEDIA: index of struct ladder_media */
	uint16_t status;      /* 0 in a request */
	bool     copy;        /* a duplicate, of the row before it that is like it */
	bool     note;        /* no message: text between two lanes */
	bool     sdp;         /* has a body of application/sdp */
	uint8_t  kind;        /* of a note: enum ladder_note */
	uint8_t  heads;       /* of a note: enum ladder_heads */
};

struct ladder_builder; /* what is needed only while a ladder is made */

struct ladder {
	struct mem            *mem;
	struct ladder_builder *builder; /* NULL: it is complete */
	const struct aliases  *aliases; /* borrowed; NULL: addresses alone are shown */
	struct ladder_lane *lanes;
	uint32_t            nlanes;
	uint32_t            lane_room;
	struct ladder_row  *rows; /* message ids ascending, notes behind their message */
	uint32_t            nrows;
	uint32_t            row_room;
	struct ladder_media *media;
	uint32_t            nmedia;
	uint32_t            media_room;
	struct text         text;
};

/* What is shown; all 0: as described above. */
struct ladder_options {
	bool by_host;    /* one lane for an address, even if its ports are parties, and
	                  * for all addresses of one name */
	bool duplicates; /* these are rows, too, and `copies` stay 1 */
	bool media;      /* what offers and answers agreed on (RFC 3264): it is what SDP
	                  * announced, not what was seen of RTP */
	bool notes;      /* timers that ran out (RFC 3261 table 4, RFC 4028) and how
	                  * copies were timed, silences, what was not captured */
	bool ended;      /* with notes: no more is to come, so that what is open at the
	                  * end was cut off there */
	const struct aliases *aliases; /* names of lanes, or NULL; must outlive the
	                                * ladder */
};

/* The ladder of `ncalls` calls (ids of the engine's tracker) together. Messages whose
 * bytes cannot be read back get the label that the tracker's record gives. *out is
 * the caller's, for ladder_clear, whatever the result; its memory is the engine's
 * budget, which must outlive it. OK or ERR_NOMEM. O(n log n) in messages. */
MUST_USE enum err ladder_build(struct ladder *out, struct engine *e,
                               const uint32_t *calls, size_t ncalls);
MUST_USE enum err ladder_build_as(struct ladder *out, struct engine *e,
                                  const uint32_t *calls, size_t ncalls,
                                  const struct ladder_options *options);

/* The same in steps, for who has no time to wait until all messages are read back: after
 * ladder_begin it has no rows, and each ladder_step adds those of up to `messages` more,
 * in order; media and notes come last, all at once, between the others. `calls` must live
 * and the ladder must not move until it is done. A step is O(messages), but the beginning
 * and the end are that of all. OK, also where nothing is left to do, or ERR_NOMEM: what
 * it has so far is all. */
MUST_USE enum err ladder_begin(struct ladder *out, struct engine *e,
                               const uint32_t *calls, size_t ncalls,
                               const struct ladder_options *options);
MUST_USE enum err ladder_step(struct ladder *ladder, uint32_t messages);
bool ladder_is_done(const struct ladder *ladder);

/* At any time. */
void ladder_clear(struct ladder *ladder);

/* The row of a message, or NULL where it has none. O(log n). */
struct ladder_row *ladder_row_of(const struct ladder *ladder, uint32_t message);

/* "10.0.0.1:5060", "[2001:db8::1]:5060", or without the port where the lane has
 * several; or the name that the user gave it, with the port if aliases->with_port: that
 * is for view/cells.h to make safe. Returns the length, without the NUL behind it. */
unsigned ladder_lane_name(const struct ladder *ladder, const struct ladder_lane *lane,
                          char out[LADDER_NAME_MAX]);

/* Borrowed until ladder_clear. */
struct slice ladder_text_of(const struct ladder *ladder, uint32_t text);

#endif
