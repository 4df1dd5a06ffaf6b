"""Entries one after the other, with their effective metadata (spec/20-metadata.md, "Inheritance")."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from dvdata.expression import Bound
from dvdata.format.metadata import Metadata
from dvdata.store import Entry, Store


def effective_entries(
    store: Store, root: bytes, bounds: list[Bound] | None = None
) -> Iterator[tuple[Entry, Metadata]]:
    """In the order of paths: all, or those within bounds, which stand in order themselves."""
    if bounds is None:
        yield from _inherited(store, root, store.entries(root))
        return
    for bound in bounds:
        if bound.is_whole:
            entry = store.entry(root, bound.text)
            yield from _inherited(store, root, iter([] if entry is None else [entry]))
        else:
            # The directory that the beginning of paths is in.
            under = bound.text.rpartition("/")[0]
            entries = store.entries(root, under.encode("utf-8", "surrogateescape"))
            begun = (entry for entry in entries if entry.path.startswith(bound.text))
            yield from _inherited(store, root, begun)


def directories_above(store: Store, root: bytes, path: str) -> dict[str, Metadata]:
    """Those with metadata, from the top down."""
    parts = path.split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
    found = {directory: store.entry(root, directory) for directory in above}
    return {path: entry.meta for path, entry in found.items() if entry is not None and entry.meta}


def _inherited(store: Store, root: bytes, entries: Iterator[Entry]) -> Iterator[tuple[Entry, Metadata]]:
    above: list[tuple[str, Metadata]] = []
    """The directories that an entry is in: of each the effective metadata."""
    is_first = True
    for entry in entries:
        if is_first:
            for directory, metadata in directories_above(store, root, entry.path).items():
                above.append((f"{directory}/", _over(metadata, above)))
            is_first = False
        while above and not entry.path.startswith(above[-1][0]):
            above.pop()
        metadata = _over(entry.meta, above)
        if entry.kind == "directory" and entry.meta:
            above.append((f"{entry.path}/", metadata))
        yield entry, metadata


def _over(own: Metadata, above: list[tuple[str, Metadata]]) -> Metadata:
    """What an entry has itself wins over what it inherits."""
    if not above:
        return own
    return MappingProxyType({**above[-1][1], **own}) if own else above[-1][1]
