# SPDX-License-Identifier: MIT
"""Packets that are not SIP, the same on every run."""
import random
import struct

import capture
import packet as pk
from capture import Frame

HOSTS4 = [bytes((198, 51, 100, n)) for n in (1, 2, 3)]
HOSTS6 = [bytes.fromhex("20010db8000000ff") + bytes(7) + bytes([n]) for n in (1, 2, 3)]
ICMP, ICMPV6 = 1, 58
# Ports of tunnels, of SIP and of HEP with bytes that are none of it.
PORTS = (4789, 2152, 6081, 37008, 1701, 6635, 5060, 9060, 443, 12345)


def ip_frame(data):
    return pk.ethernet(pk.ip_type(data), data)


def udp_frame(hosts, sport, dport, payload, ident=0):
    data = pk.udp(hosts[0], hosts[1], sport, dport, payload)
    return ip_frame(pk.ip(hosts[0], hosts[1], pk.UDP, data, ident))


def rtp(rng):
    """Two streams of twenty packets."""
    for number in range(20):
        for hosts in (HOSTS4, HOSTS6):
            head = struct.pack(">BBHII", 0x80, 0, number, number * 160, 0xcafe0000)
            yield udp_frame(hosts, 10000, 20000, head + rng.randbytes(160))


def questions(rng):
    """DNS, STUN, keep-alives, and bytes to ports of something else."""
    query = struct.pack(">HHHHHH", 77, 0x0100, 1, 0, 0, 0) + \
        b"\x04_sip\x04_udp\x07example\x03com\x00" + struct.pack(">HH", 33, 1)
    yield udp_frame(HOSTS4, 5353, 53, query)
    yield udp_frame(HOSTS6, 5060, 3478, struct.pack(">HHI12s", 1, 0, 0x2112a442, b"transaction"))
    yield udp_frame(HOSTS4, 5060, 5060, b"\r\n\r\n")
    yield udp_frame(HOSTS4, 5060, 5060, b"\0\0\0\0")
    yield udp_frame(HOSTS4, 5060, 5060, b"")
    for port in PORTS:
        yield udp_frame(HOSTS4, 40000, port, rng.randbytes(100))
        yield udp_frame(HOSTS6, port, 40000, bytes(100))


def below(rng):
    """ARP, spanning tree, IGMP, ICMP, and its errors about other packets than SIP."""
    arp = struct.pack(">HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, pk.MACS[6:], HOSTS4[0],
                      bytes(6), HOSTS4[1])
    yield pk.ethernet(0x0806, arp + bytes(18))
    yield bytes.fromhex("0180c2000000") + pk.MACS[6:] + \
        struct.pack(">H", 38) + bytes.fromhex("424203") + bytes(43)
    echo = pk.with_checksum(struct.pack(">BBHHH", 8, 0, 0, 5, 1) + bytes(40), 2)
    yield ip_frame(pk.ipv4(HOSTS4[0], HOSTS4[1], ICMP, echo, 1))
    yield ip_frame(pk.ipv4(HOSTS4[2], bytes((224, 0, 0, 22)), 2, bytes(8), 2))
    quoted = pk.ipv4(HOSTS4[0], HOSTS4[1], pk.UDP, pk.udp(
        HOSTS4[0], HOSTS4[1], 10000, 20000, rng.randbytes(60)))
    error = pk.with_checksum(struct.pack(">BBHI", 3, 3, 0, 0) + quoted, 2)
    yield ip_frame(pk.ipv4(HOSTS4[1], HOSTS4[0], ICMP, error, 3))
    src, dst = HOSTS6[1], HOSTS6[0]
    quoted = pk.ipv6(dst, src, pk.UDP, pk.udp(dst, src, 10000, 20000, rng.randbytes(60)))
    error = struct.pack(">BBHI", 1, 4, 0, 0) + quoted
    pseudo = pk.pseudo_header(src, dst, ICMPV6, len(error))
    yield ip_frame(pk.ipv6(src, dst, ICMPV6, pk.with_checksum(error, 2, pseudo)))


def connection(hosts, port, payloads):
    """A TCP connection whose payloads go there and back in turn."""
    numbers = [0x12345678, 0xfffffff0]
    ports = (51000, port)

    def segment(side, flags, payload=b""):
        src, dst = hosts[side], hosts[1 - side]
        data = pk.tcp(src, dst, ports[side], ports[1 - side], numbers[side],
                      numbers[1 - side], flags, payload)
        numbers[side] += len(payload) + bool(flags & (pk.SYN | pk.FIN))
        return ip_frame(pk.ip(src, dst, pk.TCP, data, 9))

    yield segment(0, pk.SYN)
    yield segment(1, pk.SYN | pk.ACK)
    for index, payload in enumerate(payloads):
        yield segment(index % 2, pk.ACK | pk.PSH, payload)
    yield segment(0, pk.FIN | pk.ACK)
    yield segment(1, pk.FIN | pk.ACK)
    yield segment(0, pk.RST)


def streams(rng):
    """HTTP, and TLS as far as it shows."""
    page = b"<html>" + b"not a message\r\n\r\n" * 40 + b"</html>"
    yield from connection(HOSTS4, 80, (
        b"GET /index.html HTTP/1.1\r\nHost: example.com\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page),
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 204 No Content\r\n\r\n"))
    def records(kind):
        return struct.pack(">BHH", kind, 0x0303, 300) + rng.randbytes(300)
    yield from connection(HOSTS6, 5061, [records(k) for k in (22, 22, 20, 20, 23, 23)])


def frames_among(frames):
    """Noise for the time of a capture, with its number 0."""
    rng = random.Random(7)
    first, last = frames[0].time, frames[-1].time
    out = []
    for group in (rtp(rng), questions(rng), below(rng), streams(rng)):
        group = list(group)
        times = sorted(rng.randrange(first, last) for _ in group)
        out += [Frame(time, capture.ETHERNET, data, 0) for time, data in zip(times, group)]
    return out
