/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/auth.h"

#include <stdio.h>
#include <string.h>

#include "world.h"

#define WWW   "WWW-Authenticate: Digest "
#define PROXY "Proxy-Authenticate: Digest "
#define AUTH  "Authorization: Digest username=\"alice\", "
#define PAUTH "Proxy-Authorization: Digest username=\"alice\", "
#define REALM "realm=\"r\", "
#define N(n)  "nonce=\"" n "\""
#define NC(n) ", qop=auth, nc=" n ", cnonce=\"x\", response=\"y\"\r\n"
#define EOL   "\r\n"

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

/* The records of a call, oldest first; how many there are. */
static unsigned all(const struct world *w, uint32_t call,
                    const struct auth_nonce *out[AUTH_NONCES_MAX])
{
	unsigned n = 0;
	for (uint32_t id = tracker_auth_of_call(w->tracker, call); id;) {
		assert_in_range(n, 0, AUTH_NONCES_MAX - 1);
		out[n] = tracker_auth_at(w->tracker, id);
		id = out[n++]->next;
	}
	for (unsigned i = 0; i < n / 2; i++) {
		const struct auth_nonce *swap = out[i];
		out[i] = out[n - 1 - i];
		out[n - 1 - i] = swap;
	}
	return n;
}

/* What came of all nonces of a call, oldest first. */
static const char *outcomes(const struct world *w, uint32_t call)
{
	static char out[AUTH_NONCES_MAX * 10];
	uint32_t ids[AUTH_NONCES_MAX];
	unsigned n = 0;
	for (uint32_t id = tracker_auth_of_call(w->tracker, call); id;
	     id = tracker_auth_at(w->tracker, id)->next) {
		assert_in_range(n, 0, AUTH_NONCES_MAX - 1);
		ids[n++] = id;
	}
	out[0] = '\0';
	while (n-- > 0) {
		enum auth_outcome o = tracker_auth_outcome(w->tracker, ids[n]);
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s",
		         *out ? " " : "", auth_outcome_name(o));
	}
	return out;
}

static void test_answered(void **unused)
{
	(void)unused;
	struct world w;
	const struct auth_nonce *a[AUTH_NONCES_MAX];
	world_init(&w);
	turn(&w, "INVITE", 1, NULL, "407",
	     PROXY "realm=\"lab.test\", " N("n1") ", qop=\"auth,auth-int\", "
	                                          "algorithm=SHA-256" EOL);
	uint32_t challenge = w.is.message;
	assert_int_equal(all(&w, 1, a), 1);
	assert_string_equal(outcomes(&w, 1), "ignored");
	assert_true(slice_eq(tracker_text(w.tracker, a[0]->realm), SLICE("lab.test")));
	assert_int_equal(a[0]->proxy, 1);
	assert_int_equal(a[0]->offered, 1U << AUTH_SHA_256);
	assert_int_equal(a[0]->qop, 1);
	assert_int_equal(a[0]->challenge, challenge);
	turn(&w, "INVITE", 2,
	     PAUTH "realm=\"lab.test\",algorithm=SHA-256," N("n1") NC("0000001f"), "100",
	     NULL);
	assert_string_equal(outcomes(&w, 1), "pending");
	SAY(&w, 3 * TICK_S, .start = "486", .cseq = 2, .branch = "z9hG4bKa2",
	    .to_tag = "b");
	assert_string_equal(outcomes(&w, 1), "accepted");
	assert_int_equal(all(&w, 1, a), 1);
	assert_int_equal(a[0]->nc, 0x1f);
	assert_int_equal(a[0]->used, challenge + 1);
	assert_int_equal(a[0]->taken, AUTH_SHA_256);
	assert_int_equal(a[0]->no_qop, 0);
	assert_int_equal(a[0]->refused + a[0]->replayed + a[0]->unasked, 0);
	assert_int_equal(tracker_auth_sent(w.tracker, 1, 1), 0);
	assert_int_equal(tracker_auth_sent(w.tracker, 1, 2), 1);
	world_clear(&w);
}

