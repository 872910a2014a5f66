/* SPDX-License-Identifier: MIT */
/* track/media.h - offers and answers of the dialogs of INVITE (RFC 3264).
 *
 * RFC 3261 13.2.1, 13.3.1, 14; RFC 3262 5; RFC 3311 5; RFC 6337. Of each message is
 * kept what its description is, and of each dialog the list of such messages; what was
 * agreed is worked out of that when asked. Only the hop nearest to who sent the request
 * counts: what middle boxes make of a description on later hops is not followed. */
#ifndef TRACK_MEDIA_H
#define TRACK_MEDIA_H

#include <stdbool.h>
#include <stdint.h>

struct tracker;

/* What the session description of a message is. */
enum track_sdp {
	TRACK_SDP_NONE,   /* there is none, or not one that is looked at */
	TRACK_SDP_OFFER,
	TRACK_SDP_ANSWER,
	TRACK_SDP_PREVIEW /* neither: the answer ahead of time (RFC 3261 13.2.1), or one
	                   * more time, or of a request that was not captured */
};

/* What may be odd about a description. */
enum media_odd {
	/* of an answer, beside its offer */
	MEDIA_LINES,       /* it has n media lines, the offer m (RFC 3264 6) */
	MEDIA_TYPE,        /* line n is of another type than that of the offer (6) */
	MEDIA_TRANSPORT,   /* line n has another transport (6) */
	MEDIA_DIRECTION,   /* line n has a direction that does not fit (6.1) */
	MEDIA_NO_COMMON,   /* line n has no codec that was offered (6.1) */
	MEDIA_NOT_OFFERED, /* line n has a codec more than was offered (6.1) */
	MEDIA_REFUSED,     /* n of m lines are refused (6) */
	MEDIA_ALL_REFUSED,
	/* of any, beside the one before it from the same side */
	MEDIA_CHANGED,     /* it ought to be the same (RFC 3261 13.2.1) */
	MEDIA_VERSION_SAME, /* it differs, and its o= does not (RFC 3264 8) */
	MEDIA_VERSION_ODD,  /* o= differs by more than a version raised by one (8) */
	MEDIA_PENDING,      /* an offer, before its last one was answered (4) */
	/* of itself */
	MEDIA_UNEXPECTED,  /* in an ACK, where nothing was offered (RFC 3261 13.2.1) */
	MEDIA_PRIVATE,     /* media are wanted at a private address */
	MEDIA_ODD_COUNT
};

/* Of one message, when it is tracked. */
struct track_media {
	uint32_t offer;  /* message: that it answers; 0: none, or not known */
	uint32_t before; /* message: of the same side, that `odd` speaks of */
	uint16_t odd;    /* bits 1 << enum media_odd */
	uint8_t  n, m;   /* of the first that has them: see there */
	uint8_t  refused, wanted; /* lines: n and m of MEDIA_REFUSED */
	uint8_t  sdp;    /* enum track_sdp */
};

enum media_state {
	MEDIA_OPEN,      /* no answer yet */
	MEDIA_ACCEPTED,  /* answered: it holds from then on */
	MEDIA_REJECTED,  /* 3xx to 6xx: what held before holds on (14.1, RFC 3311 5.1) */
	MEDIA_UNANSWERED /* what should have had the answer had none, or never came */
};

/* One offer of a dialog. */
struct media_exchange {
	uint32_t         offer;     /* message */
	uint32_t         answer;    /* message; 0: none */
	bool             by_callee; /* who offered */
	enum media_state state;
};

/* Exchanges told of one dialog: one that is refreshed every 15 minutes for a day has
 * 100. Of one with more, the newest. */
#define MEDIA_EXCHANGES_MAX 256

/* The exchanges of a dialog, oldest first; returns how many. *more: how many older ones
 * there are. O(descriptions of the dialog). */
uint32_t tracker_exchanges(const struct tracker *t, uint32_t dialog,
                           struct media_exchange out[MEDIA_EXCHANGES_MAX],
                           uint32_t *more);

/* The offer that this final response to a request, or this ACK, should have answered and
 * has not; 0: it need not. For a message without a description. */
uint32_t tracker_unanswered(const struct tracker *t, uint32_t message);

/* The newest description of a dialog that is no offer and no answer, or 0: of early
 * media as a rule. */
uint32_t tracker_preview(const struct tracker *t, uint32_t dialog);

/* The newest message of a dialog with a description, or 0. */
uint32_t tracker_described(const struct tracker *t, uint32_t dialog);

/* "accepted"; never NULL. */
const char *media_state_name(enum media_state state);

#endif
