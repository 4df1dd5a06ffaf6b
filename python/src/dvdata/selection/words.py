"""Bytes that are read at many places at once: numbers of spec/03-encoding.md, as numpy arrays.

Places are of int64. One beyond the end reads zeros, so that whoever follows damaged lengths gets nonsense,
which it has to notice, and never memory of something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Words = NDArray[np.uint64]

_PADDING = 24
"""Zeros behind the end: a word is read from two that are aligned, both of which must be there."""


def _u64(number: int) -> np.uint64:
    word: np.uint64 = np.uint64(number)
    return word


_TOP_BITS = _u64(0x8080808080808080)
# Of a number with bit 8j set alone, times this, the highest byte is j + 1.
_COUNTS = _u64(sum((j + 1) << (56 - 8 * j) for j in range(8)))


class Bytes:
    """Several pieces of bytes, one behind the other; `starts` says where each begins."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        length = sum(map(len, pieces))
        self.data = b"".join([*pieces, bytes(_PADDING - length % 8)])
        self.end = length
        self.starts = np.cumsum([0, *map(len, pieces)])[:-1]
        self._bytes = np.frombuffer(self.data, np.uint8)
        self._words = np.frombuffer(self.data, "<u8")

    def byte(self, at: Places) -> NDArray[np.int64]:
        return self._bytes.take(at, mode="clip").astype(np.int64)

    def word(self, at: Places) -> Words:
        """The 8 bytes from a place on, the first the lowest."""
        index = at >> 3
        shift = ((at & 7) << 3).astype(np.uint64)
        low = self._words.take(index, mode="clip")
        high = self._words.take(index + 1, mode="clip")
        word: Words = (low >> shift) | ((high << _u64(1)) << (_u64(63) - shift))
        return word

    def between(self, start: int, end: int) -> NDArray[np.uint8]:
        return self._bytes[start:end]

    def matches(self, at: Places, text: bytes) -> NDArray[np.bool_]:
        """Whether these bytes stand at a place."""
        found: Any = True
        for begin in range(0, len(text), 8):
            piece = text[begin : begin + 8]
            mask = _u64((1 << 8 * len(piece)) - 1)
            found = found & ((self.word(at + begin) & mask) == _u64(int.from_bytes(piece, "little")))
        return np.broadcast_to(found, at.shape)

    def varint(self, at: Places) -> tuple[Words, Places]:
        """The numbers, and how many bytes each takes: 9 when it has more than 8, and is not read."""
        word = self.word(at)
        ends = ~word & _TOP_BITS
        lowest = ends & (~ends + _u64(1))
        size = (((lowest >> _u64(7)) * _COUNTS) >> _u64(56)).astype(np.int64)
        word = word & (lowest - _u64(1))
        return _seven_bits_each(word), np.where(size == 0, 9, size)


def _seven_bits_each(word: Words) -> Words:
    """The lower seven bits of each byte, put together: pairs, then pairs of pairs, then the halves."""
    for low, high, shift in (
        (0x007F007F007F007F, 0x7F007F007F007F00, 1),
        (0x00003FFF00003FFF, 0x3FFF00003FFF0000, 2),
        (0x000000000FFFFFFF, 0x0FFFFFFF00000000, 4),
    ):
        word = (word & _u64(low)) | ((word & _u64(high)) >> _u64(shift))
    return word


def unzigzag(number: Words) -> NDArray[np.int64]:
    """The int64 that was written so."""
    signed: NDArray[np.int64] = (number >> _u64(1)).view(np.int64) ^ -(number & _u64(1)).view(np.int64)
    return signed


def varints(data: Bytes, at: int, end: int, count: int) -> tuple[NDArray[np.int64], int] | None:
    """A column of numbers, and where it ends; None where it is not whole by `end`, or has one of over 56
    bits.
    """
    whole = at + count <= end
    if whole and data.data[at : at + count].isascii():
        return data.between(at, at + count).astype(np.int64), at + count
    last = at + np.flatnonzero(data.between(at, min(at + 8 * count, end)) < 0x80)[:count]
    if len(last) < count:
        return None
    numbers, sizes = data.varint(np.concatenate([[at], last[:-1] + 1]))
    return (numbers.astype(np.int64), int(last[-1]) + 1) if (sizes < 9).all() else None
