"""10,000 small files, read by a thread pool out of a store, beside the same files read from a folder.

python small_files.py [FILES]
"""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from measured import repository, seconds

import dvdata as dv
from dvdata.package import Package

THREADS = 8


def write_files(folder: Path, count: int) -> list[str]:
    paths = [f"plate-{number // 500:03}/cell-{number:05}.json" for number in range(count)]
    for number, path in enumerate(paths):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(
            "".join(f'{{"cell": {number}, "x": {x * number % 997}, "y": {x}}}\n' for x in range(60))
        )
    return paths


def read_from(package: Package, paths: list[str]) -> list[bytes]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda path: package[path].read(), paths))


def read_plain(folder: Path, paths: list[str]) -> list[bytes]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda path: (folder / path).read_bytes(), paths))


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "files"
        folder.mkdir()
        paths = write_files(folder, count)
        repository(folder)
        assert read_from(dv.open(folder)["main"], paths[:50]) == read_plain(folder, paths[:50])
        plain = seconds(lambda: read_plain(folder, paths))
        # Opened anew each time: what one has read, the next has not.
        store = seconds(lambda: read_from(dv.open(folder)["main"], paths))
        print(f"{count} files: plain {plain:.2f} s, dvdata {store:.2f} s, {store / plain:.1f} x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
