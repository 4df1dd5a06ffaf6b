"""Metadata: a map from names to typed values (spec/04-objects.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import TypeAlias

from dvdata.format.encoding import Reader

MOST_OF_A_VALUE = 512 * 1024
"""Bytes of a value object."""

_MOST_NAMES = 65_536
_MOST_OF_A_NAME = 1024
_MOST_MILLISECONDS = 8_640_000_000_000_000
_NAN = bytes.fromhex("000000000000f87f")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, order=True, slots=True)
class FarDate:
    """A date before the year 1 or after 9999, which `datetime` cannot hold."""

    milliseconds: int


Scalar: TypeAlias = str | int | float | bool | datetime | FarDate
Value: TypeAlias = Scalar | tuple[Scalar, ...]
Metadata: TypeAlias = Mapping[str, Value]
"""A dict, shared by all who asked for the same bytes: it is not to be changed."""

NOTHING: Metadata = {}


def read_metadata(reader: Reader) -> Metadata:
    """A map of metadata. int64 is int, float64 float, boolean bool, date datetime in UTC."""
    values: dict[str, Value] = {}
    before: bytes | None = None
    for _ in range(reader.count(_MOST_NAMES, each=3)):
        name = reader.string(_MOST_OF_A_NAME)
        encoded = name.encode()
        if before is not None and encoded <= before:
            raise reader.damaged("names of metadata are not in ascending order")
        before = encoded
        values[name] = _value(reader)
    return values


@lru_cache(maxsize=4096)
def decode_metadata(data: bytes, what: str) -> Metadata:
    """What a value object, or an entry, has. Many entries have the same bytes, so results are kept."""
    reader = Reader(data, what)
    metadata = read_metadata(reader)
    reader.end()
    return metadata


def date_of(milliseconds: int) -> datetime | FarDate:
    """Milliseconds since 1970 UTC as what Python compares and shows."""
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return FarDate(milliseconds)


def milliseconds_of(date: datetime | FarDate) -> int:
    """The other way round; exact."""
    if isinstance(date, FarDate):
        return date.milliseconds
    return (date - _EPOCH) // timedelta(milliseconds=1)


def read_date(reader: Reader) -> int:
    """Milliseconds since 1970 UTC, within what every language can hold."""
    milliseconds = reader.int64()
    if abs(milliseconds) > _MOST_MILLISECONDS:
        raise reader.damaged("a date is out of range")
    return milliseconds


def _float64(reader: Reader) -> float:
    data = reader.raw(8)
    value = Reader(data, "A number").f64()
    if value != value and data != _NAN:
        raise reader.damaged("a NaN has other bits than the one")
    return value


def _boolean(reader: Reader) -> bool:
    byte = reader.u8()
    if byte > 1:
        raise reader.damaged(f"a boolean is {byte}")
    return byte == 1


def _list(reader: Reader) -> tuple[Scalar, ...]:
    return tuple(_scalar(reader, reader.u8()) for _ in range(reader.count(_MOST_NAMES, each=2)))


_TYPES: dict[int, Callable[[Reader], Scalar]] = {
    1: Reader.string,
    2: Reader.int64,
    3: _float64,
    4: _boolean,
    5: lambda reader: date_of(read_date(reader)),
}
_LIST = 6


def _value(reader: Reader) -> Value:
    kind = reader.u8()
    return _list(reader) if kind == _LIST else _scalar(reader, kind)


def _scalar(reader: Reader, kind: int) -> Scalar:
    read = _TYPES.get(kind)
    if read is None:
        raise reader.damaged(f"a value is of type {kind}, which none is here")
    return read(reader)
