"""The second load of a table is the first one's frame, and nobody can tell them apart."""

import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from repositories import new_repository

import dvdata
from dvdata import frames, readings
from dvdata.storage import Cache

pd = pytest.importorskip("pandas")
np = pytest.importorskip("numpy")


@dataclass
class Source:
    """A file that says it is large, and counts how often it is parsed."""

    cache: Cache
    id: bytes = b"1" * 32
    size: int = frames.LEAST
    parsed: int = field(default=0)

    def kept(self) -> frames.Kept:
        return frames.Kept(self.id, self.size, self.cache)

    def load(self, make: Callable[[], Any], loader: str = "csv", **options: Any) -> Any:
        def counted() -> Any:
            self.parsed += 1
            return make()

        return frames.cached(self, loader, options, counted)


@pytest.fixture
def source(cache: Cache) -> Source:
    return Source(cache)


def check_same(one: Any, other: Any) -> None:
    pd.testing.assert_frame_equal(
        one, other, check_exact=True, check_index_type="exact", check_column_type="exact"
    )
    for name in one.columns[[dtype.kind == "O" for dtype in one.dtypes]]:
        assert list(map(type, one[name])) == list(map(type, other[name]))


TABLE = """id,when,x,flag,text,empty,mixed
1,2026-01-01T10:00:00,1.5,True,ä,,1
2,2026-01-02T10:00:00,,False,NA,,a
3,,inf,True,"",,2.5
"""
READINGS: list[dict[str, Any]] = [
    {},
    {"index_col": "id"},
    {"index_col": ["id", "text"]},
    {"parse_dates": ["when"]},
    {"usecols": ["x", "text"]},
    {"dtype": {"text": "category"}},
    {"dtype": {"x": "Float64", "id": "Int8"}},
    {"dtype": str},
    {"dtype": object},
    {"header": None},
    {"keep_default_na": False},
    {"nrows": 0},
]


@pytest.mark.parametrize("options", READINGS, ids=str)
def test_a_second_load_is_not_parsed_and_equal(source: Source, options: dict[str, Any]) -> None:
    def parse() -> Any:
        return pd.read_csv(io.StringIO(TABLE), **options)

    first, second = source.load(parse, **options), source.load(parse, **options)
    check_same(first, parse())
    check_same(second, first)
    assert source.parsed == 1


CELLS = some.sampled_from([None, float("nan"), 1, 2.5, True, "a", "", b"x", (1, 2)])
COLUMNS = some.one_of(
    some.lists(some.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3).map(np.array),
    some.lists(some.floats(), min_size=3, max_size=3).map(np.array),
    some.lists(some.text(max_size=3), min_size=3, max_size=3),
    some.lists(some.one_of(some.none(), some.text(max_size=3)), min_size=3, max_size=3),
    some.lists(CELLS, min_size=3, max_size=3).map(lambda cells: pd.array(cells, dtype=object)),
    some.just(pd.Categorical(["b", None, "a"], categories=["b", "a"], ordered=True)),
    some.just(pd.to_datetime(["2026-01-01", None, "1700-02-03"], utc=True).tz_convert("Europe/Berlin")),
    some.just(pd.to_timedelta([1, None, 3], unit="s")),
    some.just(pd.array([1, None, 3], dtype="UInt16")),
    some.just(pd.array(["a", None, "c"], dtype="string")),
)
INDEXES = some.sampled_from(
    [
        None,
        pd.RangeIndex(5, 20, 5),
        pd.Index(["a", "a", "b"], name="key"),
        pd.date_range("2026-01-01", periods=3, freq="D"),
        pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["k", None]),
    ]
)


@given(some.dictionaries(some.text(max_size=3), COLUMNS, max_size=4), INDEXES)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_whatever_is_kept_comes_back_equal(tmp_path: Path, columns: dict[str, Any], index: Any) -> None:
    frame = pd.DataFrame(columns)
    if index is not None and len(frame):
        frame.index = index
    source = Source(Cache(tmp_path), id=os.urandom(32))
    check_same(source.load(lambda: frame), frame)
    check_same(source.load(lambda: frame), frame)


@pytest.mark.parametrize(
    "made",
    [
        lambda: pd.DataFrame({"a": [1, "b", None]}, dtype=object),
        lambda: pd.DataFrame({"a": [[1], {"b": 2}, None]}),
        lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]),
        lambda: iter([pd.DataFrame({"a": [1]})]),
        lambda: [1, 2],
    ],
)
def test_what_arrow_would_change_is_parsed_again(source: Source, made: Callable[[], Any]) -> None:
    assert type(source.load(made)) is type(source.load(made))
    assert source.parsed == 2


