"""Folders of a version: what lies directly in one, and how much is below the whole."""

from bisect import bisect_left
from collections.abc import Iterator

from dvdata.format.nodes import Inner, Leaf, key_of
from dvdata.store.entries import Entry, Manifests

_KINDS = bytes(kind & 3 for kind in range(256))
_DIRECTORY = 3


def names_in(manifests: Manifests, root: bytes, folder: str) -> Iterator[tuple[str, bool]]:
    """The names directly in a folder ('': the top), in order, and which are folders."""
    for name, leaf, number, is_above in _steps(manifests, root, folder):
        yield name, is_above or leaf.kind(number) == "directory"


def children_in(manifests: Manifests, root: bytes, folder: str) -> Iterator[tuple[str, Entry | None]]:
    """The same names, each with what stands there; None for a folder that only has others."""
    for name, leaf, number, is_above in _steps(manifests, root, folder):
        yield name, None if is_above else manifests.entry_at(leaf, number)


def _steps(manifests: Manifests, root: bytes, folder: str) -> Iterator[tuple[str, Leaf, int, bool]]:
    """Each name, the first entry at or below it, and whether that is below it.

    What is below a folder in it is stepped over, so that the cost is that of the names, not of all paths.
    """
    prefix = key_of(folder) + b"\0" if folder else b""
    wanted = prefix
    while (leaf := _leaf_from(manifests, root, wanted)) is not None:
        keys = [key_of(path) for path in leaf.paths]
        number = bisect_left(keys, wanted)
        while number < len(keys):
            if not keys[number].startswith(prefix):
                return
            name, below, _ = keys[number][len(prefix) :].partition(b"\0")
            yield name.decode("utf-8", "surrogateescape"), leaf, number, bool(below)
            wanted = prefix + name + b"\x01"
            number = bisect_left(keys, wanted, number + 1)
        wanted = max(wanted, keys[-1] + b"\0")


def count(manifests: Manifests, root: bytes, under: bytes) -> int:
    """How many entries at or below a path ('': all) are no directories."""
    prefix = under.decode("utf-8", "surrogateescape")
    inside = (prefix, prefix + "/")
    found = 0
    for leaf in manifests.leaves(root, under):
        kinds = leaf.kinds
        # Leaves in the middle are inside as a whole.
        if under and not (leaf.paths[0].startswith(inside[1]) and leaf.paths[-1].startswith(inside[1])):
            chosen = (path == inside[0] or path.startswith(inside[1]) for path in leaf.paths)
            kinds = bytes(kind for kind, is_inside in zip(kinds, chosen, strict=True) if is_inside)
        found += len(kinds) - kinds.translate(_KINDS).count(_DIRECTORY)
    return found


def totals(manifests: Manifests, root: bytes) -> tuple[int, int]:
    """How many entries a version has, and their bytes, as its top node says."""
    node = manifests.node(root)
    return (
        (sum(node.entries), sum(node.bytes))
        if isinstance(node, Inner)
        else (len(node.paths), sum(node.sizes))
    )


def _leaf_from(manifests: Manifests, root: bytes, key: bytes) -> Leaf | None:
    """The leaf with the first key that is not below `key`."""
    node = manifests.node(root)
    while isinstance(node, Inner):
        number = bisect_left(node.keys, key)
        if number == len(node.keys):
            return None
        node = manifests.child(node, number)
    return node if node.paths and key_of(node.paths[-1]) >= key else None
