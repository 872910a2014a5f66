/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/import.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "view/expression_lex.h"
#include "view/form.h"

#define IMPORT_MEMORY (8U << 20)
#define LINE_MAX_     1024 /* bytes of a line; sngrep takes as many */
#define COLUMNS       20   /* that sngrep has */

static const struct {
	const char *name;
	enum setting setting;
	const char *values;
} same[] = {
#define SAME(name, setting, values) { name, SETTING_##setting, values },
#include "cli/sngreprc.def"
};

static const struct {
	const char *name, *reason;
} none[] = {
#define NONE(name, reason) { name, reason },
#include "cli/sngreprc.def"
}, no_action[] = {
#define NO_ACTION(name, reason) { name, reason },
#include "cli/sngreprc.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct import {
	struct setup setup;
	struct config_parts parts; /* that the file names */
	const char *name;
	unsigned number; /* of the line */
	config_tell *tell;
	void *arg;
	char columns[COLUMNS][COLUMN_NAME_MAX]; /* as sngrep shows them */
	struct form form;
	struct slice payload; /* in the text */
};

/* What there is to tell of a line, printable whatever the line is. */
PRINTF_LIKE(2, 3) static void complain(struct import *i, const char *format, ...)
{
	char text[CONFIG_TEXT_MAX], line[CONFIG_TEXT_MAX];
	va_list args;
	int n = snprintf(text, sizeof(text), "%.300s: line %u: ", i->name, i->number);
	va_start(args, format);
	vsnprintf(text + n, sizeof(text) - (size_t)n, format, args);
	va_end(args);
	safe_text_copy(slice_of(text), false, line, sizeof(line));
	i->tell(i->arg, line);
}

static int word_len(struct slice word)
{
	return (int)slice_head(word, 40).len;
}

/* --- set */

/* "their=ours": ours, or the value itself. */
static struct slice value_here(struct slice value, const char *values)
{
	struct slice rest = slice_of(values), pair;
	while ((pair = slice_word(&rest)).len) {
		size_t at = slice_index(pair, '=');
		if (slice_ieq(value, slice_head(pair, at)))
			return slice_skip(pair, at + 1);
	}
	return value;
}

static bool set_same(struct import *i, struct slice name, struct slice value)
{
	char why[SETUP_WHY_MAX];
	for (size_t n = 0; n < COUNT(same); n++) {
		if (!slice_ieq(name, slice_of(same[n].name)))
			continue;
		enum setting setting = same[n].setting;
		if (setup_set(&i->setup, setting, value_here(value, same[n].values), why))
			i->parts.settings[setting] = true;
		else
			complain(i, "set %s: %s", same[n].name, why);
		return true;
	}
	return false;
}

/* cl.column0 to cl.column19, which sngrep shows in this order. */
static bool set_column(struct import *i, struct slice name, struct slice value)
{
	static const struct slice prefix = { "cl.column", 9 };
	struct slice rest = slice_skip(name, prefix.len);
	struct column_of column;
	uint64_t n;
	if (!slice_istarts(name, prefix))
		return false;
	if (!slice_uint(slice_head(rest, slice_index(rest, '.')), &n) || n >= COLUMNS)
		complain(i, "set %.*s: it has no such column; leave it out",
		         word_len(name), name.p);
	else if (slice_index(rest, '.') < rest.len)
		complain(i,
		         "set %.*s: columns are as wide as what is in them; leave it out",
		         word_len(name), name.p);
	else if (!column_parse(value, &column))
		complain(i, "set %.*s: there is no column '%.*s'; F10 lists them",
		         word_len(name), name.p, word_len(value), value.p);
	else {
		column_of_name(&column, i->columns[n]);
		i->parts.columns = true;
	}
	return true;
}

/* "INVITE,REGISTER", which the form for a filter has boxes for. */
static void set_methods(struct import *i, struct slice value)
{
	while (value.len) {
		struct slice method =
			slice_trim(slice_head(value, slice_index(value, ',')));
		unsigned n = 0;
		while (n < FORM_METHODS && !slice_ieq(method, slice_of(form_method(n))))
			n++;
		if (n < FORM_METHODS)
			i->form.methods[n] = true;
		else if (method.len)
			complain(i,
			         "set filter.methods: '%.*s' is none of the form; "
			         "leave it out",
			         word_len(method), method.p);
		value = slice_skip(value, slice_index(value, ',') + 1);
	}
}

