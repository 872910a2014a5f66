/* SPDX-License-Identifier: MIT */
/* Any bytes as a filter expression, evaluated over the calls of a small engine.
 *
 * The first byte says what it is: an expression, or a regular expression of --match. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "view/expression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char store[4096];
static size_t kept;

static enum err put(void *arg, struct slice bytes, uint64_t *ref)
{
	(void)arg;
	if (bytes.len > sizeof(store) - kept)
		return ERR_IO;
	memcpy(store + kept, bytes.p, bytes.len);
	*ref = kept;
	kept += bytes.len;
	return OK;
}

static enum err get(void *arg, bool spooled, uint16_t input, uint64_t ref, char *buf,
                    size_t len)
{
	(void)arg, (void)spooled, (void)input;
	memcpy(buf, store + ref, len);
	return OK;
}

/* A datagram from 192.0.2.1 to 192.0.2.2, as raw IP. */
static void say(struct engine *e, uint64_t number, const char *text)
{
	char bytes[1024] = {
		0x45,      0, 0, 0, 0,         0, 0, 0, 64,   17,         0,    0,
		(char)192, 0, 2, 1, (char)192, 0, 2, 2, 0x13, (char)0xc4, 0x13, (char)0xc4
	};
	size_t len = strlen(text), total = 28 + len;
	bytes[2] = (char)(total >> 8);
	bytes[3] = (char)total;
	bytes[5] = (char)number;
	bytes[24] = (char)((8 + len) >> 8);
	bytes[25] = (char)(8 + len);
	memcpy(bytes + 28, text, len);
	struct frame frame = { .bytes = { bytes, total },
		               .wire_len = (uint32_t)total,
		               .link = 101,
		               .number = number,
		               .offset = FRAME_NO_OFFSET,
		               .at = number * TICK_S };
	engine_frame(e, &frame);
}

#define FIELDS                                                                           \
	"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: \"A\" <sip:a@a.example>"    \
	";tag=1\r\nTo: <sip:b@b.example>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"            \
	"Contact: <sip:a@192.0.2.1>\r\nX-Account: 77\r\n\r\n"

static struct engine *two_messages(void)
{
	struct engine_cfg cfg = { .seed = 1, .store = { .put = put, .get = get } };
	struct engine *e;
	if (engine_new(&e, &cfg) != OK)
		abort();
	say(e, 1, "INVITE sip:b@b.example SIP/2.0\r\n" FIELDS);
	say(e, 2, "SIP/2.0 503 Busy\r\n" FIELDS);
	engine_finish(e);
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct engine *e;
	struct expression *x;
	struct expression_error error = { 0 };
	struct mem mem;
	if (!e)
		e = two_messages();
	if (tracker_calls(engine_tracker(e)) != 1)
		abort();
	mem_init(&mem, 1U << 22);
	struct slice text = { (const char *)data, size };
	bool match = size && data[0] < 4;
	enum err err = match ? expression_new_match(&x, &mem, slice_skip(text, 1),
	                                            data[0] & 1, data[0] & 2, &error)
	                     : expression_new(&x, &mem, text, &error);
	if (err == OK) {
		bool holds = expression_call(x, e, 1);
		if (holds != expression_call(x, e, 1))
			abort();
		expression_free(x);
	} else if (err == ERR_FORMAT && (error.column == 0 || !*error.why)) {
		abort();
	}
	if (mem.used)
		abort();
	return 0;
}
