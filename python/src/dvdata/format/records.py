"""Sealed records and version files: JSON that people can look at, guarded by a checksum.

spec/03-encoding.md, "Sealed records", and spec/09-layout.md, "Version files".
"""

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from dvdata.errors import Damaged
from dvdata.format.hashing import checksum, is_hex

_SEAL = 65
_LAST = re.compile(rb"[0-9a-f]{64}\n")


def unseal(data: bytes, what: str) -> dict[str, Any]:
    """The object of a sealed record. The seal is held against the bytes before these are parsed."""
    line, seal = data[:-_SEAL], data[-_SEAL:]
    if not _LAST.fullmatch(seal) or checksum(line).hex().encode() != seal[:-1]:
        raise Damaged(f"{what} is damaged: its checksum does not fit its bytes")
    if line.find(b"\n") != len(line) - 1:
        raise Damaged(f"{what} is damaged: it is not one line with its checksum")
    return _parsed(line, what)


@dataclass(frozen=True, slots=True)
class Version:
    """One value of a mutable name; of a deletion `value` is None."""

    number: int
    nonce: str
    previous: str | None
    value: bytes | None


def read_version(data: bytes, what: str) -> Version:
    """A version file. Damage is never answered with an older value: that would be a silent loss."""
    end = data.find(b"\n", 0, 512) + 1
    if not end:
        raise Damaged(f"{what} is damaged: it has no first line")
    body, seal = data[:-_SEAL], data[-_SEAL:]
    if len(body) < end or not _LAST.fullmatch(seal) or checksum(body).hex().encode() != seal[:-1]:
        raise Damaged(f"{what} is damaged: its checksum does not fit its bytes")
    head = _parsed(data[:end], what)
    _check_version(head, what)
    value = body[end:]
    if head.get("deleted") is True:
        if value or "length" in head:
            raise Damaged(f"{what} is damaged: it deletes, and has a value")
        return Version(head["n"], head["nonce"], head.get("previous"), None)
    if not is_number(head.get("length")) or head["length"] != len(value):
        raise Damaged(f"{what} is damaged: its value has another length than it says")
    return Version(head["n"], head["nonce"], head.get("previous"), value)


def _check_version(head: dict[str, Any], what: str) -> None:
    if not is_number(head.get("version")) or head["version"] != 1:
        raise Damaged(f"{what} is damaged: it is of a version that is not known")
    if not is_number(head.get("n")) or not 1 <= head["n"] < 10**15:
        raise Damaged(f"{what} is damaged: its number is none")
    if not is_hex(head.get("nonce"), 32):
        raise Damaged(f"{what} is damaged: its nonce is none")
    if not (is_hex(head.get("previous"), 32) or "previous" not in head):
        raise Damaged(f"{what} is damaged: the nonce before it is none")


def is_number(value: object) -> bool:
    """Whether a value of JSON is a whole number that is not negative. (`True` is an int in Python.)"""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _parsed(line: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_no_json)
    except (ValueError, RecursionError):
        raise Damaged(f"{what} is damaged: it is not JSON") from None
    if not isinstance(value, dict):
        raise Damaged(f"{what} is damaged: it is not a JSON object")
    return value


def _no_json(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
