"""Which entries of real trees an expression means, by columns and one by one."""

import json
from pathlib import Path
from typing import Any

import pytest
from expressions import VECTORS
from repositories import Repository, new_repository

from dvdata.errors import UnknownName
from dvdata.expression import Bound, bounds_of, parse
from dvdata.selection import effective_entries, rowwise, select
from dvdata.store import Store, open_store

pytest.importorskip("numpy")
from dvdata.selection import columnwise
from dvdata.selection.table import read_table

Line = dict[str, Any]


def apply(repository: Repository, lines: list[Line]) -> tuple[Store, bytes]:
    """A tree that these lines make on a branch: first what stands there, then what is said of it."""
    file = repository.path.parent / "lines.jsonl"
    for is_said, options in ((False, ["--create"]), (True, [])):
        chosen = [line for line in lines if (line["op"] == "meta") == is_said]
        file.write_text("".join(json.dumps(line) + "\n" for line in chosen))
        repository.dv("apply", "tree", *options, "--file", str(file), "-m", "lines")
    store = open_store(str(repository.path))
    return store, store.commit(store.resolve("tree")).root


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, bytes]:
    """The tree of spec/vectors/expressions.json."""
    lines: list[Line] = []
    for told in VECTORS["entries"]:
        path, meta, size = told["path"], told["metadata"], told.get("size", 0)
        match told.get("kind", "file"):
            case "directory":
                lines.append({"op": "meta", "path": path, "set": meta})
            case "symlink":
                lines.append({"op": "symlink", "path": path, "target": "t" * size, "meta": meta})
            case kind:
                put = {"op": "put", "path": path, "data": "x" * size, "meta": meta}
                lines.append({**put, "executable": kind == "executable"})
    return apply(new_repository(tmp_path_factory.mktemp("small") / "repository"), lines)


def plates() -> list[Line]:
    """4,000 entries in many leaves: nested directories that hand metadata down, some of it replaced below,
    maps of more than 512 bytes, links with short and long targets, sizes of one byte and of more.
    """
    lines: list[Line] = [{"op": "meta", "path": "p", "set": {"line": "A", "lab": "one", "deep": 0}}]
    for plate in range(20):
        line = {"plate": plate, **({"line": "B"} if plate % 3 == 0 else {})}
        line |= {"deep": 1.5} if plate % 4 else {}
        lines.append({"op": "meta", "path": f"p/p{plate:02}", "set": line})
        for well in range(190):
            meta: Line = {"well": f"W{well:03}", "score": well / 8, "tags": [f"t{well % 5}", well % 3]}
            if well % 50 == 0:
                meta["note"] = "long " * 150
            if well % 7 == 0:
                meta["line"] = "C"
            path = f"p/p{plate:02}/w{well:03}.{'TIF' if well % 2 else 'json'}"
            lines.append({"op": "put", "path": path, "data": "x" * (well * 5), "meta": meta})
        lines.append({"op": "symlink", "path": f"p/p{plate:02}/short", "target": "w000.json"})
        lines.append({"op": "symlink", "path": f"p/p{plate:02}/long", "target": "d/" * 400})
    lines += [{"op": "put", "path": f"q/plain-{number:03}", "data": f"{number}"} for number in range(150)]
    lines += [{"op": "put", "path": "p-1/x", "data": ""}, {"op": "put", "path": "p.txt", "data": "1"}]
    return lines


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, bytes]:
    return apply(new_repository(tmp_path_factory.mktemp("large") / "repository"), plates())


