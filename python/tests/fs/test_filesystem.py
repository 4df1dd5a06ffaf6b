"""What the file system shows and reads is what was committed, and nothing else."""

import io
import multiprocessing
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from repositories import Repository, new_repository

from dvdata import errors, readings
from dvdata.fs import DvFileSystem
from dvdata.fs.file import GrowingCache
from dvdata.fs.place import IsADirectory
from dvdata.storage import Cache


@pytest.fixture
def fs(cache: Cache) -> DvFileSystem:
    return DvFileSystem(cache=cache, skip_instance_cache=True)


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A tree with links of all sorts, and names that other programs stumble over."""
    repository = new_repository(tmp_path_factory.mktemp("linked") / "a repository@home")
    repository.write("data/one.txt", "one")
    repository.write("data/deep/two.txt", "two")
    repository.write("other/a b#c?d%20e[1].txt", "odd")
    links = [
        *[("file", "data/one.txt"), ("folder", "data"), ("data/up", "../other/../data/deep/two.txt")],
        *[("chain", "folder/deep"), ("data/deep/round", ".."), ("nowhere", "data/none.txt")],
        *[("circle", "circle"), ("outside", "../outside.txt"), ("absolute", "/etc/passwd")],
        *[("sly", "folder/../../outside.txt")],
    ]
    (repository.path.parent / "outside.txt").write_text("secret")
    for name, target in links:
        (repository.path / name).symlink_to(target)
    repository.commit("links")
    return repository


def url(repository: Repository, path: str = "", revision: str = "main") -> str:
    return f"dv://{str(repository.path).replace('@', '%40')}@{revision}/{path}"


def below(fs: DvFileSystem, repository: Repository, names: Any) -> Any:
    """Names without the version that they begin with."""
    start = len(fs._strip_protocol(url(repository))) + 1
    return type(names)(name[start:] for name in names)


def local_below(repository: Repository, names: Any) -> list[str]:
    """What a local file system names, without what is no part of a version."""
    inside = [os.path.relpath(name, repository.path) for name in names]
    return sorted(name for name in inside if name != "." and name.split("/")[0] != ".dv")


def test_everything_below_is_found_and_read(fs: DvFileSystem, sample: Repository) -> None:
    local = LocalFileSystem()
    found = below(fs, sample, fs.find(url(sample)))
    assert found == local_below(sample, local.find(str(sample.path)))
    for path in found:
        assert fs.cat_file(url(sample, path.replace("%", "%25"))) == (sample.path / path).read_bytes()
    folders = local_below(sample, local.find(str(sample.path), withdirs=True))
    assert [name for name in below(fs, sample, fs.find(url(sample), withdirs=True)) if name] == folders


@pytest.mark.parametrize("depth", [1, 2])
def test_depths_are_those_of_a_folder(fs: DvFileSystem, sample: Repository, depth: int) -> None:
    local = LocalFileSystem().find(str(sample.path), maxdepth=depth)
    assert below(fs, sample, fs.find(url(sample), maxdepth=depth)) == local_below(sample, local)


PATTERNS = [
    "*",
    "*.txt",
    "images/*",
    "images/**",
    "**/t000?.json",
    "images/p7/t00[0-2]?.json",
    "**",
    "nothing/*",
]


@pytest.mark.parametrize("pattern", [*PATTERNS, "new.txt", "none*", "übung/*.csv", "{new,empty}.txt"])
def test_patterns_match_what_they_match_in_a_folder(
    fs: DvFileSystem, sample: Repository, pattern: str
) -> None:
    local = LocalFileSystem().glob(f"{sample.path}/{pattern}")
    found = below(fs, sample, fs.glob(url(sample, pattern)))
    assert [name for name in found if name] == local_below(sample, local)


def test_folders_are_walked_as_in_a_folder(fs: DvFileSystem, sample: Repository) -> None:
    def shown(steps: Iterator[Any]) -> list[Any]:
        return sorted((sorted(folders), sorted(files)) for _, folders, files in steps)

    top = str(sample.path)
    local = [(folder, *rest) for folder, *rest in LocalFileSystem().walk(top) if f"{top}/.dv" not in folder]
    local[0] = (local[0][0], [name for name in local[0][1] if name != ".dv"], local[0][2])
    assert shown(fs.walk(url(sample))) == shown(iter(local))


def test_what_is_told_of_files_and_folders(fs: DvFileSystem, sample: Repository) -> None:
    info = fs.info(url(sample, "run.sh"))
    commit = fs.modified(url(sample))
    assert (info["type"], info["size"], info["mode"]) == ("file", 10, 0o555)
    assert info["mtime"] == commit.timestamp() == fs.created(url(sample, "new.txt")).timestamp()
    assert fs.info(url(sample, "nothing"))["type"] == fs.info(url(sample, "images"))["type"] == "directory"
    assert fs.ls(url(sample, "nothing")) == []
    assert fs.ls(url(sample, "new.txt")) == [fs.info(url(sample, "new.txt"))]
    assert (fs.isdir(url(sample)), fs.isfile(url(sample)), fs.isfile(url(sample, "new.txt"))) == (
        True,
        False,
        True,
    )
    assert fs.du(url(sample, "images")) == sum(
        f.stat().st_size for f in (sample.path / "images/p7").iterdir()
    )


def test_a_file_is_read_anywhere(fs: DvFileSystem, sample: Repository) -> None:
    data = (sample.path / "big.bin").read_bytes()
    with fs.open(url(sample, "big.bin")) as file:
        assert file.seek(-7, io.SEEK_END) == len(data) - 7
        assert file.read() == data[-7:] and file.read() == b""
        file.seek(1_000_000)
        assert file.read(300_000) == data[1_000_000:1_300_000]
        assert file.read(2_000_000) == data[1_300_000:]
        file.seek(5)
        assert file.readline() == data[5:].split(b"\n")[0] + b"\n"
    with fs.open(url(sample, "new.txt"), "r") as text:
        assert text.read() == "new\n"
    for kind in ("readahead", "bytes", "none", "blockcache", "all"):
        with fs.open(url(sample, "big.bin"), cache_type=kind, block_size=100_000) as file:
            file.seek(123_456)
            assert file.read(150_000) == data[123_456:273_456]


def test_ranges_are_as_of_slices(fs: DvFileSystem, sample: Repository) -> None:
    big = (sample.path / "big.bin").read_bytes()
    cases = [(0, 10), (-10, None), (None, -2_999_990), (2_999_000, 9_000_000), (5, 5), (7, 3), (None, None)]
    paths = [url(sample, "big.bin")] * len(cases)
    starts, ends = map(list, zip(*cases, strict=True))
    assert fs.cat_ranges(paths, starts, ends) == [big[start:end] for start, end in cases]
    assert [fs.cat_file(paths[0], *case) for case in cases] == [big[start:end] for start, end in cases]
    several = [url(sample, f"images/p7/t{number:04}.json") for number in range(40)]
    assert fs.cat_ranges(several, 0, 3) == [b'{"i'] * 40
    failed = fs.cat_ranges([url(sample, "none"), several[0]], 0, 3)
    assert isinstance(failed[0], FileNotFoundError) and failed[1] == b'{"i'
    with pytest.raises(FileNotFoundError):
        fs.cat_ranges([url(sample, "none")], 0, 3, on_error="raise")
    with pytest.raises(ValueError, match="one length"):
        fs.cat_ranges(paths, [0], 3)


def test_all_files_of_a_directory_are_read(fs: DvFileSystem, sample: Repository) -> None:
    found = fs.cat(url(sample, "images"), recursive=True)
    assert len(found) == 300
    for name, data in found.items():
        assert data == (sample.path / fs.unstrip_protocol(name).partition("@main/")[2]).read_bytes()


def test_reading_on_fetches_more_and_jumping_little() -> None:
    asked: list[tuple[int, int]] = []

    def fetch(start: int, end: int) -> bytes:
        asked.append((start, end))
        return bytes(end - start)

    cache = GrowingCache(4_000_000, fetch, 100_000_000)
    for at in range(0, 20_000_000, 50_000):
        assert len(cache._fetch(at, at + 50_000)) == 50_000
    assert sum(end - start for start, end in asked) <= 24_100_000 and len(asked) < 16
    asked.clear()
    for at in (90_000_000, 30_000_000, 60_000_000):
        cache._fetch(at, at + 10)
    assert sum(end - start for start, end in asked) < 500_000
    asked.clear()
    assert len(cache._fetch(0, None)) == 100_000_000
    assert asked == [(0, 100_000_000)]


def test_links_lead_to_what_is_in_the_tree(fs: DvFileSystem, linked: Repository) -> None:
    for path in (
        "file",
        "folder/one.txt",
        "folder/up",
        "data/up",
        "chain/two.txt",
        "chain/round/deep/round/one.txt",
    ):
        assert fs.cat_file(url(linked, path)) == (linked.path / path).read_bytes(), path
    info = fs.info(url(linked, "file"))
    assert (info["type"], info["size"], info["islink"], info["destination"]) == (
        "file",
        3,
        True,
        "data/one.txt",
    )
    assert info["id"] == fs.info(url(linked, "data/one.txt"))["id"]
    assert fs.info(url(linked, "folder"))["type"] == fs.info(url(linked, "chain"))["type"] == "directory"
    assert below(fs, linked, fs.ls(url(linked, "chain"), detail=False)) == ["chain/round", "chain/two.txt"]


@pytest.mark.parametrize("path", ["nowhere", "circle", "outside", "absolute", "sly"])
def test_links_that_lead_astray_are_links_and_open_nothing(
    fs: DvFileSystem, linked: Repository, path: str
) -> None:
    info = fs.info(url(linked, path))
    assert (info["type"], info["destination"]) == ("link", os.readlink(linked.path / path))
    with pytest.raises(errors.UnknownPath, match=path):
        fs.cat_file(url(linked, path))


def test_listings_do_not_walk_in_circles(fs: DvFileSystem, linked: Repository) -> None:
    types = {info["name"].rpartition("/")[2]: info["type"] for info in fs.ls(url(linked))}
    assert types["folder"] == types["chain"] == types["circle"] == "link"
    assert (types["file"], types["data"]) == ("file", "directory")
    walked = {f"{folder}/{name}" for folder, _, files in fs.walk(url(linked)) for name in files}
    assert walked == set(fs.find(url(linked)))


def test_odd_names_are_read_by_every_way(fs: DvFileSystem, linked: Repository, tmp_path: Path) -> None:
    (name,) = fs.ls(url(linked, "other"), detail=False)
    assert name.endswith("/other/a b#c?d%20e[1].txt")
    address = fs.unstrip_protocol(name)
    assert address.endswith("/other/a%20b%23c%3Fd%2520e%5B1%5D.txt")
    assert fs.cat_file(name) == fs.cat_file(address) == fsspec.open(address).open().read() == b"odd"
    fs.get(url(linked, "other"), str(tmp_path / "got"), recursive=True)
    assert (tmp_path / "got" / "a b#c?d%20e[1].txt").read_text() == "odd"


def test_what_was_committed_a_moment_ago_is_seen_and_open_files_stay(
    fs: DvFileSystem, tmp_path: Path
) -> None:
    repository = new_repository(tmp_path / "repository")
    repository.write("a.txt", "old")
    first = repository.commit("first")
    file = fs.open(url(repository, "a.txt"))
    pinned = fs.pin(url(repository, "a.txt"))
    assert pinned == url(repository, "a.txt", first)
    repository.write("a.txt", "newer")
    repository.commit("second")
    assert fs.cat_file(url(repository, "a.txt")) == fs.cat_file(url(repository, "a.txt", "HEAD")) == b"newer"
    assert file.read() == fs.cat_file(pinned) == fs.cat_file(url(repository, "a.txt", "main~1")) == b"old"
    again = pickle.loads(pickle.dumps(file))
    assert again.tell() == 3 and again.seek(0) == 0 and again.read() == b"old"


def test_keys_are_of_the_content(fs: DvFileSystem, sample: Repository) -> None:
    for path in ("zeros.bin", "images"):
        assert fs.ukey(url(sample, path)) == fs.ukey(url(sample, path, "main"))
    assert fs.ukey(url(sample, "zeros.bin", "v1")) == fs.ukey(url(sample, "zeros.bin"))
    assert fs.ukey(url(sample, "big.bin", "v1")) != fs.ukey(url(sample, "big.bin"))
    assert fs.checksum(url(sample, "zeros.bin", "v1")) == fs.checksum(url(sample, "zeros.bin"))


WRITES: dict[str, Any] = {
    "open": lambda fs, path: fs.open(path, "wb"),
    "append": lambda fs, path: fs.open(path, "ab"),
    "text": lambda fs, path: fs.open(path, "w"),
    "pipe": lambda fs, path: fs.pipe(path, b"x"),
    "touch": lambda fs, path: fs.touch(path),
    "mkdir": lambda fs, path: fs.mkdir(path),
    "makedirs": lambda fs, path: fs.makedirs(path, exist_ok=True),
    "rmdir": lambda fs, path: fs.rmdir(path),
    "rm": lambda fs, path: fs.rm(path),
    "rm_file": lambda fs, path: fs.rm_file(path),
    "recursive": lambda fs, path: fs.rm(path, recursive=True),
    "cp": lambda fs, path: fs.cp(path, path + "2"),
    "mv": lambda fs, path: fs.mv(path, path + "2"),
    "put": lambda fs, path: fs.put(__file__, path),
    "put_file": lambda fs, path: fs.put_file(__file__, path),
    "mapper": lambda fs, path: fs.get_mapper(path).__setitem__("a", b"x"),
}


@pytest.mark.parametrize("write", WRITES)
def test_writing_is_refused_as_on_a_medium_that_cannot_be_written(
    fs: DvFileSystem, sample: Repository, write: str
) -> None:
    with pytest.raises(OSError, match="never change") as refused:
        WRITES[write](fs, url(sample, "new.txt"))
    assert isinstance(refused.value, errors.ReadOnly) and refused.value.errno == 30


def test_what_is_not_there_is_said_with_what_is_nearly_called_so(
    fs: DvFileSystem, sample: Repository
) -> None:
    with pytest.raises(errors.UnknownPath) as unknown:
        fs.info(url(sample, "imagse/p7/t0001.json"))
    assert unknown.value.details["nearest"] == ["images"]
    with pytest.raises(errors.UnknownRevision, match="did you mean 'main'"):
        fs.ls(url(sample, "", "mian"))
    with pytest.raises(errors.NotARepository):
        fs.ls("dv:///none/at/all@main/")
    with pytest.raises(errors.BadAddress):
        fs.ls("dv:///none/at/all")
    with pytest.raises(IsADirectory):
        fs.open(url(sample, "images"))
    assert not fs.exists(url(sample, "none")) and not fs.exists(url(sample, "new.txt", "none"))
    assert fs.find(url(sample, "none")) == []


def test_that_nobody_can_tell_is_not_taken_for_absence(fs: DvFileSystem) -> None:
    with pytest.raises(errors.NoNetwork):
        fs.exists("dv://http://127.0.0.1:9/store@main/a.csv")


def test_threads_share_it(fs: DvFileSystem, sample: Repository) -> None:
    paths = [f"images/p7/t{number:04}.json" for number in range(300)]
    with ThreadPoolExecutor(16) as pool:
        contents = list(pool.map(lambda path: fs.cat_file(url(sample, path)), paths))
    assert contents == [(sample.path / path).read_bytes() for path in paths]


def _read(fs: DvFileSystem, path: str) -> bytes:
    return bytes(fs.cat_file(path))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_read_what_their_parent_opened(fs: DvFileSystem, sample: Repository, method: str) -> None:
    paths = [url(sample, f"images/p7/t{number:04}.json") for number in range(8)]
    expected = [fs.cat_file(path) for path in paths]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(partial(_read, fs), paths) == expected


def test_one_instance_for_the_same_options(cache: Cache) -> None:
    folder = str(cache.folder)
    fs = fsspec.filesystem("dv", cache=folder)
    assert fs is fsspec.filesystem("dv", cache=folder) is not fsspec.filesystem("dv")
    assert pickle.loads(pickle.dumps(fs)) is fs
    assert fsspec.AbstractFileSystem.from_json(fs.to_json()) is fs


def test_what_was_read_is_remembered(fs: DvFileSystem, sample: Repository) -> None:
    readings.forget()
    fs.info(url(sample, "big.bin"))
    fs.cat_file(url(sample, "link"))
    with fs.open(url(sample, "run.sh")) as file:
        file.read()
    assert [read.path for read in readings.reads()] == ["images/p7/t0001.json", "run.sh"]


def test_a_damaged_store_gives_no_bytes(fs: DvFileSystem, tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repository")
    repository.write("noise.bin", os.urandom(500_000))
    repository.commit("noise")
    for pack in (repository.path / ".dv/store/packs").rglob("*"):
        if pack.is_file() and pack.stat().st_size > 400_000:
            data = bytearray(pack.read_bytes())
            data[200_000] ^= 1
            pack.chmod(0o644)
            pack.write_bytes(data)
    with pytest.raises(errors.Damaged):
        fs.cat_file(url(repository, "noise.bin"))


def test_the_repository_around_and_its_remotes_have_short_names(
    fs: DvFileSystem, sample: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = new_repository(tmp_path / "mine")
    repository.write("a.txt", "mine")
    repository.commit("mine")
    repository.dv("remote", "add", "origin", str(sample.path))
    monkeypatch.chdir(repository.path)
    assert fs.cat_file("dv://@main/a.txt") == fs.cat_file("@/a.txt") == b"mine"
    assert fs.cat_file("dv://origin@v1/run.sh") == b"#!/bin/sh\n"
    (named,) = fs.glob("dv://origin@main/new*")
    monkeypatch.chdir(tmp_path)
    assert fs.cat_file(named) == fs.cat_file(
        "mine/../" + os.path.relpath(sample.path, tmp_path) + "@main/new.txt"
    )
