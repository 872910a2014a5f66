/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/auth.h"

#include <stdio.h>
#include <string.h>

#include "world.h"

#define WWW    "WWW-Authenticate: Digest "
#define PROXY  "Proxy-Authenticate: Digest "
#define AUTH   "Authorization: Digest username=\"alice\", "
#define PAUTH  "Proxy-Authorization: Digest username=\"alice\", "
#define REALM  "realm=\"r\", "
#define N(n)   "nonce=\"" n "\""
#define NC(n)  ", qop=auth, nc=" n ", cnonce=\"x\", response=\"y\"\r\n"
#define EOL    "\r\n"

/* A request of this method, with a branch of its own, and its answer. */
static void turn(struct world *w, const char *method, unsigned cseq, const char *lines,
                 const char *status, const char *answer_lines)
{
	char via[32];
	snprintf(via, sizeof(via), "z9hG4bKa%u", cseq);
	SAY(w, cseq * TICK_S, .start = method, .cseq = cseq, .branch = via,
	    .more = lines);
	SAY(w, cseq * TICK_S + 1, .start = status, .method = method, .cseq = cseq,
	    .branch = via, .more = answer_lines, .to_tag = "b");
}

static const struct auth_chain *chain(const struct world *w, uint32_t id)
{
	assert_in_range(id, 1, tracker_auth_chains(w->tracker));
	return tracker_auth_chain_at(w->tracker, id);
}

/* The kinds of all steps, oldest first, a letter each. */
static const char *steps(const struct world *w, const struct auth_chain *c)
{
	static const char letters[AUTH_STEP_KINDS + 1] = "CRSNAUW";
	static char out[AUTH_STEPS_MAX + 1];
	unsigned n = c->steps;
	assert_in_range(n, 0, AUTH_STEPS_MAX);
	out[n] = '\0';
	for (uint32_t id = c->newest; id;) {
		const struct auth_step *step = tracker_auth_step_at(w->tracker, id);
		assert_in_range(step->kind, 0, AUTH_STEP_KINDS - 1);
		assert_true(n > 0);
		out[--n] = letters[step->kind];
		id = step->prev;
	}
	assert_int_equal(n, 0);
	return out;
}

static const struct auth_step *newest(const struct world *w, const struct auth_chain *c)
{
	assert_int_not_equal(c->newest, 0);
	return tracker_auth_step_at(w->tracker, c->newest);
}

static void test_answered(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	turn(&w, "INVITE", 1, NULL, "407",
	     PROXY "realm=\"lab.test\", " N("n1") ", qop=\"auth,auth-int\", "
	           "algorithm=SHA-256" EOL);
	const struct auth_chain *c = chain(&w, 1);
	assert_int_equal(tracker_auth_of_call(w.tracker, w.is.call), 1);
	assert_true(slice_eq(tracker_text(w.tracker, c->realm), SLICE("lab.test")));
	assert_int_equal(c->owner, w.is.call);
	assert_int_equal(c->of_aor, 0);
	assert_int_equal(c->proxy, 1);
	assert_string_equal(steps(&w, c), "C");
	assert_int_equal(newest(&w, c)->message, w.is.message);
	assert_int_equal(newest(&w, c)->algorithm, AUTH_SHA_256);
	assert_int_equal(newest(&w, c)->qop, 1);
	turn(&w, "INVITE", 2,
	     PAUTH "realm=\"lab.test\",algorithm=SHA-256," N("n1") NC("0000001f"), "200",
	     NULL);
	assert_string_equal(steps(&w, c), "CA");
	assert_int_equal(newest(&w, c)->nc, 0x1f);
	assert_int_equal(newest(&w, c)->message, w.is.message - 1);
	assert_int_equal(newest(&w, c)->answered, 1);
	assert_int_equal(c->challenges, 1);
	assert_int_equal(c->answers, 1);
	assert_int_equal(c->settled, 1);
	assert_int_equal(c->refused + c->stale + c->unasked + c->repeated_nc, 0);
	assert_int_equal(tracker_auth_chains(w.tracker), 1);
	world_clear(&w);
}

