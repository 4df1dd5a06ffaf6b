"""From a path or URL to the store there."""

from pathlib import Path
from typing import Any

from dvdata.errors import Damaged, NotARepository, NotFound
from dvdata.format.formats import read_format
from dvdata.format.records import unseal
from dvdata.storage import Cache, Folder, Storage, default_cache, open_storage
from dvdata.storage.open import local_path
from dvdata.store.store import Store


def open_store(url: str, storage_options: dict[str, Any] | None = None, cache: Cache | None = None) -> Store:
    """The store at a path (a working directory of dv, or below one; a store alone) or at any URL of fsspec.

    `cache`: where what is read from elsewhere, and files that `path` gives, are kept; without one, the
    user's.
    """
    options = storage_options or {}
    path = local_path(url)
    workdir: Path | None = None
    if path is not None:
        storage, workdir = _at_path(path)
        record = _record(storage)
    else:
        storage, record = _at_url(url, options)
    format = read_format(record, f"The store '{storage.url}'")
    given = url if path is None else str(path.absolute())
    return Store(
        storage,
        url=given,
        id=format.id,
        storage_options=options,
        cache=cache or default_cache(),
        workdir=workdir,
    )


def _at_path(path: Path) -> tuple[Storage, Path | None]:
    path = path.absolute()
    if (path / "dv.json").is_file() and not (path / ".dv").is_dir():
        return Folder(path), None
    for folder in (path, *path.parents):
        file = folder / ".dv" / "workdir.json"
        if file.is_file():
            store = unseal(file.read_bytes(), f"'{file}'").get("store")
            if not isinstance(store, str):
                raise Damaged(f"'{file}' is damaged: it names no store")
            return Folder(folder / store), folder
    raise NotARepository(
        f"Neither '{path}' nor a folder above it is a repository of dv",
        code="DV_NO_REPOSITORY" if path.exists() else "DV_NO_STORE",
        hint="dv init, or another path" if path.exists() else "there is no such folder",
        details={"path": str(path)},
    )


def _at_url(url: str, options: dict[str, Any]) -> tuple[Storage, bytes]:
    """The store at a URL, or of a working directory that is served as a whole; and its record."""
    storage = open_storage(url, options)
    try:
        return storage, _record(storage)
    except NotARepository as nothing:
        inside = open_storage(f"{url.rstrip('/')}/.dv/store", options)
        try:
            return inside, _record(inside)
        except NotARepository:
            raise nothing from None


def _record(storage: Storage) -> bytes:
    try:
        return storage.read("dv.json")
    except NotFound as error:
        code = "DV_NO_BUCKET" if error.details.get("status") == "NoSuchBucket" else "DV_NO_STORE"
        raise NotARepository(
            f"There is no store of dv at '{storage.url}'",
            code=code,
            hint="a store has a file 'dv.json': is this the address it was pushed to?",
            details={"url": storage.url},
        ) from error
