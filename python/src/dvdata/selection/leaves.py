"""Leaves of a manifest (spec/07-manifest.md), several at once, as columns.

What is asked for is read: of a million entries, a filter on two keys of metadata needs no paths, and one on
paths no metadata. What lies in between is passed over by its length.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dvdata.errors import Damaged
from dvdata.format.encoding import Reader
from dvdata.format.nodes import KIND_BYTES, paths_of, read_keys
from dvdata.selection.words import Bytes, Places, varints

_ITEMS_MAX = 1024
_KIND_BYTES = bytes(KIND_BYTES)
_NO_FILES = bytes(kind for kind in KIND_BYTES if kind & 3 > 1)
_SYMLINK, _DIRECTORY = 2, 3
_INLINE, _FAR = 1, 2
_FILE_WITH_MAP = 0x10
"""The kind byte that nearly all have where any has metadata: a whole file, its map here."""


class Leaves:
    """The entries of leaves one behind the other. A row is the number of an entry among all of them."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.data = Bytes(pieces)
        self.leaves = [
            Leaf(self.data, piece, start)
            for piece, start in zip(pieces, self.data.starts.tolist(), strict=True)
        ]
        self.first_rows = np.cumsum([0, *(leaf.count for leaf in self.leaves)])
        self.size = int(self.first_rows[-1])

    @cached_property
    def kinds(self) -> NDArray[np.int64]:
        """0 file, 1 executable, 2 symlink, 3 directory."""
        return np.concatenate([leaf.kinds & 3 for leaf in self.leaves]).astype(np.int64)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Of links whose target stands elsewhere, 0: see `far_targets`."""
        return np.concatenate([leaf.sizes for leaf in self.leaves])

    @cached_property
    def ids(self) -> list[str | None]:
        """Content ids, of files."""
        ids: list[str | None] = [None] * self.size
        for first, leaf in zip(self.first_rows.tolist(), self.leaves, strict=False):
            for number, row in enumerate(leaf.file_rows.tolist()):
                at = leaf.ids_at + 32 * number
                ids[first + row] = self.data.data[at : at + 32].hex()
        return ids

    @cached_property
    def paths(self) -> list[str]:
        return [path for leaf in self.leaves for path in leaf.paths()]

    @property
    def first_path(self) -> str:
        return self.leaves[0].key(0).decode().replace("\0", "/")

    def some_paths(self, rows: NDArray[np.int64]) -> list[str]:
        """The paths of rows, which ascend. Of leaves that have none of them no path is read."""
        if "paths" in self.__dict__ or len(rows) == self.size:
            return [self.paths[row] for row in rows.tolist()]
        found: list[str] = []
        starts = np.searchsorted(rows, self.first_rows)
        for leaf, first, low, high in zip(
            self.leaves, self.first_rows.tolist(), starts.tolist(), starts[1:].tolist(), strict=False
        ):
            if low < high:
                paths = leaf.paths()
                found += [paths[row - first] for row in rows[low:high].tolist()]
        return found

    @cached_property
    def maps(self) -> tuple[Places, Places, Places]:
        """Rows with metadata that stands here; where their maps begin, and end."""
        rows = [first + leaf.parts.rows for first, leaf in zip(self.first_rows, self.leaves, strict=False)]
        starts, ends = ([getattr(leaf.parts, end) for leaf in self.leaves] for end in ("starts", "ends"))
        return np.concatenate(rows), np.concatenate(starts), np.concatenate(ends)

    @cached_property
    def far_maps(self) -> dict[int, bytes]:
        """By row: the value object with its metadata."""
        return {
            first + row: id
            for first, leaf in zip(self.first_rows.tolist(), self.leaves, strict=False)
            for row, id in leaf.parts.far_maps.items()
        }

    @cached_property
    def far_targets(self) -> dict[int, bytes]:
        """By row: the value object with its target."""
        return {
            first + row: id
            for first, leaf in zip(self.first_rows.tolist(), self.leaves, strict=False)
            if leaf.has_links
            for row, id in leaf.parts.far_targets.items()
        }


class Leaf:
    def __init__(self, data: Bytes, piece: bytes, start: int) -> None:
        self._data = data
        self._piece = piece
        self._end = start + len(piece)
        if data.data[start : start + 2] != b"\x01\x00":
            raise self.damaged("it is no leaf of version 1")
        counts, at = self._varints(start + 2, 1)
        self.count = int(counts[0])
        if self.count > _ITEMS_MAX:
            raise self.damaged(f"it has {self.count} entries")
        self._shared, at = self._varints(at, self.count)
        self._lengths, self._suffixes_at = self._varints(at, self.count)
        at = self._behind(self._suffixes_at, int(self._lengths.sum()))
        end = self._behind(at, self.count)
        self.kind_bytes = data.data[at:end]
        if self.kind_bytes.translate(None, _KIND_BYTES):
            raise self.damaged("an entry is of a kind that none is")
        self.files = len(self.kind_bytes.translate(None, _NO_FILES))
        self._file_sizes, self.ids_at = self._varints(end, self.files)
        self._parts_at = self._behind(self.ids_at, 32 * self.files)

    def damaged(self, why: str) -> Damaged:
        return Damaged(f"A node of the manifest is damaged: {why}")

    def _behind(self, at: int, length: int) -> int:
        if not 0 <= length <= self._end - at:
            raise self.damaged("it is cut short")
        return at + length

    def _varints(self, at: int, count: int) -> tuple[NDArray[np.int64], int]:
        found = varints(self._data, at, self._end, count)
        if found is None:
            raise self.damaged("a number is none, or cut short")
        return found

    @property
    def has_links(self) -> bool:
        return self.files < self.count and any(kind & 3 == _SYMLINK for kind in self.kind_bytes)

    @cached_property
    def kinds(self) -> NDArray[np.uint8]:
        return np.frombuffer(self.kind_bytes, np.uint8)

    @property
    def file_rows(self) -> NDArray[np.int64]:
        return np.flatnonzero((self.kinds & 3) < _SYMLINK)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        if self.files == self.count:
            return self._file_sizes
        sizes = np.zeros(self.count, np.int64)
        sizes[self.file_rows] = self._file_sizes
        for row, length in self.parts.target_lengths.items() if self.has_links else ():
            sizes[row] = length
        return sizes

    def key(self, number: int) -> bytes:
        """One key without all before it: what it shares with the one before is sought there, and so on."""
        shared, lengths = self._shared, self._lengths
        begins = self._suffixes_at + np.cumsum(lengths) - lengths
        key, missing = b"", int(shared[number]) + int(lengths[number])
        for row in range(number, -1, -1):
            common = int(shared[row])
            if common < missing:
                begin = int(begins[row])
                key = self._data.data[begin : begin + missing - common] + key
                missing = common
            if missing == 0:
                break
        return key

    def paths(self) -> list[str]:
        reader = Reader(self._piece, "A node of the manifest", 2)
        return paths_of(reader, read_keys(reader, reader.count(_ITEMS_MAX)))

    @cached_property
    def parts(self) -> Parts:
        try:
            parts = Parts(self._data, self._parts_at, self.kind_bytes)
        except IndexError:
            raise self.damaged("it is cut short") from None
        if parts.at != self._end:
            raise self.damaged("its parts do not end where it does")
        return parts


class Parts:
    """What stands behind the columns of a leaf: recipes, targets and metadata, one entry after the other."""

    def __init__(self, data: Bytes, at: int, kinds: bytes) -> None:
        self.far_maps: dict[int, bytes] = {}
        self.far_targets: dict[int, bytes] = {}
        self.target_lengths: dict[int, int] = {}
        self._held = data.data
        self.rows = np.flatnonzero(np.frombuffer(kinds, np.uint8) >> 4 == _INLINE)
        """With metadata that stands here."""
        found, self.at = self._places(at, kinds)
        places = np.array(found, np.int64)
        lengths, sizes = data.varint(places)
        self.starts = places + sizes
        self.ends = self.starts + lengths.astype(np.int64)

    def _places(self, at: int, kinds: bytes) -> tuple[list[int], int]:
        """Where the lengths of maps stand that stand here, and where everything ends."""
        held = self._held
        places: list[int] = []
        for row, kind in enumerate(kinds):
            if kind != _FILE_WITH_MAP:
                if kind & 15:
                    at = self._behind_part(at, row, kind)
                if kind >> 4 != _INLINE:
                    if kind >> 4 == _FAR:
                        self.far_maps[row] = held[at : at + 32]
                        at += 32
                    continue
            places.append(at)
            length = held[at]
            # At most 512 bytes: a length takes one byte, or two.
            at += length + 1 if length < 128 else (length & 127) + (held[at + 1] << 7) + 2
        return places, at

    def _behind_part(self, at: int, row: int, kind: int) -> int:
        """Where a recipe or a target ends that begins there."""
        form = kind >> 2 & 3
        if kind & 3 == _SYMLINK:
            if form == _INLINE:
                self.far_targets[row] = self._held[at : at + 32]
                return at + 32
            length, at = self._varint(at)
            self.target_lengths[row] = length
            return at + length
        if form == _INLINE:
            count, at = self._varint(at)
            for _ in range(count):
                _, at = self._varint(at + 32)
            return at
        return at + 32 if form == _FAR else at

    def _varint(self, at: int) -> tuple[int, int]:
        number = shift = 0
        while True:
            byte = self._held[at]
            at += 1
            number |= (byte & 127) << shift
            if byte < 128:
                return number, at
            shift += 7
