"""Segments of the index, and its root (spec/06-index.md)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from dvdata.errors import Damaged
from dvdata.format.encoding import Reader
from dvdata.format.hashing import Bytes, content_id, is_hex
from dvdata.format.records import is_number, unseal

HEADER = 64
_MAGIC = b"DVSEG1\n\0"
_CHECKSUM = 32
_MOST_ROWS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of an item: where its block lies, and where it lies in the decoded block."""

    pack: str
    at: int
    size: int
    offset: int
    length: int
    bases: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a segment lie, in bytes from its beginning."""

    rows: int
    blocks: int
    packs: int
    bits: int
    widths: tuple[int, ...]
    blocks_at: int
    fanout_at: int
    filter_at: int
    rows_at: int
    bases_at: int
    checksum_at: int

    @property
    def row(self) -> int:
        return 32 + sum(self.widths[:4])

    @property
    def block(self) -> int:
        return sum(self.widths[4:])

    @property
    def length(self) -> int:
        return self.checksum_at + _CHECKSUM


def read_layout(header: Bytes, length: int, what: str) -> Layout:
    """The header of a segment of `length` bytes: what it leads to must be just as long."""
    data = bytes(header[:HEADER])
    if len(data) < HEADER or data[:8] != _MAGIC or any(data[38:]):
        raise Damaged(f"{what} is damaged: it does not begin as a segment")
    rows, blocks, packs = (_number(data, at, 4) for at in (8, 12, 16))
    bits, widths = data[20], tuple(data[21:28])
    filter_bytes, bases = _number(data, 28, 4), _number(data, 32, 6)
    if rows > _MOST_ROWS or bits > 16 or max(widths) > 6 or filter_bytes % 32:
        raise Damaged(f"{what} is damaged: its header says what no segment can be")
    blocks_at = HEADER + 16 * packs
    fanout_at = blocks_at + sum(widths[4:]) * blocks
    filter_at = fanout_at + (4 << bits if bits else 0)
    rows_at = filter_at + filter_bytes
    bases_at = rows_at + (32 + sum(widths[:4])) * rows
    layout = Layout(
        rows,
        blocks,
        packs,
        bits,
        widths,
        blocks_at,
        fanout_at,
        filter_at,
        rows_at,
        bases_at,
        bases_at + bases,
    )
    if layout.length != length:
        raise Damaged(f"{what} is damaged: its header leads to {layout.length} bytes, and it has {length}")
    return layout


class Source(Protocol):
    """Where bytes of a segment come from: memory, a mapped file, or ranges of a remote one."""

    def __call__(self, at: int, length: int) -> bytes: ...


class Segment:
    """A segment, probed: an id is looked up by few small reads of `source`."""

    __slots__ = ("_source", "layout", "what")

    def __init__(self, source: Source, length: int, what: str) -> None:
        if length < HEADER + _CHECKSUM:
            raise Damaged(f"{what} is damaged: it is shorter than a segment can be")
        self._source = source
        self.what = what
        self.layout = read_layout(source(0, HEADER), length, what)

    def find(self, id: bytes) -> list[Copy]:
        """All copies of an item; none when the segment does not have it."""
        if not self._may_have(id):
            return []
        low, high = self._bucket(id)
        first = self._first_not_below(id, low, high)
        copies = []
        for number in range(first, high):
            row = self._row(number)
            if row[:32] != id:
                break
            copies.append(self._copy(row))
        return copies

    def ids(self) -> Iterator[bytes]:
        """The ids of all rows, ascending; one with several copies comes several times."""
        for number in range(self.layout.rows):
            yield self._row(number)[:32]

    def beginning_with(self, low: bytes, high: bytes) -> Iterator[bytes]:
        """The ids from `low` to `high`, both of 32 bytes and both included."""
        number = self._first_not_below(low, 0, self.layout.rows)
        while number < self.layout.rows:
            id = self._row(number)[:32]
            if id > high:
                return
            yield id
            number += 1

    def _may_have(self, id: bytes) -> bool:
        layout = self.layout
        groups = (layout.rows_at - layout.filter_at) // 32
        if layout.rows == 0:
            return False
        if groups == 0:
            return True
        group = int.from_bytes(id[8:12], "big") * groups >> 32
        words = int.from_bytes(self._source(layout.filter_at + 32 * group, 32), "little")
        for word, byte in enumerate(id[16:24]):  # A loop: most ids that are not here end it at once.
            if not words >> (32 * word + (byte & 31)) & 1:
                return False
        return True

    def _bucket(self, id: bytes) -> tuple[int, int]:
        layout = self.layout
        if layout.bits == 0:
            return 0, layout.rows
        bucket = int.from_bytes(id[:2], "big") >> 16 - layout.bits
        at = layout.fanout_at + 4 * bucket
        counts = self._source(at - 4, 8) if bucket else b"\0\0\0\0" + self._source(at, 4)
        low, high = _number(counts, 0, 4), _number(counts, 4, 4)
        if not low <= high <= layout.rows:
            raise Damaged(f"{self.what} is damaged: its fan-out leads outside its rows")
        return low, high

    def _first_not_below(self, id: bytes, low: int, high: int) -> int:
        while low < high:
            middle = (low + high) // 2
            if self._row(middle)[:32] < id:
                low = middle + 1
            else:
                high = middle
        return low

    def _row(self, number: int) -> bytes:
        size = self.layout.row
        return self._source(self.layout.rows_at + size * number, size)

    def _copy(self, row: bytes) -> Copy:
        layout = self.layout
        block, offset, length, bases = _columns(row, 32, layout.widths[:4])
        if block >= layout.blocks:
            raise Damaged(f"{self.what} is damaged: a row names block {block} of {layout.blocks}")
        record = self._source(layout.blocks_at + layout.block * block, layout.block)
        pack, at, size = _columns(record, 0, layout.widths[4:])
        if pack >= layout.packs:
            raise Damaged(f"{self.what} is damaged: a block names pack {pack} of {layout.packs}")
        name = self._source(HEADER + 16 * pack, 16).hex()
        return Copy(name, at, size, offset, length, self._bases(bases) if bases else ())

    def _bases(self, record: int) -> tuple[bytes, ...]:
        layout = self.layout
        at = layout.bases_at + record - 1
        left = layout.checksum_at - at
        data = self._source(at, max(min(left, 1 + 4 * 32), 0))
        reader = Reader(data, self.what)
        count = reader.u8()
        if not 1 <= count <= 4:
            raise reader.damaged(f"a copy stands on {count} bases")
        return tuple(reader.raw(32) for _ in range(count))


def whole_segment(data: bytes, what: str, sum: str | None = None) -> Segment:
    """A segment of which all bytes are here: its checksum is verified, and the half of it that the root
    names.
    """
    found = content_id(memoryview(data)[:-_CHECKSUM])
    if len(data) < _CHECKSUM or found != data[-_CHECKSUM:] or (sum is not None and found[:16].hex() != sum):
        raise Damaged(f"{what} is damaged: its checksum does not fit its bytes")
    return Segment(lambda at, length: data[at : at + length], len(data), what)


@dataclass(frozen=True, slots=True)
class SegmentPlace:
    """Where a segment lies: in the object `key`; `sum` is the first half of its checksum, if known."""

    key: str
    offset: int
    length: int
    rows: int
    sum: str | None


@dataclass(frozen=True, slots=True)
class IndexRoot:
    """The segments that live, older ones first; `purged` names the records of purges that hold."""

    generation: int
    segments: tuple[SegmentPlace, ...]
    purged: tuple[str, ...]


EMPTY_ROOT = IndexRoot(0, (), ())


def read_root(data: bytes, what: str) -> IndexRoot:
    """The index root. Names in it lead to packs, segments and records of purges, and nowhere else."""
    record = unseal(data, what)
    segments, purged = record.get("segments"), record.get("purged", [])
    if (
        not is_number(record.get("format"))
        or record["format"] != 1
        or not is_number(record.get("generation"))
    ):
        raise Damaged(f"{what} is damaged: it is of a format that is not known")
    if not isinstance(segments, list) or not isinstance(purged, list):
        raise Damaged(f"{what} is damaged: it names no segments")
    if not all(is_hex(name, 32) for name in purged) or sorted(set(purged)) != purged:
        raise Damaged(f"{what} is damaged: a record of a purge is none")
    _check_collections(record.get("collections", []), what)
    places = tuple(_place(line, what) for line in segments)
    return IndexRoot(record["generation"], places, tuple(purged))


def _place(line: Any, what: str) -> SegmentPlace:
    if not (isinstance(line, list) and len(line) in (4, 5) and all(is_number(n) for n in line[1:4])):
        raise Damaged(f"{what} is damaged: a line of it names no segment")
    folder, _, name = line[0].partition("/") if isinstance(line[0], str) else ("", "", "")
    sum = line[4] if len(line) == 5 else None
    if folder not in ("packs", "segments") or not is_hex(name, 32) or not (sum is None or is_hex(sum, 32)):
        raise Damaged(f"{what} is damaged: a line of it names no segment")
    return SegmentPlace(line[0], line[1], line[2], line[3], sum)


def _check_collections(collections: Any, what: str) -> None:
    for one in collections if isinstance(collections, list) else [None]:
        name, state = one if isinstance(one, list) and len(one) == 2 else (None, None)
        if not is_hex(name, 32) or state not in ("marked", "deleting"):
            raise Damaged(f"{what} is damaged: a collection in it is none")


def _number(data: Bytes, at: int, width: int) -> int:
    return int.from_bytes(data[at : at + width], "little")


def _columns(data: Bytes, at: int, widths: tuple[int, ...]) -> list[int]:
    numbers = []
    for width in widths:
        numbers.append(_number(data, at, width))
        at += width
    return numbers
