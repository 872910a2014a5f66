# SPDX-License-Identifier: MIT
"""--split and SIGUSR1 while capturing, under confinement: every packet is in one file, each
file is whole when the next one begins, and none is written over."""

import json
import os
import re
import signal
import subprocess
import time

from faults import Sender, Sipglass, check, finish, folder, messages_in, run, start, veth

program = start()
veth()
sender = Sender()
NAME = re.compile(r"sip-\d{8}-\d{6}-(\d{5})\.pcapng")


def parts(work):
    return sorted(name for name in os.listdir(work) if NAME.fullmatch(name))


def divided(name, split, **more):
    work = folder()
    sipglass = Sipglass(program, "-d", "v1", "-N", "-q", "-O",
                        os.path.join(work, "sip.pcapng"), "--split", split, **more)
    first = sender.sent
    seen = set()
    for _ in range(15):
        sender.send(100, rate=1000)
        names = parts(work)
        for old in names[:-1]:  # all but the newest are whole
            if old not in seen and os.path.exists(os.path.join(work, old)):
                check(messages_in(program, os.path.join(work, old)),
                      "%s: %s is not whole" % (name, old))
                seen.add(old)
    check(sipglass.end() == 0, "%s: the exit status is not 0: %s" % (name, sipglass.told()))
    check(not sipglass.told(), "%s: %r" % (name, sipglass.told()))
    counts = [messages_in(program, os.path.join(work, part)) for part in parts(work)]
    return sender.sent - first, counts, parts(work), work


sent, counts, names, _ = divided("packets", "packets:400")
check(counts == [400, 400, 400, 300], "packets: %s" % counts)
check([NAME.fullmatch(name)[1] for name in names] == ["00001", "00002", "00003", "00004"],
      "packets: %s" % names)
sent, counts, names, _ = divided("duration", "duration:1")
check(sum(counts) == sent and 2 <= len(counts) <= 20, "duration: %s" % counts)
sent, counts, names, work = divided("size", "size:64k,files:2")
check(len(counts) == 2, "size: %s" % names)
check(all(os.path.getsize(os.path.join(work, name)) <= 65536 for name in names),
      "size: larger files")
check(int(NAME.fullmatch(names[-1])[1]) > 4, "size: %s" % names)


def logrotate():
    """It renames, makes an empty file of the name or not, and sends SIGUSR1."""
    work = folder()
    path, out = os.path.join(work, "a.pcap"), os.path.join(work, "a.json")
    sipglass = Sipglass(program, "-d", "v1", "--json=message", "-o", out, "-O", path)
    for round in range(3):
        sender.send(100)
        sipglass.until(lambda: os.path.getsize(out) > 0, "logrotate: nothing is written")
        time.sleep(0.3)
        for name in (path, out):
            os.rename(name, "%s.%d" % (name, round))
        if round == 1:
            with open(path, "w"):
                os.chmod(path, 0o666)
        sipglass.kill(signal.SIGUSR1)
        sipglass.until(lambda: os.path.exists(out) and os.path.exists(path),
                       "logrotate: no new files")
    check(sipglass.end() == 0, "logrotate: the exit status is not 0: %s" % sipglass.told())
    for round in range(3):
        name = "%s.%d" % (path, round)
        check(messages_in(program, name) == 100, "logrotate: packets of round %d: %s"
              % (round, messages_in(program, name)))
        with open("%s.%d" % (out, round)) as file:
            lines = file.read().splitlines()
        check(len(lines) == 100 and all(json.loads(line) for line in lines),
              "logrotate: %d records of round %d" % (len(lines), round))
    check(messages_in(program, path) == 0, "logrotate: the last file is not whole")


def not_renamed():
    """What is written already stays."""
    work = folder()
    path = os.path.join(work, "a.pcap")
    sipglass = Sipglass(program, "-d", "v1", "-N", "-O", path)
    sender.send(50)
    sipglass.kill(signal.SIGUSR1)
    time.sleep(0.3)
    sender.send(50)
    check(sipglass.end() == 0, "not renamed: the exit status is not 0")
    check(messages_in(program, path) == 100, "not renamed: packets are missing")


def may_not_write():
    """Who it is then may begin no files: told before the first packet, or when it happens,
    and what there is goes on."""
    work = folder()
    os.chmod(work, 0o755)
    path = os.path.join(work, "a.pcap")
    sipglass = Sipglass(program, "-d", "v1", "-N", "-O", path, "--split", "packets:5",
                        wait=False)
    check(sipglass.wait() == 1, "may not write: the exit status is not 1")
    check(sipglass.told() == "sipglass: --split: user nobody may not begin files in the "
          "folder of -O: change its owner, or name another user with --user\n",
          "may not write: %r" % sipglass.told())
    sipglass = Sipglass(program, "-d", "v1", "-N", "-q", "-O", path)
    sender.send(50)
    os.rename(path, path + ".1")
    sipglass.kill(signal.SIGUSR1)
    sipglass.until(lambda: "cannot be opened again: Permission denied" in sipglass.told(),
                   "may not write: SIGUSR1: %r" % sipglass.told())
    sender.send(50)
    check(sipglass.end() == 0, "may not write: SIGUSR1: the exit status is not 0")
    check(messages_in(program, path + ".1") == 100, "may not write: packets are missing")


def from_files():
    """The same packets give the same files, at any hour."""
    work = folder()
    path = os.path.join(work, "all.pcap")
    sipglass = Sipglass(program, "-d", "v1", "-N", "-q", "-O", path)
    sender.send(100)
    sipglass.end()
    listings = []
    for other in (folder(), folder()):
        run(program, "-q", "-I", path, "-O", os.path.join(other, "sip.pcapng"), "--split",
            "packets:40")
        listings.append([(name, open(os.path.join(other, name), "rb").read())
                         for name in parts(other)])
        count = [messages_in(program, os.path.join(other, name)) for name in parts(other)]
        check(count == [40, 40, 20], "from files: %s" % count)
    check(listings[0] == listings[1], "from files: not the same files")
    done = subprocess.run([program, "-q", "-I", path, "-O", os.path.join(other, "sip.pcapng"),
                           "--split", "packets:40"])
    check(done.returncode == 0 and len(parts(other)) == 6,
          "from files: files of the run before were written over")


logrotate()
not_renamed()
may_not_write()
from_files()
finish()
