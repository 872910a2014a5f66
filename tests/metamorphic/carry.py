# SPDX-License-Identifier: MIT
"""The SIP messages of UDP datagrams, carried in another way between the same endpoints.

Frames keep time and number of the datagram; whatever is no whole datagram with SIP stays
as it is.
"""
import base64
import hashlib
import struct

import capture
import packet as pk


def per_datagram(frames, function):
    """function(datagram) gives the frames that replace one of SIP, a list."""
    out = []
    for frame in frames:
        datagram = pk.datagram_of(frame)
        out += function(datagram) if datagram and datagram.is_sip else [frame]
    return out


class Side:
    """One direction of a connection."""

    def __init__(self, src, sport, dst, dport, first, client):
        self.src, self.sport, self.dst, self.dport = src, sport, dst, dport
        self.next = first    # number of the next byte or chunk
        self.client = client
        self.messages = 0
        self.last = b""      # the last chunk, to be sent again


class Connections:
    """Both sides of each connection, found by a datagram. The sender of the first one is
    the client. The first numbers are such that they soon wrap."""

    def __init__(self):
        self.sides = {}

    def of(self, datagram):
        """The sender's side, the receiver's, and whether they are new."""
        here = (datagram.src, datagram.sport, datagram.dst, datagram.dport)
        there = (datagram.dst, datagram.dport, datagram.src, datagram.sport)
        new = here not in self.sides
        if new:
            self.sides[here] = Side(*here, 0xffffffff - 900, True)
            self.sides[there] = Side(*there, 0xffffffff - 2, False)
        return self.sides[here], self.sides[there], new


# --- TCP


def tcp_frame(datagram, sender, receiver, flags, payload=b""):
    """A segment from sender, in a frame like that of the datagram."""
    data = pk.tcp(sender.src, sender.dst, sender.sport, sender.dport, sender.next,
                  receiver.next if flags & pk.ACK else 0, flags, payload)
    sender.next += len(payload) + bool(flags & (pk.SYN | pk.FIN))
    if sender.src == datagram.src and sender.sport == datagram.sport:
        return datagram.packet.with_payload(data, pk.TCP)
    return datagram.packet.with_ip(pk.ip(sender.src, sender.dst, pk.TCP, data))


def opened(datagram, client, server):
    """The three segments that open a connection."""
    return [tcp_frame(datagram, client, server, pk.SYN),
            tcp_frame(datagram, server, client, pk.SYN | pk.ACK),
            tcp_frame(datagram, client, server, pk.ACK)]


def over_tcp(frames):
    """Every third message with a keep-alive (RFC 5626) before it."""
    connections = Connections()

    def carry(datagram):
        sender, receiver, new = connections.of(datagram)
        out = opened(datagram, sender, receiver) if new else []
        ping = b"" if sender.messages % 3 else b"\r\n\r\n"
        sender.messages += 1
        return out + [tcp_frame(datagram, sender, receiver, pk.ACK | pk.PSH,
                                ping + datagram.data)]
    return per_datagram(frames, carry)


# --- WebSocket, RFC 6455 and RFC 7118

TEXT, BINARY, MORE, PING, PONG = 1, 2, 0, 9, 10  # opcodes
KEY = base64.b64encode(b"sixteen bytes xx").decode()


