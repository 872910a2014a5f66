/* SPDX-License-Identifier: MIT */
/* sip/value.h - typed values of header fields that are words, numbers and parameters.
 *
 * Each is parsed on demand from one value (or one element of a list, by
 * sip_list_next), borrows from it, and reads what can be read: ERR_FORMAT only where
 * the part that gives the value its meaning is not there. Then *out is untouched.
 * Values with an address are in sip/address.h, credentials in sip/auth.h, dates in
 * sip/date.h, media types in sip/body.h. No clock, no allocation, no globals. */
#ifndef SIP_VALUE_H
#define SIP_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/* Largest values, for sip_number_parse. */
#define SIP_SECONDS_MAX  UINT32_MAX /* RFC 3261 20.19 */
#define SIP_SEQUENCE_MAX INT32_MAX  /* RFC 3261 8.1.1.5: CSeq is below 2**31 */
#define SIP_RSEQ_MAX     UINT32_MAX /* RFC 3262 7.1 */
#define SIP_HOPS_MAX     UINT8_MAX  /* RFC 3261 20.22: Max-Forwards */
#define SIP_NUMBER_MAX   UINT64_MAX /* no RFC bounds it */

/* A number as written, and as far as it fits. */
struct sip_number {
	struct slice text;
	uint64_t     value;     /* the bound where it is larger */
	bool         there;     /* a number was there */
	bool         too_large; /* larger than the bound */
};

/* OK when text, white space at its ends aside, is one or more digits; else ERR_FORMAT.
 * Expires, Min-Expires, Max-Forwards, Content-Length, RSeq, Flow-Timer and others. */
MUST_USE enum err sip_number_parse(struct sip_number *out, struct slice text,
                                   uint64_t max);

/* Parameter `name` of params, as sip_param reads them, as a number, in quotes or not;
 * .there says whether it is one, and .text is what stands there if not. */
struct sip_number sip_number_param(struct slice params, struct slice name, uint64_t max);

/* qvalue (RFC 3261 25.1) in thousandths, 0 to 1000: "0.7" is 700. ERR_FORMAT: none. */
MUST_USE enum err sip_q_parse(uint16_t *out, struct slice text);

/* What is between the quotes of a quoted string, escapes kept; what is not in quotes
 * as it is. White space at the ends does not count. */
struct slice sip_unquoted(struct slice value);

/* Write what a quoted string stands for (RFC 3261 25.1) into out[size] (size > 0), cut
 * where it does not fit, with a NUL behind it; returns its length. Quoted pairs become
 * their second character, a fold one space. What is not in quotes is written as it is.
 * The result may hold any byte. */
size_t sip_unquote(struct slice value, char *out, size_t size);

/* Take the next comment (RFC 3261 25.1) off *rest: what is in parentheses outside
 * quoted strings, those inside it and quoted pairs kept. One that never closes takes
 * all that is left. False at the end (*comment untouched). */
bool sip_comment_next(struct slice *rest, struct slice *comment);

/* A word and its parameters: Event, Content-Disposition, Content-Encoding, Privacy
 * and many others; also each element of Accept, Security-Client, Feature-Caps. */
struct sip_word {
	struct slice word;   /* before the first ';', trimmed; quotes kept */
	struct slice params; /* from there on, for sip_param; or empty */
};

/* ERR_FORMAT: the word is empty. */
MUST_USE enum err sip_word_parse(struct sip_word *out, struct slice value);

/* A number and its parameters: Session-Expires, Min-SE (RFC 4028 4, 5). */
struct sip_interval {
	struct sip_number seconds;
	struct slice      refresher; /* "uac" or "uas" as written, or empty */
	struct slice      params;
};
MUST_USE enum err sip_interval_parse(struct sip_interval *out, struct slice value);

/* RAck (RFC 3262 7.2). What follows the method is passed over. */
struct sip_rack {
	struct sip_number rseq, cseq;
	struct slice      method;
};
MUST_USE enum err sip_rack_parse(struct sip_rack *out, struct slice value);

/* Event (RFC 6665 8.4). "presence.winfo" has package and template. */
struct sip_event {
	struct slice package;   /* before the first '.' */
	struct slice templates; /* after it, further ones too; or empty */
	struct slice id;        /* or empty */
	struct slice params;
};
MUST_USE enum err sip_event_parse(struct sip_event *out, struct slice value);

