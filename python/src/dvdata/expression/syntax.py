"""What an expression is once it was read: a tree of these. Nothing here knows what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from dvdata.expression.values import Value


@dataclass(frozen=True)
class Literal:
    value: Value


@dataclass(frozen=True)
class Column:
    """One of `names.COLUMNS`, that every entry has."""

    name: str


@dataclass(frozen=True)
class Key:
    """A key of metadata."""

    name: str


@dataclass(frozen=True)
class Not:
    of: Expression


@dataclass(frozen=True)
class And:
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Or:
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Compare:
    """`operator` is one of `values.HOLDS`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Among:
    """`value IN (items)`."""

    value: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Within:
    """`value IN list`, the list being that of a key."""

    value: Expression
    list: Expression


@dataclass(frozen=True)
class Like:
    value: Expression
    pattern: Expression
    escape: str | None
    any_case: bool


@dataclass(frozen=True)
class Missing:
    """`of IS NULL`."""

    of: Expression


Expression = Literal | Column | Key | Not | And | Or | Compare | Among | Within | Like | Missing


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """The expressions that one is made of."""
    match expression:
        case Not(of) | Missing(of):
            return (of,)
        case And(parts) | Or(parts):
            return parts
        case Compare(_, left, right) | Within(left, right) | Like(left, right):
            return (left, right)
        case Among(value, items):
            return (value, *items)
        case _:
            return ()


def leaves_of(expression: Expression) -> set[Column | Key]:
    """The columns and keys that an expression names."""
    if isinstance(expression, (Column, Key)):
        return {expression}
    return set().union(*map(leaves_of, parts_of(expression)))
