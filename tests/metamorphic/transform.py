# SPDX-License-Identifier: MIT
"""What is done to a capture that must not change what sipglass says of it.

Each transform is a function from frames to frames, all of Ethernet. The frames that it
makes of a packet keep its time and number, so that a message completes at the same time
and in the same packet as before. One that does not apply to a capture changes nothing.
"""
import functools
import random
import struct
from dataclasses import dataclass
from typing import Callable, Optional

import capture
import carry
import noise
import packet as pk
from capture import Frame
from packet import Packet, datagram_of, segment_of

# How far apart two packets may be of which one is held until the other comes, in ns: so
# far below the time that sipglass waits that no gap is declared.
NEAR = 5 * capture.SECOND


@dataclass(frozen=True)
class Transform:
    name: str
    make: Callable            # frames -> frames
    write: Callable = capture.write_pcap  # frames -> bytes
    split: Optional[Callable] = None      # frames -> the frames of several inputs
    stdin: bool = False       # the file comes through a pipe
    tunnels: tuple = ()       # that `encapsulation` names beside the original's
    some: bool = False        # of some messages only, one at least
    lost: tuple = ()          # counters of `lost` that may differ
    transport: str = ""       # of the messages; "": as in the original
    copies: bool = False      # every UDP packet is there twice


TRANSFORMS = []


def transform(name, **how):
    """Register a function from frames to frames."""
    def register(make):
        TRANSFORMS.append(Transform(name, make, **how))
        return make
    return register


def same(frames):
    return frames


def by_time(frames):
    return sorted(frames, key=lambda frame: frame.time)


def each(frames, function):
    """The frames that the function gives for each frame, a list."""
    return [piece for frame in frames for piece in function(frame)]


# --- link types


def to_ethernet(frame):
    """A frame of any link type that capture.py reads, as Ethernet."""
    data = frame.data
    if frame.link == capture.ETHERNET:
        return frame
    if frame.link == capture.SLL:
        data = pk.MACS + data[14:]
    elif frame.link == capture.SLL2:
        data = pk.MACS + data[:2] + data[20:]
    elif frame.link == capture.RAW:
        data = pk.ethernet(pk.ip_type(data), data)
    else:
        raise ValueError(f"link type {frame.link} is not read")
    return frame._replace(link=capture.ETHERNET, data=data)


def to_sll(frame):
    """Linux cooked v1; VLAN tags stay."""
    header = struct.pack(">HHH8s", 0, 1, 6, frame.data[6:12])
    return frame._replace(link=capture.SLL, data=header + frame.data[12:])


def to_sll2(frame):
    """Linux cooked v2; VLAN tags stay."""
    header = frame.data[12:14] + struct.pack(">HIHBB8s", 0, 2, 1, 0, 6, frame.data[6:12])
    return frame._replace(link=capture.SLL2, data=header + frame.data[14:])


def ip_of(frame):
    """The IP packet of a frame; for any other one that says nothing, so that the capture
    has as many packets as before."""
    packet = Packet(frame)
    if packet.version:
        return packet.whole
    return pk.ipv4(bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2)), 253, b"not IP before")


def to_ip(link, header):
    """A function from frames to frames of a link type whose header the function `header`
    makes for an IP packet."""
    def convert(frames):
        for frame in frames:
            data = ip_of(frame)
            yield frame._replace(link=link, data=header(data) + data)
    return lambda frames: list(convert(frames))


def family(inet6, layout):
    """A header that is the address family: 2, or that of IPv6 on some system."""
    return lambda data: struct.pack(layout, inet6 if data[0] >> 4 == 6 else 2)


def nflog(order):
    """A header, two attributes, and that of the packet."""
    def header(data):
        return (struct.pack(">BBH", 10 if data[0] >> 4 == 6 else 2, 0, 5) +
                struct.pack(order + "HHI", 8, 1, 0) + struct.pack(order + "HH2sxx", 6, 10, b"x") +
                struct.pack(order + "HH", 4 + len(data), 9))
    return header


