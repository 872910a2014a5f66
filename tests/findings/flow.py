# SPDX-License-Identifier: MIT
"""Flows written as text, each with the findings it must raise, made into captures.

    case NAME                 starts one; NAME.pcap is its capture
    finds CODE ...            all findings of it, in any order; "finds nothing"
    host NAME ADDRESS[:PORT]  before the first message; a, b, c and p, q are there
    call ID                   the Call-ID from here on (the name of the case without it)
    TIME FROM > TO START [OPTION=VALUE ...]
                              a message, TIME in seconds. START is a method, or a status
                              and the method that it answers: 180 INVITE
        Header: value         in place of the one that it would have, or one more
        + Header: value       one more, even where it would have that one
        - Header              without it
        | line                a line of the body; Content-Type is application/sdp
                              unless given, Content-Length is right unless given
        uri URI               the Request-URI
        reason TEXT           the reason phrase
    end TIME                  a packet without SIP: the capture lasts until then

What is not said is as a correct element would have it. `a` is who calls, and `b` who is
called, unless an option says otherwise:

    by=HOST      whose request it is: `a`; `b` when the sender is b. Tags, CSeq and Vias
                 follow from that. A request that its sender had received before (same
                 originator, method and CSeq) is forwarded: one Via more.
    cseq=N       1 for the first request of its originator, one more for each further one;
                 that of the INVITE for ACK and CANCEL; forwarded, that of the original
    branch=TEXT  of the top Via; from CSeq, sender and receiver, so that what is sent
                 again has it again, and that of the INVITE in CANCEL and in ACK to a
                 failure (ack=failure)
    tag=TEXT     of the called side: "tag-b", "-" for none; in requests before any
                 response with one there is none
    from=TEXT    tag of the calling side: "tag-a"
    id=N         IPv4 identification: else each packet has its own
    sport=N dport=N   ports in place of those of the hosts
    over=tcp     in a stream, of which the beginning was not captured; Via says UDP
"""
import ipaddress
import re
import struct

START = 1767258000  # 2026-01-01T09:00:00Z, any day will do
HOSTS = {"a": "192.0.2.1:5060", "b": "198.51.100.2:5060", "c": "203.0.113.3:5060",
         "p": "192.0.2.100:5060", "q": "198.51.100.200:5060"}
PHRASES = {100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded",
           183: "Session Progress", 200: "OK", 202: "Accepted",
           302: "Moved Temporarily", 401: "Unauthorized", 404: "Not Found",
           407: "Proxy Authentication Required", 408: "Request Timeout",
           481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
           483: "Too Many Hops", 486: "Busy Here", 487: "Request Terminated",
           488: "Not Acceptable Here", 491: "Request Pending",
           500: "Server Internal Error", 503: "Service Unavailable"}


# What is mandatory in some messages, given in place of it where a flow does not: of
# requests by method, of 2xx by method, of failures by status.
NEEDED = {"SUBSCRIBE": ["Event: presence"],
          "NOTIFY": ["Event: presence", "Subscription-State: active"],
          "PUBLISH": ["Event: presence"],
          "REFER": ["Refer-To: <sip:carol@example.com>"],
          "PRACK": ["RAck: 1 1 INVITE"]}
NEEDED_2XX = {"SUBSCRIBE": ["Expires: 3600"],
              "PUBLISH": ["SIP-ETag: etag-1", "Expires: 3600"]}
NEEDED_STATUS = {401: 'WWW-Authenticate: Digest realm="example.net", nonce="n1"',
                 405: "Allow: INVITE, ACK, BYE, CANCEL",
                 407: 'Proxy-Authenticate: Digest realm="example.net", nonce="n1"',
                 420: "Unsupported: foo", 421: "Require: foo", 422: "Min-SE: 90",
                 423: "Min-Expires: 60", 469: "Recv-Info: foo",
                 489: "Allow-Events: presence"}


def needed(start):
    """The header lines of NEEDED for a start as a flow has it."""
    if not start[0].isdigit():
        return NEEDED.get(start[0], [])
    status = int(start[0])
    if status in NEEDED_STATUS:
        return [NEEDED_STATUS[status]]
    return NEEDED_2XX.get(start[1], []) if 200 <= status < 300 else []


class Wrong(Exception):
    """A line that is no part of a flow."""


