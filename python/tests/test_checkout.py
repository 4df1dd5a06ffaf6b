"""Versions as plain files: safe, lossless, and refusing what is in the way."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from repositories import Repository, new_repository

import dvdata as dv
from dvdata import checkout
from dvdata.checkout import Item
from dvdata.errors import Conflict, Damaged, DvError, Failed
from dvdata.store import Entry


def snapshot(folder: Path) -> dict[str, Any]:
    """What stands below a folder: kinds, bytes and bits."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        inside = str(path.relative_to(folder))
        if inside.split("/")[0] == ".dv":
            continue
        if path.is_symlink():
            found[inside] = ("link", os.readlink(path))
        elif path.is_dir():
            found[inside] = "folder"
        else:
            found[inside] = (bool(path.stat().st_mode & stat.S_IXUSR), path.read_bytes())
    return found


@pytest.fixture
def package(sample: Repository) -> Any:
    return dv.open(sample.path)["main"]


def test_a_checkout_is_what_was_committed(sample: Repository, package: Any, tmp_path: Path) -> None:
    assert package.checkout(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert snapshot(tmp_path / "a" / "b") == snapshot(sample.path)
    assert package.images.checkout(tmp_path / "images")
    assert snapshot(tmp_path / "images") == snapshot(sample.path / "images")
    package.glob("*.txt").checkout(tmp_path / "texts")
    assert sorted(os.listdir(tmp_path / "texts")) == ["empty.txt", "new.txt"]


def test_what_is_there_already_is_left(package: Any, tmp_path: Path) -> None:
    package.checkout(tmp_path)
    before = (tmp_path / "big.bin").stat()
    (tmp_path / "new.txt").unlink()
    (tmp_path / "mine.txt").write_text("mine")
    package.checkout(tmp_path)
    assert (tmp_path / "new.txt").read_text() == "new\n"
    assert (tmp_path / "mine.txt").read_text() == "mine"
    after = (tmp_path / "big.bin").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("new.txt", lambda path: path.write_text("old\n")),
        ("new.txt", lambda path: path.mkdir()),
        ("new.txt", lambda path: path.symlink_to("elsewhere")),
        ("images", lambda path: path.write_text("a file")),
        ("images", lambda path: path.symlink_to(path.parent.parent)),
        ("nothing", lambda path: path.write_text("a file")),
        ("link", lambda path: path.symlink_to("images/p7/t0002.json")),
        ("link", lambda path: path.mkdir()),
        ("run.sh", lambda path: path.write_text("#!/bin/sh\n")),
    ],
)
def test_what_is_in_the_way_stays_and_nothing_is_written(
    package: Any, tmp_path: Path, path: str, make: Any
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    make(folder / path)
    before = snapshot(folder)
    with pytest.raises(Conflict) as caught:
        package.checkout(folder)
    assert caught.value.code == "DV_WOULD_OVERWRITE"
    assert str(folder / path) in caught.value.details["paths"][0]
    assert snapshot(folder) == before
    assert os.listdir(tmp_path) == ["out"]


def test_a_file_cannot_be_checked_out_into(package: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Conflict, match="is no folder"):
        package.checkout(tmp_path / "file")


def file_at(path: str, **fields: Any) -> Item:
    return Item(path, Entry(path, fields.pop("kind", "file"), 0, **fields))


@pytest.mark.parametrize(
    "paths",
    [
        ["../x"],
        ["a/../../x"],
        ["/etc/x"],
        ["a//b"],
        [".git/hooks/post-checkout"],
        ["sub/.DV/head"],
        ["a\0b"],
        ["a", "a/b"],
        ["git~1/x"],
    ],
)
def test_trees_of_strangers_lead_nowhere_else(tmp_path: Path, paths: list[str]) -> None:
    with pytest.raises(Damaged) as caught:
        checkout.plan([file_at(path) for path in paths], tmp_path / "out")
    assert caught.value.code == "DV_UNSAFE_PATH"
    assert os.listdir(tmp_path) == []


def test_nothing_is_written_through_a_link_that_appears_after_the_look(package: Any, tmp_path: Path) -> None:
    folder, outside = tmp_path / "out", tmp_path / "outside"
    outside.mkdir()
    store, tree = package._version.store, package._version.tree
    left = checkout.plan((Item(entry.path, entry) for entry in tree.entries()), folder)
    folder.mkdir()
    (folder / "images").symlink_to(outside)
    with pytest.raises(Conflict):
        checkout.write(store, left, folder, lambda _: None)
    assert os.listdir(outside) == []
    assert not any(name.startswith(".dv-checkout") for name in os.listdir(folder))


def test_what_appears_at_a_place_after_the_look_is_not_overwritten(package: Any, tmp_path: Path) -> None:
    store, tree = package._version.store, package._version.tree
    left = checkout.plan((Item(entry.path, entry) for entry in tree.entries()), tmp_path)
    (tmp_path / "new.txt").write_text("mine")
    with pytest.raises(Conflict):
        checkout.write(store, left, tmp_path, lambda _: None)
    assert (tmp_path / "new.txt").read_text() == "mine"


def test_paths_that_the_file_system_takes_for_one_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "_is_found_as", lambda workshop, name, other: True)
    made = new_repository(tmp_path / "repository")
    made.write("Data/a.txt", "1")
    made.write("data/b.txt", "2")
    made.commit("two")
    with pytest.raises(Failed, match=r"'Data' and 'data' are one") as caught:
        dv.open(made.path)["main"].checkout(tmp_path / "out")
    assert caught.value.code == "DV_PATH_COLLISION"
    assert os.listdir(tmp_path / "out") == []