static const char *nth_name(const void *arg, unsigned n)
{
	(void)arg;
	if (n < COUNT(same))
		return same[n].name;
	n -= (unsigned)COUNT(same);
	return n < COUNT(none) ? none[n].name : NULL;
}

static void set(struct import *i, struct slice name, struct slice value)
{
	if (set_same(i, name, value) || set_column(i, name, value))
		return;
	if (slice_ieq(name, SLICE("filter.payload"))) {
		i->form.payload = value;
		return;
	}
	if (slice_ieq(name, SLICE("filter.methods"))) {
		set_methods(i, value);
		return;
	}
	for (size_t n = 0; n < COUNT(none); n++)
		if (slice_ieq(name, slice_of(none[n].name))) {
			complain(i, "set %s: %s", none[n].name, none[n].reason);
			return;
		}
	const char *near = expression_nearest(name, nth_name, NULL);
	complain(i, "set %.*s: sngrep has no such setting; %s%s%s", word_len(name),
	         name.p, near ? "do you mean '" : "leave it out", near ? near : "",
	         near ? "'?" : "");
}

/* --- keys */

static size_t row_of(struct slice action)
{
	size_t n = 0;
	while (keys_row(n) && !slice_eq(action, slice_of(keys_row(n)->name)))
		n++;
	return n;
}

static bool tell_no_action(struct import *i, struct slice action)
{
	for (size_t n = 0; n < COUNT(no_action); n++)
		if (slice_eq(action, slice_of(no_action[n].name))) {
			complain(i, "key %s: %s", no_action[n].name, no_action[n].reason);
			return true;
		}
	return false;
}

/* The keys that the action has, with this one or without it. */
static void bind(struct import *i, struct slice action, struct slice key, bool add)
{
	char text[(KEYS_EACH + 1) * KEY_NAME_MAX], why[SETUP_WHY_MAX];
	size_t len = 0, row = row_of(action);
	int code = keys_code(key);
	bool known = keys_row(row) != NULL;
	if (!known && tell_no_action(i, action))
		return;
	const struct key_binding *b = known ? &i->setup.keys.rows[row] : NULL;
	for (unsigned n = 0; known && n < b->n; n++) {
		if (b->codes[n] == code)
			continue;
		len += keys_name(b->codes[n], text + len);
		text[len++] = ' ';
	}
	/* a key that is none, and an action, are told by who binds them */
	if (add || code < 0)
		len += (size_t)snprintf(text + len, KEY_NAME_MAX, "%.*s",
		                        (int)slice_head(key, KEY_NAME_MAX - 1).len,
		                        key.p);
	if (!setup_keys(&i->setup, action, (struct slice){ text, len }, why))
		complain(i, "key %.*s: %s", word_len(action), action.p, why);
}

/* --- the whole */

static void take_line(struct import *i, struct slice line)
{
	char why[SETUP_WHY_MAX];
	struct slice rest = slice_trim(line);
	if (rest.len == 0 || *rest.p == '#' || *rest.p == ';')
		return;
	struct slice type = slice_word(&rest), name = slice_word(&rest);
	struct slice value = slice_trim(rest);
	if (line.len > LINE_MAX_)
		complain(i, "it is longer than %d bytes; leave it out", LINE_MAX_);
	else if (name.len == 0 || value.len == 0)
		complain(i,
		         "it is not whole; write 'set NAME VALUE', 'alias ADDRESS NAME', "
		         "'key ACTION KEY' or 'unbindkey ACTION KEY'");
	else if (slice_ieq(type, SLICE("set")))
		set(i, name, value);
	else if (slice_ieq(type, SLICE("alias"))) {
		if (!setup_alias(&i->setup, name, value, why))
			complain(i, "alias: %s", why);
	} else if (slice_ieq(type, SLICE("key")))
		bind(i, name, value, true);
	else if (slice_ieq(type, SLICE("unbindkey")))
		bind(i, name, value, false);
	else if (slice_ieq(type, SLICE("ignore")))
		complain(i, "ignore: write it as a filter in [screen], such as: "
		            "filter = not from.user == alice");
	else
		complain(i, "'%.*s': sngrep has no such word; leave the line out",
		         word_len(type), type.p);
}

