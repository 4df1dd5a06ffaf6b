"""Records of a store as a whole: its format, what it lacks and knows to lack (spec/09-layout.md,
18-purge.md).
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from dvdata.errors import Damaged, NewerFormat
from dvdata.format.hashing import is_hex, stored_id
from dvdata.format.records import is_number, unseal

_FEATURE = re.compile(r"[a-z0-9-]{1,64}")
_MOST_TIME = 8_640_000_000_000_000
_MOST_LOST = 100_000
_MOST_PURGED = 65_536
_MOST_PATHS = 1_000
_MOST_OF_A_REASON = 4_096


@dataclass(frozen=True, slots=True)
class Format:
    """What the first record of a store says: its id, and bytes of a chunk on average."""

    id: str
    average: int


def read_format(data: bytes, what: str) -> Format:
    """dv.json. Of a higher format nothing but that is looked at; an unknown feature that reading needs is
    one.
    """
    record = unseal(data, what)
    format = record.get("format")
    if not is_number(format) or format == 0:
        raise Damaged(f"{what} is damaged: it names no format")
    if format != 1:
        raise NewerFormat(
            f"{what} says format {format}, and this dvdata reads format 1",
            hint='pip install --upgrade "dv-data"',
            details={"format": format},
        )
    _check_features(record.get("features"), what)
    chunker, id = record.get("chunker"), record.get("id")
    average = chunker.get("avg") if isinstance(chunker, dict) else None
    if not isinstance(id, str) or not is_hex(id, 32):
        raise Damaged(f"{what} is damaged: it has no id")
    if not isinstance(average, int) or not is_number(average) or not 64 <= average <= 16 << 20:
        raise Damaged(f"{what} is damaged: it does not say how long chunks are")
    return Format(id, average)


def _check_features(features: Any, what: str) -> None:
    needed = features.get("read") if isinstance(features, dict) else None
    if not isinstance(needed, list) or not all(isinstance(n, str) and _FEATURE.fullmatch(n) for n in needed):
        raise Damaged(f"{what} is damaged: it does not say what reading needs")
    if needed:
        names = ", ".join(needed)
        raise NewerFormat(
            f"{what} needs what this dvdata does not know: {names}",
            hint='pip install --upgrade "dv-data"',
            details={"features": needed},
        )


@dataclass(frozen=True, slots=True)
class Promise:
    """What a remote has and this store may lack: all chunks and recipes (`lazy`), packs, commits."""

    lazy: bool
    away: tuple[str, ...]
    commits: tuple[bytes, ...]


def read_promises(data: bytes, what: str) -> dict[str, Promise]:
    """By the name of the remote that promises."""
    record = unseal(data, what)
    remotes = record.get("remotes")
    if not is_number(record.get("format")) or record["format"] != 1 or not isinstance(remotes, dict):
        raise Damaged(f"{what} is damaged: it is of a format that is not known")
    return {name: _promise(one, what) for name, one in remotes.items()}


def _promise(one: Any, what: str) -> Promise:
    lazy, away, commits = (
        one.get(name) if isinstance(one, dict) else None for name in ("lazy", "away", "commits")
    )
    if not isinstance(lazy, bool) or not isinstance(away, list) or not isinstance(commits, list):
        raise Damaged(f"{what} is damaged: a promise in it is none")
    if not all(is_hex(name, 32) for name in away):
        raise Damaged(f"{what} is damaged: it promises what is no pack")
    return Promise(lazy, tuple(away), tuple(stored_id(id, what) for id in commits))


def read_lost(data: bytes, what: str) -> tuple[bytes, ...]:
    """The ids of what is gone and promised by nobody, ascending."""
    record = unseal(data, what)
    ids = record.get("ids")
    if not is_number(record.get("format")) or record["format"] != 1 or not isinstance(ids, list):
        raise Damaged(f"{what} is damaged: it is of a format that is not known")
    lost = tuple(stored_id(id, what) for id in ids)
    if len(lost) > _MOST_LOST or any(one >= other for one, other in pairwise(lost)):
        raise Damaged(f"{what} is damaged: its ids do not ascend")
    return lost


@dataclass(frozen=True, slots=True)
class Purge:
    """What was removed for good, of which versions keep the hole: when, by whom and why."""

    milliseconds: int
    by: str
    reason: str
    contents: tuple[bytes, ...]
    paths: tuple[str, ...]


def read_purge(data: bytes, what: str) -> Purge:
    """A record of a purge."""
    record = unseal(data, what)
    time, by, reason = record.get("time"), record.get("by"), record.get("reason")
    contents, paths = record.get("contents"), record.get("paths")
    if not is_number(record.get("format")) or record["format"] != 1:
        raise Damaged(f"{what} is damaged: it is of a format that is not known")
    if not isinstance(time, int) or not is_number(time) or time > _MOST_TIME or not isinstance(by, str):
        raise Damaged(f"{what} is damaged: it does not say when, and by whom")
    if not isinstance(reason, str) or not reason.strip() or len(_utf8(reason, what)) > _MOST_OF_A_REASON:
        raise Damaged(f"{what} is damaged: it does not say why")
    ids = _contents(contents, what)
    if not isinstance(paths, list) or len(paths) > _MOST_PATHS or not all(isinstance(p, str) for p in paths):
        raise Damaged(f"{what} is damaged: its paths are none")
    return Purge(time, by, reason, ids, tuple(paths))


def _contents(contents: Any, what: str) -> tuple[bytes, ...]:
    if not isinstance(contents, list) or not 1 <= len(contents) <= _MOST_PURGED:
        raise Damaged(f"{what} is damaged: it names no contents")
    if not all(isinstance(one, list) and len(one) == 2 and is_number(one[1]) for one in contents):
        raise Damaged(f"{what} is damaged: a content of it is none")
    ids = tuple(stored_id(one[0], what) for one in contents)
    if any(one >= other for one, other in pairwise(ids)):
        raise Damaged(f"{what} is damaged: its contents do not ascend")
    return ids


def _utf8(text: str, what: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Damaged(f"{what} is damaged: a text in it is not Unicode") from None
