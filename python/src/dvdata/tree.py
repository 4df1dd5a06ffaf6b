"""The entries of a version, or some of them: what packages and folders look into."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, Protocol

from dvdata.expression import parse
from dvdata.expression.syntax import And
from dvdata.format.nodes import key_of
from dvdata.format.patterns import compile_patterns, folder_of
from dvdata.selection import select
from dvdata.store import Entry, Store

_NO_DIRECTORY = parse("kind != 'directory'")


class Tree(Protocol):
    """Paths are those of the whole version. Pickles as what it was made of."""

    @property
    def whole(self) -> Whole: ...

    def entry(self, path: str) -> Entry | None: ...

    def entries(self, under: str = "") -> Iterator[Entry]:
        """The one at `under` and those below it, in the order of paths."""

    def paths(self, under: str = "") -> Iterator[str]:
        """Those of all that is no directory; much cheaper than entries."""

    def names(self, folder: str = "") -> Iterator[tuple[str, bool]]:
        """The names directly in a folder, and which of them are folders."""

    def count(self, under: str = "") -> int:
        """How many `paths` are."""


@dataclass(frozen=True)
class Whole:
    """All entries of a version."""

    store: Store = field(compare=False)
    root: bytes

    @property
    def whole(self) -> Whole:
        return self

    def entry(self, path: str) -> Entry | None:
        return self.store.entry(self.root, path)

    def entries(self, under: str = "") -> Iterator[Entry]:
        return self.store.entries(self.root, under.encode("utf-8", "surrogateescape"))

    def paths(self, under: str = "") -> Iterator[str]:
        return self.store.paths(self.root, under)

    def names(self, folder: str = "") -> Iterator[tuple[str, bool]]:
        return self.store.names(self.root, folder)

    def count(self, under: str = "") -> int:
        return self.store.count(self.root, under)


class Chosen:
    """Some entries of a tree, none of them a directory: which, is found once, then known by their paths."""

    def __init__(self, base: Tree) -> None:
        self.base = base

    def choose(self) -> Iterator[str]:
        """Their paths, in order."""
        raise NotImplementedError

    @property
    def whole(self) -> Whole:
        return self.base.whole

    @cached_property
    def all(self) -> list[str]:
        return list(self.choose())

    @cached_property
    def known(self) -> frozenset[str]:
        return frozenset(self.all)

    def entry(self, path: str) -> Entry | None:
        return self.whole.entry(path) if path in self.known else None

    def entries(self, under: str = "") -> Iterator[Entry]:
        return self.whole.store.entries_at(self.whole.root, list(self.paths(under)))

    def paths(self, under: str = "") -> Iterator[str]:
        return islice(self.all, *self._range(under))

    def names(self, folder: str = "") -> Iterator[tuple[str, bool]]:
        return names_of(self.paths(folder), folder)

    def count(self, under: str = "") -> int:
        first, last = self._range(under)
        return last - first

    def __getstate__(self) -> dict[str, Any]:
        """Which they are is found again where it arrives."""
        return {name: value for name, value in self.__dict__.items() if name not in ("all", "known")}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.__getstate__() == other.__getstate__()

    def __hash__(self) -> int:
        return hash(self.whole)

    def _range(self, under: str) -> tuple[int, int]:
        """Where what is at or below a path stands among all."""
        if not under:
            return 0, len(self.all)
        key = key_of(under)
        first = bisect_left(self.all, key, key=key_of)
        return first, bisect_left(self.all, key + b"\x01", lo=first, key=key_of)


class Matching(Chosen):
    """What patterns mean, said from a folder."""

    def __init__(self, base: Tree, folder: str, patterns: tuple[str, ...]) -> None:
        super().__init__(base)
        self.folder = folder
        self.patterns = patterns
        compile_patterns(patterns)  # Of one that cannot be used is told now.

    def choose(self) -> Iterator[str]:
        is_meant = compile_patterns(self.patterns)
        start = len(self.folder) + 1 if self.folder else 0
        # Of one pattern it is known which folder all that it means lies in.
        alone = len(self.patterns) == 1 and not self.patterns[0].startswith("!")
        under = join(self.folder, folder_of(self.patterns[0]) if alone else "")
        return (path for path in self.base.paths(under) if is_meant(path[start:]))


class Meant(Chosen):
    """What an expression means (spec/21-expressions.md)."""

    def __init__(self, base: Tree, text: str) -> None:
        super().__init__(base)
        self.text = text
        parse(text)  # Of one that is none is told now.

    def choose(self) -> Iterator[str]:
        expression = And((parse(self.text), _NO_DIRECTORY))
        paths = select(self.whole.store, self.whole.root, expression)
        base = self.base
        return (path for path in paths if not isinstance(base, Chosen) or path in base.known)


def names_of(paths: Iterator[str], folder: str) -> Iterator[tuple[str, bool]]:
    """The names directly in a folder, out of the paths of all that is below it, in their order."""
    start = len(folder) + 1 if folder else 0
    last = None
    for path in paths:
        name, below, _ = path[start:].partition("/")
        if name and name != last:
            yield name, bool(below)
            last = name


def join(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder and path else folder or path
