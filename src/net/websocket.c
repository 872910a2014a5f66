/* SPDX-License-Identifier: MIT */
/* Theory of operation.
 *
 * Three states: the head of a frame, its payload, an HTTP head. A frame's head is
 * gathered byte by byte, since it is short, and judged with each byte. Its first two
 * bytes stay during the payload and say what becomes of that: the payload of control
 * frames and of messages that were dropped is counted down, all else goes into the buffer
 * of the message, unmasked and inflated on the way. Only a message that lies in one
 * piece as it is goes to the sink without a buffer.
 *
 * A message is open from its first frame to its last. What is wrong with it drops it:
 * memory is given back at once, and the rest of its frames is passed over, so that the
 * stream stays in step.
 *
 * The first byte of an HTTP head (G or H) can begin no frame: RSV1 without an opcode
 * that may have it. */
#include "config.h"

#include "net/websocket.h"

#include <string.h>

#include "base/cursor.h"
#include "base/err.h"
#include "base/inflate.h"

/* RFC 6455 5.2: the first two bytes of a frame. */
#define FIN           0x80U
#define RSV1          0x40U
#define RSV           0x30U /* RSV2 and RSV3 */
#define OPCODE        0x0fU
#define CONTROL       0x08U /* bit of the opcodes of control frames */
#define CONTINUED     0x00U
#define BINARY        0x02U
#define PONG          0x0aU
#define MASKED        0x80U
#define LENGTH        0x7fU
#define LENGTH_16     126U /* the next 2 bytes are the length */
#define LENGTH_64     127U /* the next 8 */
#define CONTROL_MAX   125U

#define ROOM_MIN      2048U /* bytes of a buffer: most messages; doubled as needed */
#define CHUNK         512U  /* compressed bytes unmasked at once */

/* For websocket_detect: a window, and a message far longer than what is looked at. */
#define DETECT_BUDGET ((size_t)256 << 10)
#define DETECT_STEP   256U /* bytes, between two looks at whether it is enough */

static const char sync_tail[] = { 0, 0, (char)0xff, (char)0xff }; /* RFC 7692 7.2.2 */

enum { STATE_HEAD, STATE_PAYLOAD, STATE_HTTP };

enum {
	MESSAGE_NONE,
	MESSAGE_OPEN,
	MESSAGE_DROPPED /* counted; the rest of it is passed over */
};

/* One call of websocket_bytes. */
struct feed {
	struct websocket *w;
	struct mem *mem;
	struct websocket_stats *stats;
	websocket_sink *sink;
	void *arg;
};

void websocket_init(struct websocket *w)
{
	*w = (struct websocket){ 0 };
}

static void release(struct feed *feed)
{
	struct websocket *w = feed->w;
	mem_give(feed->mem, w->buffer, w->room);
	w->buffer = NULL;
	w->fill = w->room = 0;
}

void websocket_clear(struct websocket *w, struct mem *mem)
{
	struct feed feed = { .w = w, .mem = mem };
	release(&feed);
	inflate_free(w->inflate);
	websocket_init(w);
}

size_t websocket_held(const struct websocket *w)
{
	return w->room + inflate_held(w->inflate);
}

/* --- the head of a frame */

static bool is_control(const struct websocket *w)
{
	return w->head[0] & CONTROL;
}

static bool is_last(const struct websocket *w)
{
	return w->head[0] & FIN;
}

static bool is_masked(const struct websocket *w)
{
	return w->head[1] & MASKED;
}

/* The first frame of a message, as far as its first byte says. */
static bool begins_message(const struct websocket *w)
{
	return !is_control(w) && (w->head[0] & OPCODE) != CONTINUED;
}

/* Length of the head; until its second byte is there: 2. */
static unsigned head_length(const struct websocket *w)
{
	if (w->head_fill < 2)
		return 2;
	unsigned length = w->head[1] & LENGTH;
	unsigned more = length == LENGTH_16 ? 2 : length == LENGTH_64 ? 8 : 0;
	return 2 + more + (is_masked(w) ? 4 : 0);
}

/* What a whole head says; its masking key goes to *w. */
static uint64_t payload_length(struct websocket *w)
{
	struct cursor c =
		cursor_of((struct slice){ (const char *)w->head, w->head_fill });
	cursor_skip(&c, 1);
	uint64_t n = cursor_u8(&c) & LENGTH;
	if (n == LENGTH_16)
		n = cursor_be16(&c);
	else if (n == LENGTH_64)
		n = cursor_be64(&c);
	for (unsigned i = 0; is_masked(w) && i < sizeof(w->mask); i++)
		w->mask[i] = cursor_u8(&c);
	return n;
}

