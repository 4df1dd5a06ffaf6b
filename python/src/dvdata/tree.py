"""The entries of a version, or some of them: what packages and folders look into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from dvdata.format.patterns import Test, compile_patterns, folder_of
from dvdata.store import Entry, Store


class Tree(Protocol):
    """Paths are those of the whole version. Pickles as what it was made of."""

    def entry(self, path: str) -> Entry | None: ...

    def entries(self, under: str = "") -> Iterator[Entry]:
        """The one at `under` and those below it, in the order of paths."""

    def names(self, folder: str = "") -> Iterator[tuple[str, bool]]:
        """The names directly in a folder, and which of them are folders."""

    def count(self, under: str = "") -> int:
        """How many entries are below a folder that are no directories."""


@dataclass(frozen=True)
class Whole:
    """All entries of a version."""

    store: Store = field(compare=False)
    root: bytes

    def entry(self, path: str) -> Entry | None:
        return self.store.entry(self.root, path)

    def entries(self, under: str = "") -> Iterator[Entry]:
        return self.store.entries(self.root, _bytes(under))

    def names(self, folder: str = "") -> Iterator[tuple[str, bool]]:
        return self.store.names(self.root, folder)

    def count(self, under: str = "") -> int:
        return self.store.count(self.root, _bytes(under))


class Narrowed:
    """Those entries of a tree that are meant; directories that nothing is below are not in it."""

    def __init__(self, base: Tree) -> None:
        self.base = base

    def is_meant(self, entry: Entry) -> bool:
        raise NotImplementedError

    def entry(self, path: str) -> Entry | None:
        entry = self.base.entry(path)
        return entry if entry is not None and self.is_meant(entry) else None

    def entries(self, under: str = "") -> Iterator[Entry]:
        return filter(self.is_meant, self.base.entries(under))

    def names(self, folder: str = "") -> Iterator[tuple[str, bool]]:
        return names_of((entry.path for entry in self.entries(folder)), folder)

    def count(self, under: str = "") -> int:
        return sum(1 for _ in self.entries(under))


class Matching(Narrowed):
    """What patterns mean, said from a folder."""

    def __init__(self, base: Tree, folder: str, patterns: tuple[str, ...]) -> None:
        super().__init__(base)
        self.folder = folder
        self.patterns = patterns
        self.__test: Test = compile_patterns(patterns)
        self.__start = len(folder) + 1 if folder else 0

    def __reduce__(self) -> Any:
        return Matching, (self.base, self.folder, self.patterns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Matching) and self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash((self.base, self.folder, self.patterns))

    def is_meant(self, entry: Entry) -> bool:
        inside = not self.folder or entry.path.startswith(f"{self.folder}/")
        return entry.kind != "directory" and inside and self.__test(entry.path[self.__start :])

    def entries(self, under: str = "") -> Iterator[Entry]:
        inside = deeper(under, join(self.folder, self.__common()))
        return iter(()) if inside is None else super().entries(inside)

    def __common(self) -> str:
        """The folder that all that is meant lies in."""
        if len(self.patterns) != 1 or self.patterns[0].startswith("!"):
            return ""
        return folder_of(self.patterns[0])


def names_of(paths: Iterator[str], folder: str) -> Iterator[tuple[str, bool]]:
    """The names directly in a folder, out of the paths of all that is below it, in their order."""
    start = len(folder) + 1 if folder else 0
    last = None
    for path in paths:
        name, below, _ = path[start:].partition("/")
        if name and name != last:
            yield name, bool(below)
            last = name


def deeper(one: str, other: str) -> str | None:
    """That of two folders which lies in the other one; None if they have nothing in common."""
    for above, below in ((one, other), (other, one)):
        if above in ("", below) or below.startswith(f"{above}/"):
            return below
    return None


def join(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder and path else folder or path


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
