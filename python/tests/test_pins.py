"""dv.lock from Python: the same file as the program's, the same data every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from servers import s3_server

from dvdata import errors, program, readings
from dvdata.lockfile import read_lock, turn
from dvdata.pins import require
from dvdata.repository import open as open_repository
from dvdata.verification import verify


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(folder)
    readings.forget()
    return folder


@pytest.fixture
def plates(tmp_path: Path, dv: list[str]) -> Path:
    """A repository with data in two versions, the first tagged v1."""
    folder = tmp_path / "plates"
    (folder / "day1").mkdir(parents=True)
    program.run("init", cwd=folder)
    program.run("config", "user.name", "Ada", cwd=folder)
    program.run("config", "user.email", "ada@example.org", cwd=folder)
    (folder / "a.csv").write_text("x\n1\n")
    (folder / "day1/b.csv").write_text("y\n1\n")
    (folder / "day1/c.txt").write_text("c")
    program.run("commit", "-m", "First", cwd=folder)
    program.run("tag", "v1", cwd=folder)
    (folder / "a.csv").write_text("x\n2\n")
    program.run("commit", "-m", "Second", cwd=folder)
    return folder


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, one is in a folder of it."""
    folder = tmp_path / "code"
    (folder / "notebooks").mkdir(parents=True)
    monkeypatch.chdir(folder / "notebooks")
    return folder


def test_a_pin_is_byte_for_byte_what_the_program_writes(code: Path, plates: Path) -> None:
    """Line after line is added to one file, by the program and then, from where it began, by Python."""
    near = os.path.relpath(plates)
    file = code / "notebooks" / "dv.lock"
    asked: list[tuple[list[str], dict[str, str]]] = [
        ([f"{plates}@v1"], {}),
        ([f"{near}@main", "second"], {}),
        ([near, "third"], {"into": "elsewhere"}),
        ([f"{plates}@v1:day1", "fourth"], {}),
        ([f"{plates}@v1:day1/b.csv"], {}),
        ([f"{near}@v1:**/*.csv", "A.tables"], {"into": "../notebooks/ä b"}),
        ([f"{plates}@v1", "some"], {"where": "size > 1 AND path LIKE '%.csv'"}),
    ]
    before: bytes | None = None
    for words, options in asked:
        program.run("require", *words, *(f"--{name}={value}" for name, value in options.items()))
        theirs = file.read_bytes()
        file.unlink() if before is None else file.write_bytes(before)
        require(*words, **options)
        assert file.read_bytes() == theirs
        before = theirs
    assert theirs.count(b"\n") == 1 + len(asked)


def test_the_first_time_pins_and_from_then_on_the_pinned_commit_is_meant(code: Path, plates: Path) -> None:
    first = require(f"{plates}@main")
    assert first["a.csv"].read() == b"x\n2\n"
    (plates / "a.csv").write_text("x\n3\n")
    program.run("commit", "-m", "Third", cwd=plates)
    again = require(f"{plates}@main")
    assert (again.id, again.revision) == (first.id, "main")
    assert again["a.csv"].read() == b"x\n2\n"
    assert require(str(plates)).id == first.id
    assert require(f"{plates}@v1")["a.csv"].read() == b"x\n1\n"
    assert require(f"{plates}@main", update=True)["a.csv"].read() == b"x\n3\n"
    assert [pin.name for pin in read_lock(code / "notebooks" / "dv.lock")] == ["plates"]