/* RFC 6455 5.2, 5.5, RFC 7692 6: what nobody may send, even less so while frames are
 * looked for. */
static bool first_byte_is_good(const struct websocket *w)
{
	unsigned opcode = w->head[0] & OPCODE;
	if (w->head[0] & RSV)
		return false;
	if (w->head[0] & RSV1 && !begins_message(w))
		return false;
	if (opcode & CONTROL)
		return is_last(w) && !(w->lost && opcode > PONG);
	return opcode <= BINARY;
}

static bool second_byte_is_good(const struct websocket *w)
{
	if (w->lost && w->framed && is_masked(w) != w->masked)
		return false;
	return !is_control(w) || (w->head[1] & LENGTH) <= CONTROL_MAX;
}

static bool length_is_good(const struct websocket *w, uint64_t n)
{
	unsigned coded = w->head[1] & LENGTH;
	if (w->lost && n > WEBSOCKET_MESSAGE_MAX)
		return false;
	if (w->lost && coded == LENGTH_16)
		return n > CONTROL_MAX;
	if (w->lost && coded == LENGTH_64)
		return n > UINT16_MAX;
	return n <= INT64_MAX;
}

/* --- the message */

/* Drop what is open and count it as `counter`. What a compressed one would have added to
 * the window is missing from now on. */
static void drop(struct feed *feed, uint64_t *counter)
{
	struct websocket *w = feed->w;
	(*counter)++;
	release(feed);
	w->message = MESSAGE_DROPPED;
	w->pending = 0;
	if (w->compressed && w->inflate)
		inflate_reset(w->inflate);
}

/* Where the next frame begins is not known any more. */
static void lose(struct feed *feed)
{
	struct websocket *w = feed->w;
	if (w->message == MESSAGE_OPEN)
		drop(feed, &feed->stats->cut_messages);
	if (w->inflate)
		inflate_reset(w->inflate);
	w->message = MESSAGE_DROPPED; /* of what goes on unseen no end is known */
	w->state = STATE_HEAD;
	w->head_fill = 0;
	w->http = 0;
	w->lost = true;
}

/* What came is no frame. Returns all of in.len: nothing is looked for in this piece. */
static size_t refuse(struct feed *feed, struct slice in)
{
	if (!feed->w->lost)
		feed->stats->bad_frames++;
	lose(feed);
	return in.len;
}

/* False: no memory, dropped. need is at most WEBSOCKET_MESSAGE_MAX. */
static bool grow(struct feed *feed, uint32_t need)
{
	struct websocket *w = feed->w;
	uint32_t room = w->room ? w->room : ROOM_MIN;
	while (room < need)
		room *= 2;
	if (room == w->room)
		return true;
	char *buffer = mem_resize(feed->mem, w->buffer, w->room, room);
	if (!buffer) {
		drop(feed, &feed->stats->refused);
		return false;
	}
	w->buffer = buffer;
	w->room = room;
	return true;
}

static void deliver(struct feed *feed, struct slice message, bool direct)
{
	struct websocket *w = feed->w;
	feed->stats->messages++;
	feed->sink(feed->arg, message, direct);
	release(feed);
	w->message = MESSAGE_NONE;
	w->pending = 0;
}

/* Copy and unmask: RFC 6455 5.3. */
static void unmask(struct websocket *w, char *to, struct slice from)
{
	uint8_t mask[sizeof(w->mask)];
	memcpy(mask, w->mask, sizeof(mask));
	for (size_t i = 0; i < from.len; i++)
		to[i] = (char)((unsigned char)from.p[i] ^ mask[i % sizeof(mask)]);
	for (size_t i = 0; i < sizeof(mask); i++)
		w->mask[i] = mask[(from.len + i) % sizeof(mask)];
}

