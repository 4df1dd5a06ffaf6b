"""Bytes and texts from outside, changed in any way: they are read, or refused by an error of dv, at once."""

import base64
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import vectors
from hypothesis import given, settings
from hypothesis import strategies as st

from dvdata import errors
from dvdata.format import (
    blocks,
    formats,
    frames,
    metadata,
    nodes,
    objects,
    recipes,
    records,
    refs,
    revisions,
    segments,
)
from dvdata.format.addresses import parse_address, parse_elsewhere

ID = bytes(32)


def hexes(file: str, *path: str, key: str) -> list[bytes]:
    found = vectors.load(file)
    for name in path:
        found = found[name]
    return [bytes.fromhex(case[key]) for case in found if key in case]


def texts(file: str, *path: str, key: str) -> list[bytes]:
    found = vectors.load(file)
    for name in path:
        found = found[name]
    return [case[key].encode("utf-8", "surrogatepass") for case in found]


def as_text(read: Callable[[str], Any]) -> Callable[[bytes], Any]:
    return lambda data: read(data.decode("utf-8", "replace"))


TARGETS: dict[str, tuple[Callable[[bytes], Any], list[bytes]]] = {
    "commit": (lambda data: objects.decode_commit(ID, data), hexes("objects", "commits", key="bytes")),
    "tag": (lambda data: objects.decode_tag(ID, data), hexes("objects", "tags", key="bytes")),
    "value": (
        lambda data: metadata.decode_metadata(data, "It"),
        hexes("objects", "values", key="bytes"),
    ),
    "recipe": (lambda data: recipes.decode_recipe(ID, data), hexes("recipe", "cases", key="bytes")),
    "manifest": (
        lambda data: nodes.decode_node(ID, data),
        [bytes.fromhex(vectors.load("manifest")["everyForm"]["bytes"])],
    ),
    "block": (lambda data: blocks.decode_block(data, "It"), hexes("packs", "blocks", key="block")),
    "frame": (
        lambda data: frames.decompress(data, 300, "It"),
        hexes("encoding", "zstd", key="frame"),
    ),
    "segment": (
        lambda data: list(segments.Segment(lambda at, length: data[at : at + length], len(data), "It").ids()),
        hexes("segments", "segments", key="segment"),
    ),
    "probe": (
        lambda data: segments.Segment(lambda at, length: data[at : at + length], len(data), "It").find(ID),
        hexes("segments", "segments", key="segment"),
    ),
    "root": (lambda data: segments.read_root(data, "It"), texts("segments", "roots", key="root")),
    "ref": (lambda data: refs.read_ref(data, "refs/heads/main"), hexes("refs", "values", key="bytes")),
    "names": (refs.read_names, hexes("refs", "names", key="bytes")),
    "version": (lambda data: records.read_version(data, "It"), hexes("refs", "versionFiles", key="file")),
    "promises": (lambda data: formats.read_promises(data, "It"), texts("promises", "cases", key="text")),
    "lost": (lambda data: formats.read_lost(data, "It"), texts("lost", "cases", key="text")),
    "purge": (lambda data: formats.read_purge(data, "It"), texts("purge", "records", key="text")),
    "key": (as_text(refs.ref_of), texts("refs", "keys", key="key")),
    "revision": (as_text(revisions.parse_revision), texts("revisions", "revisions", key="text")),
    "range": (as_text(revisions.parse_range), texts("revisions", "ranges", key="text")),
    "address": (as_text(parse_address), texts("addresses", "addresses", key="text")),
    "elsewhere": (as_text(parse_elsewhere), texts("addresses", "elsewhere", key="text")),
}


def sealed(data: bytes) -> bytes:
    """A record with a seal that fits: what is behind the seal is from outside, too."""
    from dvdata.format.hashing import checksum

    line = data[:-65]
    return line + checksum(line).hex().encode() + b"\n"


@st.composite
def changed(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A sound input, cut and mended: some bytes of it are others, some are gone, some are new."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=9)) + data[at + draw(st.integers(0, 9)) :]
    return data


def attempt(read: Callable[[bytes], Any], data: bytes) -> None:
    with suppress(errors.DvError):
        read(data)


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_it_is_given_it_reads_or_refuses(name: str) -> None:
    read, seeds = TARGETS[name]
    assert seeds
    for seed in seeds:
        attempt(read, seed)

    @settings(max_examples=300, deadline=1000, derandomize=True)
    @given(st.one_of(changed(seeds), st.binary(max_size=200)))
    def check(data: bytes) -> None:
        attempt(read, data)

    check()


@pytest.mark.parametrize("name", ["root", "ref", "names", "promises", "lost", "purge"])
def test_records_with_a_seal_that_fits_are_read_or_refused(name: str) -> None:
    read, seeds = TARGETS[name]

    @settings(max_examples=300, deadline=1000, derandomize=True)
    @given(changed(seeds))
    def check(data: bytes) -> None:
        attempt(read, sealed(data))

    check()


FOUND = vectors.load("fuzz")["found"]


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found["was"][:50])
def test_what_fuzzers_found_once_is_refused_or_read(found: dict[str, str]) -> None:
    """Inputs of all kinds, hostile JSON among them: every reader of bytes takes them for what they are."""
    data = base64.b64decode(found["input"])
    for read, _ in TARGETS.values():
        attempt(read, data)


def test_a_count_beyond_its_bytes_takes_no_memory() -> None:
    node = b"\x01\x00" + b"\xff\x07" + b"\0" * 8
    with pytest.raises(errors.Damaged):
        nodes.decode_node(ID, node)
    deep = b'{"a":' + b"[" * 100_000 + b"}\n"
    with pytest.raises(errors.Damaged):
        records.unseal(sealed(deep + b"0" * 65), "It")
