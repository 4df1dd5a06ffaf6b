"""Repositories, packages and entries as what people hold."""

import pickle
import random
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repositories import Repository, new_repository

import dvdata as dv
from dvdata.entry import Entry
from dvdata.errors import Lost, NotARepository, UnknownName, UnknownPath, UnknownRevision, Unsupported
from dvdata.package import Folder, Package
from dvdata.tree import names_of


@pytest.fixture(scope="module")
def repo(sample: Repository) -> Any:
    return dv.open(sample.path)


@pytest.fixture(scope="module")
def package(repo: Any) -> Package:
    return repo["main"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Names that shadow methods, move cursors, hide text, and are no identifiers."""
    made = new_repository(tmp_path_factory.mktemp("hostile") / "repository")
    for name in (
        "files",
        "keys",
        "len/items",
        "class",
        "a b.csv",
        "x\x1b[2Jy",
        "\u202egnp.exe",
        "-rf",
        "'q'",
    ):
        made.write(name, name)
    made.commit("evil\x1b[31m \u202e\nsecond line")
    return dv.open(made.path)["main"]


def test_a_package_maps_the_paths_of_all_files_to_entries(sample: Repository, package: Package) -> None:
    on_disk = {
        str(path.relative_to(sample.path))
        for path in sample.path.rglob("*")
        if (path.is_file() or path.is_symlink()) and ".dv" not in path.relative_to(sample.path).parts
    }
    assert set(package) == on_disk
    assert len(package) == len(on_disk) == len(list(package))
    assert list(package) == sorted(package, key=lambda path: path.replace("/", "\0").encode())
    assert all(path in package for path in package)
    assert [(path, entry.key) for path, entry in package.items()] == [(path, path) for path in package]
    assert [entry.key for entry in package.values()] == list(package)
    assert package
    assert not package.glob("nothing-such")


def test_every_file_reads_as_it_is_on_disk(sample: Repository, package: Package) -> None:
    for path, entry in package.items():
        if path != "link":
            assert entry.read() == (sample.path / path).read_bytes()
            assert entry.size == len(entry.read())


def test_folders_are_mappings_from_there_on(package: Package) -> None:
    folder = package["images"]
    assert isinstance(folder, Folder)
    assert folder == package.images == package["images/"] == package["./images"]
    assert len(folder) == 300 == len(list(folder)) == len(folder["p7"])
    assert folder["p7/t0001.json"] == package["images/p7/t0001.json"]
    assert folder.p7["t0001.json"]() == {"i": 2}
    assert "t0001.json" in folder.p7
    assert "t0001.json" not in package
    assert folder.names() == ["p7/"]
    assert isinstance(package["nothing"], Folder)
    assert len(package["nothing"]) == 0
    assert package[""] is package
    assert package["."] is package
    assert package.get("images") == folder
    assert package.get("imags", 7) == 7
    assert 3 not in package


def test_walk_goes_through_all_folders(package: Package) -> None:
    walked = list(package.walk())
    assert [path for path, _, _ in walked] == ["", "images", "images/p7", "nothing", "übung"]
    files = [f"{path}/{name}".lstrip("/") for path, _, names in walked for name in names]
    assert sorted(files) == sorted(package)


def test_names_that_shadow_methods_are_reached_by_brackets(hostile: Package) -> None:
    assert hostile["files"].text() == "files"
    assert hostile["keys"].text() == "keys"
    assert callable(hostile.keys)
    assert hostile["len"]["items"].text() == "len/items"
    assert getattr(hostile, "class").text() == "class"
    assert "class" in dir(hostile)
    assert "a b.csv" not in dir(hostile)


def test_hostile_names_are_escaped_wherever_they_are_shown(hostile: Package) -> None:
    shown = [repr(hostile), repr(dv.open(hostile.url).log()), repr(dv.packages(Path(hostile.url).parent))]
    shown += [repr(entry) for entry in hostile.values()]
    with pytest.raises(KeyError) as caught:
        hostile["x\x1b[2J"]
    shown.append(str(caught.value))
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", "".join(shown))
    assert r"\x1b[2J" in shown[0]
    assert r"\u202egnp.exe" in shown[0]
    for path in set(hostile) - {".dvignore"}:
        assert hostile[path].read().decode() == path


def test_completion_knows_what_is_there(repo: Any, package: Package, hostile: Package) -> None:
    assert "images" in dir(package)
    assert "fetch" in dir(package)
    assert "big.bin" not in dir(package)
    keys = package._ipython_key_completions_()
    assert {"images/", "big.bin", "images/p7/t0001.json"} <= set(keys)
    assert repo._ipython_key_completions_() == [*repo.branches, *repo.tags]
    # Every program asks every object for names with underscores: none of them reads a store.
    assert not hasattr(package, "_repr_png_")
    assert not hasattr(hostile, "__array__")


def test_tab_completes_in_ipython(sample: Repository) -> None:
    completer = pytest.importorskip("IPython.core.completer", reason="the extra 'notebook' is not installed")
    space = {"p": dv.open(sample.path)["main"], "repo": dv.open(sample.path)}
    found = completer.IPCompleter(namespace=space)

    def completed(text: str) -> set[str]:
        with completer.provisionalcompleter():
            return {one.text.lstrip(".") for one in found.completions(text, len(text))}

    assert completed("p.ima") == {"images"}
    assert completed('p["imag') >= {"images/", "images/p7/t0001.json"}
    assert completed('repo["') == {"feature/X", "main", "v1"}


def test_the_nearest_name_is_told(repo: Any, package: Package) -> None:
    for path, meant in {
        "imags": "images",
        "images/p7/t0301.json": "images/p7/t0",
        "bigbin": "big.bin",
    }.items():
        with pytest.raises(UnknownPath) as caught:
            package[path]
        assert caught.value.details["nearest"][0].startswith(meant)
        assert isinstance(caught.value, KeyError)
        assert isinstance(caught.value, FileNotFoundError)
    with pytest.raises(AttributeError, match="did you mean 'images'"):
        _ = package.imagse
    with pytest.raises(UnknownRevision, match="'main'"):
        repo["mian"]
    with pytest.raises(UnknownName, match="did you mean 'v1'"):
        repo.tags["v11"]
    with pytest.raises(TypeError):
        package[3]  # type: ignore[index]


def test_glob_is_a_smaller_package(package: Package) -> None:
    found = package.glob("images/**/t000[1-3].json")
    assert list(found) == [f"images/p7/t000{n}.json" for n in (1, 2, 3)]
    assert len(found) == 3
    assert found["images/p7/t0001.json"]() == {"i": 2}
    assert "images/p7/t0009.json" not in found
    assert "big.bin" not in found
    assert found.names() == ["images/"]
    assert list(found.images) == [f"p7/t000{n}.json" for n in (1, 2, 3)]
    assert list(found.glob("!**/t0002.json")) == ["images/p7/t0001.json", "images/p7/t0003.json"]
    assert list(package.images.glob("p7/t0001.json")) == ["p7/t0001.json"]
    assert list(package.glob("*.bin", "!zeros*")) == ["big.bin"]
    assert found == package.glob("images/**/t000[1-3].json") != package
    with pytest.raises(UnknownPath):
        found["big.bin"]


def test_entries_say_what_they_are(package: Package, sample: Repository) -> None:
    entry = package["images/p7/t0003.json"]
    assert (entry.name, entry.kind, entry.size) == ("t0003.json", "file", 9 + len("12") - 1)
    assert entry.meta["line"] == "B"
    assert entry.meta["scope"] == 1
    assert package["images"].meta["line"] == "A"
    assert package["run.sh"].kind == "executable"
    assert package["run.sh"].text() == "#!/bin/sh\n"
    with pytest.raises(dv.errors.BadInput, match=r"'big.bin' cannot be read as text") as caught:
        package["big.bin"].text()
    assert caught.value.code == "DV_BAD_ENCODING"
    import blake3

    assert entry.id == blake3.blake3((sample.path / entry.key).read_bytes()).hexdigest()
    assert "t0003.json" in repr(entry)


def test_an_entry_is_taken_for_a_file_by_whatever_opens_files(package: Package) -> None:
    entry = package["übung/é.csv"]
    assert entry.path().endswith(".csv")
    with open(entry) as file:
        assert file.read() == "a,b\n1,2\n"
    assert pd.read_csv(entry).equals(entry())
    with package["big.bin"].open() as file:
        file.seek(1_500_000)
        assert file.read(12) == b"an insertion"


def test_links_lead_to_files_of_the_same_version(tmp_path: Path, package: Package) -> None:
    link = package["link"]
    assert link.kind == "symlink"
    assert link.target == "images/p7/t0001.json"
    assert link.read() == package["images/p7/t0001.json"].read()
    made = new_repository(tmp_path / "links")
    made.write("a/b.txt", "b")
    for name, target in {"up": "a/../a/b.txt", "out": "/etc/passwd", "over": "../x", "dir": "a"}.items():
        (made.path / name).symlink_to(target)
    (made.path / "a" / "back").symlink_to("../up")
    (made.path / "one").symlink_to("two")
    (made.path / "two").symlink_to("one")
    made.commit("links")
    links = dv.open(made.path)["main"]
    assert links["up"].text() == links["a/back"].text() == "b"
    for name in ("out", "over", "dir", "one"):
        with pytest.raises(UnknownPath, match=f"'{name}' leads"):
            links[name].read()


def test_what_is_fetched_is_in_the_cache(
    sample: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: Package
) -> None:
    monkeypatch.setenv("DVDATA_CACHE", str(tmp_path / "cache"))
    fresh = dv.open(sample.path)["main"]
    assert fresh.fetch("images/**/t000*.json") is fresh
    kept = list((tmp_path / "cache" / "contents").rglob("*.json"))
    assert 0 < len(kept) <= 10
    fresh.fetch(["big.bin", fresh["run.sh"], fresh.images], progress=True)
    assert {"run.sh", "big.bin"} & {path.name for path in kept} == set()
    names = {path.stem for path in (tmp_path / "cache" / "contents").rglob("*") if path.is_file()}
    assert {entry.id for entry in fresh.images.values()} | {fresh["big.bin"].id} <= names
    with pytest.raises(UnknownPath):
        fresh.fetch(["big.bin", "bog.bin"])


def test_what_is_read_is_remembered(sample: Repository) -> None:
    from dvdata import readings

    readings.forget()
    fresh = dv.open(sample.path)["v1"]
    fresh["link"].read()
    fresh["images/p7/t0002.json"]()
    assert "zeros.bin" in fresh
    noted = [(read.source.commit, read.path, read.id) for read in readings.reads()]
    paths = ["images/p7/t0001.json", "images/p7/t0002.json"]
    assert noted == [(fresh.id, path, fresh[path].id) for path in paths]
    assert next(iter(readings.reads())).source.revision == "v1"


def test_verify_reads_everything_and_names_what_is_damaged(sample: Repository, tmp_path: Path) -> None:
    import shutil

    found = dv.open(sample.path)["main"].verify()
    assert found.files == 307
    assert found.bytes > 8_000_000
    copy = tmp_path / "copy"
    shutil.copytree(sample.path, copy, symlinks=True)
    spoilt = 0
    for pack in sorted((copy / ".dv" / "store" / "packs").iterdir()):
        data = bytearray(pack.read_bytes())
        if len(data) > 1_000_000:
            pack.chmod(0o644)
            data[500_000] ^= 1
            pack.write_bytes(data)
            spoilt += 1
    assert spoilt > 0
    with pytest.raises((dv.errors.Damaged, Lost)) as caught:
        dv.open(copy)["main"].verify()
    assert caught.value.details["paths"] == ["big.bin"]


def test_a_repository_lists_its_versions(repo: Any, sample: Repository) -> None:
    assert list(repo.branches) == ["feature/X", "main"]
    assert list(repo.tags) == ["v1"]
    assert repo.branches["main"] == repo["main"] == repo.head
    assert repo.tags["v1"].id == repo["main~1"].id == repo[repo["v1"].id[:12]].id
    log = repo.log()
    assert [version.message for version in log] == ["second", "first"]
    assert len(repo.log(limit=1)) == 1
    assert log[0].parents == [log[1].id]
    assert [line.split()[-1] for line in repr(log).splitlines()] == ["second", "first"]
    assert log[1:][0] == log[1]
    assert str(log[0].author) == "Ada <ada@example.org>"
    assert str(sample.path) in repr(repo)
    assert "first" in repr(repo["v1"])
    with pytest.raises(KeyError):
        repo.branches["v1"]


def test_diff_tells_what_changed(repo: Any) -> None:
    diff = repo.diff("v1", "main")
    assert diff.added == ["images", "new.txt"]
    assert diff.deleted == ["floats.bin"]
    assert diff.modified == ["big.bin", "images/p7/t0003.json"]
    by_path = {change.path: change for change in diff}
    assert by_path["big.bin"].is_of_content
    assert not by_path["images/p7/t0003.json"].is_of_content
    assert by_path["images"].after == repo["main"].images
    assert by_path["new.txt"].before is None
    assert by_path["new.txt"].after.text() == "new\n"
    assert by_path["floats.bin"].before.size == 800_000
    assert len(by_path["big.bin"].before.read()) + 12 - 1 == by_path["big.bin"].after.size
    assert len(repo.diff("main", repo["main"])) == 0
    assert "+ new.txt" in repr(diff)


def test_two_versions_have_equal_entries_where_nothing_changed(repo: Any) -> None:
    old, new = repo["v1"], repo["main"]
    assert old["zeros.bin"] == new["zeros.bin"]
    assert hash(old["zeros.bin"]) == hash(new["zeros.bin"])
    assert old["big.bin"] != new["big.bin"]
    assert old != new
    assert len({old, new, repo["v1"]}) == 2


def read_elsewhere(what: Any) -> Any:
    return what.read() if isinstance(what, Entry) else sorted(what)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_packages_and_entries_go_to_other_processes(package: Package, method: str) -> None:
    small = package.glob("images/**/t000*.json")
    things = [package["run.sh"], small, package["images"], small["images/p7/t0001.json"]]
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        assert list(pool.map(read_elsewhere, things)) == [read_elsewhere(thing) for thing in things]
    assert pickle.loads(pickle.dumps(package)) == package


def test_repositories_below_a_folder_are_listed(tmp_path: Path, sample: Repository) -> None:
    made = new_repository(tmp_path / "lab" / "deep" / "plates")
    made.write("README.md", "---\n# Plates of the lab\nMore.\n")
    made.write("a.bin", b"12345")
    made.commit("plates")
    made.dv("tag", "v1")
    new_repository(tmp_path / "lab" / "empty")
    (tmp_path / "lab" / "broken").mkdir()
    (tmp_path / "lab" / "broken" / "dv.json").write_text("{")
    (tmp_path / "lab" / "loop").symlink_to(tmp_path)
    found = {
        Path(one.url).relative_to(tmp_path / "lab").parts[0]: one for one in dv.packages(tmp_path / "lab")
    }
    assert sorted(found) == ["broken", "deep", "empty"]
    plates = found["deep"]
    assert (plates.description, plates.branch, plates.tags) == ("Plates of the lab", "main", ("v1",))
    assert plates.open()["v1"]["a.bin"].read() == b"12345"
    assert found["empty"].commit is None
    assert found["broken"].error is not None
    assert "Plates of the lab" in repr(plates)
    with pytest.raises(dv.errors.NotFound):
        dv.packages(tmp_path / "nowhere")
    with pytest.raises(Unsupported, match="web server"):
        dv.packages("https://example.org/data")


def test_a_repository_that_is_not_there_is_an_error_that_helps(tmp_path: Path, sample: Repository) -> None:
    with pytest.raises(NotARepository):
        dv.open(tmp_path)
    with pytest.raises(NotARepository, match=r"open\('.*'\)\['v1'\]"):
        dv.open(f"{sample.path}@v1")


def test_a_zarr_store_in_a_package_is_read_through(tmp_path: Path) -> None:
    import numpy as np
    import zarr

    made = new_repository(tmp_path / "zarr")
    values = np.arange(64 * 64).reshape(64, 64)
    for version in (2, 3):
        array = zarr.create_array(
            made.path / f"v{version}.zarr", shape=(64, 64), chunks=(16, 16), dtype="i8", zarr_format=version
        )
        array[:] = values
    made.commit("arrays")
    package = dv.open(made.path)["main"]
    for version in (2, 3):
        found = package[f"v{version}.zarr"]()
        assert (found[10:20, 30:40] == values[10:20, 30:40]).all()
        assert pickle.loads(pickle.dumps(found))[0, 5] == 5
    with pytest.raises(Unsupported):
        package()


PATHS = st.lists(
    st.lists(st.sampled_from(["a", "b", "ab", "c-", "é"]), min_size=1, max_size=3).map("/".join),
    min_size=1,
    max_size=12,
    unique=True,
)


def in_order(paths: list[str]) -> Iterator[str]:
    kept: list[str] = []
    for path in sorted(paths, key=lambda path: path.replace("/", "\0").encode()):
        if not any(path.startswith(f"{above}/") for above in kept):
            kept.append(path)
    return iter(kept)


@given(PATHS, st.sampled_from(["", "a", "ab", "a/b"]))
def test_names_of_a_folder_are_those_of_its_paths(paths: list[str], folder: str) -> None:
    inside = [path for path in in_order(paths) if folder == "" or path.startswith(f"{folder}/")]
    start = len(folder) + 1 if folder else 0
    wanted = {(path[start:].split("/")[0], "/" in path[start:]) for path in inside}
    found = list(names_of(iter(inside), folder))
    assert set(found) == wanted
    assert len(found) == len(wanted)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32))
def test_the_mapping_agrees_with_the_tree_it_was_made_of(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    chance = random.Random(seed)
    made = new_repository(tmp_path_factory.mktemp("random") / "repository")
    paths = []
    for number in range(chance.randrange(1, 60)):
        folders = [chance.choice(["a", "b", "c d"]) for _ in range(chance.randrange(4))]
        path = "/".join([*folders, f"f{number}{chance.choice(['', '.txt', '.x-y'])}"])
        made.write(path, f"{number}")
        paths.append(path)
    made.commit("random")
    package = dv.open(made.path)["main"]
    paths.append(".dvignore")
    assert sorted(package) == sorted(paths)
    for folder, folders, names in package.walk():
        inside = package[folder]
        assert [name for name in inside.names() if not name.endswith("/")] == names
        assert len(inside) == sum(path.startswith(f"{folder}/" if folder else "") for path in paths)
        assert all(f"{name}/" in inside.names() for name in folders)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=12) | st.text(alphabet="images/p7t01.json\0\ud800\udc80.", max_size=16))
def test_any_text_is_a_path_or_none(package: Package, path: str) -> None:
    try:
        found = package[path]
    except UnknownPath:
        assert path not in package
        assert package.get(path) is None
    else:
        assert path in package
        assert found is package or found.key == re.sub(r"^(\./)+", "", path).removesuffix("/")
