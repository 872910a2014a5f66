# SPDX-License-Identifier: MIT
"""Packets taken apart and built: Ethernet, IPv4, IPv6, UDP, TCP, with right checksums."""
import struct

import capture

IPV4, IPV6, VLAN, SERVICE_VLAN = 0x0800, 0x86dd, 0x8100, 0x88a8  # EtherTypes
TCP, UDP, FRAGMENT = 6, 17, 44  # protocol numbers
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16  # of the TCP flags
MACS = bytes.fromhex("020000000002020000000001")  # destination, source


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def with_checksum(data, at, pseudo=b""):
    """data with its checksum, at `at`, set."""
    data = data[:at] + b"\0\0" + data[at + 2:]
    return data[:at] + struct.pack(">H", checksum(pseudo + data)) + data[at + 2:]


def pseudo_header(src, dst, protocol, length):
    """RFC 9293 3.1, RFC 8200 8.1; addresses as bytes."""
    if len(src) == 4:
        return src + dst + struct.pack(">BBH", 0, protocol, length)
    return src + dst + struct.pack(">IxxxB", length, protocol)


def ethernet(kind, payload, macs=MACS):
    return macs + struct.pack(">H", kind) + payload


def ipv4(src, dst, protocol, payload, ident=0, fragment=0):
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), ident, fragment,
                         64, protocol, 0) + src + dst
    return with_checksum(header, 10) + payload


