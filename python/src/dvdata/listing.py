"""The repositories below a folder or bucket, each with what a reader wants to know before he reads it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dvdata.errors import DvError
from dvdata.format.metadata import FarDate
from dvdata.repository import Repository, open
from dvdata.shown import escaped, shown_count, shown_size
from dvdata.storage.below import stores_below

_READMES = ("README.md", "README", "README.txt", "readme.md")
_MOST_OF_A_README = 4096
_MOST_OF_A_DESCRIPTION = 200


@dataclass(frozen=True)
class Listed:
    """A repository that was found. One that cannot be read has an `error`, and does not hide the others."""

    url: str
    storage_options: dict[str, Any] = field(default_factory=dict, repr=False)
    branch: str | None = None
    """Its default one."""
    commit: str | None = None
    time: datetime | FarDate | None = None
    entries: int = 0
    bytes: int = 0
    tags: tuple[str, ...] = ()
    description: str | None = None
    """The first words of its README."""
    error: DvError | None = None

    def open(self) -> Repository:
        return open(self.url, **self.storage_options)

    def __repr__(self) -> str:
        if self.error is not None:
            return f"<{self.url!r}: {self.error.message}>"
        if self.commit is None:
            return f"<{self.url!r}: no commits yet>"
        what = f"{shown_count(self.entries, 'file')}, {shown_size(self.bytes)}"
        tags = f", tags {', '.join(map(escaped, self.tags))}" if self.tags else ""
        words = f": {escaped(self.description)}" if self.description else ""
        return f"<{self.url!r} at {self.branch!r}, {what}{tags}{words}>"


def packages(url: str | os.PathLike[str], **storage_options: Any) -> list[Listed]:
    """The repositories below a folder, a bucket or any URL that can be listed, by their addresses."""
    found = stores_below(os.fspath(url), storage_options)
    return [_described(url, storage_options) for url in found]


def _described(url: str, storage_options: dict[str, Any]) -> Listed:
    try:
        repository = open(url, **storage_options)
        store = repository.store
        refs = store.refs()
        tags = tuple(sorted(refs.tags))
        if not refs.branches:
            return Listed(url, storage_options, tags=tags)
        head = repository.head
        entries, size = store.totals(head._version.commit.root)
        return Listed(
            *(url, storage_options, refs.head, head.id, head.time, entries, size, tags),
            description=_described_as(head),
        )
    except DvError as error:
        return Listed(url, storage_options, error=error)


def _described_as(package: Any) -> str | None:
    """The first line of words in the README: its heading, mostly."""
    for name in _READMES:
        entry = package.get(name)
        if entry is None or entry.kind not in ("file", "executable"):
            continue
        with entry.open() as file:
            text = file.read(_MOST_OF_A_README).decode(errors="replace")
        lines = (line.lstrip("#").strip() for line in text.split("\n"))
        words = next((line for line in lines if any(map(str.isalpha, line))), None)
        return None if words is None else words[:_MOST_OF_A_DESCRIPTION]
    return None
