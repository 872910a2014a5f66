/* SPDX-License-Identifier: MIT */
/* Packets off an interface, by libpcap. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/safe.h"
#include "capture/filter.h"
#include "capture/reader.h"

/* The kernel hands packets over in blocks: when one is full, or after this time, in ms.
 * So a busy link costs few system calls, and on a quiet one nobody sees the wait. */
#define BLOCK_MS 10

/* What a driver counts as dropped. libpcap reads the same, but opens it each time, which
 * a confined program cannot: it would take the difference to nothing for drops. */
static const char *const counters[] = { "rx_missed_errors", "rx_fifo_errors" };
#define COUNTERS (sizeof(counters) / sizeof(counters[0]))

struct live {
	pcap_t *handle;
	char device[IFNAMSIZ];
	bool down;             /* the link, at the last look */
	int fd;                /* to wait on */
	char *filter;          /* in effect, or NULL */
	bool micros;           /* times are in microseconds */
	struct pcap_stat seen; /* of the last look: the kernel counts with 32 bits */
	struct source_drops drops;
	int counters[COUNTERS]; /* open; -1: this system has none */
	uint64_t counted;       /* by them, at the last look */
};

/* libpcap's words, which may name anything, behind ours. */
static enum err fail(struct reader *r, enum err err, const char *words,
                     const char *reason)
{
	char safe[PCAP_ERRBUF_SIZE];
	safe_text_copy(slice_of(reason), false, safe, sizeof(safe));
	return reader_fail(r, err, "%s%s%s", words, *safe ? ": " : "", safe);
}

static enum err not_activated(struct reader *r, int code)
{
	pcap_t *handle = r->live->handle;
	switch (code) {
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return reader_fail(r, ERR_LIMIT,
		                   "the right to capture is missing (cap_net_raw): give "
		                   "it once with: sudo sipglass --setup-caps");
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return fail(r, ERR_IO, "there is no such interface; ip link lists them",
		            "");
	case PCAP_ERROR_IFACE_NOT_UP:
		return fail(r, ERR_IO, "the interface is down; ip link set it up", "");
	default: return fail(r, ERR_IO, "cannot be captured on", pcap_geterr(handle));
	}
}

/* What a packet's bytes begin with, as files say it. */
static uint16_t link_of(pcap_t *handle)
{
	int dlt = pcap_datalink(handle);
	switch (dlt) {
	case DLT_RAW: return 101;
	default: return dlt >= 0 && dlt <= UINT16_MAX ? (uint16_t)dlt : UINT16_MAX;
	}
}

static enum err set_filter(struct reader *r, const struct source_cfg *cfg)
{
	struct live *live = r->live;
	struct filter *filter;
	struct bpf_program program;
	char why[FILTER_WHY_MAX];
	const char *given = cfg->filter;
	if (!given || slice_trim(slice_of(given)).len == 0)
		return OK;
	enum err err = filter_new(&filter, given, cfg->filter_raw, why);
	if (err == ERR_NOMEM)
		return err;
	const char *text = err ? NULL : filter_text_for(filter, r->link, why);
	if (text)
		live->filter = strdup(text);
	if (!err)
		filter_free(filter);
	if (!text)
		return reader_fail(r, ERR_FORMAT, "wrong capture filter %s", why);
	if (!live->filter)
		return ERR_NOMEM;
	/* by the handle: tags that the kernel takes off are found then */
	int optimize = strlen(live->filter) <= FILTER_OPTIMIZED_MAX;
	if (pcap_compile(live->handle, &program, live->filter, optimize,
	                 PCAP_NETMASK_UNKNOWN) != 0)
		return fail(r, ERR_FORMAT, "the capture filter",
		            pcap_geterr(live->handle));
	int rc = pcap_setfilter(live->handle, &program);
	pcap_freecode(&program);
	return rc == 0 ? OK
	               : fail(r, ERR_IO, "the capture filter is refused",
	                      pcap_geterr(live->handle));
}

static enum err activate(struct reader *r, const struct source_cfg *cfg)
{
	struct live *live = r->live;
	pcap_t *handle = live->handle;
	size_t buffer = cfg->buffer ? cfg->buffer : SOURCE_BUFFER;
	pcap_set_snaplen(handle, (int)(cfg->snaplen ? cfg->snaplen : SOURCE_PACKET_MAX));
	pcap_set_promisc(handle, true);
	pcap_set_timeout(handle, BLOCK_MS);
	pcap_set_buffer_size(handle, buffer < INT32_MAX ? (int)buffer : INT32_MAX);
	live->micros = pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO) != 0;
	int code = pcap_activate(handle);
	if (code < 0)
		return not_activated(r, code);
#ifdef DLT_LINUX_SLL2
	/* of "any": with the number of the interface */
	if (pcap_datalink(handle) == DLT_LINUX_SLL)
		pcap_set_datalink(handle, DLT_LINUX_SLL2);
#endif
	r->link = link_of(handle);
	return OK;
}

static void open_counters(struct live *live, const char *device)
{
	char path[128];
	for (size_t i = 0; i < COUNTERS; i++) {
		int n = snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s",
		                 device, counters[i]);
		live->counters[i] = n > 0 && (size_t)n < sizeof(path)
		                            ? open(path, O_RDONLY | O_CLOEXEC)
		                            : -1;
	}
}

