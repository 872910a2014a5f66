#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pages and tables that speak of JSON records and options speak of such as there are.

usage: records.py TOP

- each member of a record in docs/schema.json is in its part of docs/json.md, and each
  member that is listed there is in the schema;
- each row of src/export/losses.def is in both;
- each row of src/view/field.def names a member of its record, parts behind a dot aside;
- each long option in a page is one of src/cli/options.def, or of configure.ac.
"""
import glob
import json
import os
import re
import sys

# Members that all records have, and that the head of the page explains.
COMMON = {"v", "record"}
# Fields that stand for a member of another name: header("Name") looks into `headers`.
ALIASES = {"header": "headers"}
# Options of other programs that pages name.
OTHERS = {"check", "update", "help"}


def read(top, name):
    with open(os.path.join(top, name), encoding="utf-8") as file:
        return file.read()


class Schema:
    def __init__(self, top):
        self.definitions = json.loads(read(top, "docs/schema.json"))["definitions"]
        self.records = {name: d for name, d in self.definitions.items()
                        if "record" in d.get("properties", {})}

    def members(self, node, values=False, seen=()):
        """Names of members anywhere below, and values of enumerations if asked for."""
        if isinstance(node, list):
            return set().union(*(self.members(part, values, seen) for part in node))
        if not isinstance(node, dict):
            return set()
        found = set(node.get("properties", {}))
        if values:
            found |= {value for value in node.get("enum", []) if isinstance(value, str)}
        target = node.get("$ref", "").rpartition("/")[2]
        if target and target not in seen:
            found |= self.members(self.definitions[target], values, (*seen, target))
        for part in node.values():
            found |= self.members(part, values, seen)
        return found


def sections(page):
    """Text of each part under a ## heading, by the heading."""
    parts = re.split(r"^## (.*)\n", page, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def listed(section):
    """Names that a row of the list begins with: - `a`, `b`: what they are."""
    for head in re.findall(r"^ *- ((?:`[a-z_0-9-]+`(?:, )?)+)", section, re.M):
        yield from re.findall(r"`([^`]+)`", head)


def check_page(top, schema):
    page = read(top, "docs/json.md")
    parts = sections(page)
    for name, definition in schema.records.items():
        if name not in parts:
            yield f"docs/json.md: nothing about the record {name}"
            continue
        for member in set(definition["properties"]) - COMMON:
            if not re.search(rf"`{member}`", parts[name]):
                yield f"docs/json.md: {name} lacks `{member}`"
        known = schema.members(definition, values=True)
        for member in listed(parts[name]):
            if member not in known:
                yield f"docs/schema.json: {name} lacks `{member}`"
        for member in schema.members(definition) - COMMON:
            if not re.search(rf"\b{re.escape(member)}\b", page):
                yield f"docs/json.md: nothing about {member}, which is in {name}"


def check_losses(top, schema):
    known = schema.members(schema.definitions["summary"], values=True)
    page = read(top, "docs/json.md")
    rows = re.findall(r"^LOSS\((\w+),", read(top, "src/export/losses.def"), re.M)
    if not rows:
        yield "src/export/losses.def: no rows"
    for name in rows:
        if name not in known:
            yield f"docs/schema.json: `lost` lacks {name}"
        if f"`{name}`" not in page:
            yield f"docs/json.md: `lost` lacks {name}"


def check_fields(top, schema):
    rows = re.findall(r'^FIELD\(\w+,\s*(\w+),\s*"([^"]+)"', read(top, "src/view/field.def"),
                      re.M)
    if not rows:
        yield "src/view/field.def: no rows"
    for record, name in rows:
        member = name.split(".")[0]
        definition = schema.records.get(record.lower(), {"properties": {}})
        if ALIASES.get(member, member) not in definition["properties"]:
            yield f"src/view/field.def: no {record.lower()} record has `{name}`"


def check_options(top):
    options = set(re.findall(r"^OPT\(\w+, *[^,]+, *\"([a-z-]+)\"",
                             read(top, "src/cli/options.def"), re.M))
    if not options:
        yield "src/cli/options.def: no rows"
    for kind, name in re.findall(r"AC_ARG_ENABLE\(\[(\w+)\].*?\[--(enable|disable)-",
                                 read(top, "configure.ac"), re.S):
        options.add(f"{name}-{kind}")
    pages = ["README.md", "NEWS", "SECURITY.md", "CONTRIBUTING.md"]
    pages += sorted(os.path.relpath(path, top) for path in glob.glob(top + "/docs/*.md"))
    for page in pages:
        for name in re.findall(r"(?<![\w-])--([a-z][a-z-]+)", read(top, page)):
            if name not in options | OTHERS:
                yield f"{page}: there is no option --{name}"


def main(argv):
    if len(argv) != 2:
        sys.exit(__doc__)
    top = argv[1]
    schema = Schema(top)
    faults = [*check_page(top, schema), *check_losses(top, schema),
              *check_fields(top, schema), *check_options(top)]
    if not schema.records:
        faults.append("docs/schema.json: no records")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
