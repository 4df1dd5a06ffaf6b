"""Values become files by the ends of their names, the same bytes for the same value."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

from dvdata import errors, writers
from dvdata.writers import file_of

FRAME = pd.DataFrame({"cell": [1, 2, 3], "line": ["AICS-23", "ä", None], "area": [0.5, 1.0, float("nan")]})


def written(value: Any, path: str, folder: Path) -> bytes:
    """The bytes; twice, to see that they are the same."""
    first, second = (file_of(value, path, folder / str(i)).read_bytes() for i in range(2))
    assert first == second
    return first


def test_bytes_texts_and_files_are_taken_as_they_are(tmp_path: Path) -> None:
    assert written(b"\0\xff", "x.parquet", tmp_path) == b"\0\xff"
    assert written(bytearray(b"a"), "x", tmp_path) == written(memoryview(b"a"), "x", tmp_path) == b"a"
    assert written("ä", "x.json", tmp_path) == "ä".encode()
    assert file_of(io.BytesIO(b"stream"), "x", tmp_path / "s").read_bytes() == b"stream"
    own = tmp_path / "own"
    own.write_bytes(b"own")
    assert file_of(own, "x", tmp_path / "spool") == own
    assert not (tmp_path / "spool").exists()


def test_frames_are_read_again_as_they_were(tmp_path: Path) -> None:
    for name, read in {
        "x.parquet": pd.read_parquet,
        "x.csv": pd.read_csv,
        "X.TSV": lambda file: pd.read_csv(file, sep="\t"),
        "x.json": pd.read_json,
        "x.jsonl": lambda file: pd.read_json(file, lines=True),
        "x.xlsx": pd.read_excel,
        "x.feather": pd.read_feather,
    }.items():
        file = file_of(FRAME, name, tmp_path / name)
        again = read(file) if name != "x.xlsx" else read(file, engine="openpyxl")
        pd.testing.assert_frame_equal(again, FRAME, check_dtype=False)
    named = FRAME.set_index("cell")
    assert written(named, "x.csv", tmp_path).startswith(b"cell,line,area\n1,")
    assert written(FRAME, "x.csv", tmp_path).startswith(b"cell,line,area\n1,")


def test_polars_and_arrow_are_tables_too(tmp_path: Path) -> None:
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    for value in (table, pl.DataFrame({"a": [1, 2], "b": ["x", None]})):
        again = pyarrow.parquet.read_table(io.BytesIO(written(value, "x.parquet", tmp_path)))
        assert again.to_pydict() == table.to_pydict()
        again = pyarrow.ipc.open_file(io.BytesIO(written(value, "x.arrow", tmp_path))).read_all()
        assert again.to_pydict() == table.to_pydict()
        assert pd.read_csv(io.BytesIO(written(value, "x.csv", tmp_path)))["a"].tolist() == [1, 2]
    assert json.loads(written(pl.DataFrame({"a": [1]}), "x.jsonl", tmp_path)) == {"a": 1}


def test_arrays_and_pictures_are_read_again_as_they_were(tmp_path: Path) -> None:
    import tifffile
    from PIL import Image

    array = np.arange(24, dtype="u1").reshape(4, 6)
    assert np.array_equal(np.load(io.BytesIO(written(array, "x.npy", tmp_path))), array)
    assert np.array_equal(np.load(io.BytesIO(written({"a": array}, "x.npz", tmp_path)))["a"], array)
    assert np.array_equal(tifffile.imread(io.BytesIO(written(array, "x.tif", tmp_path))), array)
    assert np.array_equal(np.array(Image.open(io.BytesIO(written(array, "x.png", tmp_path)))), array)
    assert Image.open(io.BytesIO(written(Image.fromarray(array), "x.jpg", tmp_path))).size == (6, 4)


def test_plain_data_is_json(tmp_path: Path) -> None:
    assert json.loads(written({"ä": [1, None]}, "x.json", tmp_path)) == {"ä": [1, None]}
    assert written([{"a": 1}, 2], "x.jsonl", tmp_path) == b'{"a": 1}\n2\n'


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (object(), "x.json"),
        (FRAME, "x.unknown"),
        (FRAME, "noend"),
        ([1], "x.csv"),
        ({"a": 1}, "x.npz2"),
        ("text".__len__, "x.jsonl"),
        (np.array([object()]), "x.npy"),
        (FRAME, "x.png"),
        (FRAME, "x.tif"),
        (pa.table({"a": [1]}), "x.xlsx"),
    ],
)
def test_what_cannot_be_written_so_says_what_can(tmp_path: Path, value: Any, path: str) -> None:
    with pytest.raises(errors.BadInput, match=f"as '{path}'") as raised:
        file_of(value, path, tmp_path / "spool")
    assert ".parquet" in str(raised.value.hint)


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(errors.MissingDependency) as raised:
        file_of(FRAME, "x.parquet", tmp_path / "spool")
    assert raised.value.hint == 'pip install "dv-data[arrow]"'


def test_own_writers_are_for_names_of_their_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "_WRITERS", dict(writers._WRITERS))
    writers.register(".Repr", lambda value, file: file.write(repr(value).encode()) and None)
    assert written([1], "a/x.repr", tmp_path) == b"[1]"
    with pytest.raises(errors.BadInput, match="no end"):
        writers.register("repr", lambda value, file: None)
