"""Pieces of bytes, of which many are alike: each is taken out once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvdata.selection.words import Bytes, Places, Words

_SHORT = 16
"""Bytes: two words."""
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
_ODD = [np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)]


def distinct(data: Bytes, begin: Places, end: Places) -> tuple[list[bytes], NDArray[np.int64]]:
    """Each piece once, and which of them stands from each place on."""
    length = end - begin
    found = _distinct_words(data, begin, length) if length.max(initial=0) <= _SHORT else None
    if found is not None:
        firsts, which = found
        return _pieces(data, begin[firsts], end[firsts]), which
    numbers: dict[bytes, int] = {}
    numbered = [numbers.setdefault(piece, len(numbers)) for piece in _pieces(data, begin, end)]
    return list(numbers), np.array(numbered, np.int64)


def _distinct_words(
    data: Bytes, begin: Places, length: Places
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Where each stands first, and which stands where; None where two that differ have one hash."""
    columns: list[Words] = [
        data.word(begin) & _MASKS[np.minimum(length, 8)],
        data.word(begin + 8) & _MASKS[np.maximum(length - 8, 0)],
        length.astype(np.uint64),
    ]
    hashes = columns[0] * _ODD[0] ^ columns[1] * _ODD[1] ^ columns[2] * _ODD[2]
    _, firsts, which = np.unique(hashes, return_index=True, return_inverse=True)
    same = all((column == column[firsts][which]).all() for column in columns)
    return (firsts, which) if same else None


def _pieces(data: Bytes, begin: Places, end: Places) -> list[bytes]:
    held = data.data
    return [held[a:b] for a, b in zip(begin.tolist(), end.tolist(), strict=True)]


def objects(values: list[Any]) -> NDArray[Any]:
    """An array of just these."""
    array = np.empty(len(values), object)
    array[:] = values
    return array
