"""What an expression asks of a batch of leaves, column by column, each made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvdata.expression import Column, Key, directory_of, extension_of, name_of
from dvdata.expression.value_column import Part, ValueColumn
from dvdata.format.nodes import ENTRY_KINDS
from dvdata.selection.distinct import objects
from dvdata.selection.filling import Filling
from dvdata.selection.leaves import Leaves

KIND_NAMES = np.array(ENTRY_KINDS, object)

_OF_PATHS: dict[str, Callable[[str], str]] = {
    "path": str,
    "directory": directory_of,
    "name": name_of,
    "extension": extension_of,
}


class LeafColumns:
    """`lookup` is what expression.columns asks."""

    def __init__(self, leaves: Leaves, sizes: NDArray[np.int64], metadata: dict[str, Filling]) -> None:
        self.leaves = leaves
        self.sizes = sizes
        self.metadata = metadata
        self._made: dict[Column | Key, ValueColumn] = {}

    def lookup(self, named: Column | Key) -> ValueColumn:
        if named not in self._made:
            self._made[named] = (
                self._column(named.name) if isinstance(named, Column) else self._key(named.name)
            )
        return self._made[named]

    def _key(self, name: str) -> ValueColumn:
        filling = self.metadata.get(name)
        return ValueColumn(self.leaves.size, {}) if filling is None else filling.column()

    def _column(self, name: str) -> ValueColumn:
        everywhere = np.ones(self.leaves.size, np.bool_)
        if name == "size":
            return ValueColumn(self.leaves.size, {"int64": Part(everywhere, self.sizes)})
        if name == "kind":
            return _texts(everywhere, KIND_NAMES[self.leaves.kinds])
        if name == "id":
            return _texts(self.leaves.kinds < 2, objects(self.leaves.ids))
        return _texts(everywhere, objects([_OF_PATHS[name](path) for path in self.leaves.paths]))


def _texts(where: NDArray[np.bool_], values: NDArray[Any]) -> ValueColumn:
    return ValueColumn(len(where), {"string": Part(where, values)})
