#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Four times as many messages take about four times as long, whatever they are.

usage: check.py SIPGLASS [FLOOD ...]

What is measured is CPU time, the least of some runs; what grows with the square of the
messages takes sixteen times as long. Floods are those of floods.py.
"""
import os
import struct
import sys
import tempfile

import floods

SMALL, TIMES = 2000, 4
MOST = 7       # times as long may the large one take
SHORT = 0.050  # s, below which nothing is to be seen but the noise of the machine
RUNS = 2       # of each, and TRIES times that before it is a fault
TRIES = 4
MODES = (["--json"], ["--ladder"])


def capture(path, messages):
    """Raw IP, 1 ms apart; a packet without SIP 100 s later lets timers run out."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        at = 0
        for number, (source, target, text) in enumerate(messages):
            at = 1700000000000 + number
            file.write(packet(at, source, target, text.encode(), number))
        file.write(packet(at + 100000, 1, 2, b"x", 0))


def packet(at, source, target, payload, number):
    length = 28 + len(payload)
    ends = struct.pack("!II", 10 << 24 | source, 10 << 24 | target)
    return struct.pack("<IIII", at // 1000, at % 1000 * 1000, length, length) + \
        struct.pack("!BBHHHBBH", 0x45, 0, length, number % 65535 + 1, 0, 64, 17, 0) + \
        ends + struct.pack("!HHHH", 5060, 5060, length - 20, 0) + payload


def spent(sipglass, mode, path):
    """CPU seconds of one run."""
    command = [sipglass, "-q", *mode, "-o", "/dev/null", "-I", path]
    pid = os.posix_spawn(sipglass, command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise OSError("exit status %d: %s" % (status, " ".join(command)))
    return usage.ru_utime + usage.ru_stime


def check(sipglass, mode, small, large):
    """None, or what took too long."""
    least = [1e9, 1e9]
    for _ in range(TRIES):
        for _ in range(RUNS):
            least[0] = min(least[0], spent(sipglass, mode, small))
            least[1] = min(least[1], spent(sipglass, mode, large))
        if least[1] < SHORT or least[1] < MOST * least[0]:
            return None
    return "%.3f s for %d, %.3f s for %d" % (least[0], SMALL, least[1], SMALL * TIMES)


def main(argv):
    if len(argv) < 2:
        sys.exit(__doc__)
    bad = count = 0
    with tempfile.TemporaryDirectory() as folder:
        small, large = (os.path.join(folder, name) for name in ("small", "large"))
        for flood in floods.ALL:
            if argv[2:] and flood.__name__ not in argv[2:]:
                continue
            capture(small, flood(SMALL))
            capture(large, flood(SMALL * TIMES))
            for mode in MODES:
                fault = check(argv[1], mode, small, large)
                count += 1
                if fault:
                    print("%s %s: %s" % (flood.__name__, mode[0], fault))
                    bad += 1
    print("%d floods, %d grow too fast" % (count, bad))
    return 1 if bad or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
