"""Nodes of manifests: the tree of all entries of a commit, in the order of their paths (spec/07-manifest.md).

A leaf is kept as columns, as it is encoded: who goes over a million entries wants them a leaf at a time.
"""

import re
from dataclasses import dataclass, field
from operator import add
from typing import Literal, TypeAlias

from dvdata.format.encoding import MOST, Reader
from dvdata.format.metadata import decode_metadata
from dvdata.format.recipes import WHOLE, Inline, Recipe, Tree

EntryKind = Literal["file", "executable", "symlink", "directory"]
ENTRY_KINDS: tuple[EntryKind, ...] = ("file", "executable", "symlink", "directory")

_MOST_OF_A_NODE = 1024 * 1024
_MOST_LEVEL = 60
_MOST_ITEMS = 1024
_MOST_OF_A_PATH = 4096
_MOST_HERE = 512
_MOST_CHUNKS = 8
# Kind bytes: kind, form << 2, metadata << 4.
KIND_BYTES = frozenset(
    kind | form << 2 | meta << 4
    for kind, forms in enumerate((3, 3, 2, 1))
    for form in range(forms)
    for meta in range(3)
)
_BARE = frozenset((0, 1, 3))
"""Kind bytes without a part: whole files and directories, without metadata."""

# Keys joined by two zero bytes, which no key has: a component that is empty, '.' or '..' shows itself.
_BAD_COMPONENT = re.compile(rb"(?:\A|\x00)\.{1,2}(?:\x00|\Z)")


@dataclass(frozen=True, slots=True)
class Leaf:
    """Entries, as columns. `recipes`, `targets` and `metas` hold what only some have, by number.

    A size is a file's bytes, a link's target's, and 0 for directories. In `targets` and `metas` a text or
    encoded map stands here; ids of value objects stand in `far_targets` and `far_metas`.
    """

    paths: list[str]
    kinds: bytes
    sizes: list[int]
    ids: dict[int, bytes] | list[bytes]
    recipes: dict[int, Recipe] = field(default_factory=dict)
    targets: dict[int, str] = field(default_factory=dict)
    far_targets: dict[int, bytes] = field(default_factory=dict)
    metas: dict[int, bytes] = field(default_factory=dict)
    far_metas: dict[int, bytes] = field(default_factory=dict)

    def kind(self, number: int) -> EntryKind:
        return ENTRY_KINDS[self.kinds[number] & 3]


@dataclass(frozen=True, slots=True)
class Inner:
    """Children: of each its id, the last path below it as a key, how many entries and bytes are below it."""

    level: int
    keys: list[bytes]
    ids: list[bytes]
    entries: list[int]
    bytes: list[int]


Node: TypeAlias = Leaf | Inner


@dataclass(frozen=True, slots=True)
class Outline:
    """The beginning of a leaf: keys and kind bytes, not what stands there."""

    id: bytes
    keys: list[bytes]
    kinds: bytes


def key_of(path: str) -> bytes:
    """The key of a path: plain byte order of keys is the order of paths."""
    return path.encode("utf-8", "surrogateescape").replace(b"/", b"\0")


def decode_node(id: bytes, data: bytes) -> Node:
    """The node with this id, which was held against its bytes before."""
    reader = Reader(data, f"Manifest node '{id.hex()}'")
    if len(data) > _MOST_OF_A_NODE:
        raise reader.damaged(f"it has {len(data)} bytes")
    version, level = reader.u8(), reader.u8()
    if version != 1 or level > _MOST_LEVEL:
        raise reader.damaged(f"its version is {version}, its level {level}")
    count = reader.count(_MOST_ITEMS, least=1 if level else 0, each=3)
    keys = read_keys(reader, count)
    node = _inner(reader, level, keys) if level else _leaf(reader, keys)
    reader.end()
    return node


def decode_outline(id: bytes, data: bytes) -> Outline:
    """The beginning of a leaf; the rest is not looked at."""
    reader = Reader(data, f"Manifest node '{id.hex()}'")
    version, level = reader.u8(), reader.u8()
    if version != 1 or level != 0:
        raise reader.damaged(f"its version is {version}, its level {level}, and a leaf was wanted")
    keys = read_keys(reader, reader.count(_MOST_ITEMS, each=3))
    paths_of(reader, keys)
    return Outline(id, keys, reader.raw(len(keys)))


def read_keys(reader: Reader, count: int) -> list[bytes]:
    shared, lengths = reader.varints(count), reader.varints(count)
    if sum(lengths) > reader.left:
        raise reader.damaged("its keys are cut short")
    suffixes = reader.raw(sum(lengths))
    if b"/" in suffixes or 0 in lengths or (shared and shared[0]):
        raise reader.damaged("a key is none")
    if max(map(add, shared, lengths), default=0) > _MOST_OF_A_PATH:
        raise reader.damaged("a path is too long")
    keys: list[bytes] = []
    before, position = b"", 0
    for common, length in zip(shared, lengths, strict=True):
        # Ascending, and all that is in common is shared: the first byte that is not shared is a greater one.
        if common != len(before) and (common > len(before) or before[common] >= suffixes[position]):
            raise reader.damaged("keys do not ascend, or share other than they say")
        end = position + length
        before = before[:common] + suffixes[position:end]
        position = end
        keys.append(before)
    return keys


