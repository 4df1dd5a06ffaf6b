"""The versions that led to one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import islice
from typing import overload

from dvdata.errors import NotHere
from dvdata.format.metadata import FarDate
from dvdata.format.objects import Commit
from dvdata.package import Package
from dvdata.shown import escaped
from dvdata.store import Store
from dvdata.version import Version

_SHOWN = 20


def walk(store: Store, tip: bytes, limit: int | None) -> Iterator[Package]:
    """Each once, by the time of its commit, a child before its parents. Ends where a shallow clone ends."""
    waiting: list[tuple[int, int, Commit]] = []
    seen: set[bytes] = set()

    def add(id: bytes) -> None:
        if id in seen:
            return
        seen.add(id)
        try:
            commit = store.commit(id)
        except NotHere:
            return
        heappush(waiting, (-commit.committer.milliseconds, len(seen), commit))

    def versions() -> Iterator[Package]:
        add(tip)
        while waiting:
            _, _, commit = heappop(waiting)
            yield Package(Version.of(store, commit, commit.id.hex()))
            for parent in commit.parents:
                add(parent)

    return islice(versions(), limit)


class Log(Sequence[Package]):
    """Versions, newest first."""

    def __init__(self, versions: Iterable[Package]) -> None:
        self._versions = tuple(versions)

    @overload
    def __getitem__(self, index: int) -> Package: ...
    @overload
    def __getitem__(self, index: slice) -> Log: ...
    def __getitem__(self, index: int | slice) -> Package | Log:
        return Log(self._versions[index]) if isinstance(index, slice) else self._versions[index]

    def __len__(self) -> int:
        return len(self._versions)

    def _repr_html_(self) -> str:
        from dvdata.show.packages import log_html

        return log_html(self)

    def __repr__(self) -> str:
        lines = [_line(version) for version in self._versions[:_SHOWN]]
        more = [f"… and {len(self) - _SHOWN} more"] if len(self) > _SHOWN else []
        return "\n".join([*lines, *more])


def _line(version: Package) -> str:
    title = version.message.partition("\n")[0]
    return f"{version.id[:10]} {_day(version.time)} {escaped(version.author.name)}: {escaped(title)}"


def _day(time: datetime | FarDate) -> str:
    return time.date().isoformat() if isinstance(time, datetime) else f"{time.milliseconds} ms"
