"""One version of a store: what entries, folders and packages of it share."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property

from dvdata import readings
from dvdata.errors import UnknownPath
from dvdata.format.objects import Commit
from dvdata.format.paths import why_never
from dvdata.shown import nearest
from dvdata.store import Entry, Store
from dvdata.tree import Tree, Whole, join

_MOST_LINKS = 40


@dataclass(frozen=True)
class Version:
    store: Store
    commit: Commit
    revision: str
    """As it was asked for."""
    tree: Tree
    """All of it, or what it was narrowed to."""

    @classmethod
    def of(cls, store: Store, commit: Commit, revision: str) -> Version:
        return cls(store, commit, revision, Whole(store, commit.root))

    @cached_property
    def source(self) -> readings.Source:
        commit = self.commit
        return readings.Source(
            self.store.url, self.store.id, self.revision, commit.id.hex(), commit.root.hex()
        )

    def note(self, entry: Entry) -> None:
        """That the bytes of a file are read is remembered: `dv.reads()`."""
        readings.note(self.source, entry.path, entry.id.hex())

    def followed(self, entry: Entry) -> Entry:
        """The file that a link leads to, anywhere in this version; links out of it lead to nothing."""
        seen = entry
        for _ in range(_MOST_LINKS):
            if entry.kind != "symlink":
                return entry
            target = entry.target or ""
            path = posixpath.normpath(join(posixpath.dirname(entry.path), target))
            outside = target.startswith("/") or path.split("/")[0] == ".."
            found = None if outside else self.store.entry(self.commit.root, path)
            if found is None or found.kind == "directory":
                raise UnknownPath(
                    f"The link {seen.path!r} leads to no file of this version: {target!r}",
                    details={"path": seen.path, "target": target},
                )
            entry = found
        raise UnknownPath(f"The link {seen.path!r} leads in circles", details={"path": seen.path})

    def unknown(self, path: str) -> UnknownPath:
        """The failure that there is no such path, naming what is nearly called so."""
        folder, _, name = path.rpartition("/")
        while folder and (why_never(folder) or next(self.tree.names(folder), None) is None):
            folder, _, name = folder.rpartition("/")
        near = [join(folder, one) for one in nearest(name, (one for one, _ in self.tree.names(folder)))]
        return UnknownPath(
            f"No path {path!r} in {self.revision!r} of {self.store.url!r}",
            hint=f"did you mean {near[0]!r}?" if near else None,
            details={"path": path, "nearest": near},
        )
