"""Ids and checksums: everything is named by 32 bytes of BLAKE3 (spec/01-hashing.md)."""

from typing import Literal

from blake3 import blake3

from dvdata.errors import Damaged

Kind = Literal["chunk", "commit", "tag", "manifest", "recipe", "value"]
Bytes = bytes | bytearray | memoryview

KINDS: tuple[Kind, ...] = ("chunk", "commit", "tag", "manifest", "recipe", "value")
"""In the order of their numbers in packs."""

_CONTEXT = "dv-data 2026-11-22 {} v1"
_LARGE = 4 * 1024 * 1024
_HEX = frozenset("0123456789abcdef")


def content_id(data: Bytes) -> bytes:
    """The id of a chunk, or of a whole file: the plain hash. All processors share what is large."""
    return blake3(data, max_threads=blake3.AUTO if len(data) > _LARGE else 1).digest()


def object_id(kind: Kind, data: Bytes) -> bytes:
    """The id of an item of a kind. A context for each kind: no file can pass for an object."""
    if kind == "chunk":
        return content_id(data)
    return blake3(data, derive_key_context=_CONTEXT.format(kind)).digest()


def checksum(data: Bytes) -> bytes:
    """What guards bytes that are not named by their hash."""
    return blake3(data, derive_key_context=_CONTEXT.format("record")).digest()


def check_id(kind: Kind, wanted: bytes, data: Bytes, place: str) -> None:
    """Bytes whose id is another are damaged; nobody sees them. `place` says where they came from."""
    found = object_id(kind, data)
    if found != wanted:
        raise Damaged(
            f"A {kind} is damaged: '{wanted.hex()}' was wanted of {place}, and its bytes have the id "
            f"'{found.hex()}'",
            details={"id": wanted.hex(), "kind": kind, "place": place},
        )


def is_hex(text: object, digits: int) -> bool:
    """Whether something is a text of so many lowercase hex digits."""
    return isinstance(text, str) and len(text) == digits and _HEX.issuperset(text)


def stored_id(text: object, what: str) -> bytes:
    """The id that a record has as text: 64 lowercase hex digits, and nothing else."""
    if not (isinstance(text, str) and is_hex(text, 64)):
        raise Damaged(f"{what} holds what is no id, not 64 lowercase hex digits")
    return bytes.fromhex(text)