/* Inflate into the buffer. False: the message had to be dropped. */
static bool inflate_into(struct feed *feed, struct slice in)
{
	struct websocket *w = feed->w;
	struct websocket_stats *stats = feed->stats;
	for (;;) {
		struct inflate_buffer out = { w->buffer, w->fill, w->room };
		enum err err = inflate_run(w->inflate, &in, &out);
		w->fill = (uint32_t)out.fill;
		w->ended = err == OK;
		if (err == OK)
			inflate_next(w->inflate);
		if (err == ERR_MORE || (err == OK && in.len == 0))
			return true;
		if (err == ERR_LIMIT && w->room == WEBSOCKET_MESSAGE_MAX)
			drop(feed, &stats->long_messages);
		else if (err == ERR_NOMEM)
			drop(feed, &stats->refused);
		else if (err == ERR_FORMAT)
			drop(feed, &stats->undecodable);
		else if (err == ERR_LIMIT)
			grow(feed, w->room + 1);
		if (w->message == MESSAGE_DROPPED)
			return false;
	}
}

static void store_compressed(struct feed *feed, struct slice in)
{
	struct websocket *w = feed->w;
	char chunk[CHUNK];
	if (!is_masked(w)) {
		inflate_into(feed, in);
		return;
	}
	while (in.len) {
		struct slice part = slice_head(in, sizeof(chunk));
		unmask(w, chunk, part);
		if (!inflate_into(feed, (struct slice){ chunk, part.len }))
			return;
		in = slice_skip(in, part.len);
	}
}

/* The frame's length was checked when it began. */
static void store_plain(struct feed *feed, struct slice in)
{
	struct websocket *w = feed->w;
	if (!grow(feed, w->fill + (uint32_t)in.len))
		return;
	if (is_masked(w))
		unmask(w, w->buffer + w->fill, in);
	else
		memcpy(w->buffer + w->fill, in.p, in.len);
	w->fill += (uint32_t)in.len;
}

/* --- frames */

/* The last frame of an open message has ended. */
static void finish_message(struct feed *feed)
{
	struct websocket *w = feed->w;
	if (w->compressed) {
		struct slice tail = { sync_tail, sizeof(sync_tail) };
		/* A sender that ended its data and did not put the byte of RFC 7692
		 * 7.2.3.4 behind them left nothing to be completed. */
		if (!w->ended && !inflate_into(feed, tail))
			return;
		if (!w->ended && !inflate_is_between(w->inflate)) {
			drop(feed, &feed->stats->undecodable);
			return;
		}
	}
	deliver(feed, (struct slice){ w->buffer, w->fill }, false);
}

static void end_frame(struct feed *feed)
{
	struct websocket *w = feed->w;
	w->state = STATE_HEAD;
	w->head_fill = 0;
	if (is_control(w) || !is_last(w))
		return;
	if (w->message == MESSAGE_OPEN)
		finish_message(feed);
	w->message = MESSAGE_NONE;
}

static void begin_message(struct feed *feed)
{
	struct websocket *w = feed->w;
	if (w->message == MESSAGE_OPEN) /* RFC 6455 5.4 forbids it */
		drop(feed, &feed->stats->cut_messages);
	w->message = MESSAGE_OPEN;
	w->pending = w->head_fill;
	w->compressed = w->head[0] & RSV1;
	w->ended = true; /* a sender may make nothing of an empty message */
	if (w->compressed && !w->inflate &&
	    inflate_new(&w->inflate, feed->mem, INFLATE_RAW) != OK)
		drop(feed, &feed->stats->refused);
}

/* The head is whole and good, but for the length n. */
static void begin_frame(struct feed *feed, uint64_t n)
{
	struct websocket *w = feed->w;
	w->lost = false;
	w->framed = true;
	w->masked = is_masked(w);
	w->left = n;
	w->state = STATE_PAYLOAD;
	if (begins_message(w)) {
		begin_message(feed);
	} else if (!is_control(w) && w->message == MESSAGE_NONE) {
		feed->stats->cut_messages++; /* its beginning was not captured */
		w->message = MESSAGE_DROPPED;
	}
	if (w->message == MESSAGE_OPEN && !is_control(w) && !w->compressed &&
	    n > WEBSOCKET_MESSAGE_MAX - w->fill)
		drop(feed, &feed->stats->long_messages);
	if (n == 0)
		end_frame(feed);
}

/* --- taking bytes: each function returns how many it has used up, at least one */

