#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sipglass says of captures of a lab what the elements of that lab did.

usage: check.py SIPGLASS EXPECTATIONS PCAPS [LAB]

PCAPS is the folder of the copies in this repository. LAB is the folder of the lab, with
pcaps/ and truth/: with it the captures that were not copied are looked at as well, every
capture and every truth must have its place in EXPECTATIONS, and a copy must still be one.
EXPECTATIONS explains itself. Each statement must hold, and each of its numbers and words
must matter: the check changes every one in turn and demands a fault.
"""
import collections
import filecmp
import json
import os
import subprocess
import sys

TIMEOUT = 60  # s, for one run of the program


class Wrong(Exception):
    """A line that is no expectation."""


class Block:
    """Captures of which the same is expected."""

    def __init__(self):
        self.files = []       # (capture, copy or None, whether the copy is a part of it)
        self.statements = []  # (what, expected)


# --- what the program says, in the words of the expectations


class Said:
    def __init__(self, status, records):
        self.status = status
        self.of = collections.defaultdict(list)
        for record in records:
            self.of[record["record"]].append(record)
        self.calls = [c for c in self.of["call"] if c["kind"] == "invite"]


def count(keys):
    return dict(collections.Counter(keys))


def resent(said):
    total = collections.Counter({"request": 0, "response": 0, "ack": 0})
    for record in said.of["transaction"]:
        total.update(record["retransmissions"])
    return dict(total)


def lost(said):
    return {name: 1 for summary in said.of["summary"] for name in summary["lost"]}


def refreshed(said):
    return sum(r.get("refreshes", 0) for r in said.of["registration"])


def tunnels(said):
    return count(k for m in said.of["message"] for k in m.get("encapsulation", []))


MEASURES = {
    "messages": lambda s: len(s.of["message"]),
    "wire": lambda s: count(str(m.get("method", m.get("status")))
                            for m in s.of["message"]),
    "over": lambda s: count(m["transport"] for m in s.of["message"]),
    "inside": tunnels,
    "kinds": lambda s: count(c["kind"] for c in s.of["call"]),
    "calls": lambda s: count(c["state"] for c in s.calls),
    "finals": lambda s: count(str(c["final_status"]) for c in s.calls if
                              "final_status" in c),
    "ended-by": lambda s: count(c["ended_by"] for c in s.calls if
                                c["state"] == "completed"),
    "no-start": lambda s: sum(not c["start_seen"] for c in s.calls),
    "transactions": lambda s: count(t["method"] + ":" + t["outcome"]
                                    for t in s.of["transaction"]),
    "dialogs": lambda s: count(":".join([d["state"]] + ([d["end"]] if "end" in d else []))
                               for d in s.of["dialog"]),
    "resent": resent,
    "duplicates": lambda s: sum(r["duplicates"] for r in s.of["summary"]),
    "repeats": lambda s: count(m["repeat"] for m in s.of["message"] if "repeat" in m),
    "registrations": lambda s: count(r["state"] for r in s.of["registration"]
                                     if r.get("contact") != "*"),
    "refreshes": refreshed,
    "subscriptions": lambda s: count("%s:%s:%s" % (r["event"], r["state"],
                                                   r.get("result", "-"))
                                     for r in s.of["subscription"]),
    "notifies": lambda s: sum(r["notifies"] for r in s.of["subscription"]),
    "lost": lost,
    "exit": lambda s: s.status,
}
# What is so where nothing is said of it.
DEFAULTS = {"exit": "0", "duplicates": "0", "no-start": "0", "resent": "",
            "registrations": "", "subscriptions": "", "finds": ""}


def value(what, words):
    """What a statement expects, as its measure has it."""
    if what in ("finds", "finds-or-more"):
        return words
    if not words:
        return {}
    if len(words) == 1 and "=" not in words[0] and what != "lost":
        return int(words[0])
    expected = {}
    for word in words:
        name, _, number = word.partition("=")
        if name in expected:
            raise Wrong(what + " says twice: " + name)
        expected[name] = int(number) if what != "lost" else 1
    return expected


# --- reading the expectations


def read(path):
    """Returns the blocks, the captures that are skipped with the reason, and the names
    of the scenarios."""
    blocks, skipped, scenarios = [], {}, []
    lines = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split("#", 1)[0].split()
            if line.startswith("\t"):
                lines[-1] += words
            elif words:
                lines.append(words)
    for words in lines:
        what, rest = words[0], words[1:]
        if what == "scenario":
            scenarios.append(rest[0])
            blocks.append(Block())
        elif what == "skip":
            skipped[rest[0]] = " ".join(rest[1:])
        elif what == "absent":
            pass
        elif what == "file":
            if blocks[-1].statements:
                blocks.append(Block())
            sign = rest[1] if len(rest) > 1 else ""
            if sign not in ("", "=", "~"):
                raise Wrong("file " + rest[0])
            blocks[-1].files.append((rest[0], rest[2] if sign else None, sign == "~"))
        elif what == "like":
            other = [b for b in blocks if rest[0] in (f[0] for f in b.files)]
            blocks[-1].statements = list(other[0].statements)
        elif what in MEASURES or what in ("finds", "finds-or-more"):
            if what in (s[0] for s in blocks[-1].statements):
                raise Wrong("said twice: " + " ".join(words))
            blocks[-1].statements.append((what, value(what, rest)))
        else:
            raise Wrong("not understood: " + " ".join(words))
    for block in blocks:
        have = {s[0].replace("-or-more", "") for s in block.statements}
        if block.files and "messages" not in have:
            raise Wrong(block.files[0][0] + ": nothing is said of it")
        block.statements += [(what, value(what, words.split()))
                             for what, words in DEFAULTS.items() if what not in have]
    return [b for b in blocks if b.files], skipped, scenarios


# --- the two together


def fault_of(said, what, expected):
    """None, or what is wrong with a statement."""
    if what in ("finds", "finds-or-more"):
        found = {f["code"]: f["severity"] for f in said.of["finding"]}
        missing = [code for code in expected if code not in found]
        more = sorted(code for code in found if found[code] == "error" and
                      code not in expected) if what == "finds" else []
        return "missing %s, errors beyond them %s" % (missing, more) \
            if missing or more else None
    found = MEASURES[what](said)
    if isinstance(found, dict):
        found = {k: v for k, v in found.items() if v}
        expected = {k: v for k, v in expected.items() if v}
    return None if found == expected else "%s is said, expected is %s" % (found, expected)


def spoiled(said, what, expected):
    """The statement with something wrong in it, in every way that must be noticed."""
    if what in ("finds", "finds-or-more"):
        errors = {f["code"] for f in said.of["finding"] if f["severity"] == "error"}
        yield expected + ["no-such-code"]
        for code in expected:
            if what == "finds" and code in errors:
                yield [other for other in expected if other != code]
    elif isinstance(expected, int):
        yield expected + 1
        yield expected - 1
    else:
        yield {**expected, "no-such-word": 1}
        for name, number in expected.items():
            if what != "lost":
                yield {**expected, name: number + 1}
            if number:
                yield {n: v for n, v in expected.items() if n != name}


def run(sipglass, path):
    command = [sipglass, "-q", "--json", "-I", path]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=TIMEOUT, check=False)
    lines = done.stdout.decode().splitlines()
    return Said(done.returncode, [json.loads(line) for line in lines])


def check(sipglass, path, statements):
    """The faults of one capture, and how many statements were spoiled to see it."""
    faults, tried = [], 0
    said = run(sipglass, path)
    for what, expected in statements:
        fault = fault_of(said, what, expected)
        if fault:
            faults.append("%s: %s" % (what, fault))
            continue
        for wrong in spoiled(said, what, expected):
            tried += 1
            if not fault_of(said, what, wrong):
                faults.append("%s: could be %s as well" % (what, wrong))
    return faults, tried


def complete(lab, blocks, skipped, scenarios):
    """What of the lab has no expectation, and the other way round."""
    named = {f[0] for b in blocks for f in b.files} | set(skipped)
    there = set(os.listdir(os.path.join(lab, "pcaps")))
    truths = {name.replace(".ng.json", ".json")[:-5]
              for name in os.listdir(os.path.join(lab, "truth")) if name[0] != "_"}
    for name in sorted(there ^ named):
        yield name + ": " + ("has no expectation" if name in there else "is not there")
    for name in sorted(truths ^ set(scenarios)):
        yield name + ": " + ("has no scenario" if name in truths else "has no truth")


def main(argv):
    if len(argv) not in (4, 5):
        sys.exit(__doc__)
    sipglass, pcaps, lab = argv[1], argv[3], (argv + [None])[4]
    faults, captures, statements, tried, left_out = [], 0, 0, 0, 0
    blocks, skipped, scenarios = read(argv[2])
    if lab:
        faults += complete(lab, blocks, skipped, scenarios)
    for block in blocks:
        for name, copy, part in block.files:
            original = os.path.join(lab, "pcaps", name) if lab else None
            paths = [os.path.join(pcaps, copy)] if copy else []
            if original and copy and not part:
                if not filecmp.cmp(original, paths[0], shallow=False):
                    faults.append("%s: is no copy of %s any more" % (copy, name))
            elif original:
                paths.append(original)
            left_out += not paths
            for path in paths:
                try:
                    wrong, spoils = check(sipglass, path, block.statements)
                except (OSError, ValueError, KeyError, IndexError,
                        subprocess.TimeoutExpired) as error:
                    wrong, spoils = [repr(error)], 0
                faults += ["%s: %s" % (os.path.basename(path), w) for w in wrong]
                captures, tried = captures + 1, tried + spoils
                statements += len(block.statements)
    for fault in faults:
        print(fault[:400])
    reasons = collections.Counter(skipped.values())
    for reason, number in sorted(reasons.items()):
        print("skipped: %d captures: %s" % (number, reason))
    if left_out:
        print("skipped: %d captures: only in the lab, which is not here" % left_out)
    print("%d statements about %d captures, %d ways to spoil them, %d faults"
          % (statements, captures, tried, len(faults)))
    return 1 if faults or not statements or not tried else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
