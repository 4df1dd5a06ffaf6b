"""Libraries open files of a version by its address: in a folder, in a bucket, and on a web server."""

import multiprocessing
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fsspec
import pytest
from repositories import Repository, new_repository
from servers import s3_server, web_server

from dvdata import errors

pd = pytest.importorskip("pandas")
np = pytest.importorskip("numpy")


@dataclass(frozen=True)
class Elsewhere:
    """A version by its URL, and what the store's file system needs to be told."""

    top: str
    options: dict[str, Any] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"{self.top}/{path}"


WELLS = pd.DataFrame(
    {
        "well": [f"{row}{column:02}" for row in "ABCDEFGH" for column in range(1, 13)] * 40,
        "line": ["AICS-23", "AICS-7", "AICS-23", None] * 960,
        "area": np.linspace(0.5, 90, 3840),
        "cells": np.arange(3840),
    }
)


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository of tables, arrays and pictures, tagged v1; `main` has other ones."""
    zarr = pytest.importorskip("zarr")
    xarray = pytest.importorskip("xarray")
    repository = new_repository(tmp_path_factory.mktemp("plates") / "plates")
    path = repository.path
    WELLS.to_csv(path / "wells.csv", index=False)
    WELLS.to_parquet(path / "wells.parquet", row_group_size=500)
    WELLS.fillna({"line": "none"}).to_parquet(path / "by line", partition_cols=["line"])
    (path / "parts").mkdir()
    for number in range(6):
        WELLS[number * 640 : (number + 1) * 640].to_csv(path / f"parts/{number}.csv", index=False)
    with zipfile.ZipFile(path / "wells.zip", "w") as archive:
        archive.write(path / "wells.csv", "wells.csv")
    stack = np.arange(40 * 64 * 64, dtype="<u4").reshape(40, 64, 64)
    zarr.create_array(str(path / "stack.zarr"), data=stack, chunks=(4, 64, 64))
    data = xarray.Dataset({"stack": (("z", "y", "x"), stack)}, attrs={"plate": 7})
    data.chunk(z=10).to_zarr(path / "data.zarr", consolidated=True)
    (path / "images").mkdir()
    for number in range(24):
        np.save(path / f"images/{number:02}.npy", np.full((16, 16), number))
    repository.commit("plates")
    repository.dv("tag", "v1")
    (path / "wells.csv").write_text("well\nnone\n")
    repository.commit("other plates")
    return repository


@pytest.fixture(scope="module", params=["folder", "bucket", "web"])
def v1(
    request: pytest.FixtureRequest, plates: Repository, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Elsewhere]:
    """The tagged version, wherever it lies."""
    folder = tmp_path_factory.mktemp(request.param)
    caching = {"cache": str(folder / "cache")}
    if request.param == "folder":
        yield Elsewhere(f"dv://{plates.path}@v1", caching)
    elif request.param == "bucket":
        pytest.importorskip("s3fs")
        with s3_server("versitygw", folder) as bucket:
            plates.dv(
                *("remote", "add", "bucket", "s3://dvtest/lab/plates", "--endpoint", bucket.endpoint),
                environment=bucket.environment,
            )
            plates.dv("push", "bucket", "main", environment=bucket.environment)
            plates.dv("push", "bucket", "--tags", environment=bucket.environment)
            yield Elsewhere("dv://s3://dvtest/lab/plates@v1", {**bucket.options, **caching})
    else:
        pytest.importorskip("aiohttp")
        with web_server(plates.path, folder / "nginx") as web:
            yield Elsewhere(f"dv://{web.url}/.dv/store@v1", caching)


def sorted_wells(frame: Any) -> Any:
    return frame.sort_values("cells", ignore_index=True)[list(WELLS.columns)]


def check_wells(frame: Any) -> None:
    """Every value is that of the table; libraries have texts and numbers of types of their own."""
    found = sorted_wells(frame)
    for column in WELLS.columns:
        expected = WELLS[column].astype(object).where(WELLS[column].notna(), None)
        assert list(found[column].astype(object).where(found[column].notna(), None)) == list(expected), column


def test_pandas(v1: Elsewhere) -> None:
    check_wells(pd.read_csv(v1.url("wells.csv"), storage_options=v1.options))
    check_wells(pd.read_parquet(v1.url("wells.parquet"), storage_options=v1.options))
    lines = pd.read_parquet(v1.url("by%20line"), storage_options=v1.options)["line"].value_counts()
    assert dict(lines) == {"AICS-23": 1920, "AICS-7": 960, "none": 960}
    areas = pd.read_parquet(v1.url("wells.parquet"), columns=["area"], storage_options=v1.options)
    assert list(areas["area"]) == list(WELLS["area"])


def test_pandas_writes_nothing(v1: Elsewhere) -> None:
    with pytest.raises(OSError) as refused:
        WELLS.to_csv(v1.url("new.csv"), storage_options=v1.options)
    assert isinstance(refused.value, errors.ReadOnly)


def test_dask(v1: Elsewhere) -> None:
    dask = pytest.importorskip("dask")
    frames = pytest.importorskip("dask.dataframe")
    parts = frames.read_csv(v1.url("parts/*.csv"), storage_options=v1.options, blocksize=10_000)
    assert parts.npartitions > 6
    for scheduler in ("threads", "processes"):
        with dask.config.set(scheduler=scheduler, num_workers=2):
            check_wells(parts.compute())
    check_wells(frames.read_parquet(v1.url("wells.parquet"), storage_options=v1.options).compute())


def test_polars(v1: Elsewhere) -> None:
    polars = pytest.importorskip("polars")
    with fsspec.open(v1.url("wells.parquet"), **v1.options) as file:
        check_wells(polars.read_parquet(file).to_pandas())
        file.seek(0)
        lazy = polars.scan_parquet(file).filter(polars.col("line") == "AICS-7").select("cells").collect()
        assert lazy.height == 960
    with fsspec.open(v1.url("wells.csv"), **v1.options) as file:
        check_wells(polars.read_csv(file).to_pandas())
    fs, path = fsspec.url_to_fs(v1.url("by%20line"), **v1.options)
    dataset = pytest.importorskip("pyarrow.dataset").dataset(path, filesystem=fs, partitioning="hive")
    lazy = polars.scan_pyarrow_dataset(dataset).filter(polars.col("cells") < 100).collect()
    assert sorted(lazy["cells"]) == list(range(100))


def test_pyarrow(v1: Elsewhere) -> None:
    parquet, dataset = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow.dataset")
    fs, path = fsspec.url_to_fs(v1.url("wells.parquet"), **v1.options)
    check_wells(parquet.read_table(path, filesystem=fs).to_pandas())
    check_wells(dataset.dataset(path, filesystem=fs).to_table().to_pandas())
    folder = fs._strip_protocol(v1.url("by%20line"))
    lines = dataset.dataset(folder, filesystem=fs, partitioning="hive")
    found = lines.to_table(filter=dataset.field("line") == "AICS-23").to_pandas()
    assert sorted(found["cells"]) == list(WELLS.index[WELLS["line"] == "AICS-23"])


def test_duckdb(v1: Elsewhere) -> None:
    duckdb = pytest.importorskip("duckdb")
    database = duckdb.connect()
    database.register_filesystem(fsspec.filesystem("dv", **v1.options))
    check_wells(database.sql(f"SELECT * FROM read_parquet('{v1.url('wells.parquet')}')").df())
    check_wells(database.sql(f"SELECT * FROM read_csv('{v1.url('parts/*.csv')}')").df())
    lines = f"SELECT * FROM read_parquet('{v1.url('by%20line/*/*.parquet')}', hive_partitioning = true)"
    counted = database.execute(f"SELECT count(*) FROM ({lines}) WHERE line = 'AICS-7'")
    assert counted.fetchone() == (960,)
    # One file system reads any version: what is compared here is two of them.
    other = v1.url("wells.csv").replace("@v1/", "@main/")
    ours, theirs = f"read_csv('{v1.url('wells.csv')}')", f"read_csv('{other}')"
    query = f"SELECT count(*) FROM {ours} WHERE well NOT IN (SELECT well FROM {theirs})"
    assert database.execute(query).fetchone() == (3840,)


def test_zarr_and_xarray(v1: Elsewhere) -> None:
    zarr, xarray = pytest.importorskip("zarr"), pytest.importorskip("xarray")
    stack = zarr.open_array(v1.url("stack.zarr"), mode="r", storage_options=v1.options)
    assert stack.shape == (40, 64, 64) and int(stack[17, 3, 5]) == 17 * 4096 + 3 * 64 + 5
    data = xarray.open_zarr(v1.url("data.zarr"), storage_options=v1.options)
    assert data.attrs["plate"] == 7
    assert np.array_equal(data["stack"].values, np.arange(40 * 64 * 64).reshape(40, 64, 64))


def test_archives_inside_of_a_version(v1: Elsewhere) -> None:
    with fsspec.open(f"zip://wells.csv::{v1.url('wells.zip')}", dv=v1.options) as file:
        check_wells(pd.read_csv(file))


def test_copies_by_other_caches(v1: Elsewhere, tmp_path: Path) -> None:
    options = {"dv": v1.options, "simplecache": {"cache_storage": str(tmp_path)}}
    with fsspec.open(f"simplecache::{v1.url('wells.csv')}", **options) as file:
        check_wells(pd.read_csv(file))


@dataclass
class Images:
    """A data set as PyTorch has them: made in one process, asked for items in others."""

    files: list[Any]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, number: int) -> Any:
        with self.files[number] as file:
            return np.load(file)


def batch(images: Images, numbers: list[int]) -> Any:
    return np.stack([images[number] for number in numbers])


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_loaders_in_worker_processes(v1: Elsewhere, method: str) -> None:
    """What PyTorch's DataLoader does with two workers: it pickles the data set, or forks with it in use."""
    images = Images(fsspec.open_files(v1.url("images/*.npy"), **v1.options))
    assert len(images) == 24 and int(images[3][0, 0]) == 3
    batches = [list(range(start, start + 4)) for start in range(0, 24, 4)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.starmap(batch, [(images, numbers) for numbers in batches])
    assert [int(one[0, 0]) for stacked in found for one in stacked] == list(range(24))