/* A wrong password: the answer is challenged again, with the nonce it had or another. */
static void test_refused(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	turn(&w, "INVITE", 1, NULL, "401", WWW REALM N("n1") EOL);
	turn(&w, "INVITE", 2, AUTH REALM N("n1") NC("1"), "401", WWW REALM N("n1") EOL);
	const struct auth_chain *c = chain(&w, 1);
	assert_string_equal(steps(&w, c), "CAR");
	assert_int_equal(newest(&w, c)->same_nonce, 1);
	assert_int_equal(newest(&w, c)->message, w.is.message);
	turn(&w, "INVITE", 3, AUTH REALM N("n1") NC("2"), "401", WWW REALM N("n2") EOL);
	assert_string_equal(steps(&w, c), "CARAR");
	assert_int_equal(newest(&w, c)->same_nonce, 0);
	assert_int_equal(c->refused, 2);
	assert_int_equal(c->challenges, 1);
	assert_int_equal(c->answers, 2);
	assert_int_equal(c->settled, 0);
	world_clear(&w);
}

static void test_stale(void **unused)
{
	(void)unused;
	static const struct {
		const char *param;
		const char *steps;
	} rows[] = {
		{ ", stale=true", "CASA" },   { ", stale=TRUE", "CASA" },
		{ ", stale=\"true\"", "CASA" }, { ", stale=false", "CARA" },
		{ "", "CARA" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char lines[200];
		world_init(&w);
		snprintf(lines, sizeof(lines), WWW REALM N("n2") "%s" EOL,
		         rows[i].param);
		turn(&w, "INVITE", 1, NULL, "401", WWW REALM N("n1") EOL);
		turn(&w, "INVITE", 2, AUTH REALM N("n1") NC("1"), "401", lines);
		turn(&w, "INVITE", 3, AUTH REALM N("n2") NC("1"), "200", NULL);
		assert_string_equal(steps(&w, chain(&w, 1)), rows[i].steps);
		assert_int_equal(chain(&w, 1)->stale, rows[i].steps[2] == 'S');
		assert_int_equal(chain(&w, 1)->refused, rows[i].steps[2] == 'R');
		assert_int_equal(chain(&w, 1)->settled, 1);
		world_clear(&w);
	}
}

/* Credentials before any challenge, or with a nonce that no challenge had. */
static void test_unasked(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	turn(&w, "INVITE", 1, AUTH REALM N("old") NC("7"), "401", WWW REALM N("n1") EOL);
	const struct auth_chain *c = chain(&w, 1);
	assert_string_equal(steps(&w, c), "UR");
	turn(&w, "INVITE", 2, AUTH REALM N("other") NC("1"), "200", NULL);
	assert_string_equal(steps(&w, c), "URU");
	assert_int_equal(c->unasked, 2);
	assert_int_equal(c->answers, 2);
	assert_int_equal(c->settled, 1);
	world_clear(&w);
}

static void test_wrong_realm(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	turn(&w, "INVITE", 1, NULL, "401", WWW REALM N("n1") EOL);
	turn(&w, "INVITE", 2, AUTH "realm=\"R\", " N("n1") NC("1"), "401",
	     WWW REALM N("n1") EOL);
	assert_int_equal(tracker_auth_chains(w.tracker), 2);
	assert_string_equal(steps(&w, chain(&w, 1)), "CC");
	assert_string_equal(steps(&w, chain(&w, 2)), "W");
	assert_int_equal(chain(&w, 2)->unasked, 1);
	assert_int_equal(tracker_auth_of_call(w.tracker, w.is.call), 2);
	assert_int_equal(chain(&w, 2)->next, 1);
	assert_int_equal(newest(&w, chain(&w, 2))->answered, 1);
	assert_int_equal(chain(&w, 2)->settled, 0);
	/* the other kind of header has realms of its own */
	turn(&w, "INVITE", 3, PAUTH "realm=\"p\", " N("n1") NC("1"), "200", NULL);
	assert_string_equal(steps(&w, chain(&w, 3)), "U");
	world_clear(&w);
}

/* A proxy and the server behind it, both in one request. */
static void test_two_realms(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	turn(&w, "INVITE", 1, NULL, "407", PROXY REALM N("p1") EOL);
	turn(&w, "INVITE", 2, PAUTH REALM N("p1") NC("1"), "401",
	     WWW "realm=\"s\", " N("s1") EOL);
	turn(&w, "INVITE", 3,
	     PAUTH REALM N("p1") NC("2") AUTH "realm=\"s\", " N("s1") NC("1"), "200",
	     NULL);
	assert_int_equal(tracker_auth_chains(w.tracker), 2);
	assert_string_equal(steps(&w, chain(&w, 1)), "CAA");
	assert_string_equal(steps(&w, chain(&w, 2)), "CA");
	for (uint32_t id = 1; id <= 2; id++) {
		assert_int_equal(chain(&w, id)->settled, 1);
		assert_int_equal(chain(&w, id)->refused + chain(&w, id)->unasked, 0);
	}
	world_clear(&w);
}

/* RFC 8760 2.3: one realm offered with several algorithms is one challenge, of which
 * the topmost is meant. */
static void test_several_algorithms(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	turn(&w, "INVITE", 1, NULL, "401",
	     WWW REALM N("n1") ", algorithm=SHA-512-256-sess" EOL WWW REALM N("n2")
	     ", algorithm=MD5" EOL "WWW-Authenticate: Basic realm=\"r\"" EOL);
	assert_string_equal(steps(&w, chain(&w, 1)), "C");
	assert_int_equal(newest(&w, chain(&w, 1))->algorithm, AUTH_SHA_512_256_SESS);
	world_clear(&w);
}

static void test_algorithms(void **unused)
{
	(void)unused;
	static const struct {
		const char         *param;
		enum auth_algorithm algorithm;
	} rows[] = {
		{ "", AUTH_MD5 },
		{ ", algorithm=md5", AUTH_MD5 },
		{ ", algorithm=\"MD5\"", AUTH_MD5 },
		{ ", algorithm=MD5-sess", AUTH_MD5_SESS },
		{ ", algorithm=SHA-256", AUTH_SHA_256 },
		{ ", Algorithm = SHA-256-sess", AUTH_SHA_256_SESS },
		{ ", algorithm=SHA-512-256", AUTH_SHA_512_256 },
		{ ", algorithm=SHA-512-256-sess", AUTH_SHA_512_256_SESS },
		{ ", algorithm=AKAv1-MD5", AUTH_ALGORITHM_OTHER },
		{ ", algorithm=", AUTH_ALGORITHM_OTHER },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char lines[200];
		world_init(&w);
		snprintf(lines, sizeof(lines), WWW REALM N("n1") "%s" EOL, rows[i].param);
		turn(&w, "INVITE", 1, NULL, "401", lines);
		assert_int_equal(newest(&w, chain(&w, 1))->algorithm, rows[i].algorithm);
		world_clear(&w);
	}
}

/* A nonce count may be used once: RFC 7616 3.4. */
static void test_nonce_count(void **unused)
{
	(void)unused;
	static const struct {
		const char *nc[2];
		unsigned    repeated;
	} rows[] = {
		{ { "00000001", "00000001" }, 1 },
		{ { "0000000a", "0000000A" }, 1 },
		{ { "00000001", "00000002" }, 0 },
		{ { "00000000", "00000000" }, 0 }, /* no count: it begins with 1 */
		{ { "g", "g" }, 0 },
		{ { "000000001", "000000001" }, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		turn(&w, "INVITE", 1, NULL, "401", WWW REALM N("n1") EOL);
		for (unsigned k = 0; k < 2; k++) {
			char lines[200];
			snprintf(lines, sizeof(lines),
			         AUTH REALM N("n1") ", qop=auth, nc=%s" EOL,
			         rows[i].nc[k]);
			turn(&w, "INVITE", 2 + k, lines, "200", NULL);
		}
		assert_int_equal(chain(&w, 1)->answers, 2);
		assert_int_equal(chain(&w, 1)->repeated_nc, rows[i].repeated);
		assert_int_equal(newest(&w, chain(&w, 1))->repeats_nc, rows[i].repeated);
		world_clear(&w);
	}
}

/* With a new nonce the count begins anew; retransmissions and other hops are the same
 * request. */
static void test_nonce_count_not_repeated(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	turn(&w, "INVITE", 1, NULL, "401", WWW REALM N("n1") EOL);
	turn(&w, "INVITE", 2, AUTH REALM N("n1") NC("1"), "401",
	     WWW REALM N("n2") ", stale=true" EOL);
	SAY(&w, 3 * TICK_S, .start = "INVITE", .cseq = 3, .branch = "z9o",
	    .more = AUTH REALM N("n2") NC("1"));
	SAY(&w, 4 * TICK_S, .start = "INVITE", .cseq = 3, .branch = "z9o",
	    .more = AUTH REALM N("n2") NC("1"));
	world_hop(&w, 2, 3);
	SAY(&w, 5 * TICK_S, .start = "INVITE", .cseq = 3, .branch = "z9i",
	    .sent_by = "10.0.0.2:5060",
	    .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9o",
	    .more = AUTH REALM N("n2") NC("1"));
	SAY(&w, 6 * TICK_S, .start = "401", .cseq = 3, .branch = "z9i", .to_tag = "b",
	    .sent_by = "10.0.0.2:5060", .more = WWW REALM N("n2") EOL);
	world_hop(&w, 1, 2);
	SAY(&w, 7 * TICK_S, .start = "401", .cseq = 3, .branch = "z9o", .to_tag = "b",
	    .more = WWW REALM N("n2") EOL);
	assert_string_equal(steps(&w, chain(&w, 1)), "CASAR");
	assert_int_equal(chain(&w, 1)->repeated_nc, 0);
	assert_int_equal(chain(&w, 1)->answers, 2);
	assert_int_equal(chain(&w, 1)->refused, 1);
	world_clear(&w);
}

/* RFC 7616 3.5. */
static void test_next_nonce(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	turn(&w, "INVITE", 1, NULL, "401", WWW REALM N("n1") EOL);
	turn(&w, "INVITE", 2, AUTH REALM N("n1") NC("1"), "200",
	     "Authentication-Info: qop=auth, nextnonce=\"n2\"" EOL);
	turn(&w, "BYE", 3, AUTH REALM N("n2") NC("1"), "200",
	     "Authentication-Info: rspauth=\"z\"" EOL);
	assert_string_equal(steps(&w, chain(&w, 1)), "CANA");
	assert_int_equal(chain(&w, 1)->settled, 2);
	assert_int_equal(chain(&w, 1)->unasked, 0);
	world_clear(&w);
}

/* REGISTER: of the address of record, whatever the Call-ID. */
static void test_register(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
#define AOR .to_uri = "sip:alice@example.com", .method = "REGISTER"
	SAY(&w, 0, .start = "REGISTER", .branch = "z9a", AOR);
	SAY(&w, 1, .start = "401", .branch = "z9a", AOR, .more = WWW REALM N("n1") EOL);
	SAY(&w, 2, .start = "REGISTER", .branch = "z9b", .call_id = "two", AOR,
	    .more = AUTH REALM N("n1") NC("1"));
	SAY(&w, 3, .start = "200", .branch = "z9b", .call_id = "two", AOR);
	SAY(&w, 4, .start = "REGISTER", .branch = "z9c", .call_id = "three",
	    .to_uri = "sip:bob@example.com", .more = AUTH REALM N("n1") NC("1"));
	assert_int_equal(tracker_auth_chains(w.tracker), 2);
	assert_string_equal(steps(&w, chain(&w, 1)), "CA");
	assert_int_equal(chain(&w, 1)->settled, 1);
	assert_string_equal(steps(&w, chain(&w, 2)), "U");
	const struct registration *r = tracker_registration_at(w.tracker, 1);
	assert_int_equal(tracker_auth_of_aor(w.tracker, r->aor), 1);
	assert_int_equal(chain(&w, 1)->owner, r->aor);
	assert_int_equal(chain(&w, 1)->of_aor, 1);
	assert_int_equal(tracker_auth_of_call(w.tracker, r->call), 0);
	world_clear(&w);
}

/* No Digest, no nonce, no challenge: nothing. */
static void test_none(void **unused)
{
	(void)unused;
	static const char *const lines[] = {
		NULL,
		"WWW-Authenticate: Basic realm=\"r\"" EOL,
		"WWW-Authenticate: Digest" EOL,
		"WWW-Authenticate: Digest realm=\"r\"" EOL,
		"WWW-Authenticate: Digestive realm=\"r\", " N("n1") EOL,
		"WWW-Authenticate: " EOL,
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct world w;
		world_init(&w);
		turn(&w, "INVITE", 1, "Authorization: Bearer abc" EOL, "401", lines[i]);
		turn(&w, "INVITE", 2, NULL, "403", WWW REALM N("n1") EOL);
		assert_int_equal(tracker_auth_chains(w.tracker), 0);
		assert_int_equal(tracker_auth_of_call(w.tracker, w.is.call), 0);
		assert_int_equal(tracker_auth_of_aor(w.tracker, 0), 0);
		world_clear(&w);
	}
}

/* The newest AUTH_STEPS_MAX steps are kept; all are counted. */
static void test_steps_limit(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	for (unsigned i = 1; i <= AUTH_STEPS_MAX; i++) {
		char answer[100], lines[200];
		snprintf(answer, sizeof(answer), WWW REALM "nonce=\"%u\"" EOL, i);
		snprintf(lines, sizeof(lines), AUTH REALM "nonce=\"%u\"" EOL, i - 1);
		turn(&w, "INVITE", i, i > 1 ? lines : NULL, "401", answer);
	}
	const struct auth_chain *c = chain(&w, 1);
	assert_int_equal(c->steps, AUTH_STEPS_MAX);
	assert_int_equal(strlen(steps(&w, c)), AUTH_STEPS_MAX);
	assert_string_equal(steps(&w, c) + AUTH_STEPS_MAX - 4, "ARAR");
	assert_int_equal(c->refused, AUTH_STEPS_MAX - 1);
	assert_int_equal(c->answers, AUTH_STEPS_MAX - 1);
	assert_int_equal(c->unasked, 0);
	world_clear(&w);
}

static void test_realms_limit(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	for (unsigned i = 1; i <= AUTH_REALMS_MAX + 2; i++) {
		char answer[100];
		snprintf(answer, sizeof(answer), WWW "realm=\"%u\"," N("n") EOL, i);
		turn(&w, "INVITE", i, NULL, "401", answer);
	}
	assert_int_equal(tracker_auth_chains(w.tracker), AUTH_REALMS_MAX);
	assert_int_equal(tracker_stats(w.tracker)->refused, 2);
	world_clear(&w);
}

static void tell(struct world *w)
{
	for (unsigned i = 0; i < 3; i++) {
		uint64_t at = i * TICK_S;
		TRY(w, at, .start = "REGISTER", .cseq = i + 1,
		    .branch = i ? "z9b" : "z9a",
		    .more = i ? AUTH REALM N("n1") NC("1") : NULL);
		TRY(w, at + 1, .start = i == 2 ? "200" : "401", .method = "REGISTER",
		    .cseq = i + 1, .branch = i ? "z9b" : "z9a",
		    .more = i == 2 ? "Authentication-Info: nextnonce=\"n3\"" EOL
		                   : WWW REALM N("n1") EOL);
	}
}

static void test_out_of_memory(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	uint64_t before = w.mem.taken;
	tell(&w);
	uint64_t after = w.mem.taken;
	assert_string_equal(steps(&w, chain(&w, 1)), "CARAN");
	assert_int_equal(chain(&w, 1)->repeated_nc, 1);
	world_clear(&w);
	for (uint64_t n = before + 1; n <= after; n++) {
		world_init(&w);
		w.mem.fail_at = n;
		tell(&w);
		assert_int_equal(w.mem.refused, 1);
		assert_true(tracker_stats(w.tracker)->refused > 0);
		world_clear(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_unasked),
		cmocka_unit_test(test_wrong_realm),
		cmocka_unit_test(test_two_realms),
		cmocka_unit_test(test_several_algorithms),
		cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_nonce_count),
		cmocka_unit_test(test_nonce_count_not_repeated),
		cmocka_unit_test(test_next_nonce),
		cmocka_unit_test(test_register),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_steps_limit),
		cmocka_unit_test(test_realms_limit),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests_name("track/auth", tests, NULL, NULL);
}
