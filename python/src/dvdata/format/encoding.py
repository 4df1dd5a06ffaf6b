"""Canonical binary values (spec/03-encoding.md): each has one encoding, and any other is damage."""

import struct

from dvdata.errors import Damaged

MOST = 2**53 - 1
"""The largest varint."""

_F64 = struct.Struct("<d")


class Reader:
    """Values one after the other. What is cut short, or not canonical, is `Damaged`, told of as `what`.

    A length is held against what is left before anything is allocated for it.
    """

    __slots__ = ("_data", "_end", "_what", "position")

    def __init__(self, data: bytes, what: str, position: int = 0) -> None:
        self._data = data
        self._end = len(data)
        self._what = what
        self.position = position

    def damaged(self, why: str) -> Damaged:
        return Damaged(f"{self._what} is damaged: {why}, at byte {self.position}")

    @property
    def left(self) -> int:
        return self._end - self.position

    def u8(self) -> int:
        return self.raw(1)[0]

    def varint(self) -> int:
        return self._leb128(MOST, "a number is over 2^53 - 1")

    def int64(self) -> int:
        zigzag = self._leb128(2**64 - 1, "an integer has more than 64 bits")
        return (zigzag >> 1) ^ -(zigzag & 1)

    def f64(self) -> float:
        (value,) = _F64.unpack(self.raw(8))
        return float(value)

    def raw(self, length: int) -> bytes:
        start = self.position
        if length > self._end - start:
            raise self.damaged(f"{length} bytes are wanted and {self._end - start} are left")
        self.position = start + length
        return self._data[start : self.position]

    def bytes(self, most: int = MOST) -> bytes:
        length = self.varint()
        if length > most:
            raise self.damaged(f"a length is {length}, and may be {most}")
        return self.raw(length)

    def string(self, most: int = MOST) -> str:
        data = self.bytes(most)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise self.damaged("a text is not UTF-8") from None

    def count(self, most: int, least: int = 0, each: int = 1) -> int:
        """A number of things that take `each` bytes at least: more than can be left is damage."""
        count = self.varint()
        if not least <= count <= most or count * each > self.left:
            raise self.damaged(f"a count is {count}")
        return count

    def varints(self, count: int) -> list[int]:
        """A column of varints. Most columns have one byte a number, which is seen at once."""
        column = self._data[self.position : self.position + count]
        if len(column) == count and column.isascii():
            self.position += count
            return list(column)
        return [self.varint() for _ in range(count)]

    def end(self) -> None:
        if self.left:
            raise self.damaged(f"{self.left} bytes are left behind its end")

    def _leb128(self, most: int, over: str) -> int:
        data, position = self._data, self.position
        value = shift = 0
        while True:
            if position >= self._end:
                raise self.damaged("a number is cut short")
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift > 63:
                raise self.damaged(over)
        if byte == 0 and shift:
            raise self.damaged("a number takes more bytes than it needs")
        if value > most:
            raise self.damaged(over)
        self.position = position
        return value
