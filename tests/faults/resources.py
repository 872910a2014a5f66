# SPDX-License-Identifier: MIT
"""Little of everything: 16 descriptors, 300 MB of addresses, 256 kB of stack. It works, or it
says why not."""

import os
import resource

from faults import (Sender, Sipglass, check, finish, folder, has_sanitizers, messages_in,
                    start, veth)

program = start()
veth()
sender = Sender()
if has_sanitizers(program):
    print("skipped here: limits of memory, which sanitizers do not stand")

LIMITS = [("16 descriptors", [(resource.RLIMIT_NOFILE, 16)])]
if not has_sanitizers(program):
    LIMITS += [("300 MB", [(resource.RLIMIT_AS, 300 << 20)]),
               ("256 kB of stack", [(resource.RLIMIT_STACK, 256 << 10)])]
    LIMITS += [("all of them", LIMITS[0][1] + LIMITS[1][1] + LIMITS[2][1])]


def works(name, limits):
    work = folder()
    path = os.path.join(work, "a.pcapng")
    out = os.path.join(work, "a.json")
    sipglass = Sipglass(program, "-d", "v1", "--json", "-o", out, "-O", path, "--split",
                        "packets:300", limits=limits)
    sender.send(1000)
    check(sipglass.end() == 0, "%s: the exit status is not 0: %s" % (name, sipglass.told()))
    parts = [part for part in os.listdir(work) if part.endswith(".pcapng")]
    check(len(parts) == 4, "%s: %d files" % (name, len(parts)))
    count = sum(messages_in(program, os.path.join(work, part)) or 0 for part in parts)
    check(count == 1000, "%s: %d messages are recorded" % (name, count))
    with open(out) as file:
        check(file.read().count('"record":"message"') == 1000, "%s: JSON" % name)


def screen(name, limits):
    sipglass = Sipglass(program, "-d", "v1", "-O", os.path.join(folder(), "a.pcap"),
                        screen=True, limits=limits)
    sender.send(100)
    sipglass.until(lambda: "a@192.0.2" in sipglass.text(), "%s: the screen shows no calls: %s"
                   % (name, sipglass.told()))
    sipglass.type(b"\x03")
    check(sipglass.wait() == 0, "%s: the screen: the exit status is not 0" % name)


def says_why(name, limits, *arguments):
    """One line, and exit status 1 to 4."""
    sipglass = Sipglass(program, "-d", "v1", *arguments, limits=limits, wait=False)
    check(sipglass.wait() in (1, 2, 4), "%s: the exit status is %d"
          % (name, sipglass.process.returncode))
    told = sipglass.told()
    check(told.startswith("sipglass: ") and told.count("\n") == 1, "%s: %r" % (name, told))


for text, these in LIMITS:
    works(text, these)
    screen(text, these)
says_why("4 descriptors", [(resource.RLIMIT_NOFILE, 4)], "-N")
if not has_sanitizers(program):
    # its ring alone has more
    says_why("100 MB and a buffer of 200", [(resource.RLIMIT_AS, 100 << 20)], "-N", "-B",
             "200")
finish()
