# SPDX-License-Identifier: MIT
"""What is said of traffic while it is captured is what is said of its capture file: the same
records, from the same packets, of SIP over UDP and TCP, whole and in pieces."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time

from faults import Sipglass, check, finish, folder, start

program = start()
work = folder()
SERVER = 5070


def message(first, number, cseq, method, tag, body=""):
    return ("%s\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%s-%d\r\n"
            "From: <sip:a@127.0.0.1>;tag=a%s\r\nTo: <sip:b@127.0.0.1>%s\r\n"
            "Call-ID: %s@127.0.0.1\r\nCSeq: %d %s\r\nContact: <sip:c@127.0.0.1>\r\n"
            "Max-Forwards: 70\r\nContent-Length: %d\r\n\r\n%s"
            % (first, SERVER, number, cseq if method != "ACK" else 0, number, tag, number,
               cseq, method, len(body), body)).encode()


def call(number):
    """Messages of a call, each with who sends it: 0 the caller, 1 the callee."""
    uri = "sip:b@127.0.0.1 SIP/2.0"
    body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" \
           "m=audio 4000 RTP/AVP 0\r\na=x:%s\r\n" % ("y" * random.randrange(1, 3000))
    tag = ";tag=b%s" % number
    yield 0, message("INVITE " + uri, number, 1, "INVITE", "", body)
    yield 1, message("SIP/2.0 100 Trying", number, 1, "INVITE", "")
    yield 1, message("SIP/2.0 180 Ringing", number, 1, "INVITE", tag)
    yield 1, message("SIP/2.0 200 OK", number, 1, "INVITE", tag, body)
    yield 0, message("ACK " + uri, number, 1, "ACK", tag)
    yield 0, message("BYE " + uri, number, 2, "BYE", tag)
    yield 1, message("SIP/2.0 200 OK", number, 2, "BYE", tag)


def over_udp(count):
    ends = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for end in ends:
        end.bind(("127.0.0.1", 0))
    ends[0].connect(ends[1].getsockname())
    ends[1].connect(ends[0].getsockname())
    for i in range(count):
        for who, text in call("udp%d" % i):
            ends[who].send(text)
            ends[1 - who].recv(65536)


def over_tcp(count):
    """In segments that end anywhere, with several messages in one."""
    listener = socket.create_server(("127.0.0.1", SERVER))
    ends = [socket.create_connection(("127.0.0.1", SERVER))]
    ends.append(listener.accept()[0])
    for end in ends:
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(count):
        for who, text in call("tcp%d" % i):
            cut = random.randrange(len(text))
            for piece in (text[:cut], text[cut:]):
                ends[who].sendall(piece)
            left = len(text)
            while left:
                left -= len(ends[1 - who].recv(left))
    for end in ends:
        end.close()


TIMES = ("time", "started", "ringing", "answered", "confirmed", "finished", "ended")


def scrub(record):
    """Each capturing program has its own time of a packet, some 100 ns apart."""
    return {key: value for key, value in record.items()
            if key not in TIMES and not key.endswith("_ms")}


def records(lines, exact):
    """All but the summary, without where packets stand in their input."""
    out = []
    for line in lines:
        record = json.loads(line)
        if record["record"] == "summary":
            continue
        for place in ("frame", "frames"):
            record.pop(place, None)
        out.append(record if exact else scrub(record))
    return out


def compare(name, live, path, exact):
    done = subprocess.run([program, "-q", "--json", "-I", path], stdout=subprocess.PIPE)
    check(done.returncode == 0, "%s: the file is damaged" % name)
    live, file = records(live, exact), records(done.stdout.splitlines(), exact)
    check(len(live) > 1000, "%s: %d records only" % (name, len(live)))
    check(len(live) == len(file), "%s: %d records live, %d of the file"
          % (name, len(live), len(file)))
    different = [pair for pair in zip(live, file) if pair[0] != pair[1]]
    check(not different, "%s: %d of %d records differ, the first: %s"
          % (name, len(different), len(live), different[:1]))


random.seed(1)
ours, theirs = os.path.join(work, "ours.pcapng"), os.path.join(work, "theirs.pcap")
# none of them may lose a packet
sipglass = Sipglass(program, "-d", "lo", "--json", "-O", ours, "-B", "64")
tcpdump = None
if shutil.which("tcpdump"):
    tcpdump = subprocess.Popen(["tcpdump", "-i", "lo", "-U", "-B", "65536", "-w", theirs,
                                "--time-stamp-precision=nano", "-Z", "root"],
                               stderr=subprocess.PIPE)
    tcpdump.stderr.readline()  # it listens
    time.sleep(0.5)
else:
    print("skipped here: the comparison with tcpdump, which is not here")
threads = [threading.Thread(target=over_udp, args=[100]),
           threading.Thread(target=over_tcp, args=[100])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
time.sleep(0.5)
if tcpdump:
    tcpdump.send_signal(signal.SIGINT)
    tcpdump.wait()
check(sipglass.end() == 0, "the exit status is not 0")
check(sipglass.counted()[2:] == [0, 0], "packets were dropped: %s" % sipglass.counted())
lines = sipglass.written().splitlines()
summary = json.loads(lines[-1])
check(summary["messages"] == 1400, "%s messages" % summary["messages"])
check(summary["call_states"] == {"completed": 200}, "calls: %s" % summary["call_states"])
compare("our file", lines, ours, True)
if tcpdump:
    compare("tcpdump's file", lines, theirs, False)
finish()
