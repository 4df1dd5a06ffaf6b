"""Maps of metadata (spec/04-objects.md) of many entries at once, as columns.

Entries beside each other have mostly the same names, so all maps are read side by side: the name that stands
next in the first is compared with what stands next in all, and those that have it go on behind its value.
Maps that are not as usual (long ones, long names, large numbers, damage) are left to the decoder of one map,
which checks everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvdata.selection.cell_values import FAMILIES, read_values
from dvdata.selection.words import Bytes, Places

_STEPS_MAX = 256
"""Names that are looked for together. Maps that have others still are read one by one."""
_SHORT = 128
"""Lengths and counts below take one byte."""


@dataclass(frozen=True)
class Cells:
    """Values of one name and family, and the numbers of the maps that have them."""

    name: str
    family: str
    rows: Places
    values: NDArray[Any]


@dataclass(frozen=True)
class _Maps:
    """Maps that are read up to `at`; `left` names are still to come in each."""

    rows: Places
    at: Places
    end: Places
    left: Places

    def of(self, which: NDArray[np.bool_]) -> _Maps:
        if which.all():
            return self
        return _Maps(self.rows[which], self.at[which], self.end[which], self.left[which])


class CellReader:
    """Reads maps of `data`. `wanted`: names to keep, None: all."""

    def __init__(self, data: Bytes, wanted: frozenset[str] | None) -> None:
        self.cells: list[Cells] = []
        self.odd: list[int] = []
        """Numbers of maps that are to be read one by one. Something of them may be in `cells` already."""
        self._data = data
        self._wanted = wanted
        # Names ascend: behind this one nothing is wanted.
        self._last = None if wanted is None else max((name.encode() for name in wanted), default=b"")

    def read(self, starts: Places, ends: Places) -> None:
        left = self._data.byte(starts)
        maps = self._usual(_Maps(np.arange(len(starts)), starts + 1, ends, left), left < _SHORT)
        for _ in range(_STEPS_MAX):
            if len(maps.rows) == 0:
                return
            maps = self._step(maps)
        self.odd += maps.rows.tolist()

    def _usual(self, maps: _Maps, usual: NDArray[np.bool_]) -> _Maps:
        if not usual.all():
            self.odd += maps.rows[~usual].tolist()
        return maps.of(usual)

    def _step(self, maps: _Maps) -> _Maps:
        """Reads the name that stands next in the first wherever it stands next. What is done is left out."""
        first = int(maps.at[0])
        length = self._data.data[first]
        name = self._data.data[first : first + 1 + length]
        if length >= _SHORT or not _is_text(name):
            return self._usual(maps, np.arange(len(maps.rows)) > 0)
        have = self._data.matches(maps.at, name)
        others = maps.of(~have)
        if self._last is not None and name[1:] > self._last:
            return others
        return _joined([*self._named(maps.of(have), name), others])

    def _named(self, maps: _Maps, name: bytes) -> list[_Maps]:
        """Maps in which this name stands next, gone on behind its values: by the types of these."""
        at = maps.at + len(name)
        types = self._data.byte(at)
        gone = []
        for kind in set(types[:1].tolist()) if (types == types[0]).all() else set(types.tolist()):
            of_kind = types == kind
            gone.append(self._typed(maps.of(of_kind), at[of_kind] + 1, name[1:].decode(), kind))
        return gone

    def _typed(self, maps: _Maps, at: Places, name: str, kind: int) -> _Maps:
        values = read_values(self._data, kind, at)
        gone = _Maps(maps.rows, values.behind, maps.end, maps.left - 1)
        usual = values.usual & np.where(gone.left == 0, gone.at == gone.end, gone.at < gone.end)
        if usual.any() and (self._wanted is None or name in self._wanted):
            try:
                self.cells.append(Cells(name, FAMILIES[kind], gone.rows[usual], values.taken(usual)))
            except UnicodeDecodeError:
                usual[:] = False
        gone = self._usual(gone, usual)
        return gone.of(gone.left > 0)


def _is_text(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _joined(maps: list[_Maps]) -> _Maps:
    some = [one for one in maps if len(one.rows)] or maps[:1]
    if len(some) == 1:
        return some[0]
    return _Maps(
        *(np.concatenate([getattr(one, part) for one in some]) for part in ("rows", "at", "end", "left"))
    )
