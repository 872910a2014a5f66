# SPDX-License-Identifier: MIT
"""Run sipglass on captures that were damaged, or made to do harm.

usage: run.py SHARED SIPGLASS SANITIZED

SHARED has pcaps/open, tools/make_variants.py and tools/attack.py. SIPGLASS is an
ordinary build, SANITIZED one with --enable-sanitizers. A damaged capture is a test: read
in each mode by the sanitized build it ends with status 0, or with 2 if the file is cut,
and all that is written is harmless (output.py). So is an attack capture, read by both
builds: the ordinary one has to do it in time and memory, and to find the messages, and
complete the calls, that the manifest tells of.

The last line is "N passed, N failed, N skipped".
"""
import concurrent.futures
import csv
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import traceback

import output

HERE = os.path.dirname(os.path.abspath(__file__))

MODES = [  # and what is checked
    ("json", ["--json", "--json-with=headers,body,raw,sdp"]),
    ("text", ["--ladder", "--width=100"]),
    ("text", ["--summary"]),
]

# Captures that are damaged: those that hold SIP, but for the largest, so that all is
# done in a minute.
CAPTURE_MAX = 120000  # bytes
SCALE = "0.1"         # of the attacks: 48 MB

SECONDS = 10          # for an attack, HOSTILE.md; what is damaged is small
SECONDS_SANITIZED = 60
BUSY = 6              # times as long by the clock, where others work as well
RSS_MAX = 300 * 1024  # KiB
VICTIM_MESSAGES = 7   # of each good call between the packets of a flood

# Files of attack.py with odd values in them that say all the same what they hold.
WHOLE = {
    "file_header_only.pcap", "file_len_lt_caplen.pcap", "file_zero_caplen.pcap",
    "file_snap0.pcap", "file_bigendian.pcap", "file_ng_ok.pcapng",
    "file_ng_tsresol.pcapng", "file_ng_manyif.pcapng",
}
# No capture that could be read up to a place: empty, of another format or version, or
# of a link type that nobody knows.
NO_CAPTURE = {
    "file_zero.pcap", "file_text.pcap", "file_bad_version.pcap",
    "file_unknown_linktype.pcap",
}


# Runs the rest of its arguments and tells of their memory, which for a child of a large
# process would be that of its parent.
MEASURE = """
import os, sys
child = os.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
status, usage = os.wait4(child, 0)[1:]
with open(sys.argv[1], "w") as file:
    file.write(str(usage.ru_maxrss))
if os.WIFSIGNALED(status):
    os.kill(os.getpid(), os.WTERMSIG(status))
sys.exit(os.WEXITSTATUS(status))
"""


