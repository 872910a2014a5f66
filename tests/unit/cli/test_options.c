/* SPDX-License-Identifier: MIT */
/* The parser against the rows of options.def, and its words against sentences that
 * are written down here. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define WORDS_MAX    16
#define LINE_MAX_    512

enum { ARG_NONE, ARG_REQUIRED, ARG_OPTIONAL };

struct row {
	char letter;
	const char *name;
	int kind;
	const char *arg;
	const char *help;
};

static const struct row built[] = {
#define OPT(id, letter, name, kind, arg, help, group) { letter, name, kind, arg, help },
#include "cli/options.def"
};

static const struct row not_built[] = {
#define NOT_BUILT(letter, name, remedy) { letter, name, ARG_NONE, "", remedy },
#include "cli/options.def"
};

/* ---- helpers ---- */

/* One run of the parser; argv points into text. */
struct run {
	enum options_result result;
	struct options options;
	char why[OPTIONS_WHY_MAX];
	char text[LINE_MAX_];
	char *argv[WORDS_MAX + 1];
	int argc;
};

/* Parse "sipglass " + line, whose words are divided by single spaces. */
static void run(struct run *r, const char *line)
{
	memset(r, 0, sizeof *r);
	snprintf(r->text, sizeof r->text, "sipglass%s%s", *line != '\0' ? " " : "", line);
	for (char *p = r->text; p != NULL;) {
		char *end = strchr(p, ' ');

		assert_true(r->argc < WORDS_MAX);
		r->argv[r->argc++] = p;
		if (end != NULL)
			*end++ = '\0';
		p = end;
	}
	r->result = options_parse(r->argc, r->argv, &r->options, r->why);
}

static void end(struct run *r)
{
	if (r->result == OPTIONS_RUN)
		options_clear(&r->options);
}

static void parsed(struct run *r, const char *line)
{
	run(r, line);
	if (r->result != OPTIONS_RUN)
		fail_msg("\"%s\": %s", line, r->why);
}

static void refused(const char *line, const char *why)
{
	struct run r;

	run(&r, line);
	if (r.result != OPTIONS_WRONG)
		fail_msg("\"%s\" is accepted", line);
	assert_string_equal(r.why, why);
}

/* All fields in one string, to compare two runs. */
static void describe(const struct run *r, char text[LINE_MAX_])
{
	const struct options *o = &r->options;
	int n = snprintf(text, LINE_MAX_, "%d:", (int)r->result);

	if (r->result != OPTIONS_RUN)
		return;
	n += snprintf(text + n, LINE_MAX_ - (size_t)n,
	              "%d %x %x %u %d%d%d%d%d%d%d relate=%s out=%s O=%s%d "
	              "filter=%s raw=%d x=%s m=%s %d%d",
	              (int)o->mode, o->records, o->json_with, o->width, o->follow,
	              o->calls_only, o->ascii, o->no_interface, o->quiet, o->hep,
	              o->no_hep, o->relate_by != NULL ? o->relate_by : "",
	              o->out != NULL ? o->out : "", o->packets != NULL ? o->packets : "",
	              o->rtp, o->filter != NULL ? o->filter : "", o->filter_raw,
	              o->expression != NULL ? o->expression : "",
	              o->match != NULL ? o->match : "", o->icase, o->invert);
	n += snprintf(text + n, LINE_MAX_ - (size_t)n, " t%d f=%s F%d im=%s",
	              (int)o->task, o->config != NULL ? o->config : "", o->no_config,
	              o->import != NULL ? o->import : "");
	for (size_t i = 0; i < o->ninputs; i++)
		n += snprintf(text + n, LINE_MAX_ - (size_t)n, " I=%s", o->inputs[i]);
	for (size_t i = 0; i < o->ncall_ids; i++)
		n += snprintf(text + n, LINE_MAX_ - (size_t)n, " id=%s", o->call_ids[i]);
	for (size_t i = 0; i < o->ndevices; i++)
		n += snprintf(text + n, LINE_MAX_ - (size_t)n, " d=%s", o->devices[i]);
	n += snprintf(text + n, LINE_MAX_ - (size_t)n, " live=%llu %llu %llu %llu %s%d",
	              (unsigned long long)o->buffer, (unsigned long long)o->snaplen,
	              (unsigned long long)o->autostop.of[LIMIT_DURATION],
	              (unsigned long long)o->autostop.of[LIMIT_PACKETS],
	              o->user != NULL ? o->user : "", o->no_sandbox);
	if (o->stream || o->has_linger || o->spool_limit != 0)
		n += snprintf(text + n, LINE_MAX_ - (size_t)n, " stream%d%d=%llu %llu",
		              o->stream, o->has_linger, (unsigned long long)o->linger,
		              (unsigned long long)o->spool_limit);
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		if (o->split.of[i] != 0)
			n += snprintf(text + n, LINE_MAX_ - (size_t)n, " split%u=%llu", i,
			              (unsigned long long)o->split.of[i]);
	for (unsigned i = LIMIT_SIZE; i < LIMIT_COUNT; i++)
		if (i != LIMIT_PACKETS && o->autostop.of[i] != 0)
			n += snprintf(text + n, LINE_MAX_ - (size_t)n, " stop%u=%llu", i,
			              (unsigned long long)o->autostop.of[i]);
	assert_true(n < LINE_MAX_);
}

