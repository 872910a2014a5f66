# SPDX-License-Identifier: MIT
"""Readers of the output: one that goes away ends it quietly; one that is slow never makes
capturing wait, and each record that it misses is counted; one that reads nothing is waited
for a second after a signal. Standard input and output that are closed."""

import json
import os
import signal
import time

from faults import Sender, Sipglass, SOON, check, finish, folder, messages_in, run, start, veth

program = start()
veth()
sender = Sender()


def gone():
    """sipglass | head -1"""
    read, write = os.pipe()
    sipglass = Sipglass(program, "-d", "v1", "--json", stdout=write)
    os.close(write)
    sender.send(1)
    line = os.read(read, 65536)
    json.loads(line.splitlines()[0])
    os.close(read)
    sender.send(20)
    check(sipglass.wait() == 0, "reader gone: the exit status is not 0")
    check("pipe" not in sipglass.told().lower(), "reader gone: %r" % sipglass.told())


def slow():
    """Half as much again as the queue holds, while nobody reads."""
    for device in ("v0", "v1"):
        run("ip", "link", "set", device, "mtu", "65535")
    read, write = os.pipe()
    sipglass = Sipglass(program, "-d", "v1", "--json=message,summary", "--json-with=raw",
                        "-B", "256", stdout=write)
    os.close(write)
    count = 2000
    sender.send(count, padding=50000, rate=0)
    time.sleep(1)
    memory = int(sipglass.status("RssAnon").split()[0])
    check(memory < 150000, "slow: it takes %d kB" % memory)
    sipglass.kill(signal.SIGTERM)
    data = bytearray()
    while piece := os.read(read, 1 << 20):
        data += piece
    os.close(read)
    check(sipglass.wait() == 0, "slow: the exit status is not 0")
    captured, messages, kernel, interface = sipglass.counted()
    check(captured + kernel + interface == count, "slow: sent %d, captured %d, dropped %d"
          % (count, captured, kernel + interface))
    lines = data.splitlines()
    summary = json.loads(lines[-1])
    dropped = summary["lost"].get("output_dropped", 0)
    for line in lines:
        json.loads(line)
    check(len(lines) - 1 + dropped == messages, "slow: %d records and %d dropped of %d"
          % (len(lines) - 1, dropped, messages))
    check(dropped > 100, "slow: %d records dropped" % dropped)


def never():
    """Packets are recorded all the while, and it ends when it is told to."""
    read, write = os.pipe()
    path = os.path.join(folder(), "a.pcap")
    sipglass = Sipglass(program, "-d", "v1", "--json", "-O", path, stdout=write)
    os.close(write)
    sender.send(1000, padding=100)
    time.sleep(0.3)
    began = time.monotonic()
    sipglass.kill(signal.SIGTERM)
    check(sipglass.wait() == 4, "never: the exit status is not 4")
    check(time.monotonic() - began < SOON, "never: it took %.1f s"
          % (time.monotonic() - began))
    check("its reader is too slow" in sipglass.told(), "never: %r" % sipglass.told())
    check(messages_in(program, path) == 1000, "never: packets are missing")
    os.close(read)


def closed():
    """Descriptors that were closed are not taken for files of the program."""
    path = os.path.join(folder(), "a.pcap")
    sipglass = Sipglass(program, "-d", "v1", "-N", "-q", before=lambda: os.close(0))
    sender.send(10)
    sipglass.until(lambda: sipglass.written().count(b"\n") >= 11, "no stdin: no lines")
    check(sipglass.end() == 0, "no stdin: the exit status is not 0")
    sipglass = Sipglass(program, "-d", "v1", "-O", path,
                        before=lambda: [os.close(fd) for fd in (0, 1, 2)])
    sender.send(10)
    check(sipglass.end() == 0, "all closed: the exit status is not 0")
    check(messages_in(program, path) == 10, "all closed: not the packets that were sent")
    sipglass = Sipglass(program, "-d", "v1", "-N", before=lambda: os.close(1))
    sender.send(10)
    check(sipglass.end() == 4, "no stdout: the exit status is not 4")
    check("standard output: Bad file descriptor" in sipglass.told(), "no stdout: %r"
          % sipglass.told())


gone()
slow()
never()
closed()
finish()
