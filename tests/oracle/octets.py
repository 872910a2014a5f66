# SPDX-License-Identifier: MIT
"""Write what the oracle says of a damaged capture as sipglass writes it.

usage: octets.py FILE >CHANGED

Where a value is not UTF-8 the oracle shows its octets 0x80..0xff as U+0080..U+00FF, and
sipglass each of those that is in no character as U+FFFD. Only for damaged captures: in
others a character of Latin-1 may be meant.
"""
import json
import sys


def as_sipglass(text):
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:  # decoded from UTF-8, so no octets
        return text
    escaped = octets.decode("utf-8", "surrogateescape")
    return "".join("\ufffd" if 0xdc80 <= ord(c) <= 0xdcff else c for c in escaped)


def changed(value):
    if isinstance(value, str):
        return as_sipglass(value)
    if isinstance(value, list):
        return [changed(item) for item in value]
    if isinstance(value, dict):
        return {name: changed(item) for name, item in value.items()}
    return value


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        json.dump(changed(json.load(file)), sys.stdout)
