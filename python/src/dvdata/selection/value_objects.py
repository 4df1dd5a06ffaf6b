"""What stands in value objects since it is too long for a leaf."""

from __future__ import annotations

from dvdata.errors import Damaged
from dvdata.format.metadata import Metadata, decode_metadata
from dvdata.store import Store


def far_metadata(store: Store, id: bytes) -> Metadata:
    return decode_metadata(store.objects.get("value", id), f"Value object '{id.hex()}'")


def far_target(store: Store, id: bytes) -> str:
    """Of a link."""
    target = far_metadata(store, id).get("target")
    if not isinstance(target, str):
        raise Damaged(f"Value object '{id.hex()}' is damaged: it is no target of a link")
    return target
