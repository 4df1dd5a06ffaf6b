"""Which loader a name asks for, texts, notebooks, and loaders of one's own."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from files import File, Folder, written

from dvdata.errors import BadInput, MissingDependency
from dvdata.loaders import load, load_folder, register, registry


@pytest.fixture(autouse=True)
def _forgotten_afterwards() -> Iterator[None]:
    before = dict(registry._registered)
    yield
    registry._registered.clear()
    registry._registered.update(before)


@pytest.mark.parametrize("name", ["a.txt", "README", "README.md", "a.yaml", ".dvignore", "a.py", "a.b.c.TXT"])
def test_texts_are_str(tmp_path: Path, name: str) -> None:
    assert load(written(tmp_path, name, "grüße\r\n")) == "grüße\r\n"


@pytest.mark.parametrize(
    "name", ["a", "a.bin", "a.csvx", ".csv", "csv", "a.", "a.tif.gz", "a.bin.gz", "a.gz"]
)
def test_what_has_no_known_form_is_its_bytes(tmp_path: Path, name: str) -> None:
    assert load(written(tmp_path, name, b"\x00\xff")) == b"\x00\xff"


def test_text_in_another_encoding_is_refused_by_its_code(tmp_path: Path) -> None:
    file = written(tmp_path, "a.txt", "grüße".encode("latin-1"))
    with pytest.raises(BadInput) as caught:
        load(file)
    assert caught.value.code == "DV_BAD_ENCODING"
    assert load(file, encoding="latin-1") == "grüße"


def test_compressed_text(tmp_path: Path) -> None:
    assert load(written(tmp_path, "a.txt.gz", gzip.compress(b"abc"))) == "abc"


def test_a_notebook_is_a_node_of_nbformat(tmp_path: Path) -> None:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    found = load(written(tmp_path, "a.ipynb", nbformat.writes(made)))
    assert found.cells[0].source == "1 + 1"
    with pytest.raises(BadInput, match=r"'b.ipynb' cannot be read as a notebook"):
        load(written(tmp_path, "b.ipynb", "{"))


def test_own_loaders_come_first_and_the_longest_ending_counts(tmp_path: Path) -> None:
    @register(".tile.csv")
    def tile(entry: File, **options: Any) -> Any:
        return ("tile", entry.read(), options)

    register(".CSV", lambda entry: "mine")
    assert load(written(tmp_path, "a.tile.csv", "x"), scene=1) == ("tile", b"x", {"scene": 1})
    assert load(written(tmp_path, "a.csv", "x")) == "mine"
    assert load(written(tmp_path, "a.tsv", "x\n1\n")).shape == (1, 1)


def test_an_own_loader_fails_in_its_own_way(tmp_path: Path) -> None:
    register(".bad", lambda entry: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load(written(tmp_path, "a.bad", "x"))


def test_an_own_loader_of_folders(tmp_path: Path) -> None:
    (tmp_path / "a.n5").mkdir()
    written(tmp_path / "a.n5", "attributes.json", "{}")
    register(".n5", lambda folder: sorted(folder))
    assert load_folder(Folder(tmp_path / "a.n5")) == ["attributes.json"]


@pytest.mark.parametrize("ending", ["csv", ".", "", "a.csv", "./a"])
def test_what_is_no_ending_is_refused(ending: str) -> None:
    with pytest.raises(BadInput, match="is no ending of names"):
        register(ending, load)


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("a.csv", "pandas", "pandas"),
        ("a.parquet", "pyarrow", "arrow"),
        ("a.xlsx", "openpyxl", "excel"),
        ("a.tif", "tifffile", "images"),
        ("a.png", "imagecodecs", "images"),
        ("a.ipynb", "nbformat", "notebook"),
    ],
)
def test_a_missing_package_is_asked_for_by_the_extra_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(MissingDependency) as caught:
        load(written(tmp_path, name, "x"))
    assert caught.value.hint == f'pip install "dv-data[{extra}]"'
    assert f"'{module}'" in caught.value.message
