"""Values of many entries at once: a numpy array for each family of values, so that each is of one type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvdata.expression.values import Value
from dvdata.format.metadata import FarDate, date_of, milliseconds_of

Mask = NDArray[np.bool_]

DTYPES: dict[str, Any] = {
    "string": object,
    "int64": np.int64,
    "float64": np.float64,
    "boolean": np.bool_,
    "date": np.int64,
    "list": object,
}


@dataclass(frozen=True)
class Part:
    """The values of one family. Where `where` is false, `values` means nothing."""

    where: Mask
    values: NDArray[Any]


@dataclass(frozen=True)
class ValueColumn:
    """Of `size` entries, by family; unknown where no part has a value. Of size 1: the same for all."""

    size: int
    parts: dict[str, Part]

    @property
    def known(self) -> Mask:
        known = np.zeros(self.size, np.bool_)
        for part in self.parts.values():
            known |= part.where
        return known

    def at(self, index: int) -> Value:
        for family, part in self.parts.items():
            if part.where[index]:
                value = part.values[index]
                if family == "date":
                    return date_of(int(value))
                return value if part.values.dtype == object else value.item()  # type: ignore[no-any-return]
        return None


def column_of(values: Sequence[Value]) -> ValueColumn:
    """The column of these."""
    families = np.array([family_of(value) for value in values], dtype=object)
    parts = {}
    for family in set(families.tolist()) - {None}:
        where = families == family
        taken = np.zeros(len(values), DTYPES[family])
        for index in np.flatnonzero(where).tolist():
            taken[index] = stored(values[index])
        parts[family] = Part(where, taken)
    return ValueColumn(len(values), parts)


def family_of(value: Value) -> str | None:
    """The type of a value as the spec calls it; None of unknown."""
    match value:
        case bool():
            return "boolean"
        case datetime() | FarDate():
            return "date"
        case int():
            return "int64"
        case float():
            return "float64"
        case str():
            return "string"
        case None:
            return None
        case _:
            return "list"


def stored(value: Value) -> Any:
    """As it stands in the array of its family."""
    return milliseconds_of(value) if isinstance(value, (datetime, FarDate)) else value
