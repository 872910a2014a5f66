# SPDX-License-Identifier: MIT
"""The time of day jumps by hours while packets are captured: they have their own time, waiting
and ending go by a clock that only goes on."""

import json
import time

from faults import Sender, Sipglass, check, finish, folder, preload, start, veth

program = start("cc")
veth()
sender = Sender()
env = dict(preload(folder()), FAULT_CLOCK="1")

began = time.monotonic()
sipglass = Sipglass(program, "-d", "v1", "--json", "--duration", "3", env=env)
first = time.time()
sender.send(500, rate=500)
last = time.time()
check(sipglass.wait() == 0, "the exit status is not 0")
took = time.monotonic() - began
check(2.9 < took < 10, "it took %.1f s instead of 3" % took)
records = [json.loads(line) for line in sipglass.written().splitlines()]
times = [record["time"] for record in records if record["record"] == "message"]
check(len(times) == 500, "%d messages" % len(times))
check(times == sorted(times), "the messages are not in order")


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


check(times and utc(first) <= times[0][:19] and times[-1][:19] <= utc(last),
      "the times are not those of the packets: %s to %s" % (times[0], times[-1]))
check("time_backward" not in records[-1]["lost"], "time went back: %s" % records[-1]["lost"])
finish()