static void assert_same(const char *line, const char *expected)
{
	struct run r;
	char text[LINE_MAX_];

	run(&r, line);
	describe(&r, text);
	if (strcmp(text, expected) != 0)
		fail_msg("\"%s\": \"%s\" (%s) instead of \"%s\"", line, text, r.why,
		         expected);
	end(&r);
}

/* A value that the argument of this name takes. */
static const char *sample(const struct row *row)
{
	static const char *const values[][2] = {
		{ "FILE", "some.pcap" }, { "ID", "a84b4c@host" },
		{ "EXPR", "udp" },       { "RECORDS", "message,call" },
		{ "LIST", "body" },      { "COLUMNS", "132" },
		{ "REGEX", "busy" },     { "HEADER", "X-Leg" },
		{ "DEV", "eth0,lo" },    { "MIB", "64" },
		{ "BYTES", "1500" },     { "SECONDS", "3600" },
		{ "PACKETS", "1000" },   { "NAME", "nobody" }
	};

	if (strcmp(row->name, "split") == 0 || strcmp(row->name, "autostop") == 0)
		return "packets:7";
	for (size_t i = 0; i < COUNT(values); i++) {
		if (strcmp(row->arg, values[i][0]) == 0)
			return values[i][1];
	}
	fail_msg("--%s: what is a %s?", row->name, row->arg);
	return NULL;
}

/* What has to stand before the option so that it makes sense. */
static const char *before(const struct row *row)
{
	if (strcmp(row->name, "icase") == 0 || strcmp(row->name, "invert") == 0)
		return "-I f --match x";
	if (strcmp(row->name, "rtp") == 0 || strcmp(row->name, "split") == 0)
		return "-I f -O p";
	if (strcmp(row->name, "device") == 0)
		return "-q";
	if (strcmp(row->name, "buffer") == 0 || strcmp(row->name, "snaplen") == 0 ||
	    strcmp(row->name, "duration") == 0 || strcmp(row->name, "user") == 0 ||
	    strcmp(row->name, "linger") == 0)
		return "-d lo";
	return strcmp(row->name, "json-with") == 0 ? "-I f --json" : "-I f";
}

static char *help_text(unsigned width)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	options_help(to, width);
	assert_int_equal(fclose(to), 0);
	return text;
}

/* ---- the rows ---- */

static void rows_are_distinct(void **state)
{
	(void)state;
	struct row all[COUNT(built) + COUNT(not_built)];

	memcpy(all, built, sizeof built);
	memcpy(all + COUNT(built), not_built, sizeof not_built);
	for (size_t i = 0; i < COUNT(all); i++) {
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(all[i].name, all[j].name);
			assert_true(all[i].letter == 0 || all[i].letter != all[j].letter);
		}
		assert_true(strlen(all[i].name) > 1);
		assert_true(strlen(all[i].help) > 0);
		assert_null(strpbrk(all[i].help, "\"\\\n"));
	}
}

/* Every way to write an option means the same, and is not what leaving it out is. */
static void each_row_in_every_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(built); i++) {
		const struct row *row = &built[i];
		const char *value = row->kind == ARG_NONE ? "" : sample(row);
		char line[LINE_MAX_], expected[LINE_MAX_], without[LINE_MAX_];
		struct run r;

		run(&r, before(row));
		describe(&r, without);
		end(&r);
		snprintf(line, sizeof line, "%s --%s%s%s", before(row), row->name,
		         row->kind == ARG_NONE ? "" : "=", value);
		run(&r, line);
		if (r.result == OPTIONS_WRONG)
			fail_msg("\"%s\": %s", line, r.why);
		describe(&r, expected);
		end(&r);
		assert_string_not_equal(expected, without);
		if (row->kind == ARG_REQUIRED) {
			snprintf(line, sizeof line, "%s --%s %s", before(row), row->name,
			         value);
			assert_same(line, expected);
			snprintf(line, sizeof line, "%s --%s", before(row), row->name);
			run(&r, line);
			assert_int_equal(r.result, OPTIONS_WRONG);
			assert_non_null(strstr(r.why, row->name));
		}
		if (row->letter == 0)
			continue;
		snprintf(line, sizeof line, "%s -%c%s", before(row), row->letter, value);
		assert_same(line, expected);
		snprintf(line, sizeof line, "%s -%c%s%s", before(row), row->letter,
		         row->kind == ARG_NONE ? "" : " ", value);
		assert_same(line, expected);
	}
}

