"""The file system `dv://`: any file of any version of any store by its name, read-only."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NoReturn

from fsspec.spec import AbstractFileSystem
from fsspec.utils import stringify_path

from dvdata.errors import DvError, ReadOnly, UnknownPath, UnknownRevision
from dvdata.format.addresses import Address
from dvdata.format.hashing import is_hex
from dvdata.fs.file import DvFile
from dvdata.fs.names import name_of, parse_name, root_of, url_of
from dvdata.fs.place import Info, Place, find, info_at
from dvdata.fs.places import absolute
from dvdata.storage import Cache
from dvdata.store import Store, open_store
from dvdata.version import Version

_THREADS = 8
# Of fsspec itself, not of the file system that a store lies in.
_OWN_OPTIONS = {
    "use_listings_cache",
    "listings_expiry_time",
    "max_paths",
    "asynchronous",
    "loop",
    "batch_size",
}


class DvFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """Files by names as spec/32-urls-in-python.md has them.

    `cache`: where what is read is kept, a `Cache` or a folder; without it the user's. `expires`: so many
    seconds the commit of a branch or tag of a store elsewhere is held; in a folder it is looked up each time.
    All other options are those of the file system that stores lie in. Threads may share it.
    """

    protocol = "dv"
    root_marker = ""

    def __init__(
        self, cache: Cache | str | None = None, expires: float = 5.0, **storage_options: Any
    ) -> None:
        super().__init__(cache=cache, expires=expires, **storage_options)
        self.cache = Cache(Path(cache)) if isinstance(cache, str) else cache
        self.expires = expires
        self._given = {key: value for key, value in storage_options.items() if key not in _OWN_OPTIONS}
        self._stores: dict[str, Store] = {}
        self._versions: dict[tuple[str, str], tuple[float, Version]] = {}

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        address = parse_name(stringify_path(path))
        return name_of(replace(address, repo=absolute(address.repo or "")))

    def unstrip_protocol(self, name: str) -> str:
        return url_of(parse_name(self._strip_protocol(name)))

    @classmethod
    def _parent(cls, path: str) -> str:
        """The top of a version is its own parent: above it is nothing to look at."""
        address = parse_name(cls._strip_protocol(path))
        return name_of(replace(address, path=address.path.rpartition("/")[0]))

    @property
    def fsid(self) -> str:
        return "dv"

    def pin(self, path: str) -> str:
        """The URL of the same thing by the id of the commit that the revision means now: it never changes."""
        return self.unstrip_protocol(self._place(path).pinned)

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forgets which commits branches and tags are."""
        self._versions.clear()

    def info(self, path: str, **_: Any) -> Info:
        name = self._strip_protocol(path)
        version, inside = self._version(name)
        return info_at(name, version, inside)

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        place = self._place(path)
        infos = list(place.listing()) if place.is_directory else [place.info()]
        return infos if detail else [info["name"] for info in infos]

    def find(
        self,
        path: str,
        maxdepth: int | None = None,
        withdirs: bool = False,
        detail: bool = False,
        **kwargs: Any,
    ) -> Any:
        if maxdepth is not None or withdirs:
            return super().find(path, maxdepth=maxdepth, withdirs=withdirs, detail=detail, **kwargs)
        try:
            place = self._place(path)
        except UnknownPath:
            return {} if detail else []
        infos = place.below() if place.is_directory else iter([place.info()])
        found = {info["name"]: info for info in infos}
        return dict(sorted(found.items())) if detail else sorted(found)

    def exists(self, path: str, **_: Any) -> bool:
        """Whether there is such a path. That nobody can tell, without a network for example, is a failure."""
        try:
            self.info(path)
        except (FileNotFoundError, UnknownRevision):
            return False
        return True

    lexists = exists

    def isdir(self, path: str) -> bool:
        return self.exists(path) and bool(self.info(path)["type"] == "directory")

    def isfile(self, path: str) -> bool:
        return self.exists(path) and bool(self.info(path)["type"] == "file")

    def ukey(self, path: str) -> str:
        return self._place(path).key

    def checksum(self, path: str) -> int:
        place = self._place(path)
        return int.from_bytes(place.entry.id, "big") if place.entry else super().checksum(path)

    def created(self, path: str) -> datetime:
        return datetime.fromtimestamp(self.info(path)["created"], timezone.utc)

    modified = created

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        cache_type: str = "growing",
        cache_options: dict[str, Any] | None = None,
        **_: Any,
    ) -> DvFile:
        if mode != "rb":
            self._read_only(path)
        options = {"block_size": block_size, "cache_type": cache_type, "cache_options": cache_options}
        return DvFile(self, self._place(path), **options)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        place = self._place(path)
        if start is None and end is None:
            return place.version.store.read(place.file)
        return place.read_ranges([(start, end)])[0]

    def cat(self, path: Any, recursive: bool = False, on_error: str = "raise", **kwargs: Any) -> Any:
        if recursive:
            # A directory among them has no bytes.
            path, recursive = (
                [one for one in self.expand_path(path, recursive=True) if self.isfile(one)],
                False,
            )
        if isinstance(path, list):
            self._bring(path)
        return super().cat(path, recursive=recursive, on_error=on_error, **kwargs)

    def cat_ranges(
        self,
        paths: list[str],
        starts: Any,
        ends: Any,
        max_gap: int | None = None,
        on_error: str = "return",
        **_: Any,
    ) -> list[Any]:
        """Ranges of one file are planned together, several files read at once. All are of one moment's
        version.
        """
        if not isinstance(paths, list):
            raise TypeError("paths must be a list")
        ranges = [_repeated(one, len(paths)) for one in (starts, ends)]
        wanted: dict[str, list[int]] = defaultdict(list)
        for number, path in enumerate(paths):
            wanted[path].append(number)
        versions: dict[str, Version] = {}

        def read(path: str) -> list[Any]:
            numbers = wanted[path]
            try:
                place = self._place(path, versions)
                return place.read_ranges([(ranges[0][number], ranges[1][number]) for number in numbers])
            except Exception as error:
                if on_error != "return":
                    raise
                return [error] * len(numbers)

        found: list[Any] = [None] * len(paths)
        for path, parts in zip(wanted, _at_once(read, wanted), strict=True):
            for number, part in zip(wanted[path], parts, strict=True):
                found[number] = part
        return found

    def get(
        self, rpath: Any, lpath: Any, recursive: bool = False, maxdepth: int | None = None, **kwargs: Any
    ) -> Any:
        self._bring(self.expand_path(rpath, recursive=recursive, maxdepth=maxdepth))
        return super().get(rpath, lpath, recursive=recursive, maxdepth=maxdepth, **kwargs)

    def _place(self, path: str, known: dict[str, Version] | None = None) -> Place:
        name = self._strip_protocol(path)
        version, inside = self._version(name, known)
        return find(name, version, inside)

    def _version(self, text: str, known: dict[str, Version] | None = None) -> tuple[Version, str]:
        """The version that a name says, and the path in it. `known`: those that one call has seen already."""
        address = parse_name(text)
        root = root_of(address)
        version = known.get(root) if known is not None else None
        if version is None:
            version = self._current(address)
            if known is not None:
                known[root] = version
        return version, address.path

    def _current(self, address: Address) -> Version:
        repo, revision = address.repo or "", address.revision
        until, held = self._versions.get((repo, revision), (0.0, None))
        if held is not None and time.monotonic() < until:
            return held
        store = self._store(repo)
        id = store.resolve(revision)
        if held is None or held.commit.id != id:
            held = Version.of(store, store.commit(id), revision)
        lasts = math.inf if is_hex(revision, 64) else self.expires if store.storage.is_remote else 0
        self._versions[repo, revision] = (time.monotonic() + lasts, held)
        return held

    def _store(self, repo: str) -> Store:
        store = self._stores.get(repo)
        if store is None:
            # Of two threads that open it at once, the first one's is kept.
            store = self._stores.setdefault(repo, open_store(repo, self._given, self.cache))
        return store

    def _bring(self, paths: Iterable[str]) -> None:
        """Files of stores elsewhere into the cache, together: alone, each would be a request of its own."""
        versions: dict[str, Version] = {}
        wanted: dict[int, list[Place]] = defaultdict(list)
        for path in paths:
            with suppress(DvError):
                place = self._place(path, versions)
                if place.version.store.storage.is_remote and not place.is_directory:
                    wanted[id(place.version.store)].append(place)
        for places in wanted.values():
            if len(places) > 1:
                places[0].version.store.fetch([place.file for place in places])

    def _read_only(self, path: Any = None, *_: Any, **__: Any) -> NoReturn:
        what = f"'{self.unstrip_protocol(path)}'" if isinstance(path, str) else "A version"
        raise ReadOnly(
            f"{what} cannot be written: versions never change",
            hint="repo.branch('main').transaction('message') makes a new one",
        )

    mkdir = makedirs = rmdir = touch = _read_only
    rm = rm_file = _rm = mv = cp_file = pipe_file = _read_only

    def put_file(self, lpath: Any, rpath: Any, **_: Any) -> NoReturn:
        self._read_only(rpath)


def _repeated(value: Any, count: int) -> list[Any]:
    values = value if isinstance(value, list) else [value] * count
    if len(values) != count:
        raise ValueError("paths, starts and ends must be of one length")
    return values


def _at_once(work: Callable[[str], Any], items: Iterable[str]) -> Iterator[Any]:
    """In order, by threads of their own: those of the store wait for nobody who waits for them."""
    waiting = list(items)
    if len(waiting) < 2:
        yield from map(work, waiting)
        return
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="dv-ranges") as pool:
        yield from pool.map(work, waiting)
