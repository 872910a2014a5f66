/* SPDX-License-Identifier: MIT */
/* Bounds and lack of memory where the way of messages is judged; what is right and wrong
 * is in tests/findings/routing.txt. */
#include "config.h"

#include "find/find.h"

#include <stdio.h>
#include <string.h>

#include "../track/world.h"

#define TEXT_ROOM 16384

/* A tracker that is told text, and the findings of it. Host N is 10.0.0.N:5060. */
struct room {
	struct world world;
	struct find find;
	uint64_t ns; /* a message each 10 ms */
	bool cut;    /* the bytes of the next messages end within the header fields */
};

static void room_init(struct room *r)
{
	memset(r, 0, sizeof(*r));
	world_init(&r->world);
	find_init(&r->find, &r->world.mem, r->world.tracker);
}

static void room_clear(struct room *r)
{
	find_clear(&r->find);
	r->world.mem.fail_at = 0;
	world_clear(&r->world);
}

static struct track_endpoint host(unsigned number)
{
	return (struct track_endpoint){ 4, { 10, 0, 0, (uint8_t)number }, 5060 };
}

/* What is marked of the way of messages: these here lack what other rules ask for. */
static uint32_t marked(const struct room *r)
{
	uint32_t n = 0;
	for (uint32_t i = 1; i <= r->find.marks.used; i++) {
		const struct finding *f = pool_at(&r->find.marks, i);
		n += f->code >= FIND_ROUTE_SET_IGNORED &&
		     f->code <= FIND_CANCEL_OTHER_URI;
	}
	return n;
}

/* One message; OK or why it was not tracked. */
static enum err say(struct room *r, unsigned from, unsigned to, const char *text)
{
	struct sip_msg msg;
	struct track_result is;
	size_t len = strlen(text);
	assert_int_equal(sip_msg_parse(&msg,
	                               (struct slice){ text, r->cut ? len - 2 : len },
	                               false),
	                 OK);
	r->ns += 10 * TICK_MS;
	struct track_input in = { .msg = &msg,
		                  .src = host(from),
		                  .dst = host(to),
		                  .at = WORLD_NOON + r->ns,
		                  .frame = 1 };
	r->world.now = in.at;
	enum err e = tracker_message(r->world.tracker, in.at, &in, &is);
	if (e == OK && is.call)
		find_observe(&r->find, &msg, &is);
	return e;
}

/* A message of one call from 1 to 2: start line, tag of the called side, CSeq, more. */
static enum err say_call(struct room *r, bool back, const char *start, const char *tag,
                         const char *cseq, const char *more)
{
	static char text[TEXT_ROOM];
	int n = snprintf(text, sizeof(text),
	                 "%s\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK%s\r\n"
	                 "From: <sip:a@x>;tag=a\r\nTo: <sip:b@x>%s%s\r\n"
	                 "Call-ID: c\r\nCSeq: %s\r\n%s\r\n",
	                 start, cseq, *tag ? ";tag=" : "", tag, cseq, more);
	assert_in_range(n, 1, sizeof(text) - 1);
	return say(r, back ? 2 : 1, back ? 1 : 2, text);
}

/* What is found of this code. */
static unsigned count(struct room *r, enum find_code code)
{
	unsigned n = 0;
	find_run(&r->find, r->world.now);
	for (uint32_t i = 1; i <= find_count(&r->find); i++)
		n += find_at(&r->find, i)->code == code;
	return n;
}

/* INVITE, 200 with this Record-Route, ACK without Route. */
static void answered_call(struct room *r, const char *recorded)
{
	static char more[TEXT_ROOM];
	say_call(r, false, "INVITE sip:b@x SIP/2.0", "", "1 INVITE",
	         "Contact: <sip:a@10.0.0.1>\r\n");
	snprintf(more, sizeof(more), "Contact: <sip:b@10.0.0.2>\r\n%s", recorded);
	say_call(r, true, "SIP/2.0 200 OK", "b", "1 INVITE", more);
	say_call(r, false, "ACK sip:b@10.0.0.2 SIP/2.0", "b", "1 ACK", "");
}

