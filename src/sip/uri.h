/* SPDX-License-Identifier: MIT */
/* sip/uri.h - URIs as SIP uses them, as borrowed slices.
 *
 * RFC 3261 19.1 and 25.1 (sip, sips, absoluteURI), RFC 3966 (tel), RFC 3986 3.2 (the
 * authority of any other scheme). A URI is taken apart first and unescaped after, so
 * that an escaped '@' or ';' never divides anything (RFC 4475 3.1.1.4). Comparison is
 * that of RFC 3261 19.1.4 and RFC 3966 4. No name is resolved.
 * No clock, no allocation, no globals. */
#ifndef SIP_URI_H
#define SIP_URI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "sip/host.h"

enum sip_uri_scheme {
	SIP_URI_NONE, /* what stands there has no scheme */
	SIP_URI_SIP,
	SIP_URI_SIPS,
	SIP_URI_TEL,
	SIP_URI_OTHER /* any other, known to no one here */
};

/* What is wrong with a URI by itself: evidence, never a refusal. Bit 1u << x. */
enum sip_uri_odd {
	SIP_URI_ODD_WHITE_SPACE,  /* in it or around it */
	SIP_URI_ODD_BRACKETS,     /* in <> */
	SIP_URI_ODD_NO_SCHEME,
	SIP_URI_ODD_EMPTY_USER,   /* nothing before the '@'; no digit in a number */
	SIP_URI_ODD_EMPTY_HOST,
	SIP_URI_ODD_BAD_HOST,     /* neither a name nor an address */
	SIP_URI_ODD_BAD_IPV6,     /* brackets around something else */
	SIP_URI_ODD_BARE_IPV6,    /* an IPv6 literal without brackets */
	SIP_URI_ODD_BAD_PORT,     /* no number from 0 to 65535 after the colon */
	SIP_URI_ODD_BAD_ESCAPE,   /* '%' without two hexadecimal digits */
	SIP_URI_ODD_BAD_CHAR,     /* a character that may not stand where it is */
	SIP_URI_ODD_EMPTY_PARAM,  /* ";;", or ';' at the end, or no name */
	SIP_URI_ODD_SECOND_PARAM, /* one of enum sip_uri_param stands there twice */
	SIP_URI_ODD_BAD_HEADER,   /* no name or no '=' in what follows the '?' */
	SIP_URI_ODD_NO_CONTEXT,   /* a local number without phone-context */
	SIP_URI_ODD_COUNT
};

/* The parameters that RFC 3261 19.1.1 names. */
enum sip_uri_param {
	SIP_URI_TRANSPORT,
	SIP_URI_USER,
	SIP_URI_METHOD,
	SIP_URI_TTL,
	SIP_URI_MADDR,
	SIP_URI_LR,
	SIP_URI_PARAMS
};

struct sip_uri {
	struct slice text;        /* trimmed, without <> around it */
	struct slice scheme_text; /* as written, without the colon */
	struct slice user;        /* of tel: the number as written */
	struct slice password;
	struct slice params;      /* from the first ';' to before the '?', or empty */
	struct slice headers;     /* after the '?' */
	struct slice opaque;      /* of other schemes: all that follows the colon */
	struct slice param[SIP_URI_PARAMS]; /* the first of each; its value as written */
	struct sip_hostport at;   /* of other schemes only after "//" */
	enum sip_uri_scheme scheme;
	uint32_t has_param;       /* bits 1u << enum sip_uri_param */
	bool     has_user, has_password, has_headers; /* also where they are empty */
	uint32_t odd;             /* bits 1u << enum sip_uri_odd */
	size_t   odd_at[SIP_URI_ODD_COUNT]; /* of each that is set: where it first is, as
	                                     * an offset into what was parsed */
};

/* All of text is taken to be the URI; borrowed by *out. Never fails. Without a scheme
 * it is read as that of a SIP URI would be: user, host, parameters, headers. The user
 * ends at the first '@'. One pass or two, O(text). */
void sip_uri_parse(struct sip_uri *out, struct slice text);

/* Is bit `odd` set? */
bool sip_uri_is_odd(const struct sip_uri *uri, enum sip_uri_odd odd);

