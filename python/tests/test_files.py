"""The files of packages as DataFrames."""

from datetime import datetime, timezone
from typing import Any

import pytest
from repositories import new_repository

import dvdata as dv
from dvdata.package import Package

pandas = pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    made = new_repository(tmp_path_factory.mktemp("where") / "repository")
    for plate in range(3):
        for well in range(40):
            made.write(f"plates/p{plate}/w{well:02}.tif", "x" * well * 100)
        made.write(f"plates/p{plate}/notes.md", f"# {plate}")
    made.write("movie.bin", bytes(range(256)) * 12_000)
    (made.path / "latest").symlink_to("plates/p2")
    made.commit("files")
    made.dv("meta", "set", "plates", "line=AICS-23", "reviewed=false")
    made.dv("meta", "set", "plates/p1", "line=AICS-54", "reviewed=true", "imaged=2026-01-31")
    made.dv("meta", "set", "plates/p0/w07.tif", "dose=0.5", "size=7", "--type", "size=int64")
    made.dv("meta", "set", "plates/p0/w08.tif", "dose=2", "mixed=a", 'tags=["x", 1]')
    made.dv("meta", "set", "movie.bin", "mixed=3")
    made.commit("metadata")
    return dv.open(made.path)["main"]  # type: ignore[no-any-return]


def test_files_is_a_frame(package: Package) -> None:
    frame = package.files
    assert list(frame["path"]) == list(package)
    assert list(frame.columns[:3]) == ["path", "kind", "size"]
    assert list(frame.columns[3:]) == ["dose", "imaged", "line", "mixed", "reviewed", "meta.size", "tags"]
    rows: dict[str, Any] = {row.path: row for row in frame.itertuples(index=False)}
    for path, entry in package.items():
        assert (rows[path].kind, rows[path].size) == (entry.kind, entry.size)
    eight = frame[frame["path"] == "plates/p0/w08.tif"].iloc[0]
    assert (eight["dose"], eight["mixed"], eight["tags"], eight["line"]) == (2.0, "a", ("x", 1), "AICS-23")
    assert frame["dose"].dtype == "float64" and int(frame["dose"].notna().sum()) == 2
    assert frame["reviewed"].dtype == "boolean" and frame["reviewed"].sum() == 41
    assert frame["meta.size"].dtype == "Int64" and frame["meta.size"].dropna().tolist() == [7]
    assert frame["imaged"].max() == pandas.Timestamp(datetime(2026, 1, 31, tzinfo=timezone.utc))
    assert int(frame["imaged"].isna().sum()) == len(frame) - 41
    movie = frame.set_index("path").loc["movie.bin"]
    assert movie["mixed"] == 3 and pandas.isna(movie["line"]) and pandas.isna(movie["reviewed"])
    assert set(frame["kind"]) == {"file", "symlink"}


def test_files_of_less(package: Package) -> None:
    assert list(package["plates/p1"].where("size > 3800").files["path"]) == ["w39.tif"]
    assert list(package["plates/p1"].files["path"]) == list(package["plates/p1"])
    many = package.where("line = 'AICS-23' OR reviewed")
    assert len(many) > 100 and list(many.files["path"]) == list(many)
    some = package.glob("plates/*/w00.tif").files
    assert some["path"].tolist() == [f"plates/p{plate}/w00.tif" for plate in range(3)]
    assert list(some.index) == [0, 1, 2] and "mixed" not in package["plates/p1"].files
    assert len(package.where("size > 1e12").files) == 0