/* The columns of sngrep, some of them others; our findings stay. */
static void finish_columns(struct import *i)
{
	char why[SETUP_WHY_MAX];
	if (!i->parts.columns)
		return;
	i->setup.ncolumns = 0;
	for (unsigned n = 0; n < COLUMNS; n++) {
		(void)setup_add_columns(&i->setup, slice_of(i->columns[n]), why);
		if (n == 0)
			(void)setup_add_columns(&i->setup, SLICE("finding"), why);
	}
}

static void finish_filter(struct import *i)
{
	char text[SETUP_TEXT_MAX], why[SETUP_WHY_MAX] = "it is too long; make it shorter";
	unsigned chosen = 0;
	for (unsigned n = 0; n < FORM_METHODS; n++)
		chosen += i->form.methods[n];
	if (!i->form.payload.len && (chosen == 0 || chosen == FORM_METHODS))
		return;
	if (form_expression(&i->form, text, sizeof(text)) &&
	    setup_set(&i->setup, SETTING_FILTER, slice_of(text), why))
		i->parts.settings[SETTING_FILTER] = true;
	else
		complain(i, "set filter.payload, filter.methods: %s", why);
}

bool import_text(struct slice text, const char *name, struct out *out, config_tell *tell,
                 void *arg)
{
	static const char *const shown[] = { "index",  "method", "sipfrom", "sipto",
		                             "msgcnt", "src",    "dst",     "state" };
	struct mem mem;
	struct import *i = calloc(1, sizeof(*i));
	if (!i) {
		tell(arg, "out of memory");
		return false;
	}
	mem_init(&mem, IMPORT_MEMORY);
	setup_init(&i->setup, &mem);
	i->name = name;
	i->tell = tell;
	i->arg = arg;
	for (size_t n = 0; n < COUNT(shown); n++)
		snprintf(i->columns[n], sizeof(i->columns[n]), "%s", shown[n]);
	while (text.len) {
		size_t end = slice_index(text, '\n');
		i->number++;
		take_line(i, slice_head(text, end));
		text = slice_skip(text, end + 1);
	}
	finish_columns(i);
	finish_filter(i);
	if (out)
		config_write_parts(&i->setup, &i->parts, out);
	setup_clear(&i->setup);
	free(i);
	return true;
}

static FILE *open_file(const char **path, char ours[CONFIG_PATH_MAX])
{
	const char *home = getenv("HOME");
	FILE *file = NULL;
	if (*path)
		return fopen(*path, "re");
	int n = snprintf(ours, CONFIG_PATH_MAX, "%s/.sngreprc", home ? home : "");
	if (home && n > 0 && n < CONFIG_PATH_MAX)
		file = fopen(*path = ours, "re");
	return file ? file : fopen(*path = "/etc/sngreprc", "re");
}

bool import_sngreprc(const char *path, struct out *out, config_tell *tell, void *arg)
{
	char ours[CONFIG_PATH_MAX], text[CONFIG_TEXT_MAX], line[CONFIG_TEXT_MAX];
	char *bytes = malloc(IMPORT_BYTES_MAX);
	FILE *file = bytes ? open_file(&path, ours) : NULL;
	size_t n = file ? fread(bytes, 1, IMPORT_BYTES_MAX, file) : 0;
	bool ok = file && !ferror(file) && n < IMPORT_BYTES_MAX;
	int error = file && !ferror(file) ? EFBIG : errno;
	if (ok) {
		ok = import_text((struct slice){ bytes, n }, path, out, tell, arg);
	} else {
		snprintf(text, sizeof(text), "%.300s: %s; name another file",
		         path ? path : "sngreprc", strerror(error));
		safe_text_copy(slice_of(text), false, line, sizeof(line));
		tell(arg, line);
	}
	if (file)
		fclose(file);
	free(bytes);
	return ok;
}
