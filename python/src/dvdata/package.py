"""A version as a mapping: folders and packages, from paths to entries."""

from __future__ import annotations

import os
from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from dvdata import checkout
from dvdata.entry import Entry
from dvdata.files import frame_of
from dvdata.format.metadata import FarDate, Metadata
from dvdata.format.objects import Signature
from dvdata.format.paths import why_never
from dvdata.format.patterns import is_glob
from dvdata.loaders import load_folder
from dvdata.progress import progress_of
from dvdata.shown import escaped
from dvdata.store import Entry as Stored
from dvdata.tree import Matching, Meant, join
from dvdata.verified import Verified, verify
from dvdata.version import Version

Path_: TypeAlias = "str | os.PathLike[str]"
AnyFolder = TypeVar("AnyFolder", bound="Folder")

_COMPLETED = 2_000
_SHOWN = 12


class Folder(Mapping[str, Any]):
    """A folder of a version: a mapping from the paths of all files below it, from here on, to their entries.

    `f["a/b.csv"]` is an entry, `f["a"]` a folder, and so is `f.a` where no method is called so. Iteration and
    `len` are of files, at whatever depth, in the order of paths; `names()` is what lies directly here.
    """

    def __init__(self, version: Version, under: str = "") -> None:
        self._version = version
        self._under = under

    @property
    def key(self) -> str:
        """Its path in the version; '' at the top."""
        return self._under

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self._under.rpartition("/")[2]

    @property
    def meta(self) -> Metadata:
        """What is said of it, with what it inherits from the folders above."""
        return self._version.store.effective_meta(self._version.commit.root, self._under)

    def __getitem__(self, path: Path_) -> Any:
        """An Entry, or a Folder."""
        found = self._find(path)
        if found is None:
            raise self._version.unknown(join(self._under, _clean(path)))
        return found

    def get(self, path: Path_, default: Any = None) -> Any:
        found = self._find(path)
        return default if found is None else found

    def __contains__(self, path: object) -> bool:
        return isinstance(path, (str, os.PathLike)) and self._find(path) is not None

    def __iter__(self) -> Iterator[str]:
        start = len(self._under) + 1 if self._under else 0
        return (path[start:] for path in self._version.tree.paths(self._under))

    def __len__(self) -> int:
        return self._version.tree.count(self._under)

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def items(self) -> ItemsView[str, Entry]:
        return _Items(self)

    def values(self) -> ValuesView[Entry]:
        return _Values(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Folder):
            return NotImplemented
        one, two = self._version, other._version
        return (one.store.id, one.commit.id, one.tree, self._under) == (
            *(two.store.id, two.commit.id, two.tree, other._under),
        )

    def __hash__(self) -> int:
        return hash((self._version.commit.id, self._under))

    def names(self) -> list[str]:
        """What lies directly here; names of folders end with a slash."""
        return [name + "/" * is_folder for name, is_folder in self._version.tree.names(self._under)]

    def walk(self) -> Iterator[tuple[str, list[str], list[str]]]:
        """For each folder, this one first: its path from here, the names of its folders, and of its files."""
        waiting = [""]
        while waiting:
            path = waiting.pop()
            found = list(self._version.tree.names(join(self._under, path)))
            folders = [name for name, is_folder in found if is_folder]
            yield path, folders, [name for name, is_folder in found if not is_folder]
            waiting += [join(path, name) for name in reversed(folders)]

    def glob(self: AnyFolder, *patterns: str) -> AnyFolder:
        """What patterns mean, as a smaller one: `p.glob("images/**/*.tif")`. With `!` they leave out."""
        tree = Matching(self._version.tree, self._under, patterns)
        return type(self)(replace(self._version, tree=tree), self._under)

    def where(self: AnyFolder, expression: str) -> AnyFolder:
        """What an expression means, as a smaller one: `p.where("line = 'AICS-23' AND size < 1e6")`.

        The language is that of `dv ls --where`: of the path in the version, kind, size, id and all metadata.
        """
        tree = Meant(self._version.tree, expression)
        _ = tree.all  # What it names and nothing has is told now, not when it is first used.
        return type(self)(replace(self._version, tree=tree), self._under)

    @property
    def files(self) -> Any:
        """A pandas DataFrame: path, kind, size, and a column for each key of metadata, inherited too."""
        return frame_of(self._version.tree, self._under)

    def fetch(self: AnyFolder, paths: Any = None, progress: bool | None = None) -> AnyFolder:
        """Brings files into the cache at once: all, or those of paths, globs, entries and folders.

        What came stays when this is interrupted, and is not fetched again.
        """
        wanted = list(self._meant(paths))
        total = sum(entry.size for entry in wanted)
        with progress_of(total, "fetching", progress) as tell:
            self._version.store.fetch(wanted, tell)
        return self

    def checkout(self, directory: Path_, progress: bool | None = None) -> Path:
        """Writes all that is below here into a folder, as plain files, and gives back the folder.

        What is there with the right content is left. Something else in the way is a Conflict: all stays.
        """
        root = Path(directory).expanduser().absolute()
        start = len(self._under) + 1 if self._under else 0
        entries = self._version.tree.entries(self._under)
        items = (checkout.Item(entry.path[start:], entry) for entry in entries if len(entry.path) > start)
        left = checkout.plan(items, root)
        with progress_of(sum(item.entry.size for item in left), "writing", progress) as tell:
            checkout.write(self._version.store, left, root, tell)
        return root

    def verify(self, progress: bool | None = None) -> Verified:
        """Reads all bytes from the store, not the cache, and holds them against ids. Damage is raised."""
        entries = [entry for entry in self._version.tree.entries(self._under) if entry.is_file]
        with progress_of(sum(entry.size for entry in entries), "verifying", progress) as tell:
            return verify(self._version.store, entries, tell)

    def load(self, **options: Any) -> Any:
        """A folder that is a thing of its own, such as a Zarr store."""
        return load_folder(self, **options)

    def __call__(self, **options: Any) -> Any:
        return self.load(**options)

    def __getattr__(self, name: str) -> Any:
        # Asked for what is no attribute. Names with an underscore are asked by machines, of everything.
        if name.startswith("_"):
            raise AttributeError(name)
        found = self._find(name)
        if found is None:
            problem = self._version.unknown(join(self._under, name))
            raise AttributeError(f"Neither a method nor a path is called so: {problem}", name=name, obj=self)
        return found

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *(name for name, _ in self._some_names() if name.isidentifier())]

    def _ipython_key_completions_(self) -> list[str]:
        """All paths of a small one; of others what lies directly here."""
        paths = list(islice(self, _COMPLETED + 1))
        names = [name + "/" * is_folder for name, is_folder in self._some_names()]
        return names if len(paths) > _COMPLETED else list(dict.fromkeys([*names, *paths]))

    def __repr__(self) -> str:
        return self._shown(f"Folder {self._under!r} of {self._version.revision!r}")

    def _repr_html_(self) -> str:
        from dvdata.show.packages import folder_html

        return folder_html(self)

    def _shown(self, head: str) -> str:
        """A first look: it may read a few nodes, and must not fail because a network does."""
        try:
            names = list(islice(self._version.tree.names(self._under), _SHOWN + 1))
        except Exception as error:
            return f"<{head}: {error}>"
        lines = [f"  {escaped(name)}{'/' * is_folder}" for name, is_folder in names[:_SHOWN]]
        more = ["  …"] if len(names) > _SHOWN else []
        return "\n".join([head, *lines, *more])

    def _some_names(self) -> Iterator[tuple[str, bool]]:
        return islice(self._version.tree.names(self._under), _COMPLETED)

    def _find(self, path: Path_) -> Any:
        inside = _clean(path)
        if inside == "":
            return self
        full = join(self._under, inside)
        if why_never(full) is not None:
            return None  # No tree holds it: a NUL would be taken for a slash.
        tree = self._version.tree
        stored = tree.entry(full)
        if stored is not None and stored.kind != "directory":
            return Entry(self._version, stored)
        if stored is None and next(iter(tree.names(full)), None) is None:
            return None
        return Folder(self._version, full)

    def _pairs(self) -> Iterator[tuple[str, Entry]]:
        start = len(self._under) + 1 if self._under else 0
        for stored in self._version.tree.entries(self._under):
            if stored.kind != "directory":
                yield stored.path[start:], Entry(self._version, stored)

    def _meant(self, paths: Any) -> Iterator[Stored]:
        """The files that paths, globs, entries and folders mean; each must be there."""
        if paths is None:
            paths = [self]
        elif isinstance(paths, (str, os.PathLike, Entry, Folder)):
            paths = [paths]
        for one in paths:
            if isinstance(one, str) and one not in self and is_glob(one):
                one = self.glob(one)
            found = one if isinstance(one, (Entry, Folder)) else self[one]
            entries = found.values() if isinstance(found, Folder) else [found]
            for entry in entries:
                if entry.kind != "symlink":
                    yield entry._stored