def upgrade(datagram, client, server):
    accept = base64.b64encode(hashlib.sha1(
        (KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
    ask = (f"GET /sip HTTP/1.1\r\nHost: example.com\r\nupgrade: WebSocket\r\n"
           f"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: {KEY}\r\n"
           f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n")
    answer = (f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
              f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
              f"Sec-WebSocket-Protocol: sip\r\n\r\n")
    return [tcp_frame(datagram, client, server, pk.ACK | pk.PSH, ask.encode()),
            tcp_frame(datagram, server, client, pk.ACK | pk.PSH, answer.encode())]


def websocket_frame(side, opcode, payload, final=True):
    """RFC 6455 5.2; what the client sends is masked."""
    head = bytes([opcode | (0x80 if final else 0)])
    mask = 0x80 if side.client else 0
    if len(payload) < 126:
        head += bytes([mask | len(payload)])
    else:
        head += struct.pack(">BH", mask | 126, len(payload))
    if not mask:
        return head + payload
    key = struct.pack(">I", 0x9e3779b9 * (side.next + 1) & 0xffffffff)
    return head + key + bytes(b ^ key[i % 4] for i, b in enumerate(payload))


def websocket_segments(side, message):
    """The payloads of the segments that carry a message: in turn it is whole, in three
    fragments with a ping and a pong between them, and whole in three segments."""
    turn = side.messages % 3
    side.messages += 1
    if turn == 0:
        return [websocket_frame(side, TEXT, message)]
    third = len(message) // 3
    if turn == 1:
        parts = [websocket_frame(side, BINARY, message[:third], False),
                 websocket_frame(side, PING, b"are you there"),
                 websocket_frame(side, MORE, message[third:2 * third], False),
                 websocket_frame(side, PONG, b""),
                 websocket_frame(side, MORE, message[2 * third:])]
        return [parts[0] + parts[1][:4], parts[1][4:] + parts[2], parts[3] + parts[4]]
    data = websocket_frame(side, TEXT, message)
    return [data[:1], data[1:third], data[third:]]


def over_websocket(frames):
    connections = Connections()

    def carry(datagram):
        sender, receiver, new = connections.of(datagram)
        out = []
        if new:
            out += opened(datagram, sender, receiver)
            out += upgrade(datagram, sender, receiver)
        return out + [tcp_frame(datagram, sender, receiver, pk.ACK | pk.PSH, payload)
                      for payload in websocket_segments(sender, datagram.data)]
    return per_datagram(frames, carry)


# --- SCTP, RFC 9260 and RFC 4168

SCTP = 132
DATA, INIT, INIT_ACK, SACK, COOKIE_ECHO, COOKIE_ACK = 0, 1, 2, 3, 10, 11


def make_crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82f63b78 if value & 1 else 0)
        table.append(value)
    return table


CRC32C = make_crc32c_table()


def crc32c(data):
    value = 0xffffffff
    for byte in data:
        value = value >> 8 ^ CRC32C[(value ^ byte) & 255]
    return value ^ 0xffffffff


def chunk(kind, flags, value):
    return struct.pack(">BBH", kind, flags, 4 + len(value)) + value + bytes(-len(value) % 4)


def tag_of(side):
    """The verification tag of what the side sends."""
    return 0x11110000 + side.dport + (0 if side.client else 0x10000000)


def sctp_frame(datagram, sender, chunks, tag=None):
    tag = tag_of(sender) if tag is None else tag
    data = struct.pack(">HHII", sender.sport, sender.dport, tag, 0) + b"".join(chunks)
    data = data[:8] + struct.pack("<I", crc32c(data)) + data[12:]
    if sender.src == datagram.src and sender.sport == datagram.sport:
        return datagram.packet.with_payload(data, SCTP)
    return datagram.packet.with_ip(pk.ip(sender.src, sender.dst, SCTP, data))


def associated(datagram, client, server):
    """The four packets that open an association. Each says by which tag, and from which
    number on, it will be sent to."""
    def init(kind, side, other):
        return chunk(kind, 0, struct.pack(">IIHHI", tag_of(other), 65536, 1, 1, side.next))
    return [sctp_frame(datagram, client, [init(INIT, client, server)], 0),
            sctp_frame(datagram, server, [init(INIT_ACK, server, client)]),
            sctp_frame(datagram, client, [chunk(COOKIE_ECHO, 0, b"biscuit")]),
            sctp_frame(datagram, server, [chunk(COOKIE_ACK, 0, b"")])]


def data_chunks(side, message, parts=1):
    """A user message in DATA chunks of so many parts."""
    size = (len(message) + parts - 1) // parts
    out = []
    for part in range(parts):
        flags = (2 if part == 0 else 0) | (1 if part == parts - 1 else 0)
        head = struct.pack(">IHHI", side.next & 0xffffffff, 0, side.messages & 0xffff, 0)
        out.append(chunk(DATA, flags, head + message[part * size:(part + 1) * size]))
        side.next += 1
    side.messages += 1
    side.last = out[-1]
    return out


def over_sctp(frames):
    """Messages are in turn bundled with a keep-alive that is a message too, in three
    chunks of which the last two come first, and bundled behind the chunk before them,
    sent again."""
    connections = Connections()

    def carry(datagram):
        sender, receiver, new = connections.of(datagram)
        out = associated(datagram, sender, receiver) if new else []
        sack = chunk(SACK, 0, struct.pack(">IIHH", (receiver.next - 1) & 0xffffffff,
                                          65536, 0, 0))
        turn = sender.messages % 4  # a keep-alive is counted too
        if turn == 0:
            chunks = data_chunks(sender, b"\r\n\r\n") + data_chunks(sender, datagram.data)
            return out + [sctp_frame(datagram, sender, [sack] + chunks)]
        if turn == 2:
            chunks = data_chunks(sender, datagram.data, 3)
            return out + [sctp_frame(datagram, sender, chunks[1:]),
                          sctp_frame(datagram, sender, chunks[:1])]
        chunks = [sender.last] + data_chunks(sender, datagram.data)
        return out + [sctp_frame(datagram, sender, chunks)]
    return per_datagram(frames, carry)


# --- HEP version 3

COLLECTOR = (bytes((192, 0, 2, 9)), bytes((192, 0, 2, 10)))


def hep_chunk(kind, value, vendor=0):
    return struct.pack(">HHH", vendor, kind, 6 + len(value)) + value


def over_hep(frames):
    """As an agent sends them to a collector; the time inside is that outside."""
    def carry(datagram):
        frame = datagram.packet.frame
        six = datagram.packet.version == 6
        chunks = b"".join((
            hep_chunk(1, bytes([10 if six else 2])),
            hep_chunk(2, bytes([pk.UDP])),
            hep_chunk(5 if six else 3, datagram.src),
            hep_chunk(6 if six else 4, datagram.dst),
            hep_chunk(7, struct.pack(">H", datagram.sport)),
            hep_chunk(8, struct.pack(">H", datagram.dport)),
            hep_chunk(9, struct.pack(">I", frame.time // capture.SECOND)),
            hep_chunk(10, struct.pack(">I", frame.time % capture.SECOND // 1000)),
            hep_chunk(11, b"\x01"),
            hep_chunk(12, struct.pack(">I", 2001)),
            hep_chunk(3, b"a vendor's own", vendor=77),
            hep_chunk(15, datagram.data)))
        packet = b"HEP3" + struct.pack(">H", 6 + len(chunks)) + chunks
        data = pk.udp(*COLLECTOR, 40000, 9060, packet)
        return [datagram.packet.with_ip(
            pk.ip(*COLLECTOR, pk.UDP, data, frame.origin & 0xffff))]
    return per_datagram(frames, carry)
