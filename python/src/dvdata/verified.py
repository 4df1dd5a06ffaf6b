"""Every byte of files, read from the store and held against ids."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, cast

from dvdata.errors import Damaged, DvError, Lost
from dvdata.progress import Tell
from dvdata.store import Entry, Store

_THREADS = 8


@dataclass(frozen=True)
class Verified:
    files: int
    bytes: int


class _Nowhere:
    def write(self, data: object) -> None:
        pass


def verify(store: Store, entries: list[Entry], tell: Tell) -> Verified:
    """How much was read and found sound. All is read before the first failure is raised: it names all."""
    failed: list[tuple[str, DvError]] = []
    nowhere = cast(BinaryIO, _Nowhere())

    def read(entry: Entry) -> int:
        try:
            store.write(entry, nowhere)
        except (Lost, Damaged) as error:
            failed.append((entry.path, error))
        return entry.size

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="dvdata-verify") as pool:
        try:
            for size in pool.map(read, entries):
                tell(size)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if failed:
        raise _all_of(failed)
    return Verified(len(entries), sum(entry.size for entry in entries))


def _all_of(failed: list[tuple[str, DvError]]) -> DvError:
    failed.sort(key=lambda one: one[0])
    path, first = failed[0]
    more = f", and {len(failed) - 1} more files" if len(failed) > 1 else ""
    return type(first)(
        f"{path!r} cannot be read: {first.message}{more}",
        code=first.code,
        hint=first.hint,
        details={**first.details, "paths": [path for path, _ in failed]},
    )
