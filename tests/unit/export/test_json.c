/* SPDX-License-Identifier: MIT */
/* From frames to lines: what the records hold is worked out by hand from the packets. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json_object.h>
#include <json-c/json_tokener.h>

#include "export/json.h"
#include "support/frames.h"

#define START     (UINT64_C(1795176000) * TICK_S) /* 2026-11-20T12:00:00Z */
#define LINES_MAX 64
#define STORE_MAX 65536

#define ALICE "192.0.2.1"
#define BOB   "192.0.2.2"

/* Bytes of messages, as main keeps them in its spool. */
struct store {
	char   bytes[STORE_MAX];
	size_t len;
};

static enum err store_put(void *arg, struct slice bytes, uint64_t *ref)
{
	struct store *store = arg;
	if (bytes.len > STORE_MAX - store->len)
		return ERR_IO;
	memcpy(store->bytes + store->len, bytes.p, bytes.len);
	*ref = store->len;
	store->len += bytes.len;
	return OK;
}

static enum err store_get(void *arg, bool spooled, uint16_t input, uint64_t ref,
                          char *buf, size_t len)
{
	const struct store *store = arg;
	(void)input;
	if (!spooled || ref > store->len || len > store->len - ref)
		return ERR_IO;
	memcpy(buf, store->bytes + ref, len);
	return OK;
}

struct fixture {
	char                path[32];
	struct out         *out;
	struct json_export *json;
	struct engine      *engine;
	struct store        store;
	struct json_cfg     cfg;
	struct select       select;
	uint64_t            frames;
	char               *text; /* the output, lines ended by NUL */
	char               *lines[LINES_MAX];
	unsigned            count;
	char                why[OUT_WHY_MAX];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	memcpy(f->path, "json-XXXXXX", sizeof("json-XXXXXX"));
	int fd = mkstemp(f->path);
	assert_true(fd >= 0);
	close(fd);
	f->cfg = (struct json_cfg){ .records = JSON_RECORDS_ALL, .inputs = 1,
		                    .select = &f->select, .temp_dir = "." };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	json_export_free(f->json);
	engine_free(f->engine);
	if (f->out)
		assert_int_equal(out_close(f->out, false, f->why), OK);
	unlink(f->path);
	free(f->text);
	free(f);
	return 0;
}

/* The configuration is set: begin. */
static void start(struct fixture *f)
{
	assert_int_equal(out_open(&f->out, f->path, f->why), OK);
	f->cfg.out = f->out;
	assert_int_equal(json_export_new(&f->json, &f->cfg), OK);
	struct engine_cfg cfg = { .seed = 1,
		                  .watch = json_export_message,
		                  .arg = f->json };
	cfg.store = (struct engine_store){ .put = store_put,
		                           .get = store_get,
		                           .arg = &f->store };
	assert_int_equal(engine_new(&f->engine, &cfg), OK);
}

/* One packet, `us` after START; every packet has an IP identification of its own. */
static void packet(struct fixture *f, uint64_t us, const char *src, const char *dst,
                   const char *text)
{
	struct frames frames;
	frames_udp_packet(&frames, src, 5060, dst, 5060, text);
	if (!strchr(src, ':'))
		frames_put16(&frames, 14 + 4, (uint16_t)(f->frames + 1));
	struct frame frame = frames_frame(&frames, 1);
	frame.number = ++f->frames;
	frame.at = START + us * TICK_US + 999;
	frame.offset = FRAME_NO_OFFSET;
	engine_frame(f->engine, &frame);
}

static enum err end(struct fixture *f)
{
	const struct export_totals totals = { .inputs = 1 };
	engine_finish(f->engine);
	return json_export_finish(f->json, f->engine, &totals, f->why);
}

/* Everything that was written, as lines. */
static void read_lines(struct fixture *f)
{
	assert_int_equal(out_close(f->out, true, f->why), OK);
	f->out = NULL;
	FILE *file = fopen(f->path, "rb");
	assert_non_null(file);
	size_t room = 1 << 20;
	f->text = malloc(room);
	assert_non_null(f->text);
	size_t len = fread(f->text, 1, room, file);
	fclose(file);
	for (size_t at = 0; at < len;) {
		char *end_of_line = memchr(f->text + at, '\n', len - at);
		assert_non_null(end_of_line);
		assert_true(f->count < LINES_MAX);
		f->lines[f->count++] = f->text + at;
		*end_of_line = '\0';
		at = (size_t)(end_of_line - f->text) + 1;
	}
}

