"""Blocks of packs, each readable by itself (spec/05-packs.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

from dvdata.errors import Damaged
from dvdata.format.encoding import Reader
from dvdata.format.frames import DICTIONARY_MAGIC, decompress, joined_planes
from dvdata.format.hashing import KINDS, Bytes, Kind, checksum

PACK_MAGIC = b"DVPACK1\n"
TRAILER_MAGIC = b"DVPEND1\n"
MOST_OF_A_BLOCK = 16 * 1024 * 1024
"""Bytes of an item, of a decoded block, of a payload."""

MOST_OF_A_PACK = 256 * 1024 * 1024
MOST_OF_BASES = 1024 * 1024
_LEAST_OF_BASES = 8
_MOST_ITEMS = 4096
_RAW, _ZSTD, _DELTA = range(3)
_FILTERS = {_RAW: (0,), _ZSTD: (0, 1), _DELTA: (0,)}


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """What a block says of itself: enough to read it without an index."""

    codec: int
    filter: int
    length: int
    items: tuple[tuple[Kind, int], ...]
    payload: int
    bases: tuple[bytes, ...]

    @property
    def raw_length(self) -> int:
        return sum(length for _, length in self.items)


def read_header(data: Bytes, what: str) -> BlockHeader:
    """The header at the beginning of `data`, all of its rules checked."""
    start = bytes(data[:8])
    if len(start) < 8 or start[:4] != b"dkB1":
        raise Damaged(f"{what} is damaged: no block begins here")
    length = int.from_bytes(start[6:8], "little")
    header = bytes(data[:length])
    if length < 13 or len(header) < length or checksum(header[:-4])[:4] != header[-4:]:
        raise Damaged(f"{what} is damaged: the check of its header does not fit")
    reader = Reader(header[:-4], what, 8)
    count = reader.count(_MOST_ITEMS, least=1)
    items = tuple(_item(reader) for _ in range(count))
    payload = reader.varint()
    bases = tuple(reader.raw(32) for _ in range(reader.u8()))
    reader.end()
    block = BlockHeader(start[4], start[5], length, items, payload, bases)
    _check_rules(block, what)
    return block


def decode_block(
    data: Bytes, what: str, bases: Sequence[bytes] = (), header: BlockHeader | None = None
) -> tuple[BlockHeader, bytes]:
    """The items of a whole block, one after the other. `bases`: the bytes of the bases it names, in order.

    `header`, where it was read already.
    """
    header = header or read_header(data, what)
    payload = memoryview(data)[header.length :]
    if len(payload) != header.payload:
        raise Damaged(f"{what} is damaged: its payload has {len(payload)} bytes, not {header.payload}")
    if header.codec == _RAW:
        return header, bytes(payload)
    raw = decompress(payload, header.raw_length, what, _joined(header, bases, what))
    return header, joined_planes(raw) if header.filter else raw


def _item(reader: Reader) -> tuple[Kind, int]:
    length, kind = divmod(reader.varint(), 8)
    if kind >= len(KINDS):
        raise reader.damaged(f"an item is of kind {kind}, which none is")
    return KINDS[kind], length


def _joined(header: BlockHeader, bases: Sequence[bytes], what: str) -> bytes:
    if len(bases) != len(header.bases):
        raise Damaged(
            f"{what} is damaged: it stands on {len(header.bases)} bases, and {len(bases)} are known"
        )
    joined = b"".join(bases)
    if bases and not _LEAST_OF_BASES <= len(joined) <= MOST_OF_BASES:
        raise Damaged(f"{what} is damaged: its bases have {len(joined)} bytes together")
    if joined[:4] == DICTIONARY_MAGIC:
        raise Damaged(f"{what} is damaged: its base begins as a dictionary of zstd")
    return joined


def _check_rules(block: BlockHeader, what: str) -> None:
    if block.filter not in _FILTERS.get(block.codec, ()):
        raise Damaged(f"{what} is damaged: codec {block.codec} with filter {block.filter} is none")
    most = 4 if block.codec == _DELTA else 0
    if not (most and 1) <= len(block.bases) <= most:
        raise Damaged(f"{what} is damaged: it stands on {len(block.bases)} bases")
    if block.codec == _DELTA and len(block.items) != 1:
        raise Damaged(f"{what} is damaged: against bases it holds {len(block.items)} items")
    if block.payload > MOST_OF_A_BLOCK or block.raw_length > MOST_OF_A_BLOCK:
        raise Damaged(f"{what} is damaged: it is larger than a block may be")
    if block.codec == _RAW and block.payload != block.raw_length:
        raise Damaged(f"{what} is damaged: its items and its payload have different lengths")
    if block.codec != _RAW and block.raw_length == 0:
        raise Damaged(f"{what} is damaged: nothing at all is never compressed")
