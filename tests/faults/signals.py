# SPDX-License-Identifier: MIT
"""SIGINT, SIGTERM and SIGHUP end capturing cleanly and soon, also in a flood, and the output
is complete; the second one ends the program at once; what nohup ignores stays ignored. What
came while it was stopped is accounted for: sent is captured and dropped."""

import json
import os
import signal
import time

from faults import (Sender, Sipglass, SOON, check, finish, folder, messages_in, start, veth)

# How long it is stopped, in s; the longer, the more is dropped.
STOPPED = float(os.environ.get("FAULT_STOPPED", "1"))

program = start()
veth()
sender = Sender()


def ends(number, name):
    path = os.path.join(folder(), "a.pcap")
    sipglass = Sipglass(program, "-d", "v1", "--json", "-O", path)
    first = sender.sent
    sender.send(500)
    check(sipglass.end(number) == 0, "%s: the exit status is not 0" % name)
    records = [json.loads(line) for line in sipglass.written().splitlines()]
    kinds = [record["record"] for record in records]
    for kind, count in (("message", 500), ("transaction", 500), ("call", 500),
                        ("summary", 1)):
        check(kinds.count(kind) == count, "%s: %d records of kind %s"
              % (name, kinds.count(kind), kind))
    check(kinds[-1] == "summary", "%s: the last record is no summary" % name)
    check(messages_in(program, path) == sender.sent - first, "%s: packets are missing"
          % name)


def in_a_flood(number, name):
    path = os.path.join(folder(), "a.pcap")
    sipglass = Sipglass(program, "-d", "v1", "-N", "-O", path)
    stop = sender.flood()
    time.sleep(0.5)
    began = time.monotonic()
    sipglass.kill(number)
    check(sipglass.wait() == 0, "%s in a flood: the exit status is not 0" % name)
    took = time.monotonic() - began
    stop()
    check(took < SOON, "%s in a flood: %.1f s" % (name, took))
    captured, messages, _, _ = sipglass.counted()
    check(captured == messages == messages_in(program, path) and messages > 100,
          "%s in a flood: %d captured, %d messages" % (name, captured, messages))


def twice():
    """The reader takes nothing, and there is a second to wait for it: not twice."""
    read, write = os.pipe()
    sipglass = Sipglass(program, "-d", "v1", "--json", stdout=write)
    os.close(write)
    sender.send(1000)
    time.sleep(0.3)
    sipglass.kill(signal.SIGINT)
    time.sleep(0.3)
    check(sipglass.runs(), "twice: it did not wait for its reader")
    sipglass.kill(signal.SIGINT)
    check(sipglass.wait() == -signal.SIGINT, "twice: the second one does not end it")
    os.close(read)


def nohup():
    sipglass = Sipglass(program, "-d", "v1", "-N", "-q",
                        before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    sipglass.kill(signal.SIGHUP)
    sender.send(10)
    sipglass.until(lambda: sipglass.written().count(b"\n") == 11, "nohup: it does not go on")
    check(sipglass.end() == 0, "nohup: the exit status is not 0")


def stopped():
    sipglass = Sipglass(program, "-d", "v1", "--summary", "-B", "1")
    first = sender.sent
    sender.send(100)
    sipglass.kill(signal.SIGSTOP)
    began = time.monotonic()
    while time.monotonic() - began < STOPPED:
        sender.send(1000, padding=1000, rate=0)
    sipglass.kill(signal.SIGCONT)
    sender.send(100)
    check(sipglass.end() == 0, "stopped: the exit status is not 0")
    sent = sender.sent - first
    captured, _, kernel, interface = sipglass.counted()
    check(captured + kernel + interface == sent, "stopped: sent %d, captured %d, dropped %d"
          % (sent, captured, kernel + interface))
    check(kernel > 0, "stopped: nothing was dropped")
    check(b"packets dropped by the kernel" in sipglass.written(),
          "stopped: the summary does not say so")


def stopped_screen():
    """What was dropped is on the screen soon."""
    sipglass = Sipglass(program, "-d", "v1", "-B", "1", screen=True)
    sipglass.kill(signal.SIGSTOP)
    sender.send(3000, padding=1000, rate=0)
    sipglass.kill(signal.SIGCONT)
    sipglass.until(lambda: "lost:" in sipglass.text(), "stopped: the screen does not say so")
    sipglass.kill(signal.SIGTERM)
    check(sipglass.wait() == 0, "screen: SIGTERM: the exit status is not 0")


for signum, signame in ((signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM"),
                        (signal.SIGHUP, "SIGHUP")):
    ends(signum, signame)
in_a_flood(signal.SIGTERM, "SIGTERM")
twice()
nohup()
stopped()
stopped_screen()
finish()
