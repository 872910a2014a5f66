/* SPDX-License-Identifier: MIT */
/* cli/options.h - the command line as values.
 *
 * The options themselves are the rows of cli/options.def. Nothing is printed here
 * but the help, no file is looked at, and nothing ends the program: that is main's. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "cli/limits.h"

#define OPTIONS_WHY_MAX   512 /* bytes of a reason, its NUL included */
#define OPTIONS_WIDTH_MIN 40  /* narrower, two columns of a ladder do not fit */
#define OPTIONS_WIDTH_MAX 1000
#define OPTIONS_BUFFER_MAX  2047   /* MiB: what libpcap takes as an int of bytes */
#define OPTIONS_LINGER_MAX    86400 /* s: a day, after which open calls leave, too */
#define OPTIONS_SPOOL_MAX     (1U << 30) /* MiB */
#define OPTIONS_SNAPLEN_MAX 262144 /* bytes; libpcap's own limit */

enum options_result {
	OPTIONS_RUN,     /* go on; the options are filled in */
	OPTIONS_HELP,    /* print options_help on standard output; exit status 0 */
	OPTIONS_VERSION, /* print the version on standard output; exit status 0 */
	OPTIONS_SETUP_CAPS, /* give the program file its capabilities */
	OPTIONS_WRONG    /* print the reason on standard error; exit status 1 */
};

enum options_mode {
	OPTIONS_MODE_NONE, /* none was named: the screen, or ladders without a terminal */
	OPTIONS_MODE_LADDER,
	OPTIONS_MODE_JSON,
	OPTIONS_MODE_SUMMARY
};

/* What is done in the place of reading packets. */
enum options_task {
	OPTIONS_TASK_NONE,
	OPTIONS_TASK_DUMP_CONFIG,
	OPTIONS_TASK_IMPORT
};

enum options_record {
	OPTIONS_RECORD_MESSAGE      = 1U << 0,
	OPTIONS_RECORD_TRANSACTION  = 1U << 1,
	OPTIONS_RECORD_DIALOG       = 1U << 2,
	OPTIONS_RECORD_CALL         = 1U << 3,
	OPTIONS_RECORD_REGISTRATION = 1U << 4,
	OPTIONS_RECORD_SUBSCRIPTION = 1U << 5,
	OPTIONS_RECORD_SUMMARY      = 1U << 6,
	OPTIONS_RECORD_FINDING      = 1U << 7
};

enum options_with {
	OPTIONS_WITH_HEADERS = 1U << 0,
	OPTIONS_WITH_BODY    = 1U << 1,
	OPTIONS_WITH_RAW     = 1U << 2,
	OPTIONS_WITH_SDP     = 1U << 3
};

struct options {
	enum options_mode mode;
	enum options_task task;
	const char       *import;    /* file to import, or NULL: sngrep's own */
	const char       *config;    /* in the place of the user's file, or NULL */
	bool              no_config; /* read none */
	const char      **inputs; /* or none; "-" is standard input, once at most */
	size_t            ninputs;
	char            **devices; /* to capture on; at least one without inputs */
	size_t            ndevices;
	uint64_t          buffer;    /* bytes for packets that wait; 0: default */
	uint64_t          snaplen;   /* bytes; 0: all */
	struct limits     autostop;  /* when to end; --duration and --count are in it */
	struct limits     split;     /* when what -O writes goes on in another file */
	const char      **call_ids; /* none: every call */
	size_t            ncall_ids;
	char             *filter;    /* pcap-filter(7) expression, or NULL */
	bool              filter_raw; /* it is for libpcap as it is */
	const char       *relate_by; /* name of a header field, or NULL */
	const char       *out;       /* output file, or NULL for standard output */
	const char       *packets;   /* file for packets, or NULL */
	bool              rtp;       /* media in it, too */
	unsigned          records;   /* bits of enum options_record; 0 unless JSON */
	unsigned          json_with; /* bits of enum options_with */
	bool              stream;
	bool              has_linger; /* --linger was given */
	uint64_t          linger;      /* seconds */
	uint64_t          spool_limit; /* bytes; 0: not given */
	unsigned          width;     /* columns of the ladder; 0: find out, else 80 */
	bool              follow;
	bool              calls_only;
	const char       *expression; /* of --filter, or NULL */
	const char       *match;      /* regular expression of --match, or NULL */
	bool              icase;      /* for it */
	bool              invert;     /* calls that it does not match */
	bool              ascii;
	bool              no_interface;
	bool              quiet;
	const char       *user;      /* to be while packets are read, or NULL */
	bool              no_sandbox;
	bool              hep; /* asked for by name; HEP is read anyway unless ... */
	bool              no_hep;
};

/* Parse the arguments of main, argv[0] included. getopt_long(3) does the splitting,
 * so the pointers of argv may change places, and only one thread may be here at once.
 *
 * out   written only when the result is OPTIONS_RUN; then options_clear frees it.
 *       Its strings point into argv, which must outlive it, except filter.
 * why   OPTIONS_WHY_MAX bytes; when the result is OPTIONS_WRONG it gets one line
 *       without the program's name, printable ASCII, that names the option and what
 *       to do about it. */
MUST_USE enum options_result options_parse(int argc, char **argv, struct options *out,
                                           char *why);

void options_clear(struct options *options);

/* Write the help to `to` (borrowed), no line longer than `width` columns as long as
 * 60 are given. Errors of writing are left to ferror(to). */
void options_help(FILE *to, unsigned width);

#endif
