"""Data that code needs: pinned in dv.lock by the id of a commit, and held against what it was.

Spec: spec/27-dependencies.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvdata import readings
from dvdata.errors import AlreadyExists, BadAddress, BadInput, DvError, Failed
from dvdata.format.addresses import parse_address, parse_elsewhere
from dvdata.format.lock import Pin, name_for, why_no_folder, why_no_name, why_no_url
from dvdata.format.patterns import is_glob
from dvdata.lockfile import LOCK_FILE, find_lock_file, read_lock, turn, write_lock
from dvdata.package import Package
from dvdata.store import Entry, Store, open_store
from dvdata.verified import verify as verify_entries
from dvdata.version import Version


def require(
    address: str | os.PathLike[str],
    name: str | None = None,
    *,
    where: str | None = None,
    into: str | None = None,
    update: bool = False,
    **storage_options: Any,
) -> Any:
    """The data that an address means, the same one every time: `dv.require("s3://lab/plates@v1.2")`.

    The first time what it means now is pinned in `dv.lock`, in this folder or above; from then on the pinned
    commit is meant, whatever the branch does. `update=True` pins anew, and so does another revision. A path
    behind a colon, 'URL@REV:images/*.tif', and `where` mean a part. `dv install` puts it into `into`.
    """
    wanted = _Wanted.of(os.fspath(address), name, where)
    lock_file = find_lock_file(Path.cwd()) or Path.cwd() / LOCK_FILE
    old = _pinned(lock_file).get(wanted.name)
    url = wanted.url_for(lock_file)
    if old is not None and not update and wanted.is_meant_by(old, url):
        return _part(_open(old, lock_file, storage_options), old)
    store = open_store(wanted.repo, storage_options)
    commit = store.resolve(wanted.revision)
    pin = Pin(
        name=wanted.name,
        url=url,
        store=store.id,
        revision=_lasting(wanted.revision, store),
        commit=commit.hex(),
        path=wanted.path,
        where=where,
        into=_folder(into, lock_file) if into else old.into if old else f"data/{wanted.name}",
        settings=_settings(storage_options),
    )
    # Nothing is pinned that is not there.
    part = _part(store, pin)
    with turn(lock_file):
        pins = _pinned(lock_file)
        _refuse_other(pins.get(pin.name), pin)
        write_lock(lock_file, list({**pins, pin.name: pin}.values()))
    return part


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


@dataclass(frozen=True)
class _Wanted:
    """What an address says, and what it is called."""

    repo: str
    revision: str
    path: str
    where: str | None
    name: str

    @classmethod
    def of(cls, address: str, name: str | None, where: str | None) -> _Wanted:
        repo, revision, path = _parts(address)
        reason = why_no_url(repo)
        if reason is not None:
            # Without the address: what is wrong with it may be a secret.
            raise BadAddress(f"The address cannot be kept: {reason}")
        called = name if name is not None else name_for(path or repo)
        reason = "it is missing" if called is None else why_no_name(called)
        if called is None or reason is not None:
            raise BadInput(
                f"'{called or ''}' cannot be the name of a dependency: {reason}",
                hint="require(ADDRESS, 'NAME')",
                code="DV_BAD_NAME",
            )
        return cls(repo, revision, path, where, called)

    def url_for(self, lock_file: Path) -> str:
        """As the lock file says it: a folder moves with the code when it was typed as seen from there."""
        if "://" in self.repo:
            return self.repo
        if os.path.isabs(os.path.expanduser(self.repo)):
            return os.path.normpath(os.path.expanduser(self.repo))
        relative = Path(os.path.relpath(self.repo, lock_file.parent)).as_posix()
        return relative if relative.split("/")[0] == ".." else f"./{relative.removeprefix('.')}"

    def is_meant_by(self, pin: Pin, url: str) -> bool:
        revisions = (pin.revision, "HEAD")
        asked = (url, self.path, self.where)
        return asked == (pin.url, pin.path, pin.where) and self.revision in revisions


def _parts(address: str) -> tuple[str, str, str]:
    elsewhere = parse_elsewhere(address)
    if elsewhere is not None:
        return elsewhere.repo, elsewhere.revisions, ""
    if ":" not in address:
        return address, "HEAD", ""
    meant = parse_address(address)
    if meant.repo is None:
        raise BadInput(
            f"'{address}' does not say which store it is of",
            hint="write it as URL@REV or URL@REV:PATH, as in s3://lab/plates@v2 or ../photos@main:labels",
        )
    return meant.repo, meant.revision, meant.path


def _pinned(lock_file: Path) -> dict[str, Pin]:
    return {pin.name: pin for pin in read_lock(lock_file)} if lock_file.exists() else {}


def _lasting(revision: str, store: Store) -> str:
    """For HEAD its branch: what it means must not change with what somebody checks out there."""
    refs = store.refs()
    return refs.head if revision == "HEAD" and refs.head in refs.branches else revision


def _folder(typed: str, lock_file: Path) -> str:
    """A folder typed as seen from here, as seen from the lock file's."""
    folder = Path(os.path.relpath(typed, lock_file.parent)).as_posix()
    reason = why_no_folder(folder)
    if reason is not None:
        raise BadInput(
            f"'{typed}' cannot be the folder of a dependency: {reason}",
            hint=f"name a folder beside '{LOCK_FILE}'",
            details={"into": typed},
        )
    return folder


