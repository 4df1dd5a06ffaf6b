"""What was read once, on disk, by what it is: shared by all processes of a user, bounded in bytes.

An entry appears whole (it is written beside and renamed) and is held against its id when it is read, so any
number of processes may add, read and remove. What is damaged there is as good as gone.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from dvdata.errors import BadInput
from dvdata.storage.threads import renewed_after_fork

DEFAULT_SIZE = 10 * 10**9
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_LITTER_AGE = 24 * 3600
_TOUCH_AGE = 600
_Seen: TypeAlias = tuple[int, int, int]


class Cache:
    """A folder of entries, at most `size` bytes of them; the ones used longest ago go first."""

    def __init__(self, folder: str | Path, size: int = DEFAULT_SIZE) -> None:
        self.folder = Path(folder).absolute()
        self.size = size
        self._lock = Lock()
        self._added: int | None = None
        self._sound: dict[str, _Seen] = {}
        renewed_after_fork(self)

    def __reduce__(self) -> tuple[object, ...]:
        return Cache, (str(self.folder), self.size)

    def after_fork(self) -> None:
        self._lock = Lock()

    def read(self, name: str, is_sound: Callable[[bytes], bool]) -> bytes | None:
        """The bytes of an entry, if it is there and sound; one that is not is removed."""
        path = self.folder / name
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if is_sound(data):
            _touch(path)
            return data
        with suppress(OSError):
            path.unlink()
        return None

    def path(self, name: str, is_sound: Callable[[Path], bool]) -> Path | None:
        """The file of an entry, if it is there and sound; looked through once in a process as long as it
        stays.
        """
        path = self.folder / name
        try:
            if self._sound.get(name) != _seen(path) and not is_sound(path):
                path.unlink()
                return None
            _touch(path)
            self._sound[name] = _seen(path)
        except OSError:
            return None
        return path

    def add(self, name: str, write: Callable[[Path], None]) -> Path:
        """Makes an entry of what `write` puts into the file it is given, which must be sound."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=self._temporary(), prefix="new-")
        os.close(handle)
        try:
            write(Path(beside))
            os.chmod(beside, 0o444)
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
        self._sound[name] = seen = _seen(path)
        self._count(seen[0])
        return path

    def add_bytes(self, name: str, data: bytes) -> None:
        """Makes an entry of bytes. That a disk is full, or not to be written to, hurts nobody here."""

        def write(path: Path) -> None:
            path.write_bytes(data)

        with suppress(OSError):
            self.add(name, write)

    def trim(self) -> None:
        """Removes what was used longest ago until the rest takes nine tenths of the bound."""
        entries = sorted(_entries(self.folder))
        total = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if total <= self.size * 9 // 10:
                break
            with suppress(OSError):
                os.unlink(path)
            total -= size
        self._sweep()

    def _count(self, size: int) -> None:
        """Looks at the whole folder at first, and whenever a tenth of the bound was added since."""
        with self._lock:
            if self._added is None:
                self._added = sum(size for _, size, _ in _entries(self.folder))
            else:
                self._added += size
            if self._added <= self.size:
                return
            self._added = None
        self.trim()

    def _temporary(self) -> Path:
        folder = self.folder / "tmp"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _sweep(self) -> None:
        """What killed processes left."""
        for entry in os.scandir(self._temporary()):
            with suppress(OSError):
                if time.time() - entry.stat().st_mtime > _LITTER_AGE:
                    os.unlink(entry.path)


def default_cache() -> Cache:
    """The user's cache: DVDATA_CACHE says where, DVDATA_CACHE_SIZE how many bytes ('20G')."""
    folder = os.environ.get("DVDATA_CACHE") or _user_folder() / "dvdata"
    text = os.environ.get("DVDATA_CACHE_SIZE")
    return Cache(folder, DEFAULT_SIZE if not text else parse_size(text))


def parse_size(text: str) -> int:
    """'500M', '20GB', '1000': powers of ten."""
    digits = text.strip().upper().removesuffix("B")
    unit = digits[-1:] if digits[-1:] in "KMGT" else ""
    try:
        size = float(digits.removesuffix(unit)) * _UNITS[unit]
    except ValueError:
        size = -1
    if not 0 <= size < 2**63:
        raise BadInput(f"'{text}' is no size", code="DV_BAD_CONFIG", hint="DVDATA_CACHE_SIZE=20G")
    return int(size)


def _user_folder() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _entries(folder: Path) -> Iterator[tuple[float, int, str]]:
    """All entries: when last used, bytes, where."""
    pending = [str(folder)]
    while pending:
        try:
            listing = list(os.scandir(pending.pop()))
        except OSError:
            continue
        for entry in listing:
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "tmp":
                        pending.append(entry.path)
                else:
                    status = entry.stat(follow_symlinks=False)
                    yield status.st_mtime, status.st_size, entry.path


def _seen(path: Path) -> _Seen:
    """What differs once a file was written to, or is another: bytes, number, time of the last change."""
    status = path.stat()
    return status.st_size, status.st_ino, status.st_mtime_ns


def _touch(path: Path) -> None:
    """The time of the last change says when an entry was used: that of the last read is often not kept."""
    with suppress(OSError):
        if time.time() - path.stat().st_mtime > _TOUCH_AGE:
            os.utime(path)
