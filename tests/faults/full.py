# SPDX-License-Identifier: MIT
"""Disks that are full, quotas, /dev/full, for -O and -o: told once and at once, with the
path, the bytes and the reason; the file ends with a whole record; capturing goes on; the
exit status is 4."""

import json
import os
import resource
import signal

from faults import (Sender, Sipglass, check, finish, folder, messages_in, run, small_disk,
                    start, veth)

program = start("mount", "umount")
veth()
sender = Sender()
SPACE = "No space left on device after "


def told_once(sipglass, name, reason):
    sipglass.until(lambda: reason in sipglass.told(), "%s: not told at once" % name)
    lines = [line for line in sipglass.told().splitlines() if reason in line]
    check(len(lines) == 1, "%s: told %d times" % (name, len(lines)))
    return int(lines[0].split(reason)[1].split()[0]) if lines else 0


def packets(name, path, reason, **more):
    """-O, while records go on to standard output."""
    sipglass = Sipglass(program, "-d", "v1", "--json=message", "-O", path, stdout="pipe", **more)
    first = sender.sent
    sender.send(200, padding=900)
    written = told_once(sipglass, name, reason)
    sender.send(50)
    count = sender.sent - first
    sipglass.until(lambda: sipglass.written().count(b"\n") >= count,
                   "%s: capturing does not go on" % name)
    check(sipglass.end() == 4, "%s: the exit status is not 4" % name)
    told_once(sipglass, name, reason)
    check(sipglass.written().count(b"\n") == count, "%s: records are missing" % name)
    if os.path.isfile(path):
        check(os.path.getsize(path) == written, "%s: %d bytes, told %d"
              % (name, os.path.getsize(path), written))
        there = messages_in(program, path)
        check(there and 30 < there < 200, "%s: the file has %s messages" % (name, there))


def records(name, path, reason, **more):
    """-o, while packets go on to a file."""
    other = os.path.join(folder(), "all.pcap")
    sipglass = Sipglass(program, "-d", "v1", "--json", "-o", path, "-O", other, **more)
    first = sender.sent
    sender.send(200, padding=900)
    written = told_once(sipglass, name, reason)
    sender.send(50)
    check(sipglass.end() == 4, "%s: the exit status is not 4" % name)
    told_once(sipglass, name, reason)
    there = messages_in(program, other)
    check(there == sender.sent - first, "%s: capturing did not go on: %s" % (name, there))
    if os.path.isfile(path):
        check(os.path.getsize(path) == written, "%s: not the bytes that were told" % name)
        with open(path, "rb") as file:
            lines = file.read().split(b"\n")
        check(lines[-1] == b"", "%s: the last record is cut" % name)
        for line in lines[:-1]:
            json.loads(line)
        check(30 < len(lines) < 201, "%s: %d records" % (name, len(lines)))


disk = small_disk(64)
packets("-O on a full disk", os.path.join(disk, "a.pcap"), SPACE)
packets("pcapng on a full disk", os.path.join(small_disk(64), "a.pcapng"), SPACE)
packets("-O /dev/full", "/dev/full", SPACE)
records("-o on a full disk", os.path.join(small_disk(64), "a.json"), SPACE)
records("-o /dev/full", "/dev/full", SPACE)

# A quota is one for all files: the spool of messages has it, too.
quota = [(resource.RLIMIT_FSIZE, 65536)]
packets("-O over a quota", os.path.join(folder(), "a.pcap"), "File too large after ",
        limits=quota)


def screen():
    """The status line has it, and standard error when the screen is gone."""
    path = os.path.join(small_disk(64), "a.pcap")
    sipglass = Sipglass(program, "-d", "v1", "-O", path, screen=True)
    sender.send(200, padding=900)
    sipglass.until(lambda: "space" in sipglass.text(), "screen: it is not shown")
    check(not sipglass.told(), "screen: written over it: %r" % sipglass.told())
    sipglass.type(b"\x03")
    check(sipglass.wait() == 4, "screen: the exit status is not 4")
    check(sipglass.told().count(SPACE) == 1, "screen: not told once: %r" % sipglass.told())
    check(messages_in(program, path), "screen: the file is not whole")


def room_again():
    """A new file goes on when there is room again."""
    disk = small_disk(64)
    path = os.path.join(disk, "a.pcap")
    sipglass = Sipglass(program, "-d", "v1", "-N", "-q", "-O", path)
    sender.send(200, padding=900)
    sipglass.until(lambda: SPACE in sipglass.told(), "room again: not told")
    os.rename(path, os.path.join(disk, "old"))
    sipglass.kill(signal.SIGUSR1)
    sipglass.until(lambda: os.path.exists(path), "room again: no new file")
    run("mount", "-o", "remount,size=1m", disk)
    sender.send(20)
    check(sipglass.end() == 4, "room again: the exit status is not 4")
    check(messages_in(program, path) == 20, "room again: not the packets that came then")


def standard_output():
    """Nothing else is to be had from it: it ends, unless packets are recorded."""
    with open("/dev/full", "wb") as full:
        sipglass = Sipglass(program, "-d", "v1", "--json", stdout=full)
    sender.send(20)
    check(sipglass.wait() == 4, "standard output: the exit status is not 4")
    check(sipglass.told().count(SPACE) == 1, "standard output: not told once: %r"
          % sipglass.told())
    path = os.path.join(folder(), "a.pcap")
    with open("/dev/full", "wb") as full:
        sipglass = Sipglass(program, "-d", "v1", "--json", "-O", path, stdout=full)
    sender.send(20)
    sipglass.until(lambda: SPACE in sipglass.told(), "standard output, -O: not told")
    sender.send(20)
    check(sipglass.end() == 4, "standard output, -O: the exit status is not 4")
    check(messages_in(program, path) == 40, "standard output, -O: not all packets")


screen()
room_again()
standard_output()
finish()
