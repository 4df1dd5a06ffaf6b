"""Real stores, made by the program of this repository, for tests to read."""

import json
import os
import random
import shutil
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Repository:
    """A working directory of dv, driven by the program."""

    path: Path

    def dv(self, *args: str, environment: Mapping[str, str] | None = None) -> str:
        """What a command prints; one that fails fails the test."""
        own = {"HOME": str(self.path.parent / "home"), "NO_COLOR": "1"}
        done = subprocess.run(
            [_program(), *args],
            cwd=self.path,
            capture_output=True,
            text=True,
            env={**os.environ, **own, **(environment or {})},
        )
        assert done.returncode == 0, f"dv {' '.join(args)}: {done.stderr}{done.stdout}"
        return done.stdout

    def write(self, path: str, data: bytes | str) -> None:
        """A file of the working directory."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode())

    def commit(self, message: str) -> str:
        """Everything as it is, as a commit; its id."""
        return str(json.loads(self.dv("commit", "-m", message, "--json"))["commit"]["id"])


def _program() -> str:
    program = os.environ.get("DV_PROGRAM") or str(TOP / "bin" / "dv")
    if shutil.which("node") is None or not Path(program).exists() or not (TOP / "build" / "bundle").exists():
        if os.environ.get("CI"):
            pytest.fail("the program dv is not built here: npm run build")
        pytest.skip("the program dv is not built here: npm run build")
    return program


def new_repository(folder: Path) -> Repository:
    """An empty repository in a folder that is made."""
    folder.mkdir(parents=True)
    repository = Repository(folder)
    repository.dv("init")
    repository.dv("config", "set", "user.name", "Ada")
    repository.dv("config", "set", "user.email", "ada@example.org")
    return repository


def write_sample(repository: Repository) -> None:
    """Files of every form: small ones together, large ones in many chunks, runs, planes, links, empty
    folders.
    """
    noise = random.Random(7)
    for number in range(300):
        repository.write(f"images/p7/t{number:04}.json", f'{{"i": {number * (number % 7 + 1)}}}\n')
    repository.write("big.bin", noise.randbytes(3_000_000))
    repository.write("zeros.bin", bytes(5_000_000))
    repository.write("floats.bin", b"".join(struct.pack("<f", 1 + n / 1000) for n in range(200_000)))
    repository.write("empty.txt", "")
    repository.write("übung/é.csv", "a,b\n1,2\n")
    repository.write("run.sh", "#!/bin/sh\n")
    (repository.path / "run.sh").chmod(0o755)
    (repository.path / "link").symlink_to("images/p7/t0001.json")
    (repository.path / "nothing").mkdir()


def make_sample(folder: Path) -> Repository:
    """Two versions of some files, 'v1' and 'main', with metadata, a branch and an annotated tag."""
    repository = new_repository(folder)
    write_sample(repository)
    repository.commit("first")
    repository.dv("tag", "v1", "-m", "the first")
    repository.dv("branch", "feature/X")
    repository.dv("meta", "set", "images", "line=A", "scope=1")
    repository.dv("meta", "set", "images/p7/t0003.json", "well=A01", "line=B", "score=1.5", "on=2026-01-31")
    big = bytearray((repository.path / "big.bin").read_bytes())
    big[1_500_000:1_500_001] = b"an insertion"
    repository.write("big.bin", bytes(big))
    (repository.path / "floats.bin").unlink()
    repository.write("new.txt", "new\n")
    repository.commit("second")
    return repository
