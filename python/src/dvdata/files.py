"""The files of a version as a DataFrame of pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dvdata.expression import Bound
from dvdata.format.nodes import ENTRY_KINDS
from dvdata.optional import needed
from dvdata.tree import Tree

if TYPE_CHECKING:
    from dvdata.expression.value_column import ValueColumn

_COLUMNS = ("path", "kind", "size")
_FEW = 100
"""Paths that are sought one by one in the tree, not by going over all of it."""


def frame_of(tree: Tree, under: str = "") -> Any:
    """A row for each file below a folder, its path from there on, and its effective metadata.

    A key that is called as one of the first three columns is `meta.KEY`. Of values of several types a
    column is of Python's own; a whole number beside others with a point is float64.
    """
    pandas = needed("pandas", "pandas")
    from dvdata.selection.table import read_table

    whole = tree.whole
    if tree is not whole:
        paths = list(tree.paths(under))
        few = [Bound(path, True) for path in paths] if len(paths) <= _FEW else None
        table = read_table(whole.store, whole.root, few, frozenset(paths).__contains__)
    elif under:
        below = Bound(f"{under}/", False)
        table = read_table(whole.store, whole.root, [below], lambda path: path.startswith(below.text))
    else:
        table = read_table(whole.store, whole.root)
    start = len(under) + 1 if under else 0
    columns: dict[str, Any] = {
        "path": pandas.Series([path[start:] for path in table.paths], dtype=object),
        "kind": pandas.Categorical.from_codes(table.kinds, ENTRY_KINDS),
        "size": table.sizes,
    }
    for name, column in table.metadata.items():
        columns[f"meta.{name}" if name in _COLUMNS else name] = _values(pandas, column)
    return pandas.DataFrame(columns, copy=False)


def _values(pandas: Any, column: ValueColumn) -> Any:
    families = set(column.parts)
    if families == {"int64", "float64"}:
        return _numbers(column)
    if len(families) > 1:
        return pandas.Series([column.at(row) for row in range(column.size)], dtype=object)
    (family,) = families
    part = column.parts[family]
    missing = ~part.where
    match family:
        case "int64" if missing.any():
            return pandas.arrays.IntegerArray(part.values, missing)
        case "boolean" if missing.any():
            return pandas.arrays.BooleanArray(part.values, missing)
        case "float64":
            return _numbers(column)
        case "date":
            times = part.values.view("datetime64[ms]")
            times[missing] = "NaT"
            return pandas.Series(times).dt.tz_localize("UTC")
        case "string" | "list":
            part.values[missing] = None
            # As they are: pandas would copy all of them into Arrow where it is installed.
            return pandas.Series(part.values, dtype=object, copy=False)
    return part.values


def _numbers(column: ValueColumn) -> Any:
    """As float64, NaN where there is none."""
    import numpy as np

    numbers = np.full(column.size, np.nan)
    for part in column.parts.values():
        numbers[part.where] = part.values[part.where]
    return numbers
