# SPDX-License-Identifier: MIT
"""What the driver of an interface drops is counted from when capturing began, also by a
program that can open no file any more."""

import json
import os

from faults import Sender, Sipglass, check, finish, folder, preload, start, veth

program = start("cc")
veth()
counter = os.path.join(folder(), "counter")


def counted(number):
    """The driver has dropped so many packets since it was loaded."""
    with open(counter, "w") as file:
        file.write("%d\n" % number)


counted(1000)
sipglass = Sipglass(program, "-d", "v1", "--json=summary",
                    env=dict(preload(folder()), FAULT_COUNTER=counter))
Sender().send(10)
check(sipglass.end() == 0, "the exit status is not 0")
check(sipglass.counted() == [10, 10, 0, 0], "before it: %s" % sipglass.counted())
check("interface_drops" not in json.loads(sipglass.written())["lost"], "in the summary")

sipglass = Sipglass(program, "-d", "v1", "--json=summary",
                    env=dict(preload(folder()), FAULT_COUNTER=counter))
Sender().send(10)
counted(1007)
check(sipglass.end() == 0, "the exit status is not 0")
check(sipglass.counted() == [10, 10, 0, 7], "after it: %s" % sipglass.counted())
check(json.loads(sipglass.written())["lost"].get("interface_drops") == 7, "in the summary")
finish()
