/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/framer.h"

#include <string.h>

#include "sip/header.h"
#include "sip/message.h"
#include "sip/scan.h"

#define ROOM_MIN 2048U /* bytes: most messages; doubled as needed */

/* What buffer ends with. An empty line ends the headers, so that each byte is looked at
 * once, however the stream was cut up. */
enum {
	LINE_FIRST, /* a part of the start line */
	LINE_EMPTY, /* the LF of a line */
	LINE_CR,    /* a line that is CR so far */
	LINE_TEXT   /* a line that is not empty */
};

/* One call of framer_bytes. */
struct feed {
	struct framer       *f;
	struct mem          *mem;
	struct framer_stats *stats;
	framer_sink         *sink;
	void                *arg;
};

void framer_init(struct framer *f)
{
	*f = (struct framer){ 0 };
}

static void release(struct framer *f, struct mem *mem)
{
	mem_give(mem, f->buffer, f->room);
	f->buffer = NULL;
	f->fill = f->room = f->wanted = 0;
	f->line = LINE_FIRST;
}

void framer_clear(struct framer *f, struct mem *mem)
{
	release(f, mem);
	framer_init(f);
}

/* --- looking at bytes */

/* May `in`, perhaps cut off, begin with a start line? Answers after a few bytes. */
static bool may_start(struct slice in)
{
	size_t n = 0;
	while (n < in.len && n <= FRAMER_METHOD_MAX && in.p[n] > 0x20 && in.p[n] < 0x7f &&
	       in.p[n] != ':')
		n++;
	if (n == 0 || n > FRAMER_METHOD_MAX)
		return false;
	return n == in.len || scan_is_wsp(in.p[n]);
}

/* A whole line, its end included. */
static bool is_start(struct slice line)
{
	return line.len <= FRAMER_LINE_MAX && may_start(line) && sip_msg_starts(line);
}

/* Bytes of `in` through the empty line that ends the headers, or 0 when it is not there;
 * *line is the state before and after them. */
static size_t headers_end(struct slice in, uint8_t *line)
{
	size_t done = 0;
	while (done < in.len) {
		struct slice rest = scan_skip(in, done);
		size_t lf = scan_index(rest, '\n');
		bool cr = *line == LINE_EMPTY && rest.p[0] == '\r';
		if (lf == rest.len) {
			*line = cr && rest.len == 1 ? LINE_CR : LINE_TEXT;
			return 0;
		}
		bool empty = *line != LINE_TEXT && lf == (cr ? 1 : 0);
		*line = LINE_EMPTY;
		done += lf + 1;
		if (empty)
			return done;
	}
	return 0;
}

/* What the first Content-Length of `head`, start line to empty line, says; 0 when there
 * is none or it is no number. Lines are those of sip_msg_parse. */
static uint64_t body_length(struct slice head)
{
	struct slice rest = slice_skip(head, scan_index(head, '\n') + 1);
	while (rest.len) {
		size_t lf = scan_index(rest, '\n');
		while (lf + 1 < rest.len && scan_is_wsp(rest.p[lf + 1]))
			lf += 1 + scan_index(scan_skip(rest, lf + 1), '\n');
		struct slice line = scan_head(rest, lf);
		rest = slice_skip(rest, lf + 1);
		size_t colon = scan_index(line, ':');
		struct slice name = scan_trim(scan_head(line, colon));
		if (colon == line.len || sip_hdr_lookup(name) != SIP_HDR_CONTENT_LENGTH)
			continue;
		uint64_t n;
		return slice_uint(scan_trim(scan_skip(line, colon + 1)), &n) ? n : 0;
	}
	return 0;
}

/* --- taking bytes: each function returns how many it has used up, at least one */

/* n bytes are no part of a message. */
static size_t junk(struct feed *feed, size_t n)
{
	struct framer *f = feed->f;
	if (f->is_sip)
		feed->stats->skipped_bytes += n;
	else if (n < FRAMER_LOOK - f->looked)
		f->looked += (uint32_t)n;
	else
		f->looked = FRAMER_LOOK;
	return n;
}

/* What is held is no message after all. */
static void drop(struct feed *feed)
{
	junk(feed, feed->f->fill);
	release(feed->f, feed->mem);
}

/* May a message begin in the midst of a piece? */
static bool searches(const struct framer *f)
{
	return f->is_sip || f->looked < FRAMER_LOOK;
}

static bool grow(struct framer *f, struct mem *mem, uint32_t need)
{
	uint32_t room = f->room ? f->room : ROOM_MIN;
	while (room < need)
		room *= 2;
	if (room == f->room)
		return true;
	char *buffer = mem_resize(mem, f->buffer, f->room, room);
	if (!buffer)
		return false;
	f->buffer = buffer;
	f->room = room;
	return true;
}

/* Keep `bytes` behind what is held. False: the message is too long or memory is out;
 * then all of it is dropped, and of a body what comes yet is to be skipped. */
static bool store(struct feed *feed, struct slice bytes)
{
	struct framer *f = feed->f;
	if (bytes.len > FRAMER_MESSAGE_MAX - f->fill) {
		feed->stats->long_messages++;
	} else if (!grow(f, feed->mem, f->fill + (uint32_t)bytes.len)) {
		feed->stats->refused++;
	} else {
		memcpy(f->buffer + f->fill, bytes.p, bytes.len);
		f->fill += (uint32_t)bytes.len;
		return true;
	}
	f->skip = f->wanted ? f->wanted - f->fill - (uint32_t)bytes.len : 0;
	drop(feed);
	junk(feed, bytes.len);
	return false;
}