static void finish(struct fixture *f)
{
	assert_int_equal(end(f), OK);
	read_lines(f);
}

/* The nth (from 1) line of a record. */
static const char *line_of(const struct fixture *f, const char *record, unsigned n)
{
	char head[64];
	snprintf(head, sizeof(head), "{\"v\":1,\"record\":\"%s\",", record);
	for (unsigned i = 0; i < f->count; i++)
		if (strncmp(f->lines[i], head, strlen(head)) == 0 && --n == 0)
			return f->lines[i];
	return NULL;
}

static unsigned count_of(const struct fixture *f, const char *record)
{
	unsigned n = 0;
	while (line_of(f, record, n + 1))
		n++;
	return n;
}

static void assert_line(const struct fixture *f, const char *record, unsigned n,
                        const char *expected)
{
	const char *line = line_of(f, record, n);
	assert_non_null(line);
	assert_string_equal(line, expected);
}

/* ---- the packets */

#define INVITE                                                                          \
	"INVITE sip:bob@example.com SIP/2.0\r\n"                                        \
	"Via: SIP/2.0/UDP Host.example.com:5070;branch=z9hG4bK1;rport\r\n"              \
	"Max-Forwards: 70\r\n"                                                          \
	"From: \"Al \\\"x\\\" <b>\" <sip:alice@example.com>;tag=a1\r\n"                 \
	"To: <sip:bob@example.com>\r\n"                                                 \
	"Call-ID: c1\r\n"                                                               \
	"CSeq: 7 INVITE\r\n"                                                            \
	"Contact: <sip:alice@192.0.2.1>\r\n"                                            \
	"User-Agent: one\r\n two\r\n"                                                   \
	"Content-Type: text/plain\r\n"                                                  \
	"Content-Length: 4\r\n"                                                         \
	"\r\n"                                                                          \
	"hi\xff\n"

#define ANSWER(status, more)                                                            \
	"SIP/2.0 " status "\r\n"                                                        \
	"Via: SIP/2.0/UDP Host.example.com:5070;branch=z9hG4bK1"                        \
	";received=192.0.2.1;rport=5060\r\n"                                            \
	"Record-Route: <sip:p2.example.com;lr>, <sip:p1.example.com;lr>\r\n"            \
	"From: <sip:alice@example.com>;tag=a1\r\n"                                      \
	"To: <sip:bob@example.com>;tag=b1\r\n"                                          \
	"Call-ID: c1\r\n"                                                               \
	"CSeq: 7 INVITE\r\n"                                                            \
	"Contact: <sip:bob@192.0.2.2>\r\n" more                                         \
	"Content-Length: 0\r\n"                                                         \
	"\r\n"

#define REQUEST(method, from, to, branch, cseq, call_id, more)                          \
	REQUEST_TO("sip:x@example.com", method, from, to, branch, cseq, call_id, more)

#define REQUEST_TO(uri, method, from, to, branch, cseq, call_id, more)                  \
	method " " uri " SIP/2.0\r\n"                                                   \
	"Via: SIP/2.0/UDP h.example.com;branch=z9hG4bK" branch "\r\n"                   \
	"Max-Forwards: 70\r\n"                                                          \
	"From: " from "\r\n"                                                            \
	"To: " to "\r\n"                                                                \
	"Call-ID: " call_id "\r\n"                                                      \
	"CSeq: " cseq " " method "\r\n" more                                            \
	"Content-Length: 0\r\n"                                                         \
	"\r\n"

#define REPLY(status, method, from, to, branch, cseq, call_id, more)                    \
	"SIP/2.0 " status "\r\n"                                                        \
	"Via: SIP/2.0/UDP h.example.com;branch=z9hG4bK" branch "\r\n"                   \
	"From: " from "\r\n"                                                            \
	"To: " to "\r\n"                                                                \
	"Call-ID: " call_id "\r\n"                                                      \
	"CSeq: " cseq " " method "\r\n" more                                            \
	"Content-Length: 0\r\n"                                                         \
	"\r\n"

