"""Where dv.lock is; read, and changed whole by one process at a time, as the program does.

What may stand in it: dvdata.format.lock.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from dvdata.errors import BadLockFile, Locked, of_the_system
from dvdata.expression import parse
from dvdata.format.lock import BYTES_MOST, Pin, decode_lock, encode_lock

LOCK_FILE = "dv.lock"
# Whoever changes a lock file is done in an instant.
PATIENCE = 10.0


def find_lock_file(folder: Path) -> Path | None:
    """The nearest one at or above a folder."""
    at = folder.absolute()
    return next((one / LOCK_FILE for one in (at, *at.parents) if (one / LOCK_FILE).exists()), None)


def read_lock(file: Path) -> list[Pin]:
    """Never more than a lock file can have, and nothing but a file."""
    if not file.is_file():
        raise BadLockFile(f"'{file}' is no file", details={"file": str(file)})
    with of_the_system("read", file), file.open("rb") as opened:
        data = opened.read(BYTES_MOST + 1)
    return decode_lock(data, str(file), parse)


def write_lock(file: Path, pins: list[Pin]) -> None:
    """In one step, durably, and nothing that could not be read. A lock file that is a link stays one."""
    data = encode_lock(pins)
    decode_lock(data, str(file), parse)
    target = Path(os.path.realpath(file))
    temporary = _state_folder(file) / f"{LOCK_FILE}.{secrets.token_hex(8)}"
    try:
        with of_the_system("write", file), temporary.open("xb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
            os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def turn(file: Path) -> Iterator[None]:
    """What is done inside, no other process, nor the program, does at the same time. Raises Locked."""
    folder = _state_folder(file)
    lock = folder / "lock"
    nonce = secrets.token_hex(12)
    draft = folder / f"lock.{nonce}"
    with of_the_system("lock", folder):
        draft.write_text(json.dumps(_this_process(nonce)), encoding="utf-8")
    try:
        _link(draft, lock)
    finally:
        draft.unlink()
    try:
        yield
    finally:
        lock.unlink()


def _link(draft: Path, lock: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            os.link(draft, lock)
            return
        except FileExistsError:
            if time.monotonic() > ends:
                raise Locked(
                    f"Another process changes '{LOCK_FILE}': it holds '{lock}'",
                    hint="try again when it has ended; after a crash 'dv require' takes the lock over",
                    details={"path": str(lock)},
                ) from None
            time.sleep(0.05)


def _this_process(nonce: str) -> dict[str, object]:
    """By this the program finds out whether who holds a lock still lives (spec/10-working-directory.md)."""
    boot = _read("/proc/sys/kernel/random/boot_id").strip()
    with contextlib.suppress(OSError):
        boot += f" {os.readlink('/proc/self/ns/pid')}"
    # The name of a program may hold anything, in parentheses.
    fields = _read("/proc/self/stat").rpartition(")")[2].split()
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "realm": boot,
        "started": fields[19] if len(fields) > 19 else "",
        "nonce": nonce,
        "since": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
    }


def _read(file: str) -> str:
    with contextlib.suppress(OSError):
        return Path(file).read_text(encoding="latin-1")
    return ""


def _state_folder(file: Path) -> Path:
    """Beside the lock file, out of git's sight."""
    folder = file.parent / ".dv" / "installed"
    ignore = folder / ".gitignore"
    with of_the_system("create", folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not ignore.exists():
            ignore.write_text("*\n")
    return folder
