"""A store made by the program, read: every path, byte and commit is what the program put there."""

import json
import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from repositories import Repository

from dvdata import errors
from dvdata.storage import Cache
from dvdata.store import Store, open_store


@pytest.fixture(params=["working directory", "store", "below"])
def store(sample: Repository, cache: Cache, request: pytest.FixtureRequest) -> Store:
    places = {"working directory": ".", "store": ".dv/store", "below": "images/p7"}
    return open_store(str(sample.path / places[request.param]), cache=cache)


def root_of(store: Store, revision: str = "main") -> bytes:
    return store.commit(store.resolve(revision)).root


def test_all_files_are_what_the_working_directory_has(sample: Repository, store: Store) -> None:
    paths = set()
    for entry in store.entries(root_of(store)):
        path = sample.path / entry.path
        paths.add(entry.path)
        assert store.entry(root_of(store), entry.path) == entry
        if entry.is_file:
            assert store.read(entry) == path.read_bytes()
            assert entry.size == path.stat().st_size
            assert (entry.kind == "executable") == os.access(path, os.X_OK)
        elif entry.kind == "symlink":
            assert entry.target == os.readlink(path)
        else:
            assert path.is_dir()
    assert {f"images/p7/t{n:04}.json" for n in range(300)} < paths
    assert {"empty.txt", "link", "nothing", "run.sh", "übung/é.csv", "images"} < paths


def test_refs_and_commits_are_those_of_the_program(sample: Repository, store: Store) -> None:
    refs = store.refs()
    assert sorted(refs.branches) == ["feature/X", "main"]
    assert sorted(refs.tags) == ["v1"]
    assert refs.head == "main"
    commit = store.commit(refs.branches["main"])
    assert (commit.message, commit.author.name) == ("second", "Ada")
    assert [store.commit(parent).message for parent in commit.parents] == ["first"]


@pytest.mark.parametrize(
    "text", ["v1", "main~1", "HEAD^", "main@{1}", "feature/X", "refs/tags/v1", "v1^{}", "@~"]
)
def test_revisions_mean_what_they_mean_to_the_program(sample: Repository, store: Store, text: str) -> None:
    logged = json.loads(sample.dv("log", "-n", "1", "--json", text))
    assert store.resolve(text).hex() == logged["id"]


def test_the_beginning_of_an_id_is_the_commit(store: Store) -> None:
    id = store.resolve("main")
    assert store.resolve(id.hex()[:8]) == store.resolve(id.hex()) == id


@pytest.mark.parametrize("text", ["mian", "main~5", "0" * 64, "deadbeef", "main^2"])
def test_an_unknown_revision_is_an_error_of_its_own(store: Store, text: str) -> None:
    with pytest.raises(errors.UnknownRevision) as failure:
        store.resolve(text)
    assert text != "mian" or failure.value.details["nearest"] == ["main"]


def test_ranges_are_slices_of_the_file(sample: Repository, store: Store) -> None:
    data = (sample.path / "big.bin").read_bytes()
    entry = store.entry(root_of(store), "big.bin")
    assert entry is not None
    ranges = [(0, 5), (1_000_000, 1_700_000), (len(data) - 3, len(data) + 9), (7, 7), (1, 2)]
    assert store.read_ranges(entry, ranges) == [data[start:end] for start, end in ranges]
    with store.open(entry) as file:
        file.seek(-70_001, os.SEEK_END)
        assert file.read(70_000) == data[-70_001:-1]
        assert file.read() == data[-1:]
        assert file.read() == b""


def test_changes_are_those_of_the_program(sample: Repository, store: Store) -> None:
    changes = list(store.changes(root_of(store, "v1"), root_of(store)))
    assert [(change.path, change.kind) for change in changes] == [
        ("big.bin", "modified"),
        ("floats.bin", "removed"),
        ("images", "added"),
        ("images/p7/t0003.json", "modified"),
        ("new.txt", "added"),
    ]
    assert list(store.changes(root_of(store), root_of(store))) == []


def test_metadata_is_inherited_name_by_name(store: Store) -> None:
    root = root_of(store)
    assert dict(store.effective_meta(root, "images/p7/t0001.json")) == {"line": "A", "scope": 1}
    own = store.effective_meta(root, "images/p7/t0003.json")
    assert (own["line"], own["scope"], own["well"], own["score"]) == ("B", 1, "A01", 1.5)


def test_what_is_below_a_path_is_all_that_is_given(store: Store) -> None:
    root = root_of(store)
    assert [entry.path for entry in store.entries(root, b"images/p7")] == [
        f"images/p7/t{n:04}.json" for n in range(300)
    ]
    assert [entry.path for entry in store.entries(root, b"big.bin")] == ["big.bin"]
    assert list(store.entries(root, b"imag")) == []


def test_a_path_is_a_real_file_with_its_extension(store: Store) -> None:
    root = root_of(store)
    for name in ("big.bin", "images/p7/t0007.json", "empty.txt", "run.sh"):
        entry = store.entry(root, name)
        assert entry is not None
        path = Path(store.path(entry))
        assert path.suffix == Path(name).suffix
        assert path.read_bytes() == store.read(entry)


def test_files_are_fetched_together(store: Store, cache: Cache) -> None:
    entries = [entry for entry in store.entries(root_of(store)) if entry.is_file]
    told: list[int] = []
    store.fetch(entries, progress=told.append)
    assert sum(told) == sum(entry.size for entry in entries)
    assert {entry.id.hex() for entry in entries} == {
        path.name.partition(".")[0] for path in cache.folder.rglob("contents/*/*")
    }


def _read_in_child(store: Store, path: str) -> bytes:
    entry = store.entry(root_of(store), path)
    assert entry is not None
    return store.read(entry)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_store_goes_to_other_processes(sample: Repository, store: Store, method: str) -> None:
    _read_in_child(store, "big.bin")  # Threads of this process are at work before the others begin.
    again = pickle.loads(pickle.dumps(store))
    with ProcessPoolExecutor(2, mp_context=get_context(method)) as pool:
        for path in ("big.bin", "run.sh"):
            assert pool.submit(_read_in_child, again, path).result() == (sample.path / path).read_bytes()


def test_what_is_no_repository_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(errors.NotARepository) as failure:
        open_store(str(tmp_path))
    assert failure.value.code == "DV_NO_REPOSITORY"
    with pytest.raises(errors.NotARepository):
        open_store(str(tmp_path / "nowhere"))
    with pytest.raises(errors.NotARepository):
        open_store("memory://nothing/here")