static size_t take_head(struct feed *feed, struct slice in)
{
	struct websocket *w = feed->w;
	for (size_t n = 0; n < in.len;) {
		w->head[w->head_fill++] = (unsigned char)in.p[n++];
		if (w->message == MESSAGE_OPEN)
			w->pending++;
		if (w->head_fill == 1 ? !first_byte_is_good(w)
		                      : w->head_fill == 2 && !second_byte_is_good(w))
			return refuse(feed, in);
		if (w->head_fill < head_length(w))
			continue;
		uint64_t length = payload_length(w);
		if (!length_is_good(w, length))
			return refuse(feed, in);
		begin_frame(feed, length);
		return n;
	}
	return in.len;
}

static size_t take_payload(struct feed *feed, struct slice in)
{
	struct websocket *w = feed->w;
	in = slice_head(in, w->left < in.len ? (size_t)w->left : in.len);
	w->left -= in.len;
	if (w->message == MESSAGE_OPEN) {
		w->pending += in.len;
		if (is_control(w)) {
			/* passed over */
		} else if (w->compressed) {
			store_compressed(feed, in);
		} else if (w->left == 0 && w->fill == 0 && is_last(w) && !is_masked(w)) {
			deliver(feed, in, true);
		} else {
			store_plain(feed, in);
		}
	}
	if (w->left == 0)
		end_frame(feed);
	return in.len;
}

/* May an HTTP head come, and does this look like one? */
static bool begins_http(const struct websocket *w, char c)
{
	return w->head_fill == 0 && (w->lost || !w->framed) && (c == 'G' || c == 'H');
}

/* Up to the empty line. An end of line may lack its CR: RFC 7230 3.5. */
static size_t take_http(struct feed *feed, struct slice in)
{
	static const char *const starts[] = { "GET ", "HTTP" };
	struct websocket *w = feed->w;
	for (size_t n = 0; n < in.len;) {
		char c = in.p[n++];
		if (w->http == 0)
			w->head[0] = (unsigned char)c;
		if (w->http < 4 && c != starts[w->head[0] == 'H'][w->http])
			return refuse(feed, in);
		if (w->http++ == WEBSOCKET_HTTP_MAX)
			return refuse(feed, in);
		if (c == '\n' && w->blank) {
			w->state = STATE_HEAD;
			w->http = 0;
			w->lost = w->framed = false;
			return n;
		}
		if (c != '\r')
			w->blank = c == '\n';
	}
	return in.len;
}

void websocket_bytes(struct websocket *w, struct mem *mem, struct slice bytes,
                     struct websocket_stats *stats, websocket_sink *sink, void *arg)
{
	struct feed feed = { w, mem, stats, sink, arg };
	while (bytes.len) {
		size_t n;
		if (w->state == STATE_HEAD && begins_http(w, bytes.p[0]))
			w->state = STATE_HTTP;
		if (w->state == STATE_HEAD)
			n = take_head(&feed, bytes);
		else if (w->state == STATE_PAYLOAD)
			n = take_payload(&feed, bytes);
		else
			n = take_http(&feed, bytes);
		bytes = slice_skip(bytes, n);
	}
}

/* --- gaps */

static void give_up(struct feed *feed)
{
	struct websocket *w = feed->w;
	if (w->message == MESSAGE_OPEN)
		drop(feed, &feed->stats->cut_messages);
	inflate_free(w->inflate);
	w->inflate = NULL;
}

void websocket_gap(struct websocket *w, struct mem *mem, uint64_t bytes,
                   struct websocket_stats *stats)
{
	struct feed feed = { w, mem, stats, NULL, NULL };
	if (bytes == 0) {
		give_up(&feed);
	} else if (w->state == STATE_PAYLOAD && bytes <= w->left) {
		if (w->message == MESSAGE_OPEN && !is_control(w))
			drop(&feed, &stats->cut_messages);
		else if (w->message == MESSAGE_OPEN)
			w->pending += bytes;
		w->left -= bytes;
		if (w->left == 0)
			end_frame(&feed);
	} else {
		lose(&feed);
	}
}

size_t websocket_pending(const struct websocket *w)
{
	if (w->message == MESSAGE_OPEN)
		return (size_t)w->pending;
	return w->state == STATE_HEAD && begins_message(w) ? w->head_fill : 0;
}

/* --- detection */

/* Is "websocket" among the protocols of an Upgrade field? RFC 6455 4.2.1, RFC 7230 6.7 */
static bool names_websocket(struct slice value)
{
	while (value.len) {
		size_t comma = slice_index(value, ',');
		if (slice_ieq(slice_trim(slice_head(value, comma)), SLICE("websocket")))
			return true;
		value = slice_skip(value, comma + 1);
	}
	return false;
}

