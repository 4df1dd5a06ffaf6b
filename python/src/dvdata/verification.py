"""Whether what was pinned, and what was read, still gives the same bytes (spec/27-dependencies.md)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvdata import readings
from dvdata.errors import DvError
from dvdata.format.lock import Pin
from dvdata.lockfile import find_lock_file, read_lock
from dvdata.pins import open_pinned, part_of
from dvdata.store import Entry, Store, open_store
from dvdata.verified import verify as verify_entries


@dataclass(frozen=True)
class Difference:
    """Data that no longer is what it was."""

    name: str
    """Of the pin, or the address of what was read."""
    path: str
    """Which file of it; '' for all."""
    what: str
    """'missing', 'changed', or 'unreadable'."""
    message: str

    def __str__(self) -> str:
        return f"{self.what}: {self.name}{':' if self.path else ''}{self.path} ({self.message})"


@dataclass(frozen=True)
class Verification:
    """What was looked at, and what differs. True when nothing does."""

    files: int
    bytes: int
    differences: tuple[Difference, ...]

    def __bool__(self) -> bool:
        return not self.differences

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.differences)

    def __repr__(self) -> str:
        if self:
            return f"<the same bytes: {self.files} files, {self.bytes} bytes>"
        return "\n".join(["<differences:", *(f"  {one}" for one in self.differences), ">"])


def verify(file: str | os.PathLike[str] | None = None, **storage_options: Any) -> Verification:
    """Whether the same bytes are still given for what `dv.lock` pins and this process read.

    Or for what a file says was read, which `dv.reads().save(FILE)` wrote. Every byte is read from its store
    and held against its id.
    """
    checked = _Checked()
    if file is not None:
        checked.reads(readings.load(file), storage_options)
    else:
        lock_file = find_lock_file(Path.cwd())
        if lock_file is not None:
            for pin in read_lock(lock_file):
                checked.pin(pin, lock_file, storage_options)
        checked.reads([read.as_input() for read in readings.reads()], storage_options)
    return Verification(checked.files, checked.bytes, tuple(checked.differences))


class _Checked:
    """Adds up what was looked at; one thing that differs hides no other."""

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0
        self.differences: list[Difference] = []

    def pin(self, pin: Pin, lock_file: Path, storage_options: dict[str, Any]) -> None:
        try:
            part = part_of(open_pinned(pin, lock_file, storage_options), pin)
            entries = part.values() if hasattr(part, "values") else [part]
            self._read(pin.name, part._version.store, [entry._stored for entry in entries])
        except DvError as error:
            self._differs(pin.name, "", "unreadable", error.message)

    def reads(self, reads: list[dict[str, str]], storage_options: dict[str, Any]) -> None:
        by_commit: dict[tuple[str, str], list[dict[str, str]]] = {}
        for read in reads:
            by_commit.setdefault((read["url"], read["commit"]), []).append(read)
        for (url, commit), of_commit in by_commit.items():
            name = f"{url}@{commit[:12]}"
            try:
                store = open_store(url, storage_options)
                root = store.commit(bytes.fromhex(commit)).root
                self._reads_of(name, store, root, of_commit)
            except DvError as error:
                self._differs(name, "", "unreadable", error.message)

    def _reads_of(self, name: str, store: Store, root: bytes, reads: list[dict[str, str]]) -> None:
        entries: list[Entry] = []
        for read in reads:
            if "path" not in read:
                entries += (entry for entry in store.entries(root) if entry.is_file)
                continue
            entry = store.entry(root, read["path"])
            if entry is None:
                self._differs(name, read["path"], "missing", "it is not in that version")
            elif entry.id.hex() != read["id"]:
                self._differs(
                    name, read["path"], "changed", f"it is {entry.id.hex()[:12]}, not {read['id'][:12]}"
                )
            else:
                entries.append(entry)
        self._read(name, store, entries)

    def _read(self, name: str, store: Store, entries: list[Entry]) -> None:
        files = [entry for entry in entries if entry.is_file]
        try:
            verify_entries(store, files, lambda _: None)
        except DvError as error:
            for path in error.details.get("paths", [""]):
                self._differs(name, path, "unreadable", error.message)
        self.files += len(files)
        self.bytes += sum(entry.size for entry in files)

    def _differs(self, name: str, path: str, what: str, message: str) -> None:
        self.differences.append(Difference(name, path, what, message))
