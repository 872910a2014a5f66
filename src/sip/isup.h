/* SPDX-License-Identifier: MIT */
/* sip/isup.h - ISUP messages as SIP carries them, as borrowed slices of one body.
 *
 * ITU-T Q.763 (12/1999), ANSI T1.113, RFC 3372 (SIP-T), RFC 3204 3.1: the body of
 * application/ISUP begins with the message type, without routing label and CIC.
 *
 * A message is a type, a mandatory fixed part, pointers to the parameters of the
 * mandatory variable part, and a pointer to an optional part of code, length, value,
 * which code 0 ends (Q.763 1.4 to 1.8). Every pointer and length is checked; one that
 * lies is noted, and what it would have led to is left out.
 *
 * Tables: isup_type.def, isup_param.def, isup_field.def, isup_cause.def. Not read:
 * the contents of application transport, remote operations and access transport.
 * No clock, no allocation, no globals. */
#ifndef SIP_ISUP_H
#define SIP_ISUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/* Parameters kept of one message; the richest IAM seen has some 20, and a message on
 * a signalling link of 272 bytes holds not many more. All are counted in `seen`. */
#define ISUP_PARAMS_MAX 64

/* Digits kept of one number: E.164 has 15, with prefixes and routing numbers some
 * 25. All are counted in `total`. */
#define ISUP_DIGITS_MAX 32

enum isup_variant {
	ISUP_ITU, /* and what is built on it: ETSI, TTC, national ones */
	ISUP_ANSI
};

/* Variant of an application/ISUP Content-Type value: by its `version` where that is
 * known, else by its `base` (RFC 3204 3.1), else ISUP_ITU. */
enum isup_variant isup_variant_of(struct slice content_type);

/* Message types: ISUP_IAM is 0x01. */
enum isup_type {
#define TYPE(id, code, name, f1, f2, f3, f4, v1, v2, opt) ISUP_##id = code,
#define ANSI(id, code, name, f1, f2, f3, f4, v1, v2, opt) ISUP_ANSI_##id = code,
#include "sip/isup_type.def"
#undef ANSI
#undef TYPE
	ISUP_TYPE_MAX = 0xff
};

/* Parameter codes: ISUP_PARAM_CAUSE is 0x12. */
enum isup_code {
#define PARAM(id, code, name, fixed, number, source)      ISUP_PARAM_##id = code,
#define PARAM_ANSI(id, code, name, fixed, number, source) ISUP_PARAM_##id = code,
#include "sip/isup_param.def"
#undef PARAM_ANSI
#undef PARAM
	ISUP_PARAM_NONE = 0 /* end of optional parameters: Q.763 3.20 */
};

/* Indicators of isup_field.def. */
enum isup_field {
#define FIELD(id, param, octet, shift, width, name, source)      ISUP_FIELD_##id,
#define FIELD_ITU(id, param, octet, shift, width, name, source)  ISUP_FIELD_##id,
#define FIELD_ANSI(id, param, octet, shift, width, name, source) ISUP_FIELD_##id,
#define VALUE(id, value, text)
#define VALUE_ANSI(id, value, text)
#include "sip/isup_field.def"
#undef VALUE_ANSI
#undef VALUE
#undef FIELD_ANSI
#undef FIELD_ITU
#undef FIELD
	ISUP_FIELD_COUNT
};

/* What is odd about a message: evidence, never a refusal. */
enum isup_odd {
	ISUP_ODD_UNKNOWN   = 1U << 0, /* no such type: its parameters are not read */
	ISUP_ODD_TRUNCATED = 1U << 1, /* ends within the fixed part or the pointers */
	ISUP_ODD_POINTER   = 1U << 2, /* a pointer leads out of the message, into what
	                               * stands before, or nowhere where it must not */
	ISUP_ODD_LENGTH    = 1U << 3, /* a parameter is longer than what is left */
	ISUP_ODD_NO_END    = 1U << 4, /* the optional part lacks its end octet */
	ISUP_ODD_MANY      = 1U << 5  /* over ISUP_PARAMS_MAX parameters */
};

struct isup_param {
	struct slice value; /* without code and length; may be empty */
	uint8_t      code;  /* enum isup_code, or any other */
};

struct isup_msg {
	enum isup_variant variant;
	uint8_t           type;    /* enum isup_type, or any other */
	uint8_t           nparams; /* entries used in params */
	uint16_t          odd;     /* bits of enum isup_odd */
	uint32_t          seen;    /* parameters read, kept or not */
	struct isup_param params[ISUP_PARAMS_MAX]; /* fixed, variable, optional part, in
	                                            * the order of the message */
};

