"""The bytes of files: rebuilt from chunks, each held against its id; whole files against theirs too."""

import io
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from blake3 import blake3

from dvdata.errors import BadInput, Damaged, Lost
from dvdata.format.hashing import content_id
from dvdata.format.recipes import Inline, RecipeNode, Tree, decode_recipe
from dvdata.storage import Cache
from dvdata.store.absence import Absence
from dvdata.store.entries import Entry
from dvdata.store.objects import Objects

_WINDOW = 64 * 1024 * 1024
"""Bytes of files that are rebuilt at once."""

_EXTENSION = re.compile(r"(?<=[^.])(\.[A-Za-z0-9_-]{1,24}){1,4}\Z")
_PIECE = 1024 * 1024
_MOST_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk where it stands in a file."""

    at: int
    id: bytes
    length: int


class Contents:
    """The files of a store; `cache` has those that were read whole."""

    def __init__(self, objects: Objects, absence: Absence, cache: Cache | None) -> None:
        self._objects = objects
        self._absence = absence
        self._cache = cache

    def check(self, entry: Entry) -> None:
        """Fails if there are no bytes to read, or no longer: they were purged."""
        if not entry.is_file:
            raise BadInput(f"'{entry.path}' is a {entry.kind}, and has no bytes to read")
        self._absence.check_purged(entry.id, entry.path)

    def read(self, entry: Entry) -> bytes:
        """All bytes of a file."""
        self.check(entry)
        kept = self._cached(entry)
        if kept is not None:
            return kept.read_bytes()
        if entry.size == 0:
            return b""
        # What a BytesIO holds becomes bytes without being copied once more.
        whole = io.BytesIO(bytes(entry.size))
        with whole.getbuffer() as buffer:
            self._fill(buffer, entry, 0, entry.size)
        return whole.getvalue()

    def read_ranges(self, entry: Entry, ranges: Sequence[tuple[int | None, int | None]]) -> list[bytes]:
        """The bytes from each start up to each end, as of a slice: what lies behind the end of the file is
        not.
        """
        self.check(entry)
        spans = [slice(start, end).indices(entry.size)[:2] for start, end in ranges]
        kept = self._cached(entry)
        if kept is not None:
            with kept.open("rb") as file:
                return [_part(file, start, end) for start, end in spans]
        parts = [bytearray(max(end - start, 0)) for start, end in spans]
        found = (piece for start, end in spans for piece in self._pieces(entry, start, end))
        wanted = list({piece.at: piece for piece in found}.values())

        def put(piece: Piece, data: bytes) -> None:
            for part, (start, end) in zip(parts, spans, strict=True):
                low, high = max(start, piece.at), min(end, piece.at + piece.length)
                if low < high:
                    part[low - start : high - start] = data[low - piece.at : high - piece.at]

        self._each_piece(entry, wanted, put)
        return [bytes(part) for part in parts]

    def open(self, entry: Entry) -> io.RawIOBase:
        """A file that is read anywhere, by ranges."""
        self.check(entry)
        return _Opened(self, entry)

    def write(self, entry: Entry, file: BinaryIO) -> None:
        """All bytes of a file, in order, into another; not more than a window of them is held."""
        self.check(entry)
        hasher = blake3()
        for start in range(0, entry.size, _WINDOW):
            end = min(start + _WINDOW, entry.size)
            data = bytearray(end - start)
            self._fill(memoryview(data), entry, start, end)
            hasher.update(data)
            file.write(data)
        _check_content(entry, hasher.digest())

    def path(self, entry: Entry) -> Path:
        """A real file of the cache with the entry's content and extension. Not to be written to."""
        self.check(entry)
        kept = self._cached(entry)
        if kept is not None:
            return kept

        def write(path: Path) -> None:
            with path.open("wb") as file:
                self.write(entry, file)

        return self._writable_cache().add(_name(entry), write)

    def fetch(self, entries: Iterable[Entry], progress: Callable[[int], Any] | None = None) -> None:
        """Brings files into the cache, many small ones at once. `progress` is told of bytes that came."""
        tell = progress or (lambda bytes: None)
        batch: list[Entry] = []
        total = 0
        for entry in entries:
            if not entry.is_file or self._cached(entry) is not None:
                tell(entry.size)
                continue
            if entry.size > _WINDOW // 8:
                self.path(entry)
                tell(entry.size)
                continue
            batch.append(entry)
            total += entry.size
            if total > _WINDOW or len(batch) >= _MOST_AT_ONCE:
                self._fetch_batch(batch, tell)
                batch, total = [], 0
        self._fetch_batch(batch, tell)

    def _fetch_batch(self, batch: list[Entry], tell: Callable[[int], Any]) -> None:
        """Files whose chunks are read together."""
        buffers = [bytearray(entry.size) for entry in batch]
        places: dict[bytes, list[tuple[int, Piece]]] = defaultdict(list)
        for number, entry in enumerate(batch):
            self.check(entry)
            for piece in self._pieces(entry, 0, entry.size):
                places[piece.id].append((number, piece))

        def take(id: bytes, data: bytes) -> None:
            for number, piece in places[id]:
                _check_length(piece, data)
                buffers[number][piece.at : piece.at + piece.length] = data

        self._objects.each("chunk", places, take)
        for entry, data in zip(batch, buffers, strict=True):
            self._store(entry, data)
            tell(entry.size)

    def _store(self, entry: Entry, data: bytearray) -> None:
        _check_content(entry, content_id(data))
        self._writable_cache().add(_name(entry), lambda path: _write_all(path, data))

    def _fill(self, buffer: memoryview, entry: Entry, start: int, end: int) -> None:
        """Puts the bytes of a file from `start` to `end` into a buffer of their length."""

        def put(piece: Piece, data: bytes) -> None:
            low, high = max(start, piece.at), min(end, piece.at + piece.length)
            whole = high - low == piece.length
            buffer[low - start : high - start] = data if whole else data[low - piece.at : high - piece.at]

        self._each_piece(entry, self._pieces(entry, start, end), put)

    def _each_piece(self, entry: Entry, pieces: Iterable[Piece], put: Callable[[Piece, bytes], None]) -> None:
        """Calls `put` with each piece of a file and its bytes, by several threads, in any order."""
        places: dict[bytes, list[Piece]] = defaultdict(list)

        def take(id: bytes, data: bytes) -> None:
            for piece in places[id]:
                _check_length(piece, data)
                put(piece, data)

        try:
            for piece in pieces:
                places[piece.id].append(piece)
            self._objects.each("chunk", places, take)
        except Lost:
            self.check(entry)  # It may have been purged since the index root was read first.
            raise

    def _pieces(self, entry: Entry, start: int, end: int) -> Iterator[Piece]:
        """The chunks that hold a byte from `start` to `end`, in order."""
        if start >= end:
            return
        match entry.recipe:
            case Inline(chunks):
                at = 0
                for id, length in chunks:
                    if at < end and at + length > start:
                        yield Piece(at, id, length)
                    at += length
            case Tree(root):
                node = self._node(root)
                if node.bytes != entry.size:
                    raise Damaged(
                        f"Recipe '{root.hex()}' gives {node.bytes} bytes; '{entry.path}' has {entry.size}",
                        details={"id": root.hex(), "path": entry.path},
                    )
                yield from self._below(node, 0, start, end)
            case _:
                yield Piece(0, entry.id, entry.size)

    def _below(self, node: RecipeNode, at: int, start: int, end: int) -> Iterator[Piece]:
        if node.level == 0:
            for id, length, count in zip(node.ids, node.lengths, node.counts, strict=True):
                first, last = max((start - at) // length, 0), min(-((at - end) // length), count)
                yield from (Piece(at + n * length, id, length) for n in range(first, last))
                at += length * count
            return
        for id, length, count in zip(node.ids, node.lengths, node.counts, strict=True):
            if at < end and at + length > start:
                child = self._node(id)
                if (child.level, child.bytes, child.chunks) != (node.level - 1, length, count):
                    raise Damaged(
                        f"Recipe node '{id.hex()}' is damaged: it is not what the node above it says"
                    )
                yield from self._below(child, at, start, end)
            at += length

    def _node(self, id: bytes) -> RecipeNode:
        return decode_recipe(id, self._objects.get("recipe", id))

    def _cached(self, entry: Entry) -> Path | None:
        if self._cache is None:
            return None
        return self._cache.path(_name(entry), lambda path: _hash_of(path) == entry.id)

    def _writable_cache(self) -> Cache:
        if self._cache is None:
            raise BadInput("This store was opened without a cache, which real files lie in", hint="cache=...")
        return self._cache


class _Opened(io.RawIOBase):
    """A file of a store, read by ranges. It keeps the chunk it was in last: reads are often small and in
    order.
    """

    def __init__(self, contents: Contents, entry: Entry) -> None:
        self._contents = contents
        self._entry = entry
        self._position = 0
        self._kept = (0, b"")
        self.name = entry.path

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._entry.size}[whence]
        if base + offset < 0:
            raise ValueError(f"'{self.name}' has no byte {base + offset}")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._at(self._position, len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def readall(self) -> bytes:
        if self._position == 0:
            data = self._contents.read(self._entry)
        else:
            (data,) = self._contents.read_ranges(self._entry, [(self._position, self._entry.size)])
        self._position += len(data)
        return data

    def _at(self, start: int, length: int) -> bytes:
        end = min(start + length, self._entry.size)
        at, kept = self._kept
        if not (at <= start and end <= at + len(kept)):
            at, wanted = start, max(end, min(start + _PIECE // 8, self._entry.size))
            (kept,) = self._contents.read_ranges(self._entry, [(start, wanted)])
            self._kept = (at, kept)
        return kept[start - at : max(end - at, 0)]


def _name(entry: Entry) -> str:
    """The name of a file's content in the cache: programs look at extensions, so it has the entry's."""
    found = _EXTENSION.search(entry.path.rpartition("/")[2])
    return f"contents/{entry.id[:1].hex()}/{entry.id.hex()}{found[0] if found else ''}"


def _check_length(piece: Piece, data: bytes) -> None:
    if len(data) != piece.length:
        raise Damaged(f"Chunk '{piece.id.hex()}' has {len(data)} bytes, and a recipe says {piece.length}")


def _check_content(entry: Entry, found: bytes) -> None:
    if found != entry.id:
        raise Damaged(
            f"'{entry.path}' is damaged: its sound chunks together have the id '{found.hex()}', "
            f"not '{entry.id.hex()}'",
            details={"path": entry.path, "id": entry.id.hex()},
        )


def _hash_of(path: Path) -> bytes:
    hasher = blake3()
    hasher.update_mmap(path)
    return hasher.digest()


def _part(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(max(end - start, 0))


def _write_all(path: Path, data: bytearray) -> None:
    path.write_bytes(data)
