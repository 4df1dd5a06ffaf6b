"""What differs between two versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal, TypeAlias, overload

from dvdata.entry import Entry
from dvdata.package import Folder, Package
from dvdata.shown import escaped
from dvdata.store import Change as Stored
from dvdata.store import Entry as StoredEntry
from dvdata.version import Version

_SHOWN = 20
_MARKS = {"added": "+", "deleted": "-", "modified": "~"}

Kind: TypeAlias = Literal["added", "deleted", "modified"]


class Change:
    """One path: what was there before and after; None where there was nothing.

    A folder is one only where it is recorded: when it is empty, or something is said of it.
    """

    __slots__ = ("_after", "_before", "_stored")

    def __init__(self, before: Version, after: Version, stored: Stored) -> None:
        self._before = before
        self._after = after
        self._stored = stored

    @property
    def path(self) -> str:
        return self._stored.path

    @property
    def kind(self) -> Kind:
        return "deleted" if self._stored.kind == "removed" else self._stored.kind

    @property
    def before(self) -> Entry | Folder | None:
        return _opened(self._before, self._stored.before)

    @property
    def after(self) -> Entry | Folder | None:
        return _opened(self._after, self._stored.after)

    @property
    def is_of_content(self) -> bool:
        """Whether bytes differ, and not metadata or kind alone."""
        before, after = self._stored.before, self._stored.after
        if before is None or after is None:
            return True
        return (before.id, before.target) != (after.id, after.target)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.path!r}>"


class Diff(Sequence[Change]):
    """The changes from one version to another, in the order of paths."""

    def __init__(self, before: Package, after: Package) -> None:
        self.before = before
        self.after = after

    @cached_property
    def _changes(self) -> list[Change]:
        before, after = self.before._version, self.after._version
        found = before.store.changes(before.commit.root, after.commit.root)
        return [Change(before, after, one) for one in found]

    @property
    def added(self) -> list[str]:
        return [change.path for change in self if change.kind == "added"]

    @property
    def deleted(self) -> list[str]:
        return [change.path for change in self if change.kind == "deleted"]

    @property
    def modified(self) -> list[str]:
        return [change.path for change in self if change.kind == "modified"]

    @overload
    def __getitem__(self, index: int) -> Change: ...
    @overload
    def __getitem__(self, index: slice) -> list[Change]: ...
    def __getitem__(self, index: int | slice) -> Change | list[Change]:
        return self._changes[index]

    def __iter__(self) -> Iterator[Change]:
        return iter(self._changes)

    def __len__(self) -> int:
        return len(self._changes)

    def _repr_html_(self) -> str:
        from dvdata.show.packages import diff_html

        return diff_html(self)

    def __repr__(self) -> str:
        counts = f"{len(self.added)} added, {len(self.modified)} modified, {len(self.deleted)} deleted"
        head = f"{self.before.revision!r} to {self.after.revision!r}: {counts}"
        lines = [f"  {_MARKS[change.kind]} {escaped(change.path)}" for change in self[:_SHOWN]]
        more = [f"  … and {len(self) - _SHOWN} more"] if len(self) > _SHOWN else []
        return "\n".join([head, *lines, *more])


def _opened(version: Version, stored: StoredEntry | None) -> Entry | Folder | None:
    if stored is None:
        return None
    return Folder(version, stored.path) if stored.kind == "directory" else Entry(version, stored)
