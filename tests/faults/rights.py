# SPDX-License-Identifier: MIT
"""Without the right to capture one line says which one is missing. With it, no packet is
looked at before the rights are given up: no capabilities, no new ones, seccomp, no root; and
what hostile input might want is refused: files, sockets, programs, typing into the
terminal."""

import os
import shutil
import subprocess

from faults import (Sender, Sipglass, check, finish, folder, has_sanitizers, preload, start,
                    veth)

program = start("cc")
veth()
sender = Sender()
work = folder()
nobody = 65534
built = subprocess.run([program, "--version"], stdout=subprocess.PIPE).stdout.decode()
library = preload(work)
if has_sanitizers(program):
    print("skipped here: seccomp, which sanitizers do not stand")


def no_root():
    sipglass = Sipglass(program, "-d", "v1", "-N", wait=False,
                        before=lambda: (os.setgroups([]), os.setgid(nobody),
                                        os.setuid(nobody)))
    check(sipglass.wait() == 1, "no root: the exit status is not 1")
    check(sipglass.told() == "sipglass: v1: the right to capture is missing (cap_net_raw): "
          "give it once with: sudo sipglass --setup-caps\n", "no root: %r" % sipglass.told())


def given_up(name, *arguments, screen=False):
    """While packets are read."""
    sipglass = Sipglass(program, "-d", "v1", *arguments, screen=screen)
    sender.send(20)
    if screen:
        sipglass.until(lambda: "a@192.0.2" in sipglass.text(), "%s: calls are shown" % name)
    want = {"Groups": ""}
    if "capabilities" in built:
        want.update(CapEff="0" * 16, CapPrm="0" * 16, CapInh="0" * 16, CapAmb="0" * 16,
                    NoNewPrivs="1")
    if "seccomp" in built:
        want.update(Seccomp="2")
    for line, value in want.items():
        check(sipglass.status(line) == value, "%s: %s is %s" % (name, line,
                                                              sipglass.status(line)))
    for line in ("Uid", "Gid"):
        check(sipglass.status(line).split() == [str(nobody)] * 4, "%s: %s is %s"
              % (name, line, sipglass.status(line)))
    check(sipglass.end() == 0, "%s: the exit status is not 0: %s" % (name, sipglass.told()))


def ambient():
    """As a service has it: no root from the beginning, and one capability."""
    if not shutil.which("setpriv"):
        print("skipped here: an ambient capability, which setpriv gives")
        return
    path = os.path.join(folder(), "a.pcap")
    sipglass = Sipglass("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                        "--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw", program,
                        "-d", "v1", "-N", "-O", path, "--split", "packets:10")
    sender.send(20)
    if "capabilities" in built:
        for line in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            check(sipglass.status(line) == "0" * 16, "ambient: %s is %s"
                  % (line, sipglass.status(line)))
    check(sipglass.end() == 0, "ambient: the exit status is not 0: %s" % sipglass.told())
    check(len(os.listdir(os.path.dirname(path))) == 2, "ambient: nothing is recorded")


def refused(name, *arguments, screen=False, may_read=False, folder=work):
    """preload.c tries, from inside of the program, while it waits for packets."""
    there = os.path.join(folder, "created")
    env = dict(library, FAULT_PROBE="1", FAULT_CREATE=there)
    sipglass = Sipglass(program, "-d", "v1", *arguments, screen=screen, env=env)
    sender.send(5)
    sipglass.until(lambda: "probe execve" in sipglass.told(), "%s: the probe does not end"
                   % name)
    check(sipglass.end() == 0, "%s: the exit status is not 0" % name)
    results = dict(line.split(" ", 2)[1:] for line in sipglass.told().splitlines()
                   if line.startswith("probe "))
    for what in ("shadow", "inet", "unix", "packet", "type", "clone", "ptrace", "setuid",
                 "execve"):
        check(results.get(what) in ("Operation not permitted", "Permission denied"),
              "%s: %s: %s" % (name, what, results.get(what)))
    check((results["passwd"] == "done") == may_read, "%s: reading a file: %s"
          % (name, results["passwd"]))
    check(results["create"] != "done" and not os.path.exists(there),
          "%s: writing elsewhere: %s" % (name, results["create"]))


no_root()
ambient()
given_up("lines", "-N")
given_up("JSON", "--json")
given_up("recording", "-O", os.path.join(work, "a.pcap"))
given_up("divided", "-O", os.path.join(work, "b.pcap"), "--split", "packets:5")
given_up("screen", screen=True)
if "seccomp" in built and not has_sanitizers(program):
    refused("lines", "-N")
    # these may open files: Landlock says where
    lsm = subprocess.run([program, "-d", "v1", "--count", "1", "--summary", "--duration",
                          "1", "-O", os.path.join(work, "c.pcap")],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if b"Landlock" in lsm.stdout:
        elsewhere = folder()
        refused("recording", "-N", "-O", os.path.join(work, "d.pcap"), folder=elsewhere)
        refused("divided", "-N", "-O", os.path.join(work, "e.pcap"), "--split", "packets:5",
                folder=elsewhere)
        # the screen reads what a terminal is like
        refused("screen", screen=True, may_read=True, folder="/var/tmp")
    else:
        print("skipped here: what Landlock refuses, which this kernel does not have")
finish()
