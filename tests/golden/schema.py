#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Check lines of NDJSON for strictness and against a JSON Schema.

usage: schema.py [--stream] SCHEMA FILE ...

Strict: UTF-8, one object a line, ended by LF, no control characters, no NaN or
Infinity, no key twice in an object, fractions of at most three digits, "v" and
"record" first. Beyond the
schema: messages come first and the summary is the last line, ids of each record rise,
and ids that a record names belong to a record. With --stream, records of a call come
when it leaves: its messages, then the others in this order, and nothing of it follows;
what it continues is a call that left before. Then the schema itself is tried with
records that it has to refuse.
"""
import copy
import json
import re
import sys

import jsonschema

# Member of a record -> kind of record that its id names.
REFERENCES = {
    "call": "call", "transaction": "transaction", "dialog": "dialog",
    "of": "message", "cancelled_by": "transaction", "cancels": "transaction",
    "continues": "call",
}


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a key twice among {names}")
    return dict(pairs)


def no_constants(text):
    raise ValueError(f"{text} is no JSON")


def milliseconds(text):
    if not re.fullmatch(r"[0-9]+\.[0-9]{0,2}[1-9]", text):
        raise ValueError(f"{text} is no number of milliseconds")
    return float(text)


def parse(line):
    record = json.loads(line, object_pairs_hook=no_duplicates, parse_constant=no_constants,
                        parse_float=milliseconds)
    if list(record)[:2] != ["v", "record"]:
        raise ValueError('"v" and "record" do not come first')
    return record


def lines_of(path):
    with open(path, "rb") as file:
        data = file.read()
    if not data.endswith(b"\n"):
        raise ValueError("the last line has no end")
    for number, line in enumerate(data.decode("utf-8").split("\n")[:-1], 1):
        if any(ord(c) < 0x20 for c in line):
            raise ValueError(f"line {number}: a control character")
        try:
            yield number, parse(line)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error


KINDS = ["message", "transaction", "dialog", "call", "registration", "subscription",
         "finding", "summary"]


def call_of(record):
    return record.get("id") if record["record"] == "call" else record.get("call")


def check_whole(records):
    """The order of an output of which all but messages is written at the end."""
    ranks = [KINDS.index(r["record"]) for r in records]
    if ranks != sorted(ranks):
        yield "records are not in order"
    last = {}
    for r in records:
        if "id" in r:
            if last.get(r["record"], 0) >= r["id"]:
                yield f"{r['record']} {r['id']} follows {last[r['record']]}"
            last[r["record"]] = r["id"]


def check_stream(records):
    """The order of an output to which calls are written as they leave."""
    ranks, last, calls, seen = {}, {}, set(), set()
    for r in records:
        kind, call, rank = r["record"], call_of(r), KINDS.index(r["record"])
        if "id" in r:
            if (kind, r["id"]) in seen:
                yield f"{kind} {r['id']} comes twice"
            seen.add((kind, r["id"]))
            if kind in ("message", "finding") and last.get(kind, 0) >= r["id"]:
                yield f"{kind} {r['id']} follows {last[kind]}"
            last[kind] = r["id"]
        if call and ranks.get(call, 0) > rank:
            yield f"{kind} {r.get('id')} comes too late for call {call}"
        if call:
            ranks[call] = rank
        if r.get("continues") and r["continues"] not in calls:
            yield f"call {call} continues {r['continues']}, which did not leave before"
        if kind == "call":
            calls.add(call)


def check_order(records, stream):
    """The faults of one whole output as sentences."""
    kinds = [r["record"] for r in records]
    if kinds.count("summary") != 1 or kinds[-1] != "summary":
        yield "the summary is not the last line"
    yield from check_stream(records) if stream else check_whole(records)
    ids = {}
    for r in records:
        if "id" in r:
            ids.setdefault(r["record"], set()).add(r["id"])
    for r in records:
        for member, kind in REFERENCES.items():
            if member in r and r[member] not in ids.get(kind, ()):
                yield f"{r['record']} {r.get('id')}: {member} {r[member]} is nowhere"


# What is done to a good record that the schema has to refuse.
SPOILERS = {
    "another version": lambda r: r.update(v=2),
    "an unknown record": lambda r: r.update(record="mess"),
    "an unknown member": lambda r: r.update(unheard_of=1),
    "an id of 0": lambda r: r.update(id=0),
    "a null": lambda r: r.update(call=None),
    "a time of three decimals": lambda r: r.update(time="2026-11-20T12:00:00.123Z"),
    "a time without Z": lambda r: r.update(time="2026-11-20T12:00:00.123456"),
    "a message of both kinds": lambda r: r.update(method="INVITE", status=200),
    "a message of no kind": lambda r: (r.pop("method", 0), r.pop("status", 0)),
    "a status below 0": lambda r: (r.pop("method", 0), r.pop("uri", 0), r.update(status=-1)),
    "a repeat of nothing": lambda r: (r.pop("of", 0), r.update(repeat="duplicate")),
    "a port beyond 65535": lambda r: r["src"].update(port=65536),
    "no source": lambda r: r.pop("src"),
}


def check_refusals(schema, message):
    for what, spoil in SPOILERS.items():
        record = copy.deepcopy(message)
        spoil(record)
        if jsonschema.Draft7Validator(schema).is_valid(record):
            yield f"the schema takes {what}"


def validators(schema):
    """One for each record: its complaints are clearer than those of the oneOf."""
    return {
        choice["$ref"].rsplit("/", 1)[-1]: jsonschema.Draft7Validator(
            {"definitions": schema["definitions"], "allOf": [choice]})
        for choice in schema["oneOf"]}


def main(argv):
    stream = argv[1:2] == ["--stream"]
    if stream:
        del argv[1]
    if len(argv) < 3:
        sys.exit(__doc__)
    with open(argv[1], encoding="utf-8") as file:
        schema = json.load(file, object_pairs_hook=no_duplicates)
    jsonschema.Draft7Validator.check_schema(schema)
    by_record = validators(schema)
    faults, total, message = [], 0, None
    for path in argv[2:]:
        name = path.rsplit("/", 1)[-1]
        records = []
        try:
            for number, record in lines_of(path):
                records.append(record)
                for error in by_record[record["record"]].iter_errors(record):
                    faults.append(f"{name}: line {number}: {error.json_path}: {error.message}")
            faults += [f"{name}: {fault}" for fault in check_order(records, stream)]
        except (KeyError, OSError, ValueError) as error:
            faults.append(f"{name}: {error}")
        total += len(records)
        message = message or next((r for r in records if r["record"] == "message"), None)
    if message is None:
        faults.append("not one message in all files")
    else:
        faults += check_refusals(schema, message)
    for fault in faults[:40]:
        print(fault[:300])
    print(f"{total} lines in {len(argv) - 2} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