def both(tree: tuple[Store, bytes], where: str) -> list[str]:
    """The paths that are meant, which both forms must say alike."""
    expression = parse(where)
    by_columns = columnwise.paths_meant(*tree, expression, set())
    assert by_columns == rowwise.paths_meant(*tree, expression, set())
    return by_columns


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["where"])
def test_the_vectors_in_a_real_tree(small: tuple[Store, bytes], vector: dict[str, Any]) -> None:
    assert both(small, vector["where"]) == vector["true"]


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("TRUE", 4013),
        ("plate = 3", 193),
        ("line = 'A' AND plate < 10", None),
        ("line = 'B'", None),
        ("line = 'C'", 560),
        ("deep = 0 AND score > 20", None),
        ("deep = 1.5", None),
        ("note IS NOT NULL", 80),
        ("note LIKE 'long%' AND plate IN (1, 2)", 8),
        ("'t1' IN tags AND 2 IN tags", None),
        ("kind = 'symlink' AND size > 9", 20),
        ("kind = 'symlink' AND size = 800", 20),
        ("kind = 'directory'", 21),
        ("size > 200 AND size < 300", None),
        ("extension = 'tif' AND well >= 'W180'", 100),
        ("path LIKE 'p/p07/%'", 192),
        ("path LIKE 'p/p07%' AND plate = 7", 193),
        ("path LIKE 'p%' AND line = 'A'", None),
        ("directory = 'p/p19' AND line = 'C'", 28),
        ("path = 'p/p05/w014.json' AND line = 'C' AND lab = 'one'", 1),
        ("path IN ('p/p05/w014.json', 'p/p12', 'p/p19/long', 'q/plain-000', 'p.txt', 'no')", 5),
        ("path IN ('p/p05/w014.json', 'p/p05/w189.TIF', 'q/plain-149') AND lab = 'one'", 2),
        ("directory = 'p/p03' OR directory = 'p/p17' AND plate = 17", 384),
        ("path LIKE 'p-%' OR path LIKE 'p.%'", 2),
        ("id = '0'", 0),
        ("path = 'a\x00b' OR path LIKE '\ud800%'", 0),
    ],
)
def test_a_tree_of_many_leaves(large: tuple[Store, bytes], where: str, count: "int | None") -> None:
    found = both(large, where)
    if count is not None:
        assert len(found) == count
    # What bounds leave out is not meant.
    if bounds_of(parse(where)) is not None:
        assert both(large, f"({where}) OR size IS NULL") == found


def test_effective_metadata_one_by_one(large: tuple[Store, bytes]) -> None:
    store, root = large
    for entry, metadata in effective_entries(store, root):
        if entry.path[-2:] in ("50", "ng", "/x") or entry.kind == "directory":
            assert dict(metadata) == dict(store.effective_meta(root, entry.path))


def test_a_table_has_what_entries_have(large: tuple[Store, bytes]) -> None:
    table = read_table(*large)
    entries = [one for one in effective_entries(*large) if one[0].kind != "directory"]
    assert table.paths == [entry.path for entry, _ in entries]
    assert table.sizes.tolist() == [entry.size for entry, _ in entries]
    for row, (_, metadata) in enumerate(entries):
        told = {name: column.at(row) for name, column in table.metadata.items()}
        assert {name: value for name, value in told.items() if value is not None} == dict(metadata)
    expected = both(large, "line = 'C' AND plate = 18 AND kind = 'file'")
    some = read_table(*large, [Bound("p/p18/", False)], set(expected).__contains__)
    assert some.paths == expected and len(expected) == 28
    assert some.metadata["plate"].parts["int64"].values.tolist() == [18] * len(some.paths)


@pytest.mark.parametrize(
    ("where", "nearest"),
    [("wel = 'A'", ["well"]), ("plaet = 1 AND path = 'p.txt'", ["plate"]), ("zzz IS NULL", [])],
)
def test_a_key_that_nothing_has(large: tuple[Store, bytes], where: str, nearest: list[str]) -> None:
    with pytest.raises(UnknownName) as failure:
        select(*large, parse(where))
    assert failure.value.code == "DV_UNKNOWN_COLUMN"
    assert failure.value.details["nearest"][:1] == nearest
    assert failure.value.details["entries"] == 4013


def test_a_key_that_something_else_has(large: tuple[Store, bytes]) -> None:
    assert select(*large, parse("well = 'W001' AND directory = 'q'")) == []


def test_a_tree_of_nothing_misses_no_key(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "empty")
    repository.commit("what a new one has")
    (repository.path / ".dvignore").unlink()
    repository.commit("nothing")
    store = open_store(str(repository.path))
    assert select(store, store.commit(store.resolve("main")).root, parse("line = 1 OR TRUE")) == []


def test_the_program_means_the_same(large: tuple[Store, bytes]) -> None:
    store, _ = large
    assert store.workdir is not None
    repository = Repository(store.workdir)
    for where in (
        "line = 'A' AND deep = 0",
        "score BETWEEN 3 AND 3.5 AND kind = 'file'",
        "name ILIKE '%w00_.tif'",
    ):
        told = repository.dv("ls", "-R", "tree", "--where", where, "--json")
        paths = [json.loads(line)["path"] for line in told.splitlines()]
        assert both(large, where) == paths