def paths_of(reader: Reader, keys: list[bytes]) -> list[str]:
    """The paths of keys, as text. All at once: two zero bytes stand between keys and nowhere else."""
    joined = b"\0\0".join(keys)
    bad = joined.count(b"\0\0") != max(len(keys) - 1, 0) or b"\0\0\0" in joined
    if bad or joined[:1] == b"\0" or joined[-1:] == b"\0" or _has_dots(joined):
        raise reader.damaged("a path has a component that is empty, '.' or '..'")
    try:
        text = joined.decode("utf-8")
    except UnicodeDecodeError:
        raise reader.damaged("a path is not UTF-8") from None
    return text.replace("\0", "/").split("//") if keys else []


def _has_dots(joined: bytes) -> bool:
    """Whether a component is '.' or '..'. Few begin with a dot at all, which is seen much faster."""
    begins = b"\0." in joined or joined.startswith(b".")
    return begins and _BAD_COMPONENT.search(joined) is not None


def _inner(reader: Reader, level: int, keys: list[bytes]) -> Inner:
    paths_of(reader, keys)
    count = len(keys)
    ids = [reader.raw(32) for _ in range(count)]
    entries, sizes = reader.varints(count), reader.varints(count)
    if 0 in entries:
        raise reader.damaged("a child has no entries")
    if sum(entries) > MOST or sum(sizes) > MOST:
        raise reader.damaged("a sum is over 2^53 - 1")
    return Inner(level, keys, ids, entries, sizes)


def _leaf(reader: Reader, keys: list[bytes]) -> Leaf:
    paths = paths_of(reader, keys)
    kinds = reader.raw(len(keys))
    if not KIND_BYTES.issuperset(kinds):
        raise reader.damaged("an entry is of a kind that none is")
    files = [number for number, kind in enumerate(kinds) if kind & 3 < 2]
    file_sizes = reader.varints(len(files))
    file_ids = [reader.raw(32) for _ in files]
    if len(files) == len(kinds):
        leaf = Leaf(paths, kinds, file_sizes, file_ids)
    else:
        sizes = [0] * len(kinds)
        for number, size in zip(files, file_sizes, strict=True):
            sizes[number] = size
        leaf = Leaf(paths, kinds, sizes, dict(zip(files, file_ids, strict=True)))
    if not _BARE.issuperset(kinds):
        _parts(reader, leaf)
    if sum(leaf.sizes) > MOST:
        raise reader.damaged("a sum is over 2^53 - 1")
    _check_empty(reader, leaf)
    return leaf


def _parts(reader: Reader, leaf: Leaf) -> None:
    for number, kind in enumerate(leaf.kinds):
        if kind in _BARE:
            continue
        form = kind >> 2 & 3
        if kind & 3 == 2:
            _target(reader, leaf, number, far=form == 1)
        elif form == 1:
            leaf.recipes[number] = _inline(reader, leaf.sizes[number], leaf.ids[number])
        elif form == 2:
            leaf.recipes[number] = Tree(reader.raw(32))
        if kind >> 4 == 1:
            leaf.metas[number] = _meta(reader)
        elif kind >> 4 == 2:
            leaf.far_metas[number] = reader.raw(32)


def _inline(reader: Reader, size: int, id: bytes) -> Inline:
    count = reader.count(_MOST_CHUNKS, least=1, each=33)
    chunks = tuple((reader.raw(32), reader.varint()) for _ in range(count))
    if sum(length for _, length in chunks) != size or any(length == 0 for _, length in chunks):
        raise reader.damaged("the chunks of a file have other bytes than the file")
    if count == 1 and chunks[0][0] == id:
        raise reader.damaged("a chunk that is the file stands as its recipe")
    return Inline(chunks)


def _target(reader: Reader, leaf: Leaf, number: int, far: bool) -> None:
    if far:
        leaf.far_targets[number] = reader.raw(32)
        return
    target = reader.string(_MOST_HERE)
    if not target or "\0" in target:
        raise reader.damaged("a symbolic link leads to nothing")
    leaf.targets[number] = target
    leaf.sizes[number] = len(target.encode())


def _meta(reader: Reader) -> bytes:
    data = reader.bytes(_MOST_HERE)
    if not decode_metadata(data, "Metadata of an entry"):
        raise reader.damaged("metadata of an entry is empty")
    return data


def _check_empty(reader: Reader, leaf: Leaf) -> None:
    """An empty file is whole, and has the id of nothing; sizes of nothing are seldom."""
    if 0 not in leaf.sizes:
        return
    for number, size in enumerate(leaf.sizes):
        if size == 0 and leaf.kinds[number] & 3 < 2 and number in leaf.recipes:
            raise reader.damaged("an empty file has a recipe")


def recipe_of(leaf: Leaf, number: int) -> Recipe:
    """How the file with this number is rebuilt."""
    return leaf.recipes.get(number, WHOLE)
