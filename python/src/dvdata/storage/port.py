"""What a store asks of the place where it lies."""

from typing import Protocol


class Storage(Protocol):
    """Objects by name. Names and lengths come from what was verified; what comes back was not, yet.

    Absence is `NotFound`; no other failure looks like it. Safe for several threads.
    """

    @property
    def url(self) -> str:
        """Where this is, without passwords: for messages, and to tell two storages apart."""

    @property
    def gap(self) -> int:
        """So many bytes between two ranges are rather read and thrown away than asked for separately."""

    @property
    def most(self) -> int:
        """Bytes of one request, beyond which several at once are faster."""

    @property
    def at_once(self) -> int:
        """How many requests may be under way."""

    @property
    def is_remote(self) -> bool:
        """Whether requests cost so much that what came is kept on disk."""

    def read(self, name: str) -> bytes:
        """All bytes of an immutable object."""

    def read_range(self, name: str, at: int, length: int) -> bytes:
        """Just these bytes of an immutable object; one that ends before is `Damaged`."""

    def read_value(self, name: str) -> bytes | None:
        """The value of a mutable name; None when it was never set, or deleted."""

    def names(self, prefix: str) -> list[str] | None:
        """The mutable names that begin so, unordered; None where there are no listings."""