def ppp(data):
    return b"\x00\x57" if data[0] >> 4 == 6 else b"\x00\x21"


def hdlc_ppp(data):
    return b"\xff\x03" + ppp(data)


transform("ethernet")(same)
transform("link-cooked-v1")(lambda frames: [to_sll(f) for f in frames])
transform("link-cooked-v2")(lambda frames: [to_sll2(f) for f in frames])
transform("link-raw-ip")(to_ip(capture.RAW, lambda data: b""))
transform("link-null-little")(to_ip(capture.NULL, family(30, "<I")))
transform("link-null-big")(to_ip(capture.NULL, family(24, ">I")))
transform("link-loop")(to_ip(capture.LOOP, family(28, ">I")))
transform("link-ppp")(to_ip(capture.PPP, ppp))
transform("link-ppp-hdlc")(to_ip(capture.PPP, hdlc_ppp))
transform("link-nflog-little")(to_ip(capture.NFLOG, nflog("<")))
transform("link-nflog-big")(to_ip(capture.NFLOG, nflog(">")))


# --- VLAN


def tagged(*tags):
    """A function that puts (EtherType, VLAN) before the frame's type."""
    head = b"".join(struct.pack(">HH", kind, vlan) for kind, vlan in tags)
    return lambda frames: [f._replace(data=f.data[:12] + head + f.data[12:]) for f in frames]


transform("vlan")(tagged((pk.VLAN, 0x6064)))
transform("vlan-twice")(tagged((pk.SERVICE_VLAN, 7), (pk.VLAN, 100)))


# --- tunnels


OUTER = {4: (bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))),
         6: (bytes.fromhex("20010db8" + "00" * 11 + "01"),
             bytes.fromhex("20010db8" + "00" * 11 + "02"))}


def outer_ip(version, frame, protocol, payload):
    """The frame, replaced by one with a packet between the ends of a tunnel."""
    src, dst = OUTER[version]
    data = pk.ip(src, dst, protocol, payload, frame.origin & 0xffff)
    return frame._replace(data=pk.ethernet(pk.ip_type(data), data))


def outer_udp(version, frame, port, payload):
    src, dst = OUTER[version]
    return outer_ip(version, frame, pk.UDP, pk.udp(src, dst, 50000, port, payload))


def per_packet(wrap):
    """A function from frames to frames: wrap(frame, IP packet) for those of IP."""
    def make(frames):
        packets = [Packet(frame) for frame in frames]
        return [wrap(p.frame, p.whole) if p.version else p.frame for p in packets]
    return make


def tunnel(name, *names, whole=False):
    """Register wrap(version, frame, inner) with both versions of IP outside. inner is
    the IP packet, or with `whole` the frame of Ethernet."""
    def register(wrap):
        for version in (4, 6):
            call = functools.partial(wrap, version)
            make = per_packet(call)
            if whole:
                make = lambda frames, call=call: [call(f, f.data) for f in frames]
            transform(f"{name}-over-ipv{version}", tunnels=names)(make)
        return wrap
    return register


def ip_protocol(inner):
    return 41 if inner[0] >> 4 == 6 else 4


@tunnel("ip", "ip")
def ip_in_ip(version, frame, inner):
    return outer_ip(version, frame, ip_protocol(inner), inner)


@tunnel("gre", "gre")
def gre(version, frame, inner):
    return outer_ip(version, frame, 47, struct.pack(">HH", 0, pk.ip_type(inner)) + inner)


@tunnel("gre-ethernet", "gre", whole=True)
def gre_ethernet(version, frame, inner):
    """With key and sequence number."""
    head = struct.pack(">HHII", 0x3000, 0x6558, 7, frame.origin)
    return outer_ip(version, frame, 47, head + inner)


@tunnel("gre-checksum", "gre")
def gre_checksum(version, frame, inner):
    data = struct.pack(">HHI", 0x8000, pk.ip_type(inner), 0) + inner
    return outer_ip(version, frame, 47, pk.with_checksum(data, 4))


@tunnel("erspan-1", "erspan", whole=True)
def erspan_1(version, frame, inner):
    return outer_ip(version, frame, 47, struct.pack(">HH", 0, 0x88be) + inner)


