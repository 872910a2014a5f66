/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "../base/random.h"
#include "world.h"

/* --- the transaction of a message: RFC 3261 17.1.3, 17.2.3 */

static void test_key(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	uint32_t first = SAY(&w, 0, .start = "INVITE").transaction;
	/* each part of the key in turn makes another transaction */
	assert_int_not_equal(SAY(&w, 1, .start = "INVITE", .cseq = 2).transaction, first);
	assert_int_not_equal(SAY(&w, 1, .start = "OPTIONS").transaction, first);
	assert_int_not_equal(SAY(&w, 1, .start = "INVITE", .branch = "z2").transaction,
	                     first);
	assert_int_not_equal(SAY(&w, 1, .start = "INVITE", .sent_by = "h").transaction,
	                     first);
	assert_int_not_equal(SAY(&w, 1, .start = "INVITE", .call_id = "c2").transaction,
	                     first);
	world_hop(&w, 1, 3);
	assert_int_not_equal(SAY(&w, 1, .start = "INVITE").transaction, first);
	world_hop(&w, 3, 2);
	assert_int_not_equal(SAY(&w, 1, .start = "INVITE").transaction, first);
	assert_int_equal(tracker_transactions(w.tracker), 8);
	/* and this does not: ports, tags, case and default port of sent-by, ACK */
	world_hop(&w, 1, 2);
	world_ports(&w, 40000, 5062);
	assert_int_equal(SAY(&w, 2, .start = "INVITE").transaction, first);
	assert_int_equal(SAY(&w, 3, .start = "INVITE", .from_tag = "z").transaction,
	                 first);
	assert_int_equal(SAY(&w, 3, .start = "INVITE", .sent_by = "10.0.0.1").transaction,
	                 first);
	assert_int_equal(SAY(&w, 3, .start = "ACK").transaction, first);
	uint32_t named =
		SAY(&w, 4, .start = "INVITE", .sent_by = "Host.Example").transaction;
	assert_int_equal(
		SAY(&w, 4, .start = "INVITE", .sent_by = "hOST.example:5060").transaction,
		named);
	world_clear(&w);
}

static void test_response_fallbacks(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	uint32_t old = SAY(&w, 0, .start = "INVITE", .sent_by = "one").transaction;
	uint32_t new = SAY(&w, 1, .start = "INVITE", .sent_by = "two").transaction;
	assert_int_equal(SAY(&w, 2, .start = "180", .sent_by = "one").transaction, old);
	/* 17.1.3 does not look at sent-by: the newest of the hop */
	assert_int_equal(SAY(&w, 2, .start = "180", .sent_by = "three").transaction, new);
	/* elements with several addresses: the client's, else the server's */
	world_hop(&w, 1, 9);
	assert_int_equal(SAY(&w, 2, .start = "181", .sent_by = "one").transaction, old);
	world_hop(&w, 9, 2);
	assert_int_equal(SAY(&w, 2, .start = "182", .sent_by = "one").transaction, old);
	/* neither, and sent-by is compared there */
	assert_int_equal(SAY(&w, 2, .start = "182", .sent_by = "three").transaction, 3);
	assert_int_equal(world_txn(&w)->request, 0);
	assert_int_equal(tracker_outcome(w.tracker, 3), TXN_ORPHAN);
	world_hop(&w, 9, 8);
	assert_int_equal(SAY(&w, 2, .start = "200", .sent_by = "one").transaction, 4);
	assert_int_equal(tracker_outcome(w.tracker, 4), TXN_SUCCESS);
	/* the request of an orphan may come later */
	assert_int_equal(SAY(&w, 3, .start = "INVITE", .sent_by = "one").transaction, 4);
	assert_int_not_equal(world_txn(&w)->request, 0);
	world_clear(&w);
}

