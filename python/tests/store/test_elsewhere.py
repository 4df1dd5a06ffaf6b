"""Stores in buckets and on web servers, real ones, read in place."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from repositories import Repository
from servers import Bucket, s3_server, web_server

from dvdata import errors
from dvdata.storage import Cache
from dvdata.store import Store, open_store


@pytest.fixture(scope="module", params=["versitygw", "minio"])
def bucket(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with s3_server(request.param, tmp_path_factory.mktemp(request.param)) as bucket:
        yield bucket


@pytest.fixture(scope="module")
def pushed(sample: Repository, bucket: Bucket) -> str:
    """The sample, in a bucket."""
    url, name = "s3://dvtest/lab/plates", f"bucket{bucket.endpoint.rpartition(':')[2]}"
    sample.dv("remote", "add", name, url, "--endpoint", bucket.endpoint, environment=bucket.environment)
    for args in (["main"], ["feature/X"], ["--tags"]):
        sample.dv("push", name, *args, environment=bucket.environment)
    return url


def check_all(store: Store, sample: Repository) -> None:
    """Every file of the newest version is what lies in the working directory."""
    root = store.commit(store.resolve("main")).root
    entries = [entry for entry in store.entries(root) if entry.is_file]
    assert len(entries) == 307
    store.fetch(entries)
    for entry in entries:
        assert store.read(entry) == (sample.path / entry.path).read_bytes()


def test_a_bucket_is_read_in_place(sample: Repository, bucket: Bucket, pushed: str, cache: Cache) -> None:
    store = open_store(pushed, storage_options=bucket.options, cache=cache)
    refs = store.refs()
    assert (sorted(refs.branches), sorted(refs.tags), refs.head) == (["feature/X", "main"], ["v1"], "main")
    check_all(store, sample)


def test_ranges_of_a_file_in_a_bucket_are_read(
    sample: Repository, bucket: Bucket, pushed: str, cache: Cache
) -> None:
    store = open_store(pushed, storage_options=bucket.options, cache=cache)
    entry = store.entry(store.commit(store.resolve("main")).root, "big.bin")
    assert entry is not None
    data = (sample.path / "big.bin").read_bytes()
    with store.open(entry) as file:
        file.seek(1_234_567)
        assert file.read(100_000) == data[1_234_567:1_334_567]
    assert not list(cache.folder.rglob("contents/*/*"))


def test_what_a_bucket_does_not_have_is_an_error_of_its_own(
    bucket: Bucket, pushed: str, cache: Cache
) -> None:
    with pytest.raises(errors.NotARepository):
        open_store("s3://dvtest/nothing", storage_options=bucket.options, cache=cache)
    with pytest.raises(errors.NotARepository) as failure:
        open_store("s3://no-such-bucket/x", storage_options=bucket.options, cache=cache)
    assert failure.value.code == "DV_NO_BUCKET"
    with pytest.raises(errors.UnknownRevision):
        open_store(pushed, storage_options=bucket.options, cache=cache).resolve("v2")


def test_a_bucket_lets_nobody_in_without_the_right_key(bucket: Bucket, pushed: str, cache: Cache) -> None:
    for options in ({"secret": "wrong"}, {"key": "nobody"}):
        with pytest.raises(errors.NoCredentials) as failure:
            open_store(pushed, storage_options={**bucket.options, **options}, cache=cache)
        assert failure.value.code == "DV_BAD_CREDENTIALS"


def test_a_bucket_that_is_not_there_is_no_network(cache: Cache) -> None:
    once = {"config_kwargs": {"retries": {"max_attempts": 1}}}
    options = {"key": "a", "secret": "b", "endpoint_url": "http://127.0.0.1:9", **once}
    with pytest.raises(errors.NoNetwork):
        open_store("s3://dvtest/x", storage_options=options, cache=cache)


def test_a_web_server_is_read_in_place(sample: Repository, tmp_path: Path, cache: Cache) -> None:
    with web_server(sample.path, tmp_path / "nginx") as web:
        for url in (f"{web.url}/.dv/store", web.url):
            store = open_store(url, cache=cache)
            assert sorted(store.refs().branches) == ["feature/X", "main"]
            check_all(store, sample)
        asked = len(web.requests())
        with pytest.raises(errors.NotARepository):
            open_store(f"{web.url}/nothing", cache=cache)
        assert len(web.requests()) > asked


def test_a_second_reader_finds_what_the_first_one_kept(
    sample: Repository, tmp_path: Path, cache: Cache
) -> None:
    with web_server(sample.path, tmp_path / "nginx") as web:
        check_all(open_store(f"{web.url}/.dv/store", cache=cache), sample)
        asked = len(web.requests())
        check_all(open_store(f"{web.url}/.dv/store", cache=cache), sample)
        paths = {line.split()[1] for line in web.requests()[asked:]}
    assert not any("/packs/" in path for path in paths)


def test_a_certificate_that_nobody_trusts_is_an_error_of_its_own(sample: Repository, tmp_path: Path) -> None:
    with web_server(sample.path, tmp_path / "nginx", tls=True) as web:
        with pytest.raises(errors.NoNetwork) as failure:
            open_store(f"{web.url}/.dv/store")
    assert failure.value.code == "DV_TLS"


@pytest.mark.parametrize(
    "status, kind", [(403, errors.Denied), (401, errors.Denied), (503, errors.NoNetwork)]
)
def test_what_a_web_server_refuses_is_told(
    sample: Repository, tmp_path: Path, cache: Cache, status: int, kind: type[errors.DvError]
) -> None:
    with web_server(sample.path, tmp_path / "nginx", lines=f"location / {{ return {status}; }}") as web:
        with pytest.raises(kind):
            open_store(f"{web.url}/.dv/store", cache=cache)


def test_any_file_system_of_fsspec_will_do(sample: Repository, tmp_path: Path, cache: Cache) -> None:
    folder = sample.path / ".dv" / "store"
    memory = fsspec.filesystem("memory")
    memory.put(str(folder), "/any/store", recursive=True)
    shutil.make_archive(str(tmp_path / "store"), "zip", folder)
    try:
        for url in (
            "memory://any/store",
            f"zip://::{tmp_path}/store.zip",
            f"file://{folder}",
            os.fspath(folder),
        ):
            check_all(open_store(url, cache=cache), sample)
    finally:
        memory.rm("/any", recursive=True)
