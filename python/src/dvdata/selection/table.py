"""Tables of entries: the columns of many batches put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvdata.expression import Bound
from dvdata.expression.value_column import DTYPES, Part, ValueColumn
from dvdata.selection.columns import LeafColumns
from dvdata.selection.columnwise import column_batches
from dvdata.store import Store

_DIRECTORY = 3


@dataclass(frozen=True)
class Table:
    """Entries in the order of their paths, with effective metadata by name, names in order."""

    paths: list[str]
    kinds: NDArray[np.int8]
    """Numbers of format.nodes.ENTRY_KINDS."""
    sizes: NDArray[np.int64]
    metadata: dict[str, ValueColumn]


def read_table(
    store: Store,
    root: bytes,
    bounds: list[Bound] | None = None,
    is_meant: Callable[[str], bool] | None = None,
) -> Table:
    """All that is no directory; or those of which the path is meant, none of which is out of bounds."""
    table = _Growing()
    for columns in column_batches(store, root, None, bounds):
        rows = np.flatnonzero(columns.leaves.kinds != _DIRECTORY)
        if is_meant is not None:
            paths = columns.leaves.paths
            rows = np.array([row for row in rows.tolist() if is_meant(paths[row])], np.int64)
        table.add(columns, rows)
    return table.whole()


@dataclass
class _Growing:
    size: int = 0
    paths: list[str] = field(default_factory=list)
    kinds: list[NDArray[np.int8]] = field(default_factory=list)
    sizes: list[NDArray[np.int64]] = field(default_factory=list)
    parts: dict[str, dict[str, list[tuple[int, Part]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    """By name and family: pieces, and where each begins."""

    def add(self, columns: LeafColumns, rows: NDArray[np.int64]) -> None:
        self.paths += columns.leaves.some_paths(rows)
        self.kinds.append(columns.leaves.kinds[rows].astype(np.int8))
        self.sizes.append(columns.sizes[rows])
        for name, filling in columns.metadata.items():
            for family, part in filling.column().parts.items():
                piece = Part(part.where[rows], part.values[rows])
                if piece.where.any():
                    self.parts[name][family].append((self.size, piece))
        self.size += len(rows)

    def whole(self) -> Table:
        metadata = {}
        for name in sorted(self.parts):
            # Pieces are let go of as soon as they are in place: all together are the most of the memory.
            families = self.parts.pop(name)
            metadata[name] = ValueColumn(
                self.size, {f: self._joined(f, families.pop(f)) for f in list(families)}
            )
        none: list[Any] = [np.zeros(0, np.int64)]
        kinds = np.concatenate(self.kinds or none).astype(np.int8)
        return Table(self.paths, kinds, np.concatenate(self.sizes or none), metadata)

    def _joined(self, family: str, pieces: list[tuple[int, Part]]) -> Part:
        where, values = np.zeros(self.size, np.bool_), np.zeros(self.size, DTYPES[family])
        for start, piece in pieces:
            end = start + len(piece.where)
            where[start:end] = piece.where
            values[start:end] = piece.values
        return Part(where, values)
