"""A column of values that is filled bit by bit: with what entries have themselves, then with what they
inherit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvdata.expression.value_column import DTYPES, Part, ValueColumn, family_of, stored
from dvdata.expression.values import Value


class Filling:
    def __init__(self, size: int) -> None:
        self._size = size
        self._parts: dict[str, Part] = {}
        self.known = np.zeros(size, np.bool_)

    def put(self, family: str, rows: NDArray[np.int64], values: NDArray[Any]) -> None:
        """Values at rows that have none yet."""
        part = self._part(family)
        part.values[rows] = values
        part.where[rows] = True
        self.known[rows] = True

    def put_one(self, row: int, value: Value) -> None:
        """The one value of a row."""
        part = self._part(family_of(value))
        part.values[row] = stored(value)
        part.where[row] = True
        self.known[row] = True

    def fill(self, start: int, end: int, value: Value) -> None:
        """The same value for all rows of a range that have none yet."""
        missing = start + np.flatnonzero(~self.known[start:end])
        if len(missing) == 0:
            return
        part = self._part(family_of(value))
        same = np.empty(1, part.values.dtype)
        same[0] = stored(value)
        part.values[missing] = same
        part.where[missing] = True
        self.known[missing] = True

    def column(self) -> ValueColumn:
        return ValueColumn(self._size, self._parts)

    def _part(self, family: str | None) -> Part:
        assert family is not None, "unknown is no value"
        if family not in self._parts:
            empty = np.zeros(self._size, DTYPES[family])
            self._parts[family] = Part(np.zeros(self._size, np.bool_), empty)
        return self._parts[family]
