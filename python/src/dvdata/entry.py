"""An entry of a package: a file, or a link to one. Calling it loads it."""

from __future__ import annotations

import io
from typing import Any

from dvdata.format.metadata import Metadata
from dvdata.format.nodes import EntryKind
from dvdata.frames import Kept
from dvdata.loaders import load, load_text
from dvdata.shown import shown_size
from dvdata.store import Entry as Stored
from dvdata.version import Version


class Entry:
    """A file of one version. It never changes, and every byte it gives was held against its id.

    Calling it loads it in its native form: `p["cells.csv"]()` is a DataFrame. Anything that opens files
    takes it as one, too: `open(p["notes.txt"])`, `pd.read_csv(p["cells.csv"])`.
    """

    __slots__ = ("_stored", "_version")

    def __init__(self, version: Version, stored: Stored) -> None:
        self._version = version
        self._stored = stored

    @property
    def key(self) -> str:
        """Its path in the version."""
        return self._stored.path

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self._stored.path.rpartition("/")[2]

    @property
    def kind(self) -> EntryKind:
        """'file', 'executable' or 'symlink'."""
        return self._stored.kind

    @property
    def size(self) -> int:
        """Its bytes; those of a link are of what it says."""
        return self._stored.size

    @property
    def id(self) -> str:
        """BLAKE3 of its bytes, as `b3sum` prints it; '' for a link."""
        return self._stored.id.hex()

    @property
    def target(self) -> str | None:
        """Where a link leads."""
        return self._stored.target

    @property
    def meta(self) -> Metadata:
        """What is said of it, with what it inherits from the folders above."""
        return self._version.store.effective_meta(self._version.commit.root, self.key)

    def __call__(self, **options: Any) -> Any:
        """In its native form: see `load`."""
        return self.load(**options)

    def load(self, **options: Any) -> Any:
        """By the ending of its name: a table as a DataFrame, an array, a picture with its axes, text …

        Tables take `as_="polars"` and `as_="pyarrow"`; all other options are those of the library that reads.
        What has no known form is its bytes. Own forms: `dv.register(".ending", function)`.
        """
        return load(self, **options)

    def open(self) -> io.RawIOBase:
        """The bytes, to be read in any order; only what is read is fetched."""
        return self._version.store.open(self.__file())

    def read(self) -> bytes:
        """All bytes."""
        return self._version.store.read(self.__file())

    def text(self, encoding: str = "utf-8") -> str:
        """All of it, as text."""
        return load_text(self, encoding)

    def path(self) -> str:
        """A real file with these bytes and this extension. It is the cache's: never write."""
        return self._version.store.path(self.__file())

    def kept(self) -> Kept:
        """What a table that is made of it is kept by; it counts as read."""
        file = self.__file()
        self._version.store.check(file)
        return Kept(file.id, file.size, self._version.store.cache)

    def __fspath__(self) -> str:
        return self.path()

    def __file(self) -> Stored:
        file = self._version.followed(self._stored)
        self._version.note(file)
        return file

    def __eq__(self, other: object) -> bool:
        """The same path with the same bytes and metadata, in whichever version of a store."""
        if not isinstance(other, Entry):
            return NotImplemented
        return self._stored == other._stored and self._version.store.id == other._version.store.id

    def __hash__(self) -> int:
        return hash((self._stored.path, self._stored.id))

    def _repr_html_(self) -> str:
        from dvdata.show.packages import entry_html

        return entry_html(self)

    def __repr__(self) -> str:
        what = f"-> {self.target!r}" if self.kind == "symlink" else shown_size(self.size)
        return f"<{self.kind} {self.key!r} {what}>"
