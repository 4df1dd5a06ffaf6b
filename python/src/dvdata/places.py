"""A folder on disk that is written below, held open: what happens in it never leads through a symbolic link.

Where the system has calls that start from an open folder (all but Windows) no program can put a link in the
way between a look and a write; elsewhere that moment remains.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from dvdata.errors import Conflict

_HOLDS = os.open in os.supports_dir_fd and hasattr(os, "O_DIRECTORY")
_FOLDER = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | os.O_RDONLY
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class InTheWay(Conflict):
    """Something else stands where something is to be written."""

    default_code = "DV_WOULD_OVERWRITE"


class Place:
    """A folder, held open until it is closed."""

    def __init__(self, path: Path, fd: int | None) -> None:
        self.path = path
        self._fd = fd

    @classmethod
    def at(cls, path: Path) -> Place:
        """The folder a user named; he may have named it by way of links."""
        if not path.is_dir():
            raise InTheWay(f"{str(path)!r} is no folder", details={"paths": [str(path)]})
        return cls(path, os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)) if _HOLDS else None)

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    @contextmanager
    def below(self, names: list[str], make: bool = False) -> Iterator[Place]:
        """The folder of these names. FileNotFoundError if it is not there and not to be made."""
        place = self
        try:
            for name in names:
                inner = place._child(name, make)
                if place is not self:
                    place.__exit__()
                place = inner
            yield place
        finally:
            if place is not self:
                place.__exit__()

    def _child(self, name: str, make: bool) -> Place:
        path = self.path / name
        if make:
            with suppress(FileExistsError):
                os.mkdir(*self._of(name), **self._from())
        try:
            if self._fd is not None:
                return Place(path, os.open(name, _FOLDER, dir_fd=self._fd))
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                raise NotADirectoryError
            return Place(path, None)
        except OSError as error:
            if isinstance(error, NotADirectoryError) or error.errno in (errno.ELOOP, errno.ENOTDIR):
                raise InTheWay(
                    f"{str(path)!r} is no folder, and files are to be written below it",
                    details={"paths": [str(path)]},
                ) from None
            raise

    def lstat(self, name: str) -> os.stat_result | None:
        with suppress(FileNotFoundError):
            return os.lstat(*self._of(name), **self._from())
        return None

    def readlink(self, name: str) -> str:
        return str(os.readlink(*self._of(name), **self._from()))

    def symlink(self, target: str, name: str) -> None:
        """Refuses what is there."""
        try:
            os.symlink(target, *self._of(name), **self._from())
        except FileExistsError:
            raise self.in_the_way(name) from None

    def open(self, name: str) -> BinaryIO:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(*self._of(name), flags, **self._from()), "rb")

    def create(self, name: str, mode: int) -> BinaryIO:
        """A new file. `mode` is before the umask of the user."""
        return os.fdopen(os.open(*self._of(name), _NEW, mode, **self._from()), "wb")

    def move(self, name: str, there: Place, new_name: str) -> None:
        """A file of this folder gets its place in another one, which must be free."""
        ends: dict[str, Any] = {} if self._fd is None else {"src_dir_fd": self._fd, "dst_dir_fd": there._fd}
        try:
            os.link(*self._of(name), *there._of(new_name), follow_symlinks=False, **ends)
        except FileExistsError:
            raise there.in_the_way(new_name) from None
        except (OSError, NotImplementedError):
            # There are file systems without links: look, then rename.
            if there.lstat(new_name) is not None:
                raise there.in_the_way(new_name) from None
            os.rename(*self._of(name), *there._of(new_name), **ends)
            return
        os.unlink(*self._of(name), **self._from())

    @contextmanager
    def workshop(self) -> Iterator[Place]:
        """A folder inside for files that are being made; at the end it goes, with what is left in it."""
        path = Path(tempfile.mkdtemp(prefix=".dv-checkout-", dir=self.path))
        try:
            with self.below([path.name]) as place:
                yield place
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def in_the_way(self, name: str) -> InTheWay:
        path = str(self.path / name)
        return InTheWay(f"Something else stands at {path!r}", details={"paths": [path]})

    def _of(self, name: str) -> tuple[Any]:
        return (name if self._fd is not None else self.path / name,)

    def _from(self) -> dict[str, Any]:
        return {} if self._fd is None else {"dir_fd": self._fd}