/* Where a URI stands: the columns of RFC 3261 19.1.1 table 1. */
enum sip_uri_place {
	SIP_URI_IN_REQUEST_LINE,
	SIP_URI_IN_TO,
	SIP_URI_IN_FROM,
	SIP_URI_IN_REGISTER,   /* Contact of REGISTER and of a redirection */
	SIP_URI_IN_DIALOG,     /* Contact within a dialog, Record-Route, Route */
	SIP_URI_OUTSIDE        /* a web page, Refer-To */
};

/* Rows of that table that may be forbidden. */
enum sip_uri_part {
	SIP_URI_PART_PORT,
	SIP_URI_PART_METHOD,
	SIP_URI_PART_MADDR,
	SIP_URI_PART_TTL,
	SIP_URI_PART_TRANSPORT,
	SIP_URI_PART_LR,
	SIP_URI_PART_HEADERS
};

/* Bits 1u << enum sip_uri_part: what the URI has although the table does not allow it
 * there. 0 for schemes other than sip and sips. */
uint32_t sip_uri_misplaced(const struct sip_uri *uri, enum sip_uri_place place);

/* Take the next parameter off *rest, which begins with ';' or is empty: the params of
 * a URI. Nothing is quoted in a URI, and nothing is trimmed. Pieces without a name are
 * passed over; value is empty without '='. False at the end (*name, *value untouched).
 */
bool sip_uri_param_next(struct slice *rest, struct slice *name, struct slice *value);

/* Value of the first parameter `name`, ASCII case aside; value may be NULL. False: not
 * there (*value untouched). */
bool sip_uri_param(const struct sip_uri *uri, struct slice name, struct slice *value);

/* The same for headers, "name=value&name=value"; the value is still escaped. Names are
 * compared as header fields are, so that "s" is Subject. */
bool sip_uri_header_next(struct slice *rest, struct slice *name, struct slice *value);
bool sip_uri_header(const struct sip_uri *uri, struct slice name, struct slice *value);

/* Write s with each "%HH" as the byte it stands for into out[size] (size > 0), cut
 * where it does not fit, with a NUL behind it; returns its length. A '%' without two
 * digits stays as it is. The result may hold any byte, NUL and controls too. */
size_t sip_uri_unescape(struct slice s, char *out, size_t size);

/* Parameters, or headers, of two URIs that are compared one with the other: no honest
 * URI comes near it, and the work grows with its square. */
#define SIP_URI_COMPARED 64

/* RFC 3261 19.1.4 for sip and sips, RFC 3966 4 for tel. URIs of another scheme, or of
 * none, are equal when all their bytes are; so are URIs with more parameters or headers
 * than SIP_URI_COMPARED. Header values are compared byte by byte after unescaping, not
 * by the rules of each field (RFC 3261 20): most of those that a URI carries, Replaces
 * and Call-ID among them, are case-sensitive. A transport in only one of them makes a
 * difference whatever its value is. Not transitive (RFC 3261 19.1.4). */
bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b);

/* A telephone number of a tel URI, or of the user part of a SIP URI with user=phone
 * (RFC 3261 19.1.6). */
struct sip_tel {
	struct slice number;    /* as written, with '+' and visual separators */
	struct slice params;    /* from the first ';', or empty: sip_uri_param_next */
	struct slice context;   /* value of phone-context; empty where there is none */
	struct slice extension; /* ext */
	struct slice subaddress; /* isub */
	bool         is_global; /* begins with '+' */
};

/* False (*out untouched): neither a tel URI, nor one of sip or sips with user=phone. */
bool sip_uri_tel(struct sip_tel *out, const struct sip_uri *uri);

/* RFC 3966 4: visual separators, the case of letters and the order of parameters
 * aside; each parameter must be in both. More than SIP_URI_COMPARED: false. */
bool sip_tel_equal(const struct sip_tel *a, const struct sip_tel *b);

/* Write the number without visual separators, as sip_uri_unescape writes. */
size_t sip_tel_digits(const struct sip_tel *tel, char *out, size_t size);

/* User part of a SIP, SIPS or tel URI (RFC 3261 19.1.1, RFC 3966), and host[:port] of
 * a SIP or SIPS URI; empty where there is none. Cheaper than sip_uri_parse. The user
 * ends at the first '@', and leaves out a password; of a tel URI it is the number
 * without its parameters. No decoding of escapes. */
struct slice sip_uri_user(struct slice uri);
struct slice sip_uri_host(struct slice uri);

#endif
