"""Selecting by columns: a batch of leaves at a time, and of it only what is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dvdata.expression import Bound, Expression, bounds_of, keys_of
from dvdata.expression.columns import answers
from dvdata.selection.columns import LeafColumns
from dvdata.selection.effective import directories_above
from dvdata.selection.leaves import Leaves
from dvdata.selection.metadata_columns import MetadataReader, Names
from dvdata.selection.value_objects import far_target
from dvdata.selection.walk import batches
from dvdata.store import Store


def paths_meant(store: Store, root: bytes, expression: Expression, missed: set[str]) -> list[str]:
    """In the order of paths. Keys that some entry has are taken out of `missed`."""
    paths: list[str] = []
    for columns in column_batches(store, root, frozenset(keys_of(expression)), bounds_of(expression)):
        missed.difference_update(columns.metadata)
        paths += columns.leaves.some_paths(rows_meant(expression, columns))
    return paths


def known_keys(store: Store, root: bytes) -> tuple[set[str], int]:
    """All keys of metadata in a tree, and how many entries it has."""
    keys: set[str] = set()
    size = 0
    for columns in column_batches(store, root, None):
        keys.update(columns.metadata)
        size += columns.leaves.size
    return keys, size


def rows_meant(expression: Expression, columns: LeafColumns) -> NDArray[np.int64]:
    found = answers(expression, columns.lookup).true
    rows: NDArray[np.int64] = np.flatnonzero(np.broadcast_to(found, columns.leaves.size))
    return rows


def column_batches(
    store: Store, root: bytes, names: Names, bounds: list[Bound] | None = None
) -> Iterator[LeafColumns]:
    """The columns of the leaves that may have what is within bounds; with the metadata that is named."""
    reader = MetadataReader(store, names)
    for batch in batches(store, root, bounds):
        leaves = batch.leaves
        if not batch.follows and (names is None or names):
            reader.begin_below(directories_above(store, root, leaves.first_path))
        yield LeafColumns(leaves, _sizes(store, leaves), reader.read(leaves))


def _sizes(store: Store, leaves: Leaves) -> NDArray[np.int64]:
    """Of links too whose targets are so long that they stand elsewhere."""
    if not leaves.far_targets:
        return leaves.sizes
    sizes: NDArray[np.int64] = leaves.sizes.copy()
    for row, id in leaves.far_targets.items():
        sizes[row] = len(far_target(store, id).encode())
    return sizes
