/* SPDX-License-Identifier: MIT */
/* view/field.h - the values of calls and their messages by name: what filter expressions
 * and columns ask for. field.def has the names.
 *
 * A field of a message has as many values for a call as the call has messages with it,
 * so values are handed to a sink one after the other. Nothing is allocated. */
#ifndef VIEW_FIELD_H
#define VIEW_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/tick.h"
#include "engine/engine.h"

enum field_record {
	FIELD_CALL,
	FIELD_MESSAGE,
	FIELD_TRANSACTION,
	FIELD_DIALOG,
	FIELD_FINDING,
	FIELD_RECORD_COUNT
};

enum field_type {
	FIELD_NUMBER,
	FIELD_TEXT,
	FIELD_WORD, /* text, one of a fixed list: field_word */
	FIELD_TIME,
	FIELD_BOOL,
	FIELD_ADDRESS
};

enum field_id {
#define FIELD(id, record, name, type, text) FIELD_##id,
#include "view/field.def"
#undef FIELD
	FIELD_COUNT
};

/* One value. text is borrowed until the sink returns, and holds any byte. */
struct field_value {
	double number;     /* of a bool 0 or 1 */
	struct slice text; /* of FIELD_TEXT and FIELD_WORD */
	tick time;
	struct net_addr addr;
};

/* True: enough, no more values are wanted. */
typedef bool field_sink(void *arg, const struct field_value *value);

/* Whose fields. A call is summarized at most once: start with { engine, call, message }.
 */
struct field_of {
	struct engine *engine;
	uint32_t call;
	uint32_t message; /* 0: each message of the call */
	struct call_summary summary;
	bool summarized;
};

/* Hand the values of a field to the sink until it says true; then true. Those that are
 * not there, or cannot be read back, are left out. header: the name of the field of
 * FIELD_MSG_HEADER. Messages are read back at most once each. */
bool field_scan(struct field_of *of, enum field_id id, struct slice header,
                field_sink *sink, void *arg);

/* Call `each` for every message of the call, or for of->message; true as soon as it says
 * so. Within it of->message is that message. */
bool field_each_message(struct field_of *of, bool (*each)(void *arg), void *arg);

/* Of a row. name: without its record. */
const char *field_name(enum field_id id);
const char *field_text(enum field_id id);
enum field_record field_record(enum field_id id);
enum field_type field_type(enum field_id id);
const char *field_record_name(enum field_record record);

/* The field that a name, with or without its record, means; FIELD_COUNT: none. */
enum field_id field_find(struct slice name);

/* The n-th word, from 0, that a field of FIELD_WORD can have; NULL behind the last. */
const char *field_word(enum field_id id, unsigned n);

#endif
