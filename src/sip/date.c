/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/date.h"

#include "sip/scan.h"

#define DAY_SECONDS  86400
#define EPOCH_DAYS   719468 /* from 0000-03-01 to 1970-01-01 */
#define ERA_DAYS     146097 /* of 400 years */
#define NAME_LETTERS 3      /* of a weekday and a month */

/* The words of a date, cut at white space and commas. */
struct words {
	struct slice rest;
	bool         plain; /* one space between each so far, a comma after the first */
};

static struct slice take_word(struct words *w, struct slice separator)
{
	struct slice s = w->rest;
	size_t n = 0;
	while (n < s.len && !scan_is_lws(s.p[n]) && s.p[n] != ',')
		n++;
	struct slice word = scan_head(s, n);
	s = scan_skip(s, n);
	n = 0;
	while (n < s.len && (scan_is_lws(s.p[n]) || s.p[n] == ','))
		n++;
	w->plain = w->plain && slice_eq(scan_head(s, n), separator);
	w->rest = scan_skip(s, n);
	return word;
}

/* Index of the name whose three letters `word` is, ASCII case aside, or -1. */
static int find_name(struct slice word, struct slice names)
{
	if (word.len != NAME_LETTERS)
		return -1;
	for (int i = 0; names.len; i++, names = scan_skip(names, NAME_LETTERS))
		if (slice_ieq(word, scan_head(names, NAME_LETTERS)))
			return i;
	return -1;
}

/* A number of `digits` digits; *plain is cleared when there are fewer. */
static bool read_number(struct slice s, size_t digits, int *out, bool *plain)
{
	uint64_t v;
	if (s.len > digits || !slice_uint(s, &v))
		return false;
	*plain = *plain && s.len == digits;
	*out = (int)v;
	return true;
}

/* hour ":" minute ":" second */
static bool read_time(struct slice s, int *seconds, bool *plain)
{
	int part[3];
	for (size_t i = 0; i < 3; i++) {
		size_t colon = scan_index(s, ':');
		if ((colon < s.len) != (i < 2) ||
		    !read_number(scan_head(s, colon), 2, &part[i], plain))
			return false;
		s = slice_skip(s, colon + 1);
	}
	if (part[0] > 23 || part[1] > 59 || part[2] > 60)
		return false;
	*seconds = part[0] * 3600 + part[1] * 60 + (part[2] < 60 ? part[2] : 59);
	return true;
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days since 1970 of a date that exists. A year is counted from March, so that its
 * last day is the one that may be missing. month is 0 to 11. */
static int64_t days_since_1970(int year, int month, int day)
{
	int y = month < 2 ? year - 1 + 400 : year + 400; /* never negative */
	int m = (month + 10) % 12;
	int in_year = (153 * m + 2) / 5 + day - 1;
	int in_era = y % 400 * 365 + y % 400 / 4 - y % 400 / 100 + in_year;
	return (int64_t)(y / 400 - 1) * ERA_DAYS + in_era - EPOCH_DAYS;
}

enum err sip_date_parse(struct sip_date *out, struct slice value)
{
	static const unsigned char length[] = { 31, 28, 31, 30, 31, 30,
		                                31, 31, 30, 31, 30, 31 };
	static const struct slice months = { "JanFebMarAprMayJunJulAugSepOctNovDec", 36 },
				  weekdays = { "ThuFriSatSunMonTueWed", 21 };
	struct words w = { scan_trim(value), true };
	bool plain = true;
	int day, year, seconds, weekday = -1;
	struct slice word = scan_head(w.rest, 0);
	if (w.rest.len && (w.rest.p[0] < '0' || w.rest.p[0] > '9')) {
		word = take_word(&w, SLICE(", "));
		weekday = find_name(word, weekdays);
		word = take_word(&w, SLICE(" "));
	} else {
		word = take_word(&w, SLICE(" "));
	}
	if (!read_number(word, 2, &day, &plain))
		return ERR_FORMAT;
	int month = find_name(take_word(&w, SLICE(" ")), months);
	if (month < 0 || !read_number(take_word(&w, SLICE(" ")), 4, &year, &plain) ||
	    !read_time(take_word(&w, SLICE(" ")), &seconds, &plain))
		return ERR_FORMAT;
	if (day < 1 || day > length[month] + (month == 1 && is_leap(year)))
		return ERR_FORMAT;
	int64_t days = days_since_1970(year, month, day);
	struct sip_date date = { .seconds = days * DAY_SECONDS + seconds };
	date.zone = take_word(&w, SLICE_NONE);
	if (!slice_eq(date.zone, SLICE("GMT")))
		date.odd |= 1u << SIP_DATE_ODD_ZONE;
	if (weekday < 0 || (days % 7 + 7) % 7 != weekday) /* 1970 began on a Thursday */
		date.odd |= 1u << SIP_DATE_ODD_WEEKDAY;
	if (!plain || !w.plain || w.rest.len)
		date.odd |= 1u << SIP_DATE_ODD_FORM;
	*out = date;
	return OK;
}