static void each_missing_one_is_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(not_built); i++) {
		const struct row *row = &not_built[i];
		char line[LINE_MAX_], why[LINE_MAX_];

		snprintf(why, sizeof why, "--%s is not built yet: %s", row->name,
		         row->help);
		snprintf(line, sizeof line, "-I f --%s", row->name);
		refused(line, why);
		snprintf(line, sizeof line, "-I f --%s=x", row->name);
		refused(line, why);
		snprintf(line, sizeof line, "--%s x -I f", row->name);
		refused(line, why);
		if (row->letter == 0)
			continue;
		snprintf(why, sizeof why, "-%c is not built yet: %s", row->letter,
		         row->help);
		snprintf(line, sizeof line, "-I f -%c", row->letter);
		refused(line, why);
		snprintf(line, sizeof line, "-I f -%cx", row->letter);
		refused(line, why);
		snprintf(line, sizeof line, "-c%c x -I f", row->letter);
		refused(line, why);
	}
}

/* The letters of the contract: sngrep's, each built or refused by name. */
static void letters_of_sngrep_are_known(void **state)
{
	(void)state;
	for (const char *p = "hVdIOBcrlivNqDfFTRtHLEk"; *p != '\0'; p++) {
		bool known = false;

		for (size_t i = 0; i < COUNT(built); i++)
			known = known || built[i].letter == *p;
		for (size_t i = 0; i < COUNT(not_built); i++)
			known = known || not_built[i].letter == *p;
		if (!known)
			fail_msg("-%c is not in options.def", *p);
	}
}

/* ---- values ---- */

static void defaults(void **state)
{
	(void)state;
	struct run r;

	parsed(&r, "-I f");
	assert_int_equal(r.options.mode, OPTIONS_MODE_NONE);
	assert_int_equal(r.options.ninputs, 1);
	assert_string_equal(r.options.inputs[0], "f");
	assert_int_equal(r.options.ncall_ids, 0);
	assert_null(r.options.filter);
	assert_null(r.options.out);
	assert_int_equal(r.options.records, 0);
	assert_int_equal(r.options.json_with, 0);
	assert_int_equal(r.options.width, 0);
	assert_false(r.options.follow || r.options.calls_only || r.options.ascii ||
	             r.options.no_interface || r.options.quiet || r.options.filter_raw);
	end(&r);
}

static void fields(void **state)
{
	(void)state;
	struct run r;

	parsed(&r, "-cNq --follow --ascii --width 40 -I a -Ib --call-id 1 --call-id=2 "
	           "-o out");
	assert_true(r.options.calls_only);
	assert_true(r.options.no_interface);
	assert_true(r.options.quiet);
	assert_true(r.options.follow);
	assert_true(r.options.ascii);
	assert_int_equal(r.options.width, 40);
	assert_int_equal(r.options.ninputs, 2);
	assert_string_equal(r.options.inputs[0], "a");
	assert_string_equal(r.options.inputs[1], "b");
	assert_int_equal(r.options.ncall_ids, 2);
	assert_string_equal(r.options.call_ids[0], "1");
	assert_string_equal(r.options.call_ids[1], "2");
	assert_string_equal(r.options.out, "out");
	assert_null(r.options.packets);
	end(&r);
	parsed(&r, "-d lo,eth0 -d any -B 64 udp port 5060");
	assert_int_equal(r.options.ndevices, 3);
	assert_string_equal(r.options.devices[0], "lo");
	assert_string_equal(r.options.devices[1], "eth0");
	assert_string_equal(r.options.devices[2], "any");
	assert_int_equal(r.options.buffer, 64);
	assert_string_equal(r.options.filter, "udp port 5060");
	end(&r);
	parsed(&r, "port 5060");
	assert_string_equal(r.options.devices[0], "any");
	end(&r);
	parsed(&r, "-I f -O p -r -o out --json");
	assert_string_equal(r.options.packets, "p");
	assert_true(r.options.rtp);
	end(&r);
	parsed(&r, "-I - -I f -o - --summary");
	assert_int_equal(r.options.mode, OPTIONS_MODE_SUMMARY);
	assert_string_equal(r.options.inputs[0], "-");
	assert_null(r.options.out);
	end(&r);
	parsed(&r, "-I f --width=1000");
	assert_int_equal(r.options.width, 1000);
	end(&r);
}