#define ALICE_1 "<sip:alice@example.com>;tag=a1"
#define BOB_1   "<sip:bob@example.com>;tag=b1"

/* INVITE, again after T1, 180, 200, ACK; BYE by the callee. */
static void call_packets(struct fixture *f)
{
	packet(f, 0, ALICE, BOB, INVITE);
	packet(f, 500000, ALICE, BOB, INVITE);
	packet(f, 600123, BOB, ALICE, ANSWER("180 Ringing", ""));
	packet(f, 1000000, BOB, ALICE, ANSWER("200 Fine", "Server: s\r\n"));
	packet(f, 1100000, ALICE, BOB,
	       REQUEST_TO("sip:bob@192.0.2.2", "ACK", ALICE_1, BOB_1, "2", "7", "c1",
	                  "Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>\r\n"));
	packet(f, 3600000, BOB, ALICE,
	       REQUEST_TO("sip:alice@192.0.2.1", "BYE", BOB_1, ALICE_1, "3", "1", "c1",
	                  ""));
	packet(f, 3700000, ALICE, BOB,
	       REPLY("200 OK", "BYE", BOB_1, ALICE_1, "3", "1", "c1", ""));
}

static void test_messages(void **state)
{
	struct fixture *f = *state;
	start(f);
	call_packets(f);
	finish(f);
	assert_int_equal(count_of(f, "message"), 7);
	assert_line(f, "message", 2,
	            "{\"v\":1,\"record\":\"message\",\"id\":2,\"frame\":2,"
	            "\"time\":\"2026-11-20T12:00:00.500000Z\",\"transport\":\"udp\","
	            "\"src\":{\"ip\":\"192.0.2.1\",\"port\":5060},"
	            "\"dst\":{\"ip\":\"192.0.2.2\",\"port\":5060},"
	            "\"method\":\"INVITE\",\"uri\":\"sip:bob@example.com\","
	            "\"call_id\":\"c1\",\"cseq\":{\"number\":7,\"method\":\"INVITE\"},"
	            "\"from\":{\"uri\":\"sip:alice@example.com\","
	            "\"display\":\"Al \\\"x\\\" \\u003cb\\u003e\",\"tag\":\"a1\"},"
	            "\"to\":{\"uri\":\"sip:bob@example.com\"},"
	            "\"via\":[{\"transport\":\"UDP\",\"host\":\"Host.example.com\","
	            "\"port\":5070,\"branch\":\"z9hG4bK1\"}],"
	            "\"contact\":[\"sip:alice@192.0.2.1\"],\"max_forwards\":70,"
	            "\"user_agent\":\"one two\",\"content_type\":\"text/plain\","
	            "\"content_length\":4,\"body_length\":4,\"call\":1,\"transaction\":1,"
	            "\"repeat\":\"retransmission\",\"of\":1}");
	assert_line(f, "message", 4,
	            "{\"v\":1,\"record\":\"message\",\"id\":4,\"frame\":4,"
	            "\"time\":\"2026-11-20T12:00:01.000000Z\",\"transport\":\"udp\","
	            "\"src\":{\"ip\":\"192.0.2.2\",\"port\":5060},"
	            "\"dst\":{\"ip\":\"192.0.2.1\",\"port\":5060},"
	            "\"status\":200,\"reason\":\"Fine\","
	            "\"call_id\":\"c1\",\"cseq\":{\"number\":7,\"method\":\"INVITE\"},"
	            "\"from\":{\"uri\":\"sip:alice@example.com\",\"tag\":\"a1\"},"
	            "\"to\":{\"uri\":\"sip:bob@example.com\",\"tag\":\"b1\"},"
	            "\"via\":[{\"transport\":\"UDP\",\"host\":\"Host.example.com\","
	            "\"port\":5070,\"branch\":\"z9hG4bK1\",\"received\":\"192.0.2.1\","
	            "\"rport\":5060}],\"contact\":[\"sip:bob@192.0.2.2\"],"
	            "\"user_agent\":\"s\",\"content_length\":0,\"body_length\":0,"
	            "\"call\":1,\"transaction\":1,\"dialog\":1}");
}

