"""Tables in the forms people have them in."""

import bz2
import gzip
import lzma
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pytest
import zstandard
from files import VEGA, File, written

from dvdata.errors import BadInput, BadTable
from dvdata.loaders import load

FRAME = pd.DataFrame({"well": ["A01", "A02", "B01"], "cells": [12, 7, 31], "mean": [0.5, 1.25, -3.0]})
TEXT = FRAME.to_csv(index=False)


def equal(found: Any, wanted: pd.DataFrame = FRAME) -> bool:
    pd.testing.assert_frame_equal(found, wanted)
    return True


def make(folder: Path, name: str) -> File:
    path = folder / name
    table = pa.Table.from_pandas(FRAME)
    match path.suffix:
        case ".csv":
            path.write_text(TEXT)
        case ".tsv":
            FRAME.to_csv(path, sep="\t", index=False)
        case ".json":
            FRAME.to_json(path, orient="records")
        case ".jsonl":
            FRAME.to_json(path, orient="records", lines=True)
        case ".parquet":
            FRAME.to_parquet(path)
        case ".arrow":
            with pa.ipc.new_file(path, table.schema) as file:
                file.write_table(table)
        case ".feather":
            pyarrow.feather.write_feather(FRAME, path)
        case ".xlsx":
            FRAME.to_excel(path, index=False)
    return File(path)


NAMES = ["a.csv", "a.tsv", "a.json", "a.jsonl", "a.parquet", "a.arrow", "a.feather", "a.xlsx"]


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_a_dataframe_and_on_request_of_polars_or_pyarrow(tmp_path: Path, name: str) -> None:
    file = make(tmp_path, name)
    assert equal(load(file))
    assert equal(load(file, as_="pandas"))
    assert load(file, as_="polars").equals(pl.from_pandas(FRAME))
    found = load(file, as_="pyarrow")
    assert isinstance(found, pa.Table)
    assert found.to_pydict() == FRAME.to_dict("list")


@pytest.mark.parametrize("name", NAMES)
def test_an_ending_counts_in_any_case(tmp_path: Path, name: str) -> None:
    path = make(tmp_path, name).path()
    assert equal(load(File(Path(path), "A." + name.partition(".")[2].upper())))


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zst", zstandard.ZstdCompressor().compress),
    ],
)
def test_compressed_tables_are_what_is_inside(tmp_path: Path, ending: str, pack: Any) -> None:
    file = written(tmp_path, "a.csv" + ending, pack(TEXT.encode()))
    assert equal(load(file))
    assert load(file, as_="polars").equals(pl.from_pandas(FRAME))
    assert load(file, as_="pyarrow").num_rows == 3
    assert equal(load(written(tmp_path, "a.tsv" + ending, pack(TEXT.replace(",", "\t").encode()))))
    rows = FRAME.to_json(orient="records", lines=True)
    assert equal(load(written(tmp_path, "a.jsonl" + ending, pack(rows.encode()))))


def test_options_are_those_of_the_library(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", TEXT.replace(",", ";"))
    assert equal(load(file, sep=";"))
    assert load(file, sep=";", index_col="well").index.name == "well"
    with pytest.raises(TypeError):
        load(file, no_such_option=1)


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    wide = pd.DataFrame({f"c{n}": [float(n * row % 977) for row in range(40_000)] for n in range(30)})
    wide.to_parquet(tmp_path / "wide.parquet", compression=None, use_dictionary=False)
    file = File(tmp_path / "wide.parquet")
    for as_ in ("pandas", "pyarrow"):
        file.bytes_read = 0
        assert list(load(file, as_=as_, columns=["c7"]).to_pandas() if as_ == "pyarrow" else load(file))
        load_size = (tmp_path / "wide.parquet").stat().st_size
        file.bytes_read = 0
        found = load(file, as_=as_, columns=["c7"])
        assert found.shape == (40_000, 1)
        assert file.bytes_read < load_size / 2


def test_a_library_that_is_not_one_of_three_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="'pandas', 'polars' or 'pyarrow', not as 'dask'"):
        load(written(tmp_path, "a.csv", TEXT), as_="dask")


@pytest.mark.parametrize("orient", ["records", "columns", "split", "table"])
def test_json_that_pandas_wrote_is_a_dataframe(tmp_path: Path, orient: Any) -> None:
    file = written(tmp_path, "a.json", FRAME.to_json(orient=orient, index=orient in ("columns", "split")))
    found = load(file)
    assert equal(found.reset_index(drop=True)[list(FRAME.columns)])
    assert not isinstance(load(file, as_="python"), pd.DataFrame)


@pytest.mark.parametrize(
    "text", ["{}", "[]", "[1, 2]", '{"a": 1}', '{"nodes": [{"a": 1}], "links": []}', "3", "null", '["a", {}]']
)
def test_other_json_is_what_it_says(tmp_path: Path, text: str) -> None:
    import json

    assert load(written(tmp_path, "a.json", text)) == json.loads(text)


def test_damage_names_the_file_and_the_form(tmp_path: Path) -> None:
    for name in NAMES:
        content = b"a,b\n1,2\n1,2,3,4\n" if name == "a.csv" else b"\xff\xfe{ this is nothing"
        if name == "a.tsv":
            content = b"a\tb\n1\t2\n1\t2\t3\t4\n"
        with pytest.raises(BadTable, match=f"'{name}' cannot be read as ") as caught:
            load(written(tmp_path, name, content))
        assert caught.value.code == "DV_BAD_TABLE"
        assert caught.value.details["path"] == name
        assert caught.value.__cause__ is not None


def test_damaged_compression_names_the_file(tmp_path: Path) -> None:
    whole = gzip.compress(TEXT.encode() * 100)
    with pytest.raises(BadTable, match=r"'a.csv' cannot be read as CSV"):
        load(written(tmp_path, "a.csv.gz", whole[: len(whole) // 2]))


@pytest.mark.skipif(VEGA is None, reason="vega-datasets-2 is not installed")
def test_the_tables_of_vega_datasets_load() -> None:
    assert VEGA is not None
    shapes = {
        name: load(File(VEGA / name)).shape
        for name in (
            "airports.csv",
            "unemployment.tsv",
            "cars.json",
            "flights-200k.arrow",
            "flights-3m.parquet",
        )
    }
    assert shapes == {
        "airports.csv": (3376, 7),
        "unemployment.tsv": (3218, 2),
        "cars.json": (406, 9),
        "flights-200k.arrow": (231083, 3),
        "flights-3m.parquet": (3000000, 5),
    }
    every = sorted(path for path in VEGA.iterdir() if path.suffix != ".parquet")
    for path in every:
        load(File(path))
    assert len(every) > 60
    assert isinstance(load(File(VEGA / "us-10m.json")), dict)
