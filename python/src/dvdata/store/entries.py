"""What stands at the paths of a version: walks over its manifest, and single paths of it
(spec/07-manifest.md).
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from dvdata.errors import Damaged
from dvdata.format.metadata import NOTHING, Metadata, Value, decode_metadata
from dvdata.format.nodes import EntryKind, Inner, Leaf, Node, decode_node, key_of, recipe_of
from dvdata.format.recipes import WHOLE, Recipe
from dvdata.store.objects import Objects

_KEPT = 64
"""Nodes that stay decoded: paths beside each other are asked for one after the other. 10 MB as a rule."""

_BATCH = 128
"""Leaves that are read at once: 2 MB as a rule."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at a path. `meta` is what it has itself, without what directories above give it.

    `size`: bytes of a file or of a link's target, 0 for a directory. `id`: a file's content id, else empty.
    """

    path: str
    kind: EntryKind
    size: int
    id: bytes = b""
    recipe: Recipe = WHOLE
    target: str | None = None
    meta: Metadata = field(default_factory=dict)

    @property
    def is_file(self) -> bool:
        return self.kind in ("file", "executable")


class Manifests:
    """The trees of a store's versions, node by node."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.node = lru_cache(_KEPT)(self._node)

    def data(self, id: bytes) -> bytes:
        """The bytes of a node."""
        return self._objects.get("manifest", id)

    def many(self, ids: Iterable[bytes]) -> dict[bytes, bytes]:
        """The bytes of many, in few requests."""
        return dict(self._objects.get_many("manifest", ids))

    def _node(self, id: bytes) -> Node:
        """Asked through `node`, which keeps those on the way to the paths that were asked for last."""
        return decode_node(id, self.data(id))

    def entry(self, root: bytes, path: str) -> Entry | None:
        """What stands at a path; only the nodes on the way there are read."""
        key = key_of(path)
        node = self.node(root)
        while isinstance(node, Inner):
            number = bisect_left(node.keys, key)
            if number == len(node.keys):
                return None
            node = self.child(node, number)
        number = bisect_left(node.paths, key, key=key_of)
        return self.entry_at(node, number) if node.paths[number : number + 1] == [path] else None

    def leaves(self, root: bytes, under: bytes = b"") -> Iterator[Leaf]:
        """The leaves in order, read many at a time; with `under` (a path), those that may have what is below
        it.
        """
        first, last = (under.replace(b"/", b"\0") + end for end in (b"", b"\x01")) if under else (b"", None)
        node = self.node(root)
        if isinstance(node, Leaf):
            yield node
        else:
            yield from self._leaves_below(node, first, last)

    def entries(self, root: bytes, under: bytes = b"") -> Iterator[Entry]:
        """The entries in the order of their paths: all, or the one at `under` and those below it."""
        prefix = under.decode("utf-8", "surrogateescape")
        for leaf in self.leaves(root, under):
            for number, path in enumerate(leaf.paths):
                if not under or path == prefix or path.startswith(prefix + "/"):
                    yield self.entry_at(leaf, number)

    def entry_at(self, leaf: Leaf, number: int) -> Entry:
        """The entry with a number in a leaf, its value objects read."""
        path, kind, size = leaf.paths[number], leaf.kind(number), leaf.sizes[number]
        meta = self.meta_at(leaf, number)
        if kind == "directory":
            return Entry(path, kind, 0, meta=meta)
        if kind == "symlink":
            target = self._target(leaf, number)
            return Entry(path, kind, len(target.encode()), target=target, meta=meta)
        return Entry(path, kind, size, leaf.ids[number], recipe_of(leaf, number), None, meta)

    def meta_at(self, leaf: Leaf, number: int) -> Metadata:
        """The metadata that an entry has itself."""
        here = leaf.metas.get(number)
        if here is not None:
            return decode_metadata(here, "Metadata of an entry")
        far = leaf.far_metas.get(number)
        return NOTHING if far is None else self._value(far)

    def effective(self, root: bytes, path: str) -> Metadata:
        """The metadata that holds at a path: its own over that of the directories above, nearest first."""
        merged: dict[str, Value] = {}
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            entry = self.entry(root, "/".join(parts[:depth]))
            if entry is not None:
                merged.update(entry.meta)
        return merged

    def _value(self, id: bytes) -> Metadata:
        return decode_metadata(self._objects.get("value", id), f"Value object '{id.hex()}'")

    def _target(self, leaf: Leaf, number: int) -> str:
        far = leaf.far_targets.get(number)
        if far is None:
            return leaf.targets[number]
        target = self._value(far).get("target")
        if not isinstance(target, str) or not 513 <= len(target.encode()) <= 4096:
            raise Damaged(f"Value object '{far.hex()}' is damaged: it is no target of a link")
        return target

    def _leaves_below(self, node: Inner, first: bytes, last: bytes | None) -> Iterator[Leaf]:
        low = bisect_left(node.keys, first)
        high = len(node.keys) if last is None else min(bisect_left(node.keys, last) + 1, len(node.keys))
        wanted = range(low, high)
        if node.level > 1:
            for number in wanted:
                child = self.child(node, number)
                assert isinstance(child, Inner)  # `child` held its level against this one's.
                yield from self._leaves_below(child, first, last)
            return
        for batch in (wanted[at : at + _BATCH] for at in range(0, len(wanted), _BATCH)):
            data = dict(self._objects.get_many("manifest", (node.ids[number] for number in batch)))
            for number in batch:
                child = decode_node(node.ids[number], data.pop(node.ids[number]))
                _check_child(node, number, child)
                assert isinstance(child, Leaf)
                yield child

    def child(self, node: Inner, number: int) -> Node:
        """The child with a number, held against what its parent says of it."""
        child = self.node(node.ids[number])
        _check_child(node, number, child)
        return child


def _check_child(node: Inner, number: int, child: Node) -> None:
    """A child must be what its parent says of it: or a sound node stands in a wrong place."""
    above = node.keys[number - 1] if number else b""
    if isinstance(child, Inner):
        level, first, last = child.level, child.keys[0], child.keys[-1]
        entries, size = sum(child.entries), sum(child.bytes)
    else:
        level, entries = 0, len(child.paths)
        first, last = (key_of(path) for path in (child.paths[:1] + child.paths[-1:] if entries else ["", ""]))
        # How long a target is that stands in a value object is known once that is read.
        size = sum(child.sizes) if not child.far_targets else node.bytes[number]
    said = (node.level - 1, node.keys[number], node.entries[number], node.bytes[number])
    if (level, last, entries, size) != said or first <= above:
        id = node.ids[number].hex()
        raise Damaged(
            f"Manifest node '{id}' is damaged: it is not what the node above it says", details={"id": id}
        )
