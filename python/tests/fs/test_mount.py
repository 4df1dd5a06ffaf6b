"""A version mounted as a folder (`fsspec.fuse`): any program reads it, and none writes."""

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from repositories import Repository

MOUNT = """
import sys
from fsspec.core import url_to_fs
from fsspec.fuse import run
fs, path = url_to_fs(sys.argv[1], cache=sys.argv[3])
run(fs, path, sys.argv[2], foreground=True)
"""
_READY_SECONDS = 30


@pytest.fixture(scope="module")
def mounted(sample: Repository, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if not Path("/dev/fuse").exists():
        pytest.skip("this machine has no /dev/fuse")
    if not os.environ.get("CI"):
        pytest.importorskip("fuse", exc_type=ImportError)
        if shutil.which("fusermount") is None:
            pytest.skip("FUSE is not installed here")
    folder = tmp_path_factory.mktemp("mounted")
    (folder / "mnt").mkdir()
    arguments = [f"dv://{sample.path}@main", str(folder / "mnt"), str(folder / "cache")]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", MOUNT, *arguments], stdout=output, stderr=output)
    try:
        end = time.monotonic() + _READY_SECONDS
        while not os.path.ismount(folder / "mnt"):
            assert time.monotonic() < end and process.poll() is None, (folder / "output").read_text()
            time.sleep(0.05)
        yield folder / "mnt"
    finally:
        subprocess.run(["fusermount", "-u", "-z", str(folder / "mnt")], check=False)
        process.terminate()
        process.wait()


def files_below(top: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(top)): file.read_bytes()
        for file in sorted(top.rglob("*"))
        if file.is_file() and ".dv" not in file.parts
    }


def test_the_folder_has_what_was_committed(mounted: Path, sample: Repository) -> None:
    found = files_below(mounted)
    assert len(found) == 308
    assert found == files_below(sample.path)
    assert sorted(os.listdir(mounted)) == sorted(name for name in os.listdir(sample.path) if name != ".dv")


def test_files_are_what_they_are_told_to_be(mounted: Path, sample: Repository) -> None:
    for name in ("run.sh", "new.txt", "big.bin", "empty.txt"):
        there, here = (mounted / name).stat(), (sample.path / name).stat()
        assert (there.st_size, bool(there.st_mode & 0o111)) == (here.st_size, bool(here.st_mode & 0o111))
    with pytest.raises(FileNotFoundError):
        (mounted / "none").read_bytes()


def test_any_program_reads_anywhere(mounted: Path, sample: Repository) -> None:
    compared = subprocess.run(["cmp", mounted / "big.bin", sample.path / "big.bin"], check=False)
    assert compared.returncode == 0
    with (mounted / "big.bin").open("rb", buffering=0) as file:
        file.seek(2_345_678)
        assert file.read(50_000) == (sample.path / "big.bin").read_bytes()[2_345_678:2_395_678]


def test_nothing_is_written(mounted: Path) -> None:
    with pytest.raises(OSError) as refused:
        (mounted / "other.txt").write_text("x")
    assert refused.value.errno == errno.EROFS
    with pytest.raises(OSError) as refused:
        (mounted / "folder").mkdir()
    assert refused.value.errno == errno.EROFS
    assert not (mounted / "other.txt").exists()
