#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sipglass counts in generated traffic what the generator says that it made.

usage: compare.py SIPGLASS GENERATOR [SEED ...]

GENERATOR is a program that takes the options below, writes a capture to -o and what is
in it to --truth. Every number must be the same; given the capture twice, too, duplicates
apart, and when packets come out of order by some milliseconds. What sipglass says must
matter: of each kind of record one is taken away in turn, and that has to be noticed.
"""
import collections
import datetime
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

TIMEOUT = 60  # s, for one run of a program
START = 1767225600  # s since 1970, of the first packet
CLASSIC = struct.pack("<I", 0xa1b2c3d4)
IPV4, IPV6, TCP = b"\x08\x00", b"\x86\xdd", 6

# Each goes with each seed; hops is the number of legs in the capture.
KINDS = [
    "--calls 250",
    "--calls 200 --hops 1 --retrans 40",
    "--calls 150 --hops 2 --retrans 30 --auth 40 --fork 30 --reinvite 60",
    "--calls 120 --hops 3 --retrans 40 --auth 30 --fork 60 --reinvite 60 --fail 50",
    "--calls 200 --hops 2 --fail 100 --fork 30 --retrans 20",
    "--calls 200 --reg 200 --options 150 --auth 100 --retrans 20",
    "--calls 100 --hops 3 --ipv6 50 --frag 40 --retrans 20 --fork 20",
    "--calls 150 --hops 2 --transport tcp --tcp-split 50 --tcp-reorder 10 --tcp-retx 10"
    " --reinvite 50",
    "--calls 100 --hops 3 --transport mix --ipv6 30 --fork 30 --retrans 30 --frag 20",
    "--calls 100 --hops 2 --rtp light --noise 40 --format pcapng --fork 20",
    "--calls 100 --hosts 20 --cps 2000 --duration 2 --format nsec --retrans 30",
    "--calls 100 --hosts 20 --cps 1 --duration 200 --fail 60 --compact off",
]

# The records that are counted.
KNOWN = ("message", "transaction", "dialog", "call", "registration")

# Our word for what became of a call, and its final status -> the generator's.
STATES = {("completed", 200): "completed", ("busy", 486): "busy_486",
          ("rejected", 404): "notfound_404", ("failed", 503): "unavailable_503",
          ("timeout", 408): "timeout_408", ("cancelled", 487): "cancelled_487",
          ("timeout", None): "no_response", ("calling", None): "no_response"}


def put(numbers, name, value):
    """Numbers of nested objects under names with dots; what is 0 is not there."""
    if isinstance(value, dict):
        for key, inner in value.items():
            put(numbers, name + "." + key if name else key, inner)
    elif value:
        numbers[name] = value


def made(truth):
    """What the generator says, without what is not SIP or is not told by sipglass."""
    truth = dict(truth)
    hops, outcomes = truth["hops"], truth["transactions"]["by_outcome"]
    forwarded = {}
    for method in ("INVITE", "BYE"):  # 407 and no answer are of the first hop
        through = sum(number for status, number in outcomes.get(method, {}).items()
                      if status not in ("407", "none"))
        forwarded[method] = through // hops * (hops - 1)
    truth["forwarded"] = forwarded
    for name in ("media", "noise", "ip", "tcp", "file_bytes", "hops"):
        del truth[name]
    for group, name in (("messages", "bytes"), ("calls", "peak_overlap"),
                        ("calls", "auth_407"), ("calls", "reinvite")):
        del truth[group][name]
    truth["duration_s"] = round(truth["duration_s"], 6)
    numbers = {}
    put(numbers, "", truth)
    return numbers


def seconds(time):
    """Of a time of the JSON, since START."""
    at = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%f%z")
    start = datetime.datetime.fromtimestamp(START, datetime.timezone.utc)
    return round((at - start).total_seconds(), 6)


def acks(transactions, success):
    """ACKs to 2xx or to other final responses, with those that were sent again."""
    return sum(t.get("acks", 0) + t["retransmissions"]["ack"] for t in transactions
               if (t.get("status", 0) // 100 == 2) == success)


def counted(records):
    """What sipglass says, as the generator would."""
    of = collections.defaultdict(list)
    for record in records:
        of[record["record"]].append(record)
    summary, messages = of["summary"][0], of["message"]
    transactions, calls = of["transaction"], of["call"]
    outcomes = collections.defaultdict(collections.Counter)
    for t in transactions:
        outcomes[t["method"]][str(t.get("status", "none"))] += 1
    again = collections.Counter()
    for t in transactions:
        again[t["method"]] += t["retransmissions"]["request"]
        again["ACK"] += t["retransmissions"]["ack"]
    invite = [c for c in calls if c["kind"] == "invite"]
    over_tcp = {t["call"] for t in transactions
                if t["transport"] == "tcp" and t["method"] == "INVITE"}
    states = collections.Counter(
        STATES.get((c["state"], c.get("final_status")), c["state"]) for c in invite)
    forwarded = collections.Counter(t["method"] for t in transactions
                                    if "forward_of" in t)
    confirmed = sum("confirmed" in d for d in of["dialog"])
    registered = collections.Counter(r["state"] for r in of["registration"])
    numbers = {}
    put(numbers, "", {
        "packets": summary["packets"],
        "duration_s": seconds(summary["last"]),
        "messages": {
            "total": summary["messages"],
            "requests": sum(summary["requests"].values()),
            "responses": sum(summary["responses"].values()),
            "by_method": collections.Counter(m["method"] for m in messages
                                             if "method" in m),
            "by_status": collections.Counter(str(m["status"]) for m in messages
                                             if "status" in m)},
        "retransmissions": {
            "requests": sum(again.values()),
            "responses": sum(t["retransmissions"]["response"] for t in transactions),
            "by_method": again},
        "transactions": {
            "total": sum(summary["transactions"].values()),
            "ack_2xx": acks(transactions, True), "ack_non2xx": acks(transactions, False),
            "by_outcome": outcomes},
        "forwarded": forwarded,
        "dialogs": {"confirmed": confirmed, "early_only": len(of["dialog"]) - confirmed,
                    "total": sum(summary["dialogs"].values())},
        "call_ids": sum(summary["calls"].values()),
        "calls": {
            "total": summary["calls"].get("invite", 0), **states,
            "forked": sum(c["dialogs"] > 1 for c in invite),
            "ipv6": sum(":" in c["source"]["ip"] for c in invite),
            "tcp": sum(c["id"] in over_tcp for c in invite)},
        "registrations": {"total": len(of["registration"]),
                          "ok": registered["registered"],
                          "rejected_403": registered["rejected"]},
        "options": summary["calls"].get("options", 0)})
    # Said once more, and by another part of the program.
    same = [("states of calls", sum(summary["call_states"].values()), len(invite)),
            ("retransmissions", summary["retransmissions"],
             sum(m.get("repeat") == "retransmission" for m in messages)),
            ("duplicates", summary["duplicates"], 0),
            ("messages of calls", sum(c["messages"] for c in calls), len(messages)),
            ("lost", {k: v for k, v in summary["lost"].items()
                      if k != "unfinished_streams"}, {})]
    return numbers, ["%s: %s, and %s" % row for row in same if row[1] != row[2]]


def differences(wanted, found):
    return ["%s: %s is said, made were %s" % (name, found.get(name, 0),
                                              wanted.get(name, 0))
            for name in sorted(set(wanted) | set(found))
            if wanted.get(name) != found.get(name)]


def run(sipglass, *captures):
    command = [sipglass, "-q", "--json"]
    for capture in captures:
        command += ["-I", capture]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=TIMEOUT, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def twice(wanted, records):
    """The faults of a capture that was given twice: what is in it is there once, and of
    its messages the others are duplicates."""
    found, summary = counted(records)[0], records[-1]
    single = summary["messages"] - summary["duplicates"]
    if single != wanted["messages.total"]:
        yield "%d messages are no duplicates" % single
    for fault in differences(wanted, found):
        if not fault.startswith(("packets:", "messages.")):
            yield fault


def disturb(path):
    """Move each packet behind some of the next 3 ms, sooner than the generator's elements
    answer; the times stay where they are. False: the file is no classic pcap, or has TCP,
    where order is that of the bytes."""
    with open(path, "rb") as file:
        data = file.read()
    packets, at = [], 24
    while data[:4] == CLASSIC and at < len(data):
        sec, usec, length = struct.unpack("<III", data[at:at + 12])
        packets.append((sec * 1000000 + usec, data[at + 16:at + 16 + length]))
        at += 16 + length
    if not packets or any(p[12:14] == IPV4 and p[23] == TCP or
                          p[12:14] == IPV6 and p[20] == TCP for _, p in packets):
        return False
    moved = random.Random(1)
    order = sorted(packets, key=lambda packet: packet[0] + moved.randrange(3000))
    with open(path, "wb") as file:
        file.write(data[:24])
        for (time, _), (_, octets) in zip(packets, order):
            file.write(struct.pack("<IIII", time // 1000000, time % 1000000,
                                   len(octets), len(octets)) + octets)
    return True


def compare(sipglass, generator, options, seed, folder, more):
    """The faults of one capture, and how many numbers were compared. more: give it twice
    and out of order, too."""
    capture, truth = os.path.join(folder, "capture"), os.path.join(folder, "truth")
    subprocess.run([generator, *options.split(), "--seed", seed, "--start", str(START),
                    "--truth", truth, "-o", capture], stdin=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=TIMEOUT, check=True)
    records = run(sipglass, capture)
    with open(truth, encoding="utf-8") as file:
        wanted = made(json.load(file))
    found, faults = counted(records)
    faults += differences(wanted, found)
    for kind in sorted({r["record"] for r in records} & set(KNOWN)):
        gone = next(r for r in records if r["record"] == kind)
        less = counted([r for r in records if r is not gone])[0]
        if not differences(found, less):
            faults.append("a %s could be missing" % kind)
    if more:
        again = twice(wanted, run(sipglass, capture, capture))
        faults += ["given twice: " + fault for fault in again]
    if more and disturb(capture):
        found, others = counted(run(sipglass, capture))
        faults += ["out of order: " + fault
                   for fault in others + differences(wanted, found)]
    return faults, len(wanted)


def main(argv):
    if len(argv) < 3:
        sys.exit(__doc__)
    seeds = argv[3:] or ["1", "2", "3"]
    captures = numbers = bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for options in KINDS:
            for seed in seeds:
                try:
                    faults, number = compare(argv[1], argv[2], options, seed, folder,
                                             seed == seeds[0])
                except (OSError, ValueError, KeyError, IndexError,
                        subprocess.SubprocessError) as error:
                    faults, number = [repr(error)], 0
                for fault in faults[:20]:
                    print("%s --seed %s: %s" % (options, seed, fault[:300]))
                captures, numbers = captures + 1, numbers + number
                bad += len(faults)
    print("%d numbers of %d captures, %d faults" % (numbers, captures, bad))
    return 1 if bad or not numbers else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