/* RFC 2543 elements send no branch, or "branch=0" in every request. */
static void test_no_branch(void **unused)
{
	(void)unused;
	static const char *const branches[] = { "", "0" };
	for (size_t i = 0; i < 2; i++) {
		struct world w;
		world_init(&w);
		const char *branch = branches[i];
		uint32_t first =
			SAY(&w, 0, .start = "INVITE", .branch = branch).transaction;
		uint32_t second = SAY(&w, 1, .start = "BYE", .cseq = 2, .branch = branch)
					  .transaction;
		assert_int_not_equal(first, second);
		assert_int_equal(SAY(&w, 2, .start = "200", .branch = branch).transaction,
		                 first);
		assert_int_equal(SAY(&w, 2, .start = "200", .method = "BYE", .cseq = 2,
		                     .branch = branch).transaction, second);
		assert_int_equal(SAY(&w, 3, .start = "ACK", .branch = branch).transaction,
		                 first);
		assert_int_equal(
			SAY(&w, 3, .start = "INVITE", .branch = branch, .call_id = "x")
				.transaction,
			3);
		world_clear(&w);
	}
	struct world w;
	world_init(&w);
	uint32_t bare = SAY(&w, 0, .start = "OPTIONS", .no_via = 1).transaction;
	assert_int_equal(SAY(&w, TICK_S, .start = "OPTIONS", .no_via = 1).transaction,
	                 bare);
	assert_int_equal(w.is.repeat, TRACK_RETRANSMISSION);
	assert_int_equal(SAY(&w, TICK_S, .start = "200", .method = "OPTIONS", .no_via = 1)
	                         .transaction, bare);
	world_clear(&w);
}

/* RFC 3261 9.1: same hop and branch; failing that the same hop and CSeq number. */
static uint32_t cancel_of(const struct world *w, uint32_t txn)
{
	return tracker_more(w->tracker, tracker_transaction_at(w->tracker, txn))->cancel;
}

static void test_cancel(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	uint32_t one = SAY(&w, 0, .start = "INVITE", .branch = "z1").transaction;
	uint32_t two = SAY(&w, 0, .start = "INVITE", .branch = "z2").transaction;
	uint32_t cancel = SAY(&w, 1, .start = "CANCEL", .branch = "z1").transaction;
	assert_int_equal(world_more(&w)->cancel, one);
	assert_int_equal(cancel_of(&w, one), cancel);
	assert_int_equal(cancel_of(&w, two), 0);
	/* a branch of its own, against 9.1: the newest INVITE */
	cancel = SAY(&w, 2, .start = "CANCEL", .branch = "z9").transaction;
	assert_int_equal(world_more(&w)->cancel, two);
	assert_int_equal(cancel_of(&w, two), cancel);
	/* not of this hop, or CSeq */
	SAY(&w, 3, .start = "CANCEL", .branch = "z9", .cseq = 2);
	assert_int_equal(world_more(&w)->cancel, 0);
	world_hop(&w, 1, 3);
	SAY(&w, 3, .start = "CANCEL", .branch = "z1");
	assert_int_equal(world_more(&w)->cancel, 0);
	world_clear(&w);
}

/* --- ACK to 2xx: 13.2.2.4 */

static void answered(struct world *w, const char *branch, unsigned server, uint16_t port)
{
	world_hop(w, 1, server);
	world_ports(w, 5060, port);
	SAY(w, 0, .start = "INVITE", .branch = branch);
	SAY(w, 1, .start = "200", .branch = branch, .to_tag = "b");
}

static void test_ack(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	answered(&w, "z1", 2, 5060); /* 1 */
	answered(&w, "z2", 2, 5060); /* 2 */
	answered(&w, "z3", 2, 5070); /* 3 */
	answered(&w, "z4", 3, 5060); /* 4 */
	/* its own branch first, whatever else agrees */
	assert_int_equal(SAY(&w, 2, .start = "ACK", .branch = "z4").transaction, 4);
	/* hop and port; the one with the fewest ACKs, then the oldest */
	world_hop(&w, 1, 2);
	assert_int_equal(SAY(&w, 3, .start = "ACK", .branch = "a1").transaction, 1);
	assert_int_equal(SAY(&w, 3, .start = "ACK", .branch = "a2").transaction, 2);
	assert_int_equal(SAY(&w, 3, .start = "ACK", .branch = "a3").transaction, 1);
	world_ports(&w, 5060, 5070);
	assert_int_equal(SAY(&w, 3, .start = "ACK", .branch = "a4").transaction, 3);
	/* the hop alone: 2 and 3 have one ACK each */
	world_ports(&w, 5060, 5080);
	assert_int_equal(SAY(&w, 3, .start = "ACK", .branch = "a5").transaction, 2);
	/* any hop: 3 and 4 have one each */
	world_hop(&w, 7, 8);
	assert_int_equal(SAY(&w, 3, .start = "ACK", .branch = "a6").transaction, 3);
	assert_int_equal(tracker_stats(w.tracker)->stray_acks, 0);
	world_clear(&w);
}

