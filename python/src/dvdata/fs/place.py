"""What a name means: an entry of a version, or a directory of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dvdata.errors import SystemFailed, UnknownPath
from dvdata.format.addresses import Address
from dvdata.fs.links import real_path
from dvdata.fs.names import name_of
from dvdata.store import Entry
from dvdata.version import Version

Info = dict[str, Any]


class IsADirectory(SystemFailed, IsADirectoryError):
    """A directory was asked for its bytes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name leads to, links followed. `path`: in the tree. `entry`: None for a directory that only has
    others.
    """

    name: str
    version: Version
    path: str
    entry: Entry | None

    @property
    def is_directory(self) -> bool:
        return self.entry is None or self.entry.kind == "directory"

    @property
    def file(self) -> Entry:
        """The entry that has the bytes; that they are read is remembered."""
        entry = self.entry
        if entry is None or not entry.is_file:
            raise IsADirectory(
                f"{self.path!r} in {self.version.revision!r} of {self.version.store.url!r} is a directory",
                details={"system": "EISDIR", "path": self.path},
            )
        self.version.note(entry)
        return entry

    @property
    def pinned(self) -> str:
        """Its name by the id of the commit."""
        version = self.version
        return name_of(Address(version.store.url, version.commit.id.hex(), self.path))

    @property
    def key(self) -> str:
        """The same for the same bytes, wherever they are."""
        if self.entry is not None and self.entry.is_file:
            return self.entry.id.hex()
        return f"{self.version.commit.root.hex()}/{self.path}"

    def read_ranges(self, ranges: list[tuple[int | None, int | None]]) -> list[bytes]:
        return self.version.store.read_ranges(self.file, ranges)

    def info(self) -> Info:
        if self.entry is None:
            return _directory(self.name, self.version)
        return _info(self.name, self.version, self.entry)

    def listing(self) -> Iterator[Info]:
        """What lies directly in a directory. Links to files are these; others are not followed."""
        store, root = self.version.store, self.version.commit.root
        for name, entry in store.children(root, self.path):
            yield info_of(f"{self.name}/{name}", self.version, entry)

    def below(self) -> Iterator[Info]:
        """All below a directory, in the order of paths, but for directories themselves."""
        store, start = self.version.store, len(self.path) + 1 if self.path else 0
        for entry in store.entries(self.version.commit.root, self.path.encode("utf-8", "surrogateescape")):
            if entry.kind != "directory":
                yield info_of(f"{self.name}/{entry.path[start:]}", self.version, entry)


def find(name: str, version: Version, path: str) -> Place:
    """Where a path leads; UnknownPath, with what is nearly called so, if to nothing."""
    store, root = version.store, version.commit.root
    entry = store.entry(root, path) if path else None
    if entry is not None and entry.kind != "symlink":
        return Place(name, version, path, entry)
    real = real_path(lambda one: store.entry(root, one), path)
    if real != path:
        entry = store.entry(root, real)
    if entry is None and real and next(store.children(root, real), None) is None:
        raise _leads_nowhere(path, real) if real != path else version.unknown(path)
    return Place(name, version, real, entry)


def info_at(name: str, version: Version, path: str) -> Info:
    """Of what is asked for by its path. A link is what it leads to; one that leads nowhere is a link."""
    entry = version.store.entry(version.commit.root, path) if path else None
    if entry is None or entry.target is None:
        return find(name, version, path).info()
    try:
        info = find(name, version, path).info()
    except UnknownPath:
        info = _link(name, version, entry)
    return {**info, "islink": True, "destination": entry.target}


def info_of(name: str, version: Version, entry: Entry | None) -> Info:
    """Of what a listing meets: as `info_at`, but a link to a directory is a link, so that nobody walks in
    circles.
    """
    if entry is None:
        return _directory(name, version)
    if entry.target is None:
        return _info(name, version, entry)
    info = info_at(name, version, entry.path)
    return info if info["type"] == "file" else {**info, **_link(name, version, entry)}


def _directory(name: str, version: Version) -> Info:
    return {"name": name, "size": 0, "type": "directory", "mode": 0o555, **_times(version)}


def _link(name: str, version: Version, entry: Entry) -> Info:
    return {"name": name, "size": entry.size, "type": "link", "mode": 0o444, **_times(version)}


def _info(name: str, version: Version, entry: Entry) -> Info:
    if entry.kind == "directory":
        return _directory(name, version)
    mode = 0o555 if entry.kind == "executable" else 0o444
    return {
        "name": name,
        "size": entry.size,
        "type": "file",
        "mode": mode,
        "id": entry.id.hex(),
        **_times(version),
    }


def _times(version: Version) -> Info:
    """When the version was committed: when a path was last changed is not known without its history."""
    seconds = version.commit.committer.milliseconds / 1000
    return {"created": seconds, "mtime": seconds}


def _leads_nowhere(path: str, real: str) -> UnknownPath:
    return UnknownPath(
        f"The link '{path}' leads to '{real}', which is not there", details={"path": path, "target": real}
    )
