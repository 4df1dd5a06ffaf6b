"""How a file is rebuilt from chunks (spec/04-objects.md, "Recipes")."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from dvdata.format.encoding import MOST, Reader

_MOST_LEVEL = 60
_MOST_ITEMS = 2_048


@dataclass(frozen=True, slots=True)
class Whole:
    """An empty file, or one chunk: the content id is the chunk's."""


@dataclass(frozen=True, slots=True)
class Inline:
    """1 to 8 chunks, each its id and length."""

    chunks: tuple[tuple[bytes, int], ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """More than 8 chunks: the id of a recipe node."""

    root: bytes


Recipe: TypeAlias = Whole | Inline | Tree
WHOLE = Whole()


@dataclass(frozen=True, slots=True)
class RecipeNode:
    """Level 0: chunks, how long each is and how many times it comes. Above: children, bytes and chunks below
    each.
    """

    level: int
    ids: tuple[bytes, ...]
    lengths: list[int]
    counts: list[int]

    @property
    def bytes(self) -> int:
        """How many bytes of the file are below."""
        if self.level:
            return sum(self.lengths)
        return sum(length * count for length, count in zip(self.lengths, self.counts, strict=True))

    @property
    def chunks(self) -> int:
        return sum(self.counts)


def decode_recipe(id: bytes, data: bytes) -> RecipeNode:
    """The recipe node with this id, which was held against its bytes before."""
    reader = Reader(data, f"Recipe node '{id.hex()}'")
    version, level = reader.u8(), reader.u8()
    if version != 1 or level > _MOST_LEVEL:
        raise reader.damaged(f"its version is {version}, its level {level}")
    count = reader.count(_MOST_ITEMS, least=1, each=34)
    ids = tuple(reader.raw(32) for _ in range(count))
    lengths, counts = reader.varints(count), reader.varints(count)
    reader.end()
    if 0 in lengths or 0 in counts:
        raise reader.damaged("an item stands for nothing")
    if level == 0 and any(one == other for one, other in pairwise(ids)):
        raise reader.damaged("a run of equal chunks is in two items")
    node = RecipeNode(level, ids, lengths, counts)
    if node.bytes > MOST or node.chunks > MOST:
        raise reader.damaged("a sum is over 2^53 - 1")
    return node