static unsigned records_of(const char *line)
{
	struct run r;
	unsigned bits;

	parsed(&r, line);
	assert_int_equal(r.options.mode, OPTIONS_MODE_JSON);
	bits = r.options.records;
	end(&r);
	return bits;
}

static void json_lists(void **state)
{
	(void)state;
	struct run r;

	assert_int_equal(records_of("-I f --json"), 0xff);
#define RECORD(id, name)                                                                 \
	assert_int_equal(records_of("-I f --json=" name), OPTIONS_RECORD_##id);
#include "cli/options.def"
	assert_int_equal(records_of("-I f --json=summary,message"),
	                 OPTIONS_RECORD_SUMMARY | OPTIONS_RECORD_MESSAGE);
	assert_int_equal(records_of("-I f --json=call --json=dialog,call"),
	                 OPTIONS_RECORD_CALL | OPTIONS_RECORD_DIALOG);
	parsed(&r, "-I f --json --json-with=raw,headers");
	assert_int_equal(r.options.json_with, OPTIONS_WITH_RAW | OPTIONS_WITH_HEADERS);
	end(&r);
	parsed(&r, "-I f --json-with body --json=message --json-with raw");
	assert_int_equal(r.options.json_with, OPTIONS_WITH_RAW | OPTIONS_WITH_BODY);
	end(&r);
}

static void filter_words_are_joined(void **state)
{
	(void)state;
	struct run r;

	parsed(&r, "udp -I f port --json 5060");
	assert_string_equal(r.options.filter, "udp port 5060");
	assert_int_equal(r.options.mode, OPTIONS_MODE_JSON);
	end(&r);
	parsed(&r, "-I f -- --json -q x");
	assert_string_equal(r.options.filter, "--json -q x");
	assert_int_equal(r.options.mode, OPTIONS_MODE_NONE);
	assert_false(r.options.quiet);
	end(&r);
	parsed(&r, "-I f --");
	assert_null(r.options.filter);
	end(&r);
	/* The list of --json stands after its equals sign, so this is a filter. */
	parsed(&r, "-I f --json call");
	assert_string_equal(r.options.filter, "call");
	assert_int_equal(r.options.records, 0xff);
	end(&r);
}

static void raw_filter(void **state)
{
	(void)state;
	struct run r;
	char program[] = "sipglass", option[] = "--filter-raw", input[] = "-If",
	     expr[] = "udp port 5060";
	char *argv[] = { program, option, expr, input, NULL };

	memset(&r, 0, sizeof r);
	assert_int_equal(options_parse(4, argv, &r.options, r.why), OPTIONS_RUN);
	assert_string_equal(r.options.filter, expr);
	assert_true(r.options.filter_raw);
	end(&r);
	parsed(&r, "-I f udp");
	assert_false(r.options.filter_raw);
	end(&r);
	refused("-I f --filter-raw=udp --filter-raw tcp",
	        "--filter-raw: given twice; leave one out");
	refused("-I f --filter-raw=", "--filter-raw: EXPR is empty");
	refused("-I f --no-hep -E", "--no-hep: does not go with -E; choose one of them");
	refused("-I f --filter-raw udp port 5060",
	        "--filter-raw: does not go with filter words; put them into EXPR, or "
	        "leave one out");
	refused("port 5060 -I f --filter-raw udp",
	        "--filter-raw: does not go with filter words; put them into EXPR, or "
	        "leave one out");
}

static void streaming(void **state)
{
	(void)state;
	struct run r;

	parsed(&r, "-I f --stream --linger 0 --spool-limit=3 --ladder");
	assert_true(r.options.stream);
	assert_true(r.options.has_linger);
	assert_int_equal(r.options.linger, 0);
	assert_int_equal(r.options.spool_limit, 3 << 20);
	end(&r);
	parsed(&r, "-d lo --linger=86400 --spool-limit 1073741824");
	assert_false(r.options.stream);
	assert_int_equal(r.options.linger, 86400);
	assert_int_equal(r.options.spool_limit, UINT64_C(1) << 50);
	end(&r);
	parsed(&r, "-d lo --stream -O g");
	assert_true(r.options.stream);
	end(&r);
	parsed(&r, "-I f -O g --spool-limit 1");
	assert_false(r.options.stream || r.options.has_linger);
	end(&r);
	refused("-I f --linger 5",
	        "--linger: files are kept until their end; give --stream too");
	refused("-I f --stream -O g", "--stream: forgets the calls that -O is to write; "
	                              "leave one of them out");
	refused("-I f --stream --linger 86401",
	        "--linger: \"86401\" is not a number from 0 to 86400");
	refused("-I f --stream --linger 1s",
	        "--linger: \"1s\" is not a number from 0 to 86400");
	refused("-d lo --linger=", "--linger: SECONDS is empty");
	refused("-I f --stream=1", "--stream: takes no value, leave it out");
	refused("-I f --spool-limit 0",
	        "--spool-limit: \"0\" is not a number from 1 to 1073741824");
	refused("-I f --spool-limit 1073741825",
	        "--spool-limit: \"1073741825\" is not a number from 1 to 1073741824");
	refused("-d lo --stream -r", "-r: adds to what -O writes; give -O FILE too");
}

static void relate_by(void **state)
{
	(void)state;
	struct run r;

	parsed(&r, "-I f --relate-by X-Leg");
	assert_string_equal(r.options.relate_by, "X-Leg");
	end(&r);
	parsed(&r, "-I f");
	assert_null(r.options.relate_by);
	end(&r);
	refused("-I f --relate-by=X-Leg --relate-by X-Leg",
	        "--relate-by: given twice; leave one out");
	refused("-I f --relate-by=", "--relate-by: HEADER is empty");
	refused("-I f --relate-by=X-Leg:", "--relate-by: \"X-Leg:\" is not the name of a "
	                                   "header field");
}

static void abbreviations(void **state)
{
	(void)state;
	struct run r;

	parsed(&r, "--inp f --lad --wid 99 --foll");
	assert_string_equal(r.options.inputs[0], "f");
	assert_int_equal(r.options.width, 99);
	assert_true(r.options.follow);
	end(&r);
	/* A whole name is no abbreviation of a longer one. */
	assert_int_equal(records_of("-I f --json=call"), OPTIONS_RECORD_CALL);
	refused("-I f -i", "-i: is for --match REGEX; give that too");
	refused("-I f --invert", "-v: is for --match REGEX; give that too");
	refused("-I f --filter a --filter b", "--filter: given twice; leave one out");
	refused("-I f --js", "--js: is ambiguous: --json, --json-with");
	refused("-I f --f", "--f: is ambiguous: --follow, --filter, --filter-raw");
	refused("-I f --call=x", "--call: is ambiguous: --calls, --call-id");
	refused("-I f --keyf",
	        "--keyfile is not built yet: capture on a hop without TLS");
}

static void help_and_version_come_first(void **state)
{
	(void)state;
	struct run r;

	run(&r, "-h");
	assert_int_equal(r.result, OPTIONS_HELP);
	run(&r, "--version --nonsense -d");
	assert_int_equal(r.result, OPTIONS_VERSION);
	run(&r, "udp -qh");
	assert_int_equal(r.result, OPTIONS_HELP);
	refused("--nonsense -h", "--nonsense: unknown option; see --help");
}

/* ---- what is wrong ---- */

static void wrong_words(void **state)
{
	(void)state;
	refused("-d lo -N -r", "-r: adds to what -O writes; give -O FILE too");
	refused("-I f -r", "-r: adds to what -O writes; give -O FILE too");
	refused("-I f -O f", "-O: the file is an input too; name another");
	refused("-I f -O g -o g", "-O: -o writes to this file; name another");
	refused("-I f -O -", "-O: - is no file; name one, or /dev/stdout for a pipe");
	refused("-I f -d lo", "-d: does not go with -I; choose one of them");
	refused("-d lo,", "-d: a name is empty; put one comma between two");
	refused("-d ,lo", "-d: a name is empty; put one comma between two");
	refused("-d lo --follow", "--follow: is for -I FILE; leave it out");
	refused("-I f -B 8", "-B: is for capturing, not for -I; leave it out");
	refused("-I f --snaplen 8",
	        "--snaplen: is for capturing, not for -I; leave it out");
	refused("-I f --duration 8", "--duration: is for capturing, not for -I; "
	                             "--count ends reading");
	refused("-I f --user x", "--user: is for capturing, not for -I; leave it out");
	refused("-d lo --user x --no-sandbox",
	        "--user: does not go with --no-sandbox; leave it out");
	refused("-d lo -B 0", "-B: \"0\" is not a number from 1 to 2047");
	refused("-d lo -B 2048", "-B: \"2048\" is not a number from 1 to 2047");
	refused("-d lo --snaplen 262145",
	        "--snaplen: \"262145\" is not a number from 1 to 262144");
	refused("-I f --autostop duration:8",
	        "--duration: is for capturing, not for -I; --count ends reading");
	refused("-d lo --autostop files:8", "--autostop: unknown word \"files\"; known "
	                                    "are duration:N, size:N, packets:N, "
	                                    "messages:N, calls:N");
	refused("-d lo --autostop size:8",
	        "--autostop: size is that of what -O writes; give -O FILE too");
	refused("-I f -O g --autostop size:8",
	        "--autostop: size is for packets that are written as they come: not for "
	        "-I; leave it out");
	refused("-d lo -c -O g --autostop size:8",
	        "--autostop: size is for packets that are written as they come: not for "
	        "those of selected calls; leave it out");
	refused("-d lo --split size:8",
	        "--split: divides what -O writes; give -O FILE too");
	refused("-d lo -O g --split files:8", "--split: files says how many are kept; "
	                                      "say when one ends, too: duration, "
	                                      "size or packets");
	refused("-d lo -O g --split calls:8", "--split: unknown word \"calls\"; known "
	                                      "are duration:N, size:N, packets:N, "
	                                      "files:N");
	assert_same("-d lo -O g --split duration:9,size:2k,packets:3,files:4",
	            "0:0 0 0 0 0000000 relate= out= O=g0 filter= raw=0 x= m= 00 t0 f= F0 im= d=lo "
	            "live=0 0 0 0 0 split0=9 split1=2048 split2=3 split5=4");
	assert_same(
		"-d lo -O g --duration 5 --autostop packets:6,size:1,messages:7,calls:8",
		"0:0 0 0 0 0000000 relate= out= O=g0 filter= raw=0 x= m= 00 t0 f= F0 im= d=lo "
		"live=0 0 5 6 0 stop1=1048576 stop3=7 stop4=8");
	refused("-d lo --count 0x1",
	        "--count: \"0x1\" is not a number from 1 to 9223372036854775807");
	refused("-I", "-I: FILE is missing after it");
	refused("-I f --width", "--width: COLUMNS is missing after it");
	refused("-I f --call-id=", "--call-id: ID is empty");
	refused("-I f -Z", "-Z: unknown option; see --help");
	refused("-I f -qp", "-p: unknown option; see --help");
	refused("-I f -W", "-W: unknown option; see --help");
	refused("-I f --=x", "--: unknown option; see --help");
	refused("-I f --follow=1", "--follow: takes no value, leave it out");
	refused("-I f -o a -o b", "-o: given twice; leave one out");
	refused("-I f --json=calls",
	        "--json: unknown record \"calls\"; known are message, "
	        "transaction, dialog, call, registration, subscription, finding, "
	        "summary");
	refused("-I f --json=", "--json: unknown record \"\"; known are message, "
	                        "transaction, dialog, call, registration, subscription, "
	                        "finding, summary");
	refused("-I f --json=call,", "--json: unknown record \"\"; known are message, "
	                             "transaction, dialog, call, registration, "
	                             "subscription, finding, summary");
	refused("-I f --json-with=raw,all --json",
	        "--json-with: unknown part \"all\"; known are headers, body, raw, "
	        "sdp");
#define RECORD_NOT_BUILT(name)                                                           \
	refused("-I f --json=call," name,                                                \
	        "--json: record \"" name "\" is not built yet; known are message, "      \
	        "transaction, dialog, call, registration, subscription, finding, "       \
	        "summary");
#include "cli/options.def"
}

static void wrong_widths(void **state)
{
	(void)state;
	static const char *const values[] = {
		"39", "1001", "0", "-1", "+80", "80x", "0x50", "18446744073709551696"
	};

	for (size_t i = 0; i < COUNT(values); i++) {
		char line[LINE_MAX_], why[LINE_MAX_];

		snprintf(line, sizeof line, "-I f --width=%s", values[i]);
		snprintf(why, sizeof why,
		         "--width: \"%s\" is not a number from 40 to 1000", values[i]);
		refused(line, why);
	}
}

static void slips(void **state)
{
	(void)state;
	refused("-I f --jsn", "--jsn: unknown option; did you mean --json?");
	refused("-I f --jsno", "--jsno: unknown option; see --help");
	refused("-I f --sumary", "--sumary: unknown option; did you mean --summary?");
	refused("-I f --lader=x", "--lader: unknown option; did you mean --ladder?");
	refused("-I f --no-intreface", "--no-intreface: unknown option; "
	                               "did you mean --no-interface?");
	refused("-I f --xyz", "--xyz: unknown option; see --help");
	/* What is not built is never proposed. */
	refused("-I f --keyfyle", "--keyfyle: unknown option; see --help");
	refused("-I f --devise", "--devise: unknown option; did you mean --device?");
}

static void what_does_not_go_together(void **state)
{
	(void)state;
	static const char *const modes[] = { "ladder", "json", "summary" };

	for (size_t i = 0; i < COUNT(modes); i++) {
		for (size_t j = 0; j < COUNT(modes); j++) {
			char line[LINE_MAX_], why[LINE_MAX_];

			if (i == j)
				continue;
			snprintf(line, sizeof line, "-I f --%s --%s", modes[i], modes[j]);
			snprintf(why, sizeof why,
			         "--%s: does not go with --%s; choose one of them",
			         modes[j], modes[i]);
			refused(line, why);
		}
	}
	refused("-I - --follow", "--follow: -I - is read until it ends anyway; "
	                         "leave --follow out");
	refused("-I - -I f -I -", "-I -: given twice; leave one out");
	refused("-I a -I f -o f", "-o: the file is an input too; name another");
	refused("-I f --json-with=raw", "--json-with: adds to records; give --json too");
	refused("-I f --json-with=raw --ladder",
	        "--json-with: adds to records; give --json too");
	refused("-I f --json-with=raw --json=call",
	        "--json-with: adds to message records; name message in --json=RECORDS "
	        "too");
	refused("-I f --width=80 --json",
	        "--width: is for --ladder, not --json; leave it out");
	refused("-I f --ascii --summary",
	        "--ascii: is for --ladder, not --summary; leave it out");
}

static void assert_one_safe_line(const char *why)
{
	assert_true(strlen(why) > 0);
	assert_true(strlen(why) < OPTIONS_WHY_MAX);
	for (const char *p = why; *p != '\0'; p++)
		assert_true(*p >= ' ' && *p <= '~');
}

/* The reason is one line of printable ASCII, whatever was typed. */
static void reasons_are_one_safe_line(void **state)
{
	(void)state;
	static const char *const starts[] = { "-I f --",
		                              "-I f --json=", "-I f --width=", "-I f -",
		                              "-I f --json-with=raw," };
	char hostile[256];
	struct run r;

	for (size_t i = 0; i < sizeof hostile - 1; i++)
		hostile[i] = (char)(i + 1 == ' ' ? 0x1b : i + 1); /* stays one word */
	hostile[sizeof hostile - 1] = '\0';
	for (size_t i = 0; i < COUNT(starts); i++) {
		char line[LINE_MAX_];

		snprintf(line, sizeof line, "%s%s", starts[i], hostile);
		run(&r, line);
		assert_int_equal(r.result, OPTIONS_WRONG);
		assert_one_safe_line(r.why);
	}
	refused("-I f --a\x1b[31m", "--a\\x1b[31m: unknown option; see --help");
	/* base/safe.h: \u{NNNN} for what is outside ASCII. */
	refused("-I f --json=\xc3\xa4",
	        "--json: unknown record \"\\u{00e4}\"; known are message, "
	        "transaction, dialog, call, registration, subscription, finding, "
	        "summary");
}

static void nothing_is_written_unless_run(void **state)
{
	(void)state;
	static const char *const words[] = { "--help", "--version", "--nonsense" };

	for (size_t i = 0; i < COUNT(words); i++) {
		struct options options;
		struct options before_it;
		char why[OPTIONS_WHY_MAX];
		char text[2][32];
		char *argv[] = { text[0], text[1], NULL };

		memset(&options, 0x5a, sizeof options);
		memset(&before_it, 0x5a, sizeof before_it);
		snprintf(text[0], sizeof text[0], "sipglass");
		snprintf(text[1], sizeof text[1], "%s", words[i]);
		assert_int_not_equal(options_parse(2, argv, &options, why), OPTIONS_RUN);
		assert_memory_equal(&options, &before_it, sizeof options);
	}
}

static void configuration(void **state)
{
	(void)state;
	struct run r;

	parsed(&r, "-f rc -I f");
	assert_string_equal(r.options.config, "rc");
	end(&r);
	parsed(&r, "-D"); /* no input is wanted */
	assert_int_equal(r.options.task, OPTIONS_TASK_DUMP_CONFIG);
	end(&r);
	parsed(&r, "-FD -o out");
	assert_true(r.options.no_config);
	end(&r);
	parsed(&r, "--import-sngreprc");
	assert_int_equal(r.options.task, OPTIONS_TASK_IMPORT);
	assert_null(r.options.import);
	end(&r);
	parsed(&r, "--import-sngreprc=rc");
	assert_string_equal(r.options.import, "rc");
	end(&r);
	parsed(&r, "--import-sngreprc rc");
	assert_string_equal(r.options.import, "rc");
	assert_null(r.options.filter);
	end(&r);
	refused("-f rc -F -I f", "-F: does not go with -f; choose one of them");
	refused("-f rc -f rc -I f", "-f: given twice; leave one out");
	refused("--import-sngreprc rc more", "\"more\" is too much; leave it out");
	refused("-D udp", "\"udp\" is too much; leave it out");
	refused("-D --import-sngreprc",
	        "--import-sngreprc: does not go with the other task; do one first");
}

static void no_words_at_all(void **state)
{
	(void)state;
	char *argv[] = { NULL };
	struct options options;
	char why[OPTIONS_WHY_MAX];

	assert_int_equal(options_parse(0, argv, &options, why), OPTIONS_RUN);
	assert_int_equal(options.ninputs, 0);
	assert_int_equal(options.ndevices, 1);
	assert_string_equal(options.devices[0], "any");
	options_clear(&options);
}

/* ---- help ---- */

/* `text` with each run of white space as one space. */
static void squeeze(char *text)
{
	char *to = text;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p != ' ' && *p != '\n')
			*to++ = *p;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	*to = '\0';
}

