"""What an expression means for many entries at once. The same as rows.py, which says it one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvdata.expression.like import is_like
from dvdata.expression.syntax import (
    Among,
    And,
    Column,
    Compare,
    Expression,
    Key,
    Like,
    Literal,
    Missing,
    Not,
    Or,
    Within,
)
from dvdata.expression.value_column import Mask, Part, ValueColumn, column_of, family_of, stored
from dvdata.expression.values import HOLDS, Answer, is_among

ColumnLookup = Callable[[Column | Key], ValueColumn]


@dataclass(frozen=True)
class Answers:
    """Of each entry: true, false, or neither, which is unknown."""

    true: Mask
    false: Mask

    @staticmethod
    def at(where: Mask, holds: Mask | list[bool]) -> Answers:
        """Those of the entries of `where`, in their order; of all others it is unknown."""
        true, false = np.zeros_like(where), np.zeros_like(where)
        true[where] = holds
        false[where] = np.logical_not(holds)
        return Answers(true, false)


def answers(expression: Expression, lookup: ColumnLookup) -> Answers:
    """Of size 1 where it is the same for all entries."""
    match expression:
        case Not(of):
            negated = answers(of, lookup)
            return Answers(negated.false, negated.true)
        case And(parts):
            return _all(answers(part, lookup) for part in parts)
        case Or(parts):
            return _any(answers(part, lookup) for part in parts)
        case Compare(sign, left, right):
            return _compare(sign, values_of(left, lookup), values_of(right, lookup))
        case Among(of, items):
            return _among(values_of(of, lookup), items, lookup)
        case Within(of, list_of):
            return _within(values_of(of, lookup), values_of(list_of, lookup))
        case Like(of, pattern, escape, any_case):
            return _like(values_of(of, lookup), values_of(pattern, lookup), escape, any_case)
        case Missing(of):
            known = values_of(of, lookup).known
            return Answers(~known, known)
        case _:
            values = values_of(expression, lookup)
            if "boolean" not in values.parts:
                return Answers.at(np.zeros(values.size, np.bool_), [])
            alone = values.parts["boolean"]
            return Answers(alone.where & alone.values, alone.where & ~alone.values)


def values_of(expression: Expression, lookup: ColumnLookup) -> ValueColumn:
    match expression:
        case Literal(value):
            return column_of([value])
        case Column() | Key():
            return lookup(expression)
        case _:
            answered = answers(expression, lookup)
            known = answered.true | answered.false
            return ValueColumn(known.size, {"boolean": Part(known, answered.true)})


def _all(parts: Iterable[Answers]) -> Answers:
    return reduce(lambda a, b: Answers(a.true & b.true, a.false | b.false), parts)


def _any(parts: Iterable[Answers]) -> Answers:
    return reduce(lambda a, b: Answers(a.true | b.true, a.false & b.false), parts)


def _compare(sign: str, left: ValueColumn, right: ValueColumn) -> Answers:
    size = max(left.size, right.size)
    true, false = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    for (a, b), order in _ORDERS.items():
        if a not in left.parts or b not in right.parts:
            continue
        where, x, y = _both(left.parts[a], right.parts[b])
        # Whether texts are equal is asked twice as fast as which comes first.
        is_equal = _EQUALITIES.get(sign) if a == b == "string" else None
        holds: Any = HOLDS[sign](order(x, y), 0) if is_equal is None else is_equal(x, y)  # type: ignore[arg-type]
        answered = Answers.at(where, holds)
        true |= answered.true
        false |= answered.false
    return Answers(true, false)


_EQUALITIES: dict[str, Callable[[NDArray[Any], NDArray[Any]], Any]] = {"=": np.equal, "<>": np.not_equal}


def _both(a: Part, b: Part) -> tuple[Mask, NDArray[Any], NDArray[Any]]:
    """Where both have a value, and these values; one of size 1 stands for all."""
    where = a.where & b.where
    x, y = (part.values if part.values.size < where.size else part.values[where] for part in (a, b))
    return where, x, y


def _order(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.int8]:
    order: NDArray[np.int8] = np.greater(a, b).astype(np.int8) - np.less(a, b).astype(np.int8)
    return order


def _order_of_floats(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.int8]:
    """NaN equals itself and is above all others."""
    a_is_nan, b_is_nan = np.isnan(a), np.isnan(b)
    return np.where(a_is_nan | b_is_nan, _order(a_is_nan, b_is_nan), _order(a, b)).astype(np.int8)


def _order_of_mixed(whole: NDArray[Any], b: NDArray[Any]) -> NDArray[np.int8]:
    """Exactly, by value. Rounding to float64 keeps the order, but may make equal what is not."""
    rounded = whole.astype(np.float64)
    order = _order_of_floats(rounded, b)
    equal = rounded == b
    # 2^63 is the one float64 that a rounded int64 may equal and no int64 is.
    floor = np.where(equal & (b < 2.0**63), b, 0).astype(np.int64)
    return np.where(equal, np.where(b < 2.0**63, _order(whole, floor), -1), order).astype(np.int8)


_ORDERS: dict[tuple[str, str], Callable[[NDArray[Any], NDArray[Any]], NDArray[np.int8]]] = {
    **{(family, family): _order for family in ("string", "int64", "boolean", "date")},
    ("float64", "float64"): _order_of_floats,
    ("int64", "float64"): _order_of_mixed,
    ("float64", "int64"): lambda a, b: -_order_of_mixed(b, a),
}


def _among(value: ValueColumn, items: tuple[Expression, ...], lookup: ColumnLookup) -> Answers:
    if all(isinstance(item, Literal) for item in items):
        return _among_literals(value, [item.value for item in items if isinstance(item, Literal)])
    return _any(_compare("=", value, values_of(item, lookup)) for item in items)


_SET_OF = {"int64": "number", "float64": "number", "string": "string", "boolean": "boolean", "date": "date"}


def _among_literals(value: ValueColumn, items: list[Any]) -> Answers:
    """By sets: lists of hundreds are typed. Python hashes equal numbers alike, and no literal is NaN."""
    true, false = np.zeros(value.size, np.bool_), np.zeros(value.size, np.bool_)
    for family, part in value.parts.items():
        kind = _SET_OF.get(family)
        wanted = {stored(item) for item in items if kind and _SET_OF.get(family_of(item) or "") == kind}
        if not wanted:
            continue
        found = Answers.at(part.where, [one in wanted for one in part.values[part.where].tolist()])
        true |= found.true
        if all(_SET_OF.get(family_of(item) or "") == kind for item in items):
            false |= found.false
    return Answers(true, false)


def _within(value: ValueColumn, lists: ValueColumn) -> Answers:
    size = max(value.size, lists.size)
    true, false = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    if "list" not in lists.parts:
        return Answers(true, false)
    part = lists.parts["list"]
    # The same list stands at many entries, and of a constant it has one answer.
    told: dict[int, Answer] = {}
    for index in np.flatnonzero(np.broadcast_to(part.where, size)).tolist():
        items = part.values[index if lists.size > 1 else 0]
        if value.size > 1 or id(items) not in told:
            told[id(items)] = is_among(value.at(index if value.size > 1 else 0), items)
        answer = told[id(items)]
        true[index], false[index] = answer is True, answer is False
    return Answers(true, false)


def _like(value: ValueColumn, forms: ValueColumn, escape: str | None, any_case: bool) -> Answers:
    size = max(value.size, forms.size)
    if "string" not in value.parts or "string" not in forms.parts:
        return Answers.at(np.zeros(size, np.bool_), [])
    where, texts, patterns = _both(value.parts["string"], forms.parts["string"])
    found = [
        is_like(text, form, escape, any_case)
        for text, form in zip(*(side.tolist() for side in np.broadcast_arrays(texts, patterns)), strict=True)
    ]
    known = np.array([one is not None for one in found], np.bool_)
    where[where] = known
    return Answers.at(where, [one for one in found if one is not None])
