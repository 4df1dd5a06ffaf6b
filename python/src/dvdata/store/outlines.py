"""Paths of a version without what stands at them: names in a folder, numbers of files, entries that are few.

Of a leaf only its beginning is decoded, keys and kinds: recipes and metadata are what costs.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dvdata.errors import Damaged
from dvdata.format.nodes import Inner, Leaf, Outline, decode_node, decode_outline, key_of
from dvdata.store.entries import Entry, Manifests

_BATCH = 128
_DIRECTORY = 3
_KINDS = bytes(kind & 3 for kind in range(256))


@dataclass(frozen=True, slots=True)
class _Place:
    """A leaf, and what the node above says of it: the last key before it, its own, how many entries."""

    id: bytes
    above: bytes
    last: bytes
    entries: int


@dataclass(frozen=True, slots=True)
class _Step:
    """A name in a folder, the first entry at or below it, and whether that is below it."""

    name: str
    outline: Outline
    number: int
    is_above: bool


class Outlines:
    """The paths of a store's versions. A path '' means the top."""

    def __init__(self, manifests: Manifests) -> None:
        self._manifests = manifests

    def names(self, root: bytes, folder: str) -> Iterator[tuple[str, bool]]:
        """The names directly in a folder, in order, and which are folders."""
        for step in self._steps(root, folder):
            yield step.name, step.is_above or step.outline.kinds[step.number] & 3 == _DIRECTORY

    def children(self, root: bytes, folder: str) -> Iterator[tuple[str, Entry | None]]:
        """The same names, each with what stands there; None for a folder that only has others."""
        outline, leaf = None, None
        for step in self._steps(root, folder):
            if step.is_above:
                yield step.name, None
                continue
            if leaf is None or outline is not step.outline:
                outline, leaf = (
                    step.outline,
                    self._leaf(step.outline.id, self._manifests.data(step.outline.id)),
                )
            yield step.name, self._manifests.entry_at(leaf, step.number)

    def _steps(self, root: bytes, folder: str) -> Iterator[_Step]:
        """What is below a folder in this one is stepped over: the cost is that of the names."""
        prefix = key_of(folder) + b"\0" if folder else b""
        wanted, way = prefix, _Way(self._manifests, root)
        while (outline := way.to(wanted)) is not None:
            keys = outline.keys
            number = bisect_left(keys, wanted)
            while number < len(keys):
                if not keys[number].startswith(prefix):
                    return
                name, below, _ = keys[number][len(prefix) :].partition(b"\0")
                yield _Step(name.decode("utf-8"), outline, number, bool(below))
                wanted = prefix + name + b"\x01"
                number = bisect_left(keys, wanted, number + 1)
            wanted = max(wanted, keys[-1] + b"\0")

    def paths(self, root: bytes, under: str) -> Iterator[str]:
        """The paths at or below one of what is no directory, in order."""
        low, high = _range(under)
        for outline in self._outlines(root, low, high):
            first = bisect_left(outline.keys, low)
            last = len(outline.keys) if high is None else bisect_left(outline.keys, high)
            for number in range(first, last):
                if outline.kinds[number] & 3 != _DIRECTORY:
                    yield outline.keys[number].decode("utf-8").replace("\0", "/")

    def count(self, root: bytes, under: str) -> int:
        """How many these are."""
        low, high = _range(under)
        found = 0
        for outline in self._outlines(root, low, high):
            kinds = outline.kinds
            if under:
                last = len(outline.keys) if high is None else bisect_left(outline.keys, high)
                kinds = kinds[bisect_left(outline.keys, low) : last]
            found += len(kinds) - kinds.translate(_KINDS).count(_DIRECTORY)
        return found

    def entries_at(self, root: bytes, paths: Sequence[str]) -> Iterator[Entry]:
        """What stands at these paths, which are in order. Only leaves that have one of them are read."""
        keys = [key_of(path) for path in paths]
        places = (place for place in self._places(root, b"", None) if _are_between(keys, place))
        for place, data in self._read(places):
            leaf = self._leaf(place.id, data)
            own = [key_of(path) for path in leaf.paths]
            _check(place, own)
            for key in keys[bisect_right(keys, place.above) : bisect_right(keys, place.last)]:
                number = bisect_left(own, key)
                if own[number : number + 1] == [key]:
                    yield self._manifests.entry_at(leaf, number)

    def totals(self, root: bytes) -> tuple[int, int]:
        """How many entries a version has, and their bytes, as its top node says."""
        node = self._manifests.node(root)
        if isinstance(node, Inner):
            return sum(node.entries), sum(node.bytes)
        return len(node.paths), sum(node.sizes)

    def _leaf(self, id: bytes, data: bytes) -> Leaf:
        leaf = decode_node(id, data)
        if not isinstance(leaf, Leaf):
            raise _misplaced(id)
        return leaf

    def _outlines(self, root: bytes, low: bytes, high: bytes | None) -> Iterator[Outline]:
        for place, data in self._read(self._places(root, low, high)):
            outline = decode_outline(place.id, data)
            _check(place, outline.keys)
            yield outline

    def _read(self, places: Iterator[_Place]) -> Iterator[tuple[_Place, bytes]]:
        """Many at a time, in order."""
        batch: list[_Place] = []
        for place in places:
            batch.append(place)
            if len(batch) == _BATCH:
                yield from self._read_batch(batch)
                batch = []
        yield from self._read_batch(batch)

    def _read_batch(self, batch: list[_Place]) -> Iterator[tuple[_Place, bytes]]:
        data = self._manifests.many(place.id for place in batch)
        return ((place, data[place.id]) for place in batch)

    def _places(self, root: bytes, low: bytes, high: bytes | None) -> Iterator[_Place]:
        node = self._manifests.node(root)
        if isinstance(node, Inner):
            yield from self._places_below(node, b"", (low, high))
        elif node.paths:
            yield _Place(root, b"", key_of(node.paths[-1]), len(node.paths))

    def _places_below(
        self, node: Inner, above: bytes, wanted: tuple[bytes, bytes | None]
    ) -> Iterator[_Place]:
        low, high = wanted
        first = bisect_left(node.keys, low)
        last = len(node.keys) if high is None else min(bisect_left(node.keys, high) + 1, len(node.keys))
        for number in range(first, last):
            before = node.keys[number - 1] if number else above
            if node.level == 1:
                yield _Place(node.ids[number], before, node.keys[number], node.entries[number])
                continue
            child = self._manifests.child(node, number)
            if not isinstance(child, Inner):
                raise _misplaced(node.ids[number])
            yield from self._places_below(child, before, wanted)


