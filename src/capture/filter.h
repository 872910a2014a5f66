/* SPDX-License-Identifier: MIT */
/* capture/filter.h - private: pcap-filter(7) expressions, compiled by libpcap.
 *
 * A program fits one link type, and a pcapng file may have several, so programs are
 * made as link types are met. */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include <stdbool.h>

#include "base/err.h"
#include "net/frame.h"

#define FILTER_WHY_MAX 320 /* bytes of a reason, NUL included: libpcap's 256 and ours */

/* Link types whose programs are kept: more than any honest file mixes. With more, they
 * are made again and again, which costs time but never memory. */
#define FILTER_LINKS_MAX 16

struct filter;

/* *out is the caller's, for filter_free. text is borrowed for the call.
 * OK; ERR_FORMAT when libpcap cannot compile it for any of the usual link types, with
 * the reason for the commonest in why; ERR_NOMEM. */
MUST_USE enum err filter_new(struct filter **out, const char *text,
                             char why[FILTER_WHY_MAX]);
void filter_free(struct filter *filter); /* NULL is allowed */

/* Does the filter let `f` through? OK, with the answer in *pass; ERR_FORMAT: it cannot
 * be compiled for f->link, with the reason in why; ERR_NOMEM. */
MUST_USE enum err filter_pass(struct filter *filter, const struct frame *f, bool *pass,
                              char why[FILTER_WHY_MAX]);

#endif
