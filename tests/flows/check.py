#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sipglass says of the flows of tools/make-flows what the RFCs say of them.

usage: check.py SIPGLASS PCAPS EXPECTATIONS

PCAPS is the folder of the captures. expectations.txt explains itself. What it says and
the program does not is a fault, unless KNOWN_FAILING has it; what KNOWN_FAILING has and
the program says rightly is a fault too, so that the list stays true.
"""
import copy
import datetime
import json
import os
import re
import subprocess
import sys

# (capture, record, member) -> why the program says otherwise.
KNOWN_FAILING = {}

# What is spoken of; other records may come and go.
KINDS = ("message", "transaction", "dialog", "call", "registration")

TIMEOUT = 60  # s, for one run of the program
OUTCOMES = {"2": "success", "3": "redirect",
            "4": "failure", "5": "failure", "6": "failure"}
TIMES = ("started", "confirmed", "ended", "ringing", "answered", "registered")
# Times of a call -> the member that has what is between them.
SPANS = {"pdd_ms": ("started", "ringing"), "setup_ms": ("started", "answered"),
         "talk_ms": ("answered", "ended")}
CONTINUES = "        "  # how a line begins that goes on with the one before

# --- what is expected


class Flow:
    """What is said of one capture: (kind, id) -> {member: value}, None for absent."""

    def __init__(self, name):
        self.name = name
        self.hosts = {}
        self.wrong = {}
        self.raises = None
        self.records = {}


def message(flow, words):
    number, source, _, target, what, *more = words
    start = {"status": int(what)} if what.isdigit() else {"method": what}
    wanted = {**start, "src": flow.hosts[source], "dst": flow.hosts[target],
              "transaction": None, "dialog": None, "forward_of": None, "repeat": None,
              "of": None}
    for word in more:
        if word[0] == "<":
            wanted["forward_of"] = word[1:]
        elif word[0] == "=":
            wanted.update(repeat="retransmission", of=int(word[1:]))
        elif word.startswith("sip:"):
            wanted.update(uri=word, route=[])
        else:
            wanted[{"t": "transaction", "d": "dialog"}[word[0]]] = word[1:]
    for member in ("transaction", "dialog", "forward_of"):
        if wanted[member] == "*":
            del wanted[member]
        elif wanted[member] is not None:
            wanted[member] = int(wanted[member])
    flow.records["message", int(number)] = wanted


def transaction(flow, words):
    number, source, _, target, method, state, *more = words
    wanted = {"client": flow.hosts[source], "server": flow.hosts[target],
              "method": method, "state": state, "status": None, "provisionals": None,
              "forward_of": None, "cancels": None, "outcome": "timeout",
              "kind": "invite" if method == "INVITE" else "non-invite"}
    if more and more[0].isdigit():
        status = more.pop(0)
        wanted.update(status=int(status), outcome=OUTCOMES[status[0]])
    if more and more[0] == "after":
        wanted["provisionals"] = [int(status) for status in more[1].split(",")]
        more = more[2:]
    for word, value in zip(more, more[1:] + [""]):
        if word[0] == "<":
            wanted["forward_of"] = [int(word[1:])]
        elif word == "cancels":
            wanted["cancels"] = int(value)
    flow.records["transaction", int(number)] = wanted


def members(flow, kind, words):
    number, *pairs = words
    wanted = {}
    for pair in pairs:
        name, value = pair.split("=", 1)
        if value == "-":
            wanted[name] = None
        elif name in TIMES:
            wanted[name] = float(value)
        elif name == "route_set":
            wanted[name] = value.split(",")
        elif name == "registrar":
            wanted[name] = flow.hosts[value]
        else:
            wanted[name] = int(value) if value.isdigit() and not name.endswith("_tag") \
                else value
    if kind == "call" and wanted.get("kind") == "invite":
        for name, (start, end) in SPANS.items():
            wanted[name] = None
            if wanted[start] is not None and wanted[end] is not None:
                wanted[name] = round(1000 * (wanted[end] - wanted[start]), 3)
    flow.records[kind, int(number)] = wanted


def read_line(flows, flow, words):
    if words[0] == "like":
        other = next(f for f in flows if f.name == words[1])
        flow.hosts, flow.records = other.hosts, copy.deepcopy(other.records)
    elif words[0] == "wrong":
        flow.wrong[int(words[1])] = " ".join(words[2:])
    elif words[0] == "raises":
        flow.raises = (words[1], int(words[2]))
    elif words[0] == "hosts":
        flow.hosts = dict(word.split("=") for word in words[1:])
    elif words[0] == "transaction":
        transaction(flow, words[1:])
    elif words[0].isdigit():
        message(flow, words)
    else:
        members(flow, words[0], words[1:])


def read(path):
    lines = []  # (words, Route or None) of each line with those that go on with it
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if line.startswith("#") or not words:
                continue
            if not line.startswith(CONTINUES):
                lines.append((words, []))
            elif words[0] == "route":
                lines[-1][1].extend(words[1:])
            else:
                lines[-1][0].extend(words)
    flows = []
    for words, route in lines:
        if words[0] == "capture":
            flows.append(Flow(words[1]))
            continue
        read_line(flows, flows[-1], words)
        if route:
            flows[-1].records["message", int(words[0])]["route"] = route
    return flows


# --- what the program says


def seconds(text, first):
    """Of a time of the JSON, since the first packet."""
    def instant(value):
        return datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ")
    return round((instant(text) - instant(first)).total_seconds(), 6)


def route_of(record):
    value = ",".join(value for name, value in record["headers"] if name == "Route")
    return re.findall(r"<([^>]*)>", value)


def simplify(record, first):
    """A record with the members that expectations speak of, in their form."""
    record = dict(record)
    for name in ("src", "dst", "client", "server", "registrar"):
        if name in record:
            record[name] = record[name]["ip"]
    for name in TIMES:
        if name in record:
            record[name] = seconds(record[name], first)
    for name in ("caller", "callee"):
        if name in record:
            record[name] = record[name].get("target")
    if record["record"] == "message":
        record["route"] = route_of(record)
    if "challenged" in record:
        record["challenged"] = "true" if record["challenged"] else "false"
    return record


def run(sipglass, path):
    """The records of a capture as (kind, id) -> record."""
    command = [sipglass, "-q", "--json", "--json-with=headers", "-I", path]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                            timeout=TIMEOUT, check=False)
    if result.returncode or result.stderr:
        raise OSError(f"exit status {result.returncode}: {result.stderr.decode()}")
    records = [json.loads(line) for line in result.stdout.decode().splitlines()]
    first = records[-1]["first"]
    records = [r for r in records if r["record"] in KINDS and r.get("contact") != "*"]
    # Registrations are counted without what is said of "*".
    bindings = [r for r in records if r["record"] == "registration"]
    for number, record in enumerate(bindings, 1):
        record["id"] = number
    return {(r["record"], r["id"]): simplify(r, first) for r in records}


def findings(sipglass, path):
    """What is found in a capture: codes, each with the message that it is about."""
    command = [sipglass, "-q", "--json=finding", "-I", path]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                            timeout=TIMEOUT, check=True)
    records = [json.loads(line) for line in result.stdout.decode().splitlines()]
    return sorted((r["code"], r["messages"][0], r["severity"]) for r in records)


# --- the two together


def compare(flow, records):
    """What differs, as (record, member, sentence)."""
    for key in sorted(set(flow.records) | set(records)):
        name = f"{key[0]} {key[1]}"
        if key not in records:
            yield name, "", "is missing"
            continue
        if key not in flow.records:
            yield name, "", "is not expected"
            continue
        for member, wanted in flow.records[key].items():
            found = records[key].get(member)
            if found != wanted:
                yield name, member, f"{found} is said, expected is {wanted}"


def check_flow(flow, records):
    """The faults of a capture as sentences."""
    known = {k[1:] for k in KNOWN_FAILING if k[0] == flow.name}
    for record, member, sentence in compare(flow, records):
        if (record, member) in known:
            known.discard((record, member))
        else:
            yield f"{flow.name}: {record}: {member}: {sentence}"
    for record, member in sorted(known):
        yield f"{flow.name}: {record}: {member}: is right, but listed as known failing"
    for number in flow.wrong:
        if ("message", number) not in flow.records:
            yield f"{flow.name}: there is no message {number} to be wrong"


def check_findings(flow, sipglass, folder):
    """What is wrong in the capture is found, and else no more than in the right one."""
    right = os.path.join(folder, flow.name.replace("-wrong.", "."))
    found = findings(sipglass, os.path.join(folder, flow.name))
    usual = findings(sipglass, right)
    if any(severity != "note" for _, _, severity in usual):
        yield f"{right}: {usual} is found, but nothing is wrong"
    more = [f[:2] for f in found if f not in usual]
    if more != [flow.raises] or len(found) != len(usual) + 1:
        yield f"{flow.name}: {more} is found, expected is {flow.raises}"
    if flow.raises[1] not in flow.wrong:
        yield f"{flow.name}: message {flow.raises[1]} is not said to be wrong"


def check_refusals(flow, records):
    """Every record and every member of it must be missed when it is gone."""
    def differences(changed):
        return {(record, member) for record, member, _ in compare(flow, changed)}
    before = differences(records)
    for key, wanted in flow.records.items():
        if key not in records:
            continue
        if differences({k: r for k, r in records.items() if k != key}) == before:
            yield f"{flow.name}: {key[0]} {key[1]} could be missing"
        for member, value in wanted.items():
            spoiled = dict(records[key])
            spoiled[member] = None if value is not None else 1
            name = (f"{key[0]} {key[1]}", member)
            if name not in before | differences({**records, key: spoiled}):
                yield f"{flow.name}: {name[0]}: {member} could be anything"


def main(argv):
    if len(argv) != 4:
        sys.exit(__doc__)
    faults, flows, count = [], read(argv[3]), 0
    for flow in flows:
        try:
            records = run(argv[1], os.path.join(argv[2], flow.name))
        except (KeyError, OSError, ValueError, subprocess.TimeoutExpired) as error:
            faults.append(f"{flow.name}: {error}")
            continue
        faults += check_flow(flow, records)
        if flow.raises:
            faults += check_findings(flow, argv[1], argv[2])
            count += 1
        elif flow.wrong:
            faults.append(f"{flow.name}: what is wrong raises nothing")
        count += sum(len(wanted) for wanted in flow.records.values())
        if flow is flows[0] or flow is flows[-1]:
            faults += check_refusals(flow, records)
    for fault in faults[:40]:
        print(fault[:300])
    for (capture, record, member), why in KNOWN_FAILING.items():
        print(f"known failing: {capture}: {record}: {member}: {why}")
    print(f"{count} statements about {len(flows)} captures, {len(faults)} faults")
    return 1 if faults or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
