"""A store in a local folder (spec/09-layout.md, "In a folder")."""

import os
import stat
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from dvdata.errors import Damaged, Denied, DvError, NotFound, SystemFailed
from dvdata.format.records import read_version
from dvdata.storage.threads import renewed_after_fork

_OPEN_FILES = 64
_TRIES = 10
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Folder:
    """Files are opened without following links, and stay open for as long as they are read often."""

    gap = 64 * 1024
    most = 1024 * 1024
    is_remote = False

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        self.at_once = min(os.cpu_count() or 1, 8)
        self._files: OrderedDict[str, _File] = OrderedDict()
        self._lock = Lock()
        renewed_after_fork(self)

    @property
    def url(self) -> str:
        return str(self.path)

    def read(self, name: str) -> bytes:
        file = self._open(name)
        return file.read(0, file.size)

    def read_range(self, name: str, at: int, length: int) -> bytes:
        file = self._open(name)
        if at + length > file.size:
            raise Damaged(
                f"'{self.path / name}' is damaged: bytes {at} to {at + length} are wanted, "
                f"and it has {file.size}",
                details={"file": name},
            )
        return file.read(at, length)

    def read_value(self, name: str) -> bytes | None:
        """The highest version file; in a copy of a bucket, which has none, the object itself."""
        if not (self.path / "cas").is_dir():
            try:
                return read_version(self._read_now(name), f"'{self.path / name}'").value
            except NotFound:
                return None
        for _ in range(_TRIES):
            newest = self._newest(name)
            if newest is None:
                return None
            number, file = newest
            try:
                version = read_version(self._read_now(file), f"'{self.path / file}'")
            except NotFound:
                continue  # Pruned meanwhile: there are newer ones.
            if version.number != number:
                raise Damaged(f"'{self.path / file}' is damaged: it holds version {version.number}")
            return version.value
        raise SystemFailed(f"'{name}' changes too fast to be read", details={"system": "EBUSY"})

    def names(self, prefix: str) -> list[str] | None:
        kept_apart = (self.path / "cas").is_dir()
        top = self.path / "cas" if kept_apart else self.path
        found = _names_below(top, top / prefix, kept_apart)
        return [name for name in found if name.startswith(prefix)]

    def after_fork(self) -> None:
        self._lock = Lock()

    def _newest(self, name: str) -> tuple[int, str] | None:
        """The number of the newest version and its file, below the store's folder."""
        folder = self.path / "cas" / name
        groups = sorted((n for n in map(_number, _listed(folder)) if n is not None), reverse=True)
        for group in groups:
            numbers = [int(n) for n in _listed(folder / f"+{group}") if n.isascii() and n.isdigit()]
            if numbers:
                return max(numbers), f"cas/{name}/+{group}/{max(numbers)}"
        return None

    def _read_now(self, name: str) -> bytes:
        with _failures(self.path / name):
            file = _File(self.path / name)
            try:
                return file.read(0, file.size)
            finally:
                file.close()

    def _open(self, name: str) -> "_File":
        with self._lock:
            file = self._files.get(name)
            if file is None:
                with _failures(self.path / name):
                    file = self._files[name] = _File(self.path / name)
            self._files.move_to_end(name)
            # Not closed here: another thread may be reading. It closes itself when nobody has it any more.
            while len(self._files) > _OPEN_FILES:
                self._files.popitem(last=False)
            return file


class _File:
    """A file that is read in any order by any thread, and closed once nobody holds it."""

    def __init__(self, path: Path) -> None:
        self._fd = -1
        self._fd = os.open(path, os.O_RDONLY | _NOFOLLOW)
        status = os.fstat(self._fd)
        if not stat.S_ISREG(status.st_mode):
            raise Damaged(f"'{path}' is damaged: it is no regular file")
        self.path = path
        self.size = status.st_size

    def read(self, at: int, length: int) -> bytes:
        with _failures(self.path):
            data = os.pread(self._fd, length, at)
            if len(data) == length:
                return data
            pieces = [data]
            while (left := length - sum(map(len, pieces))) and pieces[-1]:
                pieces.append(os.pread(self._fd, left, at + length - left))
        if left:
            raise Damaged(f"'{self.path}' is damaged: it ended while it was read")
        return b"".join(pieces)

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    __del__ = close


class _failures:
    """What the operating system refuses, as failures of dv."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, OSError) or isinstance(error, DvError):
            return
        details = {"system": os.strerror(error.errno or 0), "path": str(self._path)}
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            raise NotFound(f"There is no '{self._path}'", details=details) from error
        if isinstance(error, PermissionError):
            raise Denied(f"'{self._path}' may not be read", details=details) from error
        if error.errno == 40:
            raise Damaged(f"'{self._path}' is damaged: it is a symbolic link", details=details) from error
        raise SystemFailed(f"'{self._path}' cannot be read: {error.strerror}", details=details) from error


def _names_below(top: Path, folder: Path, kept_apart: bool) -> Iterator[str]:
    """Mutable names: folders of groups of versions, or, where versions are not kept apart, files."""
    for name in _listed(folder):
        path = folder / name
        if not path.is_dir():
            if not kept_apart:
                yield path.relative_to(top).as_posix()
        elif kept_apart and any(_number(inside) is not None for inside in _listed(path)):
            yield path.relative_to(top).as_posix()
        else:
            yield from _names_below(top, path, kept_apart)


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _number(group: str) -> int | None:
    digits = group[1:]
    return int(digits) if group[:1] == "+" and digits.isascii() and digits.isdigit() else None