static void test_stray_ack(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .branch = "z1");
	SAY(&w, 1, .start = "486", .branch = "z1", .to_tag = "b");
	answered(&w, "z2", 2, 5060);
	static const struct sip_text rows[] = {
		{ .start = "ACK", .branch = "a1", .cseq = 2 }, /* another CSeq */
		{ .start = "ACK",
		  .branch = "a2",
		  .from_tag = "x" }, /* another From tag */
		{ .start = "ACK", .branch = "a3", .call_id = "other" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world_say(&w, 2, &rows[i]);
		assert_int_equal(w.is.transaction, 0);
		assert_int_not_equal(w.is.call, 0);
		assert_int_equal(tracker_stats(w.tracker)->stray_acks, i + 1);
		assert_int_equal(world_message(&w, w.is.message)->stray, 1);
	}
	/* a copy of a stray is one, and is not counted again */
	world_say(&w, TICK_S, &rows[0]);
	assert_int_equal(w.is.transaction, 0);
	assert_int_equal(w.is.repeat, TRACK_RETRANSMISSION);
	assert_int_equal(tracker_stats(w.tracker)->stray_acks, 3);
	world_clear(&w);
}

/* --- forwarding: 16.6, 16.7 */

#define BELOW_CALLER                                                                     \
	", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;received=10.0.0.1;rport=1"
#define PROXY        .sent_by = "10.0.0.2:5060"

static void test_forward(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	struct track_result in = SAY(&w, 0, .start = "INVITE");
	assert_int_equal(in.forward_of, 0);
	world_hop(&w, 2, 3);
	struct track_result out = SAY(&w, 1, PROXY, .start = "INVITE", .branch = "p1",
	                              .via_more = BELOW_CALLER);
	assert_int_equal(out.forward_of, in.message);
	assert_int_equal(world_more(&w)->forward_of, in.transaction);
	/* a fork forwards the same */
	world_hop(&w, 2, 4);
	struct track_result fork = SAY(&w, 2, PROXY, .start = "INVITE", .branch = "p2",
	                               .via_more = BELOW_CALLER);
	assert_int_equal(fork.forward_of, in.message);
	/* captured twice on the first hop: the packet is forwarded, not its copy */
	world_hop(&w, 1, 2);
	assert_int_equal(SAY(&w, 3, .start = "INVITE").repeat, TRACK_DUPLICATE);
	world_hop(&w, 2, 3);
	SAY(&w, 4, PROXY, .start = "INVITE", .branch = "p1", .via_more = BELOW_CALLER);
	assert_int_equal(w.is.repeat, TRACK_DUPLICATE);
	assert_int_equal(w.is.forward_of, in.message);
	/* sent again, and forwarded again: the newest one is meant */
	world_hop(&w, 1, 2);
	struct track_result again = SAY(&w, TICK_S, .start = "INVITE");
	assert_int_equal(again.repeat, TRACK_RETRANSMISSION);
	world_hop(&w, 2, 3);
	SAY(&w, TICK_S + 1, PROXY, .start = "INVITE", .branch = "p1",
	    .via_more = BELOW_CALLER);
	assert_int_equal(w.is.forward_of, again.message);
	/* responses go the other way: each branch's to the caller */
	struct track_result ring =
		SAY(&w, 2 * TICK_S, PROXY, .start = "180", .branch = "p1", .to_tag = "b",
	            .via_more = BELOW_CALLER);
	assert_int_equal(ring.forward_of, 0);
	world_hop(&w, 2, 4);
	struct track_result other =
		SAY(&w, 2 * TICK_S, PROXY, .start = "180", .branch = "p2", .to_tag = "c",
	            .via_more = BELOW_CALLER);
	world_hop(&w, 1, 2);
	SAY(&w, 3 * TICK_S, .start = "180", .to_tag = "c");
	assert_int_equal(w.is.forward_of, other.message);
	SAY(&w, 3 * TICK_S, .start = "180", .to_tag = "b");
	assert_int_equal(w.is.forward_of, ring.message);
	/* what the proxy answers itself forwards nothing */
	assert_int_equal(SAY(&w, 3 * TICK_S, .start = "100").forward_of, 0);
	assert_int_equal(SAY(&w, 3 * TICK_S, .start = "183", .to_tag = "b").forward_of,
	                 0);
	world_clear(&w);
}

