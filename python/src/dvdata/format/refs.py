"""Names of commits: their names, keys and values (spec/08-refs.md)."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from dvdata.errors import BadInput, Damaged
from dvdata.format.hashing import stored_id
from dvdata.format.records import is_number, unseal

_MOST_OF_A_KEY = 240
_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._-")
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))))
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{")
_ENCODED = re.compile(r"(?:[a-z0-9._-]|%[0-9a-f]{2})+")
_HEX64 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RefValue:
    """Where a ref is: a commit, and the annotated tag that names it, where there is one."""

    target: bytes
    tag: bytes | None
    previous: bytes | None
    operation: str
    updated: int


def key_of(ref: str) -> str:
    """The mutable name under which a full ref name is stored."""
    kind, _, rest = ref.removeprefix("refs/").partition("/")
    if not ref.startswith("refs/") or kind not in ("heads", "tags", "remotes", "notes"):
        raise _bad(ref)
    if kind != "remotes":
        return f"refs/{kind}/{_encoded(rest, ref)}"
    remote, _, name = rest.partition("/")
    return f"refs/remotes/{_encoded(remote, ref)}/{_encoded(name, ref)}"


def ref_of(key: str) -> str | None:
    """The full name of a key; None for one that no encoder makes, which is passed over."""
    parts = key.split("/")
    kind = parts[1] if len(parts) > 2 and parts[0] == "refs" else ""
    if len(parts) != (4 if kind == "remotes" else 3) or not all(map(_ENCODED.fullmatch, parts[2:])):
        return None
    try:
        names = [_decoded(part) for part in parts[2:]]
        ref = "/".join(("refs", kind, *names))
        return ref if key_of(ref) == key else None
    except (BadInput, UnicodeDecodeError):
        return None


def read_ref(data: bytes, ref: str) -> RefValue:
    """The value of a ref."""
    what = f"Ref '{ref}'"
    record = unseal(data, what)
    if not is_number(record.get("version")) or record["version"] != 1:
        raise Damaged(f"{what} is damaged: it is of a version that is not known")
    operation, updated = record.get("operation"), record.get("updated")
    if not isinstance(operation, str) or not 1 <= len(operation) <= 128 or not isinstance(updated, int):
        raise Damaged(f"{what} is damaged: it does not say what set it, and when")
    optional = {name: _optional_id(record, name, what) for name in ("tag", "previous")}
    return RefValue(stored_id(record.get("target"), what), operation=operation, updated=updated, **optional)


def read_names(data: bytes) -> list[str]:
    """The keys of a store's branches, tags and notes, for readers that cannot list."""
    what = "The list of refs 'refs/names'"
    record = unseal(data, what)
    keys = record.get("keys")
    if not is_number(record.get("version")) or record["version"] != 1 or not isinstance(keys, list):
        raise Damaged(f"{what} is damaged: it names no keys")
    if not all(isinstance(key, str) and ref_of(key) for key in keys):
        raise Damaged(f"{what} is damaged: it names a key that none is")
    if any(one >= other for one, other in pairwise(keys)):
        raise Damaged(f"{what} is damaged: its keys do not ascend")
    return keys


def _optional_id(record: dict[str, Any], name: str, what: str) -> bytes | None:
    return stored_id(record[name], what) if name in record else None


def _encoded(name: str, ref: str) -> str:
    _check_name(name, ref)
    try:
        data = name.encode()
    except UnicodeEncodeError:
        raise _bad(ref) from None
    encoded = "".join(chr(byte) if byte in _SAFE else f"%{byte:02x}" for byte in data)
    if encoded.partition(".")[0] in _DEVICES:
        encoded = f"%{ord(encoded[0]):02x}{encoded[1:]}"
    if len(encoded) > _MOST_OF_A_KEY:
        raise _bad(ref)
    return encoded


def _decoded(part: str) -> str:
    data = re.sub(rb"%(..)", lambda found: bytes.fromhex(found[1].decode()), part.encode())
    return data.decode("utf-8")


def _check_name(name: str, ref: str) -> None:
    parts = name.split("/")
    bad_part = any(not part or part.startswith(".") or part.endswith(".lock") for part in parts)
    bad_whole = name in ("@", "HEAD") or name.startswith("-") or name.endswith(".")
    if bad_part or bad_whole or _FORBIDDEN.search(name) or _HEX64.fullmatch(name):
        raise _bad(ref)


def _bad(ref: str) -> BadInput:
    return BadInput(f"'{ref}' cannot be the name of a ref", code="DV_BAD_NAME", details={"ref": ref})