static void test_ignored_and_not(void **unused)
{
	(void)unused;
	struct room r;
	room_init(&r);
	answered_call(&r, "Record-Route: <sip:p.example.org;lr>\r\n");
	assert_int_equal(count(&r, FIND_ROUTE_SET_IGNORED), 1);
	/* said once */
	say_call(&r, false, "BYE sip:b@10.0.0.2 SIP/2.0", "b", "2 BYE", "");
	assert_int_equal(count(&r, FIND_ROUTE_SET_IGNORED), 1);
	room_clear(&r);
	room_init(&r);
	answered_call(&r, "");
	assert_int_equal(count(&r, FIND_ROUTE_SET_IGNORED), 0);
	assert_int_equal(marked(&r), 0);
	room_clear(&r);
}

/* Of what was cut, the Route may be in what is not there. */
static void test_cut(void **unused)
{
	(void)unused;
	struct room r;
	room_init(&r);
	say_call(&r, false, "INVITE sip:b@x SIP/2.0", "", "1 INVITE",
	         "Contact: <sip:a@10.0.0.1>\r\n");
	say_call(&r, true, "SIP/2.0 200 OK", "b", "1 INVITE",
	         "Contact: <sip:b@10.0.0.2>\r\n"
	         "Record-Route: <sip:p.example.org;lr>\r\n");
	r.cut = true;
	say_call(&r, false, "ACK sip:b@10.0.0.2 SIP/2.0", "b", "1 ACK", "");
	assert_int_equal(marked(&r), 0);
	r.cut = false;
	say_call(&r, false, "BYE sip:b@10.0.0.2 SIP/2.0", "b", "2 BYE", "");
	assert_int_equal(marked(&r), 1);
	room_clear(&r);
}

/* More than Max-Forwards lets through: not compared, and counted. */
static void test_hundred_routes(void **unused)
{
	(void)unused;
	static char recorded[TEXT_ROOM];
	struct room r;
	for (int i = 0; i < 100; i++)
		snprintf(recorded + strlen(recorded), 60,
		         "Record-Route: <sip:p%d.example.org;lr>\r\n", i);
	room_init(&r);
	answered_call(&r, recorded);
	assert_int_equal(marked(&r), 0);
	assert_int_equal(r.find.routing.unjudged, 1);
	room_clear(&r);
}

/* One INVITE with as many answers, each acknowledged without the route. */
static void test_many_dialogs(void **unused)
{
	(void)unused;
	enum { DIALOGS = 5000 };
	struct room r;
	room_init(&r);
	say_call(&r, false, "INVITE sip:b@x SIP/2.0", "", "1 INVITE",
	         "Contact: <sip:a@10.0.0.1>\r\n");
	for (int i = 0; i < DIALOGS; i++) {
		char tag[16];
		snprintf(tag, sizeof(tag), "b%d", i);
		say_call(&r, true, "SIP/2.0 180 Ringing", tag, "1 INVITE",
		         "Contact: <sip:b@10.0.0.2>\r\n"
		         "Record-Route: <sip:p.example.org;lr>\r\n");
	}
	assert_int_equal(r.find.routing.ends.used, DIALOGS);
	for (int i = 0; i < DIALOGS; i++) {
		char tag[16], cseq[24];
		snprintf(tag, sizeof(tag), "b%d", i);
		snprintf(cseq, sizeof(cseq), "%d UPDATE", i + 2);
		say_call(&r, false, "UPDATE sip:b@10.0.0.2 SIP/2.0", tag, cseq, "");
	}
	assert_int_equal(marked(&r), DIALOGS);
	room_clear(&r);
}

/* A proxy that calls itself something else in each call, and proxies of one name. */
static void test_many_names(void **unused)
{
	(void)unused;
	struct room r;
	char text[512];
	room_init(&r);
	for (int i = 0; i < 6000; i++) {
		snprintf(text, sizeof(text),
		         "INVITE sip:b@x SIP/2.0\r\n"
		         "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa%d\r\n"
		         "From: <sip:a@x>;tag=a\r\nTo: <sip:b@x>\r\n"
		         "Call-ID: c%d\r\nCSeq: 1 INVITE\r\n\r\n",
		         i, i);
		assert_int_equal(say(&r, 1, 2, text), OK);
		snprintf(text, sizeof(text),
		         "INVITE sip:b@x SIP/2.0\r\n"
		         "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKb%d\r\n"
		         "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa%d\r\n"
		         "Record-Route: <sip:p%d.example.org;lr>\r\n"
		         "From: <sip:a@x>;tag=a\r\nTo: <sip:b@x>\r\n"
		         "Call-ID: c%d\r\nCSeq: 1 INVITE\r\n\r\n",
		         i, i, i, i);
		assert_int_equal(say(&r, 2, 3, text), OK);
	}
	assert_int_equal(r.find.routing.known.used, 4096);
	assert_int_equal(r.find.routing.unjudged, 6000 - 4096);
	room_clear(&r);
}

