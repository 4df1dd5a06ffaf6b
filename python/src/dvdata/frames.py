"""Tables that were parsed once, kept as Arrow files: parsing a CSV again costs mapping a file into memory.

What is kept is named by the content's id, how it was read, and the versions of what reads: the same name is
always the same frame. A frame is kept only if it came back equal when it was written, and its file is held
against a checksum before it is given. Whatever goes wrong here costs time and nothing else.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from blake3 import blake3

from dvdata.storage import Cache

LEAST = 256 * 1024
"""Bytes of a file below which parsing it again is no slower."""

_FORM = 1
"""Changes whenever the same frame would be written in another way."""
_CHECKSUM_BYTES = 32
_NAN_COLUMNS = b"dvdata.nan"


class Kept(NamedTuple):
    """Content that tables are made of, and the cache that they are kept in."""

    id: bytes
    size: int
    cache: Cache | None


def cached(source: object, loader: str, options: Mapping[str, Any], load: Callable[[], Any]) -> Any:
    """What `load` gives, kept if it is a DataFrame. `loader` and `options` say all that it depends on.

    `source`: what is loaded. Its method `kept`, if it has one, gives a `Kept` and notes that it is read.
    """
    kept: Kept | None = source.kept() if hasattr(source, "kept") else None
    if kept is None or kept.cache is None or kept.size < LEAST:
        return load()
    name = _name(kept.id, loader, options)
    if name is None:
        return load()
    path = kept.cache.path(name, _is_sound)
    if path is not None:
        with suppress(Exception):
            return _read(path)
    frame = load()
    with suppress(Exception):
        _keep(kept.cache, name, frame)
    return frame


def _name(id: bytes, loader: str, options: Mapping[str, Any]) -> str | None:
    """What the frame is called in the cache; None where it cannot be kept."""
    with suppress(ImportError, TypeError):
        pandas, pyarrow = import_module("pandas"), import_module("pyarrow")
        versions = [_FORM, pandas.__version__, pyarrow.__version__, *_settings(pandas)]
        key = json.dumps([versions, id.hex(), loader, _plain(options)], sort_keys=True)
        digest = blake3(key.encode("utf-8", "surrogatepass")).hexdigest()
        return f"frames/{digest[:2]}/{digest}"
    return None


def _settings(pandas: Any) -> list[str]:
    """What else says how texts are read."""
    options = ["mode.string_storage"]
    if pandas.__version__.startswith("2."):
        options.append("future.infer_string")
    found = []
    for option in options:
        with suppress(KeyError, AttributeError):
            found.append(repr(pandas.get_option(option)))
    return found


def _plain(value: Any) -> Any:
    """Options as JSON in which different ones differ; TypeError for what has no text, as functions."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return [type(value).__name__, repr(value)]
    if isinstance(value, Mapping):
        return ["mapping", sorted([_plain(key), _plain(entry)] for key, entry in value.items())]
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [type(value).__name__, [_plain(entry) for entry in value]]
    if value in (bool, int, float, str, object):
        return ["type", value.__name__]
    raise TypeError(f"{type(value).__name__} has no text that stands for it")


def _keep(cache: Cache, name: str, frame: Any) -> None:
    """Adds a frame, if the file gives it back as it is; any exception says that it does not."""
    pandas = import_module("pandas")
    if not isinstance(frame, pandas.DataFrame):
        return
    table = _table(frame)

    def write(path: Path) -> None:
        _write(path, table)
        if not _is_same(_read(path), frame, table):
            raise ValueError("it comes back as another frame")

    cache.add(name, write)


def _table(frame: Any) -> Any:
    """Columns of objects are kept only where they are texts: others come back as what they look like."""
    nan = []
    for number, (_, column) in enumerate(frame.items()):
        if column.dtype == object:
            _check_texts(column)
            nan.append(number)
    table = import_module("pyarrow").Table.from_pandas(frame)
    metadata = table.schema.metadata or {}
    return table.replace_schema_metadata({**metadata, _NAN_COLUMNS: json.dumps(nan).encode()})


def _check_texts(column: Any) -> None:
    kinds = set(map(type, column.array))
    if not kinds <= {str, float}:
        raise TypeError("a column holds other objects than texts and NaN")


def _is_same(again: Any, frame: Any, table: Any) -> bool:
    """Whether users could tell two frames apart. The values are compared as Arrow has them, which takes no
    time.
    """
    return bool(
        not frame.attrs
        and frame.flags == again.flags
        and list(frame.dtypes) == list(again.dtypes)
        and _same_labels(frame.columns, again.columns)
        and _same_labels(frame.index, again.index)
        and _table(again).equals(table, check_metadata=True)
    )


def _same_labels(one: Any, other: Any) -> bool:
    kept = type(one) is type(other) and one.dtype == other.dtype and one.identical(other)
    return bool(kept and getattr(one, "freq", None) == getattr(other, "freq", None))


def _write(path: Path, table: Any) -> None:
    """An Arrow file, not compressed so that it can be mapped, and behind it the BLAKE3 of its bytes."""
    pyarrow = import_module("pyarrow")
    with pyarrow.OSFile(str(path), "wb") as file, pyarrow.ipc.new_file(file, table.schema) as arrow:
        arrow.write_table(table)
    checksum = _checksum(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(checksum)


def _read(path: Path) -> Any:
    pyarrow = import_module("pyarrow")
    mapped = pyarrow.memory_map(str(path))
    table = pyarrow.ipc.open_file(mapped.read_buffer(path.stat().st_size - _CHECKSUM_BYTES)).read_all()
    frame = table.to_pandas()
    for number in json.loads(table.schema.metadata[_NAN_COLUMNS]):
        column = frame.iloc[:, number]
        frame.isetitem(number, column.astype(object).where(column.notna(), math.nan))
    return frame


def _is_sound(path: Path) -> bool:
    size = path.stat().st_size - _CHECKSUM_BYTES
    if size < 0:
        return False
    with path.open("rb") as file:
        file.seek(size)
        return file.read() == _checksum(path, size)


def _checksum(path: Path, size: int) -> bytes:
    """Of the first bytes of a file, mapped and hashed by all processors."""
    with import_module("pyarrow").memory_map(str(path)) as mapped:
        hasher = blake3(max_threads=blake3.AUTO)
        hasher.update(mapped.read_buffer(size))
        return hasher.digest()
