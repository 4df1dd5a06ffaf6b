"""A store as those above see it: refs, commits, entries, bytes."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from dvdata.format.metadata import Metadata
from dvdata.format.nodes import Leaf
from dvdata.format.objects import Commit
from dvdata.storage import Cache, Storage
from dvdata.store.absence import Absence
from dvdata.store.changes import Change, changes_of
from dvdata.store.contents import Contents
from dvdata.store.entries import Entry, Manifests
from dvdata.store.index import Index
from dvdata.store.objects import Objects
from dvdata.store.outlines import Outlines
from dvdata.store.refs import RefReader, Refs
from dvdata.store.resolving import Resolver


class Store:
    """A store, read. Threads may share it; it pickles as its URL and options, and is opened again where it
    arrives.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        url: str,
        id: str,
        storage_options: dict[str, Any],
        cache: Cache | None,
        workdir: Path | None,
    ) -> None:
        self.url = url
        """As it was given: of a working directory its path, else where the store lies."""
        self.id = id
        """Of this store, wherever its copies lie."""
        self.storage_options = storage_options
        self.cache = cache
        self.workdir = workdir
        """The working directory it was opened through; None when it was opened by itself."""
        self.storage = storage
        self._index = Index(storage, cache)
        absence = Absence(storage, self._index)
        self.objects = Objects(storage, self._index, absence, cache)
        self._manifests = Manifests(self.objects)
        self._outlines = Outlines(self._manifests)
        self._contents = Contents(self.objects, absence, cache)
        self._refs = RefReader(storage, workdir)
        self._resolver = Resolver(storage, self.objects, self._refs)

    @property
    def is_remote(self) -> bool:
        """Whether many small reads cost more than one through the cache."""
        return self.storage.is_remote

    def __reduce__(self) -> tuple[Any, ...]:
        from dvdata.store.open import open_store

        return open_store, (self.url, self.storage_options, self.cache)

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    def refs(self) -> Refs:
        """Branches and tags as they are now."""
        return self._refs.all()

    def resolve(self, revision: str) -> bytes:
        """The id of the commit that a revision names: 'main', 'v1.2~1', an id or its beginning."""
        return self._resolver.resolve(revision)

    def commit(self, id: bytes) -> Commit:
        return self._resolver.commit(id)

    def entries(self, root: bytes, under: bytes = b"") -> Iterator[Entry]:
        """The entries of a tree in the order of their paths; with `under`, what is there and below."""
        return self._manifests.entries(root, under)

    def entry(self, root: bytes, path: str) -> Entry | None:
        """What stands at a path; only the nodes on the way there are read."""
        return self._manifests.entry(root, path)

    def entries_at(self, root: bytes, paths: Sequence[str]) -> Iterator[Entry]:
        """What stands at these paths, which are in order; only the leaves that have them are read."""
        return self._outlines.entries_at(root, paths)

    def paths(self, root: bytes, under: str = "") -> Iterator[str]:
        """The paths at or below one ('': all) of what is no directory, in order: cheaper than entries."""
        return self._outlines.paths(root, under)

    def count(self, root: bytes, under: str = "") -> int:
        """How many these are."""
        return self._outlines.count(root, under)

    def names(self, root: bytes, folder: str = "") -> Iterator[tuple[str, bool]]:
        """The names directly in a folder ('': the top), and which of them are folders."""
        return self._outlines.names(root, folder)

    def children(self, root: bytes, folder: str = "") -> Iterator[tuple[str, Entry | None]]:
        """The same names, and what stands at each; None for a folder that only has others."""
        return self._outlines.children(root, folder)

    def totals(self, root: bytes) -> tuple[int, int]:
        """How many entries a tree has, and their bytes; reads one node."""
        return self._outlines.totals(root)

    def effective_meta(self, root: bytes, path: str) -> Metadata:
        """The metadata that holds at a path: its own over that of the directories above it."""
        return self._manifests.effective(root, path)

    def leaves(self, root: bytes) -> Iterator[Leaf]:
        """The leaves of a tree in order, as columns."""
        return self._manifests.leaves(root)

    def entry_at(self, leaf: Leaf, number: int) -> Entry:
        """The entry with a number in a leaf."""
        return self._manifests.entry_at(leaf, number)

    def meta_at(self, leaf: Leaf, number: int) -> Metadata:
        """The metadata that the entry with a number in a leaf has itself."""
        return self._manifests.meta_at(leaf, number)

    def changes(self, before: bytes, after: bytes) -> Iterator[Change]:
        """What differs between two trees, in the order of paths; costs what differs."""
        return changes_of(self.objects, self._manifests, before, after)

    def check(self, entry: Entry) -> None:
        """Fails if there are no bytes to read, or no longer: they were purged."""
        self._contents.check(entry)

    def read(self, entry: Entry) -> bytes:
        """All bytes of a file, held against its id."""
        return self._contents.read(entry)

    def write(self, entry: Entry, file: BinaryIO) -> None:
        """All bytes of a file, from the store and not the cache, into another; verified when done."""
        self._contents.write(entry, file)

    def open(self, entry: Entry) -> io.RawIOBase:
        """A file that is read anywhere: only the chunks that hold what is read are."""
        return self._contents.open(entry)

    def read_ranges(self, entry: Entry, ranges: Sequence[tuple[int | None, int | None]]) -> list[bytes]:
        """The bytes from each start up to each end, as of a slice, planned together."""
        return self._contents.read_ranges(entry, ranges)

    def fetch(self, entries: Iterable[Entry], progress: Callable[[int], Any] | None = None) -> None:
        """Brings files into the cache. `progress` is called with numbers of bytes that arrived, from this
        thread.
        """
        self._contents.fetch(entries, progress)

    def path(self, entry: Entry) -> str:
        """A real file of the cache with the entry's bytes and extension, not to be written to."""
        return str(self._contents.path(entry))
