/* SPDX-License-Identifier: MIT */
/* bench/bench-pcap-loop.c - the least that reading a capture costs: libpcap hands out
 * each packet, and nothing is done with it but counting.
 *
 * usage: bench-pcap-loop FILE */
#include "config.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: bench-pcap-loop FILE\n", stderr);
		return 1;
	}
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(argv[1], why);
	if (!pcap) {
		fprintf(stderr, "bench-pcap-loop: %s\n", why);
		return 2;
	}
	uint64_t packets = 0, bytes = 0;
	struct pcap_pkthdr *header;
	const u_char *data;
	int result;
	while ((result = pcap_next_ex(pcap, &header, &data)) == 1) {
		packets++;
		bytes += header->caplen;
	}
	if (result == PCAP_ERROR)
		fprintf(stderr, "bench-pcap-loop: %s\n", pcap_geterr(pcap));
	pcap_close(pcap);
	printf("%" PRIu64 " packets, %" PRIu64 " bytes\n", packets, bytes);
	return result == PCAP_ERROR ? 2 : 0;
}