static void test_tracked_records(void **state)
{
	struct fixture *f = *state;
	f->cfg.records &= ~(unsigned)JSON_MESSAGE;
	start(f);
	call_packets(f);
	finish(f);
	assert_int_equal(count_of(f, "message"), 0);
	assert_line(f, "transaction", 1,
	            "{\"v\":1,\"record\":\"transaction\",\"id\":1,\"call\":1,"
	            "\"call_id\":\"c1\",\"cseq\":7,\"dialog\":1,\"method\":\"INVITE\","
	            "\"kind\":\"invite\",\"branch\":\"z9hG4bK1\","
	            "\"sent_by\":\"host.example.com:5070\",\"transport\":\"udp\","
	            "\"client\":{\"ip\":\"192.0.2.1\",\"port\":5060},"
	            "\"server\":{\"ip\":\"192.0.2.2\",\"port\":5060},"
	            "\"state\":\"accepted\",\"outcome\":\"success\",\"status\":200,"
	            "\"reason\":\"Fine\",\"provisionals\":[180],\"messages\":5,"
	            "\"retransmissions\":{\"request\":1,\"response\":0,\"ack\":0},"
	            "\"duplicates\":0,\"acks\":1,"
	            "\"timers\":{\"of\":\"request\",\"t1_ms\":500},"
	            "\"started\":\"2026-11-20T12:00:00.000000Z\","
	            "\"finished\":\"2026-11-20T12:00:01.000000Z\","
	            "\"first_response_ms\":600.123,\"final_response_ms\":1000}");
	assert_line(
		f, "dialog", 1,
		"{\"v\":1,\"record\":\"dialog\",\"id\":1,\"call\":1,\"call_id\":\"c1\","
		"\"caller_tag\":\"a1\",\"callee_tag\":\"b1\",\"created_by\":\"INVITE\","
		"\"state\":\"terminated\","
		"\"usages\":[{\"usage\":\"invite\",\"ended\":true}],\"end\":\"bye\","
		"\"started\":\"2026-11-20T12:00:00.600123Z\","
		"\"confirmed\":\"2026-11-20T12:00:01.000000Z\","
		"\"ended\":\"2026-11-20T12:00:03.600000Z\","
		"\"caller\":{\"uri\":\"sip:alice@example.com\","
		"\"target\":\"sip:alice@192.0.2.1\"},"
		"\"callee\":{\"uri\":\"sip:bob@example.com\","
		"\"target\":\"sip:bob@192.0.2.2\"},"
		"\"route_set\":[\"sip:p1.example.com;lr\",\"sip:p2.example.com;lr\"],"
		"\"messages\":5}");
	assert_line(
		f, "call", 1,
		"{\"v\":1,\"record\":\"call\",\"id\":1,\"call_id\":\"c1\","
		"\"kind\":\"invite\",\"from\":{\"uri\":\"sip:alice@example.com\","
		"\"display\":\"Al \\\"x\\\" \\u003cb\\u003e\",\"tag\":\"a1\"},"
		"\"to\":{\"uri\":\"sip:bob@example.com\"},"
		"\"request_uri\":\"sip:bob@example.com\","
		"\"source\":{\"ip\":\"192.0.2.1\",\"port\":5060},"
		"\"destination\":{\"ip\":\"192.0.2.2\",\"port\":5060},"
		"\"state\":\"completed\",\"started\":\"2026-11-20T12:00:00.000000Z\","
		"\"ringing\":\"2026-11-20T12:00:00.600123Z\","
		"\"answered\":\"2026-11-20T12:00:01.000000Z\","
		"\"ended\":\"2026-11-20T12:00:03.600000Z\","
		"\"pdd_ms\":600.123,\"setup_ms\":1000,\"talk_ms\":2600,"
		"\"final_status\":200,\"final_reason\":\"Fine\",\"ended_by\":\"callee\","
		"\"messages\":7,\"transactions\":2,\"dialogs\":1,\"retransmissions\":1,"
		"\"duplicates\":0,\"start_seen\":true,\"end_seen\":true,"
		"\"why\":\"Ended by the callee 2.60 s after the answer.\","
		"\"findings\":[\"request-retransmitted\"]}");
}

