"""What an expression means for one entry, in SQL's three-valued logic: true, false, or unknown (None)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

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
from dvdata.expression.values import HOLDS, Answer, Value, is_among, order_of

Lookup = Callable[[Column | Key], Value]
"""What an entry has: its columns, and its effective metadata."""


def is_true(expression: Expression, lookup: Lookup) -> bool:
    """Only what is known to be true is meant."""
    return answer(expression, lookup) is True


def answer(expression: Expression, lookup: Lookup) -> Answer:
    """A value that stands alone is an answer only if it is a boolean."""
    value = value_of(expression, lookup)
    return value if isinstance(value, bool) else None


def value_of(expression: Expression, lookup: Lookup) -> Value:
    match expression:
        case Literal(value):
            return value
        case Column() | Key():
            return lookup(expression)
        case Not(of):
            negated = answer(of, lookup)
            return None if negated is None else not negated
        case And(parts):
            return _decided((answer(part, lookup) for part in parts), False)
        case Or(parts):
            return _decided((answer(part, lookup) for part in parts), True)
        case Compare(operator, left, right):
            order = order_of(value_of(left, lookup), value_of(right, lookup))
            return None if order is None else HOLDS[operator](order, 0)
        case Among(of, items):
            return is_among(value_of(of, lookup), [value_of(item, lookup) for item in items])
        case Within(of, list_of):
            items_of = value_of(list_of, lookup)
            return is_among(value_of(of, lookup), items_of) if isinstance(items_of, (tuple, list)) else None
        case Like(of, pattern, escape, any_case):
            text, form = value_of(of, lookup), value_of(pattern, lookup)
            are_texts = isinstance(text, str) and isinstance(form, str)
            return is_like(text, form, escape, any_case) if are_texts else None  # type: ignore[arg-type]
        case Missing(of):
            return value_of(of, lookup) is None


def _decided(answers: Iterable[Answer], deciding: bool) -> Answer:
    """`deciding` settles it alone: False for AND, True for OR. Else one unknown makes it unknown."""
    is_unknown = False
    for one in answers:
        if one is deciding:
            return deciding
        is_unknown = is_unknown or one is None
    return None if is_unknown else not deciding