static enum websocket_guess detect_http(struct slice in)
{
	struct slice start = in.p[0] == 'G' ? SLICE("GET ") : SLICE("HTTP/1.1 101");
	size_t n = start.len < in.len ? start.len : in.len;
	bool upgrade = false;
	if (!slice_eq(slice_head(in, n), slice_head(start, n)))
		return WEBSOCKET_NO;
	struct slice rest = in = slice_head(in, WEBSOCKET_HTTP_MAX);
	while (rest.len) {
		size_t lf = slice_index(rest, '\n');
		if (lf == rest.len)
			break;
		struct slice line = slice_head(rest, lf);
		if (slice_trim(line).len == 0)
			return upgrade ? WEBSOCKET_YES : WEBSOCKET_NO;
		size_t colon = slice_index(line, ':');
		if (slice_ieq(slice_head(line, colon), SLICE("Upgrade")))
			upgrade |= names_websocket(slice_skip(line, colon + 1));
		rest = slice_skip(rest, lf + 1);
	}
	return in.len < WEBSOCKET_HTTP_MAX ? WEBSOCKET_MAYBE : WEBSOCKET_NO;
}

/* One call of websocket_detect. */
struct look {
	bool (*is_message)(struct slice text);
	enum websocket_guess guess;
	size_t empty; /* bytes of messages of line ends */
};

/* Without the line ends in front: RFC 5626 4.4.1 keep-alives, here without a meaning. */
static struct slice without_ends(struct slice s)
{
	while (s.len && (s.p[0] == '\r' || s.p[0] == '\n'))
		s = slice_skip(s, 1);
	return s;
}

static void look_at(void *arg, struct slice message, bool direct)
{
	struct look *look = arg;
	struct slice text = without_ends(message);
	(void)direct;
	look->empty += message.len - text.len;
	if (text.len && look->guess == WEBSOCKET_MAYBE)
		look->guess = look->is_message(text) ? WEBSOCKET_YES : WEBSOCKET_NO;
}

/* What makes more of itself than anyone says before a start line ends is nothing of ours:
 * a look at it costs much, and it would be looked at with each byte that comes. */
static bool is_too_much(const struct websocket *w, const struct websocket_stats *stats,
                        const struct look *look)
{
	return stats->refused || look->empty + w->fill > WEBSOCKET_LOOK;
}

/* Is what was read so far no frame? */
static bool is_no_frame(const struct websocket *w)
{
	return w->lost && w->head_fill == 0;
}

/* May `text` go on so that it becomes a message? */
static bool may_become(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.p[i] < ' ' && text.p[i] != '\t' &&
		    !(text.p[i] == '\r' && i + 1 == text.len))
			return false;
	return true;
}

enum websocket_guess websocket_detect(struct slice start,
                                      bool (*is_message)(struct slice text))
{
	if (start.len == 0)
		return WEBSOCKET_MAYBE;
	if (start.p[0] == 'G' || start.p[0] == 'H')
		return detect_http(start);
	struct websocket w = { .lost = true };
	struct websocket_stats stats = { 0 };
	struct look look = { .is_message = is_message, .guess = WEBSOCKET_MAYBE };
	struct mem mem;
	mem_init(&mem, DETECT_BUDGET);
	struct slice rest = slice_head(start, WEBSOCKET_LOOK);
	do {
		websocket_bytes(&w, &mem, slice_head(rest, DETECT_STEP), &stats, look_at,
		                &look);
		rest = slice_skip(rest, DETECT_STEP);
	} while (rest.len && look.guess == WEBSOCKET_MAYBE && !is_no_frame(&w) &&
	         !is_too_much(&w, &stats, &look));
	struct slice text = without_ends((struct slice){ w.buffer, w.fill });
	if (look.guess == WEBSOCKET_MAYBE) {
		if (text.len && is_message(text))
			look.guess = WEBSOCKET_YES;
		else if (is_no_frame(&w) || is_too_much(&w, &stats, &look))
			look.guess = WEBSOCKET_NO;
		else if (start.len >= WEBSOCKET_LOOK)
			look.guess = WEBSOCKET_NO;
		else if (!may_become(text))
			look.guess = WEBSOCKET_NO;
	}
	websocket_clear(&w, &mem);
	return look.guess;
}