static void test_forward_ack(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1, .start = "200", .to_tag = "b");
	struct track_result ack =
		SAY(&w, 2, .start = "ACK", .to_tag = "b", .branch = "k1");
	assert_int_equal(ack.forward_of, 0);
	world_hop(&w, 2, 3);
	SAY(&w, 3, PROXY, .start = "ACK", .to_tag = "b", .branch = "k2",
	    .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=k1");
	assert_int_equal(w.is.forward_of, ack.message);
	assert_int_equal(w.is.repeat, TRACK_FIRST);
	world_clear(&w);
}

static void test_no_forward(void **unused)
{
	(void)unused;
	static const struct sip_text rows[] = {
		{ .start = "INVITE", .branch = "p", .via_more = NULL },
		{ .start = "INVITE", .branch = "p", .cseq = 2, .via_more = BELOW_CALLER },
		{ .start = "INVITE",
		  .branch = "p",
		  .from_tag = "x",
		  .via_more = BELOW_CALLER },
		{ .start = "OPTIONS", .branch = "p", .via_more = BELOW_CALLER },
		{ .start = "INVITE",
		  .branch = "p",
		  .call_id = "x",
		  .via_more = BELOW_CALLER },
		{ .start = "INVITE",
		  .branch = "p",
		  .via_more = ", SIP/2.0/UDP 10.0.0.1:5061;branch=z9hG4bK1" },
		{ .start = "INVITE",
		  .branch = "p",
		  .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK2" },
		{ .start = "INVITE",
		  .branch = "p",
		  .via_more = ", SIP/2.0/UDP 10.0.0.7;branch=q" BELOW_CALLER },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		SAY(&w, 0, .start = "INVITE");
		world_hop(&w, 2, 3);
		world_say(&w, 1, &rows[i]);
		assert_int_equal(w.is.forward_of, 0);
		assert_int_equal(world_more(&w)->forward_of, 0);
		world_clear(&w);
	}
}

/* --- one Call-ID with many transactions: past 16 there is an index */

static void test_many_transactions(void **unused)
{
	(void)unused;
	static const unsigned counts[] = { 16, 17, 18, 100, 5000 };
	for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
		struct world w;
		char branch[16], below[64], proxy[16];
		world_init(&w);
		for (unsigned i = 1; i <= counts[k]; i++) {
			snprintf(branch, sizeof(branch), "b%u", i);
			assert_int_equal(SAY(&w, 0, .start = "OPTIONS", .cseq = i % 5 + 1,
			                     .branch = branch).transaction, i);
		}
		for (unsigned i = 1; i <= counts[k]; i++) {
			snprintf(branch, sizeof(branch), "b%u", i);
			SAY(&w, TICK_S, .start = "OPTIONS", .cseq = i % 5 + 1,
			    .branch = branch);
			assert_int_equal(w.is.transaction, i);
			assert_int_equal(w.is.of, i);
			SAY(&w, TICK_S, .start = "200", .method = "OPTIONS",
			    .cseq = i % 5 + 1, .branch = branch);
			assert_int_equal(w.is.transaction, i);
		}
		world_hop(&w, 2, 3);
		for (unsigned i = 1; i <= counts[k]; i += 16) {
			snprintf(below, sizeof(below),
			         ", SIP/2.0/UDP 10.0.0.1:5060;branch=b%u", i);
			snprintf(proxy, sizeof(proxy), "p%u", i);
			SAY(&w, 2 * TICK_S, PROXY, .start = "OPTIONS", .cseq = i % 5 + 1,
			    .branch = proxy, .via_more = below);
			assert_int_equal(world_more(&w)->forward_of, i);
		}
		assert_int_equal(tracker_calls(w.tracker), 1);
		assert_int_equal(tracker_stats(w.tracker)->chains_cut, 0);
		world_clear(&w);
	}
}