class Result:
    """How a run ended."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


def run(command, seconds):
    """Run it in an empty folder, which has to stay so, for so long of CPU time."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"})
        timer = threading.Timer(seconds * BUSY, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if os.listdir(folder):
            raise output.Fault(f"wrote {os.listdir(folder)}")
        taken = usage.ru_utime + usage.ru_stime
        if process.returncode == -signal.SIGKILL or taken > seconds:
            raise output.Fault(f"took too long: {taken:.1f} s, or stopped")
        return Result(process.returncode, out.read(), err.read())


def memory(command):
    """KiB that it took at most."""
    with tempfile.NamedTemporaryFile("r") as file:
        subprocess.run([sys.executable, "-I", "-S", "-c", MEASURE, file.name, *command],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return int(file.read())


def check_end(result, cut, place):
    """Exit status and standard error. cut: None where it may be so or not."""
    if result.status < 0:
        raise output.Fault(f"died of signal {-result.status}: {result.err[-1000:]!r}")
    if result.status not in (0, 2) or (cut is not None and (result.status == 2) != cut):
        raise output.Fault(f"exit status {result.status}: {result.err[-1000:]!r}")
    output.check_text(result.err)
    lines = result.err.decode().splitlines()
    if result.status == 0 and lines:
        raise output.Fault(f"says {lines}")
    if result.status == 2 and (len(lines) != 1 or not lines[0].startswith("sipglass: ")
                               or (place and not re.search(r"byte offset \d+", lines[0]))):
        raise output.Fault(f"no line that tells where: {lines}")


def read_capture(program, path, seconds, cut=None, place=True):
    """The JSON records, after all modes went well."""
    records = []
    for kind, mode in MODES:
        try:
            result = run([program, "-q", *mode, "-I", path], seconds)
            check_end(result, cut, place)
            found = output.CHECKS[kind](result.out)
            records = found if kind == "json" else records
        except output.Fault as fault:
            raise output.Fault(f"{mode[0]}: {fault}") from fault
    return records


# --- damaged captures


def is_cut(data):
    """Does a capture, whole before, end inside of a packet or block?"""
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        order, at, head = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">", 0, 12
    else:
        order, at, head = "<" if data[:1] in (b"\xd4", b"\x4d") else ">", 24, 16
    while at < len(data):
        if at + head > len(data):
            return True
        field = struct.unpack_from(order + "I", data, at + (4 if head == 12 else 8))[0]
        at += field if head == 12 else 16 + field
    return at > len(data)


def captures_with_sip(shared):
    with open(os.path.join(shared, "pcaps/open/index.tsv"), encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["SIP messages"]) > 0 and int(row["bytes"]) <= CAPTURE_MAX:
                yield os.path.join(shared, "pcaps/open", row["file"])


def make_damaged(shared, folder, pool):
    """As many shares of the captures as there are processors, each on its own."""
    paths = sorted(captures_with_sip(shared))
    shares = []
    for number in range(os.cpu_count() or 1):
        source = os.path.join(folder, f"source{number}")
        os.mkdir(source)
        for path in paths[number::os.cpu_count() or 1]:
            os.symlink(path, os.path.join(source, os.path.basename(path)))
        if os.listdir(source):
            shares.append((source, os.path.join(folder, f"damaged{number}")))
    environment = dict(os.environ, PATH=HERE + os.pathsep + os.environ["PATH"])
    tool = os.path.join(shared, "tools/make_variants.py")
    jobs = [pool.submit(subprocess.run, [sys.executable, "-B", tool, *share], check=True,
                        stdout=subprocess.DEVNULL, env=environment) for share in shares]
    for job in jobs:
        job.result()
    for _, damaged in shares:
        for name in sorted(os.listdir(damaged)):
            if name.endswith(".pcap") and not name.startswith("."):
                yield os.path.join(damaged, name)


def test_damaged(program, path):
    with open(path, "rb") as file:
        cut = is_cut(file.read())
    read_capture(program, path, SECONDS_SANITIZED, cut)


# --- attacks


def check_victims(path, records):
    with open(path, "rb") as file:
        victims = set(re.findall(rb"\r\nCall-ID: (good-\d+@victim)\r\n", file.read()))
    complete = {record["call_id"].encode() for record in records
                if record["record"] == "call" and record.get("state") == "completed"
                and record["messages"] == VICTIM_MESSAGES} if victims else set()
    if victims - complete:
        raise output.Fault(f"{len(victims - complete)} of {len(victims)} good calls are "
                           f"not complete, {sorted(victims - complete)[0].decode()} for one")


def test_attack(program, sanitized, path, row):
    name = row["file"]
    broken = row["attack"] == "broken_file"
    cut = broken and name not in WHOLE
    place = name not in NO_CAPTURE
    records = read_capture(program, path, SECONDS, cut, place)
    for _, mode in MODES:
        rss = memory([program, *mode, "-I", path])
        if rss > RSS_MAX:
            raise output.Fault(f"{mode[0]}: took {rss} KiB")
    messages = sum(record["record"] == "message" for record in records)
    if row["sip_msgs"].isdigit() and messages != int(row["sip_msgs"]):
        raise output.Fault(f"{messages} messages, not {row['sip_msgs']}")
    check_victims(path, records)
    read_capture(sanitized, path, SECONDS_SANITIZED, cut, place)


def make_attacks(shared, folder):
    folder = os.path.join(folder, "attacks")
    tool = os.path.join(shared, "tools/attack.py")
    subprocess.run([sys.executable, "-B", tool, folder, "--scale", SCALE], check=True,
                   stderr=subprocess.DEVNULL)
    with open(os.path.join(folder, "manifest.tsv"), encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield os.path.join(folder, row["file"]), row


# --- all


def verdict(test, *arguments):
    """What is wrong, or None; for another process."""
    try:
        test(*arguments)
    except output.Fault as fault:
        return str(fault)
    except Exception:  # a fault of this program is told like any other
        return traceback.format_exc()
    return None


def main(argv):
    if len(argv) != 4:
        sys.exit(__doc__)
    shared, program, sanitized = map(os.path.abspath, argv[1:])
    failed = 0
    folder = tempfile.mkdtemp(prefix="sipglass-hostile-")
    try:
        with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
            jobs = {pool.submit(verdict, test_attack, program, sanitized, path, row): path
                    for path, row in make_attacks(shared, folder)}
            attacks = len(jobs)
            jobs.update({pool.submit(verdict, test_damaged, sanitized, path): path
                         for path in make_damaged(shared, folder, pool)})
            for job, path in jobs.items():
                fault = job.result()
                if fault:
                    failed += 1
                    print(f"{os.path.basename(path)}: {fault}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{attacks} attacks, {len(jobs) - attacks} damaged captures")
    print(f"{len(jobs) - failed} passed, {failed} failed, 0 skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
