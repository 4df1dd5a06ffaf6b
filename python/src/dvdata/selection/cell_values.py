"""Values of metadata (spec/04-objects.md) that begin at many places, all of one type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvdata.format.metadata import decode_metadata
from dvdata.selection.distinct import distinct, objects
from dvdata.selection.words import Bytes, Places, unzigzag

_STRING, _INT64, _FLOAT64, _BOOLEAN, _DATE, _LIST = range(1, 7)
FAMILIES = {
    _STRING: "string",
    _INT64: "int64",
    _FLOAT64: "float64",
    _BOOLEAN: "boolean",
    _DATE: "date",
    _LIST: "list",
}
_ITEMS_MAX = 127


@dataclass(frozen=True)
class Values:
    behind: Places
    """Where each ends. Nonsense, though not before its beginning, where it is not usual."""
    usual: NDArray[np.bool_]
    taken: Callable[[NDArray[np.bool_]], NDArray[Any]]
    """The values of some, which are usual."""


def read_values(data: Bytes, kind: int, at: Places) -> Values:
    """Values that begin there, behind their type."""
    return _READ.get(kind, _unknown)(data, at)


def _strings(data: Bytes, at: Places) -> Values:
    length, size = data.varint(at)
    begin = at + size
    # What is longer than all there is, is no length; as it stands it would overflow.
    usual = length < np.uint64(data.end)
    behind = begin + np.where(usual, length, np.uint64(0)).astype(np.int64)
    return Values(behind, usual & (size < 9), lambda some: _texts(data, begin[some], behind[some]))


def _texts(data: Bytes, begin: Places, end: Places) -> NDArray[Any]:
    pieces, which = distinct(data, begin, end)
    return objects([piece.decode() for piece in pieces]).take(which)


def _whole_numbers(data: Bytes, at: Places) -> Values:
    number, size = data.varint(at)
    return Values(at + size, size < 9, lambda some: unzigzag(number[some]))


def _floats(data: Bytes, at: Places) -> Values:
    return Values(at + 8, np.ones(len(at), np.bool_), lambda some: data.word(at[some]).view(np.float64))


def _booleans(data: Bytes, at: Places) -> Values:
    byte = data.byte(at)
    return Values(at + 1, byte < 2, lambda some: byte[some] == 1)


def _lists(data: Bytes, at: Places) -> Values:
    count = data.byte(at)
    usual = count <= _ITEMS_MAX
    behind = at + 1
    for number in range(int(count[usual].max(initial=0))):
        rows = np.flatnonzero(usual & (count > number))
        types = data.byte(behind[rows])
        for kind in set(types.tolist()):
            some = rows[types == kind]
            item = (
                read_values(data, kind, behind[some] + 1) if kind != _LIST else _unknown(data, behind[some])
            )
            behind[some] = item.behind
            usual[some] &= item.usual & (item.behind <= data.end)
    return Values(behind, usual, lambda some: _list_values(data, at[some], behind[some]))


# A map of one name, whose value is a list: what follows is read by the decoder of one map.
_ONE_LIST = b"\x01\x01v\x06"


def _list_values(data: Bytes, begin: Places, end: Places) -> NDArray[Any]:
    pieces, which = distinct(data, begin, end)
    lists = [decode_metadata(_ONE_LIST + piece, "A list")["v"] for piece in pieces]
    return objects(lists).take(which)


def _unknown(_: Bytes, at: Places) -> Values:
    return Values(at, np.zeros(len(at), np.bool_), lambda some: objects([]))


_READ: dict[int, Callable[[Bytes, Places], Values]] = {
    _STRING: _strings,
    _INT64: _whole_numbers,
    _FLOAT64: _floats,
    _BOOLEAN: _booleans,
    _DATE: _whole_numbers,
    _LIST: _lists,
}
