"""`dv://` with a writing side, for fsspec's own tests: what they write is committed by the real program."""

import io
import shutil
from pathlib import Path
from typing import Any

from repositories import Repository

from dvdata.format.addresses import Address
from dvdata.fs import DvFileSystem
from dvdata.fs.names import parse_name
from dvdata.version import Version


class CommittingFileSystem(DvFileSystem):
    """Writes into the working directory, and commits before the next time that anything is read."""

    cachable = False

    def __init__(self, repository: Repository, **options: Any) -> None:
        super().__init__(**options)
        self.repository = repository
        self.is_dirty = False
        self.written: set[Path] = set()
        """Since the last commit."""

    def _current(self, address: Address) -> Version:
        if self.is_dirty:
            self.is_dirty = False
            self.written.clear()
            # What was written may be what was there before: then there is nothing to commit.
            self.repository.dv("commit", "--allow-empty", "-m", "written by a test")
        return super()._current(address)

    def _file(self, path: Any) -> Path:
        self.is_dirty = True
        file = self._on_disk(path)
        self.written.add(file)
        return file

    def _on_disk(self, path: Any) -> Path:
        return self.repository.path / parse_name(self._strip_protocol(path)).path

    def mkdir(self, path: Any, create_parents: bool = True, **_: Any) -> None:
        self._file(path).mkdir(parents=create_parents)

    def makedirs(self, path: Any, exist_ok: bool = False) -> None:
        self._file(path).mkdir(parents=True, exist_ok=exist_ok)

    def touch(self, path: Any, truncate: bool = True, **_: Any) -> None:
        self.pipe_file(path, b"")

    def pipe_file(self, path: Any, value: bytes, mode: str = "overwrite", **_: Any) -> None:
        if mode == "create" and self.exists(path):
            raise FileExistsError(path)
        file = self._file(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(value)

    def cp_file(self, path1: str, path2: str, **_: Any) -> None:
        # What is copied stood there before the first copy: a commit for each of them would tell nothing new.
        waits = self.is_dirty and self._on_disk(path1) not in self.written
        self.is_dirty = self.is_dirty and not waits
        data = None if self.isdir(path1) else self.cat_file(path1)
        self.is_dirty = self.is_dirty or waits
        if data is None:
            self.makedirs(path2, exist_ok=True)
        else:
            self.pipe_file(path2, data)

    def put_file(self, lpath: Any, rpath: str, **_: Any) -> None:
        if Path(lpath).is_dir():
            self.makedirs(rpath, exist_ok=True)
        else:
            self.pipe_file(rpath, Path(lpath).read_bytes())

    def rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> None:
        for one in path if isinstance(path, list) else [path]:
            file = self._file(one)
            if file.is_dir():
                shutil.rmtree(file)
            else:
                file.unlink()

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if mode == "rb":
            return super()._open(path, mode, **options)
        if mode == "xb" and self.exists(path):
            raise FileExistsError(path)
        return _Written(self, path)


class _Written(io.BytesIO):
    def __init__(self, fs: CommittingFileSystem, path: str) -> None:
        super().__init__()
        self._fs = fs
        self._path = path

    def close(self) -> None:
        if not self.closed:
            self._fs.pipe_file(self._path, self.getvalue())
        super().close()