/* What is kept of a request stands where others have what makes a repeat of them; copies
 * are known all the same, few or many, and have the first one's. */
static void test_copies(void **unused)
{
	(void)unused;
	struct room r;
	room_init(&r);
	for (int i = 0; i < 60; i++) {
		say_call(&r, false, "INVITE sip:b@x SIP/2.0", "", "1 INVITE",
		         "Contact: <sip:a@10.0.0.1>\r\n"
		         "Record-Route: <sip:p.example.org;lr>\r\n");
		say_call(&r, true, "SIP/2.0 180 Ringing", "b", "1 INVITE", "");
	}
	const struct tracker *t = r.world.tracker;
	struct route_note first = tracker_route_note(t, 1);
	assert_int_equal(tracker_transactions(t), 1);
	assert_int_equal(first.contact, route_uri_hash(SLICE("sip:a@10.0.0.1")));
	for (uint32_t id = 3; id <= tracker_messages(t); id++) {
		struct route_note note = tracker_route_note(t, id);
		bool request = tracker_message_at(t, id)->request;
		assert_int_equal(track_message_of(tracker_message_at(t, id)),
		                 request ? 1 : 2);
		assert_int_equal(note.uri, request ? first.uri : 0);
		assert_int_equal(note.list, request ? first.list : 0);
	}
	room_clear(&r);
}

/* Each allocation fails in turn: what is not judged is no fault, and all memory comes
 * back. */
static void test_without_memory(void **unused)
{
	(void)unused;
	static const struct {
		unsigned from, to;
		const char *text;
	} flow[] = {
#define HEAD "From: <sip:a@x>;tag=a\r\nCall-ID: c\r\nContact: <sip:u@10.0.0.9>\r\n"
#define VIA1 "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"
#define VIA2 "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK2\r\n"
#define MORE "Record-Route: <sip:p.example.org;lr>\r\nTo: <sip:b@x>;tag=b\r\n"
		{ 1, 2,
		  "INVITE sip:b@x SIP/2.0\r\n" VIA1 HEAD
		  "To: <sip:b@x>\r\nCSeq: 1 INVITE\r\n\r\n" },
		{ 2, 3,
		  "INVITE sip:b@x SIP/2.0\r\n" VIA2 VIA1 HEAD
		  "To: <sip:b@x>\r\nCSeq: 1 INVITE\r\n"
		  "Record-Route: <sip:p.example.org;lr>\r\n\r\n" },
		{ 3, 2,
		  "SIP/2.0 200 OK\r\n" VIA2 VIA1 HEAD MORE "CSeq: 1 INVITE\r\n\r\n" },
		{ 2, 1, "SIP/2.0 200 OK\r\n" VIA1 HEAD MORE "CSeq: 1 INVITE\r\n\r\n" },
		{ 1, 3,
		  "ACK sip:u@10.0.0.9 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK3\r\n" HEAD
		  "To: <sip:b@x>;tag=b\r\nCSeq: 1 ACK\r\n\r\n" },
	};
	bool failed = true;
	for (uint64_t n = 1; failed; n++) {
		struct room r;
		room_init(&r);
		r.world.mem.fail_at = r.world.mem.taken + n;
		for (size_t i = 0; i < sizeof(flow) / sizeof(flow[0]); i++)
			(void)say(&r, flow[i].from, flow[i].to, flow[i].text);
		failed = r.world.mem.refused > 0;
		if (!failed)
			assert_int_equal(marked(&r), 1);
		assert_true(marked(&r) <= 1);
		room_clear(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ignored_and_not),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_hundred_routes),
		cmocka_unit_test(test_many_dialogs),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
