"""Maps of metadata read side by side say what the decoder of one map says of each."""

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dvdata.errors import Damaged
from dvdata.expression.value_column import stored
from dvdata.format.metadata import Metadata, Value, date_of, decode_metadata, milliseconds_of

np = pytest.importorskip("numpy")
from dvdata.selection.cells import CellReader  # noqa: E402
from dvdata.selection.distinct import distinct  # noqa: E402
from dvdata.selection.words import Bytes, unzigzag, varints  # noqa: E402


def leb128(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def encoded_int(number: int) -> bytes:
    return leb128(number * 2 if number >= 0 else -number * 2 - 1)


def encoded(value: Value) -> bytes:
    match value:
        case bool():
            return bytes([4, value])
        case str():
            return b"\x01" + leb128(len(value.encode())) + value.encode()
        case int():
            return b"\x02" + encoded_int(value)
        case float():
            return b"\x03" + (
                struct.pack("<d", value) if value == value else bytes.fromhex("000000000000f87f")
            )
        case tuple():
            return b"\x06" + leb128(len(value)) + b"".join(map(encoded, value))
        case _:
            return b"\x05" + encoded_int(milliseconds_of(value))


def encoded_map(values: dict[str, Value]) -> bytes:
    names = sorted(values, key=str.encode)
    cells = (leb128(len(name.encode())) + name.encode() + encoded(values[name]) for name in names)
    return leb128(len(values)) + b"".join(cells)


MOST = 8_640_000_000_000_000
names = st.one_of(
    st.sampled_from(["a", "b", "ab", "a name of some length", "é" * 60, "n" * 130]), st.text(max_size=3)
)
scalars = st.one_of(
    st.text(max_size=5),
    st.sampled_from(["x" * 127, "x" * 128, "y" * 300]),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-100, 100),
    st.floats(),
    st.booleans(),
    st.integers(-MOST, MOST).map(date_of),
)
values = st.one_of(scalars, st.lists(scalars, max_size=4).map(tuple), st.just(("a",) * 130))
maps = st.dictionaries(names, values, min_size=1, max_size=6)


def columnwise(pieces: list[bytes], wanted: "frozenset[str] | None") -> list[dict[str, Any]]:
    """Of each map what is wanted, values as arrays hold them, those told to be odd by their own decoder."""
    gap = b"\xff\x00gap"
    data = Bytes([piece + gap for piece in pieces])
    starts = data.starts
    ends = starts + np.array([len(piece) for piece in pieces], np.int64)
    reader = CellReader(data, wanted)
    reader.read(starts, ends)
    found: list[dict[str, Any]] = [{} for _ in pieces]
    for cells in reader.cells:
        for row, value in zip(cells.rows.tolist(), cells.values.tolist(), strict=True):
            found[row][cells.name] = (cells.family, repr(value))
    for row in reader.odd:
        found[row] = told(decode_metadata(pieces[row], "a map"), wanted)
    return found


FAMILIES = {str: "string", int: "int64", float: "float64", bool: "boolean", tuple: "list"}


def told(metadata: Metadata, wanted: "frozenset[str] | None") -> dict[str, Any]:
    return {
        name: (FAMILIES.get(type(value), "date"), repr(stored(value)))
        for name, value in metadata.items()
        if wanted is None or name in wanted
    }


@settings(max_examples=400, deadline=None)
@given(st.lists(maps, min_size=1, max_size=12), st.none() | st.frozensets(names, max_size=3))
def test_maps_side_by_side(values_of: list[dict[str, Value]], wanted: "frozenset[str] | None") -> None:
    pieces = [encoded_map(one) for one in values_of]
    assert columnwise(pieces, wanted) == [told(decode_metadata(piece, "a map"), wanted) for piece in pieces]


@settings(max_examples=400, deadline=None)
@given(st.lists(maps, min_size=1, max_size=4), st.data())
def test_damage_is_damage_or_left_aside(values_of: list[dict[str, Value]], data: st.DataObject) -> None:
    """Whatever bytes stand there, no value is said that the decoder of one map would say otherwise."""
    pieces = [bytearray(encoded_map(one)) for one in values_of]
    hit = data.draw(st.sampled_from(pieces))
    for _ in range(data.draw(st.integers(1, 3))):
        hit[data.draw(st.integers(0, len(hit) - 1))] = data.draw(st.integers(0, 255))
    whole = [bytes(piece) for piece in pieces]
    try:
        found = columnwise(whole, None)
    except Damaged:
        return
    for piece, one in zip(whole, found, strict=True):
        try:
            expected = told(decode_metadata(piece, "a map"), None)
        except Damaged:
            continue
        assert one == expected


@given(st.lists(st.integers(0, 2**56 - 1), max_size=20))
def test_numbers_one_behind_the_other(numbers: list[int]) -> None:
    piece = b"".join(map(leb128, numbers))
    data = Bytes([b"abc", piece])
    found = varints(data, 3, 3 + len(piece), len(numbers))
    assert found is not None
    assert (found[0].tolist(), found[1]) == (numbers, 3 + len(piece))
    assert varints(data, 3, 3 + len(piece), len(numbers) + 1) is None
    signed = [number >> 1 ^ -(number & 1) for number in numbers]
    assert unzigzag(found[0].astype(np.uint64)).tolist() == signed


def test_maps_of_ever_other_names_are_read_one_by_one() -> None:
    pieces = [encoded_map({f"k{number}": number}) for number in range(1000)]
    assert columnwise(pieces, None) == [{f"k{number}": ("int64", f"{number}")} for number in range(1000)]


@given(st.lists(st.one_of(st.binary(max_size=3), st.binary(max_size=20)), max_size=30))
def test_alike_pieces_are_taken_out_once(pieces: list[bytes]) -> None:
    data = Bytes([*pieces, b"behind"])
    begin = data.starts[:-1]
    found, which = distinct(data, begin, begin + np.array([len(piece) for piece in pieces], np.int64))
    assert [found[number] for number in which.tolist()] == pieces
    assert len(set(found)) == len(found)