static void test_summary(void **state)
{
	struct fixture *f = *state;
	start(f);
	call_packets(f);
	packet(f, 4000000, ALICE, BOB, "not SIP");
	finish(f);
	struct json_object *sum = json_tokener_parse(f->lines[f->count - 1]);
	assert_non_null(sum);
	json_object_object_del(sum, "bytes"); /* of the frames */
	assert_string_equal(
		json_object_to_json_string_ext(sum, JSON_C_TO_STRING_PLAIN),
		"{\"v\":1,\"record\":\"summary\",\"inputs\":1,\"packets\":8,"
		"\"first\":\"2026-11-20T12:00:00.000000Z\","
		"\"last\":\"2026-11-20T12:00:04.000000Z\",\"messages\":7,"
		"\"requests\":{\"INVITE\":2,\"ACK\":1,\"BYE\":1},"
		"\"responses\":{\"1xx\":1,\"2xx\":2},"
		"\"transactions\":{\"success\":2},\"dialogs\":{\"terminated\":1},"
		"\"calls\":{\"invite\":1},\"call_states\":{\"completed\":1},"
		"\"retransmissions\":1,\"duplicates\":0,\"findings\":{\"warning\":1},\"lost\":{}}");
	json_object_put(sum);
}

static void test_with(void **state)
{
	struct fixture *f = *state;
	f->cfg.records = JSON_MESSAGE;
	f->cfg.with = JSON_WITH_HEADERS | JSON_WITH_BODY | JSON_WITH_RAW;
	f->cfg.inputs = 2;
	start(f);
	call_packets(f);
	finish(f);
	const char *line = line_of(f, "message", 1);
	assert_non_null(line);
	assert_non_null(strstr(line, "\"frame\":1,\"input\":0,"));
	assert_non_null(strstr(line, "[\"User-Agent\",\"one two\"]"));
	assert_non_null(strstr(
		line, "\"body\":\"hi\xef\xbf\xbd\\n\",\"body_b64\":\"aGn/Cg==\","));
	assert_non_null(
		strstr(line, "\"raw\":\"INVITE sip:bob@example.com SIP/2.0\\r\\n"));
	assert_non_null(strstr(line, ",\"raw_b64\":\"SU5WSVRF")); /* INVITE */
	line = line_of(f, "message", 3);
	assert_non_null(line);
	assert_null(strstr(line, "\"body\":"));
	assert_null(strstr(line, "_b64"));
	assert_int_equal(count_of(f, "summary"), 0);
}

static void test_malformed(void **state)
{
	struct fixture *f = *state;
	start(f);
	packet(f, 0, "2001:db8::1", "2001:db8::2",
	       "SIP/2.0 200\r\n"
	       "Via: rubbish, SIP/2.0/UDP h:70000\r\n"
	       "From: \"\" <sip:a@x>\r\n"
	       "CSeq: one\r\n"
	       "Contact: *\r\n"
	       "\r\n");
	finish(f);
	const char *line = line_of(f, "message", 1);
	assert_non_null(line);
	assert_non_null(strstr(line, "\"src\":{\"ip\":\"2001:db8::1\",\"port\":5060}"));
	assert_non_null(strstr(line,
	                       "\"status\":200,\"from\":{\"uri\":\"sip:a@x\"},"
	                       "\"via\":[{},{\"transport\":\"UDP\",\"host\":\"h\"}],"
	                       "\"contact\":[\"*\"],\"body_length\":0,"));
	assert_null(strstr(line, "\"call\":"));
	assert_non_null(strstr(line, "\"bad-via\",\"bad-cseq\""));
	assert_non_null(
		strstr(f->lines[f->count - 1], "\"lost\":{\"malformed_messages\":1}"));
}

#define REGISTER_AS "<sip:carol@example.com>;tag=r"
#define REGISTER_TO "<sip:carol@example.com>"