/* A wrong password, with the same nonce again or a new one; and a nonce too old. */
static void test_refused(void **unused)
{
	(void)unused;
	static const struct {
		const char *challenge;
		const char *outcomes;
		unsigned refused, same, renewed;
	} rows[] = {
		{ WWW REALM N("n1") EOL, "refused", 1, 1, 0 },
		{ WWW REALM N("n2") EOL, "refused ignored", 1, 0, 0 },
		{ WWW REALM N("n2") ", stale=TRUE" EOL, "stale ignored", 0, 0, 1 },
		{ WWW REALM N("n2") ", stale=\"false\"" EOL, "refused ignored", 1, 0, 0 },
		{ WWW "realm=\"s\", " N("n2") EOL, "accepted ignored", 0, 0, 0 },
		{ PROXY REALM N("n2") EOL, "accepted ignored", 0, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		const struct auth_nonce *a[AUTH_NONCES_MAX];
		world_init(&w);
		turn(&w, "REGISTER", 1, NULL, "401", WWW REALM N("n1") EOL);
		turn(&w, "REGISTER", 2, AUTH REALM N("n1") NC("1"), "401",
		     rows[i].challenge);
		assert_string_equal(outcomes(&w, 1), rows[i].outcomes);
		unsigned n = all(&w, 1, a);
		assert_int_equal(a[0]->refused, rows[i].refused);
		assert_int_equal(a[0]->same, rows[i].same);
		assert_int_equal(a[n - 1]->renewed, rows[i].renewed);
		assert_int_equal(a[n - 1]->stale_again, 0);
		world_clear(&w);
	}
}

static void test_stale_again(void **unused)
{
	(void)unused;
	struct world w;
	const struct auth_nonce *a[AUTH_NONCES_MAX];
	world_init(&w);
	turn(&w, "REGISTER", 1, NULL, "401", WWW REALM N("n1") EOL);
	turn(&w, "REGISTER", 2, AUTH REALM N("n1") EOL, "401",
	     WWW REALM N("n2") ", stale=true" EOL);
	turn(&w, "REGISTER", 3, AUTH REALM N("n2") EOL, "401",
	     WWW REALM N("n3") ", stale=true" EOL);
	assert_int_equal(all(&w, 1, a), 3);
	assert_int_equal(a[1]->stale_again, 0);
	assert_int_equal(a[2]->stale_again, 1);
	turn(&w, "REGISTER", 4, AUTH REALM N("n3") EOL, "200", NULL);
	turn(&w, "REGISTER", 5, AUTH REALM N("n3") EOL, "401", /* it had been good */
	     WWW REALM N("n4") ", stale=true" EOL);
	assert_int_equal(all(&w, 1, a), 4);
	assert_int_equal(a[3]->stale_again, 0);
	world_clear(&w);
}

/* A request and its refusal, seen on two hops, are one. */
static void test_hops(void **unused)
{
	(void)unused;
	struct world w;
	const struct auth_nonce *a[AUTH_NONCES_MAX];
	world_init(&w);
	turn(&w, "INVITE", 1, NULL, "401", WWW REALM N("n1") EOL);
	SAY(&w, 3 * TICK_S, .start = "INVITE", .cseq = 3, .branch = "z9o",
	    .more = AUTH REALM N("n1") NC("1"));
	SAY(&w, 4 * TICK_S, .start = "INVITE", .cseq = 3, .branch = "z9o",
	    .more = AUTH REALM N("n1") NC("1"));
	world_hop(&w, 2, 3);
	SAY(&w, 5 * TICK_S, .start = "INVITE", .cseq = 3, .branch = "z9i",
	    .sent_by = "10.0.0.2:5060",
	    .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9o",
	    .more = AUTH REALM N("n1") NC("1"));
	SAY(&w, 6 * TICK_S, .start = "401", .cseq = 3, .branch = "z9i", .to_tag = "b",
	    .sent_by = "10.0.0.2:5060", .more = WWW REALM N("n2") EOL);
	world_hop(&w, 1, 2);
	SAY(&w, 7 * TICK_S, .start = "401", .cseq = 3, .branch = "z9o", .to_tag = "b",
	    .more = WWW REALM N("n2") EOL);
	assert_string_equal(outcomes(&w, 1), "refused ignored");
	all(&w, 1, a);
	assert_int_equal(a[0]->refused, 1);
	assert_int_equal(a[0]->replayed, 0);
	assert_int_equal(a[0]->reused, 0);
	world_clear(&w);
}

static void test_nonce_count(void **unused)
{
	(void)unused;
	static const struct {
		const char *nc[2];
		unsigned replayed, fell;
	} rows[] = {
		{ { "00000001", "00000001" }, 1, 0 },
		{ { "0000000a", "0000000A" }, 1, 0 },
		{ { "00000001", "00000002" }, 0, 0 },
		{ { "00000002", "00000001" }, 1, 1 },
		{ { "\"00000001\"", "1" }, 1, 0 },
		{ { "00000000", "00000000" }, 0, 0 },
		{ { "g", "g" }, 0, 0 },
		{ { "000000001", "000000001" }, 0, 0 },
		{ { "ffffffff", "ffffffff" }, 1, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		const struct auth_nonce *a[AUTH_NONCES_MAX];
		world_init(&w);
		turn(&w, "INVITE", 1, NULL, "401", WWW REALM N("n1") EOL);
		for (unsigned k = 0; k < 2; k++) {
			char lines[200];
			snprintf(lines, sizeof(lines),
			         AUTH REALM N("n1") ", qop=auth, nc=%s" EOL,
			         rows[i].nc[k]);
			turn(&w, "INVITE", 2 + k, lines, "200", NULL);
		}
		assert_int_equal(all(&w, 1, a), 1);
		assert_int_equal(a[0]->replayed != 0, rows[i].replayed);
		assert_int_equal(a[0]->fell, rows[i].fell);
		world_clear(&w);
	}
}

/* A nonce that another call was given, by the same client and by another one. */
static void test_other_call(void **unused)
{
	(void)unused;
	for (unsigned client = 1; client <= 3; client += 2) {
		struct world w;
		const struct auth_nonce *a[AUTH_NONCES_MAX];
		world_init(&w);
		turn(&w, "REGISTER", 1, NULL, "401", WWW REALM N("n1") EOL);
		turn(&w, "REGISTER", 2, AUTH REALM N("n1") NC("1"), "200", NULL);
		world_hop(&w, client, 2);
		SAY(&w, 3 * TICK_S, .start = "OPTIONS", .call_id = "other",
		    .more = AUTH REALM N("n1") NC("1"));
		assert_int_equal(all(&w, 2, a), 1);
		assert_int_equal(a[0]->unasked, 0);
		assert_int_equal(a[0]->challenge, 0);
		assert_int_equal(a[0]->replayed != 0, client == 1);
		SAY(&w, 4 * TICK_S, .start = "OPTIONS", .call_id = "third",
		    .more = AUTH REALM N("n9") NC("1"));
		assert_int_equal(all(&w, 3, a), 1);
		assert_int_equal(a[0]->unasked, 1);
		world_clear(&w);
	}
}

/* RFC 7616 3.5. */
static void test_next_nonce(void **unused)
{
	(void)unused;
	struct world w;
	const struct auth_nonce *a[AUTH_NONCES_MAX];
	world_init(&w);
	turn(&w, "INVITE", 1, NULL, "401", WWW REALM N("n1") ", algorithm=SHA-256" EOL);
	turn(&w, "INVITE", 2, AUTH REALM N("n1") NC("1"), "200",
	     "Authentication-Info: qop=auth, nextnonce=\"n2\"" EOL);
	turn(&w, "BYE", 3, AUTH REALM N("n2") NC("1"), "200",
	     "Authentication-Info: rspauth=\"z\", nonce=\"n3\"" EOL);
	assert_string_equal(outcomes(&w, 1), "accepted accepted");
	assert_int_equal(all(&w, 1, a), 2);
	assert_int_equal(a[1]->unasked, 0);
	assert_int_equal(a[1]->offered, 1U << AUTH_SHA_256);
	assert_int_equal(a[1]->realm, a[0]->realm);
	world_clear(&w);
}

static void test_algorithms(void **unused)
{
	(void)unused;
	static const struct {
		const char *param;
		enum auth_algorithm algorithm;
		const char *name;
	} rows[] = {
		{ "", AUTH_MD5, "MD5" },
		{ ", algorithm=md5", AUTH_MD5, "MD5" },
		{ ", algorithm=\"MD5\"", AUTH_MD5, "MD5" },
		{ ", algorithm=MD5-sess", AUTH_MD5_SESS, "MD5-sess" },
		{ ", algorithm=SHA-256", AUTH_SHA_256, "SHA-256" },
		{ ", Algorithm = SHA-256-sess", AUTH_SHA_256_SESS, "SHA-256-sess" },
		{ ", algorithm=SHA-512-256", AUTH_SHA_512_256, "SHA-512-256" },
		{ ", algorithm=SHA-512-256-sess", AUTH_SHA_512_256_SESS,
		  "SHA-512-256-sess" },
		{ ", algorithm=AKAv1-MD5", AUTH_ALGORITHM_OTHER, "other" },
		{ ", algorithm=", AUTH_ALGORITHM_OTHER, "other" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		const struct auth_nonce *a[AUTH_NONCES_MAX];
		char lines[200];
		world_init(&w);
		snprintf(lines, sizeof(lines), WWW REALM N("n1") "%s" EOL, rows[i].param);
		turn(&w, "INVITE", 1, NULL, "401", lines);
		assert_int_equal(all(&w, 1, a), 1);
		assert_int_equal(a[0]->offered, 1U << rows[i].algorithm);
		assert_string_equal(auth_algorithm_name(rows[i].algorithm), rows[i].name);
		world_clear(&w);
	}
}

/* No Digest, no nonce, no challenge, no request that can be challenged: nothing. */
static void test_none(void **unused)
{
	(void)unused;
	static const char *const lines[] = {
		NULL,
		"WWW-Authenticate: Basic realm=\"r\"" EOL,
		"WWW-Authenticate: Digest" EOL,
		"WWW-Authenticate: Digest realm=\"r\"" EOL,
		"WWW-Authenticate: Digest realm=\"r\", nonce=\"\"" EOL,
		"WWW-Authenticate: Digestive realm=\"r\", " N("n1") EOL,
		"WWW-Authenticate: " EOL,
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct world w;
		world_init(&w);
		turn(&w, "INVITE", 1, "Authorization: Bearer abc" EOL, "401", lines[i]);
		turn(&w, "INVITE", 2, NULL, "403", WWW REALM N("n1") EOL);
		SAY(&w, 3 * TICK_S, .start = "CANCEL", .cseq = 2, .branch = "z9hG4bKa2",
		    .more = AUTH REALM N("n1") EOL);
		SAY(&w, 4 * TICK_S, .start = "ACK", .cseq = 2, .branch = "z9hG4bKa2",
		    .to_tag = "b", .more = AUTH REALM N("n1") EOL);
		assert_int_equal(tracker_auth_of_call(w.tracker, 1), 0);
		world_clear(&w);
	}
}

/* The newest AUTH_NONCES_MAX are kept, and what was dropped is counted. */
static void test_nonces_limit(void **unused)
{
	(void)unused;
	struct world w;
	const struct auth_nonce *a[AUTH_NONCES_MAX];
	world_init(&w);
	for (unsigned i = 1; i <= AUTH_NONCES_MAX + 5; i++) {
		char answer[100], lines[200];
		snprintf(answer, sizeof(answer), WWW REALM "nonce=\"%u\"" EOL, i);
		snprintf(lines, sizeof(lines), AUTH REALM "nonce=\"%u\"" EOL, i - 1);
		turn(&w, "REGISTER", i, i > 1 ? lines : NULL, "401", answer);
		unsigned kept = i < AUTH_NONCES_MAX ? i : AUTH_NONCES_MAX;
		assert_int_equal(all(&w, 1, a), kept);
		assert_int_equal(tracker_stats(w.tracker)->nonces_dropped, i - kept);
	}
	turn(&w, "REGISTER", 99, AUTH REALM "nonce=\"1\"" EOL, "401", NULL);
	assert_int_equal(all(&w, 1, a), AUTH_NONCES_MAX);
	assert_int_equal(a[AUTH_NONCES_MAX - 1]->unasked, 1); /* forgotten */
	assert_int_equal(tracker_stats(w.tracker)->refused, 0);
	world_clear(&w);
}

/* Of one message no more than AUTH_VALUES_MAX are read. */
static void test_values_limit(void **unused)
{
	(void)unused;
	struct world w;
	const struct auth_nonce *a[AUTH_NONCES_MAX];
	char lines[SIP_TEXT_MAX / 2] = "";
	for (unsigned i = 0; i <= AUTH_VALUES_MAX; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
		         WWW "realm=\"%u\", nonce=\"%u\"" EOL, i, i);
	world_init(&w);
	turn(&w, "REGISTER", 1, NULL, "401", lines);
	assert_int_equal(all(&w, 1, a), AUTH_VALUES_MAX);
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
	const struct auth_nonce *a[AUTH_NONCES_MAX];
	world_init(&w);
	uint64_t before = w.mem.taken;
	tell(&w);
	uint64_t after = w.mem.taken;
	assert_string_equal(outcomes(&w, 1), "accepted ignored");
	assert_int_equal(all(&w, 1, a), 2);
	assert_int_not_equal(a[0]->replayed, 0);
	assert_int_equal(a[0]->refused, 1);
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
		cmocka_unit_test(test_answered),     cmocka_unit_test(test_refused),
		cmocka_unit_test(test_stale_again),  cmocka_unit_test(test_hops),
		cmocka_unit_test(test_nonce_count),  cmocka_unit_test(test_other_call),
		cmocka_unit_test(test_next_nonce),   cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_none),         cmocka_unit_test(test_nonces_limit),
		cmocka_unit_test(test_values_limit), cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests_name("track/auth", tests, NULL, NULL);
}
