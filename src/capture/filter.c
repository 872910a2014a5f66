/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture/filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/source.h"

struct program {
	bool               made;
	uint16_t           link;
	struct bpf_program bpf;
};

struct filter {
	char          *text;
	unsigned       last; /* the program used last; packets of one link type flock */
	unsigned       next; /* the program to give up when all are in use */
	struct program programs[FILTER_LINKS_MAX];
};

/* LINKTYPE_ values, which are the same everywhere, that libpcap knows by a DLT_ number
 * that depends on the system; all others are equal. */
static const struct {
	uint16_t link;
	int      dlt;
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

static enum err compile(struct bpf_program *out, const char *text, uint16_t link,
                        char why[FILTER_WHY_MAX])
{
	pcap_t *dead = pcap_open_dead(dlt_of(link), SOURCE_PACKET_MAX);
	if (!dead)
		return ERR_NOMEM;
	int rc = pcap_compile(dead, out, text, 1, PCAP_NETMASK_UNKNOWN);
	if (rc != 0)
		snprintf(why, FILTER_WHY_MAX, "%s", pcap_geterr(dead));
	pcap_close(dead);
	return rc == 0 ? OK : ERR_FORMAT;
}

/* Is the text right at all? Some expressions fit one kind of link only. */
static enum err check(const char *text, char why[FILTER_WHY_MAX])
{
	/* Ethernet, Linux cooked, raw IP. */
	static const uint16_t usual[] = { 1, 113, 101 };
	char other[FILTER_WHY_MAX];
	enum err err = OK;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		struct bpf_program bpf;
		err = compile(&bpf, text, usual[i], i == 0 ? why : other);
		if (err == OK)
			pcap_freecode(&bpf);
		if (err != ERR_FORMAT)
			break;
	}
	return err;
}

enum err filter_new(struct filter **out, const char *text, char why[FILTER_WHY_MAX])
{
	enum err err = check(text, why);
	if (err)
		return err;
	struct filter *filter = calloc(1, sizeof(*filter));
	if (!filter)
		return ERR_NOMEM;
	filter->text = strdup(text);
	if (!filter->text) {
		free(filter);
		return ERR_NOMEM;
	}
	*out = filter;
	return OK;
}

static void forget(struct program *program)
{
	if (program->made)
		pcap_freecode(&program->bpf);
	program->made = false;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	for (unsigned i = 0; i < FILTER_LINKS_MAX; i++)
		forget(&filter->programs[i]);
	free(filter->text);
	free(filter);
}

/* Make `link` the link type of programs[filter->last]. */
static enum err choose(struct filter *filter, uint16_t link, char why[FILTER_WHY_MAX])
{
	for (unsigned i = 0; i < FILTER_LINKS_MAX; i++) {
		if (filter->programs[i].made && filter->programs[i].link == link) {
			filter->last = i;
			return OK;
		}
	}
	char reason[FILTER_WHY_MAX];
	struct program *program = &filter->programs[filter->next];
	forget(program);
	enum err err = compile(&program->bpf, filter->text, link, reason);
	if (err == ERR_FORMAT)
		snprintf(why, FILTER_WHY_MAX, "does not fit link type %u: %.*s", link,
		         FILTER_WHY_MAX - 40, reason);
	if (err)
		return err;
	program->made = true;
	program->link = link;
	filter->last = filter->next;
	filter->next = (filter->next + 1) % FILTER_LINKS_MAX;
	return OK;
}

enum err filter_pass(struct filter *filter, const struct frame *f, bool *pass,
                     char why[FILTER_WHY_MAX])
{
	struct program *program = &filter->programs[filter->last];
	if (!program->made || program->link != f->link) {
		enum err err = choose(filter, f->link, why);
		if (err)
			return err;
		program = &filter->programs[filter->last];
	}
	struct pcap_pkthdr header = {
		.caplen = (bpf_u_int32)f->bytes.len,
		.len = f->wire_len,
	};
	*pass = pcap_offline_filter(&program->bpf, &header,
	                            (const unsigned char *)f->bytes.p) != 0;
	return OK;
}