/* A flood of transactions with one branch: a match is given up, and that is counted. */
static void test_long_chain(void **unused)
{
	(void)unused;
	struct world w;
	char host[16];
	world_init(&w);
	for (unsigned i = 1; i <= TRACK_CHAIN_MAX + 1; i++) {
		snprintf(host, sizeof(host), "h%u", i);
		SAY(&w, 0, .start = "OPTIONS", .sent_by = host);
		assert_int_equal(w.is.transaction, i);
	}
	assert_int_equal(tracker_stats(w.tracker)->chains_cut, 0);
	SAY(&w, 1, .start = "OPTIONS", .sent_by = "h2"); /* the last that is looked at */
	assert_int_equal(w.is.transaction, 2);
	SAY(&w, 1, .start = "OPTIONS", .sent_by = "h1"); /* one too many */
	assert_int_equal(w.is.transaction, TRACK_CHAIN_MAX + 2);
	assert_int_equal(tracker_stats(w.tracker)->chains_cut, 1);
	world_clear(&w);
}

static void test_many_responses(void **unused)
{
	(void)unused;
	struct world w;
	char tag[16];
	world_init(&w);
	SAY(&w, 0, .start = "OPTIONS");
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 5000; i++) {
			snprintf(tag, sizeof(tag), "t%u", i);
			SAY(&w, round * TICK_S, .start = "200", .method = "OPTIONS",
			    .to_tag = tag);
			assert_int_equal(w.is.of, round ? i + 2 : 0);
		}
	}
	assert_int_equal(world_more(&w)->response_retransmissions, 5000);
	assert_int_equal(world_txn(&w)->messages, 10001);
	/* the request is still found among them */
	SAY(&w, 2 * TICK_S, .start = "OPTIONS");
	assert_int_equal(w.is.of, 1);
	world_clear(&w);
}

/* --- against a reference, in small random worlds
 *
 * One Call-ID, few hosts, branches and tags, so that everything collides. The
 * reference knows no index: it asks every transaction and message there is. */

#define WORLD_MESSAGES 400

static const char *const methods[] = {
	"INVITE", "ACK", "CANCEL", "BYE", "X-ONE", "X-TWO"
};
static const char *const statuses[] = { "100", "180", "200", "202", "486" };
static const char *const branches[] = { "", "z1", "z2", "z3" };
static const char *const hosts[] = { "10.0.0.1:5060", "10.0.0.2:5060" };
static const char *const tags[] = { "", "a", "b" };
static const char *const rests[] = { NULL, ", SIP/2.0/UDP 10.0.0.1:5060;branch=z1",
	                             ", SIP/2.0/UDP 10.0.0.2:5060;branch=z2" };
enum { INVITE, ACK, CANCEL };

struct ref_message {
	unsigned client, server, cseq, method, status; /* status: index + 1, 0: request */
	unsigned host, branch, from, to, rest;
	uint64_t at;
	uint32_t txn; /* from 1; 0: stray ACK */
	uint32_t of;  /* first of its kind, or 0 */
};

struct ref_txn {
	const struct ref_message *key; /* the message that made it */
	uint32_t request, acks, cancel, forward_of;
	bool     success;
};

struct ref {
	struct ref_message messages[WORLD_MESSAGES + 1]; /* from 1, as ids are */
	struct ref_txn     txns[WORLD_MESSAGES + 1];
	uint32_t           nmessages, ntxns;
};

enum { HOP = 1, SENT_BY = 2, CLIENT = 4, SERVER = 8 };

