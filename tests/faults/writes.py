# SPDX-License-Identifier: MIT
"""Writes that signals interrupt, and that write a part only: every byte arrives, once."""

import json
import os

from faults import Sender, Sipglass, check, finish, folder, messages_in, preload, start, veth

program = start("cc")
veth()
sender = Sender()
work = folder()
library = preload(work)

for kind in ("file", "pipe"):
    path = os.path.join(work, kind + ".pcapng")
    sipglass = Sipglass(program, "-d", "v1", "--json", "-O", path,
                        stdout="pipe" if kind == "pipe" else None,
                        env=dict(library, FAULT_WRITES="1"))
    sender.send(1000)
    check(sipglass.end() == 0, "%s: the exit status is not 0: %s" % (kind, sipglass.told()))
    sipglass.until(lambda: b'"record":"summary"' in sipglass.written()[-2000:],
                   "%s: no summary" % kind)
    lines = sipglass.written().splitlines()
    for line in lines:
        json.loads(line)
    check(sum(b'"record":"message"' in line for line in lines) == 1000,
          "%s: not all messages" % kind)
    check(messages_in(program, path) == 1000, "%s: not all packets" % kind)
finish()
