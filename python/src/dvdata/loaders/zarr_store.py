"""What zarr asks of a store, answered by a folder. Imports zarr, so it is itself imported when used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from dvdata.errors import ReadOnly
from dvdata.loaders.source import Folder, Source
from dvdata.optional import needed

Store = needed("zarr.abc.store", "zarr").Store


class FolderStore(Store):  # type: ignore[misc,valid-type]
    supports_writes = False
    supports_deletes = False
    supports_listing = True

    def __init__(self, folder: Folder) -> None:
        super().__init__(read_only=True)
        self.folder = folder

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FolderStore) and bool(other.folder == self.folder)

    def __repr__(self) -> str:
        return f"FolderStore({self.folder!r})"

    def __reduce__(self) -> Any:
        return FolderStore, (self.folder,)

    def with_read_only(self, read_only: bool = False) -> FolderStore:
        return self if read_only else _refuse()

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        # A thread each: zarr asks for many chunks at once, and what they are read from may be far away.
        part = await asyncio.to_thread(self._read, key, byte_range)
        return None if part is None else prototype.buffer.from_bytes(part)

    async def get_partial_values(self, prototype: Any, key_ranges: Iterable[tuple[str, Any]]) -> list[Any]:
        return list(await asyncio.gather(*(self.get(key, prototype, part) for key, part in key_ranges)))

    async def exists(self, key: str) -> bool:
        return self._file(key) is not None

    async def list(self) -> AsyncIterator[str]:
        for key in self.folder:
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        for key in self.folder:
            if key.startswith(prefix):
                yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        prefix = prefix.strip("/")
        inside = self.folder.get(prefix) if prefix else self.folder
        if isinstance(inside, Mapping):
            for name in inside.names():  # type: ignore[attr-defined]
                yield name.rstrip("/")

    async def set(self, key: str, value: Any) -> None:
        _refuse()

    async def delete(self, key: str) -> None:
        _refuse()

    def _file(self, key: str) -> Source | None:
        found = self.folder.get(key)
        return None if isinstance(found, Mapping) else found

    def _read(self, key: str, byte_range: Any) -> bytes | None:
        file = self._file(key)
        return None if file is None else _part(file, byte_range)


def _part(source: Source, wanted: Any) -> bytes:
    """The bytes of a request of zarr's: all, from and to, from, or the last ones."""
    if wanted is None:
        return source.read()
    with source.open() as file:
        if hasattr(wanted, "start"):
            file.seek(wanted.start)
            return _exactly(file, wanted.end - wanted.start)
        end = file.seek(0, 2)
        start = min(end, wanted.offset) if hasattr(wanted, "offset") else max(0, end - wanted.suffix)
        file.seek(start)
        return _exactly(file, end - start)


def _exactly(file: Any, length: int) -> bytes:
    """A raw file may give less at a time than it is asked for."""
    parts = []
    while length > 0 and (part := file.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _refuse() -> Any:
    raise ReadOnly(
        "Versions of data do not change",
        hint="write through a transaction: with repo.branch('main').transaction('message') as tx: ...",
    )
