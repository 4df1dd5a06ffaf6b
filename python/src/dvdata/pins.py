"""Data that code needs: pinned in dv.lock by the id of a commit (spec/27-dependencies.md)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvdata.errors import AlreadyExists, BadAddress, BadInput, Failed
from dvdata.format.addresses import parse_address, parse_elsewhere
from dvdata.format.lock import Pin, name_for, why_no_folder, why_no_name, why_no_url
from dvdata.format.patterns import is_glob
from dvdata.lockfile import LOCK_FILE, find_lock_file, read_lock, turn, write_lock
from dvdata.package import Package
from dvdata.store import Store, open_store
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
        return part_of(open_pinned(old, lock_file, storage_options), old)
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
    part = part_of(store, pin)
    with turn(lock_file):
        pins = _pinned(lock_file)
        _refuse_other(pins.get(pin.name), pin)
        write_lock(lock_file, list({**pins, pin.name: pin}.values()))
    return part


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


def open_pinned(pin: Pin, lock_file: Path, storage_options: dict[str, Any]) -> Store:
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


def part_of(store: Store, pin: Pin) -> Any:
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
