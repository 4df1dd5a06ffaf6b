"""A DataFrame as an Arrow file that is mapped into memory, and behind it the BLAKE3 of its bytes.

Plain numbers are not copied when the file is read: their columns are the mapped file itself, and a page of it
is copied once somebody writes to it. All else comes as Arrow makes it of what it knows of the frame.
"""

import json
import math
import mmap
from importlib import import_module
from pathlib import Path
from typing import Any

from blake3 import blake3

_CHECKSUM_BYTES = 32
_PLAIN = {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)} | {"float32", "float64"}
_NUMBERS = b"dvdata.numbers"
"""Which columns are NumPy's whole or floating numbers."""
_OBJECTS = b"dvdata.objects"
"""Which are Python's objects: texts, and NaN where there is none."""


def write(path: Path, frame: Any) -> None:
    """In one batch, so that a column is one array; not compressed. TypeError for what Arrow changes."""
    pyarrow = import_module("pyarrow")
    table = pyarrow.Table.from_pandas(frame)
    numbers, objects = [], []
    for number, (_, column) in enumerate(frame.items()):
        if column.dtype == object:
            _check_texts(column)
            objects.append(number)
        elif str(column.dtype) in _PLAIN:
            # NaN stays what it is, instead of a hole.
            table = table.set_column(number, table.schema.field(number), pyarrow.array(column.to_numpy()))
            numbers.append(number)
    told = {_NUMBERS: json.dumps(numbers).encode(), _OBJECTS: json.dumps(objects).encode()}
    table = table.combine_chunks().replace_schema_metadata({**(table.schema.metadata or {}), **told})
    with pyarrow.OSFile(str(path), "wb") as file, pyarrow.ipc.new_file(file, table.schema) as arrow:
        arrow.write_table(table)
    checksum = _checksum(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(checksum)


def read(path: Path) -> Any:
    """The frame of a file that is sound."""
    pyarrow = import_module("pyarrow")
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    whole = pyarrow.py_buffer(mapped)
    table = pyarrow.ipc.open_file(whole.slice(0, len(mapped) - _CHECKSUM_BYTES)).read_all()
    numbers, objects = (json.loads(table.schema.metadata[key]) for key in (_NUMBERS, _OBJECTS))
    labels = table.slice(0, 0).to_pandas().columns
    made = [number for number in range(len(labels)) if number not in set(numbers)]
    rest = table.select([*made, *range(len(labels), table.num_columns)]).to_pandas()
    columns = {number: rest.iloc[:, place] for place, number in enumerate(made)}
    for number in objects:
        columns[number] = columns[number].astype(object).where(columns[number].notna(), math.nan)
    for number in numbers:
        columns[number] = _array(mapped, whole.address, table.column(number))
    frame = import_module("pandas").DataFrame(
        {number: columns[number] for number in range(len(labels))}, index=rest.index, copy=False
    )
    frame.columns = labels
    return frame


def is_same(again: Any, frame: Any) -> bool:
    """Whether nobody can tell two frames apart. Values are compared as Arrow has them: that is fast."""
    table_of = import_module("pyarrow").Table.from_pandas
    return bool(
        not frame.attrs
        and frame.flags == again.flags
        and list(frame.dtypes) == list(again.dtypes)
        and _same_labels(frame.columns, again.columns)
        and _same_labels(frame.index, again.index)
        and table_of(again).equals(table_of(frame), check_metadata=True)
    )


def is_sound(path: Path) -> bool:
    """Whether a file is what was written."""
    size = path.stat().st_size - _CHECKSUM_BYTES
    if size < 0:
        return False
    with path.open("rb") as file:
        file.seek(size)
        return file.read() == _checksum(path, size)


def _array(mapped: mmap.mmap, address: int, column: Any) -> Any:
    """A column without holes as an array over the mapped file: it may be written to, the file stays."""
    numpy = import_module("numpy")
    type = column.type.to_pandas_dtype()
    if len(column) == 0:
        return numpy.empty(0, type)
    (chunk,) = column.chunks
    at = chunk.buffers()[1].address - address + chunk.offset * numpy.dtype(type).itemsize
    return numpy.frombuffer(mapped, type, len(chunk), at)


def _check_texts(column: Any) -> None:
    kinds = set(map(type, column.array))
    if not kinds <= {str, float}:
        raise TypeError("a column holds other objects than texts and NaN")


def _same_labels(one: Any, other: Any) -> bool:
    kept = type(one) is type(other) and one.dtype == other.dtype and one.identical(other)
    return bool(kept and getattr(one, "freq", None) == getattr(other, "freq", None))


def _checksum(path: Path, size: int) -> bytes:
    """Of the first bytes of a file, mapped and hashed by all processors."""
    with import_module("pyarrow").memory_map(str(path)) as mapped:
        hasher = blake3(max_threads=blake3.AUTO)
        hasher.update(mapped.read_buffer(size))
        return hasher.digest()