static void register_packets(struct fixture *f)
{
	packet(f, 5000000, ALICE, BOB,
	       REQUEST("REGISTER", REGISTER_AS, REGISTER_TO, "r1", "1", "c2",
	               "Contact: <sip:carol@192.0.2.1>\r\nExpires: 600\r\n"));
	packet(f, 5100000, BOB, ALICE,
	       REPLY("401 Who", "REGISTER", REGISTER_AS, REGISTER_TO ";tag=x", "r1", "1",
	             "c2", ""));
	packet(f, 5200000, ALICE, BOB,
	       REQUEST("REGISTER", REGISTER_AS, REGISTER_TO, "r2", "2", "c2",
	               "Contact: <sip:carol@192.0.2.1>\r\nExpires: 600\r\n"));
	packet(f, 5300000, BOB, ALICE,
	       REPLY("200 OK", "REGISTER", REGISTER_AS, REGISTER_TO ";tag=x", "r2", "2",
	             "c2", "Contact: <sip:carol@192.0.2.1>;expires=300\r\n"));
}

static void test_registration(void **state)
{
	struct fixture *f = *state;
	f->cfg.records = JSON_REGISTRATION;
	start(f);
	register_packets(f);
	finish(f);
	assert_int_equal(f->count, 1);
	assert_line(f, "registration", 1,
	            "{\"v\":1,\"record\":\"registration\",\"id\":1,\"call\":1,"
	            "\"aor\":\"sip:carol@example.com\","
	            "\"contact\":\"sip:carol@192.0.2.1\","
	            "\"registrar\":{\"ip\":\"192.0.2.2\",\"port\":5060},"
	            "\"state\":\"registered\",\"challenged\":true,\"asked\":600,"
	            "\"expires\":300,"
	            "\"registered\":\"2026-11-20T12:00:05.300000Z\",\"refreshes\":0,"
	            "\"final_status\":200}");
}

/* The capture goes on past the granted 300 s. */
static void test_registration_expired(void **state)
{
	struct fixture *f = *state;
	f->cfg.records = JSON_REGISTRATION;
	start(f);
	register_packets(f);
	packet(f, 305300000, ALICE, BOB,
	       REQUEST("MESSAGE", ALICE_1, BOB_1, "m", "1", "c3", ""));
	finish(f);
	const char *line = line_of(f, "registration", 1);
	assert_non_null(line);
	assert_non_null(strstr(line, "\"state\":\"expired\""));
	assert_non_null(strstr(line, "\"expires\":300,"));
	assert_non_null(strstr(line, "\"ended\":\"2026-11-20T12:05:05.300000Z\""));
}

/* Asked for, granted, and ended by its notifier, who wants to be asked again in 9 s. */
static void test_subscription(void **state)
{
	struct fixture *f = *state;
	f->cfg.records = JSON_SUBSCRIPTION;
	start(f);
	packet(f, 7000000, ALICE, BOB,
	       REQUEST("SUBSCRIBE", ALICE_1, "<sip:bob@example.com>", "s1", "1",
	               "c4", "Event: dialog;id=x\r\nExpires: 60\r\n"));
	packet(f, 7100000, BOB, ALICE,
	       REPLY("200 OK", "SUBSCRIBE", ALICE_1, BOB_1, "s1", "1", "c4",
	             "Expires: 50\r\n"));
	packet(f, 7200000, BOB, ALICE,
	       REQUEST("NOTIFY", BOB_1, ALICE_1, "n1", "1", "c4",
	               "Event: dialog;id=x\r\nSubscription-State: terminated;"
	               "reason=giveup;retry-after=9\r\n"));
	packet(f, 7300000, ALICE, BOB,
	       REQUEST("SUBSCRIBE", ALICE_1, "<sip:bob@example.com>", "s2", "2",
	               "c5", ""));
	finish(f);
	assert_int_equal(f->count, 2);
	assert_line(f, "subscription", 1,
	            "{\"v\":1,\"record\":\"subscription\",\"id\":1,\"call\":1,"
	            "\"dialog\":1,\"event\":\"dialog\",\"event_id\":\"x\","
	            "\"subscriber\":\"sip:alice@example.com\","
	            "\"notifier\":\"sip:bob@example.com\","
	            "\"state\":\"terminated\",\"reason\":\"giveup\","
	            "\"retry_after\":9,\"expires\":50,\"notifies\":1,"
	            "\"started\":\"2026-11-20T12:00:07.000000Z\","
	            "\"ended\":\"2026-11-20T12:00:07.200000Z\"}");
	assert_line(f, "subscription", 2,
	            "{\"v\":1,\"record\":\"subscription\",\"id\":2,\"call\":2,"
	            "\"subscriber\":\"sip:alice@example.com\","
	            "\"notifier\":\"sip:bob@example.com\","
	            "\"state\":\"pending\",\"notifies\":0,"
	            "\"started\":\"2026-11-20T12:00:07.300000Z\"}");
}