def ipv6(src, dst, protocol, payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + src + dst + payload


def ip(src, dst, protocol, payload, ident=0):
    """An IP packet of the version of its addresses."""
    if len(src) == 4:
        return ipv4(src, dst, protocol, payload, ident)
    return ipv6(src, dst, protocol, payload)


def ip_type(data):
    """The EtherType of an IP packet."""
    return IPV6 if data[0] >> 4 == 6 else IPV4


def udp(src, dst, sport, dport, payload):
    """src and dst are for the checksum only."""
    length = 8 + len(payload)
    data = struct.pack(">HHHH", sport, dport, length, 0) + payload
    data = with_checksum(data, 6, pseudo_header(src, dst, UDP, length))
    return data if data[6:8] != b"\0\0" else data[:6] + b"\xff\xff" + data[8:]


def tcp(src, dst, sport, dport, seq, ack, flags, payload=b"", options=b""):
    length = 20 + len(options) + len(payload)
    data = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff,
                       (5 + len(options) // 4) << 4, flags, 65535, 0, 0) + options + payload
    return with_checksum(data, 16, pseudo_header(src, dst, TCP, length))


class Packet:
    """A frame of Ethernet, taken apart as far as the transport header.

    version   4 or 6; 0: not IP, and nothing below is set
    src, dst  addresses as bytes
    protocol  of payload; the fragment header of IPv6 is taken off
    ident     IPv4 identification, or that of an IPv6 fragment
    offset    of payload in its datagram, in bytes
    more      other fragments follow
    """

    def __init__(self, frame):
        if frame.link != capture.ETHERNET:
            raise ValueError("not Ethernet")
        self.frame = frame
        data = frame.data
        at = 12
        while data[at:at + 2] in (b"\x81\x00", b"\x88\xa8"):
            at += 4
        self.link = data[:at]
        kind = struct.unpack_from(">H", data, at)[0]
        self.whole = data[at + 2:]
        self.version = {IPV4: 4, IPV6: 6}.get(kind, 0)
        if self.version == 4:
            self.open_ipv4()
        elif self.version == 6:
            self.open_ipv6()

    def open_ipv4(self):
        size = (self.whole[0] & 15) * 4
        total, self.ident, fragment = struct.unpack_from(">HHH", self.whole, 2)
        self.whole = self.whole[:total]
        self.header, self.payload = self.whole[:size], self.whole[size:]
        self.protocol = self.header[9]
        self.src, self.dst = self.header[12:16], self.header[16:20]
        self.offset, self.more = (fragment & 0x1fff) * 8, bool(fragment & 0x2000)

    def open_ipv6(self):
        length = struct.unpack_from(">H", self.whole, 4)[0]
        self.whole = self.whole[:40 + length]
        self.header, self.payload = self.whole[:40], self.whole[40:]
        self.protocol = self.header[6]
        self.src, self.dst = self.header[8:24], self.header[24:40]
        self.ident, self.offset, self.more = 0, 0, False
        if self.protocol == FRAGMENT:
            self.protocol, offset, self.ident = struct.unpack_from(">BxHI", self.payload)
            self.offset, self.more = offset & 0xfff8, bool(offset & 1)
            self.payload = self.payload[8:]

    @property
    def is_fragment(self):
        return self.more or self.offset > 0

    def is_whole(self, protocol):
        return self.version != 0 and self.protocol == protocol and not self.is_fragment

    def with_ip(self, data):
        """The frame, with another IP packet in it."""
        kind = struct.pack(">H", ip_type(data))
        return self.frame._replace(data=self.link + kind + data)

    def with_payload(self, payload, protocol=None):
        """The frame, with another payload behind the IP header; no fragment."""
        protocol = self.protocol if protocol is None else protocol
        if self.version == 6:
            header = self.header[:4] + struct.pack(">HB", len(payload), protocol)
            return self.with_ip(header + self.header[7:] + payload)
        header = bytearray(self.header)
        struct.pack_into(">H", header, 2, len(header) + len(payload))
        header[9] = protocol
        return self.with_ip(with_checksum(bytes(header), 10) + payload)

    def fragment(self, ident, offset, more, payload):
        """The frame, with a piece of the IP packet in it."""
        if self.version == 6:
            extension = struct.pack(">BxHI", self.protocol, offset | more, ident)
            header = self.header[:4] + struct.pack(">HB", len(payload) + 8, FRAGMENT)
            return self.with_ip(header + self.header[7:] + extension + payload)
        header = bytearray(self.header)
        struct.pack_into(">HHH", header, 2, len(header) + len(payload), ident,
                         offset // 8 | more << 13)
        return self.with_ip(with_checksum(bytes(header), 10) + payload)


class Segment:
    """The TCP segment of a packet."""

    def __init__(self, packet):
        self.packet = packet
        data = packet.payload
        self.sport, self.dport, self.seq, self.ack, size, self.flags = \
            struct.unpack_from(">HHIIBB", data)
        self.options = data[20:(size >> 4) * 4]
        self.data = data[(size >> 4) * 4:]
        self.direction = (packet.src, self.sport, packet.dst, self.dport)

    def piece(self, start, end):
        """A frame with the bytes from start to end; SYN goes with the first of them, FIN
        and RST with the last."""
        flags = self.flags & ~(SYN | FIN | RST)
        if start == 0:
            flags |= self.flags & SYN
        if end == len(self.data):
            flags |= self.flags & (FIN | RST)
        seq = self.seq + start + (1 if self.flags & SYN and start else 0)
        packet = self.packet
        return packet.with_payload(tcp(packet.src, packet.dst, self.sport, self.dport, seq,
                                       self.ack, flags, self.data[start:end],
                                       self.options))


def segment_of(frame):
    """The segment in a frame, or None."""
    packet = Packet(frame)
    return Segment(packet) if packet.is_whole(TCP) else None


class Datagram:
    """The UDP datagram of a packet."""

    def __init__(self, packet):
        self.packet = packet
        self.src, self.dst = packet.src, packet.dst
        self.sport, self.dport, length = struct.unpack_from(">HHH", packet.payload)
        self.data = packet.payload[8:length]

    @property
    def is_sip(self):
        line = self.data.split(b"\r\n", 1)[0]
        return line.isascii() and line.decode("ascii").isprintable() and (
            line.startswith(b"SIP/2.0 ") or line.endswith(b" SIP/2.0"))


def datagram_of(frame):
    """The datagram in a frame, or None."""
    packet = Packet(frame)
    return Datagram(packet) if packet.is_whole(UDP) else None
