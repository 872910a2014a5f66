/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/tick.h"

#include <stddef.h>

int64_t tick_diff(tick a, tick b)
{
	if (a >= b)
		return a - b > INT64_MAX ? INT64_MAX : (int64_t)(a - b);
	return b - a > INT64_MAX ? INT64_MIN : -(int64_t)(b - a);
}

tick tick_add(tick a, uint64_t ns)
{
	return ns >= TICK_NONE - a ? TICK_NONE - 1 : a + ns;
}

/* Days since 1970-01-01 to a civil date; the year begins on 1 March inside, so
 * that the leap day is its last (proleptic Gregorian calendar). */
static void civil(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	uint64_t z = days + 719468; /* since 0000-03-01 */
	uint64_t era = z / 146097;
	unsigned doe = (unsigned)(z % 146097); /* day of the 400-year era */
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (unsigned)(era * 400) + yoe + (*month <= 2);
}

static char *digits(char *p, unsigned value, unsigned count)
{
	for (unsigned i = count; i-- > 0; value /= 10)
		p[i] = (char)('0' + value % 10);
	return p + count;
}

unsigned tick_rfc3339(tick at, char out[TICK_RFC3339_MAX])
{
	uint64_t sec = at / TICK_S;
	unsigned us = (unsigned)(at % TICK_S / TICK_US);
	unsigned tod = (unsigned)(sec % 86400);
	unsigned year, month, day;
	civil(sec / 86400, &year, &month, &day);
	char *p = digits(out, year, 4);
	*p++ = '-';
	p = digits(p, month, 2);
	*p++ = '-';
	p = digits(p, day, 2);
	*p++ = 'T';
	p = digits(p, tod / 3600, 2);
	*p++ = ':';
	p = digits(p, tod / 60 % 60, 2);
	*p++ = ':';
	p = digits(p, tod % 60, 2);
	*p++ = '.';
	p = digits(p, us, 6);
	*p++ = 'Z';
	*p = '\0';
	return (unsigned)(p - out);
}
