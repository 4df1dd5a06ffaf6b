"""Zstd frames of packs, and the filter that is applied before them (spec/03-encoding.md)."""

import threading

import zstandard

from dvdata.errors import Damaged
from dvdata.format.hashing import Bytes

DICTIONARY_MAGIC = b"\x37\xa4\x30\xec"
"""Bytes that begin so are never used as a raw dictionary: zstd would take them for a prepared one."""

_MAGIC = b"\x28\xb5\x2f\xfd"
_MOST_OF_A_BLOCK = 128 * 1024
# The two top bits of the descriptor: how many bytes state the content's size, and what is added to it.
_SIZES = {0x20: (1, 0), 0x60: (2, 256), 0xA0: (4, 0), 0xE0: (8, 0)}


class _Decompressors(threading.local):
    """A decompressor must not be used by two threads at once."""

    def __init__(self) -> None:
        self.plain = zstandard.ZstdDecompressor()


_decompressors = _Decompressors()


def decompress(frame: Bytes, length: int, what: str, bases: bytes = b"") -> bytes:
    """What a frame holds, which must be `length` bytes; `bases` is what it was compressed against.

    Looked at before zstd sees it: one segment that states this length, blocks that end where the frame does.
    So no more than `length` is ever allocated, and only what the id says can be wrong.
    """
    _check_frame(frame, length, what)
    if bases[:4] == DICTIONARY_MAGIC:
        raise Damaged(f"{what} is damaged: its base begins as a dictionary of zstd")
    decompressor = _against(bases) if bases else _decompressors.plain
    try:
        data = decompressor.decompress(frame, max_output_size=length)
    except zstandard.ZstdError as error:
        raise Damaged(f"{what} is damaged: zstd says '{error}'") from None
    if len(data) != length:
        raise Damaged(f"{what} is damaged: {len(data)} bytes came out of it, and {length} were to")
    return data


def joined_planes(data: bytes) -> bytes:
    """What was split into planes of four: groups of four bytes again, what is left over at the end."""
    groups = len(data) // 4
    joined = bytearray(data)
    for plane in range(4):
        joined[plane : groups * 4 : 4] = data[plane * groups : (plane + 1) * groups]
    return bytes(joined)


def _against(bases: bytes) -> zstandard.ZstdDecompressor:
    raw = zstandard.ZstdCompressionDict(bases, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    return zstandard.ZstdDecompressor(dict_data=raw)


def _check_frame(frame: Bytes, length: int, what: str) -> None:
    width, added = _SIZES.get(frame[4], (0, 0)) if len(frame) > 4 else (0, 0)
    if frame[:4] != _MAGIC or not width or len(frame) < 5 + width:
        raise Damaged(f"{what} is damaged: it has no zstd frame of one segment")
    stated = int.from_bytes(frame[5 : 5 + width], "little") + added
    if stated != length:
        raise Damaged(f"{what} is damaged: its frame states {stated} bytes, and has {length} to hold")
    position, last = 5 + width, False
    while not last:
        if position + 3 > len(frame):
            raise Damaged(f"{what} is damaged: its frame is cut short")
        header = int.from_bytes(frame[position : position + 3], "little")
        last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
        if kind == 3 or size > _MOST_OF_A_BLOCK:
            raise Damaged(f"{what} is damaged: its frame has a block that none can have")
        position += 3 + (1 if kind == 1 else size)
    if position != len(frame):
        raise Damaged(f"{what} is damaged: its frame ends at byte {position} of {len(frame)}")