class Case:
    def __init__(self, name):
        self.name, self.call_id = name, name
        self.finds = None
        self.hosts = dict(HOSTS)
        self.requests = {}  # (call, client, server, method, cseq): what was sent
        self.cseqs = {}     # (call, originator): newest
        self.invites = {}   # (call, originator): CSeq of its newest INVITE
        self.tagged = set() # calls in which the called side has shown its tag
        self.packets = []   # (microseconds, bytes)
        self.streams = {}   # (source, target): next sequence number

    def endpoint(self, host):
        if host not in self.hosts:
            raise Wrong("no host " + host)
        address, _, port = self.hosts[host].rpartition(":")
        return (address.strip("[]"), int(port))

    def place(self, host):
        address, port = self.endpoint(host)
        return "%s:%d" % ("[" + address + "]" if ":" in address else address, port)

    # --- requests and responses

    def number(self, method, source, by, options, call):
        if "cseq" in options:
            return int(options["cseq"])
        if source != by:
            for key in reversed(list(self.requests)):
                if key[0] == call and key[2] == source and key[3] == method:
                    return key[4]
        if method in ("ACK", "CANCEL"):
            return self.invites.get((call, by), 1)
        return self.cseqs.get((call, by), 0) + 1

    def request(self, source, target, method, options):
        call = self.call_id
        by = options.get("by", "b" if source == "b" else "a")
        cseq = self.number(method, source, by, options, call)
        self.cseqs[call, by] = max(cseq, self.cseqs.get((call, by), 0))
        if method == "INVITE":
            self.invites[call, by] = cseq
        like = "INVITE" if method == "CANCEL" or options.get("ack") == "failure" \
            else method
        branch = options.get("branch", "%d-%s-%s-%s" % (cseq, like, source, target))
        if not branch.startswith("z9hG4bK") and branch != "-":
            branch = "z9hG4bK-" + branch
        via = "SIP/2.0/UDP " + self.place(source)
        if branch != "-":
            via += ";branch=" + branch
        vias = [via]
        for key, old in self.requests.items():
            if source != by and key[0] == call and key[2] == source and \
                    key[3:] == (method, cseq):
                vias = [via] + old["vias"]
        tag_a = options.get("from", "tag-a")
        tag_b = options.get("tag", "tag-b" if call in self.tagged else "-")
        if method == "CANCEL" or (method == "INVITE" and by != "b" and
                                  "tag" not in options and
                                  cseq == 1):
            tag_b = "-"
        ends = [("<sip:alice@example.org>", tag_a), ("<sip:bob@example.net>", tag_b)]
        if by == "b":
            ends.reverse()
            target_user, owner = "alice@" + self.place("a"), "bob@" + self.place("b")
        else:
            target_user, owner = "bob@" + self.place("b"), "alice@" + self.place("a")
        (caller, from_tag), (callee, to_tag) = ends
        headers = [("Via", v) for v in vias] + [
            ("Max-Forwards", str(71 - len(vias))),
            ("From", caller + (";tag=" + from_tag if from_tag != "-" else "")),
            ("To", callee + (";tag=" + to_tag if to_tag != "-" else "")),
            ("Call-ID", call),
            ("CSeq", "%d %s" % (cseq, method))]
        if method in ("INVITE", "SUBSCRIBE", "NOTIFY", "REFER", "UPDATE", "REGISTER"):
            headers.append(("Contact", "<sip:%s>" % owner))
        self.requests[call, source, target, method, cseq] = {
            "vias": vias, "from": headers[len(vias) + 1][1],
            "to": callee, "to_tag": to_tag, "by": by}
        return "%s sip:%s SIP/2.0" % (method, target_user), headers

    def response(self, source, target, status, method, options):
        call = self.call_id
        cseq = int(options["cseq"]) if "cseq" in options else None
        found = None
        for key in reversed(list(self.requests)):
            if key[:4] == (call, target, source, method) and cseq in (None, key[4]):
                found = key
                break
        if not found:
            raise Wrong("no %s from %s to %s to answer" % (method, target, source))
        old = self.requests[found]
        tag = options.get("tag")
        if tag is None:
            tag = old["to_tag"] if old["to_tag"] != "-" else \
                "-" if status == 100 else "tag-b" if old["by"] != "b" else "tag-a"
        if tag != "-" and method == "INVITE":
            self.tagged.add(call)
        owner = "alice@" + self.place("a") if old["by"] == "b" else \
            "bob@" + self.place("b")
        headers = [("Via", v) for v in old["vias"]] + [
            ("From", old["from"]),
            ("To", old["to"] + (";tag=" + tag if tag != "-" else "")),
            ("Call-ID", call),
            ("CSeq", "%d %s" % (found[4], method))]
        if status > 100 and status < 300 and method in ("INVITE", "SUBSCRIBE", "UPDATE"):
            headers.append(("Contact", "<sip:%s>" % owner))
        return "SIP/2.0 %d %s" % (status, PHRASES.get(status, "Word")), headers

    # --- what a message has of its own

    def message(self, words, lines):
        at, source, arrow, target, *rest = words
        if arrow != ">":
            raise Wrong("TIME FROM > TO is missing")
        options = dict(w.split("=", 1) for w in rest if "=" in w)
        start = [w for w in rest if "=" not in w]
        if start[0].isdigit():
            first, headers = self.response(source, target, int(start[0]), start[1],
                                           options)
        else:
            first, headers = self.request(source, target, start[0], options)
        headers += [tuple(x.strip() for x in line.split(":", 1))
                    for line in needed(start)]
        body, replaced = [], set()
        for line in lines:
            if line.startswith("| "):
                body.append(line[2:] + "\r\n")
            elif line.startswith("uri "):
                first = "%s %s SIP/2.0" % (first.split()[0], line[4:])
            elif line.startswith("reason "):
                first = first[:12] + line[7:]
            elif line.startswith("- "):
                headers = [h for h in headers if h[0].lower() != line[2:].lower()]
            elif ":" in line:
                more = line.startswith("+ ")
                name, value = (x.strip() for x in line[2 * more:].split(":", 1))
                at_name = [i for i, h in enumerate(headers)
                           if h[0].lower() == name.lower()]
                if at_name and not more and name.lower() not in replaced:
                    headers[at_name[0]] = (name, value)
                    headers = [h for i, h in enumerate(headers) if i not in at_name[1:]]
                elif name.lower() == "via" and at_name:
                    headers.insert(at_name[-1] + 1, (name, value))
                else:
                    headers.append((name, value))
                replaced.add(name.lower())
            else:
                raise Wrong("not understood: " + line)
        content = "".join(body).encode()
        names = {h[0].lower() for h in headers}
        without = {line.lower() for line in lines if line.startswith("- ")}
        if content and "content-type" not in names and "- content-type" not in without:
            headers.append(("Content-Type", "application/sdp"))
        if "content-length" not in names and "- content-length" not in without:
            headers.append(("Content-Length", str(len(content))))
        text = first + "\r\n" + "".join("%s: %s\r\n" % h for h in headers) + "\r\n"
        where = list(self.endpoint(source)), list(self.endpoint(target))
        where[0][1] = int(options.get("sport", where[0][1]))
        where[1][1] = int(options.get("dport", where[1][1]))
        self.keep(float(at), *where, text.encode() + content,
                  int(options.get("id", 0)), options.get("over", "udp"))

    # --- packets: raw IP

    def tcp(self, source, target, payload):
        """A segment; what the other side has sent so far is acknowledged."""
        here, back = (tuple(source), tuple(target)), (tuple(target), tuple(source))
        sequence = self.streams.get(here, 1)
        self.streams[here] = sequence + len(payload)
        return struct.pack("!HHIIBBHHH", source[1], target[1], sequence,
                           self.streams.get(back, 1), 0x50, 0x18, 65535, 0, 0) + payload

    def keep(self, at, source, target, payload, number=0, over="udp"):
        number = number or 1000 + len(self.packets)
        if over == "tcp":
            return self.keep_ip(at, source, target, 6, number,
                                self.tcp(source, target, payload))
        udp = struct.pack("!HHHH", source[1], target[1], 8 + len(payload), 0) + payload
        return self.keep_ip(at, source, target, 17, number, udp)

    def keep_ip(self, at, source, target, protocol, number, udp):
        ends = ipaddress.ip_address(source[0]), ipaddress.ip_address(target[0])
        if ends[0].version == 6:
            head = struct.pack("!IHBB", 6 << 28, len(udp), protocol, 64)
        else:
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), number, 0, 64,
                               protocol, 0)
        packet = head + ends[0].packed + ends[1].packed + udp
        self.packets.append((round(at * 1000000), packet))

    def capture(self):
        out = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)]
        for at, packet in self.packets:
            out.append(struct.pack("<IIII", START + at // 1000000, at % 1000000,
                                   len(packet), len(packet)) + packet)
        return b"".join(out)


