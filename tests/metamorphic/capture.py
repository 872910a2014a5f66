# SPDX-License-Identifier: MIT
"""Capture files: read into frames, and frames written in any of the formats.

Only what the captures of pcaps/ need is read; a file that needs more is refused.
"""
import gzip
import struct
from typing import NamedTuple

# https://www.tcpdump.org/linktypes.html
NULL, ETHERNET, PPP, RAW, LOOP, SLL, NFLOG, SLL2 = 0, 1, 9, 101, 108, 113, 239, 276

SECOND = 1000000000  # ns


class Frame(NamedTuple):
    time: int    # ns since 1970
    link: int    # LINKTYPE_ value
    data: bytes  # from the link layer on, all of it
    origin: int  # number of the packet of the original that it is of; 0: of none


def read_pcap(data):
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    magic, _, _, _, _, _, link = struct.unpack_from(order + "IHHiIII", data)
    unit = {0xa1b2c3d4: 1000, 0xa1b23c4d: 1}[magic]
    at = 24
    while at < len(data):
        seconds, fraction, length, wire = struct.unpack_from(order + "IIII", data, at)
        if length != wire:
            raise ValueError("a packet is cut")
        at += 16
        yield seconds * SECOND + fraction * unit, link, data[at:at + length]
        at += length


def interface_unit(order, options):
    """The nanoseconds of a unit of time, from the options of an interface."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from(order + "HH", options, at)
        if code == 9:  # if_tsresol
            return SECOND // 10 ** options[at + 4]
        at += 4 + (length + 3) // 4 * 4
    return 1000


def read_pcapng(data):
    order = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
    interfaces = []
    at = 0
    while at < len(data):
        kind, total = struct.unpack_from(order + "II", data, at)
        body = data[at + 8:at + total - 4]
        at += total
        if kind == 1:  # interface description
            interfaces.append((struct.unpack_from(order + "H", body)[0],
                               interface_unit(order, body[8:])))
        elif kind == 6:  # enhanced packet
            number, high, low, length, wire = struct.unpack_from(order + "IIIII", body)
            if length != wire:
                raise ValueError("a packet is cut")
            link, unit = interfaces[number]
            yield (high << 32 | low) * unit, link, body[20:20 + length]


def read_file(path):
    """The frames of a capture file."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    packets = read_pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else read_pcap(data)
    return [Frame(time, link, bytes(octets), number)
            for number, (time, link, octets) in enumerate(packets, 1)]


def write_pcap(frames, order="<", unit=None):
    """A pcap file; in microseconds, unless that would lose something of the times."""
    if unit is None:
        unit = 1 if any(frame.time % 1000 for frame in frames) else 1000
    links = {frame.link for frame in frames}
    if len(links) > 1:
        raise ValueError("a pcap file has one link type")
    out = [struct.pack(order + "IHHiIII", 0xa1b2c3d4 if unit == 1000 else 0xa1b23c4d,
                       2, 4, 0, 0, 262144, links.pop() if links else ETHERNET)]
    for frame in frames:
        out.append(struct.pack(order + "IIII", frame.time // SECOND,
                               frame.time % SECOND // unit,
                               len(frame.data), len(frame.data)))
        out.append(frame.data)
    return b"".join(out)


def pcapng_block(order, kind, body):
    body += bytes(-len(body) % 4)
    total = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + total + body + total


def write_pcapng(frames, order="<", unit=1):
    """A pcapng file with one interface for each link type, and blocks of no packet."""
    links = sorted({frame.link for frame in frames})
    resolution = {1000: 6, 1: 9}[unit]
    options = struct.pack(order + "HHBxxxHH", 9, 1, resolution, 0, 0)
    comment = b"metamorphic"
    out = [pcapng_block(order, 0x0a0d0d0a,
                        struct.pack(order + "IHHqHH", 0x1a2b3c4d, 1, 0, -1, 1, len(comment))
                        + comment + bytes(1) + bytes(4))]
    for link in links:
        out.append(pcapng_block(order, 1, struct.pack(order + "HHI", link, 0, 0) + options))
    for index, frame in enumerate(frames):
        time = frame.time // unit
        out.append(pcapng_block(order, 6, struct.pack(
            order + "IIIII", links.index(frame.link), time >> 32, time & 0xffffffff,
            len(frame.data), len(frame.data)) + frame.data))
        if index % 10 == 5:
            out.append(pcapng_block(order, 0x40000bad, b"unknown to all"))
    out.append(pcapng_block(order, 5, struct.pack(order + "III", 0, 0, 0)))
    return b"".join(out)


def write_snoop(frames):
    """RFC 1761; microseconds."""
    if any(frame.link != ETHERNET for frame in frames):
        raise ValueError("only Ethernet is written to snoop")
    out = [b"snoop\0\0\0" + struct.pack(">II", 2, 4)]
    for frame in frames:
        pad = bytes(-len(frame.data) % 4)
        out.append(struct.pack(">IIIIII", len(frame.data), len(frame.data),
                               24 + len(frame.data) + len(pad), 0,
                               frame.time // SECOND, frame.time % SECOND // 1000))
        out.append(frame.data + pad)
    return b"".join(out)


def write_gzip(frames):
    """Two gzip members in a row, which is one gzip file."""
    data = write_pcap(frames)
    half = len(data) // 2
    return gzip.compress(data[:half], mtime=0) + gzip.compress(data[half:], mtime=0)