/* Parse a body of application/ISUP.
 *
 * body  borrowed: the slices of *msg point into it. body.p[body.len] is never read.
 * msg   the caller's; written only when the result is OK.
 *
 * OK, or ERR_FORMAT when the body is empty. What is odd is in odd. O(body.len). */
MUST_USE enum err isup_parse(struct isup_msg *msg, struct slice body,
                             enum isup_variant variant);

/* Acronym and name of a message type, "IAM" and "Initial address"; "" where there is
 * no row. Valid for ever, never NULL: so are all names below. */
const char *isup_type_acronym(uint8_t type, enum isup_variant variant);
const char *isup_type_name(uint8_t type, enum isup_variant variant);
const char *isup_param_name(uint8_t code, enum isup_variant variant);

/* First parameter with this code, or NULL; points into *msg. */
const struct isup_param *isup_find(const struct isup_msg *msg, uint8_t code);

/* Value of an indicator in the first parameter that has it. False (*value untouched):
 * there is no such parameter, it is too short, or the variant has no such indicator. */
bool isup_field(const struct isup_msg *msg, enum isup_field field, unsigned *value);
const char *isup_field_name(enum isup_field field); /* "hop counter" */
uint8_t isup_field_code(enum isup_field field);     /* the parameter it is of */
/* "subscriber free", or "" for a value without a row. */
const char *isup_value_name(enum isup_field field, unsigned value,
                            enum isup_variant variant);

/* A number: Q.763 3.9, 3.10 and those built like them. What a kind of number lacks is
 * 0 or false. */
struct isup_number {
	char    digits[ISUP_DIGITS_MAX + 1]; /* with a NUL: 0 to 9; A to E for the codes
	                                      * 10 to 14 (B and C: code 11 and 12), F for
	                                      * an ST before the end */
	uint8_t  ndigits;      /* in digits */
	uint16_t total;        /* in the number, ST at its end left out */
	uint8_t  qualifier;    /* of a generic number: Q.763 3.26 a) */
	uint8_t  nature;       /* of address: Q.763 3.9 b) */
	uint8_t  plan;         /* numbering plan: Q.763 3.9 d) */
	uint8_t  presentation; /* 0 allowed, 1 restricted, 2 not available */
	uint8_t  screening;    /* 1 user provided, verified; 3 network provided */
	bool     end;          /* ST: all digits are there */
	bool     no_internal;  /* INN: routing to an internal number not allowed */
	bool     incomplete;   /* NI */
};

/* OK, or ERR_FORMAT (out untouched): the parameter is no number in this variant, or
 * too short for one. A number without digits is OK. */
MUST_USE enum err isup_number(struct isup_number *out, const struct isup_param *param,
                              enum isup_variant variant);

/* "national", "ISDN (E.164)", "restricted", "network provided"; "" where spare. */
const char *isup_nature_name(uint8_t nature, enum isup_variant variant);
const char *isup_plan_name(uint8_t plan, enum isup_variant variant);
const char *isup_presentation_name(uint8_t presentation);
const char *isup_screening_name(uint8_t screening);

/* Cause indicators: Q.763 3.12, Q.850 2. */
struct isup_cause {
	struct slice diagnostics; /* may be empty */
	uint8_t      coding;      /* 0 ITU-T, 1 ISO/IEC, 2 national (ANSI), 3 network */
	uint8_t      location;
	uint8_t      value;       /* 0 to 127 */
};

/* OK, or ERR_FORMAT (out untouched): another parameter, or too short. */
MUST_USE enum err isup_cause(struct isup_cause *out, const struct isup_param *param);

/* Name of a cause by its coding and value: Q.850 table 1, or T1.113 for what is
 * national in that variant; "" where unknown. */
const char *isup_cause_name(const struct isup_cause *cause, enum isup_variant variant);
const char *isup_location_name(uint8_t location);

/* Longest summary, its NUL included: an acronym and three numbers, or a cause. */
#define ISUP_SUMMARY_MAX 160

/* One line for a ladder: "IAM called 4930123456 calling 493098765", "REL cause 16
 * normal call clearing", "CPG alerting", "type 200". ASCII; numbers are shown whether
 * or not their presentation is restricted. Returns the length without the NUL; what
 * does not fit into out is cut off. */
size_t isup_summary(const struct isup_msg *msg, char out[ISUP_SUMMARY_MAX]);

#endif
