"""The columns that every entry has, whatever its metadata."""

from __future__ import annotations

from dvdata.expression.syntax import Column, Expression, Key, leaves_of

COLUMNS = ("path", "directory", "name", "extension", "kind", "size", "id")
"""All but `size` are strings."""


def columns_of(expression: Expression) -> set[str]:
    """The columns that an expression names."""
    return {leaf.name for leaf in leaves_of(expression) if isinstance(leaf, Column)}


def keys_of(expression: Expression) -> set[str]:
    """The keys of metadata that an expression names."""
    return {leaf.name for leaf in leaves_of(expression) if isinstance(leaf, Key)}


def directory_of(path: str) -> str:
    """The path without its last part; '' at the top."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    """The last part."""
    return path.rpartition("/")[2]


def extension_of(path: str) -> str:
    """Behind the last dot of the name that does not begin it, in lower case; '' when there is none."""
    before, _, behind = name_of(path).rpartition(".")
    return behind.lower() if before else ""
