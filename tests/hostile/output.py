# SPDX-License-Identifier: MIT
"""Is this output harmless, whatever was in the packets?

usage: output.py json|text|ascii FILE ...
       output.py self

text    UTF-8 in which every character is meant to be seen: the only control is LF. No
        C0, DEL, C1, format characters (bidirectional, zero-width, tags), separators,
        surrogates, private use, non-characters or unassigned code points, and at most
        four combining marks in a row.
ascii   the same in ASCII
json    NDJSON that a strict parser takes: UTF-8, no key twice, no NaN, no number below 0,
        no lone surrogate; the characters above as escapes only

self    the checks themselves: each refuses what it is there for
"""
import json
import re
import sys
import unicodedata

MARKS_MAX = 4  # on one character; more paint over other lines

FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # general categories
MARKS = {"Mn", "Me"}


class Fault(Exception):
    """What is wrong with the output."""


def place(text, at):
    line = text.count("\n", 0, at) + 1
    return f"line {line}, column {at - text.rfind(chr(10), 0, at)}"


def visible(data, encoding="utf-8"):
    """The output as text, when nothing in it acts."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Fault(f"byte {error.start} ({data[error.start]:#04x}) is not {encoding}") from error
    if text and not text.endswith("\n"):
        raise Fault("the last line has no end")
    for c in sorted(set(text) - {"\n"}):
        if unicodedata.category(c) in FORBIDDEN:
            raise Fault(f"{place(text, text.index(c))}: U+{ord(c):04X}")
    return text


def check_text(data, encoding="utf-8"):
    text = visible(data, encoding)
    marks = "".join(c for c in set(text) if unicodedata.category(c) in MARKS)
    found = marks and re.search("[%s]{%d}" % (marks, MARKS_MAX + 1), text)
    if found:
        raise Fault(f"{place(text, found.start())}: more than {MARKS_MAX} marks")


def object_once(pairs):
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError(f"a key twice among {[name for name, _ in pairs]}")
    return made


def constant(text):
    raise ValueError(f"{text} is no JSON")


def not_negative(convert):
    def parse(text):
        if text.startswith("-"):
            raise ValueError(f"{text} is below 0")
        return convert(text)
    return parse


decoder = json.JSONDecoder(object_pairs_hook=object_once, parse_constant=constant)
careful = json.JSONDecoder(parse_int=not_negative(int), parse_float=not_negative(float))
minus = re.compile(r"[:,\[]-")  # only where this is written can a number be below 0
half = re.compile(r"\\u[dD][89a-fA-F]")  # and a surrogate be alone


def check_json(data):
    """The records, when every line is strict JSON."""
    records = []
    for number, line in enumerate(visible(data).split("\n")[:-1], 1):
        try:
            record, end = decoder.raw_decode(line)
            if end != len(line) or not isinstance(record, dict):
                raise ValueError("not one object")
            if minus.search(line):
                careful.decode(line)
            if half.search(line):
                json.dumps(record, ensure_ascii=False).encode()
        except ValueError as error:
            raise Fault(f"line {number}: {error}: {line[:200]}") from error
        records.append(record)
    return records


CHECKS = {
    "json": check_json,
    "text": check_text,
    "ascii": lambda data: check_text(data, "ascii"),
}


def refuses(check, data):
    try:
        check(data)
    except Fault:
        return True
    return False


def self_check():
    """Each kind of harm, put into output that is fine without it."""
    bad = 0

    def expect(right, what):
        nonlocal bad
        if not right:
            print(f"output.py: {what}")
            bad = 1

    fine = {"text": "caf\u00e9 \u65e5\u672c \u2502 x\u0301\u0301\u0301\u0301\n",
            "ascii": "\\x1b[2J \\u{202e}\n",
            "json": '{"v":1,"a":"\\u001b \\u202e \u00e9 \\ud83d\\ude00","b":[1,0.5]}\n'}
    for kind, text in fine.items():
        expect(not refuses(CHECKS[kind], text.encode()), f"{kind}: refuses {text!a}")
    harm = [chr(c) for c in range(0x20) if c != 0x0a] + [chr(c) for c in range(0x7f, 0xa0)]
    harm += list("\u00ad\u061c\u200b\u200d\u200e\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufeff"
                 "\ufff9\ue000\uf8ff\ufdd0\uffff\u0378\U000e0041\U000f0000\U0010ffff")
    for c in harm:
        for kind, text in fine.items():
            at = len(text) - 4  # in JSON: in the list; harmful wherever it is
            data = (text[:at] + c + text[at:]).encode()
            expect(refuses(CHECKS[kind], data), f"{kind}: accepts {c!a}")
    for octets in (b"\x80", b"\xff", b"\xc0\x80", b"\xe2\x82", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"):
        for kind, text in fine.items():
            expect(refuses(CHECKS[kind], octets + text.encode()), f"{kind}: accepts {octets}")
    expect(refuses(CHECKS["ascii"], "\u00e9\n".encode()), "ascii: accepts UTF-8")
    expect(refuses(CHECKS["text"], ("x" + "\u0301" * 5 + "\n").encode()), "text: accepts 5 marks")
    for text in ('{"a":1,"a":2}\n', '{"a":{"b":1,"b":1}}\n', '{"a":NaN}\n', '{"a":-1}\n',
                 '{"a":"\\ud800"}\n', '{"a":"\\udc00\\ud800"}\n', '{"a":01}\n', "[]\n", "{}\n{\n",
                 '{} {}\n', '{"a":1}', "\n"):
        expect(refuses(CHECKS["json"], text.encode()), f"json: accepts {text!a}")
    return bad


def main(argv):
    if argv[1:] == ["self"]:
        return self_check()
    if len(argv) < 3 or argv[1] not in CHECKS:
        sys.exit(__doc__)
    bad = 0
    for path in argv[2:]:
        with open(path, "rb") as file:
            data = file.read()
        try:
            CHECKS[argv[1]](data)
        except Fault as fault:
            print(f"{path}: {fault}")
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv))
