/* SPDX-License-Identifier: MIT */
/* capture/source.h - packets out of a savefile, or off an interface.
 *
 * Reads pcap (every known variant), pcapng and snoop (RFC 1761), also inside gzip or
 * zstd, from files, pipes and memory; the kind is told by content, never by name.
 * Interfaces are read by libpcap. A source does not decode: nothing but struct frame
 * leaves it. Several are made one by capture/merge.h.
 *
 * One thread at a time; only source_break may be called from a signal handler. */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "net/frame.h"

/* Bytes of a one-line text, NUL included: a path, libpcap's 256 and our words. */
#define SOURCE_WHY_MAX 768

/* Longest packet taken from a savefile, in bytes: libpcap's own limit. A longer one
 * is a damaged length; its place is reported. */
#define SOURCE_PACKET_MAX 262144U

#define SOURCE_WAIT_FOREVER (-1)

struct source;

struct source_cfg {
	const char *filter;     /* pcap-filter(7) text, borrowed for the call that opens;
	                         * NULL or blank: every packet */
	bool        filter_raw; /* it goes to libpcap as it is; else it is widened, so
	                         * that fragments and tagged packets come through */
	bool        follow;     /* a file may still grow: its end is not the end */
	int         wait_ms;    /* longest wait in source_next where a pipe or a followed
	                         * file has nothing yet; as poll(2) has it, 0 returns
	                         * at once, SOURCE_WAIT_FOREVER waits for a packet or
	                         * an end */
	uint16_t    input;      /* becomes frame.input */

	/* of interfaces only */
	size_t      buffer;     /* bytes for packets that wait to be read; 0:
	                         * SOURCE_BUFFER */
	uint32_t    snaplen;    /* bytes captured of a packet; 0: all */
};

/* Bytes of an interface's ring: at a million packets a second, what comes in a fifth of a
 * second. */
#define SOURCE_BUFFER (32U << 20)

/* What the kernel did not hand over. */
struct source_drops {
	uint64_t kernel;    /* packets: the ring was full */
	uint64_t interface; /* packets: the interface or its driver dropped them */
	uint64_t downs;     /* times that the link went down */
};

struct source_stats {
	uint64_t packets;        /* seen, whatever the filter said */
	uint64_t filtered;       /* of those, refused by the filter */
	uint64_t bytes;          /* captured bytes of all packets seen */
	uint64_t odd_times;      /* fraction of a second of one second or more: carried */
	uint64_t clamped_times;  /* before 1970 or past the last tick: moved to the end */
	uint64_t odd_lengths;    /* more captured than was on the wire: wire_len raised */
	uint64_t skipped_blocks; /* pcapng blocks that are not read here */
};

/* Open the savefile `path`; "-" is standard input.
 *
 * out  the caller's, for source_close; written only when the result is OK.
 * cfg  borrowed for the call; NULL: everything, no following, wait for ever.
 * why  gets one line, the name of the input first, when the result is not OK.
 *
 * OK; ERR_IO (cannot be opened or read); ERR_FORMAT (not a capture file, cut inside
 * its header, or a wrong filter); ERR_NOMEM. The header of a pipe or of a followed
 * file is read by source_next, which then gives these results: opening a pipe or a
 * FIFO never waits. */
MUST_USE enum err source_open_file(struct source **out, const char *path,
                                   const struct source_cfg *cfg,
                                   char why[SOURCE_WHY_MAX]);

/* Capture on an interface of this host; "any" is all of them. cfg may not be NULL.
 * As source_open_file, and ERR_LIMIT: a right is missing, and why says which and how to
 * get it. */
MUST_USE enum err source_open_device(struct source **out, const char *device,
                                     const struct source_cfg *cfg,
                                     char why[SOURCE_WHY_MAX]);

/* Of an interface, until now; costs some system calls. A link that is down for less than
 * the time between two of these calls is seen where somebody took it down, not where a
 * cable was out. False for savefiles. */
bool source_drops(struct source *s, struct source_drops *drops);

/* As source_open_file from the descriptor `fd`, at its present place; `name` is for
 * messages (borrowed for the call). fd is the source's after OK, else the caller's. */
MUST_USE enum err source_open_fd(struct source **out, int fd, const char *name,
                                 const struct source_cfg *cfg,
                                 char why[SOURCE_WHY_MAX]);

/* As source_open_file from bytes in memory, borrowed until source_close. */
MUST_USE enum err source_open_bytes(struct source **out, struct slice bytes,
                                    const char *name, const struct source_cfg *cfg,
                                    char why[SOURCE_WHY_MAX]);

/* Would source_open_ take the filter of cfg? OK; ERR_FORMAT or ERR_NOMEM with one line
 * in why that names the expression and the reason. */
MUST_USE enum err source_check_filter(const struct source_cfg *cfg,
                                      char why[SOURCE_WHY_MAX]);

/* The next packet that the filter lets through.
 *
 * f  the caller's; holds a frame only after OK. f->bytes is the source's and dies at
 *    the next call. f->number counts the packets that the filter refused as well;
 *    f->offset is set for a plain regular file only, to be read by source_fd.
 *
 * OK; ERR_MORE (nothing within wait_ms; call again); ERR_END (end of the input, or
 * source_break); ERR_FORMAT (cut, damaged, or the filter does not fit a link type:
 * what came before was good); ERR_IO; ERR_NOMEM. All but OK and ERR_MORE are for good,
 * and source_problem has the words where there is something to say. */
MUST_USE enum err source_next(struct source *s, struct frame *f);

/* What was wrong, as one line that begins with the name of the input; NULL while
 * nothing was. After ERR_END: the followed file was replaced. The source's. */
const char *source_problem(const struct source *s);

/* The source's; its numbers change with every source_next. */
const struct source_stats *source_stats(const struct source *s);

/* The name as shown in messages; the source's. */
const char *source_name(const struct source *s);

/* The filter as it is in effect for the link type that most packets had so far, which
 * is not the text of cfg where that was widened; NULL: none, every packet passes. The
 * source's, until the next source_next. */
const char *source_filter(const struct source *s);

/* Change wait_ms from the next source_next on. */
void source_set_wait(struct source *s, int wait_ms);

/* The descriptor to read f->offset by, the source's; -1 when offsets are not given. */
int source_fd(const struct source *s);

/* The descriptor of an interface, the source's; -1 of a savefile. */
int source_device_fd(const struct source *s);

/* The link type of all its packets, LINKTYPE_; -1: not known, as of a pcapng file. */
int source_link(const struct source *s);

/* For a display of progress, in bytes of the file, compressed or not: how far reading
 * has come; how large the file was when opened, 0 where that is not known. */
uint64_t source_position(const struct source *s);
uint64_t source_size(const struct source *s);

/* Make source_next end soon, a wait in progress included. Async-signal-safe. */
void source_break(struct source *s);

void source_close(struct source *s); /* NULL is allowed */

#endif