@tunnel("erspan-2", "erspan", whole=True)
def erspan_2(version, frame, inner):
    head = struct.pack(">HHIII", 0x1000, 0x88be, frame.origin, 0x1064000a, 3)
    return outer_ip(version, frame, 47, head + inner)


@tunnel("erspan-3", "erspan", whole=True)
def erspan_3(version, frame, inner):
    """Every other one with the subheader that may follow."""
    more = frame.origin % 2
    head = struct.pack(">HHIIIHH", 0x1000, 0x22eb, frame.origin, 0x2064000a, 99, 0, more)
    return outer_ip(version, frame, 47, head + bytes(8 * more) + inner)


@tunnel("erspan-3-ip", "erspan")
def erspan_3_ip(version, frame, inner):
    head = struct.pack(">HHIIIHH", 0x1000, 0x22eb, frame.origin, 0x2064000a, 99, 0, 0x0800)
    return outer_ip(version, frame, 47, head + inner)


@tunnel("pptp", "pptp")
def pptp(version, frame, inner):
    """RFC 2637 4.1; every other one with an acknowledgment."""
    payload = hdlc_ppp(inner) + inner
    ack = frame.origin % 2
    head = struct.pack(">HHHHI", 0x3001 | ack << 7, 0x880b, len(payload), 9, frame.origin)
    return outer_ip(version, frame, 47, head + bytes(4 * ack) + payload)


@tunnel("mpls-in-ip", "mpls")
def mpls_in_ip(version, frame, inner):
    return outer_ip(version, frame, 137, struct.pack(">I", 16 << 12 | 0x1ff) + inner)


@tunnel("mpls-in-udp", "mpls")
def mpls_in_udp(version, frame, inner):
    return outer_udp(version, frame, 6635, struct.pack(">I", 17 << 12 | 0x1ff) + inner)


@tunnel("esp", "esp", "ip")
def esp_tunnel(version, frame, inner):
    """NULL encryption with a check value of 96 bits. RFC 4303 2, RFC 2410"""
    return outer_ip(version, frame, 50, esp(frame.origin, ip_protocol(inner), inner))


@tunnel("vxlan", "vxlan", whole=True)
def vxlan(version, frame, inner):
    return outer_udp(version, frame, 4789, struct.pack(">II", 8 << 24, 42 << 8) + inner)


@tunnel("geneve", "geneve")
def geneve(version, frame, inner):
    return outer_udp(version, frame, 6081,
                     struct.pack(">BBHI", 0, 0, pk.ip_type(inner), 42 << 8) + inner)


@tunnel("geneve-ethernet", "geneve", whole=True)
def geneve_ethernet(version, frame, inner):
    """With one option of 4 bytes."""
    head = struct.pack(">BBHIHBBI", 2, 0, 0x6558, 42 << 8, 0x0102, 3, 1, 0xdeadbeef)
    return outer_udp(version, frame, 6081, head + inner)


@tunnel("gtpu", "gtpu")
def gtpu(version, frame, inner):
    return outer_udp(version, frame, 2152,
                     struct.pack(">BBHI", 0x30, 255, len(inner), 1234) + inner)


@tunnel("gtpu-extended", "gtpu")
def gtpu_extended(version, frame, inner):
    """With sequence number and the extension header of a 5G session."""
    head = struct.pack(">BBHIHBB", 0x36, 255, len(inner) + 8, 1234, 5, 0, 0x85)
    return outer_udp(version, frame, 2152, head + b"\x01\x10\x09\x00" + inner)


@tunnel("tzsp", "tzsp", whole=True)
def tzsp(version, frame, inner):
    """With a tag, padding and the end."""
    head = struct.pack(">BBH", 1, 0, 1) + b"\x0a\x01\xc0" + b"\x00" + b"\x01"
    return outer_udp(version, frame, 37008, head + inner)


