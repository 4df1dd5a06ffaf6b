"""The leaves of a tree that may have what is wanted, many at a time, each held against what the node above
says.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from dvdata.errors import Damaged
from dvdata.expression import Bound
from dvdata.format.nodes import Inner, Node, decode_node, key_of
from dvdata.selection.leaves import Leaf, Leaves
from dvdata.store import Store

_BATCH = 32
"""Leaves: 13,000 entries as a rule, and what is computed of them stays in the processor's cache."""


@dataclass(frozen=True)
class Place:
    """A node in a tree, and what the node above says of it."""

    id: bytes
    level: int
    above: bytes
    """The last key before it."""
    last: bytes
    entries: int
    bytes: int


@dataclass(frozen=True)
class Batch:
    leaves: Leaves
    follows: bool
    """Whether it begins where the batch before ended; the first: at the beginning of the tree."""


def batches(store: Store, root: bytes, bounds: list[Bound] | None) -> Iterator[Batch]:
    """In order. While one is worked on, the next is read, decompressed and hashed by another thread."""
    ranges = None if bounds is None else [_range(bound) for bound in bounds]
    runs = _runs(_leaf_places(store, root, ranges))
    with ThreadPoolExecutor(1, "dv-leaves") as ahead:
        coming = ahead.submit(_next_batch, store, runs)
        while (batch := coming.result()) is not None:
            coming = ahead.submit(_next_batch, store, runs)
            yield batch


def _next_batch(store: Store, runs: Iterator[tuple[bool, list[Place]]]) -> Batch | None:
    follows, places = next(runs, (False, []))
    if not places:
        return None
    held = dict(store.objects.get_many("manifest", (place.id for place in places)))
    leaves = Leaves([held[place.id] for place in places])
    for leaf, place in zip(leaves.leaves, places, strict=True):
        _check_leaf(leaf, place)
    return Batch(leaves, follows)


def _runs(places: Iterator[Place]) -> Iterator[tuple[bool, list[Place]]]:
    """Leaves beside each other, at most a batch, and whether the first follows the last of the run before."""
    run: list[Place] = []
    ended = b""
    for place in places:
        if run and (len(run) == _BATCH or place.above != run[-1].last):
            yield run[0].above == ended, run
            ended = run[-1].last
            run = []
        run.append(place)
    if run:
        yield run[0].above == ended, run


def _range(bound: Bound) -> tuple[bytes, bytes]:
    """The least key that is meant, and one above all that are. No byte of a key is ff."""
    key = key_of(bound.text)
    return key, key + (b"" if bound.is_whole else b"\xff")


def _leaf_places(store: Store, root: bytes, ranges: list[tuple[bytes, bytes]] | None) -> Iterator[Place]:
    """The leaves that may have keys of a range."""
    node = _node(store, root)
    if isinstance(node, Inner):
        yield from _below(store, node, b"", ranges)
    elif node.paths:
        sizes = sum(node.sizes)
        yield Place(root, 0, b"", key_of(node.paths[-1]), len(node.paths), sizes)


def _below(
    store: Store, node: Inner, above: bytes, ranges: list[tuple[bytes, bytes]] | None
) -> Iterator[Place]:
    before = above
    for number, last in enumerate(node.keys):
        place = Place(
            node.ids[number], node.level - 1, before, last, node.entries[number], node.bytes[number]
        )
        before = last
        # Of the keys above `above` up to `last`, may one be in a range?
        if ranges is not None and not any(low <= last and place.above < high for low, high in ranges):
            continue
        if place.level == 0:
            yield place
        else:
            yield from _below(store, _checked_inner(store, place), place.above, ranges)


def _node(store: Store, id: bytes) -> Node:
    return decode_node(id, store.objects.get("manifest", id))


def _checked_inner(store: Store, place: Place) -> Inner:
    node = _node(store, place.id)
    if not isinstance(node, Inner) or (node.level, node.keys[-1]) != (place.level, place.last):
        raise _misplaced(place)
    if (sum(node.entries), sum(node.bytes)) != (place.entries, place.bytes) or node.keys[0] <= place.above:
        raise _misplaced(place)
    return node


def _check_leaf(leaf: Leaf, place: Place) -> None:
    """A sound leaf in a wrong place is damage. How long targets are that stand elsewhere is not looked at."""
    if leaf.count != place.entries or leaf.count == 0 or leaf.key(leaf.count - 1) != place.last:
        raise _misplaced(place)
    has_far_targets = leaf.has_links and leaf.parts.far_targets
    if leaf.key(0) <= place.above or (not has_far_targets and int(leaf.sizes.sum()) != place.bytes):
        raise _misplaced(place)


def _misplaced(place: Place) -> Damaged:
    id = place.id.hex()
    return Damaged(
        f"Manifest node '{id}' is damaged: it is not what the node above it says", details={"id": id}
    )