def test_frames_are_told_apart_by_content_loader_and_options(source: Source) -> None:
    def load(loader: str = "csv", **options: Any) -> Any:
        return source.load(lambda: pd.DataFrame({"a": [source.parsed]}), loader, **options)

    variants: list[dict[str, Any]] = [
        *({}, {"sep": ";"}, {"sep": ","}, {"n": 1}, {"n": 1.0}, {"n": True}, {"n": "1"}, {"n": None}),
        *({"n": [1]}, {"n": (1,)}, {"n": {"a": 1}}, {"n": float}, {"n": int}, {"m": None}),
    ]
    for number, options in enumerate(variants):
        assert load(**options)["a"][0] == load(**options)["a"][0] == number + 1
    assert load("json")["a"][0] == len(variants) + 1
    source.id = b"2" * 32
    assert load()["a"][0] == len(variants) + 2


@pytest.mark.parametrize("option", [print, b"x", object(), {"a": [len]}])
def test_options_without_a_text_are_not_kept(source: Source, option: Any) -> None:
    for _ in range(2):
        source.load(lambda: pd.DataFrame({"a": [1]}), option=option)
    assert source.parsed == 2


def test_small_files_are_parsed(source: Source) -> None:
    source.size = frames.LEAST - 1
    for _ in range(2):
        source.load(lambda: pd.DataFrame({"a": [1]}))
    assert source.parsed == 2


def kept_file(source: Source) -> Path:
    (file,) = (path for path in (source.cache.folder / "frames").rglob("*") if path.is_file())
    return file


@pytest.mark.parametrize("at", [8, 200, -40, -1])
def test_a_damaged_file_is_parsed_again(source: Source, at: int) -> None:
    frame = pd.DataFrame({"a": range(1000), "b": [f"text {n}" for n in range(1000)]})
    source.load(lambda: frame)
    file = kept_file(source)
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.chmod(0o644)
    file.write_bytes(data)
    other = Source(Cache(source.cache.folder))
    check_same(other.load(lambda: frame), frame)
    check_same(other.load(lambda: frame), frame)
    assert other.parsed == 1


@pytest.mark.parametrize("length", [0, 10, 500])
def test_a_short_file_is_parsed_again(source: Source, length: int) -> None:
    frame = pd.DataFrame({"a": range(1000)})
    source.load(lambda: frame)
    file = kept_file(source)
    data = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(data[:length])
    other = Source(Cache(source.cache.folder))
    check_same(other.load(lambda: frame), frame)
    assert other.parsed == 1


def test_who_changes_a_frame_changes_only_his(source: Source) -> None:
    def parse() -> Any:
        return pd.read_csv(io.StringIO(TABLE))

    source.load(parse)
    mine = source.load(parse)
    mine.loc[0, "id"] = 99
    mine["x"] += 1
    mine.loc[1, "text"] = "changed"
    mine.iloc[2, 0] = 7
    check_same(source.load(parse), parse())


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    cache = Cache(tmp_path, size=200_000)
    for number in range(10):
        source = Source(cache, id=bytes([number]) * 32)
        source.load(lambda: pd.DataFrame({"a": np.arange(5000)}))
    sizes = [path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()]
    assert 0 < sum(sizes) <= 200_000


def test_a_full_disk_hurts_nobody(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Cache, "add", full)
    assert len(source.load(lambda: pd.DataFrame({"a": [1]}))) == 1


@pytest.mark.parametrize("name", ["table.csv", "table.tsv", "table.json", "table.jsonl"])
def test_an_entry_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    frame = pd.DataFrame({"n": range(20_000), "text": [f"text {n}" for n in range(20_000)], "x": 0.1})
    repository = new_repository(tmp_path / "repository")
    write: dict[str, Callable[[], str]] = {
        "table.csv": lambda: frame.to_csv(index=False),
        "table.tsv": lambda: frame.to_csv(index=False, sep="\t"),
        "table.json": lambda: frame.to_json(orient="records"),
        "table.jsonl": lambda: frame.to_json(orient="records", lines=True),
    }
    repository.write(name, write[name]())
    repository.commit("a table")
    monkeypatch.setenv("DVDATA_CACHE", str(tmp_path / "cache"))
    package = dvdata.open(repository.path)["main"]
    first = package[name]()
    check_same(first, frame)
    monkeypatch.setattr(type(package[name]), "open", lambda self: pytest.fail("it was read again"))
    monkeypatch.setattr(type(package[name]), "read", lambda self: pytest.fail("it was read again"))
    readings.forget()
    check_same(package[name](), first)
    assert [read.path for read in readings.reads()] == [name]
