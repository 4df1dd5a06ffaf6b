"""The paths that an expression means. Only where it says they can be is read (spec/21-expressions.md)."""

from __future__ import annotations

from typing import Any

from dvdata.errors import UnknownName
from dvdata.expression import COLUMNS, Expression, keys_of
from dvdata.shown import nearest
from dvdata.store import Store

_NAMED_MAX = 10


def select(store: Store, root: bytes, expression: Expression) -> list[str]:
    """In the order of paths. A key of metadata that no entry of the whole tree has is UnknownName."""
    missed = set(keys_of(expression))
    paths: list[str] = _forms().paths_meant(store, root, expression, missed)
    check_known(store, root, missed)
    return paths


def check_known(store: Store, root: bytes, missed: set[str]) -> None:
    """Keys that were not met must be in the tree elsewhere: what was looked at need not be all of it."""
    known, count = _forms().known_keys(store, root) if missed else (missed, 0)
    unknown = sorted(missed - known)
    if unknown and count:
        raise _unknown_column(unknown[0], known, count)


def _forms() -> Any:
    """The columnar form, or without numpy the other, which says the same."""
    try:
        from dvdata.selection import columnwise
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        from dvdata.selection import rowwise

        return rowwise
    return columnwise


def _unknown_column(key: str, known: set[str], count: int) -> UnknownName:
    near = nearest(key, [*COLUMNS, *sorted(known)])
    if near:
        hint = f"did you mean {', '.join(map(repr, near))}?"
    elif known:
        some = sorted(known)[:_NAMED_MAX]
        hint = f"these there are: {', '.join(some)}{' …' if len(known) > _NAMED_MAX else ''}"
    else:
        hint = f"the tree has no metadata; columns are {', '.join(COLUMNS)}"
    looked_at = f"{count:,} {'was' if count == 1 else 'were'} looked at"
    return UnknownName(
        f"No entry has the metadata '{key}' ({looked_at})",
        hint=hint,
        code="DV_UNKNOWN_COLUMN",
        details={"column": key, "nearest": near, "entries": count},
    )
