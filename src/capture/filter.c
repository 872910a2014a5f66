/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture/filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/slice.h"
#include "capture/source.h"

/* The texts of one expression, the widest first: the first that fits a link type is
 * used for it. */
enum form {
	FORM_TAGS,      /* with fragments, behind VLAN tags too */
	FORM_FRAGMENTS, /* with fragments */
	FORM_GIVEN,     /* as it was given */
	FORM_COUNT
};

struct program {
	bool made;
	uint16_t link;
	enum form form;
	uint64_t frames; /* that it was asked about */
	struct bpf_program bpf;
};

struct filter {
	char *texts[FORM_COUNT]; /* NULL: not made of this expression */
	bool moves;              /* it names what moves offsets */
	unsigned last; /* the program used last; packets of one link type flock */
	unsigned next; /* the program to give up when all are in use */
	struct program programs[FILTER_LINKS_MAX];
};

#define LINK_ETHERNET 1

/* In an IP header: the fragment offset of IPv4, RFC 791 3.1, and the next header of
 * IPv6, RFC 8200 3, which here is the fragment header. */
#define FRAGMENT      "ip[6:2] & 0x1fff != 0 or ip6[6] = 44"

/* The same by offsets in an Ethernet frame: of the type, and of the seventh byte of the
 * IP header behind it. */
#define FRAGMENT_AT(type, seventh)                                                       \
	"((ether[" type ":2] = 0x0800 and ether[" seventh ":2] & 0x1fff != 0) or "       \
	"(ether[" type ":2] = 0x86dd and ether[" seventh "] = 44))"

/* What libpcap takes for a VLAN tag. */
#define TAG_AT(type)                                                                     \
	"(ether[" type ":2] = 0x8100 or ether[" type ":2] = 0x88a8 or "                  \
	"ether[" type ":2] = 0x9100)"

#define FRAGMENT_IN_ONE FRAGMENT_AT("16", "24")
#define FRAGMENT_IN_TWO "(" TAG_AT("16") " and " FRAGMENT_AT("20", "28") ")"
#define FRAGMENT_IN_TAGS                                                                 \
	"(" TAG_AT("12") " and (" FRAGMENT_IN_ONE " or " FRAGMENT_IN_TWO "))"

/* LINKTYPE_ values, which are the same everywhere, that libpcap knows by a DLT_ number
 * that depends on the system; all others are equal. */
static const struct {
	uint16_t link;
	int dlt;
} dlts[] = {
	{ 100, DLT_ATM_RFC1483 },
	{ 101, DLT_RAW },
	{ 102, DLT_SLIP_BSDOS },
	{ 103, DLT_PPP_BSDOS },
	{ 108, DLT_LOOP },
	{ 109, DLT_ENC },
};

static int dlt_of(uint16_t link)
{
	for (size_t i = 0; i < sizeof(dlts) / sizeof(dlts[0]); i++)
		if (dlts[i].link == link)
			return dlts[i].dlt;
	return link;
}

/* --- the expression */

/* Words end where libpcap's do; one that follows a backslash is a name to it. */
static bool names_what_moves_offsets(const char *text)
{
	static const char *const keywords[] = { "vlan", "mpls", "pppoes", "geneve",
		                                "vxlan" };
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.\\";
	size_t len;
	for (const char *p = text; *p; p += len) {
		len = strspn(p, letters);
		for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
			if (slice_eq((struct slice){ p, len }, slice_of(keywords[i])))
				return true;
		len += strcspn(p + len, letters);
	}
	return false;
}

/* What comes behind a keyword that moves offsets is moved, so FRAGMENT stands before
 * the expression then; else behind it, where it cannot harm it. */
static bool widen(struct filter *filter, const char *text)
{
	char **tags = &filter->texts[FORM_TAGS];
	char **fragments = &filter->texts[FORM_FRAGMENTS];
	int n = 0, m;
	filter->moves = names_what_moves_offsets(text);
	if (filter->moves) {
		n = asprintf(tags, FRAGMENT " or " FRAGMENT_IN_TAGS " or (%s)", text);
		m = asprintf(fragments, FRAGMENT " or (%s)", text);
	} else {
		if (strlen(text) <= FILTER_TAGS_MAX)
			n = asprintf(tags,
			             "(%s) or " FRAGMENT " or (vlan and ("
			             "(%s) or " FRAGMENT " or (vlan and ("
			             "(%s) or " FRAGMENT "))))",
			             text, text, text);
		m = asprintf(fragments, "(%s) or " FRAGMENT, text);
	}
	if (n < 0)
		*tags = NULL; /* asprintf leaves it undefined */
	if (m < 0)
		*fragments = NULL;
	return n >= 0 && m >= 0;
}

/* The text of this form, NULL where the link type has none. */
static const char *text_for(const struct filter *filter, enum form form, uint16_t link)
{
	bool ethernet_only = form == FORM_TAGS && filter->moves;
	return ethernet_only && link != LINK_ETHERNET ? NULL : filter->texts[form];
}

/* --- programs */

static enum err compile(struct bpf_program *out, const char *text, uint16_t link,
                        char reason[PCAP_ERRBUF_SIZE])
{
	pcap_t *dead = pcap_open_dead(dlt_of(link), SOURCE_PACKET_MAX);
	if (!dead)
		return ERR_NOMEM;
	int optimize = strlen(text) <= FILTER_OPTIMIZED_MAX;
	int rc = pcap_compile(dead, out, text, optimize, PCAP_NETMASK_UNKNOWN);
	if (rc != 0)
		snprintf(reason, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(dead));
	pcap_close(dead);
	return rc == 0 ? OK : ERR_FORMAT;
}

