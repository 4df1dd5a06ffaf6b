"""What an expression says of paths, so that the rest of a tree need not be read.

Spec: spec/21-expressions.md, "What is read".
"""

from __future__ import annotations

from typing import NamedTuple

from dvdata.expression.like import pattern_of
from dvdata.expression.syntax import Among, And, Column, Compare, Expression, Like, Literal, Or


class Bound(NamedTuple):
    """Paths that begin with a text; with `is_whole`, the one path that is the text."""

    text: str
    is_whole: bool

    def holds(self, other: Bound) -> bool:
        """Whether all paths of the other are of this one."""
        if self.is_whole:
            return other == self
        return other.text.startswith(self.text)


Bounds = list[Bound] | None
"""None: any path may be meant."""


def bounds_of(expression: Expression) -> Bounds:
    """No path outside all of these is meant. None is within another; they are in the order of paths."""
    bounds = _bounds_of(expression)
    if bounds is None:
        return None
    kept: list[Bound] = []
    # What begins with a text stands together behind it, and what holds more stands first.
    for bound in sorted(bounds, key=lambda bound: (bound.text.replace("/", "\0"), bound.is_whole)):
        if not kept or not kept[-1].holds(bound):
            kept.append(bound)
    return kept


def _bounds_of(expression: Expression) -> Bounds:
    match expression:
        case And(parts):
            bounds: Bounds = None
            for part in parts:
                bounds = _both(bounds, _bounds_of(part))
            return bounds
        case Or(parts):
            return _any([_bounds_of(part) for part in parts])
        case Compare("=", Column(name), Literal(str(text))) | Compare("=", Literal(str(text)), Column(name)):
            return _equal(name, text)
        case Among(Column(name), items):
            return _any(
                [
                    _equal(name, item.value)
                    if isinstance(item, Literal) and isinstance(item.value, str)
                    else None
                    for item in items
                ]
            )
        case Like(Column(name), Literal(str(form)), escape, False):
            return _like(name, form, escape)
    return None


def _equal(name: str, text: str) -> Bounds:
    if not _can_begin_a_path(text):
        return [] if name in ("path", "directory") else None
    if name == "path":
        return [Bound(text, True)] if text else []
    # At the top, which is the directory '', anything may be.
    return [Bound(f"{text}/", False)] if name == "directory" and text else None


def _like(name: str, form: str, escape: str | None) -> Bounds:
    if name not in ("path", "directory"):
        return None
    pattern = pattern_of(form, escape, False)
    if pattern is None:
        return []
    if pattern.is_whole:
        return _equal(name, pattern.prefix)
    if not _can_begin_a_path(pattern.prefix):
        return []
    return [Bound(pattern.prefix, False)] if pattern.prefix else None


def _can_begin_a_path(text: str) -> bool:
    """Paths are UTF-8 without NUL."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _any(parts: list[Bounds]) -> Bounds:
    found: list[Bound] = []
    for part in parts:
        if part is None:
            return None
        found += part
    return found


def _both(a: Bounds, b: Bounds) -> Bounds:
    if a is None or b is None:
        return b if a is None else a
    return [one for one in a if any(other.holds(one) for other in b)] + [
        one for one in b if any(other.holds(one) for other in a)
    ]
