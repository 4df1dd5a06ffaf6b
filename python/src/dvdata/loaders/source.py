"""What a loader is given of a file. An entry of a package is one; so is a file unpacked on the way."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

import zstandard

BUFFER_BYTES = 1 << 20


class Source(Protocol):
    """One file. Whatever it gives was verified before it is given."""

    @property
    def name(self) -> str:
        """The last part of its path: it says which form the file has."""

    def open(self) -> io.RawIOBase:
        """The bytes, to be read in any order; only what is read is fetched."""

    def read(self) -> bytes: ...

    def path(self) -> str:
        """A real file with these bytes and this name's extension, never to be written to."""


class Folder(Protocol):
    """A folder: a mapping of the paths of all files below it; `get` finds folders, too."""

    @property
    def name(self) -> str: ...

    def get(self, path: str, /) -> Any: ...

    def __iter__(self) -> Iterator[str]: ...

    def names(self) -> list[str]:
        """What lies directly in it; names of folders end with a slash."""


def stream(source: Source, ahead: int = BUFFER_BYTES) -> io.BufferedReader:
    """What libraries want that read line by line or in small pieces; so many bytes are read ahead."""
    return io.BufferedReader(source.open(), ahead)


UNPACKERS: dict[str, Callable[..., Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
    ".zst": zstandard.open,
}


class Unpacked:
    """A compressed file as what is inside of it: `a.csv.gz` is `a.csv`."""

    def __init__(self, packed: Source) -> None:
        self.name, _, extension = packed.name.rpartition(".")
        self.__packed = packed
        self.__unpack = UNPACKERS[f".{extension.lower()}"]

    def open(self) -> io.RawIOBase:
        return cast(io.RawIOBase, self.__unpack(stream(self.__packed)))

    def read(self) -> bytes:
        with self.open() as file:
            return cast(bytes, file.read())

    def path(self) -> str:
        raise io.UnsupportedOperation("what is inside of a compressed file has no path")