class Package(Folder):
    """One version of a store, whole or narrowed."""

    @property
    def meta(self) -> Metadata:
        """What is said of the version as a whole."""
        return self._version.commit.meta

    @property
    def url(self) -> str:
        """Of its store."""
        return self._version.store.url

    @property
    def revision(self) -> str:
        """As it was asked for."""
        return self._version.revision

    @property
    def id(self) -> str:
        """Of its commit: the same for ever, whatever its branch does."""
        return self._version.commit.id.hex()

    @property
    def message(self) -> str:
        return self._version.commit.message

    @property
    def author(self) -> Signature:
        return self._version.commit.author

    @property
    def time(self) -> datetime | FarDate:
        """When it was committed."""
        return self._version.commit.time

    @property
    def parents(self) -> list[str]:
        """The ids of the commits it was made from."""
        return [id.hex() for id in self._version.commit.parents]

    def __repr__(self) -> str:
        title = escaped(self.message.partition("\n")[0])[:80]
        return self._shown(f"Package {self.url!r} at {self.revision!r} ({self.id[:10]}) {title}")


class _Items(ItemsView[str, Entry]):
    """In one pass over the entries, not a search for each path."""

    _mapping: Folder

    def __iter__(self) -> Iterator[tuple[str, Entry]]:
        return self._mapping._pairs()


class _Values(ValuesView[Entry]):
    _mapping: Folder

    def __iter__(self) -> Iterator[Entry]:
        return (entry for _, entry in self._mapping._pairs())


def _clean(path: Path_) -> str:
    """`./a/` is `a`."""
    text = os.fspath(path)
    while text.startswith("./"):
        text = text[2:]
    return "" if text == "." else text.removesuffix("/")