def test_damage_is_never_written(sample: Repository, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(sample.path, copy, symlinks=True)
    for pack in (copy / ".dv" / "store" / "packs").iterdir():
        data = bytearray(pack.read_bytes())
        if len(data) > 1_000_000:
            pack.chmod(0o644)
            data[500_000] ^= 1
            pack.write_bytes(data)
    with pytest.raises(DvError):
        dv.open(copy)["main"].checkout(tmp_path / "out")
    assert not (tmp_path / "out" / "big.bin").exists()
    whole = snapshot(sample.path)
    assert all(whole[path] == found for path, found in snapshot(tmp_path / "out").items())
    assert not any(name.startswith(".dv-checkout") for name in os.listdir(tmp_path / "out"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Enough to be interrupted in."""
    import random

    made = new_repository(tmp_path_factory.mktemp("large") / "repository")
    noise = random.Random(3)
    for number in range(1500):
        made.write(f"d{number % 7}/f{number}.bin", noise.randbytes(40_000))
    made.commit("large")
    return made


RUN = """
import sys, dvdata as dv
package = dv.open(sys.argv[1])["main"]
print("begun", flush=True)
try:
    getattr(package, sys.argv[2])(*sys.argv[3:])
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
print("done", flush=True)
"""


def begun(large: Repository, *args: str, **environment: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(large.path), *args],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def when_there_are_files(folder: Path, process: "subprocess.Popen[str]", many: int = 20) -> None:
    while process.poll() is None and sum(path.is_file() for path in folder.rglob("*.bin")) < many:
        time.sleep(0.005)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_checkout_leaves_whole_files_and_goes_on(
    large: Repository, tmp_path: Path, sign: signal.Signals
) -> None:
    process = begun(large, "checkout", str(tmp_path / "out"))
    when_there_are_files(tmp_path / "out", process)
    process.send_signal(sign)
    said, _ = process.communicate(timeout=60)
    whole = snapshot(large.path)
    found = snapshot(tmp_path / "out")
    places = {path: one for path, one in found.items() if not path.startswith(".dv-checkout")}
    assert all(whole[path] == one for path, one in places.items())
    if sign == signal.SIGINT and process.returncode == 130:
        assert said == "interrupted\n"
        assert places == found
    dv.open(large.path)["main"].checkout(tmp_path / "out")
    again = snapshot(tmp_path / "out")
    assert {path: one for path, one in again.items() if not path.startswith(".dv-checkout")} == whole


def test_an_interrupted_fetch_keeps_what_came(large: Repository, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    process = begun(large, "fetch", DVDATA_CACHE=str(cache))
    when_there_are_files(cache, process, 5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode in (0, 130)
    kept = [path for path in (cache / "contents").rglob("*.bin") if path.is_file()]
    assert kept
    import blake3

    assert all(blake3.blake3(path.read_bytes()).hexdigest() == path.stem for path in kept)


def test_two_checkouts_at_once_into_one_folder_end_well(large: Repository, tmp_path: Path) -> None:
    processes = [begun(large, "checkout", str(tmp_path / "out")) for _ in range(2)]
    for process in processes:
        process.communicate(timeout=120)
    # One may meet a file of the other at its place, which it refuses; neither spoils a file.
    dv.open(large.path)["main"].checkout(tmp_path / "out")
    assert snapshot(tmp_path / "out") == snapshot(large.path)


def test_a_remote_store_is_listed_fetched_and_checked_out(sample: Repository, tmp_path: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.put(f"{sample.path}/.dv/store/", "/lab/plates/", recursive=True)
    try:
        (found,) = dv.packages("memory://lab")
        assert (found.url, found.branch, found.tags) == ("memory://lab/plates", "main", ("v1",))
        package = found.open()["main"]
        assert package.names() == dv.open(sample.path)["main"].names()
        assert package.glob("images/**").checkout(tmp_path / "some") == tmp_path / "some"
        assert snapshot(tmp_path / "some" / "images") == snapshot(sample.path / "images")
        package.checkout(tmp_path / "all")
        assert snapshot(tmp_path / "all") == snapshot(sample.path)
        assert package.verify().files == 307
        with pytest.raises(KeyError, match="did you mean 'images'"):
            package["image"]
    finally:
        memory.rm("/lab", recursive=True)
