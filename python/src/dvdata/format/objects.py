"""Commits and annotated tags (spec/04-objects.md)."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from dvdata.format.encoding import Reader
from dvdata.format.metadata import FarDate, Metadata, date_of, read_date, read_metadata

_MOST_PARENTS = 64
_MOST_OF_A_NAME = 1024
_MOST_OF_A_MESSAGE = 65_536
_MOST_MINUTES = 1_440


@dataclass(frozen=True, slots=True)
class Signature:
    """Who, and when: milliseconds since 1970 UTC, and minutes east of UTC where it was."""

    name: str
    email: str
    milliseconds: int
    zone: int

    @property
    def time(self) -> datetime | FarDate:
        """When, in the zone where it was."""
        time = date_of(self.milliseconds)
        try:
            if isinstance(time, datetime) and abs(self.zone) < _MOST_MINUTES:
                return time.astimezone(timezone(timedelta(minutes=self.zone)))
        except OverflowError:
            pass
        return time

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Commit:
    """A version of the tree `root`, made from its parents, the first being the branch's tip before."""

    id: bytes
    root: bytes
    parents: tuple[bytes, ...]
    author: Signature
    committer: Signature
    message: str
    meta: Metadata

    @property
    def time(self) -> datetime | FarDate:
        """When it was made."""
        return self.committer.time

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """What it says it was made from (spec/27-dependencies.md). What is no such text is passed over."""
        told = self.meta.get("dv.inputs")
        found = [_input(text) for text in told] if isinstance(told, tuple) else []
        return [one for one in found if one is not None]


@dataclass(frozen=True, slots=True)
class Tag:
    """An annotated tag of a commit."""

    id: bytes
    commit: bytes
    name: str
    tagger: Signature
    message: str


def decode_commit(id: bytes, data: bytes) -> Commit:
    """The commit with this id, which was held against its bytes before."""
    reader = Reader(data, f"Commit '{id.hex()}'")
    _check_version(reader)
    root = reader.raw(32)
    parents = tuple(reader.raw(32) for _ in range(reader.count(_MOST_PARENTS, each=32)))
    author, committer = _signature(reader), _signature(reader)
    message = reader.string(_MOST_OF_A_MESSAGE)
    meta = read_metadata(reader)
    reader.end()
    return Commit(id, root, parents, author, committer, message, meta)


def decode_tag(id: bytes, data: bytes) -> Tag:
    """The tag with this id, which was held against its bytes before."""
    reader = Reader(data, f"Tag '{id.hex()}'")
    _check_version(reader)
    commit = reader.raw(32)
    name = reader.string(_MOST_OF_A_NAME)
    tagger = _signature(reader)
    message = reader.string(_MOST_OF_A_MESSAGE)
    reader.end()
    return Tag(id, commit, name, tagger, message)


def _check_version(reader: Reader) -> None:
    version = reader.u8()
    if version != 1:
        raise reader.damaged(f"its version is {version}, and 1 is known")


def _signature(reader: Reader) -> Signature:
    name, email = reader.string(_MOST_OF_A_NAME), reader.string(_MOST_OF_A_NAME)
    milliseconds, zone = read_date(reader), reader.int64()
    if abs(zone) > _MOST_MINUTES:
        raise reader.damaged("a zone is more than a day from UTC")
    return Signature(name, email, milliseconds, zone)


def _input(text: object) -> dict[str, Any] | None:
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