def take(case, words):
    """A line that is no message."""
    if words[0] == "finds":
        case.finds = sorted(w for w in words[1:] if w != "nothing")
    elif words[0] == "host":
        bare = words[2].count(":") > 1 and not words[2].endswith("]") and \
            "]:" not in words[2]
        case.hosts[words[1]] = words[2] if re.search(r":\d+$", words[2]) and not bare \
            else words[2] + ":5060"
    elif words[0] == "call":
        case.call_id = words[1]
    else:
        case.keep(float(words[1]), ("192.0.2.250", 9), ("192.0.2.251", 9), b"the end")


def blocks(path):
    """Each line that is not indented, with its number and the indented ones after it."""
    out = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            if line[0] not in " \t":
                out.append((number, line.split(), []))
            elif out:
                out[-1][2].append(line.strip())
    return out


def read(path):
    """All cases of a file, in order; Wrong names the line."""
    cases = []
    for number, words, lines in blocks(path):
        try:
            if words[0] == "case":
                cases.append(Case(words[1]))
            elif words[0] in ("finds", "host", "call", "end"):
                take(cases[-1], words)
            else:
                cases[-1].message(words, lines)
        except (Wrong, ValueError, IndexError, KeyError) as e:
            raise Wrong("%s:%d: %s" % (path, number, e)) from e
    return cases