@tunnel("l2tp", "l2tp")
def l2tp(version, frame, inner):
    payload = hdlc_ppp(inner) + inner
    head = struct.pack(">HHHH", 0x4002, 8 + len(payload), 5, 6)
    return outer_udp(version, frame, 1701, head + payload)


@tunnel("l2tp-offset", "l2tp")
def l2tp_offset(version, frame, inner):
    """With sequence numbers and an offset, and without address and control field."""
    head = struct.pack(">HHHHHH", 0x0a02, 5, 6, frame.origin & 0xffff, 0, 3) + b"pad"
    return outer_udp(version, frame, 1701, head + ppp(inner) + inner)


@transform("mpls", tunnels=("mpls",))
@per_packet
def mpls(frame, inner):
    """Two labels, the last one the bottom."""
    labels = struct.pack(">II", 16 << 12 | 0xff, 17 << 12 | 0x1ff)
    return frame._replace(data=pk.ethernet(0x8847, labels + inner))


@transform("pppoe", tunnels=("pppoe",))
@per_packet
def pppoe(frame, inner):
    payload = ppp(inner) + inner
    head = struct.pack(">BBHH", 0x11, 0, 77, len(payload))
    return frame._replace(data=pk.ethernet(0x8864, head + payload))


def esp(sequence, protocol, inner):
    padding = bytes(range(1, 1 + (-(len(inner) + 2)) % 4))
    check = random.Random(sequence).randbytes(12)
    return (struct.pack(">II", 0x1001, sequence) + inner + padding +
            struct.pack(">BB", len(padding), protocol) + check)


@transform("esp-transport", tunnels=("esp",))
def esp_transport(frames):
    """As between a phone and an IMS: UDP and TCP alone, and no fragments, which could
    only be in a tunnel."""
    packets = [Packet(frame) for frame in frames]
    if any(p.version and p.is_fragment for p in packets):
        return frames
    return [p.with_payload(esp(p.frame.origin, p.protocol, p.payload), 50)
            if p.is_whole(pk.UDP) or p.is_whole(pk.TCP) else p.frame for p in packets]


@transform("ah", tunnels=("ah", "ip"))
@per_packet
def authenticated(frame, inner):
    """RFC 4302 2."""
    head = struct.pack(">BBHII12s", ip_protocol(inner), 4, 0, 0x1002, frame.origin, b"check")
    return outer_ip(4, frame, 51, head + inner)


@transform("tunnels-in-each-other", tunnels=("ip", "gre", "vxlan", "gtpu"))
def nested(frames):
    for version, wrap in ((6, ip_in_ip), (4, gre), (4, gtpu)):
        frames = per_packet(functools.partial(wrap, version))(frames)
    return tagged((pk.VLAN, 5))([vxlan(6, f, f.data) for f in frames])


# --- fragments


def fragments(frame, number):
    """The frames with the fragments of 64 bytes of a UDP packet, or of a fragment of
    one; a list of the frame alone for others."""
    packet = Packet(frame)
    if not packet.version or packet.protocol != pk.UDP or len(packet.payload) <= 64:
        return [frame]
    ident = packet.ident
    if packet.version == 6 and not packet.is_fragment:
        ident = 0x5e000000 + number
    if not ident:
        return [frame]
    pieces = []
    for at in range(0, len(packet.payload), 64):
        end = min(at + 64, len(packet.payload))
        more = packet.more or end < len(packet.payload)
        pieces.append(packet.fragment(ident, packet.offset + at, more,
                                      packet.payload[at:end]))
    return pieces


def fragmented(frames):
    """For each frame a list."""
    return [fragments(frame, number) for number, frame in enumerate(frames, 1)]


@transform("fragments")
def in_order(frames):
    return sum(fragmented(frames), [])


@transform("fragments-reversed")
def in_reverse(frames):
    return sum((pieces[::-1] for pieces in fragmented(frames)), [])


def datagram_key(frame):
    packet = Packet(frame)
    return packet.version and (packet.src, packet.dst, packet.ident)