def test_the_lock_file_above_is_the_one(code: Path, plates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(code)
    program.run("require", f"{os.path.relpath(plates)}@v1")
    monkeypatch.chdir(code / "notebooks")
    assert require(f"{os.path.relpath(plates)}@v1")["a.csv"].read() == b"x\n1\n"
    assert not (code / "notebooks" / "dv.lock").exists()
    (pin,) = read_lock(code / "dv.lock")
    assert pin.url == "../plates"
    program.run("install")
    assert (code / "data/plates/a.csv").read_text() == "x\n1\n"


def test_a_part_is_a_folder_an_entry_or_what_is_meant(code: Path, plates: Path) -> None:
    assert list(require(f"{plates}@v1:day1", "a")) == ["b.csv", "c.txt"]
    assert require(f"{plates}@v1:day1/b.csv", "b").read() == b"y\n1\n"
    assert list(require(f"{plates}@v1:**/*.csv", "c")) == ["a.csv", "day1/b.csv"]
    assert list(require(f"{plates}@v1", "d", where="path LIKE '%.csv'")) == ["a.csv", "day1/b.csv"]
    assert list(require(f"{plates}@v1:day1", "e", where="path LIKE '%.csv'")) == ["b.csv"]
    # One of them was read besides.
    assert verify().files == 8 + 1


def test_bad_input_pins_nothing(code: Path, plates: Path, tmp_path: Path) -> None:
    for call, kind in [
        (lambda: require(f"{plates}@mian"), errors.UnknownRevision),
        (lambda: require(f"{plates}@v1:gone"), errors.UnknownPath),
        (lambda: require(str(tmp_path / "nowhere")), errors.NotARepository),
        (lambda: require("https://ada:pa55@host/x@v1"), errors.BadAddress),
        (lambda: require("https://host/x?sig=pa55@v1"), errors.BadAddress),
        (lambda: require(f"{plates}@v1", "../x"), errors.BadInput),
        (lambda: require("main:a.csv"), errors.BadInput),
        (lambda: require(f"{plates}@v1", "x", into="../../away"), errors.BadInput),
    ]:
        with pytest.raises(kind) as raised:
            call()
        assert "pa55" not in str(raised.value)
        assert not (code / "notebooks" / "dv.lock").exists()


def test_a_name_stands_for_one_thing(code: Path, plates: Path, tmp_path: Path) -> None:
    require(f"{plates}@v1", "data")
    before = (code / "notebooks" / "dv.lock").read_bytes()
    with pytest.raises(errors.AlreadyExists, match="name of other data"):
        require(f"{plates}@v1:day1", "data")
    assert (code / "notebooks" / "dv.lock").read_bytes() == before


def test_another_store_at_the_address_is_told(code: Path, plates: Path, tmp_path: Path) -> None:
    require(f"{plates}@v1")
    plates.rename(tmp_path / "away")
    with pytest.raises(errors.NotARepository):
        require(f"{plates}@v1")
    plates.mkdir()
    program.run("init", cwd=plates)
    with pytest.raises(errors.Failed) as raised:
        require(f"{plates}@v1")
    assert raised.value.code == "DV_OTHER_STORE"
    assert not verify()


def test_a_lock_file_that_cannot_be_followed_is_left_as_it_is(code: Path, plates: Path) -> None:
    file = code / "notebooks" / "dv.lock"
    file.write_text('{"dv.lock":1}\n<<<<<<< ours\n')
    with pytest.raises(errors.BadLockFile, match="Line 2"):
        require(f"{plates}@v1")
    assert file.read_text() == '{"dv.lock":1}\n<<<<<<< ours\n'


def test_many_processes_and_the_program_each_add_their_line(code: Path, plates: Path) -> None:
    text = "import sys\nfrom dvdata.pins import require\nrequire(sys.argv[1], sys.argv[2])\n"
    children = [
        subprocess.Popen([sys.executable, "-c", text, f"{plates}@v1", f"python{i}"]) for i in range(4)
    ] + [subprocess.Popen([*program.command(), "require", "-q", f"{plates}@v1", "program"])]
    statuses = [child.wait() for child in children]
    names = [pin.name for pin in read_lock(code / "notebooks" / "dv.lock")]
    # The program does not wait for others: it says that the file is locked.
    assert statuses[:4] == [0] * 4 and statuses[4] in (0, 11)
    assert names == ["program"] * (statuses[4] == 0) + [f"python{i}" for i in range(4)]
    assert [one.name for one in (code / "notebooks/.dv/installed").iterdir()] == [".gitignore"]


def test_who_holds_the_lock_keeps_the_program_out(code: Path, plates: Path) -> None:
    require(f"{plates}@v1")
    with turn(code / "notebooks" / "dv.lock"), pytest.raises(errors.Locked):
        program.run("require", f"{plates}@v1", "other")
    program.run("require", f"{plates}@v1", "other")


def test_verify_reads_what_is_pinned_and_what_was_read(code: Path, plates: Path, tmp_path: Path) -> None:
    require(f"{plates}@v1:day1", "day1")
    repository = open_repository(str(plates))
    assert repository["main"]["a.csv"].read() == b"x\n2\n"
    result = verify()
    assert (bool(result), result.files) == (True, 3)
    readings.reads().save("results.json")
    readings.forget()
    saved = verify("results.json")
    assert (bool(saved), saved.files, saved.bytes) == (True, 1, 4)


def test_verify_tells_every_difference(code: Path, plates: Path, tmp_path: Path) -> None:
    package = open_repository(str(plates))["v1"]
    for path in package:
        package[path].read()
    readings.reads().save("results.json")
    document = json.loads(Path("results.json").read_text())
    document["reads"][0]["id"] = "0" * 64
    document["reads"][1]["path"] = "gone"
    Path("results.json").write_text(json.dumps(document))
    result = verify("results.json")
    assert not result
    assert [one.what for one in result] == ["changed", "missing"]
    packs = [file for file in (plates / ".dv/store/packs").rglob("*") if file.is_file()]
    for file in packs:
        data = bytearray(file.read_bytes())
        file.chmod(0o644)
        file.write_bytes(bytes(byte ^ 0xFF if i % 16 == 3 else byte for i, byte in enumerate(data)))
    assert {one.what for one in verify("results.json")} == {"unreadable"}


def test_a_bucket_is_pinned_as_the_program_does_with_its_endpoint_and_without_keys(
    code: Path, plates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_server("versitygw", tmp_path / "s3") as bucket:
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        url, file = "s3://dvtest/lab/plates", code / "notebooks" / "dv.lock"
        program.run("remote", "add", "s3", url, "--endpoint", bucket.endpoint, cwd=plates)
        program.run("push", "s3", "main", cwd=plates)
        program.run("require", f"{url}@main", "--endpoint", bucket.endpoint)
        theirs = file.read_bytes()
        file.unlink()
        require(f"{url}@main", **bucket.options)
        assert file.read_bytes() == theirs
        assert b"dvtestsecret" not in theirs
        # The pin says where the bucket is; who may read it, each user's own environment.
        assert require(f"{url}@main")["a.csv"].read() == b"x\n2\n"
        assert verify().files == 4
