"""The metadata of the entries of leaves, by name: what they have themselves, then what directories above
hand down.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

import numpy as np

from dvdata.format.metadata import Metadata, Value, decode_metadata
from dvdata.selection.cells import CellReader
from dvdata.selection.filling import Filling
from dvdata.selection.leaves import Leaves
from dvdata.selection.value_objects import far_metadata
from dvdata.store import Store

Names = frozenset[str] | None
"""Of metadata; None: all."""

_DIRECTORY = 3


class MetadataReader:
    """Reads batch after batch in the order of paths; remembers the directories that the next begins in."""

    def __init__(self, store: Store, wanted: Names) -> None:
        self._store = store
        self._wanted = wanted
        self._open: list[tuple[str, Metadata]] = []

    def begin_below(self, directories: Mapping[str, Metadata]) -> None:
        """The next batch does not follow the last: it begins in these directories, which are not in it."""
        self._open = [(f"{path}/", metadata) for path, metadata in directories.items()]

    def read(self, leaves: Leaves) -> dict[str, Filling]:
        """What is effective, by name. A name that no entry has is left out."""
        if self._wanted is not None and not self._wanted:
            return {}
        columns: dict[str, Filling] = {}
        rows, starts, ends = leaves.maps
        reader = CellReader(leaves.data, self._wanted)
        reader.read(starts, ends)
        for cells in reader.cells:
            _column(columns, cells.name, leaves.size).put(cells.family, rows[cells.rows], cells.values)
        for number in reader.odd:
            here = leaves.data.data[starts[number] : ends[number]]
            self._put(columns, leaves, int(rows[number]), decode_metadata(here, "Metadata of an entry"))
        for row, id in leaves.far_maps.items():
            self._put(columns, leaves, row, far_metadata(self._store, id))
        self._inherit(columns, leaves)
        return {name: column for name, column in columns.items() if column.known.any()}

    def _put(self, columns: dict[str, Filling], leaves: Leaves, row: int, metadata: Metadata) -> None:
        for name, value in self._of_interest(metadata):
            column = _column(columns, name, leaves.size)
            column.put_one(row, value)

    def _of_interest(self, metadata: Metadata) -> list[tuple[str, Value]]:
        return [(k, v) for k, v in metadata.items() if self._wanted is None or k in self._wanted]

    def _inherit(self, columns: dict[str, Filling], leaves: Leaves) -> None:
        directories = self._directories(leaves)
        if not self._open and not directories:
            return
        paths, size = leaves.paths, leaves.size
        scopes = [(0, prefix, metadata) for prefix, metadata in self._open]
        scopes += [(row + 1, f"{paths[row]}/", metadata) for row, metadata in directories.items()]
        self._open = []
        ranges = []
        for start, prefix, metadata in scopes:
            # What is below a directory stands together right behind it.
            end = bisect_left(paths, True, start, size, key=lambda path: not path.startswith(prefix))
            ranges.append((prefix.count("/"), start, end, metadata))
            if end == size:
                self._open.append((prefix, metadata))
        for _, start, end, metadata in sorted(ranges, key=lambda one: -one[0]):
            for name, value in self._of_interest(metadata):
                _column(columns, name, size).fill(start, end, value)

    def _directories(self, leaves: Leaves) -> dict[int, Metadata]:
        """Those with metadata, by row."""
        rows, starts, ends = leaves.maps
        found: dict[int, Metadata] = {}
        for number in np.flatnonzero(leaves.kinds[rows] == _DIRECTORY).tolist():
            here = leaves.data.data[starts[number] : ends[number]]
            found[int(rows[number])] = decode_metadata(here, "Metadata of an entry")
        for row, id in leaves.far_maps.items():
            if leaves.kinds[row] == _DIRECTORY:
                found[row] = far_metadata(self._store, id)
        return dict(sorted(found.items()))


def _column(columns: dict[str, Filling], name: str, size: int) -> Filling:
    if name not in columns:
        columns[name] = Filling(size)
    return columns[name]
