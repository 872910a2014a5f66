/* SPDX-License-Identifier: MIT */
/* export/json_writer.h - JSON text (RFC 8259) written piece by piece, without a tree.
 *
 * A writer appends to the printbuf of json-c, the only one of its parts that a record
 * needs: a json_object for each member would cost more than analyzing the message did.
 * Commas are kept here; that brackets match is up to the caller. Captured bytes go
 * through base/safe.h, all but the runs that plainly need no escape. When memory runs
 * out, `failed` stays set and what is written is of no use.
 *
 * Every value takes the key of the member that it is, KEY("id"), or NO_KEY as an element
 * of an array. */
#ifndef EXPORT_JSON_WRITER_H
#define EXPORT_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/tick.h"

/* lit: a literal that needs no escape. Its quotes and colon are a part of it. */
#define KEY(lit) SLICE("\"" lit "\":")
#define NO_KEY   SLICE_NONE

struct printbuf;

struct json_writer {
	struct printbuf *pb;
	char            *p;      /* where the next byte goes */
	char            *end;    /* of the room that there is */
	bool             comma;  /* due before the next value */
	bool             failed; /* no memory, or more than a printbuf can hold */
};

/* Append to pb (borrowed until json_end). What it holds stays in front. */
void json_begin(struct json_writer *w, struct printbuf *pb);
/* The text is in the printbuf; false: it is not, since the writer failed. */
bool json_end(struct json_writer *w);

/* { or [, and } or ] for its end. */
void json_open(struct json_writer *w, struct slice key, char bracket);
void json_close(struct json_writer *w, char bracket);

void json_put_uint(struct json_writer *w, struct slice key, uint64_t value);
void json_put_bool(struct json_writer *w, struct slice key, bool value);
void json_put_string(struct json_writer *w, struct slice key, struct slice s);
/* RFC 4648 4 */
void json_put_base64(struct json_writer *w, struct slice key, struct slice s);

/* A header value: each fold (RFC 3261 7.3.1) becomes one space. */
void json_put_header(struct json_writer *w, struct slice key, struct slice value);
/* The same without the quotes of a quoted-string and with its quoted-pairs resolved
 * (RFC 3261 25.1); what is not enclosed in quotes is written as it is. */
void json_put_unquoted(struct json_writer *w, struct slice key, struct slice value);

/* Absent means not known: these write nothing for an id or count of 0, an empty text,
 * TICK_NONE, and a span whose ends are not both known or the wrong way round. */
void json_put_id(struct json_writer *w, struct slice key, uint64_t id);
void json_put_text(struct json_writer *w, struct slice key, struct slice value);
void json_put_word(struct json_writer *w, struct slice key, const char *word);
void json_put_time(struct json_writer *w, struct slice key, tick at); /* tick_rfc3339 */
/* Milliseconds with up to three decimals and no trailing zeros; both instants are cut
 * to whole microseconds first. */
void json_put_span(struct json_writer *w, struct slice key, tick from, tick to);

#endif