static void help_has_every_row(void **state)
{
	(void)state;
	char *text = help_text(80);

	squeeze(text);
	for (size_t i = 0; i < COUNT(built); i++) {
		const struct row *row = &built[i];
		char expected[LINE_MAX_];
		char letter[] = { '-', row->letter, ',', ' ', '\0' };

		snprintf(expected, sizeof expected, " %s--%s%s%s%s %s ",
		         row->letter != 0 ? letter : "", row->name,
		         row->kind == ARG_OPTIONAL   ? "[="
		         : row->kind == ARG_REQUIRED ? " "
		                                     : "",
		         row->arg, row->kind == ARG_OPTIONAL ? "]" : "", row->help);
		if (strstr(text, expected) == NULL)
			fail_msg("not in the help: %s", expected);
	}
	for (size_t i = 0; i < COUNT(not_built); i++) {
		char unexpected[LINE_MAX_];

		snprintf(unexpected, sizeof unexpected, " --%s ", not_built[i].name);
		assert_null(strstr(text, unexpected));
	}
	free(text);
}

/* The help names the words of the two lists; here it is held to their rows. */
static void help_has_every_word(void **state)
{
	(void)state;
	char *text = help_text(1000);

#define RECORD(id, name)       assert_non_null(strstr(text, " " name));
#define JSON_WITH(id, name)    assert_non_null(strstr(text, " " name));
#define RECORD_NOT_BUILT(name) assert_null(strstr(text, " " name));
#include "cli/options.def"
	free(text);
}