class _Way:
    """Goes to leaves of one tree, from left to right; the nodes on the way to the last one are kept."""

    def __init__(self, manifests: Manifests, root: bytes) -> None:
        self._manifests = manifests
        self._root = root
        self._passed: list[tuple[bytes, Inner]] = []

    def to(self, key: bytes) -> Outline | None:
        """The leaf with the first key that is not below this one; None behind the last."""
        id, depth, above = self._root, 0, b""
        while (node := self._inner(id, depth)) is not None:
            number = bisect_left(node.keys, key)
            if number == len(node.keys):
                return None
            above = node.keys[number - 1] if number else above
            place = _Place(node.ids[number], above, node.keys[number], node.entries[number])
            if node.level == 1:
                outline = decode_outline(place.id, self._manifests.data(place.id))
                _check(place, outline.keys)
                return outline
            id, depth = place.id, depth + 1
        outline = decode_outline(id, self._manifests.data(id))
        return outline if outline.keys and outline.keys[-1] >= key else None

    def _inner(self, id: bytes, depth: int) -> Inner | None:
        """The inner node with an id; None if it is a leaf, which only the top can be."""
        if depth < len(self._passed) and self._passed[depth][0] == id:
            return self._passed[depth][1]
        node = self._manifests.node(id)
        if not isinstance(node, Inner):
            if depth:
                raise _misplaced(id)
            return None
        if depth and node.level != self._passed[depth - 1][1].level - 1:
            raise _misplaced(id)
        self._passed[depth:] = [(id, node)]
        return node


def _range(under: str) -> tuple[bytes, bytes | None]:
    """The least key at or below a path, and one above all of these."""
    key = key_of(under)
    return key, key + b"\x01" if key else None


def _are_between(keys: list[bytes], place: _Place) -> bool:
    return bisect_right(keys, place.above) < bisect_right(keys, place.last)


def _check(place: _Place, keys: list[bytes]) -> None:
    """A sound leaf may stand in a wrong place."""
    if len(keys) != place.entries or not keys or keys[-1] != place.last or keys[0] <= place.above:
        raise _misplaced(place.id)


def _misplaced(id: bytes) -> Damaged:
    return Damaged(
        f"Manifest node '{id.hex()}' is damaged: it is not what the node above it says",
        details={"id": id.hex()},
    )