@transform("fragments-shuffled")
def shuffled(frames):
    """In any order, and before the last of a datagram all but one of the next."""
    rng = random.Random(1)
    lists = fragmented(frames)
    out = []
    for index, pieces in enumerate(lists):
        rng.shuffle(pieces)
        after = lists[index + 1] if index + 1 < len(lists) else pieces
        if (len(after) > 1 and datagram_key(after[0]) != datagram_key(frames[index]) and
                after[0].time - frames[index].time < NEAR):
            rng.shuffle(after)
            early = [piece._replace(time=frames[index].time) for piece in after[:-1]]
            lists[index + 1] = after[-1:]
            mixed = early + pieces[:-1]
            rng.shuffle(mixed)
            pieces = mixed + pieces[-1:]
        out += pieces
    return out


@transform("fragments-of-vxlan", tunnels=("vxlan",))
def fragments_of_vxlan(frames):
    return in_reverse([vxlan(4, f, f.data) for f in frames])


# --- TCP


def resegmented(frames, size):
    def pieces(frame):
        segment = segment_of(frame)
        if not segment or len(segment.data) <= size:
            return [frame]
        length = len(segment.data)
        return [segment.piece(at, min(at + size, length)) for at in range(0, length, size)]
    return each(frames, pieces)


# Of a message in many pieces not all packets are listed.
CUT = ("frames_cut",)

transform("tcp-1-byte", lost=CUT)(functools.partial(resegmented, size=1))
transform("tcp-7-bytes", lost=CUT)(functools.partial(resegmented, size=7))
transform("tcp-700-bytes")(functools.partial(resegmented, size=700))


@transform("tcp-twice")
def twice(frames):
    return each(frames, lambda frame: [frame, frame] if segment_of(frame) else [frame])


@transform("tcp-again-later")
def again_later(frames):
    """A copy of every segment with data comes three packets later."""
    out = []
    for index, frame in enumerate(frames):
        out.append(frame)
        earlier = frames[index - 3] if index >= 3 else None
        segment = earlier and segment_of(earlier)
        if segment and segment.data:
            out.append(earlier._replace(time=frame.time))
    return out


@transform("tcp-probes")
def probes(frames):
    """Each segment with data is followed by a keep-alive of one wrong byte. RFC 9293
    3.8.4"""
    def probe(frame):
        s = segment_of(frame)
        if not s or not s.data or s.flags & (pk.SYN | pk.FIN | pk.RST):
            return [frame]
        p = s.packet
        return [frame, p.with_payload(pk.tcp(p.src, p.dst, s.sport, s.dport,
                                             s.seq + len(s.data) - 1, s.ack, pk.ACK, b"?"))]
    return each(frames, probe)


def begun_before(frames):
    """Each frame's segment, or None, and whether its stream had begun before it."""
    begun = set()
    for frame in frames:
        segment = segment_of(frame)
        if not segment:
            yield None, False
            continue
        yield segment, segment.direction in begun
        if segment.data or segment.flags & pk.SYN:
            begun.add(segment.direction)


@transform("tcp-swapped", lost=CUT)
def swapped(frames):
    """Segments of 100 bytes, every two of them in the wrong order."""
    out = []
    for frame, (segment, begun) in zip(frames, begun_before(frames)):
        pieces = [frame] if not begun else resegmented([frame], 100)
        for at in range(0, len(pieces), 2):
            out += pieces[at:at + 2][::-1]
    return out


@transform("tcp-tails-early")
def tails_early(frames):
    """Of every segment with data, all but the first byte comes before the one before it
    in its stream, and waits there for both."""
    out = [[] for _ in frames]
    last = {}  # stream -> index of its last segment with data, when it had begun before
    for index, (segment, begun) in enumerate(begun_before(frames)):
        frame = frames[index]
        out[index].append(frame)
        if not segment or not segment.data:
            continue
        before = last.get(segment.direction)
        if (before is not None and len(segment.data) > 1 and not segment.flags & pk.SYN and
                frame.time - frames[before].time < NEAR):
            out[index][-1] = segment.piece(0, 1)
            tail = segment.piece(1, len(segment.data))
            out[before].insert(0, tail._replace(time=frames[before].time))
        if begun:
            last[segment.direction] = index
    return sum(out, [])