/* Newest transaction with this CSeq, method and branch, and what `more` names. */
static uint32_t ref_find(const struct ref *r, const struct ref_message *m,
                         unsigned method, unsigned more)
{
	for (uint32_t id = r->ntxns; id; id--) {
		const struct ref_message *k = r->txns[id].key;
		if (k->cseq != m->cseq || k->method != method || k->branch != m->branch)
			continue;
		if ((more & SENT_BY) && k->host != m->host)
			continue;
		if ((more & (HOP | CLIENT)) && k->client != m->client)
			continue;
		if ((more & (HOP | SERVER)) && k->server != m->server)
			continue;
		return id;
	}
	return 0;
}

static uint32_t ref_new(struct ref *r, const struct ref_message *m)
{
	uint32_t forwarded = 0;
	for (uint32_t id = 1; m->rest && id <= r->ntxns; id++) {
		const struct ref_message *k = r->txns[id].key;
		/* `rests` name host 0 with branch 1, and host 1 with branch 2 */
		if (k->rest == 0 && k->host == m->rest - 1 && k->branch == m->rest &&
		    k->cseq == m->cseq && k->method == m->method && k->from == m->from)
			forwarded = id;
	}
	r->txns[++r->ntxns] = (struct ref_txn){ .key = m, .forward_of = forwarded };
	return r->ntxns;
}

static uint32_t ref_answered(const struct ref *r, const struct ref_message *m)
{
	uint32_t best = 0;
	bool best_hop = false;
	for (uint32_t id = 1; id <= r->ntxns; id++) {
		const struct ref_txn *x = &r->txns[id];
		if (x->key->method != INVITE || !x->success || x->key->cseq != m->cseq ||
		    x->key->from != m->from)
			continue;
		bool hop = x->key->client == m->client && x->key->server == m->server;
		if (!best || hop > best_hop ||
		    (hop == best_hop && x->acks < r->txns[best].acks)) {
			best = id;
			best_hop = hop;
		}
	}
	return best;
}

/* First message like m before it, by what a copy has in common: DEFINITIONS 2.5, 2.6. */
static uint32_t ref_copy(const struct ref *r, const struct ref_message *m)
{
	for (uint32_t id = 1; id < r->nmessages; id++) {
		const struct ref_message *k = &r->messages[id];
		bool is_ack = m->status == 0 && m->method == ACK;
		if (k->status != m->status)
			continue;
		if (is_ack ? k->method == ACK && k->client == m->client &&
		                     k->server == m->server && k->host == m->host &&
		                     k->branch == m->branch && k->cseq == m->cseq
		           : k->txn == m->txn &&
		                     (m->status ? k->to == m->to : k->method != ACK))
			return id;
	}
	return 0;
}

static void ref_request(struct ref *r, struct ref_message *m)
{
	uint32_t id = ref_find(r, m, m->method, HOP | SENT_BY);
	if (!id)
		id = ref_new(r, m);
	m->txn = id;
	m->of = ref_copy(r, m);
	if (r->txns[id].request)
		return;
	r->txns[id].request = r->nmessages;
	if (m->method != CANCEL)
		return;
	uint32_t invite = ref_find(r, m, INVITE, HOP | SENT_BY);
	for (uint32_t i = r->ntxns; i && !invite; i--) {
		const struct ref_message *k = r->txns[i].key;
		if (k->method == INVITE && k->cseq == m->cseq && k->client == m->client &&
		    k->server == m->server)
			invite = i;
	}
	r->txns[id].cancel = invite;
	if (invite && !r->txns[invite].cancel)
		r->txns[invite].cancel = id;
}

static void ref_ack(struct ref *r, struct ref_message *m)
{
	m->of = ref_copy(r, m);
	if (m->of) {
		m->txn = r->messages[m->of].txn;
		return;
	}
	m->txn = ref_find(r, m, INVITE, HOP | SENT_BY);
	if (!m->txn)
		m->txn = ref_answered(r, m);
	if (m->txn)
		r->txns[m->txn].acks++;
}

