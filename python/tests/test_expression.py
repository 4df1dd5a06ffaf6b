"""The language of `where` against spec/21-expressions.md and its vectors, row by row."""

import json
from pathlib import Path
from typing import Any

import pytest
from expressions import ENTRIES, VECTORS, lookup_of
from hypothesis import given
from hypothesis import strategies as st

from dvdata.errors import BadExpression
from dvdata.expression import Bound, Column, Key, answer, bounds_of, is_true, keys_of, parse
from dvdata.expression.dates import parse_date
from dvdata.expression.like import is_like
from dvdata.expression.values import order_of
from dvdata.format.metadata import date_of


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["where"])
def test_means_the_entries_of_the_vectors(vector: dict[str, Any]) -> None:
    answers = {path: answer(parse(vector["where"]), lookup_of(path)) for path in ENTRIES}
    assert [path for path, given in answers.items() if given is True] == vector["true"]
    assert [path for path, given in answers.items() if given is None] == vector["unknown"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["where"][:40])
def test_what_is_wrong_is_refused_at_its_place(vector: dict[str, Any]) -> None:
    with pytest.raises(BadExpression) as refused:
        parse(vector["where"])
    assert refused.value.code == "DV_BAD_EXPRESSION"
    assert refused.value.details["position"] == vector["position"]
    assert f"at character {vector['position']}" in str(refused.value)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["where"])
def test_no_entry_outside_the_bounds_is_meant(vector: dict[str, Any]) -> None:
    bounds = bounds_of(parse(vector["where"]))
    if bounds is not None:
        for path in vector["true"]:
            assert any(
                path == bound.text if bound.is_whole else path.startswith(bound.text) for bound in bounds
            )


@pytest.mark.parametrize(
    ("where", "bounds"),
    [
        ("path = 'a/b'", [Bound("a/b", True)]),
        ("'a' = path", [Bound("a", True)]),
        ("path = ''", []),
        ("path IN ('b', 'a')", [Bound("a", True), Bound("b", True)]),
        ("path IN ('b', line)", None),
        ("path LIKE 'a/%'", [Bound("a/", False)]),
        ("path LIKE 'a!%' ESCAPE '!'", [Bound("a%", True)]),
        ("path LIKE 'a!' ESCAPE '!'", []),
        ("path LIKE '%.tif'", None),
        ("path ILIKE 'a%'", None),
        ("directory = 'a'", [Bound("a/", False)]),
        ("directory = ''", None),
        ("directory LIKE 'a%'", [Bound("a", False)]),
        ("path LIKE 'a%' AND path LIKE 'ab%' AND size > 1", [Bound("ab", False)]),
        ("path LIKE 'a%' AND directory = 'b'", []),
        ("path LIKE 'a%' OR directory = 'b'", [Bound("a", False), Bound("b/", False)]),
        ("path LIKE 'a%' OR size > 1", None),
        ("NOT path = 'a'", None),
        ("path LIKE 'a%' OR path = 'ab' OR path LIKE 'a-%'", [Bound("a", False)]),
        # In the order of paths '/' comes before all else.
        ("path IN ('a-', 'a/b', 'a')", [Bound("a", True), Bound("a/b", True), Bound("a-", True)]),
    ],
)
def test_bounds(where: str, bounds: "list[Bound] | None") -> None:
    assert bounds_of(parse(where)) == bounds


@pytest.mark.parametrize(
    ("where", "position"),
    [
        ("a = 1 " + "x" * 65_531, 1),
        ("'" + "😀" * 32_768 + "'", 1),
        ("a = 1 \x1c", 7),
        ("a = " + "9" * 10_000, 5),
        ("(" * 30_000, 102),
        ("a IN ((" + "(" * 98 + "(1", 107),
        ("\u0301a = 1", 1),
        ("escape = 1", 1),
        ("path = 'x' ADN size > 1", 12),
    ],
)
def test_what_the_page_says_of_texts(where: str, position: int) -> None:
    with pytest.raises(BadExpression) as refused:
        parse(where)
    assert refused.value.details["position"] == position


def test_a_mistyped_keyword_is_named() -> None:
    with pytest.raises(BadExpression, match="did you mean AND"):
        parse("path = 'x' ADN size > 1")
    with pytest.raises(BadExpression, match='is written "in"'):
        parse("in = 1")


def test_texts_that_are_just_right() -> None:
    assert is_true(parse("  'ä' = \u00a0'ä'\ufeff"), lambda _: None)
    assert parse("a = " + "0" * 30 + "7") == parse("a = 7")
    assert parse("(" * 100 + "a" + ")" * 100) == Key("a")
    assert parse("NOT " * 10_001 + "a") == parse("NOT a")
    assert keys_of(parse('meta.path = "a""b" OR path = \'x\' AND e\u0301_1 IS NULL')) == {
        "path",
        'a"b',
        "e\u0301_1",
    }
    assert parse('"path"') == Column("path")
    assert parse('"commit"') == Key("commit")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1970-01-01", 0),
        ("1969-12-31T23:59:59.999", -1),
        ("2026-01-31T12:00:00.5Z", 1769860800500),
        ("2026-01-31 12:00+02:00", 1769853600000),
        ("2024-02-29 00:00:00-23:59", 1709164800000 + 86_340_000),
        ("0000-01-01", -62167219200000),
        ("0000-02-29", -62167219200000 + 59 * 86_400_000),
        ("9999-12-31T23:59:59.999Z", 253402300799999),
        ("2023-02-29", None),
        ("2026-01-31T24:00", None),
        ("2026-01-31T12", None),
        ("2026-01-31T12:00:00.0001", None),
        ("2026-01-31+01:00", None),
        ("٢٠٢٦-01-31", None),
        ("2026-01-31\n", None),
    ],
)
def test_dates(text: str, time: "int | None") -> None:
    assert parse_date(text) == time


scalars = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.integers(-(2**62), 2**62).map(float),
    st.booleans(),
    st.text(max_size=4),
    st.integers(-(10**15), 10**15).map(date_of),
)


@given(scalars, scalars, scalars)
def test_values_of_a_family_have_an_order(a: Any, b: Any, c: Any) -> None:
    ab, ba = order_of(a, b), order_of(b, a)
    assert (ab is None) == (ba is None) and (ab is None or ab == -ba)
    assert order_of(a, a) == 0
    if ab is not None and ab <= 0 and (bc := order_of(b, c)) is not None and bc <= 0:
        assert order_of(a, c) <= 0


def likes(text: str, pattern: str) -> bool:
    """What the page says, said again the slow way."""
    if pattern == "":
        return text == ""
    if pattern[0] == "%":
        return any(likes(text[i:], pattern[1:]) for i in range(len(text) + 1))
    return text != "" and pattern[0] in ("_", text[0]) and likes(text[1:], pattern[1:])


@given(st.text("ab\n😀%_", max_size=8), st.text("ab\n😀%%__", max_size=8))
def test_like(text: str, pattern: str) -> None:
    assert is_like(text, pattern, None, False) == likes(text, pattern)


def test_like_takes_no_exponential_time() -> None:
    assert is_like("a" * 20_000, "%a" * 30 + "b", None, False) is False


def test_every_vector_is_run() -> None:
    document = json.loads((Path(__file__).parents[2] / "spec/vectors/expressions.json").read_text())
    assert set(document) == {"about", "entries", "vectors", "refused"}
