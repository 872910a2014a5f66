/* SPDX-License-Identifier: MIT */
/* capture/filter.h - private: pcap-filter(7) expressions, compiled by libpcap.
 *
 * A program fits one link type, and a pcapng file may have several, so programs are
 * made as link types are met.
 *
 * To libpcap, `port 5060` is only what has its ports right behind an IP header that is
 * right behind the link header: it loses the later fragments of IPv4, all fragments of
 * IPv6 (the ports stand behind the fragment header, RFC 8200 4.5), and everything that
 * has a VLAN tag. So unless it is raw, an expression is widened. With FRAGMENT for
 *
 *     ip[6:2] & 0x1fff != 0 or ip6[6] = 44
 *
 * which is every later fragment of IPv4 (RFC 791 3.1) and every fragment of IPv6 whose
 * fragment header comes first, EXPR becomes
 *
 *     (EXPR) or FRAGMENT or (vlan and ((EXPR) or FRAGMENT or
 *                            (vlan and ((EXPR) or FRAGMENT))))
 *
 * where the link type has VLAN for libpcap, as Ethernet does, and elsewhere (raw IP,
 * Linux cooked, ...)
 *
 *     (EXPR) or FRAGMENT
 *
 * `vlan` is 802.1Q, 802.1ad or 0x9100, and moves all that follows behind the tag. An
 * EXPR that itself names vlan, mpls, pppoes or geneve moves it too, and says what is
 * wanted inside. Only FRAGMENT is added to it, in front, and on Ethernet also FRAGMENT
 * behind one and two tags, by offsets in the frame, which do not move.
 *
 * What follows from this:
 *  - What EXPR lets through comes through, and more does: EXPR behind tags, and the
 *    fragments, wanted or not, of any host, since nothing in a later one says its ports
 *    and an expression cannot be asked for its hosts alone. The one exception: with an
 *    EXPR that names vlan and the like, a frame that is cut within the first eight
 *    bytes of its IP header, or before it, is refused.
 *  - So `not port 22` leaves in port 22 behind a tag, as it does with libpcap alone.
 *  - An EXPR that reads beyond the end of a frame refuses it, as with libpcap alone;
 *    what stands behind it is not asked.
 *  - Widening what was widened changes nothing in effect.
 *  - EXPR is compiled alone first, for each link type: so its parentheses are known to
 *    match. Where only the widened one cannot be compiled, EXPR alone is used.
 *  - Behind a fragment header that is not the first one of IPv6, behind a third tag, and
 *    behind tags where libpcap knows none, EXPR is what it is to libpcap. */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include <stdbool.h>

#include "base/err.h"
#include "net/frame.h"

/* Bytes of a reason, NUL included: libpcap's 256, the expression and our words. */
#define FILTER_WHY_MAX 448

/* Bytes of the expression in a reason; more do not help to know it again. */
#define FILTER_SHOWN_MAX 128

/* Bytes of the longest expression that is put behind tags, which takes three of it:
 * libpcap needs about a second to compile this, and nine times as long as for the
 * expression alone. A longer one is not; filter_text shows it. */
#define FILTER_TAGS_MAX 4096

/* Link types whose programs are kept: more than libpcap knows, some 200, so that each is
 * made once. To make one takes up to a second, and a file may change its link type with
 * each packet. Were there more, they would be made again and again. */
#define FILTER_LINKS_MAX 512

/* Bytes of the longest text that libpcap may optimize. The time it takes grows faster
 * than the square of the length: a tenth of a second here, a minute with a thousand
 * addresses. A longer text does the same in more steps. */
#define FILTER_OPTIMIZED_MAX 4096

struct filter;

/* *out is the caller's, for filter_free. text is borrowed for the call.
 * raw: text goes to libpcap as it is; else widened as above.
 * OK; ERR_FORMAT when libpcap cannot compile it for any of the usual link types, with
 * the expression and the reason for the commonest in why; ERR_NOMEM. */
MUST_USE enum err filter_new(struct filter **out, const char *text, bool raw,
                             char why[FILTER_WHY_MAX]);
void filter_free(struct filter *filter); /* NULL is allowed */

/* Does the filter let `f` through? OK, with the answer in *pass; ERR_FORMAT: it cannot
 * be compiled for f->link, with expression and reason in why; ERR_NOMEM. */
MUST_USE enum err filter_pass(struct filter *filter, const struct frame *f, bool *pass,
                              char why[FILTER_WHY_MAX]);

/* The expression for a link type, the widest that fits; NULL: none fits, with expression
 * and reason in why. The filter's. */
const char *filter_text_for(struct filter *filter, uint16_t link,
                            char why[FILTER_WHY_MAX]);

/* The expression in effect for the link type that most frames had, or for the
 * commonest that it fits while there were none. The filter's; it may be another one
 * after each filter_pass. */
const char *filter_text(const struct filter *filter);

#endif
