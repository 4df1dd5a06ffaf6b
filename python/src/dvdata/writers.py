"""Values to the bytes of files, by the name that they get: the other way round of calling an entry.

Bytes, texts and files are taken as they are; frames, arrays, pictures and plain data as the end of the name
says. The same value gives the same bytes, so that what did not change costs nothing.
"""

from __future__ import annotations

import inspect
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from dvdata.errors import BadInput
from dvdata.optional import needed

Writer = Callable[[Any, BinaryIO], None]
"""Writes a value into a file. Raises TypeError for a value that it cannot write."""


def register(suffix: str, writer: Writer) -> None:
    """Values given for names that end so ('.h5') are written by `writer` from now on."""
    if not suffix.startswith("."):
        raise BadInput(f"'{suffix}' is no end of a name", hint=f"it begins with a dot: '.{suffix}'")
    _WRITERS[suffix.lower()] = writer


def file_of(value: Any, path: str, spool: Path) -> Path:
    """A file with the bytes of `value` under the name `path`: the value's own, or `spool`, which is made."""
    own = _own_file(value)
    if own is not None:
        if not own.is_file():
            what = "is a folder: give its files one by one" if own.is_dir() else "is not there"
            raise BadInput(f"Cannot store '{own}' as '{path}': it {what}")
        return own.absolute()
    with spool.open("wb") as file:
        if isinstance(value, (bytes, bytearray, memoryview)):
            file.write(value)
        elif isinstance(value, str):
            file.write(_utf8(value, path))
        elif hasattr(value, "read"):
            shutil.copyfileobj(_binary(value, path), file, 1 << 20)
        else:
            _write_native(value, path, file)
    return spool


def _own_file(value: Any) -> Path | None:
    """Of a path, and of an entry of a package: its file in the cache."""
    if isinstance(value, os.PathLike) and not isinstance(value, str):
        return Path(value)
    if hasattr(value, "open") and callable(getattr(value, "path", None)):
        return Path(value.path())
    return None


def _utf8(value: str, path: str) -> bytes:
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput(f"The text for '{path}' holds half of a character", hint="give bytes") from None


def _binary(value: Any, path: str) -> Any:
    if isinstance(value.read(0), str):
        raise BadInput(
            f"What is given for '{path}' reads text",
            hint="open it as bytes: open(FILE, 'rb'); or give its text",
        )
    return value


def _write_native(value: Any, path: str, file: BinaryIO) -> None:
    suffix = PurePosixPath(path).suffix.lower()
    writer = _WRITERS.get(suffix)
    try:
        if writer is None:
            raise TypeError(f"'{suffix}' is not known" if suffix else "the name has no ending that says how")
        writer(value, file)
    except TypeError as error:
        kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
        raise BadInput(
            f"Cannot write a value of type '{kind}' as '{path}': {error}",
            hint=f"give bytes, text or a Path, or a name that ends in one of {', '.join(sorted(_WRITERS))}",
        ) from error


def _library(value: Any) -> str:
    """Which library a value is of, without importing it."""
    return type(value).__module__.partition(".")[0]


def _is_frame(value: Any) -> bool:
    return type(value).__name__ == "DataFrame" and _library(value) in ("pandas", "polars")


def _not(wanted: str) -> TypeError:
    return TypeError(f"it is no {wanted}")


def _table(value: Any) -> Any:
    arrow = needed("pyarrow", "arrow")
    if _is_frame(value):
        return arrow.Table.from_pandas(value) if _library(value) == "pandas" else value.to_arrow()
    if isinstance(value, arrow.RecordBatch):
        return arrow.Table.from_batches([value])
    if isinstance(value, arrow.Table):
        return value
    raise _not("frame or Arrow table")


# Pages end where the content says, not every so many rows: what is inserted moves no page but its own. And
# the dictionary of a column of many values is given up early: behind a new value all its numbers are others.
_PAGES = {"min_chunk_size": 64 * 1024, "max_chunk_size": 256 * 1024, "norm_level": 0}
_DICTIONARY_BYTES = 64 * 1024