static void forget(struct program *program)
{
	if (program->made)
		pcap_freecode(&program->bpf);
	*program = (struct program){ .made = false };
}

/* Make the program for `link`, the widest that there is. The expression by itself
 * comes first: only where it can be compiled is it safe to put it into another. */
static enum err make(const struct filter *filter, struct program *program, uint16_t link,
                     char reason[PCAP_ERRBUF_SIZE])
{
	const char *given = filter->texts[FORM_GIVEN];
	enum err err = compile(&program->bpf, given, link, reason);
	if (err)
		return err;
	program->made = true;
	program->link = link;
	program->form = FORM_GIVEN;
	for (enum form form = 0; form < FORM_GIVEN; form++) {
		const char *text = text_for(filter, form, link);
		struct bpf_program bpf;
		err = text ? compile(&bpf, text, link, reason) : ERR_FORMAT;
		if (err == ERR_NOMEM)
			return err;
		if (err)
			continue;
		pcap_freecode(&program->bpf);
		program->bpf = bpf;
		program->form = form;
		break;
	}
	return OK;
}

/* Make `link` the link type of programs[filter->last]. */
static enum err choose(struct filter *filter, uint16_t link,
                       char reason[PCAP_ERRBUF_SIZE])
{
	for (unsigned i = 0; i < FILTER_LINKS_MAX; i++) {
		if (filter->programs[i].made && filter->programs[i].link == link) {
			filter->last = i;
			return OK;
		}
	}
	struct program *program = &filter->programs[filter->next];
	forget(program);
	enum err err = make(filter, program, link, reason);
	if (err) {
		forget(program);
		return err;
	}
	filter->last = filter->next;
	filter->next = (filter->next + 1) % FILTER_LINKS_MAX;
	return OK;
}

/* One line that names the expression; both it and libpcap's words may hold anything. */
static void explain(const struct filter *filter, const char *words, const char *reason,
                    char why[FILTER_WHY_MAX])
{
	struct slice given = slice_of(filter->texts[FORM_GIVEN]);
	char text[FILTER_SHOWN_MAX], safe[PCAP_ERRBUF_SIZE];
	bool whole = given.len < sizeof(text);
	safe_text_copy(given, false, text, sizeof(text));
	safe_text_copy(slice_of(reason), false, safe, sizeof(safe));
	snprintf(why, FILTER_WHY_MAX, "\"%s%s\"%s: %s", text, whole ? "" : "...", words,
	         safe);
}

/* --- the filter */

/* Does the expression fit any link type? Some fit one kind only. Leaves its program,
 * which is likely to be asked for. */
static enum err check(struct filter *filter, char why[FILTER_WHY_MAX])
{
	/* Ethernet, Linux cooked, raw IP. */
	static const uint16_t usual[] = { LINK_ETHERNET, 113, 101 };
	char reasons[2][PCAP_ERRBUF_SIZE]; /* the commonest's, and any other's */
	enum err err = OK;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		err = choose(filter, usual[i], reasons[i > 0]);
		if (err != ERR_FORMAT)
			break;
	}
	if (err == ERR_FORMAT)
		explain(filter, "", reasons[0], why);
	return err;
}

enum err filter_new(struct filter **out, const char *text, bool raw,
                    char why[FILTER_WHY_MAX])
{
	struct filter *filter = calloc(1, sizeof(*filter));
	if (!filter)
		return ERR_NOMEM;
	filter->texts[FORM_GIVEN] = strdup(text);
	bool ok = filter->texts[FORM_GIVEN] && (raw || widen(filter, text));
	enum err err = ok ? check(filter, why) : ERR_NOMEM;
	if (err)
		filter_free(filter);
	else
		*out = filter;
	return err;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	for (unsigned i = 0; i < FILTER_LINKS_MAX; i++)
		forget(&filter->programs[i]);
	for (unsigned i = 0; i < FORM_COUNT; i++)
		free(filter->texts[i]);
	free(filter);
}

static enum err program_for(struct filter *filter, uint16_t link, struct program **out,
                            char why[FILTER_WHY_MAX])
{
	*out = &filter->programs[filter->last];
	if ((*out)->made && (*out)->link == link)
		return OK;
	char reason[PCAP_ERRBUF_SIZE], words[40];
	enum err err = choose(filter, link, reason);
	if (err == ERR_FORMAT) {
		snprintf(words, sizeof(words), " does not fit link type %u", link);
		explain(filter, words, reason, why);
	}
	*out = &filter->programs[filter->last];
	return err;
}

const char *filter_text_for(struct filter *filter, uint16_t link,
                            char why[FILTER_WHY_MAX])
{
	struct program *program;
	snprintf(why, FILTER_WHY_MAX, "out of memory");
	if (program_for(filter, link, &program, why) != OK)
		return NULL;
	return filter->texts[program->form];
}

enum err filter_pass(struct filter *filter, const struct frame *f, bool *pass,
                     char why[FILTER_WHY_MAX])
{
	struct program *program;
	enum err err = program_for(filter, f->link, &program, why);
	if (err)
		return err;
	struct pcap_pkthdr header = {
		.caplen = (bpf_u_int32)f->bytes.len,
		.len = f->wire_len,
	};
	program->frames++;
	*pass = pcap_offline_filter(&program->bpf, &header,
	                            (const unsigned char *)f->bytes.p) != 0;
	return OK;
}

const char *filter_text(const struct filter *filter)
{
	const struct program *most = NULL;
	for (unsigned i = 0; i < FILTER_LINKS_MAX; i++) {
		const struct program *program = &filter->programs[i];
		if (program->made && (!most || program->frames > most->frames))
			most = program;
	}
	return filter->texts[most ? most->form : FORM_GIVEN];
}