/* Subscription-State (RFC 6665 4.1.3, 8.4). */
struct sip_subscription_state {
	struct slice      state; /* active, pending, terminated, or another */
	struct slice      reason;
	struct sip_number expires, retry_after;
	struct slice      params;
};
MUST_USE enum err sip_subscription_state_parse(struct sip_subscription_state *out,
                                               struct slice value);

/* The dialog that Replaces (RFC 3891 6.1), Join (RFC 3911 7.1) or Target-Dialog
 * (RFC 4538 7) names. Absent tags are empty. */
struct sip_dialog_ref {
	struct slice call_id;
	struct slice to_tag, from_tag;      /* of Replaces and Join */
	struct slice local_tag, remote_tag; /* of Target-Dialog */
	bool         early_only;            /* of Replaces */
};
MUST_USE enum err sip_dialog_ref_parse(struct sip_dialog_ref *out, struct slice value);

/* One Reason element (RFC 3326 2): SIP, Q.850, STIR, ... */
struct sip_reason {
	struct slice      protocol;
	struct sip_number cause;
	struct slice      text; /* without its quotes, escapes kept; or empty */
	struct slice      params;
};
MUST_USE enum err sip_reason_parse(struct sip_reason *out, struct slice element);

/* One Warning element (RFC 3261 20.43). */
struct sip_warning {
	uint16_t     code; /* 0 to 999 */
	struct slice agent;
	struct slice text; /* without its quotes, escapes kept; or empty */
};

/* ERR_FORMAT: no three digits and an agent. */
MUST_USE enum err sip_warning_parse(struct sip_warning *out, struct slice element);

/* Retry-After (RFC 3261 20.33). */
struct sip_retry_after {
	struct sip_number seconds, duration;
	struct slice      comment; /* without the parentheses; or empty */
};
MUST_USE enum err sip_retry_after_parse(struct sip_retry_after *out, struct slice value);

/* Content-Disposition (RFC 3261 20.11). */
struct sip_disposition {
	struct slice type;
	bool         optional; /* handling=optional; required where it is not said */
	struct slice params;
};
MUST_USE enum err sip_disposition_parse(struct sip_disposition *out, struct slice value);

/* Timestamp (RFC 3261 20.38), in nanoseconds as far as they are written; digits beyond
 * the ninth are cut off. Saturated. */
struct sip_timestamp {
	uint64_t at;
	uint64_t delay;
	bool     has_delay;
};
MUST_USE enum err sip_timestamp_parse(struct sip_timestamp *out, struct slice value);

/* Priv-values: RFC 3323 4.2, RFC 3325 9.3, RFC 7044 10.1. */
enum sip_privacy {
	SIP_PRIVACY_HEADER,
	SIP_PRIVACY_SESSION,
	SIP_PRIVACY_USER,
	SIP_PRIVACY_NONE,
	SIP_PRIVACY_CRITICAL,
	SIP_PRIVACY_ID,
	SIP_PRIVACY_HISTORY,
	SIP_PRIVACY_OTHER
};

/* Bits 1u << enum sip_privacy of a Privacy value; between its words ';' or, as it is
 * also sent, ','. 0: it is empty. */
uint32_t sip_privacy_parse(struct slice value);

/* Session-ID (RFC 7989 5; RFC 7329 has no remote). */
struct sip_session_id {
	struct slice local;  /* as written */
	struct slice remote; /* or empty */
	bool         has_remote;
	bool         bad;    /* one of them is not 32 lower-case hexadecimal digits */
};
MUST_USE enum err sip_session_id_parse(struct sip_session_id *out, struct slice value);

/* The nil UUID: 32 zeros (RFC 7989 5). */
bool sip_session_id_is_nil(struct slice uuid);

/* P-Charging-Vector (RFC 7315 4.6); values without quotes, empty where absent. */
struct sip_charging_vector {
	struct slice icid, generated_at, orig_ioi, term_ioi, related_icid;
};

/* ERR_FORMAT: no icid-value. */
MUST_USE enum err sip_charging_vector_parse(struct sip_charging_vector *out,
                                            struct slice value);

/* Identity (RFC 8224 4.1), and that of RFC 4474, which has no parameters. */
struct sip_identity {
	struct slice digest; /* without quotes; a signature, not a secret */
	struct slice info;   /* without <> */
	struct slice alg, ppt;
};
MUST_USE enum err sip_identity_parse(struct sip_identity *out, struct slice value);

#endif
