"""Revisions and ranges as people type them (spec/11-revisions.md)."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dvdata.errors import BadRevision

_MOST = 4096
_MOST_NUMBER = 1_000_000


@dataclass(frozen=True, slots=True)
class Head:
    """The commit checked out; of a store alone the tip of its default branch."""


@dataclass(frozen=True, slots=True)
class Name:
    """A branch, tag, remote/branch, full ref name, id, or the beginning of an id."""

    name: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a ref was before its last `n` changes; without a name, the current branch."""

    name: str | None
    n: int


@dataclass(frozen=True, slots=True)
class PreviousBranch:
    """The branch that was current `n` switches ago."""

    n: int


@dataclass(frozen=True, slots=True)
class Step:
    """`ancestor`: n first parents up. `parent`: the nth parent. `peel`: the commit itself."""

    kind: Literal["ancestor", "parent", "peel"]
    n: int = 0


Base: TypeAlias = Head | Name | Earlier | PreviousBranch


@dataclass(frozen=True, slots=True)
class Revision:
    """Where to begin, and the steps from there."""

    base: Base
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return _base_text(self.base) + "".join(map(_step_text, self.steps))


@dataclass(frozen=True, slots=True)
class Range:
    """`difference`: what `to` reaches and `start` does not. `symmetric`: what one of them does, not both."""

    kind: Literal["difference", "symmetric"]
    start: Revision
    to: Revision

    def __str__(self) -> str:
        return f"{self.start}{'..' if self.kind == 'difference' else '...'}{self.to}"


_STEP = re.compile(r"~([0-9]*)|\^\{\}|\^([0-9]*)")
_NUMBER = re.compile(r"(-?)([0-9]+)\}")
_NAME = re.compile(r"(?:(?!\.\.|@\{)[^\x00-\x20\x7f~^:?*\[\\])+")
_DOTS = re.compile(r"\.{2,}")


def parse_revision(text: str) -> Revision:
    """The revision that a text is; anything that is none is `BadRevision`."""
    if len(text.encode("utf-16-le", "surrogatepass")) > 2 * _MOST:
        raise BadRevision(f"A revision has at most {_MOST} characters, and this has {len(text)}")
    base, rest = _base(text)
    steps = []
    position = 0
    while position < len(rest):
        found = _STEP.match(rest, position)
        if found is None:
            raise _bad(text)
        steps.append(_step(found, text))
        position = found.end()
    return Revision(base, tuple(steps))


def parse_range(text: str) -> Range | None:
    """The range that a text is; None when it has no two dots, and so is a revision or nothing."""
    dots = _DOTS.search(text)
    if dots is None:
        return None
    before, after = text[: dots.start()], text[dots.end() :]
    if len(dots[0]) > 3 or not (before or after):
        raise _bad(text)
    kind: Literal["difference", "symmetric"] = "difference" if len(dots[0]) == 2 else "symmetric"
    start, to = (parse_revision(side) if side else Revision(Head()) for side in (before, after))
    return Range(kind, start, to)


def _base(text: str) -> tuple[Base, str]:
    found = _NAME.match(text)
    name = found[0] if found else ""
    rest = text[len(name) :]
    if rest.startswith("@{"):
        return _numbered(name, rest, text)
    if name in ("HEAD", "@"):
        return Head(), rest
    if not name or name.startswith("-"):
        raise _bad(text)
    return Name(name), rest


def _numbered(name: str, rest: str, text: str) -> tuple[Base, str]:
    found = _NUMBER.match(rest, 2)
    if found is None or name.startswith("-") or name == "@":
        raise _bad(text)
    n = _number(found[2], text)
    rest = rest[found.end() :]
    if not found[1]:
        return Earlier(name or None, n), rest
    if name or n == 0:
        raise _bad(text)
    return PreviousBranch(n), rest


def _step(found: re.Match[str], text: str) -> Step:
    if found[0] == "^{}":
        return Step("peel")
    digits = found[1] if found[0].startswith("~") else found[2]
    n = _number(digits, text) if digits else 1
    if found[0].startswith("~"):
        return Step("ancestor", n)
    return Step("parent", n) if n else Step("peel")


def _number(digits: str, text: str) -> int:
    if len(digits) > 4000 or int(digits) > _MOST_NUMBER:
        raise _bad(text)
    return int(digits)


def _base_text(base: Base) -> str:
    match base:
        case Head():
            return "HEAD"
        case Name(name):
            return name
        case Earlier(name, n):
            return f"{name or ''}@{{{n}}}"
        case PreviousBranch(n):
            return f"@{{-{n}}}"


def _step_text(step: Step) -> str:
    if step.kind == "peel":
        return "^{}"
    sign = "~" if step.kind == "ancestor" else "^"
    return sign if step.n == 1 else f"{sign}{step.n}"


def _bad(text: str) -> BadRevision:
    return BadRevision(f"'{text[:200]}' is no revision", hint="a branch, a tag or an id, such as 'main~2'")