/* Their sum; false: there are none. */
static bool read_counters(const struct live *live, uint64_t *sum)
{
	bool some = false;
	*sum = 0;
	for (size_t i = 0; i < COUNTERS; i++) {
		char text[32];
		ssize_t n = live->counters[i] < 0
		                    ? -1
		                    : pread(live->counters[i], text, sizeof(text) - 1, 0);
		if (n <= 0)
			continue;
		text[n] = '\0';
		*sum += strtoull(text, NULL, 10);
		some = true;
	}
	return some;
}

static void note_link(struct live *live, bool down)
{
	live->drops.downs += down && !live->down;
	live->down = down;
}

/* Not of "any": it has no link. */
static void look_at_link(struct live *live)
{
	struct ifreq ask = { 0 };
	memcpy(ask.ifr_name, live->device, sizeof(ask.ifr_name));
	if (ioctl(pcap_fileno(live->handle), SIOCGIFFLAGS, &ask) == 0)
		note_link(live, (ask.ifr_flags & (IFF_UP | IFF_RUNNING)) !=
		                        (IFF_UP | IFF_RUNNING));
}

enum err live_open(struct reader *r, const char *device, const struct source_cfg *cfg)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	struct live *live = r->live = calloc(1, sizeof(*live));
	if (!live)
		return ERR_NOMEM;
	open_counters(live, device);
	read_counters(live, &live->counted);
	live->handle = pcap_create(device, reason);
	if (!live->handle)
		return fail(r, ERR_IO, "cannot be captured on", reason);
	enum err err = activate(r, cfg);
	if (err == OK)
		err = set_filter(r, cfg);
	if (err != OK)
		return err;
	if (pcap_setnonblock(live->handle, 1, reason) != 0)
		return fail(r, ERR_IO, "cannot be read without waiting", reason);
	live->fd = pcap_get_selectable_fd(live->handle);
	snprintf(live->device, sizeof(live->device), "%s", device);
	look_at_link(live);
	live->drops.downs = 0; /* it has not gone down, where it never was up */
	return OK;
}

static void close_live(struct reader *r)
{
	struct live *live = r->live;
	if (!live)
		return;
	if (live->handle)
		pcap_close(live->handle);
	for (size_t i = 0; i < COUNTERS; i++)
		if (live->counters[i] >= 0)
			close(live->counters[i]);
	free(live->filter);
	free(live);
	r->live = NULL;
}

/* Until there may be packets, or the time is over, or a signal came. A link that goes
 * down is an error of the socket until libpcap reads it, and then goes on. */
static void wait_for_packets(const struct reader *r)
{
	int ms = r->in.wait_ms;
	struct pollfd fd = { .fd = r->live->fd, .events = POLLIN };
	if (ms < 0 || ms > INPUT_NAP_MS)
		ms = INPUT_NAP_MS; /* so that source_break is seen soon */
	if (ms > 0 && poll(&fd, 1, ms) > 0 && fd.revents & POLLERR)
		note_link(r->live, true);
}

static enum err next_live(struct reader *r, struct frame *f)
{
	struct live *live = r->live;
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int rc = pcap_next_ex(live->handle, &h, &bytes);
	if (rc == 0) {
		wait_for_packets(r);
		rc = r->in.stop ? 0 : pcap_next_ex(live->handle, &h, &bytes);
	}
	if (rc == 0)
		return r->in.stop ? ERR_END : ERR_MORE;
	if (rc < 0)
		return fail(r, ERR_IO, "capturing ended", pcap_geterr(live->handle));
	uint64_t parts = (uint64_t)h->ts.tv_usec * (live->micros ? 1000 : 1);
	uint32_t wire = h->len;
	r->stats.bytes += h->caplen;
	*f = (struct frame){
		.at = h->ts.tv_sec > 0 ? (uint64_t)h->ts.tv_sec * TICK_S + parts : 0,
		.number = ++r->stats.packets,
		.offset = FRAME_NO_OFFSET,
		.bytes = { (const char *)bytes, h->caplen },
		.wire_len = wire > h->caplen ? wire : h->caplen,
		.link = r->link,
		.input = r->input,
	};
	return OK;
}

int live_fd(const struct live *live)
{
	return pcap_fileno(live->handle);
}

const char *live_filter(const struct live *live)
{
	return live->filter;
}

bool live_drops(struct live *live, struct source_drops *drops)
{
	struct pcap_stat now;
	uint64_t sum;
	bool counted = read_counters(live, &sum);
	look_at_link(live);
	if (counted) {
		live->drops.interface += sum > live->counted ? sum - live->counted : 0;
		live->counted = sum;
	}
	if (pcap_stats(live->handle, &now) == 0) {
		/* differences, since the counters wrap */
		live->drops.kernel += now.ps_drop - live->seen.ps_drop;
		if (!counted)
			live->drops.interface += now.ps_ifdrop - live->seen.ps_ifdrop;
		live->seen = now;
	}
	*drops = live->drops;
	return true;
}

static bool knows(struct slice head)
{
	(void)head;
	return false;
}

static enum err open_none(struct reader *r)
{
	(void)r;
	return OK;
}

const struct format format_live = { "live", knows, open_none, next_live, close_live };