# --- other things in the capture


@transform("noise", lost=("icmp_untied",))
def with_noise(frames):
    """What else there is in networks, none of it SIP, between the packets."""
    return by_time(frames + noise.frames_among(frames))


def copies_of(frames):
    """Each UDP packet again 1 ms later. None of a capture with fragments: they and their
    copies would make one datagram."""
    if any(p.version and p.is_fragment for p in map(Packet, frames)):
        return []
    return [frame._replace(time=frame.time + 1000000) for frame in frames
            if datagram_of(frame)]


@transform("udp-copies", copies=True)
def copied(frames):
    """As from a mirror port."""
    return by_time(frames + copies_of(frames))


@transform("udp-copies-in-tunnel", copies=True)
def copied_in_tunnel(frames):
    """As where a tunnel begins."""
    return by_time(frames + per_packet(functools.partial(gre, 4))(copies_of(frames)))


@transform("udp-copies-of-tunnel", copies=True, tunnels=("ip",))
def copied_tunnel(frames):
    """Only the packets outside have an identification of their own."""
    def wrap(frame, inner):
        return ip_in_ip(4, frame._replace(origin=frame.time // 1000), inner)._replace(
            origin=frame.origin)
    copies = copies_of(frames)
    return by_time(per_packet(wrap)(frames + copies)) if copies else frames


# --- other transports


def carried(carrier, after=same):
    """A function that does nothing where the carrier changes nothing."""
    def make(frames):
        made = carrier(frames)
        return frames if made == frames else after(made)
    return make


for _name, _carrier in (("tcp", carry.over_tcp), ("ws", carry.over_websocket)):
    transform(f"udp-to-{_name}", transport=_name)(carried(_carrier))
    transform(f"udp-to-{_name}-1-byte", transport=_name, lost=CUT)(
        carried(_carrier, functools.partial(resegmented, size=1)))
    transform(f"udp-to-{_name}-tails-early", transport=_name)(
        carried(_carrier, tails_early))
transform("udp-to-sctp", transport="sctp")(carried(carry.over_sctp))
transform("udp-to-hep", tunnels=("hep",), some=True)(carried(carry.over_hep))


# --- files


def two_links(frames):
    """Every other frame as Linux cooked v2."""
    return [to_sll2(f) if index % 2 else f for index, f in enumerate(frames)]


def by_turns(frames):
    """Two inputs; packets of the same time stay in one, where their order is told."""
    out = ([], [])
    turn = 0
    for index, frame in enumerate(frames):
        if index and frame.time != frames[index - 1].time:
            turn = 1 - turn
        out[turn].append(frame)
    return out


def by_half(frames):
    """Two inputs, the later one first."""
    middle = frames[len(frames) // 2].time
    return ([f for f in frames if f.time >= middle], [f for f in frames if f.time < middle])


WRITERS = {
    "pcap-big": functools.partial(capture.write_pcap, order=">"),
    "pcap-nanoseconds": functools.partial(capture.write_pcap, unit=1),
    "pcap-nanoseconds-big": functools.partial(capture.write_pcap, order=">", unit=1),
    "pcapng": capture.write_pcapng,
    "pcapng-big": functools.partial(capture.write_pcapng, order=">", unit=1),
    "pcapng-microseconds": functools.partial(capture.write_pcapng, unit=1000),
    "snoop": capture.write_snoop,
    "gzip": capture.write_gzip,
}
for _name, _write in WRITERS.items():
    transform(f"file-{_name}", write=_write)(same)
transform("file-pcapng-two-links", write=capture.write_pcapng)(two_links)
transform("file-pipe", stdin=True)(same)
transform("file-pipe-gzip", stdin=True, write=capture.write_gzip)(same)
transform("file-merged-by-turns", split=by_turns)(same)
transform("file-merged-by-half", split=by_half)(same)


def original(path):
    """The frames of a capture file, as Ethernet."""
    return [to_ethernet(Frame(*frame)) for frame in capture.read_file(path)]
