"""Values and their order. What cannot be compared is unknown, never unequal.

Unknown is None throughout: as a value, and as the answer of a test.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from datetime import datetime

from dvdata.format import metadata
from dvdata.format.metadata import FarDate, milliseconds_of

Value = metadata.Value | None
Answer = bool | None

HOLDS: dict[str, Callable[[int, int], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""What a comparison makes of an order and 0."""


def order_of(a: Value, b: Value) -> int | None:
    """Below 0, 0, or above 0. NaN equals itself and is above all other numbers."""
    family = _family(a)
    if family is None or family != _family(b):
        return None
    if isinstance(a, (datetime, FarDate)):
        a, b = milliseconds_of(a), milliseconds_of(b)  # type: ignore[arg-type]
    if a != a or b != b:
        return (a != a) - (b != b)
    # Python compares int and float exactly, and text by code points, which is the order of its UTF-8.
    return (a > b) - (a < b)  # type: ignore[operator]


def is_among(value: Value, items: Iterable[Value]) -> Answer:
    """As if each were asked with `=`, joined by OR."""
    is_unknown = False
    for item in items:
        order = order_of(value, item)
        if order == 0:
            return True
        is_unknown = is_unknown or order is None
    return None if is_unknown else False


def _family(value: Value) -> type | None:
    """Values of one family compare."""
    match value:
        case bool():
            return bool
        case datetime() | FarDate():
            return datetime
        case int() | float():
            return float
        case str():
            return str
        case _:
            return None
