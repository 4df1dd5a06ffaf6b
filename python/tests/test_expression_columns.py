"""The columnar form of the language of `where` says what the row form says."""

from typing import Any

import pytest
from expressions import ENTRIES, VECTORS, lookup_of
from hypothesis import given, settings
from hypothesis import strategies as st

from dvdata.expression import Column, Key, Value, answer, parse
from dvdata.expression.syntax import (
    Among,
    And,
    Compare,
    Expression,
    Like,
    Literal,
    Missing,
    Not,
    Or,
    Within,
)
from dvdata.expression.values import HOLDS
from dvdata.format.metadata import date_of

np = pytest.importorskip("numpy")
from dvdata.expression.columns import answers  # noqa: E402
from dvdata.expression.value_column import ValueColumn, column_of  # noqa: E402

Rows = list[dict[str, Value]]


def answered(expression: Expression, rows: Rows) -> list[Any]:
    """By columns: True, False or None of each row."""

    def lookup(named: Column | Key) -> ValueColumn:
        return column_of([row.get(named.name) for row in rows])

    found = answers(expression, lookup)
    true, false = (np.broadcast_to(mask, len(rows)).tolist() for mask in (found.true, found.false))
    assert not any(a and b for a, b in zip(true, false, strict=True))
    return [a if a or b else None for a, b in zip(true, false, strict=True)]


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["where"])
def test_means_the_entries_of_the_vectors(vector: dict[str, Any]) -> None:
    def lookup(named: Column | Key) -> ValueColumn:
        return column_of([lookup_of(path)(named) for path in ENTRIES])

    found = answers(parse(vector["where"]), lookup)
    true, false = (np.broadcast_to(mask, len(ENTRIES)) for mask in (found.true, found.false))
    assert [path for path, meant in zip(ENTRIES, true, strict=True) if meant] == vector["true"]
    unknown = ~(true | false)
    assert [path for path, meant in zip(ENTRIES, unknown, strict=True) if meant] == vector["unknown"]


# Few of each, so that equal ones meet; among them neighbours that float64 cannot tell apart.
numbers = st.sampled_from(
    [
        *(0, 1, -1, 7, 2**53, 2**53 + 1, 2**62, 2**63 - 1, -(2**63)),
        *(0.0, -0.0, 1.0, 0.5, 2.0**53, 2.0**62, 2.0**63, -(2.0**63), float("inf"), float("-inf")),
    ]
)
texts = st.text("aB%_é\n", max_size=3)
scalars = st.one_of(
    numbers,
    texts,
    st.booleans(),
    st.sampled_from([date_of(0), date_of(1), date_of(2**52), date_of(-(2**52))]),
    st.floats(),
)
literals = st.one_of(scalars.filter(lambda value: value == value), st.none())
values = st.one_of(scalars, st.lists(scalars, max_size=3).map(tuple), st.none())
names = st.sampled_from(["a", "b", "c"])
rows = st.lists(st.dictionaries(names, values), min_size=1, max_size=6)


def larger(part: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    parts = st.lists(part, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Not, part),
        st.builds(And, parts),
        st.builds(Or, parts),
        st.builds(Compare, st.sampled_from(list(HOLDS)), part, part),
        st.builds(Among, part, parts),
        st.builds(Within, part, part),
        st.builds(Like, part, part, st.sampled_from([None, "a", "B", "é"]), st.booleans()),
        st.builds(Missing, part),
    )


leaves = st.one_of(st.builds(Literal, literals), st.builds(Key, names), st.builds(Column, names))
expressions = st.recursive(leaves, larger, max_leaves=6)


@settings(max_examples=1500, deadline=None)
@given(expressions, rows)
def test_both_forms_agree(expression: Expression, rows: Rows) -> None:
    one_by_one = [answer(expression, lambda named, row=row: row.get(named.name)) for row in rows]
    assert answered(expression, rows) == one_by_one


@given(st.lists(values, max_size=8))
def test_a_column_has_the_values_it_was_made_of(given_values: list[Value]) -> None:
    column = column_of(given_values)
    taken = [column.at(index) for index in range(len(given_values))]
    assert list(map(repr, taken)) == list(map(repr, given_values))
    assert column.known.tolist() == [value is not None for value in given_values]
