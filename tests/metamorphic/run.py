#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sipglass says the same of a capture and of its transforms (transform.py).

usage: run.py [--keep FOLDER] SIPGLASS PCAPS [CAPTURE | TRANSFORM ...]

PCAPS is the folder of the captures. With names, only these. With --keep, the inputs of
what differs are left in FOLDER.

What may differ: numbers of packets, which must be those of the packets that the pieces
are of; `encapsulation`, which must name the tunnels; `packets`, `bytes` and `inputs` of
the summary. Every other byte of the JSON must be as it was.
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

import capture
import transform

# UDP and TCP, IPv4 and IPv6, each link type; registrations, calls, forks, forwarding,
# retransmissions, copies, fragments, losses, a tunnel. Those that take longest first.
CAPTURES = (
    "tcp-impaired.pcap", "tcp-split.pcap", "demo.pcap", "subscribe.pcap",
    "fragments.pcap", "fragments-ipv6.pcap", "two-interfaces.pcapng", "acks-lost.pcap",
    "duplicates.pcap", "tcp-keepalive.pcap", "tcp-pipelined.pcap", "tcp-midmessage.pcap",
    "nanosecond-bigendian.pcap", "fork.pcap", "register.pcap", "no-answer.pcap",
    "ipv6.pcap", "vlan.pcap", "vxlan.pcap", "cooked-v1.pcap",
)

WORKERS = 2
FRAMES_MAX = 256   # a longer list of `frames` is cut
TIMEOUT = 60       # s, for one run of the program

# Members of a record that say how often a message was seen, or which one it is of all.
OF_COPIES = ("id", "of", "forward_of", "messages", "duplicates", "frame", "frames")


class Difference(Exception):
    pass


