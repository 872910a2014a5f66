# SPDX-License-Identifier: MIT
"""--autostop: capturing ends by itself at each of its limits."""

import json
import os
import time

from faults import Sender, Sipglass, check, finish, folder, messages_in, start, veth

program = start()
veth()
sender = Sender()


def ended(name, limit, *arguments, send=True):
    sipglass = Sipglass(program, "-d", "v1", "--json=summary", "--autostop", limit,
                        *arguments)
    if send:
        sender.send(500, padding=100)
    check(sipglass.wait() == 0, "%s: the exit status is not 0" % name)
    return json.loads(sipglass.written())


check(ended("packets", "packets:17")["packets"] == 17, "packets: not 17")
check(ended("messages", "messages:18,packets:100")["messages"] == 18, "messages: not 18")
check(ended("calls", "calls:19")["calls"] == {"options": 19}, "calls: not 19")
path = os.path.join(folder(), "a.pcap")
ended("size", "size:64k", "-O", path)
check(65536 <= os.path.getsize(path) < 66560, "size: %d" % os.path.getsize(path))
check(messages_in(program, path), "size: the file is not whole")
began = time.monotonic()
ended("duration", "duration:1", send=False)
check(1 <= time.monotonic() - began < 10, "duration: %.1f s" % (time.monotonic() - began))
finish()
