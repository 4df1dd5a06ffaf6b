"""Packages in a bucket of a real server: listed, opened, fetched, loaded and checked out in few requests."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from repositories import Repository, new_repository
from servers import Bucket, s3_server
from test_checkout import snapshot

import dvdata as dv
from dvdata.errors import NoNetwork, NotFound
from dvdata.package import Package

TILES = (np.arange(2 * 3 * 5 * 256 * 256) * 2654435761 % 65521).astype("u2").reshape(2, 3, 5, 256, 256)
URL = "s3://dvtest/lab/plates"


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with s3_server("versitygw", tmp_path_factory.mktemp("versitygw")) as bucket:
        yield bucket


@pytest.fixture(scope="module")
def plates(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    made = new_repository(tmp_path_factory.mktemp("plates") / "repository")
    made.write("README.md", "# Plates\n")
    made.write("wells.csv", "well,cells\n" + "".join(f"A{n:02},{n * 7}\n" for n in range(90)))
    for number in range(200):
        made.write(f"json/{number:03}.json", f'{{"i": {number}}}\n')
    (made.path / "empty").mkdir()
    (made.path / "last.csv").symlink_to("wells.csv")
    tifffile.imwrite(made.path / "tile.ome.tif", TILES, ome=True, metadata={"axes": "TCZYX"})
    array = zarr.create_array(made.path / "cells.zarr", shape=(512, 512), chunks=(64, 64), dtype="u2")
    array[:] = TILES[0, 0, :4].reshape(512, 512)
    made.commit("plates")
    made.dv("tag", "v1")
    made.dv("remote", "add", "bucket", URL, "--endpoint", bucket.endpoint, environment=bucket.environment)
    for args in (["main"], ["--tags"]):
        made.dv("push", "bucket", *args, environment=bucket.environment)
    return made


@pytest.fixture
def package(bucket: Bucket, plates: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    monkeypatch.setenv("DVDATA_CACHE", str(tmp_path / "cache"))
    return dv.open(URL, **bucket.options)["v1"]


def test_the_packages_of_a_bucket_are_listed(bucket: Bucket, plates: Repository) -> None:
    for url in ("s3://dvtest", "s3://dvtest/lab/"):
        (found,) = dv.packages(url, **bucket.options)
        assert (found.url, found.branch, found.tags) == (URL, "main", ("v1",))
        assert found.description == "Plates"
    assert list(found.open().tags) == ["v1"]
    for nothing in ("s3://dvtest/other", "s3://no-such-bucket"):
        with pytest.raises(NotFound):
            dv.packages(nothing, **bucket.options)
    with pytest.raises(NoNetwork):
        dv.packages("s3://dvtest", **{**bucket.options, "endpoint_url": "http://127.0.0.1:1"})


def test_a_checkout_from_a_bucket_is_what_was_committed(
    bucket: Bucket, plates: Repository, package: Package, tmp_path: Path
) -> None:
    before = bucket.requests()
    package.checkout(tmp_path / "out")
    assert snapshot(tmp_path / "out") == snapshot(plates.path)
    # 200 small files and a picture are no 200 requests.
    assert bucket.requests() - before < 60
    assert package.verify().files == len([one for one in package.values() if one.kind != "symlink"])


def test_what_is_fetched_is_loaded_without_a_request(bucket: Bucket, package: Package) -> None:
    package.fetch(["json/*.json", package["wells.csv"]])
    before = bucket.requests()
    assert [entry()["i"] for entry in package["json"].values()] == list(range(200))
    assert package["wells.csv"]().cells.sum() == package["last.csv"]().cells.sum() == 7 * 89 * 90 // 2
    assert bucket.requests() - before <= 4


def test_pictures_and_arrays_are_read_in_part(package: Package) -> None:
    plane = package["tile.ome.tif"](T=1, C=2, Z=3)
    assert (plane == TILES[1, 2, 3]).all()
    found = package["cells.zarr"]()
    assert (found[100:200, 300:310] == TILES[0, 0, :4].reshape(512, 512)[100:200, 300:310]).all()
    kept = [path.name for path in Path(package._version.store.cache.folder).rglob("*") if path.is_file()]  # type: ignore[union-attr]
    assert not any(name.endswith(".tif") for name in kept)
