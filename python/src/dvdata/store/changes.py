"""What differs between two versions, at a cost that grows with the difference.

Trees of manifests are what their entries are: a node that stands in both holds the same entries, wherever it
stands. So whatever is in both is left out, level by level, and only leaves that differ are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from dvdata.format.nodes import Inner, Leaf, decode_node, key_of
from dvdata.store.entries import Entry, Manifests
from dvdata.store.objects import Objects

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Change:
    """What stood at a path before, and what stands there after; None: nothing."""

    path: str
    before: Entry | None
    after: Entry | None

    @property
    def kind(self) -> Literal["added", "removed", "modified"]:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "modified"


def changes_of(objects: Objects, manifests: Manifests, before: bytes, after: bytes) -> Iterator[Change]:
    """The changes from one tree to another, in the order of their paths."""
    if before == after:
        return
    olds, news = _differing_leaves(objects, manifests, before, after)
    old_entries, new_entries = (_entries(objects, manifests, leaves) for leaves in (olds, news))
    yield from _merged(old_entries, new_entries)


def _differing_leaves(
    objects: Objects, manifests: Manifests, before: bytes, after: bytes
) -> tuple[list[bytes], list[bytes]]:
    """The ids of the leaves that only one of two trees has, each in order."""
    sides = [[before], [after]]
    levels = [_level(manifests, root) for root in (before, after)]
    while max(levels):
        # The higher tree comes down first, both where they are of one height.
        for side in [n for n in (0, 1) if levels[n] == max(levels)]:
            sides[side] = list(_children(objects, sides[side]))
            levels[side] -= 1
        if levels[0] == levels[1]:
            common = set(sides[0]) & set(sides[1])
            sides = [[id for id in side if id not in common] for side in sides]
    return sides[0], sides[1]


def _level(manifests: Manifests, root: bytes) -> int:
    node = manifests.node(root)
    return node.level if isinstance(node, Inner) else 0


def _children(objects: Objects, ids: list[bytes]) -> Iterator[bytes]:
    for id, data in _in_order(objects, ids):
        node = decode_node(id, data)
        if isinstance(node, Inner):
            yield from node.ids


def _entries(objects: Objects, manifests: Manifests, leaves: list[bytes]) -> Iterator[Entry]:
    for id, data in _in_order(objects, leaves):
        leaf = decode_node(id, data)
        if isinstance(leaf, Leaf):
            yield from (manifests.entry_at(leaf, number) for number in range(len(leaf.paths)))


def _in_order(objects: Objects, ids: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for batch in (ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH)):
        data = dict(objects.get_many("manifest", batch))
        yield from ((id, data[id]) for id in batch)


def _merged(olds: Iterator[Entry], news: Iterator[Entry]) -> Iterator[Change]:
    old, new = next(olds, None), next(news, None)
    while old is not None and new is not None:
        if old.path == new.path:
            if old != new:
                yield Change(old.path, old, new)
            old, new = next(olds, None), next(news, None)
        elif key_of(old.path) < key_of(new.path):
            yield Change(old.path, old, None)
            old = next(olds, None)
        else:
            yield Change(new.path, None, new)
            new = next(news, None)
    yield from (Change(one.path, one, None) for one in chain([old] if old else [], olds))
    yield from (Change(one.path, None, one) for one in chain([new] if new else [], news))
