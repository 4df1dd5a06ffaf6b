"""Damage anywhere in a store: what is read is right, or an error that says where; never other bytes."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from repositories import Repository, new_repository

from dvdata import errors
from dvdata.format.hashing import Kind
from dvdata.storage import Cache
from dvdata.store import Entry, Store, open_store

# Examples take a store each, made once: the files are put back after each.
PATIENT = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


@dataclass(frozen=True)
class Copy:
    """A store that tests may damage, and what is in it."""

    folder: Path
    files: list[Path]
    versions: dict[str, list[tuple[Entry, bytes]]]

    @contextmanager
    def damaged(self, file: Path, change: Callable[[bytes], bytes]) -> Iterator[None]:
        """With other bytes in one of its files."""
        before = file.read_bytes()
        file.chmod(0o644)
        try:
            file.write_bytes(change(before))
            yield
        finally:
            file.write_bytes(before)


def write_two_versions(repository: Repository) -> None:
    """Every kind of object and block: deltas, recipes in two levels of form, value objects, planes, runs."""
    big = bytes(n * n * 7919 >> 9 & 0xFF for n in range(1_500_000))
    repository.write("big.bin", big)
    repository.write("medium.bin", big[:400_000])
    repository.write("zeros.bin", bytes(2_000_000))
    for number in range(40):
        repository.write(f"a/b/{number}.txt", f"{number}\n" * number)
    (repository.path / "link").symlink_to("x" * 600)
    repository.commit("first")
    repository.dv("tag", "v1", "-m", "one")
    repository.write("big.bin", big[:700_000] + b"inserted" + big[700_000:])
    repository.dv("meta", "set", "a/b/3.txt", f"note={'long ' * 200}", "n=1")
    repository.commit("second")


def contents(store: Store) -> dict[str, list[tuple[Entry, bytes]]]:
    """Everything that is in two versions of a store."""
    found = {}
    for revision in ("v1", "main"):
        entries = list(store.entries(store.commit(store.resolve(revision)).root))
        found[revision] = [(entry, store.read(entry) if entry.is_file else b"") for entry in entries]
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    top = tmp_path_factory.mktemp("damage")
    repository = new_repository(top / "repository")
    write_two_versions(repository)
    folder = top / "store"
    shutil.copytree(repository.path / ".dv" / "store", folder)
    shutil.rmtree(folder / "workdirs")
    shutil.rmtree(folder / "cas" / "workdirs")
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return Copy(folder, files, contents(open_store(str(folder))))


def check(copy: Copy) -> list[errors.DvError]:
    """Reads all that can be read of a damaged store. What comes is right; what does not come is an error of
    dv.
    """
    told: list[errors.DvError] = []
    try:
        store = open_store(str(copy.folder))
        store.refs()
    except errors.DvError as error:
        return [error]
    for revision, files in copy.versions.items():
        try:
            root = store.commit(store.resolve(revision)).root
            assert list(store.entries(root)) == [entry for entry, _ in files]
        except errors.DvError as error:
            told.append(error)
        for entry, data in files:
            if entry.is_file:
                try:
                    assert store.read(entry) == data
                except errors.DvError as error:
                    told.append(error)
    return told


@PATIENT
@given(data=st.data())
def test_a_flipped_bit_anywhere_is_never_other_bytes(copy: Copy, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(copy.files))
    bit = data.draw(st.integers(0, max(file.stat().st_size * 8 - 1, 0)))

    def flip(bytes_: bytes) -> bytes:
        changed = bytearray(bytes_)
        if changed:
            changed[bit // 8] ^= 1 << bit % 8
        return bytes(changed)

    with copy.damaged(file, flip):
        for error in check(copy):
            assert isinstance(
                error, errors.Damaged | errors.Lost | errors.NewerFormat | errors.UnknownRevision
            )


@PATIENT
@given(data=st.data())
def test_a_file_that_is_cut_or_longer_is_never_other_bytes(copy: Copy, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(copy.files))
    length = data.draw(st.integers(0, file.stat().st_size))
    tail = data.draw(st.binary(max_size=40))
    with copy.damaged(file, lambda whole: whole[:length] + tail):
        for error in check(copy):
            assert isinstance(error, errors.DvError)


def ids_of(copy: Copy) -> dict[str, tuple[Kind, bytes]]:
    """An item of every kind."""
    store = open_store(str(copy.folder))
    main, tag = store.resolve("main"), store.resolve("v1")
    root = store.commit(main).root
    entries = {entry.path: entry for entry, _ in copy.versions["main"]}
    recipe = entries["big.bin"].recipe
    leaf = next(store.leaves(root))
    return {
        "commit": ("commit", main),
        "parent": ("commit", tag),
        "manifest": ("manifest", root),
        "recipe": ("recipe", recipe.root),  # type: ignore[union-attr]
        "metadata": ("value", next(iter(leaf.far_metas.values()))),
        "target": ("value", next(iter(leaf.far_targets.values()))),
        "small file": ("chunk", entries["a/b/7.txt"].id),
        "large file": ("chunk", entries["medium.bin"].id),
    }


@pytest.mark.parametrize(
    "which", ["commit", "parent", "manifest", "recipe", "metadata", "target", "small file", "large file"]
)
def test_damage_is_told_with_the_id_and_the_place(copy: Copy, which: str) -> None:
    kind, id = ids_of(copy)[which]
    store = open_store(str(copy.folder))
    copies = list(store.objects._index.copies(id, kind))
    if which == "large file":  # In several chunks: the first of them.
        entry = next(entry for entry, _ in copy.versions["main"] if entry.path == "medium.bin")
        id = entry.recipe.chunks[0][0]  # type: ignore[union-attr]
        copies = list(store.objects._index.copies(id, kind))
    assert copies
    damages = [(one.pack, one.at + one.size - 3) for one in copies]
    before = {pack: (copy.folder / "packs" / pack).read_bytes() for pack, _ in damages}
    try:
        for pack, at in damages:
            file = copy.folder / "packs" / pack
            file.chmod(0o644)
            data = bytearray(file.read_bytes())
            data[at] ^= 0x55
            file.write_bytes(data)
        with pytest.raises(errors.Damaged) as failure:
            open_store(str(copy.folder)).objects.get(kind, id)
        assert any(pack in str(failure.value) for pack, _ in damages)
    finally:
        for pack, data_before in before.items():
            (copy.folder / "packs" / pack).write_bytes(data_before)


def test_a_pack_that_is_gone_is_lost_and_hides_nothing_else(copy: Copy, tmp_path: Path) -> None:
    store = open_store(str(copy.folder))
    entries = {entry.path: entry for entry, _ in copy.versions["main"]}
    (place,) = store.objects._index.copies(entries["a/b/7.txt"].id, "chunk")
    file = copy.folder / "packs" / place.pack
    file.rename(tmp_path / "away")
    try:
        with pytest.raises(errors.Lost) as failure:
            open_store(str(copy.folder)).read(entries["a/b/7.txt"])
        assert failure.value.details["id"] == entries["a/b/7.txt"].id.hex()
        assert len(list(open_store(str(copy.folder)).entries(store.commit(store.resolve("main")).root))) > 40
    finally:
        (tmp_path / "away").rename(file)


def test_a_damaged_file_of_the_cache_is_read_again(copy: Copy, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    store = open_store(str(copy.folder), cache=cache)
    entry, data = next(one for one in copy.versions["main"] if one[0].path == "medium.bin")
    path = Path(store.path(entry))
    for other in (open_store(str(copy.folder), cache=Cache(cache.folder)), store):
        path.chmod(0o644)
        path.write_bytes(b"x" * len(data))
        assert other.read(entry) == data
        assert Path(other.path(entry)).read_bytes() == data