/* A MESSAGE makes no INVITE call; the INFO after it does, and both are shown then. */
static void late_packets(struct fixture *f)
{
	packet(f, 6000000, ALICE, BOB,
	       REQUEST("MESSAGE", ALICE_1, BOB_1, "m", "1", "c3", ""));
	packet(f, 6100000, ALICE, BOB,
	       REQUEST("INFO", ALICE_1, BOB_1, "n", "2", "c3", ""));
}

static void test_select_call_id(void **state)
{
	struct fixture *f = *state;
	const struct slice ids[] = { SLICE("nobody"), SLICE("c2") };
	f->select = (struct select){ .call_ids = ids, .ncall_ids = 2 };
	start(f);
	call_packets(f);
	register_packets(f);
	finish(f);
	assert_int_equal(count_of(f, "message"), 4);
	assert_int_equal(count_of(f, "transaction"), 2);
	assert_int_equal(count_of(f, "dialog"), 0);
	assert_int_equal(count_of(f, "call"), 1);
	assert_int_equal(count_of(f, "registration"), 1);
	/* the summary tells of everything */
	assert_non_null(strstr(f->lines[f->count - 1], "\"messages\":11,"));
}

static void test_select_invite_only(void **state)
{
	struct fixture *f = *state;
	f->select = (struct select){ .invite_only = true };
	start(f);
	call_packets(f);
	register_packets(f);
	late_packets(f);
	finish(f);
	assert_int_equal(count_of(f, "message"), 9);
	assert_non_null(strstr(f->lines[7], "\"method\":\"MESSAGE\""));
	assert_non_null(strstr(f->lines[8], "\"method\":\"INFO\""));
	assert_int_equal(count_of(f, "call"), 2);
	assert_int_equal(count_of(f, "registration"), 0);
	assert_int_equal(count_of(f, "summary"), 1);
}

static void test_no_temporary_file(void **state)
{
	struct fixture *f = *state;
	f->select = (struct select){ .invite_only = true };
	f->cfg.temp_dir = "no-such-folder";
	start(f);
	call_packets(f);
	assert_int_equal(end(f), ERR_IO);
	assert_string_equal(
		f->why, "temporary file in no-such-folder: No such file or directory");
}

/* Bytes that cannot be read back leave out what only they say. */
static void test_bytes_gone(void **state)
{
	struct fixture *f = *state;
	start(f);
	call_packets(f);
	f->store.len = 0;
	finish(f);
	const char *call = line_of(f, "call", 1);
	assert_non_null(call);
	assert_null(strstr(call, "\"from\":"));
	assert_null(strstr(call, "final_reason"));
	assert_non_null(strstr(call, "\"final_status\":200"));
	assert_non_null(strstr(line_of(f, "dialog", 1), "\"caller\":{},\"callee\":{}"));
}

static void test_nothing(void **state)
{
	struct fixture *f = *state;
	start(f);
	finish(f);
	assert_int_equal(f->count, 1);
	assert_string_equal(f->lines[0],
	                    "{\"v\":1,\"record\":\"summary\",\"inputs\":1,\"packets\":0,"
	                    "\"bytes\":0,\"messages\":0,\"requests\":{},\"responses\":{},"
	                    "\"transactions\":{},\"dialogs\":{},\"calls\":{},"
	                    "\"call_states\":{},\"retransmissions\":0,\"duplicates\":0,"
	                    "\"findings\":{},\"lost\":{}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tracked_records, setup, teardown),
		cmocka_unit_test_setup_teardown(test_summary, setup, teardown),
		cmocka_unit_test_setup_teardown(test_with, setup, teardown),
		cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_registration, setup, teardown),
		cmocka_unit_test_setup_teardown(test_registration_expired, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_subscription, setup, teardown),
		cmocka_unit_test_setup_teardown(test_select_call_id, setup, teardown),
		cmocka_unit_test_setup_teardown(test_select_invite_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_temporary_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bytes_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
	};
	return cmocka_run_group_tests_name("export/json", tests, NULL, NULL);
}