def _write_parquet(value: Any, file: BinaryIO) -> None:
    parquet = needed("pyarrow.parquet", "arrow")
    option = "use_content_defined_chunking"
    knows = option in inspect.signature(parquet.ParquetWriter.__init__).parameters
    pages = {option: _PAGES} if knows else {}
    parquet.write_table(_table(value), file, dictionary_pagesize_limit=_DICTIONARY_BYTES, **pages)


def _write_arrow(value: Any, file: BinaryIO) -> None:
    table = _table(value)
    # Not compressed: dv does it, and a reader can map it into memory.
    with needed("pyarrow.ipc", "arrow").new_file(file, table.schema) as writer:
        writer.write_table(table)


def _index(frame: Any) -> bool:
    """Whether the index says something: rows that are only counted have none."""
    return frame.index.names != [None] or type(frame.index).__name__ != "RangeIndex"


def _separated(separator: str) -> Writer:
    def write(value: Any, file: BinaryIO) -> None:
        if _is_frame(value) and _library(value) == "pandas":
            value.to_csv(file, sep=separator, index=_index(value), lineterminator="\n")
        elif _is_frame(value):
            value.write_csv(file, separator=separator)
        else:
            csv = needed("pyarrow.csv", "arrow")
            csv.write_csv(_table(value), file, csv.WriteOptions(delimiter=separator))

    return write


def _write_json(value: Any, file: BinaryIO) -> None:
    if _is_frame(value):
        value.to_json(file, orient="records") if _library(value) == "pandas" else value.write_json(file)
    else:
        file.write(f"{json.dumps(value, indent=1, ensure_ascii=False)}\n".encode())


def _write_json_lines(value: Any, file: BinaryIO) -> None:
    if _is_frame(value) and _library(value) == "pandas":
        value.to_json(file, orient="records", lines=True)
    elif _is_frame(value):
        value.write_ndjson(file)
    elif isinstance(value, (list, tuple)):
        for item in value:
            file.write(f"{json.dumps(item, ensure_ascii=False)}\n".encode())
    else:
        raise _not("frame or list")


def _write_excel(value: Any, file: BinaryIO) -> None:
    needed("openpyxl", "excel")
    if not _is_frame(value) or _library(value) != "pandas":
        raise _not("pandas frame")
    value.to_excel(file, index=_index(value))


def _write_npy(value: Any, file: BinaryIO) -> None:
    numpy = needed("numpy", "images")
    try:
        numpy.save(file, value, allow_pickle=False)
    except ValueError as error:
        # An array of Python objects.
        raise TypeError(str(error)) from error


def _write_npz(value: Any, file: BinaryIO) -> None:
    if not isinstance(value, dict):
        raise _not("dict of arrays")
    needed("numpy", "images").savez(file, **value)


def _write_tiff(value: Any, file: BinaryIO) -> None:
    if _library(value) != "numpy":
        raise _not("array")
    needed("tifffile", "images").imwrite(file, value)


def _picture(form: str) -> Writer:
    def write(value: Any, file: BinaryIO) -> None:
        if hasattr(value, "savefig"):
            value.savefig(file, format=form)
            return
        image = needed("PIL.Image", "images")
        if _library(value) == "numpy":
            value = image.fromarray(value)
        if not isinstance(value, image.Image):
            raise _not("picture, array or figure")
        value.save(file, format=form)

    return write


_WRITERS: dict[str, Writer] = {
    ".parquet": _write_parquet,
    ".arrow": _write_arrow,
    ".feather": _write_arrow,
    ".csv": _separated(","),
    ".tsv": _separated("\t"),
    ".json": _write_json,
    ".jsonl": _write_json_lines,
    ".ndjson": _write_json_lines,
    ".xlsx": _write_excel,
    ".npy": _write_npy,
    ".npz": _write_npz,
    ".tif": _write_tiff,
    ".tiff": _write_tiff,
    ".png": _picture("png"),
    ".jpg": _picture("jpeg"),
    ".jpeg": _picture("jpeg"),
}
