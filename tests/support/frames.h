/* SPDX-License-Identifier: MIT */
/* tests/support/frames.h - frames for tests, built header by header.
 *
 * Headers are appended from the outside in, then the payload; frames_close fills in
 * what only then is known: lengths and checksums.
 *
 *     struct frames f;
 *     frames_init(&f);
 *     frames_ethernet(&f, FRAMES_IPV4);
 *     frames_ipv4(&f, FRAMES_UDP, "192.0.2.1", "192.0.2.2");
 *     frames_udp(&f, 5060, 5060);
 *     frames_text(&f, "OPTIONS sip:b@example.com SIP/2.0\r\n...");
 *     frames_close(&f);
 *
 * Each builder returns where in the frame its header begins. A field put over before
 * frames_close comes under the checksum; put over after it, a length or a checksum
 * becomes a lie. What is appended after frames_close is padding.
 *
 * A frame over FRAMES_MAX or an address that is none aborts the test. */
#ifndef TESTS_SUPPORT_FRAMES_H
#define TESTS_SUPPORT_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "net/frame.h"
#include "net/net.h"

#define FRAMES_MAX   4096
#define FRAMES_DEPTH 64 /* headers that wait for frames_close */

/* EtherTypes and IP protocol numbers that tests ask for most. */
#define FRAMES_IPV4 0x0800
#define FRAMES_IPV6 0x86dd
#define FRAMES_VLAN 0x8100
#define FRAMES_TCP  6
#define FRAMES_UDP  17

enum frames_kind {
	FRAMES_OPEN_IPV4,
	FRAMES_OPEN_IPV6,
	FRAMES_OPEN_UDP,
	FRAMES_OPEN_TCP,
	FRAMES_OPEN_PPPOE,
	FRAMES_OPEN_PPTP,
	FRAMES_OPEN_GTPU,
	FRAMES_OPEN_L2TP
};

/* A header whose length or checksum frames_close fills in. */
struct frames_open {
	enum frames_kind kind;
	size_t           at;
};

struct frames {
	size_t             len;
	size_t             depth; /* entries used in open */
	struct frames_open open[FRAMES_DEPTH];
	unsigned char      bytes[FRAMES_MAX];
};

void frames_init(struct frames *f);

/* Raw bytes, big-endian; text without its NUL. */
size_t frames_bytes(struct frames *f, const void *bytes, size_t len);
size_t frames_u8(struct frames *f, uint8_t v);
size_t frames_u16(struct frames *f, uint16_t v);
size_t frames_u32(struct frames *f, uint32_t v);
size_t frames_text(struct frames *f, const char *text);

/* Put over what is there already; `at` is an offset into the frame. */
void frames_put8(struct frames *f, size_t at, uint8_t v);
void frames_put16(struct frames *f, size_t at, uint16_t v);

/* Link layers. type is the EtherType of what follows; family that of the capturing
 * system (AF_INET is 2). */
size_t frames_ethernet(struct frames *f, uint16_t type);
size_t frames_vlan(struct frames *f, uint16_t vlan, uint16_t type);
size_t frames_sll(struct frames *f, uint16_t type);
size_t frames_sll2(struct frames *f, uint16_t type);
size_t frames_null_le(struct frames *f, uint32_t family);
size_t frames_null_be(struct frames *f, uint32_t family); /* also LINKTYPE_LOOP */

/* IP headers; protocol is that of what follows. len bytes of options, a multiple of
 * four and at most 40. IPv4 headers get the identification 0x1234. */
size_t frames_ipv4(struct frames *f, uint8_t protocol, const char *src, const char *dst);
size_t frames_ipv4_options(struct frames *f, uint8_t protocol, const char *src,
                           const char *dst, const void *options, size_t len);
size_t frames_ipv6(struct frames *f, uint8_t protocol, const char *src, const char *dst);

/* IPv6 extension headers; next is that of what follows. frames_extension suits all
 * that are measured in eight bytes: `extra` of them beyond the first. */
size_t frames_extension(struct frames *f, uint8_t next, uint8_t extra);
size_t frames_auth(struct frames *f, uint8_t next, size_t icv_words);
size_t frames_fragment(struct frames *f, uint8_t next, uint16_t offset, int more);

size_t frames_udp(struct frames *f, uint16_t src, uint16_t dst);
size_t frames_tcp(struct frames *f, uint16_t src, uint16_t dst, uint32_t seq,
                  uint8_t flags);

/* Tunnels. type is the EtherType, protocol the PPP protocol of what follows. */
size_t frames_mpls(struct frames *f, uint32_t label, int bottom);
size_t frames_ppp(struct frames *f, uint16_t protocol); /* with ff 03 before it */
size_t frames_pppoe(struct frames *f, uint16_t protocol);
/* The fields that `flags` (RFC 2784, 2890) announce, as zeros. */
size_t frames_gre(struct frames *f, uint16_t flags, uint16_t type);
size_t frames_pptp(struct frames *f, int ack);
size_t frames_erspan2(struct frames *f); /* GRE included, as in the next */
size_t frames_erspan3(struct frames *f, int subheader);
size_t frames_vxlan(struct frames *f, uint32_t network);
size_t frames_geneve(struct frames *f, uint16_t type, uint8_t option_words);
/* With sequence number and `extensions` extension headers, or the shortest for -1. */
size_t frames_gtpu(struct frames *f, int extensions);
size_t frames_tzsp(struct frames *f);
size_t frames_l2tp(struct frames *f, uint16_t flags); /* of RFC 2661 3.1, less version */
size_t frames_esp(struct frames *f);
/* Behind the contents and a frames_close: padding bytes, protocol, check value. */
size_t frames_esp_trailer(struct frames *f, uint8_t protocol, uint8_t padding,
                          size_t icv);

/* Fill in the lengths up to the present end, then the checksums. */
void frames_close(struct frames *f);

/* A whole UDP packet on Ethernet, of IPv6 where the addresses have colons. */
void frames_udp_packet(struct frames *f, const char *src, uint16_t src_port,
                       const char *dst, uint16_t dst_port, const char *text);

/* The frame as net_input takes it: number 1, time 0, not truncated. Borrows f. */
struct frame frames_frame(const struct frames *f, uint16_t link);

/* An address from its text, either family. */
struct net_addr frames_addr(const char *text);

#endif
