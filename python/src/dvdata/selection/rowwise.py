"""Selecting one entry after the other, where there is no numpy."""

from __future__ import annotations

from dvdata.expression import (
    Column,
    Expression,
    Key,
    Value,
    bounds_of,
    directory_of,
    extension_of,
    is_true,
    name_of,
)
from dvdata.expression.rows import Lookup
from dvdata.format.metadata import Metadata
from dvdata.selection.effective import effective_entries
from dvdata.store import Entry, Store


def paths_meant(store: Store, root: bytes, expression: Expression, missed: set[str]) -> list[str]:
    """In the order of paths. Keys that some entry has are taken out of `missed`."""
    paths = []
    for entry, metadata in effective_entries(store, root, bounds_of(expression)):
        missed.difference_update(metadata)
        if is_true(expression, lookup_of(entry, metadata)):
            paths.append(entry.path)
    return paths


def known_keys(store: Store, root: bytes) -> tuple[set[str], int]:
    """All keys of metadata in a tree, and how many entries it has."""
    keys: set[str] = set()
    size = 0
    for entry in store.entries(root):
        keys.update(entry.meta)
        size += 1
    return keys, size


def lookup_of(entry: Entry, metadata: Metadata) -> Lookup:
    """What an expression asks of an entry with its effective metadata."""

    def lookup(named: Column | Key) -> Value:
        if isinstance(named, Key):
            return metadata.get(named.name)
        match named.name:
            case "path":
                return entry.path
            case "directory":
                return directory_of(entry.path)
            case "name":
                return name_of(entry.path)
            case "extension":
                return extension_of(entry.path)
            case "kind":
                return entry.kind
            case "size":
                return entry.size
            case _:
                return entry.id.hex() or None

    return lookup