def _refuse_other(old: Pin | None, made: Pin) -> None:
    """Another revision of the same data is what the name stands for; other data needs a name of its own."""
    if old is not None and (old.store, old.path) != (made.store, made.path):
        raise AlreadyExists(
            f"'{old.name}' is the name of other data: '{old.url}'",
            hint="give it another name: require(ADDRESS, 'NAME')",
            details={"name": old.name, "url": old.url},
        )


def _open(pin: Pin, lock_file: Path, storage_options: dict[str, Any]) -> Store:
    """The store of a pin. What the user says of it goes before what the pin says."""
    is_relative = pin.url.split("/")[0] in (".", "..")
    url = os.path.normpath(lock_file.parent / pin.url) if is_relative else pin.url
    store = open_store(url, {**_options(pin), **storage_options})
    if store.id != pin.store:
        raise Failed(
            f"The store at '{pin.url}' is not the one that '{pin.name}' was pinned in",
            code="DV_OTHER_STORE",
            hint=f"'require' it anew, if '{pin.url}' is right",
            details={"name": pin.name, "expected": pin.store, "actual": store.id},
        )
    return store


def _part(store: Store, pin: Pin) -> Any:
    """What a pin means: a package, or a folder or an entry of one."""
    version = Version.of(store, store.commit(bytes.fromhex(pin.commit)), pin.revision)
    package = Package(version)
    if pin.where is not None:
        package = package.where(pin.where)
    if not pin.path:
        return package
    return package.glob(pin.path) if pin.path not in package and is_glob(pin.path) else package[pin.path]


def _settings(storage_options: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What others need too of how a bucket is reached; keys and profiles are each user's own."""
    client = storage_options.get("client_kwargs") or {}
    told = {
        "endpoint": storage_options.get("endpoint_url") or client.get("endpoint_url"),
        "region": client.get("region_name"),
    }
    return tuple((key, str(value)) for key, value in told.items() if value)


def _options(pin: Pin) -> dict[str, Any]:
    settings = dict(pin.settings)
    options: dict[str, Any] = {}
    if "endpoint" in settings:
        options["endpoint_url"] = settings["endpoint"]
    if "region" in settings:
        options["client_kwargs"] = {"region_name": settings["region"]}
    if settings.get("path-style") == "true":
        options["config_kwargs"] = {"s3": {"addressing_style": "path"}}
    return options


class _Checked:
    """Adds up what was looked at; one thing that differs hides no other."""

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0
        self.differences: list[Difference] = []

    def pin(self, pin: Pin, lock_file: Path, storage_options: dict[str, Any]) -> None:
        try:
            part = _part(_open(pin, lock_file, storage_options), pin)
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
