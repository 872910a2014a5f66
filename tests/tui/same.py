#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The screen shows of captures what --json says: the call list has each call of theirs in
order with its state, and the call flow of the first and the last call has its messages,
and the media that their dialogs agreed on.

usage: same.py DRIVE SIPGLASS CAPTURE...

Every screen is tall enough for all calls of the captures; one that is not is an error.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

ROWS = 480
COLUMNS = 200
TIMEOUT = 120  # s, for one capture
ROW = re.compile(r"^\|(?:\[\*\]|   ) *(\d+) (.*)$")
TIME = re.compile(r"^\|\d\d:\d\d:\d\d")
# rows with a time that are no messages
NOTE = re.compile(r" (Timer [BFH] would fire|64\*T1 over|session refresh due"
                  r"|session expired|-- capture ends|ICMP )")


def calls_of(sipglass, capture):
    """Calls, each with its dialogs as a list, and the exit status."""
    run = subprocess.run([sipglass, "-q", "--json=call,dialog", "-I", capture],
                         check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         timeout=TIMEOUT)
    records = [json.loads(line) for line in run.stdout.decode().splitlines()]
    calls = [record for record in records if record["record"] == "call"]
    for call in calls:
        call["of_dialogs"] = [record for record in records if record["record"] == "dialog"
                              and record["call"] == call["id"]]
    return calls, run.returncode


def screens_of(drive, sipglass, capture, calls, status):
    """The list, the flow of the first call, its media, and both of the last call."""
    script = ["size %d %d" % (COLUMNS, ROWS),
              "run -I %s" % os.path.basename(capture), "wait [offline]",
              "wait Shown: %d" % len(calls),
              "keys u", "wait unfolded", "print"]  # scans too, call by call
    if calls:
        for key in ("Home", "End"):
            script += ["keys %s Enter" % key, "wait Call flow", "print", "keys M",
                       "wait only media", "print", "keys M q", "wait Shown:"]
    script += ["keys q", "end %d" % status]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(script) + "\n")
        file.flush()
        # the name stands in the first line, which has no room for any path
        run = subprocess.run([drive, sipglass, file.name], check=False,
                             cwd=os.path.dirname(capture) or ".", stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=TIMEOUT)
    text = run.stdout.decode()
    if run.returncode:
        raise ValueError(run.stderr.decode()[:2000])
    screens = [[]]
    for line in text.splitlines():
        if line.startswith("|Call flow"):
            screens.append([])
        screens[-1].append(line)
    return screens


def state_of(call):
    return call.get("state", "").upper().replace("-", " ")


def check_list(lines, calls):
    at = next((line.index("Call State") for line in lines if "Call State" in line), None)
    rows = [line for line in lines if ROW.match(line)]
    if at is None or len(rows) != len(calls):
        raise ValueError("%d rows for %d calls" % (len(rows), len(calls)))
    for row, call in zip(rows, calls):
        number, state = int(ROW.match(row).group(1)), row[at:].strip()
        if number != call["id"] or state.replace("-", " ") != state_of(call):
            raise ValueError("call %d is %r: %s" % (call["id"], state_of(call), row))


def check_flow(lines, call):
    """Copies and what was sent again may be folded; notes may stand between."""
    rows = sum(1 for line in lines if TIME.match(line) and not NOTE.search(line))
    least = call["messages"] - call["retransmissions"] - call["duplicates"]
    if rows < min(least, ROWS - 100):
        raise ValueError("call %d: %d rows for %d messages" %
                         (call["id"], rows, call["messages"]))
    # one lane has the room for its address somewhere
    if not any(call["source"]["ip"] in line for line in lines):
        raise ValueError("call %d: %s is missing" % (call["id"], call["source"]["ip"]))


def check_media(lines, call):
    """What was accepted is told, and nothing where nobody described media to anybody,
    except for early media before the offer was rejected."""
    rows = sum(1 for line in lines if TIME.match(line))
    early = any(" early " in line for line in lines)
    offers = [offer for dialog in call["of_dialogs"] for offer in dialog.get("offers", ())]
    accepted = any(offer["state"] == "accepted" for offer in offers)
    announced = any("media" in dialog for dialog in call["of_dialogs"])
    if accepted and announced and not rows or rows and not announced and not early:
        raise ValueError("call %d: %d rows of media, offers %r" %
                         (call["id"], rows, offers))


def check(drive, sipglass, capture):
    calls, status = calls_of(sipglass, capture)
    if len(calls) > ROWS - 10:
        raise ValueError("more calls than rows")
    screens = screens_of(drive, sipglass, capture, calls, status)
    if len(screens) != (5 if calls else 1):
        raise ValueError("not all screens came")
    check_list(screens[0], calls)
    for i, call in enumerate((calls[0], calls[-1]) if calls else ()):
        check_flow(screens[1 + 2 * i], call)
        check_media(screens[2 + 2 * i], call)
    return len(calls)


def main():
    drive, sipglass = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    bad, calls = 0, 0
    for capture in sys.argv[3:]:
        try:
            calls += check(drive, sipglass, capture)
        except (ValueError, KeyError, subprocess.TimeoutExpired) as error:
            print("%s: %s" % (capture, error))
            bad += 1
    print("%d captures, %d calls, %d bad" % (len(sys.argv) - 3, calls, bad))
    return 1 if bad or calls == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