def run(sipglass, paths, stdin):
    """What the program writes about the files."""
    command = [sipglass, "-q", "--json", "--json-with=headers,body,raw"]
    command += ["-I", "-"] if stdin else [a for path in paths for a in ("-I", path)]
    pipe = None
    if stdin:
        pipe = subprocess.Popen(["cat", paths[0]], stdout=subprocess.PIPE)
    try:
        result = subprocess.run(command, stdin=pipe.stdout if pipe else subprocess.DEVNULL,
                                capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        raise Difference(f"not done after {TIMEOUT} s") from None
    finally:
        if pipe:
            pipe.stdout.close()
            pipe.wait()
    if result.returncode or result.stderr:
        raise Difference(f"exit status {result.returncode}: "
                         f"{result.stderr.decode(errors='replace').strip()}")
    return result.stdout.decode()


# --- what may differ


def to_origin(record, inputs):
    """Replace the number of a packet by that in the original. Returns the frames of its
    input."""
    frames = inputs[record.pop("input", 0)]
    record["frame"] = frames[record["frame"] - 1].origin
    return frames


def normalise(output, inputs):
    """The records of an output, without what may differ."""
    records = [json.loads(line) for line in output.splitlines()]
    for record in records:
        if record["record"] == "message":
            numbers = record.pop("frames", [record["frame"]])
            frames = to_origin(record, inputs)
            if len(inputs) == 1 and len(numbers) < FRAMES_MAX:  # all are named
                record["frames"] = sorted({frames[n - 1].origin for n in numbers})
        for error in record.get("icmp", ()):
            to_origin(error, inputs)
        if record["record"] == "finding":
            del record["frames"]  # its messages have theirs
        if record["record"] == "summary":
            for name in ("inputs", "packets", "bytes"):
                del record[name]
    return records


def path_of_difference(old, new, path=""):
    """Where two values differ first, as text."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(n for n in new if n not in old)]:
            if name not in old or name not in new or old[name] != new[name]:
                return path_of_difference(old.get(name, "(absent)"),
                                          new.get(name, "(absent)"), f"{path}.{name}")
        return f"{path}: members in another order"
    return f"{path}: {json.dumps(old)[:200]} became {json.dumps(new)[:200]}"


def compare(old, new):
    """Raise at the first difference of two lists of records."""
    for number, (was, is_) in enumerate(zip(old, new), 1):
        if json.dumps(was) != json.dumps(is_):
            where = f"line {number}, {was['record']} {was.get('id', '')}".rstrip()
            raise Difference(where + path_of_difference(was, is_))
    if len(old) != len(new):
        raise Difference(f"{len(old)} records became {len(new)}")


def settle(how, old, new):
    """Check what must differ, and take it away."""
    messages = [[r for r in records if r["record"] == "message"] for records in (old, new)]
    carried = inside = 0
    for was, is_ in zip(*messages):
        own = set(was.pop("encapsulation", ()))
        expected = {*own, *how.tunnels}
        found = set(is_.pop("encapsulation", ()))
        inside += expected == found
        if expected != found and not (how.some and own == found):
            raise Difference(f"message {is_.get('id')}.encapsulation: {sorted(expected)} "
                             f"expected, {sorted(found)} found")
        if how.transport and is_["transport"] == how.transport:
            carried += 1
            is_["transport"] = was["transport"]
        if "frames" not in is_:
            was.pop("frames", None)
    if how.some and not inside:
        raise Difference(f"no message is inside {how.tunnels}")
    if how.transport:
        if not carried:
            raise Difference(f"no message came over {how.transport}")
        for record in old + new:
            if record["record"] == "transaction":
                del record["transport"]
                record.pop("timers", None)  # streams need none
    for name in how.lost:
        new[-1]["lost"].pop(name, None)
    if how.transport or how.copies:  # some are about the carrier, or about copies
        for records in (old, new):
            records[:] = [r for r in records if r["record"] != "finding"]
            for record in records:
                record.pop("findings", None)


def settle_copies(old, new):
    """Each UDP message is there once more, as a duplicate, and nothing else is said."""
    before, after = old[-1], new[-1]
    seen = sum(r["record"] == "message" and r["transport"] == "udp" for r in old)
    if after["messages"] != before["messages"] + seen:
        raise Difference(f"{after['messages']} messages, not {before['messages']} and "
                         f"{seen} more")
    if after["duplicates"] != before["duplicates"] + seen:
        raise Difference(f"{after['duplicates']} duplicates, not {before['duplicates']} "
                         f"and {seen} more")
    of_calls = sum(r["duplicates"] for r in new if r["record"] == "call")
    if of_calls != after["duplicates"]:
        raise Difference(f"{of_calls} duplicates in all calls, {after['duplicates']} in "
                         f"the summary")
    for records in (old, new):
        records[:] = [r for r in records if r.get("repeat") != "duplicate"]
        for record in records:
            for name in OF_COPIES if record["record"] in ("message", "summary") else (
                    "messages", "duplicates"):
                record.pop(name, None)
            for name in ("last", "requests", "responses"):
                record.pop(name, None)
            for exchange in record.get("offers", ()):  # ids of messages
                for name in ("offer", "answer"):
                    if name in exchange:
                        exchange[name] = "a message"


# --- one capture


class Trial:
    """All transforms of one capture."""

    def __init__(self, sipglass, path, keep):
        self.sipglass = sipglass
        self.keep = keep
        self.name = os.path.basename(path)
        self.frames = transform.original(path)
        self.plain = capture.write_pcap(self.frames)
        self.output = run(sipglass, [path], False)
        self.folder = tempfile.mkdtemp()

    def attempt(self, how):
        """None where the transform changes nothing; else "" or how the output differs."""
        made = how.make(self.frames)
        inputs = how.split(made) if how.split else (made,)
        files = [how.write(frames) for frames in inputs]
        if files == [self.plain] and not how.stdin and how.name != "ethernet":
            return None
        paths = [os.path.join(self.folder, f"{how.name}-{self.name}.{index}")
                 for index in range(len(files))]
        for path, data in zip(paths, files):
            with open(path, "wb") as file:
                file.write(data)
        try:
            old = normalise(self.output, [self.frames])
            new = normalise(run(self.sipglass, paths, how.stdin), inputs)
            if how.copies:
                settle_copies(old, new)
            settle(how, old, new)
            compare(old, new)
        except Difference as difference:
            self.save(paths)
            return str(difference)
        finally:
            for path in paths:
                os.unlink(path)
        return ""

    def save(self, paths):
        if not self.keep:
            return
        for path in paths:
            with open(path, "rb") as old, \
                    open(os.path.join(self.keep, os.path.basename(path)), "wb") as new:
                new.write(old.read())

    def close(self):
        os.rmdir(self.folder)


def try_all(sipglass, path, keep, names):
    """A dictionary of transforms' names and what attempt() gave."""
    try:
        trial = Trial(sipglass, path, keep)
    except Difference as difference:
        return {name: f"of the original: {difference}" for name in names}
    try:
        return {how.name: trial.attempt(how) for how in transform.TRANSFORMS
                if how.name in names}
    finally:
        trial.close()


def main(argv):
    keep = None
    if argv[1:2] == ["--keep"]:
        keep = argv[2]
        del argv[1:3]
    if len(argv) < 3:
        sys.exit(__doc__)
    sipglass, folder, wanted = argv[1], argv[2], argv[3:]
    every = [how.name for how in transform.TRANSFORMS]
    unknown = [name for name in wanted if name not in every and name not in CAPTURES]
    if unknown:
        sys.exit(f"no such capture or transform: {unknown[0]}")
    captures = [name for name in CAPTURES if name in wanted] or list(CAPTURES)
    names = [name for name in every if name in wanted] or every
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        jobs = [pool.submit(try_all, sipglass, os.path.join(folder, name), keep, names)
                for name in captures]
        results = dict(zip(captures, (job.result() for job in jobs)))

    bad = total = 0
    for name in names:
        tried = {c: results[c][name] for c in captures if results[c][name] is not None}
        failed = {c: why for c, why in tried.items() if why}
        total += len(tried)
        bad += len(failed)
        for place, why in failed.items():
            print(f"{place}: {name}: {why}")
        if not failed and tried:
            print(f"ok {name}: {len(tried)} captures")
        elif not tried and captures == list(CAPTURES):
            print(f"{name}: applies to no capture")
            bad += 1
    print(f"{len(names)} transforms, {len(captures)} captures: {total} compared, {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