static struct slice held(const struct framer *f)
{
	return (struct slice){ f->buffer, f->fill };
}

static void deliver_held(struct feed *feed)
{
	feed->sink(feed->arg, held(feed->f), false);
	release(feed->f, feed->mem);
}

/* Length of the message with the headers `head`, or 0: it is too long. Then it is
 * counted, and handed over without its body, which may be but a lie. */
static uint32_t whole_length(struct feed *feed, struct slice head, bool direct)
{
	uint64_t body = body_length(head);
	if (head.len <= FRAMER_MESSAGE_MAX && body <= FRAMER_MESSAGE_MAX - head.len)
		return (uint32_t)(head.len + body);
	feed->stats->long_messages++;
	feed->sink(feed->arg, head, direct);
	return 0;
}

/* A message begins in `in`, its start line being there. */
static size_t take_message(struct feed *feed, struct slice in, size_t line)
{
	struct framer *f = feed->f;
	uint8_t state = LINE_EMPTY;
	f->is_sip = true;
	size_t more = headers_end(scan_skip(in, line), &state);
	uint32_t whole = 0;
	if (more) {
		struct slice head = scan_head(in, line + more);
		whole = whole_length(feed, head, true);
		if (whole == 0) /* look for the next start line behind its headers */
			return head.len;
		if (whole <= in.len) {
			feed->sink(feed->arg, scan_head(in, whole), true);
			return whole;
		}
	}
	f->wanted = whole;
	if (store(feed, in))
		f->line = state;
	return in.len;
}

/* Nothing is held. */
static size_t take_fresh(struct feed *feed, struct slice in)
{
	size_t n = 0;
	while (n < in.len && (in.p[n] == '\r' || in.p[n] == '\n'))
		n++;
	if (n)
		return n;
	bool may = may_start(in);
	if (!may && !searches(feed->f))
		return junk(feed, in.len);
	size_t lf = scan_index(in, '\n');
	if (lf == in.len) {
		if (!may)
			return junk(feed, in.len);
		store(feed, in);
		return in.len;
	}
	if (is_start(scan_head(in, lf + 1)))
		return take_message(feed, in, lf + 1);
	return junk(feed, searches(feed->f) ? lf + 1 : in.len);
}

/* A part of a start line is held. */
static size_t take_line(struct feed *feed, struct slice in)
{
	struct framer *f = feed->f;
	size_t lf = scan_index(in, '\n');
	size_t n = lf < in.len ? lf + 1 : in.len;
	if (n > FRAMER_LINE_MAX - f->fill) {
		drop(feed);
		junk(feed, n);
	} else if (store(feed, scan_head(in, n))) {
		bool whole = lf < in.len;
		if (!whole && may_start(held(f)))
			return n;
		if (whole && is_start(held(f))) {
			f->is_sip = true;
			f->line = LINE_EMPTY;
			return n;
		}
		drop(feed);
	}
	return n + (searches(f) ? 0 : junk(feed, in.len - n));
}

/* A start line and perhaps more of the headers are held. */
static size_t take_headers(struct feed *feed, struct slice in)
{
	struct framer *f = feed->f;
	size_t end = headers_end(in, &f->line);
	size_t n = end ? end : in.len;
	if (!store(feed, scan_head(in, n)) || !end)
		return n;
	f->wanted = whole_length(feed, held(f), false);
	if (f->wanted == 0)
		release(f, feed->mem);
	else if (f->wanted == f->fill)
		deliver_held(feed);
	return n;
}

static size_t take_body(struct feed *feed, struct slice in)
{
	struct framer *f = feed->f;
	size_t left = f->wanted - f->fill;
	size_t n = left < in.len ? left : in.len;
	if (store(feed, scan_head(in, n)) && f->fill == f->wanted)
		deliver_held(feed);
	return n;
}

static size_t skip_body(struct feed *feed, struct slice in)
{
	struct framer *f = feed->f;
	size_t n = f->skip < in.len ? f->skip : in.len;
	f->skip -= (uint32_t)n;
	return junk(feed, n);
}

void framer_bytes(struct framer *f, struct mem *mem, struct slice bytes,
                  struct framer_stats *stats, framer_sink *sink, void *arg)
{
	struct feed feed = { f, mem, stats, sink, arg };
	while (bytes.len) {
		size_t n;
		if (f->skip)
			n = skip_body(&feed, bytes);
		else if (f->wanted)
			n = take_body(&feed, bytes);
		else if (f->fill == 0)
			n = take_fresh(&feed, bytes);
		else if (f->line == LINE_FIRST)
			n = take_line(&feed, bytes);
		else
			n = take_headers(&feed, bytes);
		bytes = slice_skip(bytes, n);
	}
}

void framer_gap(struct framer *f, struct mem *mem, uint64_t bytes,
                struct framer_stats *stats)
{
	struct feed feed = { f, mem, stats, NULL, NULL };
	uint32_t left = f->wanted ? f->wanted - f->fill : f->skip;
	f->skip = bytes < left ? left - (uint32_t)bytes : 0;
	if (f->fill == 0)
		return;
	stats->cut_messages += f->line != LINE_FIRST;
	drop(&feed);
}