static void help_fits(void **state)
{
	(void)state;
	for (unsigned width = 60; width <= 120; width++) {
		char *text = help_text(width);

		for (char *p = text; *p != '\0';) {
			size_t len = strcspn(p, "\n");

			if (len > width)
				fail_msg("%u columns: %.*s", width, (int)len, p);
			assert_true(len == 0 || p[len - 1] != ' ');
			p += len;
			assert_int_equal(*p, '\n');
			p++;
		}
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_distinct),
		cmocka_unit_test(each_row_in_every_form),
		cmocka_unit_test(each_missing_one_is_refused_by_name),
		cmocka_unit_test(letters_of_sngrep_are_known),
		cmocka_unit_test(defaults),
		cmocka_unit_test(fields),
		cmocka_unit_test(json_lists),
		cmocka_unit_test(filter_words_are_joined),
		cmocka_unit_test(raw_filter),
		cmocka_unit_test(streaming),
		cmocka_unit_test(relate_by),
		cmocka_unit_test(abbreviations),
		cmocka_unit_test(help_and_version_come_first),
		cmocka_unit_test(wrong_words),
		cmocka_unit_test(wrong_widths),
		cmocka_unit_test(slips),
		cmocka_unit_test(what_does_not_go_together),
		cmocka_unit_test(reasons_are_one_safe_line),
		cmocka_unit_test(nothing_is_written_unless_run),
		cmocka_unit_test(configuration),
		cmocka_unit_test(no_words_at_all),
		cmocka_unit_test(help_has_every_row),
		cmocka_unit_test(help_has_every_word),
		cmocka_unit_test(help_fits),
	};

	unsetenv("POSIXLY_CORRECT"); /* options may follow filter words */
	return cmocka_run_group_tests_name("cli/options", tests, NULL, NULL);
}
