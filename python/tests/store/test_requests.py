"""How many requests it takes to read a file of a large package in a bucket, as the server counts them."""

import json
import os
import shutil
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from repositories import new_repository
from servers import Bucket, s3_server

from dvdata.format.hashing import checksum, content_id
from dvdata.storage import Cache
from dvdata.store import open_store

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Row:
    """A copy of an item that is alone in its block."""

    id: bytes
    pack: bytes
    at: int
    size: int
    length: int


def write_segment(rows: list[Row]) -> bytes:
    """A segment (spec/06-index.md) without a filter: what a merge of many packs of large chunks gives."""
    rows = sorted(rows, key=lambda row: row.id)
    packs = list(dict.fromkeys(row.pack for row in rows))
    number_of = {pack: number for number, pack in enumerate(packs)}
    bits = next(bits for bits in range(17) if 2**bits * 64 >= len(rows) or bits == 16)
    counts = [0] * 2**bits
    for row in rows:
        counts[int.from_bytes(row.id[:2], "big") >> 16 - bits] += 1
    total, fanout = 0, b""
    for count in counts:
        total += count
        fanout += struct.pack("<I", total)
    header = b"DVSEG1\n\0" + struct.pack("<III", len(rows), len(rows), len(packs)) + bytes([bits])
    header += bytes([3, 0, 3, 0, 2, 4, 3]) + struct.pack("<I", 0) + bytes(6 + 26)
    blocks = b"".join(
        struct.pack("<HI", number_of[row.pack], row.at) + row.size.to_bytes(3, "little") for row in rows
    )
    body = b"".join(
        row.id + n.to_bytes(3, "little") + row.length.to_bytes(3, "little") for n, row in enumerate(rows)
    )
    segment = header + b"".join(packs) + blocks + (fanout if bits else b"") + body
    return segment + content_id(segment)


def made_up(count: int) -> list[Row]:
    """Rows of chunks that nobody asks for, 400 to a pack."""
    packs = [os.urandom(16) for _ in range(count // 400 + 1)]
    ids = os.urandom(32 * count)
    return [
        Row(ids[32 * n : 32 * n + 32], packs[n // 400], 16 + n % 400 * 12_000, 12_000, 131_072)
        for n in range(count)
    ]


def version_of(value: bytes) -> bytes:
    """The first version of a mutable name."""
    head = {"version": 1, "n": 1, "nonce": "0" * 32, "length": len(value)}
    data = json.dumps(head).encode() + b"\n" + value
    return data + checksum(data).hex().encode() + b"\n"


def make_large(folder: Path, bucket: Path) -> bytes:
    """In a bucket a store whose index is that of 100 GB: 2,000 packs of chunks, merged in tiers; bytes of its
    file.

    It has 2,000 files, of which the bytes of one are there; its chunks are named by one of the large
    segments.
    """
    repository = new_repository(folder)
    for number in range(2_000):
        repository.write(f"tiles/{number // 100:03}/{number:05}.tif", f"tile {number}")
    repository.commit("tiles")
    data = os.urandom(MEGABYTE)
    repository.write("tiles/100/large.tif", data)
    repository.commit("large")
    repository.dv("tag", "v1")
    store = open_store(str(repository.path))
    entry = store.entry(store.commit(store.resolve("v1")).root, "tiles/100/large.tif")
    assert entry is not None
    rows = []
    for piece in store._contents._pieces(entry, 0, entry.size):
        copy = next(store.objects._index.copies(piece.id, "chunk"))
        rows.append(Row(piece.id, bytes.fromhex(copy.pack), copy.at, copy.size, piece.length))
    source = repository.path / ".dv" / "store"
    for name in ("packs", "refs"):
        shutil.copytree(source / name, bucket / name)
    shutil.copy(source / "dv.json", bucket / "dv.json")
    root = store.objects._index.root
    nodes = [place for place in root.segments if (source / place.key).read_bytes()[8] == 2]
    lines = [[place.key, place.offset, place.length, place.rows, place.sum] for place in nodes]
    (bucket / "segments").mkdir()
    for size, real in ((3_000, []), (25_000, []), (250_000, []), (250_000, rows), (250_000, [])):
        segment = write_segment(made_up(size) + real)
        name = os.urandom(16).hex()
        (bucket / "segments" / name).write_bytes(segment)
        lines.insert(0, [f"segments/{name}", 0, len(segment), size + len(real), segment[-32:-16].hex()])
    line = json.dumps({"format": 1, "generation": 1, "segments": lines}).encode() + b"\n"
    (bucket / "index").mkdir()
    (bucket / "index" / "root").write_bytes(version_of(line + checksum(line).hex().encode() + b"\n"))
    return data


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bucket, bytes]]:
    folder = tmp_path_factory.mktemp("large")
    with s3_server("versitygw", folder) as bucket:
        yield bucket, make_large(folder / "repository", folder / "data" / "dvtest" / "lab")


def requests_of(bucket: Bucket) -> int:
    """A line is written after its answer: until no more come."""
    while True:
        before = bucket.requests()
        time.sleep(0.2)
        if bucket.requests() == before:
            return before


def test_a_cold_read_of_one_file_takes_at_most_ten_requests(
    large: tuple[Bucket, bytes], cache: Cache
) -> None:
    bucket, data = large
    before = requests_of(bucket)
    store = open_store("s3://dvtest/lab", storage_options=bucket.options, cache=cache)
    entry = store.entry(store.commit(store.resolve("v1")).root, "tiles/100/large.tif")
    assert entry is not None
    assert store.read(entry) == data
    assert requests_of(bucket) - before <= 10


def test_the_next_reader_asks_for_the_format_the_ref_the_root_and_the_bytes(
    large: tuple[Bucket, bytes], cache: Cache
) -> None:
    bucket, data = large
    for _ in range(2):
        before = requests_of(bucket)
        store = open_store("s3://dvtest/lab", storage_options=bucket.options, cache=cache)
        entry = store.entry(store.commit(store.resolve("v1")).root, "tiles/100/large.tif")
        assert entry is not None
        assert store.read(entry) == data
    assert requests_of(bucket) - before <= 4