static void ref_response(struct ref *r, struct ref_message *m)
{
	static const unsigned order[] = { HOP | SENT_BY, HOP, CLIENT | SENT_BY,
		                          SERVER | SENT_BY };
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && !m->txn; i++)
		m->txn = ref_find(r, m, m->method, order[i]);
	if (!m->txn)
		m->txn = ref_new(r, m);
	m->of = ref_copy(r, m);
	if (statuses[m->status - 1][0] == '2')
		r->txns[m->txn].success = true;
}

static struct ref_message random_message(uint64_t *seed, uint64_t *now)
{
	static const uint64_t steps[] = { 0, TICK_MS, 50 * TICK_MS - 1, 50 * TICK_MS,
		                          TICK_S };
	*now += steps[random_below(seed, 5)];
	struct ref_message m = { .client = 1 + random_below(seed, 3),
		                 .server = 1 + random_below(seed, 3),
		                 .cseq = 1 + random_below(seed, 2),
		                 .method = random_below(seed, 6),
		                 .host = random_below(seed, 2),
		                 .branch = random_below(seed, 4),
		                 .from = random_below(seed, 3),
		                 .to = random_below(seed, 3),
		                 .rest = random_below(seed, 3),
		                 .at = *now };
	if (random_below(seed, 2))
		m.status = 1 + random_below(seed, 5);
	if (random_below(seed, 2)) /* more of what has most rules */
		m.method = random_below(seed, 2);
	return m;
}

static void check_random_world(uint64_t seed, uint32_t count)
{
	static struct ref r; /* large */
	struct world w;
	uint64_t now = TICK_S;
	r = (struct ref){ 0 };
	world_init(&w);
	while (r.nmessages < count) {
		struct ref_message *m = &r.messages[++r.nmessages];
		*m = random_message(&seed, &now);
		if (m->status)
			ref_response(&r, m);
		else if (m->method == ACK)
			ref_ack(&r, m);
		else
			ref_request(&r, m);
		world_hop(&w, m->client, m->server);
		SAY(&w, m->at,
		    .start = m->status ? statuses[m->status - 1] : methods[m->method],
		    .method = methods[m->method], .cseq = m->cseq,
		    .sent_by = hosts[m->host], .branch = branches[m->branch],
		    .from_tag = tags[m->from], .to_tag = tags[m->to],
		    .via_more = rests[m->rest]);
		assert_int_equal(w.is.message, r.nmessages);
		assert_int_equal(w.is.transaction, m->txn);
		assert_int_equal(w.is.of, m->of);
		if (!m->of)
			continue;
		uint64_t last = 0; /* time of the copy before this one */
		for (uint32_t i = m->of; i < r.nmessages; i++)
			if (i == m->of || r.messages[i].of == m->of)
				last = r.messages[i].at;
		assert_int_equal(w.is.repeat, m->at - last < 50 * TICK_MS
		                                      ? TRACK_DUPLICATE
		                                      : TRACK_RETRANSMISSION);
	}
	assert_int_equal(tracker_transactions(w.tracker), r.ntxns);
	for (uint32_t id = 1; id <= r.ntxns; id++) {
		const struct txn *x = tracker_transaction_at(w.tracker, id);
		const struct txn_more *more = tracker_more(w.tracker, x);
		assert_int_equal(tracker_acks(w.tracker, x), r.txns[id].acks);
		assert_int_equal(more->cancel, r.txns[id].cancel);
		assert_int_equal(x->request, r.txns[id].request);
		assert_int_equal(more->forward_of, r.txns[id].forward_of);
	}
	assert_int_equal(tracker_stats(w.tracker)->chains_cut, 0);
	world_clear(&w);
}

static void test_random_worlds(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 300; seed++)
		check_random_world(seed, 1 + (uint32_t)(seed % 40)); /* lists */
	for (uint64_t seed = 1001; seed <= 1060; seed++)
		check_random_world(seed, WORLD_MESSAGES); /* and indices */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_response_fallbacks),
		cmocka_unit_test(test_no_branch),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_ack),
		cmocka_unit_test(test_stray_ack),
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_forward_ack),
		cmocka_unit_test(test_no_forward),
		cmocka_unit_test(test_many_transactions),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_many_responses),
		cmocka_unit_test(test_random_worlds),
	};
	return cmocka_run_group_tests_name("track/match", tests, NULL, NULL);
}
