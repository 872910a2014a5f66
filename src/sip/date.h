/* SPDX-License-Identifier: MIT */
/* sip/date.h - the Date header field, as seconds since 1970.
 *
 * RFC 3261 20.17 and 25.1: a date of RFC 1123, in GMT only. No clock. */
#ifndef SIP_DATE_H
#define SIP_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/* What is wrong with a date that can be read all the same. Bit 1u << x. */
enum sip_date_odd {
	SIP_DATE_ODD_ZONE,    /* no zone, or another than GMT */
	SIP_DATE_ODD_WEEKDAY, /* missing, none, or not that of the date */
	SIP_DATE_ODD_FORM     /* other spaces, other digits, or something behind it */
};

struct sip_date {
	int64_t      seconds; /* since 1970-01-01T00:00:00Z; as if GMT in any zone */
	struct slice zone;    /* as written; may be empty */
	uint32_t     odd;     /* bits 1u << enum sip_date_odd */
};

/* ERR_FORMAT (*out untouched): no day, month, year and time that exist. A leap second
 * is that day's last second. Years are 0 to 9999, by the Gregorian calendar. */
MUST_USE enum err sip_date_parse(struct sip_date *out, struct slice value);

#endif
