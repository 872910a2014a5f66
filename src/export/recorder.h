/* SPDX-License-Identifier: MIT */
/* export/recorder.h - packets written as they come: into one file, or into one after the
 * other.
 *
 * Where they are divided, the time of the packets decides, and never a clock, so that the
 * same packets give the same files. NAME.pcap becomes NAME-YYYYmmdd-HHMMSS-NNNNN.pcap:
 * the time of its first packet, in UTC, and a number from 1. Each file is begun under
 * this name, not under a temporary one: it can be watched as it grows, and is there
 * after a crash; it is whole when the next one is there. A file that exists is never
 * touched, but for those of this run that `files` removes.
 *
 * When a file cannot be written it is cut behind its last whole packet, and packets are
 * lost: until recorder_reopen, or, divided, until RECORDER_RETRY later. */
#ifndef EXPORT_RECORDER_H
#define EXPORT_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "export/out.h"
#include "export/packet_file.h"

#define RECORDER_FILES_MAX 100000U       /* that can be kept: bounds what is remembered */
#define RECORDER_RETRY     (10 * TICK_S) /* before the next file, after a failure */

/* When the next file begins; 0: not for this reason. With none of the first three there
 * is one file, with the name as given. */
struct recorder_split {
	uint64_t duration; /* ns since the first packet of the file */
	uint64_t size;     /* bytes of the file, unless one packet alone has more */
	uint64_t packets;
	uint32_t files;    /* newest ones to keep; at most RECORDER_FILES_MAX */
};

struct recorder;

/* The packets go to `path`, borrowed for the call. One file is begun now, and what was in
 * it is gone; of several, only their folder is opened.
 * OK, ERR_NOMEM, or ERR_IO with a one-line reason in why. *r is the caller's, for
 * recorder_close. */
MUST_USE enum err recorder_open(struct recorder **r, const char *path,
                                const struct recorder_split *split,
                                char why[OUT_WHY_MAX]);

/* One packet, borrowed. OK; ERR_IO, ERR_FORMAT or ERR_NOMEM as of packet_file_write: it
 * is not written, and recorder_problem has the reason. */
MUST_USE enum err recorder_write(struct recorder *r, const struct frame *frame);

/* Hand what is buffered to the system, so that others can read it. */
void recorder_flush(struct recorder *r);

/* End the file. One that was renamed meanwhile is followed by a new one of its name (as
 * out_reopen), of several the next one begins with the next packet. As out_reopen. */
MUST_USE enum err recorder_reopen(struct recorder *r, char why[OUT_WHY_MAX]);

/* Where files are begun, open; -1: nowhere. */
int recorder_folder(const struct recorder *r);
/* Bytes of all files, also of those that were removed. */
uint64_t recorder_size(const struct recorder *r);
/* The first thing that went wrong, as one line with the path and the bytes written; NULL
 * while nothing did. The recorder's. */
const char *recorder_problem(const struct recorder *r);

/* End and close; frees r. OK, or ERR_IO with recorder_problem in why: not all packets
 * are written. A file without packets is whole, too; of several, there may be none. */
MUST_USE enum err recorder_close(struct recorder *r, char why[OUT_WHY_MAX]);

#endif
