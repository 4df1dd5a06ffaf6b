"""What was read once stays on disk: bounded, shared, and never other bytes."""

import os
import pickle
import threading
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from dvdata import errors
from dvdata.format.hashing import content_id
from dvdata.storage import Cache, default_cache
from dvdata.storage.cache import parse_size


def name_of(data: bytes) -> str:
    return f"contents/{content_id(data).hex()[:2]}/{content_id(data).hex()}"


def total(cache: Cache) -> int:
    return sum(file.stat().st_size for file in cache.folder.rglob("*") if file.is_file())


def test_an_entry_is_there_once_it_was_added(cache: Cache) -> None:
    data = b"some bytes"
    assert cache.read(name_of(data), lambda found: found == data) is None
    cache.add_bytes(name_of(data), data)
    assert cache.read(name_of(data), lambda found: found == data) == data
    assert cache.path(name_of(data), lambda path: path.read_bytes() == data) == cache.folder / name_of(data)


def test_an_entry_that_is_not_sound_is_removed(cache: Cache) -> None:
    cache.add_bytes("a", b"wrong")
    assert cache.read("a", lambda found: False) is None
    assert not (cache.folder / "a").exists()


def test_no_more_bytes_are_kept_than_the_bound(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", size=10_000)
    for number in range(50):
        data = bytes([number]) * 1000
        cache.add_bytes(name_of(data), data)
        assert total(cache) <= 10_000
    assert total(cache) >= 8_000
    newest = bytes([49]) * 1000
    assert cache.read(name_of(newest), lambda found: found == newest) == newest


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", size=10_000)
    names = [f"entry{number}" for number in range(10)]
    for number, name in enumerate(names):
        cache.add_bytes(name, bytes(1000))
        hour = time.time() - 3600 * (20 - number)
        os.utime(cache.folder / name, (hour, hour))
    assert cache.read("entry0", lambda found: True) is not None  # Used just now.
    cache.add_bytes("new", bytes(1000))
    left = {file.name for file in cache.folder.iterdir() if file.is_file()}
    assert {"entry0", "new"} <= left
    assert not {"entry1", "entry2"} & left


def test_what_fails_while_it_is_written_leaves_nothing(cache: Cache) -> None:
    def write(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.add("a", write)
    assert total(cache) == 0


def _add_all(folder: str, size: int, seed: int) -> None:
    cache = Cache(folder, size)
    for number in range(60):
        data = bytes([number, seed % 3]) * 500
        cache.add_bytes(name_of(data), data)
        found = cache.read(name_of(data), lambda found, data=data: found == data)  # type: ignore[misc]
        assert found in (data, None)


def test_processes_and_threads_share_it(tmp_path: Path) -> None:
    folder, size = str(tmp_path / "cache"), 20_000
    processes = [
        get_context("spawn").Process(target=_add_all, args=(folder, size, seed)) for seed in range(3)
    ]
    threads = [threading.Thread(target=_add_all, args=(folder, size, seed)) for seed in range(3)]
    for one in [*processes, *threads]:
        one.start()
    for one in [*processes, *threads]:
        one.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    Cache(folder, size).trim()
    assert total(Cache(folder, size)) <= size


def test_the_environment_says_where_it_is_and_how_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVDATA_CACHE", str(tmp_path / "mine"))
    monkeypatch.setenv("DVDATA_CACHE_SIZE", "20G")
    cache = default_cache()
    assert (cache.folder, cache.size) == (tmp_path / "mine", 20 * 10**9)
    monkeypatch.setenv("DVDATA_CACHE_SIZE", "much")
    with pytest.raises(errors.BadInput) as failure:
        default_cache()
    assert failure.value.code == "DV_BAD_CONFIG"


@pytest.mark.parametrize("text, size", [("1000", 1000), ("2.5kb", 2500), ("20 G", 20 * 10**9), ("0", 0)])
def test_sizes_are_powers_of_ten(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "-1", "G", "1e99", "nan", "20X", "1 2"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(errors.BadInput):
        parse_size(text)


def test_a_cache_goes_to_other_processes(cache: Cache) -> None:
    again = pickle.loads(pickle.dumps(cache))
    assert (again.folder, again.size) == (cache.folder, cache.size)
