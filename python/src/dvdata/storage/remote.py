"""A store anywhere that fsspec reaches: buckets, web servers, memory (spec/09-layout.md, "On a server")."""

import os
import time
from typing import Any
from urllib.parse import urlsplit

import fsspec
from fsspec.spec import AbstractFileSystem

from dvdata.errors import Damaged, NoNetwork, NotFound
from dvdata.format.records import read_version
from dvdata.storage.failures import failure_of, missing_dependency

_WEB = frozenset(("http", "https"))
_BUCKETS = frozenset(("s3", "s3a"))
_LOCAL = frozenset(("memory", "local", "file"))
_TRIES = 4
_FIRST_WAIT = 0.2


class Remote:
    """Objects of a store below a URL. The file system is made anew in each process: some do not survive a
    fork.
    """

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        self._options = options
        self._given = url.rstrip("/")
        self._process = -1
        self._fs, self._root = self._connect()
        protocol = self._fs.protocol
        self._protocols = {protocol} if isinstance(protocol, str) else set(protocol)
        self.is_remote = not self._protocols & _LOCAL
        # A request to a bucket takes as long as a megabyte or two; to what lies in memory, nothing.
        self.gap = 512 * 1024 if self.is_remote else 0
        self.most = 8 * 1024 * 1024
        self.at_once = 16 if self.is_remote else 4

    @property
    def url(self) -> str:
        parts = urlsplit(self._given)
        return (
            self._given.replace(f"{parts.netloc.rpartition('@')[0]}@", "", 1)
            if "@" in parts.netloc
            else self._given
        )

    def read(self, name: str) -> bytes:
        # What is read whole s3fs asks for the size of first; with a beginning it does not.
        return self._ask(name, 0 if self._protocols & _BUCKETS else None, None)

    def read_range(self, name: str, at: int, length: int) -> bytes:
        if length == 0:
            return b""
        data = self._ask(name, at, at + length)
        if len(data) > length and len(data) >= at + length:
            return data[at : at + length]  # A web server that knows no ranges sends all.
        if len(data) != length:
            raise Damaged(
                f"'{self.url}/{name}' is damaged: {length} bytes were wanted from byte {at} on, "
                f"and {len(data)} came",
                details={"object": name},
            )
        return data

    def read_value(self, name: str) -> bytes | None:
        try:
            data = self.read(name)
        except NotFound:
            return None
        return read_version(data, f"'{self.url}/{name}'").value

    def names(self, prefix: str) -> list[str] | None:
        if self._protocols & _WEB:
            return None
        fs, root = self._connect()
        folder = f"{root}/{prefix.rpartition('/')[0]}"
        try:
            fs.invalidate_cache(folder)
            found = fs.find(folder)
        except FileNotFoundError:
            return []
        except Exception as error:
            raise failure_of(error, f"{self.url}/{prefix}") from error
        names = (path[len(root) :].lstrip("/") for path in found)
        return [name for name in names if name.startswith(prefix)]

    def _ask(self, name: str, start: int | None, end: int | None) -> bytes:
        """One request, again when the way there fails: what is asked for twice changes nothing."""
        # Names hold '%', which a web server would decode.
        path = name.replace("%", "%25") if self._protocols & _WEB else name
        wait = _FIRST_WAIT
        for tries_left in reversed(range(_TRIES)):
            fs, root = self._connect()
            try:
                return bytes(fs.cat_file(f"{root}/{path}", start=start, end=end))
            except Exception as error:
                failure = failure_of(error, f"{self.url}/{name}")
                if not isinstance(failure, NoNetwork) or tries_left == 0:
                    raise failure from error
            time.sleep(wait)
            wait *= 2
        raise AssertionError("the last try returns or raises")

    def _connect(self) -> tuple[AbstractFileSystem, str]:
        if self._process != os.getpid():
            try:
                fs, root = fsspec.core.url_to_fs(self._given, **self._options)
            except (ImportError, ValueError) as error:
                raise missing_dependency(error, self._given) from error
            self._fs, self._root, self._process = fs, root.rstrip("/"), os.getpid()
        return self._fs, self._root
