# SPDX-License-Identifier: MIT
"""The interface goes down and comes up again: capturing goes on. It is removed: that is told
at once, the exit status is 3, another interface is still captured on, and the screen stays
open with what it has."""

from faults import Sender, Sipglass, check, finish, run, start, veth

program = start()


def down_and_up():
    veth()
    sipglass = Sipglass(program, "-d", "v1", "-N", "-q")
    Sender().send(20)
    sipglass.until(lambda: len(sipglass.written().splitlines()) >= 21, "20 lines before")
    run("ip", "link", "set", "v1", "down")
    run("ip", "link", "set", "v1", "up")
    run("ip", "link", "set", "v0", "up")
    sender = Sender()
    sender.sent = 20
    sender.send(20)
    sipglass.until(lambda: b"c39@" in sipglass.written(), "40 lines after it came up")
    check(sipglass.end() == 0, "down and up: the exit status is not 0")
    lines = sipglass.written().splitlines()
    check(len(lines) == 41, "down and up: %d lines, with that of the day" % len(lines))
    run("ip", "link", "del", "v0")


def removed():
    veth()
    sipglass = Sipglass(program, "-d", "v1", "--json")
    Sender().send(20)
    sipglass.until(lambda: sipglass.written().count(b"\n") >= 20, "20 records")
    run("ip", "link", "del", "v0")
    check(sipglass.wait() == 3, "removed: the exit status is not 3")
    check("sipglass: v1: capturing ended" in sipglass.told(), "removed: it is not told: %r"
          % sipglass.told())
    # what was captured is written all the same
    check(sipglass.written().splitlines()[-1].startswith(b'{"v":1,"record":"summary"'),
          "removed: there is no summary")


def removed_one_of_two():
    veth()
    veth("w0", "w1")
    sipglass = Sipglass(program, "-d", "v1,w1", "-N", "-q")
    run("ip", "link", "del", "v0")
    sipglass.until(lambda: "v1: capturing ended" in sipglass.told(),
                   "one of two removed: it is not told at once")
    Sender("w0").send(10)
    sipglass.until(lambda: b"c9@" in sipglass.written(),
                   "one of two removed: the other one is not captured on")
    check(sipglass.end() == 3, "one of two removed: the exit status is not 3")
    check(sipglass.told().count("\n") == 1, "one of two removed: told twice: %r"
          % sipglass.told())
    run("ip", "link", "del", "w0")


def removed_from_screen():
    veth()
    sipglass = Sipglass(program, "-d", "v1", screen=True)
    Sender().send(5)
    sipglass.until(lambda: "a@192.0.2" in sipglass.text(), "the screen has the calls")
    run("ip", "link", "del", "v0")
    sipglass.until(lambda: "disappeared" in sipglass.text() or "ended" in sipglass.text(),
                   "the screen does not tell that the interface is gone")
    sipglass.seen.clear()
    sipglass.type(b"\r")  # a call flow: it is there still
    sipglass.until(lambda: "OPTIONS" in sipglass.text(), "the screen has no data any more")
    check(sipglass.runs(), "the screen did not stay open")
    sipglass.type(b"\x03")
    check(sipglass.wait() == 3, "the exit status after the screen is not 3")
    check("v1: capturing ended" in sipglass.told(), "not told after the screen")


def no_such_interface():
    sipglass = Sipglass(program, "-d", "nosuch0", "-N", wait=False)
    check(sipglass.wait() == 2, "no such interface: the exit status is not 2")
    check(sipglass.told() == "sipglass: nosuch0: there is no such interface; ip link lists "
          "them\n", "no such interface: %r" % sipglass.told())


down_and_up()
removed()
removed_one_of_two()
removed_from_screen()
no_such_interface()
finish()
