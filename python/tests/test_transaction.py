"""Values become one commit or none: on real stores, written by the real program."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pytest
from servers import Bucket, s3_server

from dvdata import errors, program, readings
from dvdata.package import Package
from dvdata.repository import open as open_repository


def contents(package: Package) -> dict[str, bytes]:
    """The bytes of all files."""
    return {path: entry.read() for path, entry in package.items() if entry.kind != "symlink"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody who has told dv who commits, and has read nothing yet."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(folder)
    program.run("config", "--global", "user.name", "Ada")
    program.run("config", "--global", "user.email", "ada@example.org")
    readings.forget()
    return folder


@pytest.fixture
def work(tmp_path: Path, dv: list[str]) -> Path:
    """A working directory with a commit on main."""
    folder = tmp_path / "work"
    (folder / "old").mkdir(parents=True)
    for name, text in {"a.txt": "a", "b.txt": "b", "old/x": "x", "old/y": "y", ".dvignore": ""}.items():
        (folder / name).write_text(text)
    program.run("init", cwd=folder)
    program.run("commit", "-m", "First", cwd=folder)
    return folder


@pytest.fixture
def bare(work: Path, tmp_path: Path) -> Path:
    """A store in a folder, with that commit. Its name is not easy."""
    folder = tmp_path / "st@re: 100%"
    program.run("remote", "add", "origin", str(folder), cwd=work)
    program.run("push", "origin", "main", cwd=work)
    return folder


def sound(folder: Path, work: Path) -> None:
    """What a clone gets is whole."""
    program.run("fetch", "origin", cwd=work)
    assert program.run("fsck", "--deep", cwd=work).status == 0


def test_all_of_a_block_is_one_commit_of_a_store_that_is_not_checked_out(bare: Path, work: Path) -> None:
    repo = open_repository(bare)
    source = work / "big.bin"
    source.write_bytes(os.urandom(300_000))
    source.chmod(0o755)
    with repo.branch("main").transaction("Day 2\n\nMore of it", meta={"plate": 7}) as tx:
        tx["a.txt"] = "ä"
        tx["new/deep/c.bin"] = b"\0\xff"
        tx["big.bin"] = source
        tx["plain.json"] = {"x": [1, 2.5, None]}
        del tx["old"]
        tx.symlink("latest", "a.txt")
        tx.meta("b.txt", line="AICS-23", rows=3, share=1.0, day=datetime.date(2026, 1, 31), draft=True)
        tx.commit_meta(accuracy=0.93)
        assert repo["main"]["a.txt"].read() == b"a"
    assert contents(tx.result) == {
        ".dvignore": b"",
        "a.txt": "ä".encode(),
        "b.txt": b"b",
        "new/deep/c.bin": b"\0\xff",
        "big.bin": source.read_bytes(),
        "plain.json": b'{\n "x": [\n  1,\n  2.5,\n  null\n ]\n}\n',
    }
    assert contents(repo["main"]) == contents(tx.result)
    assert (repo["main"]["big.bin"].kind, repo["main"]["a.txt"].kind) == ("executable", "file")
    assert repo["main"]["latest"].target == "a.txt"
    meta = repo["main"]["b.txt"].meta
    assert (meta["line"], meta["rows"], meta["share"], meta["draft"]) == ("AICS-23", 3, 1.0, True)
    assert isinstance(meta["share"], float) and isinstance(meta["rows"], int)
    sound(bare, work)
    (told, *_) = program.run("log", "origin/main", cwd=work).documents
    assert (told["id"], told["message"]) == (tx.commit, "Day 2\n\nMore of it")
    assert (told["author"]["name"], told["metadata"]) == ("Ada", {"plate": 7, "accuracy": 0.93})


def test_an_exception_in_the_block_writes_nothing(bare: Path) -> None:
    repo = open_repository(bare)
    before = repo.store.refs().branches
    with pytest.raises(ZeroDivisionError), repo.branch("main").transaction("No") as tx:
        tx["a.txt"] = "b"
        _ = 1 / 0
    assert repo.store.refs().branches == before
    with pytest.raises(errors.BadInput, match="made nothing"):
        _ = tx.result


def test_a_block_that_changes_nothing_makes_no_commit(bare: Path) -> None:
    repo = open_repository(bare)
    before = repo.store.refs().branches
    with repo.branch("main").transaction("Nothing") as tx:
        pass
    with repo.branch("main").transaction("The same") as same:
        same["a.txt"] = "a"
    assert repo.store.refs().branches == before
    assert (tx.commit, same.commit) == (None, None)
    assert tx.result.id == same.result.id == repo["main"].id


def test_a_branch_of_the_repository_around_is_written_and_that_can_be_undone(work: Path) -> None:
    program.run("branch", "side", cwd=work)
    repo = open_repository(work)
    with repo.branch("side").transaction("On the side") as tx:
        tx["a.txt"] = "side"
    assert repo["side"]["a.txt"].read() == b"side"
    assert program.run("op", "log", cwd=work).documents[0]["verb"] == "apply"
    program.run("undo", cwd=work)
    assert repo["side"]["a.txt"].read() == b"a"
    assert tx.result["a.txt"].read() == b"side"


def test_the_branch_that_is_checked_out_is_left_alone(work: Path) -> None:
    with pytest.raises(errors.Failed) as raised, open_repository(work).branch("main").transaction("x") as tx:
        tx["a.txt"] = "b"
    assert raised.value.code == "DV_BRANCH_IN_USE"
    assert (work / "a.txt").read_text() == "a"


def test_a_branch_is_made_when_it_is_asked_for(bare: Path) -> None:
    repo = open_repository(bare)
    with repo.branch("new").transaction("Begin", create=True, author="Bo <bo@example.org>") as tx:
        tx["only.txt"] = "1"
    assert contents(tx.result) == contents(repo["new"]) == {"only.txt": b"1"}
    with pytest.raises(errors.UnknownRevision, match="no branch 'mian'") as raised:
        with repo.branch("mian").transaction("x"):
            pass
    assert "did you mean 'main'" in str(raised.value.hint)
    with pytest.raises(errors.BadInput, match="already"), repo.branch("new").transaction("x", create=True):
        pass


def test_metadata_stays_changes_and_goes(bare: Path) -> None:
    repo = open_repository(bare)
    branch = repo.branch("main")
    with branch.transaction("Set") as tx:
        tx.meta("a.txt", {"the line": "AICS-23"}, rows=3)
        tx["c.txt"] = "c"
        tx.meta("c.txt", rows=1)
    with branch.transaction("Put") as tx:
        tx["a.txt"] = "new"
        tx.meta("a.txt", rows=4)
        tx.meta("c.txt", rows=None)
    assert repo["main"]["a.txt"].meta == {"the line": "AICS-23", "rows": 4}
    assert repo["main"]["c.txt"].meta == {}
    with branch.transaction("Anew") as tx:
        del tx["a.txt"]
        tx["a.txt"] = "new"
    assert repo["main"]["a.txt"].meta == {}
    with pytest.raises(errors.BadInput, match="loses metadata"), branch.transaction("Both") as tx:
        tx["c.txt"] = "x"
        tx.meta("c.txt", rows=None)
    with pytest.raises(errors.BadInput, match="nothing to carry"), branch.transaction("Gone") as tx:
        del tx["c.txt"]
        tx.meta("c.txt", rows=1)


@pytest.mark.parametrize("name", ["feat@2", "a/b", "100%"])
def test_branches_of_any_name_are_written(bare: Path, work: Path, name: str) -> None:
    for place in (bare, work):
        with open_repository(place).branch(name).transaction("Made", create=True) as tx:
            tx["x"] = name
        assert open_repository(place).branches[name]["x"].read() == name.encode()


def test_bad_input_is_refused_where_it_is_given_and_changes_nothing(bare: Path, tmp_path: Path) -> None:
    repo = open_repository(bare)
    before = repo.store.refs().branches
    branch = repo.branch("main")
    with pytest.raises(errors.BadInput, match="needs a message"):
        branch.transaction(" ")
    with branch.transaction("Bad") as tx:
        for path in ("../x", "/x", "", "a//b", ".dv/x"):
            with pytest.raises(errors.BadInput) as raised:
                tx[path] = "x"
            assert raised.value.code == "DV_UNSAFE_PATH"
        with pytest.raises(errors.BadInput, match="is not there"):
            tx["x"] = tmp_path / "gone"
        with pytest.raises(errors.BadInput, match="is a folder"):
            tx["x"] = tmp_path
        with pytest.raises(errors.UnknownPath, match=r"no 'gone\.txt' in 'main'"):
            del tx["gone.txt"]
        with pytest.raises(errors.BadInput, match="'rows' cannot be"):
            tx.meta("a.txt", rows=object())
        with pytest.raises(errors.BadInput, match="of type 'object'"):
            tx["x.foo"] = object()
        for value in (pd.NaT, 2**63, datetime.time(), {"a": 1}):
            with pytest.raises(errors.BadInput) as raised:
                tx.meta("a.txt", day=value)
            assert raised.value.code == "DV_BAD_VALUE"
        with pytest.raises(errors.BadInput, match="empty"):
            tx.meta("a.txt", {"": 1})
        with pytest.raises(errors.BadInput, match="half of a character"):
            tx["x"] = "\udcff"
        with (tmp_path / "text").open("w+") as file, pytest.raises(errors.BadInput, match="reads text"):
            tx["x"] = file
    assert repo.store.refs().branches == before
    for use in (lambda: tx.meta("a.txt", x=1), lambda: tx.__setitem__("a", "b"), lambda: tx.__enter__()):
        with pytest.raises(errors.BadInput):
            use()


@pytest.mark.parametrize("path", ["a.txt/below", "old"])
def test_what_the_program_refuses_is_told_without_its_lines(bare: Path, path: str) -> None:
    with (
        pytest.raises(errors.BadInput) as raised,
        open_repository(bare).branch("main").transaction("x") as tx,
    ):
        tx[path] = "x"
    assert raised.value.code == "DV_UNSAFE_PATH"
    assert "Line" not in str(raised.value) and "line" not in raised.value.details


def test_others_who_change_other_paths_meanwhile_are_kept(bare: Path, work: Path) -> None:
    repo = open_repository(bare)
    with repo.branch("main").transaction("Mine") as mine:
        mine["a.txt"] = "mine"
        with repo.branch("main").transaction("Theirs") as theirs:
            theirs["b.txt"] = "theirs"
            theirs["c.txt"] = "theirs"
    assert repo["main"].id == mine.result.id
    changed = {"a.txt": b"mine", "b.txt": b"theirs", "c.txt": b"theirs"}
    assert contents(mine.result) == {".dvignore": b"", "old/x": b"x", "old/y": b"y", **changed}
    sound(bare, work)


@pytest.mark.parametrize(
    ("mine", "theirs", "paths"),
    [
        ({"a.txt": "mine", "b.txt": "mine", "n": ""}, {"b.txt": "theirs", "n": "1", "z": ""}, ["b.txt", "n"]),
        ({"a.txt": None}, {"a.txt": "theirs"}, ["a.txt"]),
        ({"a.txt": "mine"}, {"a.txt": None}, ["a.txt"]),
        ({"old": None}, {"old/y": "theirs"}, ["old/y"]),
    ],
)
def test_others_who_change_the_same_paths_meanwhile_are_a_conflict_that_names_them(
    bare: Path, mine: dict[str, str | None], theirs: dict[str, str | None], paths: list[str]
) -> None:
    repo = open_repository(bare)

    def fill(tx: Any, values: dict[str, str | None]) -> None:
        for path, value in values.items():
            if value is None:
                del tx[path]
            else:
                tx[path] = value

    with pytest.raises(errors.Conflict) as raised, repo.branch("main").transaction("Mine") as tx:
        fill(tx, mine)
        with repo.branch("main").transaction("Theirs") as other:
            fill(other, theirs)
    assert raised.value.details["paths"] == paths
    assert all(f"'{path}'" in raised.value.message for path in paths)
    assert repo["main"].id == other.result.id


def test_many_at_once_all_land(bare: Path, work: Path) -> None:
    code = (
        "import sys\n"
        "from dvdata.repository import open\n"
        "with open(sys.argv[1]).branch('main').transaction('From ' + sys.argv[2]) as tx:\n"
        "    tx[f'by/{sys.argv[2]}'] = sys.argv[2]\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(bare), str(i)]) for i in range(4)]
    assert [child.wait() for child in children] == [0] * 4
    repo = open_repository(bare)
    assert {path for path in repo["main"] if path.startswith("by/")} == {f"by/{i}" for i in range(4)}
    sound(bare, work)


def test_what_was_read_becomes_the_inputs_of_the_commit(bare: Path, work: Path) -> None:
    source = readings.Source("s3://lab/plates", "0" * 32, "v2", "a" * 64, "b" * 64)
    readings.note(source, "day1/a.csv", "c" * 64)
    repo = open_repository(bare)
    with repo.branch("main").transaction("Made of it") as tx:
        tx["result.txt"] = "1"
    with repo.branch("main").transaction("Made of nothing", inputs=False) as tx:
        tx["other.txt"] = "1"
    program.run("fetch", "origin", cwd=work)
    without, told, *_ = program.run("log", "origin/main", cwd=work).documents
    assert "inputs" not in without
    (given,) = told["inputs"]
    assert (given["url"], given["revision"], given["path"]) == ("s3://lab/plates", "v2", "day1/a.csv")


def test_ten_thousand_reads_fit_into_a_commit(bare: Path, work: Path) -> None:
    for n in range(2):
        source = readings.Source(f"s3://lab/{n}", "0" * 32, "v2", "a" * 64, "b" * 64)
        for i in range(6000):
            readings.note(source, f"{'long/' * 50}{i}", "c" * 64)
    repo = open_repository(bare)
    with repo.branch("main").transaction("Made of much") as tx:
        tx["result.txt"] = "1"
    program.run("fetch", "origin", cwd=work)
    told, *_ = program.run("log", "origin/main", cwd=work).documents
    assert [(one["url"], one["id"]) for one in told["inputs"]] == [
        (f"s3://lab/{n}", "b" * 64) for n in range(2)
    ]


def test_a_bar_says_how_far_it_is(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_repository(bare).branch("main").transaction("Much", progress=True) as tx:
        tx["big.bin"] = os.urandom(3_000_000)
    told = capsys.readouterr().err
    assert "storing" in told and "3.00M" in told
    with open_repository(bare).branch("main").transaction("Silent", progress=False) as tx:
        tx["big.bin"] = os.urandom(3_000_000)
    assert capsys.readouterr().err == ""


def test_what_cannot_be_written_says_so(tmp_path: Path, bare: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(str(bare), "/store", recursive=True)
    with (
        pytest.raises(errors.ReadOnly),
        open_repository("memory://store").branch("main").transaction("x") as tx,
    ):
        tx["a"] = "b"


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_version(
    bare: Path, work: Path, tmp_path: Path
) -> None:
    """Python and the program are killed after more and more of the time that they take."""
    code = (
        "import os, sys\n"
        "from dvdata.repository import open\n"
        "with open(sys.argv[1]).branch('main').transaction('Killed') as tx:\n"
        "    for i in range(20):\n        tx[f'k/{i}'] = os.urandom(50_000)\n"
    )
    repo = open_repository(bare)
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", code, str(bare)], check=True)
    whole = time.monotonic() - began
    seen = {repo.store.refs().branches["main"]}
    for i in range(8):
        child = subprocess.Popen([sys.executable, "-c", code, str(bare)], start_new_session=True)
        time.sleep(whole * (0.3 + 0.1 * i))
        for pid in [*descendants(child.pid), child.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        child.wait()
        tip = repo.store.refs().branches["main"]
        seen.add(tip)
        files = {path: data for path, data in contents(repo["main"]).items() if path.startswith("k/")}
        assert len(files) == 20 and {len(data) for data in files.values()} == {50_000}
        sound(bare, work)
    with repo.branch("main").transaction("After") as tx:
        tx["a.txt"] = "after"
    assert tx.result["a.txt"].read() == b"after"


def descendants(pid: int) -> list[int]:
    try:
        children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [one for child in children for one in (*descendants(child), child)]


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Bucket]:
    with s3_server("versitygw", tmp_path) as bucket:
        yield bucket


def test_a_bucket_is_written_like_a_folder(
    bucket: Bucket, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "s3://dvtest/lab/plates"
    program.run("remote", "add", "s3", url, "--endpoint", bucket.endpoint, cwd=work)
    program.run("push", "s3", "main", cwd=work, env=bucket.environment)
    repo = open_repository(url, **bucket.options)
    frame = pd.DataFrame({"cell": [1, 2], "line": ["AICS-23", "AICS-12"]})
    with repo.branch("main").transaction("Mine") as mine:
        mine["cells.parquet"] = frame
        mine["x.npy"] = np.arange(3)
        mine.meta("cells.parquet", line="AICS-23")
        with repo.branch("main").transaction("Theirs") as theirs:
            theirs["b.txt"] = "theirs"
    pd.testing.assert_frame_equal(mine.result["cells.parquet"](), frame, check_dtype=False)
    assert mine.result["cells.parquet"].meta == {"line": "AICS-23"}
    assert mine.result["x.npy"]().tolist() == [0, 1, 2]
    assert mine.result["b.txt"].read() == b"theirs"
    with pytest.raises(errors.Conflict) as raised, repo.branch("main").transaction("Late") as late:
        late["b.txt"] = "late"
        with repo.branch("main").transaction("Sooner") as sooner:
            sooner["b.txt"] = "sooner"
    assert raised.value.details["paths"] == ["b.txt"]
    program.run("fetch", "s3", cwd=work, env=bucket.environment)
    assert program.run("fsck", "--deep", cwd=work).status == 0
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    without = {key: value for key, value in bucket.environment.items() if "KEY" not in key}
    with pytest.raises(errors.NoCredentials):
        program.run("fetch", "s3", cwd=work, env=without)


def test_the_next_version_of_a_frame_costs_what_changed(bare: Path, work: Path) -> None:
    numbers = np.random.default_rng(1)
    rows = 200_000
    frame = pd.DataFrame(
        {
            "cell": np.arange(rows),
            "area": numbers.normal(size=rows),
            "plate": numbers.integers(0, 384, rows),
            "note": [f"cell {number}" for number in numbers.integers(0, 1 << 40, rows)],
        }
    )
    more = pd.concat([frame[:100_000], frame[:20].assign(cell=-1), frame[100_000:]], ignore_index=True)
    repo = open_repository(bare)

    def size() -> int:
        return sum(file.stat().st_size for file in (bare / "packs").rglob("*") if file.is_file())

    sizes = [size()]
    for version in (frame, more, more.drop(more.index[50_000:50_030]).reset_index(drop=True)):
        with repo.branch("main").transaction("Next") as tx:
            tx["cells.parquet"] = version
        sizes.append(size())
        pd.testing.assert_frame_equal(tx.result["cells.parquet"](), version)
    first, second, third = (after - before for before, after in pairwise(sizes))
    assert first > 2_000_000
    assert max(second, third) < first / 50


def test_ctrl_c_leaves_the_old_or_the_new_version(bare: Path, work: Path) -> None:
    code = (
        "import os, sys\nfrom dvdata.repository import open\n"
        "with open(sys.argv[1]).branch('main').transaction('Interrupted') as tx:\n"
        "    for i in range(100):\n        tx[f'k/{i}'] = os.urandom(200_000)\n"
        "    print('given', flush=True)\n"
    )
    repo = open_repository(bare)
    before = repo["main"].id
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(bare)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stderr is not None
    assert child.stdout.readline() == "given\n"
    while not descendants(child.pid) and child.poll() is None:
        time.sleep(0.01)
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    _, told = child.communicate()
    after = repo["main"]
    assert (child.returncode != 0) == ("KeyboardInterrupt" in told)
    assert after.id == before or len(contents(after)) == 105
    sound(bare, work)
