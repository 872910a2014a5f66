#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each flow of the text files raises the findings it names, and no others.

usage: run.py [--keep FOLDER] [--all-codes FINDING.DEF] SIPGLASS FILE.txt ...

FOLDER gets the captures, to look at them. With --all-codes each code of that file must be
raised by some flow; icmp-error is left to pcaps/icmp-unreachable.pcap, since flows are of
SIP alone. The last line says how many flows failed."""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import flow


def found(sipglass, path):
    """The findings of a capture: code to its sentences."""
    run = subprocess.run([sipglass, "-I", path, "--json=finding"], capture_output=True,
                         check=False)
    if run.returncode != 0:
        raise flow.Wrong("exit %d: %s" % (run.returncode,
                                          run.stderr.decode(errors="replace")))
    out = {}
    for line in run.stdout.decode().splitlines():
        record = json.loads(line)
        out.setdefault(record["code"], []).append(record["text"])
    return out


def check(case, sipglass, folder):
    path = os.path.join(folder, case.name + ".pcap")
    with open(path, "wb") as file:
        file.write(case.capture())
    if case.finds is None:
        return ["says not what it finds"]
    got = found(sipglass, path)
    bad = ["%s is not found" % c for c in case.finds if c not in got]
    return bad + ["%s is found: %s" % (c, got[c][0]) for c in got
                  if c not in case.finds]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep")
    parser.add_argument("--all-codes")
    parser.add_argument("sipglass")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    failed, names, raised = 0, set(), set()
    with tempfile.TemporaryDirectory() as folder:
        for path in args.files:
            for case in flow.read(path):
                bad = check(case, args.sipglass, args.keep or folder)
                bad += ["is there twice"] if case.name in names else []
                names.add(case.name)
                raised.update(case.finds or [])
                for line in bad:
                    print("%s, %s: %s" % (path, case.name, line))
                failed += bool(bad)
    if args.all_codes:
        with open(args.all_codes, encoding="utf-8") as file:
            rows = re.findall(r'^FINDING\(\w+, "([a-z0-9-]+)"', file.read(), re.M)
        for code in rows:
            if code not in raised and code != "icmp-error":
                print("no flow raises " + code)
                failed += 1
    print("%d flows, %d wrong" % (len(names), failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
