# SPDX-License-Identifier: MIT
"""The terminal is closed, or hangs up: the screen ends, what it recorded is whole, and the
exit status is 4. A screen that ends otherwise leaves the terminal as it was."""

import os
import signal
import termios

from faults import Sender, Sipglass, check, finish, folder, messages_in, start, veth

program = start()
veth()
sender = Sender()


def gone(name, end):
    path = os.path.join(folder(), "a.pcap")
    sipglass = Sipglass(program, "-d", "v1", "-O", path, screen=True)
    sender.send(50)
    sipglass.until(lambda: "a@192.0.2" in sipglass.text(), "%s: calls are shown" % name)
    end(sipglass)
    check(sipglass.wait() == 4, "%s: the exit status is not 4" % name)
    check(messages_in(program, path) == 50, "%s: not all packets are recorded" % name)


def close(sipglass):
    """The reader holds it open: it goes with the next thing that is drawn."""
    master, sipglass.master = sipglass.master, None
    sipglass.kill(signal.SIGWINCH)
    os.close(master)


def left(name, end, status):
    """What stty shows is as before."""
    sipglass = Sipglass(program, "-d", "v1", screen=True, wait=False)
    before = termios.tcgetattr(sipglass.master)
    sipglass.until(lambda: "Esc" in sipglass.text(), "%s: the screen is shown" % name)
    check(termios.tcgetattr(sipglass.master) != before, "%s: it has no modes" % name)
    end(sipglass)
    check(sipglass.wait() == status, "%s: the exit status is not %d" % (name, status))
    check(termios.tcgetattr(sipglass.master) == before, "%s: the terminal is not as before"
          % name)


gone("closed", close)
gone("SIGHUP", lambda sipglass: sipglass.kill(signal.SIGHUP))
left("^C", lambda sipglass: sipglass.type(b"\x03"), 0)
left("SIGTERM", lambda sipglass: sipglass.kill(signal.SIGTERM), 0)
left("SIGINT", lambda sipglass: sipglass.kill(signal.SIGINT), 0)
finish()
