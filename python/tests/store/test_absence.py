"""What a store lacks, and why: at a remote, purged, lost; each is an error of its own, and hides nothing
else.
"""

from pathlib import Path

import pytest
from repositories import Repository, new_repository

from dvdata import errors
from dvdata.store import Entry, Store, open_store


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = new_repository(tmp_path / "repository")
    repository.write("data/a.txt", "a" * 1000)
    repository.write("data/b.bin", bytes(n * n * 7919 >> 9 & 0xFF for n in range(1_000_000)))
    repository.write("keep.txt", "kept")
    repository.commit("first")
    return repository


def entry_of(store: Store, path: str) -> Entry:
    entry = store.entry(store.commit(store.resolve("main")).root, path)
    assert entry is not None
    return entry


def test_what_a_lazy_clone_lacks_is_at_its_remote(repository: Repository, tmp_path: Path) -> None:
    repository.dv("clone", str(repository.path), str(tmp_path / "clone"), "--lazy")
    store = open_store(str(tmp_path / "clone"))
    for path in ("data/a.txt", "data/b.bin"):
        with pytest.raises(errors.NotHere) as failure:
            store.read(entry_of(store, path))
        assert failure.value.details["remote"] == "origin"
    Repository(tmp_path / "clone").dv("checkout", "--add", "data/a.txt")
    assert store.read(entry_of(store, "data/a.txt")) == b"a" * 1000


def test_what_was_dropped_is_at_its_remote(repository: Repository, tmp_path: Path) -> None:
    repository.dv("clone", str(repository.path), str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")
    clone.dv("drop", "--files", "data")
    store = open_store(str(clone.path))
    assert [entry.path for entry in store.entries(store.commit(store.resolve("main")).root)]
    with pytest.raises(errors.NotHere):
        store.read(entry_of(store, "data/b.bin"))


def test_history_ends_before_commits_that_stayed_away(repository: Repository, tmp_path: Path) -> None:
    repository.write("keep.txt", "second")
    repository.commit("second")
    repository.dv("clone", str(repository.path), str(tmp_path / "clone"), "--depth", "1")
    store = open_store(str(tmp_path / "clone"))
    (parent,) = store.commit(store.resolve("main")).parents
    with pytest.raises(errors.NotHere):
        store.commit(parent)


@pytest.mark.parametrize("opened", ["before", "after"])
def test_what_was_purged_says_when_by_whom_and_why(repository: Repository, opened: str) -> None:
    store = open_store(str(repository.path))
    entry = entry_of(store, "data/a.txt")
    repository.dv("purge", "data/a.txt", "--reason", "consent withdrawn", "--yes")
    if opened == "after":
        store = open_store(str(repository.path))
    for read in (store.read, store.path):
        with pytest.raises(errors.Purged) as failure:
            read(entry)
        assert failure.value.details["reason"] == "consent withdrawn"
        assert "Ada" in failure.value.details["by"]
    assert store.read(entry_of(store, "keep.txt")) == b"kept"


def test_what_nobody_has_is_lost(repository: Repository) -> None:
    for file in (repository.path / ".dv" / "store" / "packs").iterdir():
        data = file.read_bytes()
        if data[8] == 1:  # A pack of chunks.
            file.unlink()
    store = open_store(str(repository.path))
    with pytest.raises(errors.Lost) as failure:
        store.read(entry_of(store, "data/a.txt"))
    assert failure.value.details["kind"] == "chunk"


def test_a_store_that_is_collected_meanwhile_is_read_on(repository: Repository) -> None:
    """The index root that a reader has names packs that are gone: it reads the root again."""
    repository.write("keep.txt", "second")
    repository.commit("second")
    store = open_store(str(repository.path))
    entry = entry_of(store, "data/b.bin")
    for number in range(9):  # So many commits lead to a merge of segments.
        repository.write("more.txt", f"{number}")
        repository.commit("more")
    repository.dv("gc", "--now", "--operations", "0d")
    assert store.read(entry) == (repository.path / "data/b.bin").read_bytes()
    assert store.commit(store.resolve("main")).message == "more"
    assert store.read(entry_of(store, "more.txt")) == b"8"


def test_a_newer_format_is_refused_by_its_class(repository: Repository) -> None:
    from dvdata.format.hashing import checksum

    file = repository.path / ".dv" / "store" / "dv.json"
    file.chmod(0o644)
    line = b'{"format":2}\n'
    file.write_bytes(line + checksum(line).hex().encode() + b"\n")
    with pytest.raises(errors.NewerFormat) as failure:
        open_store(str(repository.path))
    assert "pip install --upgrade" in str(failure.value)
