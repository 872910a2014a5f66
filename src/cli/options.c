/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/slice.h"

enum {
	ARG_NONE = no_argument,
	ARG_REQUIRED = required_argument,
	ARG_OPTIONAL = optional_argument
};

enum group { GROUP_INPUT, GROUP_SELECT, GROUP_OUTPUT, GROUP_OTHER, GROUP_NOT_BUILT };

/* What is built; the rest has no number of its own. */
enum option_id {
#define OPT(id, letter, name, kind, arg, help, group) OPT_##id,
#include "cli/options.def"
};

struct row {
	const char *name;
	const char *arg;
	const char *help; /* of what is not built: what to do meanwhile */
	int kind;
	enum group group;
	char letter;
};

/* OPT rows stand first in options.def, so that enum option_id is their index. */
static const struct row rows[] = {
#define OPT(id, letter, name, kind, arg, help, group)                                    \
	{ name, arg, help, kind, GROUP_##group, letter },
#define NOT_BUILT(letter, name, remedy)                                                  \
	{ name, "", remedy, ARG_OPTIONAL, GROUP_NOT_BUILT, letter },
#include "cli/options.def"
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define NROWS        COUNT(rows)
#define LONG_BASE    256 /* getopt_long's value of a long option: this plus its index */
#define WORD_MAX     32  /* bytes of a wrong word that are looked at and shown */

/* A word of a comma list; bit 0: known but not built. */
struct word {
	const char *name;
	unsigned bit;
};

static const struct word records[] = {
#define RECORD(id, name)       { name, OPTIONS_RECORD_##id },
#define RECORD_NOT_BUILT(name) { name, 0 },
#include "cli/options.def"
};

static const struct word withs[] = {
#define JSON_WITH(id, name) { name, OPTIONS_WITH_##id },
#include "cli/options.def"
};

static const unsigned all_records = 0
#define RECORD(id, name) | OPTIONS_RECORD_##id
#include "cli/options.def"
	;

static const char *const mode_names[] = { [OPTIONS_MODE_NONE] = "",
	                                  [OPTIONS_MODE_LADDER] = "ladder",
	                                  [OPTIONS_MODE_JSON] = "json",
	                                  [OPTIONS_MODE_SUMMARY] = "summary" };

/* Text of bounded length; what does not fit is left away. size > 0. */
struct line {
	char *p;
	size_t size;
	size_t len;
};

PRINTF_LIKE(2, 0)
static void line_addv(struct line *line, const char *fmt, va_list args)
{
	int n = vsnprintf(line->p + line->len, line->size - line->len, fmt, args);

	if (n < 0)
		return;
	line->len += (size_t)n;
	if (line->len >= line->size)
		line->len = line->size - 1;
}

PRINTF_LIKE(2, 3)
static void line_add(struct line *line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line_addv(line, fmt, args);
	va_end(args);
}

PRINTF_LIKE(2, 3)
static enum options_result wrong(struct line *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line_addv(why, fmt, args);
	va_end(args);
	return OPTIONS_WRONG;
}

/* `value` is what getopt_long answered: an option of ours. */
static const struct row *row_of(int value)
{
	if (value >= LONG_BASE)
		return &rows[value - LONG_BASE];
	for (size_t i = 0; i < NROWS; i++) {
		if (rows[i].letter != 0 && rows[i].letter == value)
			return &rows[i];
	}
	return NULL;
}

/* The option as the user wrote it, a letter or the whole name. */
static void add_option(struct line *why, int value)
{
	if (value >= LONG_BASE)
		line_add(why, "--%s", row_of(value)->name);
	else
		line_add(why, "-%c", value);
}

/* ---- words that are no option ---- */

/* Levenshtein's distance of a and b; b is shorter than WORD_MAX. */
static size_t distance(struct slice a, struct slice b)
{
	size_t row[WORD_MAX];

	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t best = diagonal + (a.p[i - 1] != b.p[j - 1]);

			if (best > row[j] + 1)
				best = row[j] + 1;
			if (best > row[j - 1] + 1)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[b.len];
}

/* The option that `name` may be a slip of, or NULL. */
static const char *near_miss(struct slice name)
{
	size_t best = name.len < 5 ? 2 : 3; /* one slip, or two in a longer name */
	const char *found = NULL;

	for (size_t i = 0; i < NROWS && rows[i].group != GROUP_NOT_BUILT; i++) {
		size_t d = distance(slice_of(rows[i].name), name);

		if (d < best) {
			best = d;
			found = rows[i].name;
		}
	}
	return found;
}

/* "--word" or "--word=...", which getopt_long found unknown or ambiguous. */
static enum options_result bad_long(const char *word, struct line *why)
{
	struct slice name = slice_skip(slice_of(word), 2);
	const char *separator = "is ambiguous: ";
	const char *near;

	name = slice_head(name, slice_index(name, '='));
	name = slice_head(name, WORD_MAX - 1);
	line_add(why, "--%.*s: ", (int)name.len, name.p);
	for (size_t i = 0; i < NROWS && name.len > 0; i++) {
		if (strncmp(rows[i].name, name.p, name.len) != 0)
			continue;
		line_add(why, "%s--%s", separator, rows[i].name);
		separator = ", ";
	}
	if (separator[0] == ',')
		return OPTIONS_WRONG;
	near = near_miss(name);
	if (near != NULL)
		return wrong(why, "unknown option; did you mean --%s?", near);
	return wrong(why, "unknown option; see --help");
}

/* getopt_long answered `value`, '?' or ':', and left optopt and `word`. */
static enum options_result bad_option(int value, const char *word, struct line *why)
{
	if (optopt == 0)
		return bad_long(word, why);
	if (value == ':') {
		const struct row *row = row_of(optopt);
		add_option(why, optopt);
		return wrong(why, ": %s is missing after it", row ? row->arg : "a value");
	}
	if (optopt >= LONG_BASE) {
		add_option(why, optopt);
		return wrong(why, ": takes no value, leave it out");
	}
	return wrong(why, "-%c: unknown option; see --help", optopt);
}

/* ---- values ---- */

static const struct word *find_word(const struct word *words, size_t n, struct slice name)
{
	for (size_t i = 0; i < n; i++) {
		if (slice_eq(name, slice_of(words[i].name)))
			return &words[i];
	}
	return NULL;
}

/* Set in *bits the words of a comma list; `what` is what they are called. */
static enum options_result take_list(const char *list, const char *what,
                                     const struct word *words, size_t n, unsigned *bits,
                                     struct line *why)
{
	struct slice rest = slice_of(list);
	struct slice name = slice_head(rest, slice_index(rest, ','));
	const struct word *word = find_word(words, n, name);
	const char *separator = "; known are ";

	while (word != NULL && word->bit != 0) {
		*bits |= word->bit;
		if (name.len == rest.len)
			return OPTIONS_RUN;
		rest = slice_skip(rest, name.len + 1);
		name = slice_head(rest, slice_index(rest, ','));
		word = find_word(words, n, name);
	}
	if (word != NULL)
		line_add(why, ": %s \"%s\" is not built yet", what, word->name);
	else
		line_add(why, ": unknown %s \"%.*s\"", what,
		         (int)slice_head(name, WORD_MAX).len, name.p);
	for (size_t i = 0; i < n; i++) {
		if (words[i].bit == 0)
			continue;
		line_add(why, "%s%s", separator, words[i].name);
		separator = ", ";
	}
	return OPTIONS_WRONG;
}

static enum options_result take_width(const char *arg, unsigned *width, struct line *why)
{
	uint64_t n;

	if (!slice_uint(slice_of(arg), &n) || n < OPTIONS_WIDTH_MIN ||
	    n > OPTIONS_WIDTH_MAX)
		return wrong(why, ": \"%.*s\" is not a number from %d to %d", WORD_MAX,
		             arg, OPTIONS_WIDTH_MIN, OPTIONS_WIDTH_MAX);
	*width = (unsigned)n;
	return OPTIONS_RUN;
}

static enum options_result take_number(const char *arg, uint64_t most, uint64_t *out,
                                       struct line *why)
{
	uint64_t n;

	if (!slice_uint(slice_of(arg), &n) || n == 0 || n > most)
		return wrong(why, ": \"%.*s\" is not a number from 1 to %llu", WORD_MAX,
		             arg, (unsigned long long)most);
	*out = n;
	return OPTIONS_RUN;
}

static enum options_result take_linger(const char *arg, struct options *out,
                                       struct line *why)
{
	out->has_linger = true;
	if (slice_uint(slice_of(arg), &out->linger) &&
	    out->linger <= OPTIONS_LINGER_MAX)
		return OPTIONS_RUN;
	return wrong(why, ": \"%.*s\" is not a number from 0 to %d", WORD_MAX, arg,
	             OPTIONS_LINGER_MAX);
}

static enum options_result take_spool_limit(const char *arg, struct options *out,
                                            struct line *why)
{
	enum options_result result =
		take_number(arg, OPTIONS_SPOOL_MAX, &out->spool_limit, why);
	out->spool_limit <<= 20;
	return result;
}

/* The names between commas; room for them is there. */
static enum options_result take_devices(struct options *out, const char *arg,
                                        struct line *why)
{
	bool more = true;

	while (more) {
		size_t n = strcspn(arg, ",");
		char *name = n ? strndup(arg, n) : NULL;

		if (name == NULL)
			return wrong(why,
			             n ? ": out of memory"
			               : ": a name is empty; put one comma between two");
		out->devices[out->ndevices++] = name;
		more = arg[n] == ',';
		arg += n + more;
	}
	return OPTIONS_RUN;
}

static enum options_result take_mode(struct options *out, enum options_mode mode,
                                     struct line *why)
{
	if (out->mode != OPTIONS_MODE_NONE && out->mode != mode)
		return wrong(why, ": does not go with --%s; choose one of them",
		             mode_names[out->mode]);
	out->mode = mode;
	return OPTIONS_RUN;
}

static enum options_result take_json(struct options *out, const char *list,
                                     struct line *why)
{
	if (list == NULL)
		out->records |= all_records;
	else if (take_list(list, "record", records, COUNT(records), &out->records, why) !=
	         OPTIONS_RUN)
		return OPTIONS_WRONG;
	return take_mode(out, OPTIONS_MODE_JSON, why);
}

static enum options_result take_once(const char **out, const char *arg, struct line *why)
{
	if (*out != NULL)
		return wrong(why, ": given twice; leave one out");
	*out = arg;
	return OPTIONS_RUN;
}

static enum options_result take_task(struct options *out, enum options_task task,
                                     struct line *why)
{
	if (out->task != OPTIONS_TASK_NONE && out->task != task)
		return wrong(why, ": does not go with the other task; do one first");
	out->task = task;
	return OPTIONS_RUN;
}

/* A name of a header field is a token (RFC 3261 25.1). */
static enum options_result take_relate_by(struct options *out, const char *arg,
                                          struct line *why)
{
	if (out->relate_by != NULL)
		return wrong(why, ": given twice; leave one out");
	if (arg[strspn(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                    "0123456789-.!%*_+`'~")] != '\0')
		return wrong(why, ": \"%.*s\" is not the name of a header field",
		             WORD_MAX, arg);
	out->relate_by = arg;
	return OPTIONS_RUN;
}

static enum options_result take_filter_raw(struct options *out, const char *arg,
                                           struct line *why)
{
	if (out->filter != NULL)
		return wrong(why, ": given twice; leave one out");
	out->filter = strdup(arg);
	if (out->filter == NULL)
		return wrong(why, ": out of memory");
	out->filter_raw = true;
	return OPTIONS_RUN;
}

#define SPLITS                                                                           \
	(LIMIT_BIT(LIMIT_DURATION) | LIMIT_BIT(LIMIT_SIZE) | LIMIT_BIT(LIMIT_PACKETS) |  \
	 LIMIT_BIT(LIMIT_FILES))
#define AUTOSTOPS                                                                        \
	(LIMIT_BIT(LIMIT_DURATION) | LIMIT_BIT(LIMIT_SIZE) | LIMIT_BIT(LIMIT_PACKETS) |  \
	 LIMIT_BIT(LIMIT_MESSAGES) | LIMIT_BIT(LIMIT_CALLS))

static enum options_result take_limits(const char *arg, unsigned allowed,
                                       struct limits *limits, struct line *why)
{
	char reason[OPTIONS_WHY_MAX / 2];

	if (!limits_parse(limits, arg, allowed, reason, sizeof reason))
		return wrong(why, ": %s", reason);
	return OPTIONS_RUN;
}

/* One option that is built. `why` begins with its name already. */
static enum options_result take(struct options *out, enum option_id id, const char *arg,
                                struct line *why)
{
	switch (id) {
	case OPT_INPUT: out->inputs[out->ninputs++] = arg; break;
	case OPT_FOLLOW: out->follow = true; break;
	case OPT_CALLS: out->calls_only = true; break;
	case OPT_CALL_ID: out->call_ids[out->ncall_ids++] = arg; break;
	case OPT_FILTER: return take_once(&out->expression, arg, why);
	case OPT_MATCH: return take_once(&out->match, arg, why);
	case OPT_ICASE: out->icase = true; break;
	case OPT_INVERT: out->invert = true; break;
	case OPT_FILTER_RAW: return take_filter_raw(out, arg, why);
	case OPT_LADDER: return take_mode(out, OPTIONS_MODE_LADDER, why);
	case OPT_SUMMARY: return take_mode(out, OPTIONS_MODE_SUMMARY, why);
	case OPT_JSON: return take_json(out, arg, why);
	case OPT_JSON_WITH:
		return take_list(arg, "part", withs, COUNT(withs), &out->json_with, why);
	case OPT_OUT: return take_once(&out->out, arg, why);
	case OPT_OUTPUT: return take_once(&out->packets, arg, why);
	case OPT_RTP: out->rtp = true; break;
	case OPT_DEVICE: return take_devices(out, arg, why);
	case OPT_BUFFER: return take_number(arg, OPTIONS_BUFFER_MAX, &out->buffer, why);
	case OPT_SNAPLEN:
		return take_number(arg, OPTIONS_SNAPLEN_MAX, &out->snaplen, why);
	case OPT_STREAM: out->stream = true; break;
	case OPT_LINGER: return take_linger(arg, out, why);
	case OPT_SPOOL_LIMIT: return take_spool_limit(arg, out, why);
	case OPT_DURATION:
		return take_number(arg, UINT32_MAX, &out->autostop.of[LIMIT_DURATION],
		                   why);
	case OPT_COUNT:
		return take_number(arg, INT64_MAX, &out->autostop.of[LIMIT_PACKETS], why);
	case OPT_AUTOSTOP: return take_limits(arg, AUTOSTOPS, &out->autostop, why);
	case OPT_SPLIT: return take_limits(arg, SPLITS, &out->split, why);
	case OPT_WIDTH: return take_width(arg, &out->width, why);
	case OPT_ASCII: out->ascii = true; break;
	case OPT_NO_INTERFACE: out->no_interface = true; break;
	case OPT_QUIET: out->quiet = true; break;
	case OPT_EEP_PARSE: out->hep = true; break;
	case OPT_NO_HEP: out->no_hep = true; break;
	case OPT_RELATE_BY: return take_relate_by(out, arg, why);
	case OPT_USER: return take_once(&out->user, arg, why);
	case OPT_NO_SANDBOX: out->no_sandbox = true; break;
	case OPT_SETUP_CAPS: return OPTIONS_SETUP_CAPS;
	case OPT_CONFIG: return take_once(&out->config, arg, why);
	case OPT_NO_CONFIG: out->no_config = true; break;
	case OPT_DUMP_CONFIG: return take_task(out, OPTIONS_TASK_DUMP_CONFIG, why);
	case OPT_IMPORT:
		out->import = arg;
		return take_task(out, OPTIONS_TASK_IMPORT, why);
	case OPT_HELP: return OPTIONS_HELP;
	case OPT_VERSION: return OPTIONS_VERSION;
	}
	return OPTIONS_RUN;
}

/* ---- the whole line ---- */

/* The words from `first` on, joined by spaces, in memory of its own; or NULL. */
static char *join(int argc, char **argv, int first)
{
	size_t size = 1;
	struct line line = { NULL, 0, 0 };

	for (int i = first; i < argc; i++)
		size += strlen(argv[i]) + 1;
	line.p = calloc(1, size);
	line.size = size;
	for (int i = first; i < argc && line.p != NULL; i++)
		line_add(&line, "%s%s", i > first ? " " : "", argv[i]);
	return line.p;
}

static enum options_result check_limits(const struct options *out, struct line *why)
{
	const uint64_t *split = out->split.of;
	bool divides = split[LIMIT_DURATION] != 0 || split[LIMIT_SIZE] != 0 ||
	               split[LIMIT_PACKETS] != 0;
	bool some = out->calls_only || out->ncall_ids != 0 || out->expression != NULL ||
	            out->match != NULL;

	if ((divides || split[LIMIT_FILES] != 0) && out->packets == NULL)
		return wrong(why, "--split: divides what -O writes; give -O FILE too");
	if (split[LIMIT_FILES] != 0 && !divides)
		return wrong(why, "--split: files says how many are kept; say when one "
		                  "ends, too: duration, size or packets");
	if (out->autostop.of[LIMIT_SIZE] == 0)
		return OPTIONS_RUN;
	if (out->packets == NULL)
		return wrong(why, "--autostop: size is that of what -O writes; give -O "
		                  "FILE too");
	if (out->ndevices == 0 || some)
		return wrong(why,
		             "--autostop: size is for packets that are written as "
		             "they come: %s; leave it out",
		             some ? "not for those of selected calls" : "not for -I");
	return OPTIONS_RUN;
}

static enum options_result check_inputs(const struct options *out, struct line *why)
{
	bool have_stdin = false;

	if (out->ninputs != 0 && out->ndevices != 0)
		return wrong(why, "-d: does not go with -I; choose one of them");
	if (out->follow && out->ninputs == 0)
		return wrong(why, "--follow: is for -I FILE; leave it out");
	if (out->ndevices == 0 && (out->buffer != 0 || out->snaplen != 0))
		return wrong(why, "%s: is for capturing, not for -I; leave it out",
		             out->buffer != 0 ? "-B" : "--snaplen");
	if (out->user != NULL && (out->ndevices == 0 || out->no_sandbox))
		return wrong(why, "--user: %s; leave it out",
		             out->no_sandbox ? "does not go with --no-sandbox"
		                             : "is for capturing, not for -I");
	if (out->ndevices == 0 && out->autostop.of[LIMIT_DURATION] != 0)
		return wrong(why, "--duration: is for capturing, not for -I; "
		                  "--count ends reading");
	if (out->has_linger && !out->stream && out->ndevices == 0)
		return wrong(why, "--linger: files are kept until their end; give "
		                  "--stream too");
	if (out->stream && out->packets != NULL && out->ndevices == 0)
		return wrong(why, "--stream: forgets the calls that -O is to write; "
		                  "leave one of them out");
	if (check_limits(out, why) != OPTIONS_RUN)
		return OPTIONS_WRONG;
	for (size_t i = 0; i < out->ninputs; i++) {
		bool is_stdin = strcmp(out->inputs[i], "-") == 0;

		if (is_stdin && have_stdin)
			return wrong(why, "-I -: given twice; leave one out");
		if (is_stdin && out->follow)
			return wrong(why, "--follow: -I - is read until it ends "
			                  "anyway; leave --follow out");
		if (out->out != NULL && strcmp(out->inputs[i], out->out) == 0)
			return wrong(why, "-o: the file is an input too; name another");
		if (out->packets != NULL && strcmp(out->inputs[i], out->packets) == 0)
			return wrong(why, "-O: the file is an input too; name another");
		have_stdin = have_stdin || is_stdin;
	}
	return OPTIONS_RUN;
}

/* Without an input, packets of all interfaces, as with sngrep. */
static bool add_default_device(struct options *out)
{
	if (out->ninputs != 0 || out->ndevices != 0)
		return true;
	out->devices[0] = strdup("any");
	out->ndevices = out->devices[0] != NULL;
	return out->ndevices == 1;
}

/* What only the whole line shows; gives the default mode. */
static enum options_result check(struct options *out, struct line *why)
{
	bool ladder = out->mode == OPTIONS_MODE_LADDER || out->mode == OPTIONS_MODE_NONE;
	bool screen = out->mode == OPTIONS_MODE_NONE && !out->no_interface &&
	              !out->stream;
	if (out->rtp && out->packets == NULL && !(screen && out->ninputs == 0))
		return wrong(why, "-r: adds to what -O writes; give -O FILE too");
	if (out->packets != NULL && out->out != NULL &&
	    strcmp(out->packets, out->out) == 0)
		return wrong(why, "-O: -o writes to this file; name another");
	if (out->json_with != 0 && out->mode != OPTIONS_MODE_JSON)
		return wrong(why, "--json-with: adds to records; give --json too");
	if (out->json_with != 0 && (out->records & OPTIONS_RECORD_MESSAGE) == 0)
		return wrong(why, "--json-with: adds to message records; name message in "
		                  "--json=RECORDS too");
	if (out->width != 0 && !ladder)
		return wrong(why, "--width: is for --ladder, not --%s; leave it out",
		             mode_names[out->mode]);
	if (out->ascii && !ladder)
		return wrong(why, "--ascii: is for --ladder, not --%s; leave it out",
		             mode_names[out->mode]);
	if (out->match == NULL && (out->icase || out->invert))
		return wrong(why, "%s: is for --match REGEX; give that too",
		             out->icase ? "-i" : "-v");
	if (out->packets != NULL && strcmp(out->packets, "-") == 0)
		return wrong(why, "-O: - is no file; name one, or /dev/stdout for a "
		                  "pipe");
	if (out->out != NULL && strcmp(out->out, "-") == 0)
		out->out = NULL; /* standard output, as with tcpdump -w */
	if (!add_default_device(out))
		return wrong(why, "out of memory");
	return check_inputs(out, why);
}

/* One option of getopt_long; optarg is its argument. */
static enum options_result parse_one(struct options *out, int value, struct line *why)
{
	const struct row *row = row_of(value);
	enum options_result result;

	add_option(why, value);
	if (row->group == GROUP_NOT_BUILT)
		return wrong(why, " is not built yet: %s", row->help);
	if (row->kind == ARG_REQUIRED && *optarg == '\0')
		return wrong(why, ": %s is empty", row->arg);
	result = take(out, (enum option_id)(row - rows), optarg, why);
	if (result != OPTIONS_WRONG)
		why->len = 0;
	return result;
}

static enum options_result parse(struct options *out, int argc, char **argv,
                                 struct line *why)
{
	struct option longs[NROWS + 1] = { { NULL, 0, NULL, 0 } };
	char letters[2 * NROWS + 2];
	struct line shorts = { letters, sizeof letters, 0 };
	enum options_result result = OPTIONS_RUN;
	int value;

	/* What is not built takes no argument as a letter and any as a long name, so
	 * that nothing but its name decides what is told. */
	line_add(&shorts, ":");
	for (size_t i = 0; i < NROWS; i++) {
		longs[i].name = rows[i].name;
		longs[i].has_arg = rows[i].kind;
		longs[i].val = LONG_BASE + (int)i;
		if (rows[i].letter != 0)
			line_add(&shorts, "%c%s", rows[i].letter,
			         rows[i].kind == ARG_REQUIRED ? ":" : "");
	}
	opterr = 0;
	optind = 0; /* begin anew: glibc, musl and the BSDs agree on 0 */
	while (result == OPTIONS_RUN &&
	       (value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (value == '?' || value == ':')
			result = bad_option(value, argv[optind - 1], why);
		else
			result = parse_one(out, value, why);
	}
	if (result != OPTIONS_RUN)
		return result;
	if (out->hep && out->no_hep)
		return wrong(why, "--no-hep: does not go with -E; choose one of them");
	if (out->config != NULL && out->no_config)
		return wrong(why, "-F: does not go with -f; choose one of them");
	if (out->task == OPTIONS_TASK_IMPORT && out->import == NULL && optind < argc)
		out->import = argv[optind++]; /* the file, without an equals sign */
	if (out->task != OPTIONS_TASK_NONE && optind < argc)
		return wrong(why, "\"%.*s\" is too much; leave it out", WORD_MAX,
		             argv[optind]);
	if (optind < argc && out->filter_raw)
		return wrong(why, "--filter-raw: does not go with filter words; put them "
		                  "into EXPR, or leave one out");
	if (optind < argc) {
		out->filter = join(argc, argv, optind);
		if (out->filter == NULL)
			return wrong(why, "out of memory");
	}
	return check(out, why);
}

enum options_result options_parse(int argc, char **argv, struct options *out, char *why)
{
	struct options options = { 0 };
	char text[OPTIONS_WHY_MAX] = "";
	struct line line = { text, sizeof text, 0 };
	size_t most = (size_t)argc + 1; /* one word or more for each option */
	size_t names = most;
	enum options_result result;

	for (int i = 0; i < argc; i++) /* names are between commas */
		for (const char *p = argv[i]; *p != '\0'; p++)
			names += *p == ',';
	options.inputs = calloc(most, sizeof *options.inputs);
	options.devices = calloc(names, sizeof *options.devices);
	options.call_ids = calloc(most, sizeof *options.call_ids);
	if (options.inputs == NULL || options.call_ids == NULL || options.devices == NULL)
		result = wrong(&line, "out of memory");
	else
		result = parse(&options, argc, argv, &line);
	if (result == OPTIONS_RUN) {
		*out = options;
		return result;
	}
	options_clear(&options);
	if (result == OPTIONS_WRONG)
		safe_text_copy(slice_of(text), false, why, OPTIONS_WHY_MAX);
	return result;
}

void options_clear(struct options *options)
{
	for (size_t i = 0; i < options->ndevices; i++)
		free(options->devices[i]);
	free(options->devices);
	free(options->inputs);
	free(options->call_ids);
	free(options->filter);
	*options = (struct options){ 0 };
}

/* ---- help ---- */

#define LABEL_MAX 40 /* room of "  -o, --out FILE" and its like */

static size_t make_label(const struct row *row, char label[LABEL_MAX])
{
	struct line line = { label, LABEL_MAX, 0 };

	if (row->letter != 0)
		line_add(&line, "  -%c, --%s", row->letter, row->name);
	else
		line_add(&line, "      --%s", row->name);
	if (row->kind == ARG_OPTIONAL)
		line_add(&line, "[=%s]", row->arg);
	else if (row->kind == ARG_REQUIRED)
		line_add(&line, " %s", row->arg);
	return line.len;
}

/* `text` from column `at` on, its further lines from column `left` on. */
static void wrap(FILE *to, struct slice text, size_t at, size_t left, size_t width)
{
	bool first = true;

	while (text.len > 0) {
		struct slice word = slice_head(text, slice_index(text, ' '));

		if (!first && at + 1 + word.len > width) {
			fprintf(to, "\n%*s", (int)left, "");
			at = left;
		} else if (!first) {
			fputc(' ', to);
			at++;
		}
		fwrite(word.p, 1, word.len, to);
		at += word.len;
		text = slice_skip(text, word.len + 1);
		first = false;
	}
	fputc('\n', to);
}

void options_help(FILE *to, unsigned width)
{
	static const char *const titles[] = { "Input", "Selection", "Output", "Other" };
	char label[LABEL_MAX];
	size_t left = 0;

	for (size_t i = 0; i < NROWS; i++) {
		size_t len = make_label(&rows[i], label);

		if (rows[i].group != GROUP_NOT_BUILT && left < len + 2)
			left = len + 2;
	}
	fputs("Usage: sipglass [options] -I FILE [capture filter words]\n"
	      "Shows the transactions, dialogs and calls of SIP packets,\n"
	      "on a terminal as a screen to browse in (F1: its keys).\n"
	      "The words left over are one pcap-filter(7) expression.\n",
	      to);
	for (size_t i = 0; i < NROWS && rows[i].group != GROUP_NOT_BUILT; i++) {
		if (i == 0 || rows[i].group != rows[i - 1].group)
			fprintf(to, "\n%s:\n", titles[rows[i].group]);
		make_label(&rows[i], label);
		fprintf(to, "%-*s", (int)left, label);
		wrap(to, slice_of(rows[i].help), left, left, width);
	}
	fputs("\nExamples, the output and the exit status: man sipglass\n", to);
}
