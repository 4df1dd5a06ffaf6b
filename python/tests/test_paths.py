"""Names and patterns, by the vectors and beyond them."""

import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvdata.errors import BadInput, Damaged, Failed
from dvdata.format.globs import to_expression
from dvdata.format.paths import check_path, fold_case, why_never, why_not_on
from dvdata.format.patterns import compile_patterns, folder_of

VECTORS = Path(__file__).resolve().parents[2] / "spec" / "vectors"
pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="the specification is not beside the tests")


def vectors(name: str, part: str) -> list[dict[str, object]]:
    return list(json.loads((VECTORS / name).read_text())[part]) if VECTORS.exists() else []


@pytest.mark.parametrize(
    "vector", vectors("paths.json", "paths"), ids=lambda vector: ascii(vector["path"])[:40]
)
def test_paths_are_of_the_sort_the_vectors_say(vector: dict[str, object]) -> None:
    path = str(vector["path"])
    assert (why_never(path) is None) == vector["allowed"]
    if vector["allowed"]:
        assert (why_not_on(path, "win32") is None) == vector["windows"]
        assert why_not_on(path, "linux") is None


def test_the_two_sorts_have_codes_of_their_own() -> None:
    with pytest.raises(Damaged, match=r"'\.git/x' is not allowed") as never:
        check_path(".git/x")
    assert never.value.code == "DV_UNSAFE_PATH"
    with pytest.raises(Failed, match="'nul'") as unable:
        check_path("nul", "win32")
    assert unable.value.code == "DV_UNREPRESENTABLE_PATH"
    check_path("nul", "linux")
    check_path("übung/é.csv", sys.platform)


def test_case_is_folded_one_code_point_to_one() -> None:
    assert fold_case("ς") == fold_case("Σ") == fold_case("σ")
    assert fold_case("ß") != fold_case("ss")


@pytest.mark.parametrize(
    "vector", vectors("globs.json", "vectors"), ids=lambda vector: str(vector["patterns"])
)
def test_patterns_mean_what_the_vectors_say(vector: dict[str, list[str]]) -> None:
    tree = json.loads((VECTORS / "globs.json").read_text())["tree"]
    is_meant = compile_patterns(vector["patterns"])
    assert sorted(path for path in tree if is_meant(path)) == sorted(vector["paths"])
    for pattern in vector["patterns"]:
        if not pattern.startswith("!"):
            inside = folder_of(pattern)
            alone = compile_patterns([pattern])
            assert all(path.startswith(inside) for path in tree if alone(path))


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("a{1..3}", ["a1", "a2", "a3"], ["a4", "a{1..3"]),
        ("a{3..1}", ["a1", "a3"], ["a0"]),
        ("{a,b{c,d}}x", ["ax", "bcx", "bdx"], ["bx"]),
        ("{a..c}", ["a", "b", "c"], ["d"]),
        ("a[", ["a["], ["a"]),
        ("[[:digit:]]x", ["1x"], ["ax"]),
        ("[!a-c]", ["d"], ["a", "/"]),
        ("*(ab|c)", ["ab", "abc", "ccc"], ["d", "ba"]),
        ("+(a).csv", ["a.csv", "aa.csv"], [".csv", "b.csv"]),
        ("?(a)b", ["b", "ab"], ["aab"]),
        ("!(*.csv)", ["a.tif"], ["a.csv", "a/b"]),
        ("a?c", ["abc"], ["ac", "a/c"]),
        ("*a*b*", ["ab", "xaxbx", "aab", "aaabbb"], ["ba"]),
        ("*ab*a", ["aaba", "ababa"], ["abab"]),
        ("a**b", ["ab", "axb"], ["a/b"]),
        ("**/**/a", ["a", "x/a", "x/y/a"], ["ab"]),
        (r"\*", ["*"], ["a"]),
        ("(a|b)c", ["ac", "bc"], ["c"]),
        ("a\nb*", ["a\nbc"], ["ab"]),
    ],
)
def test_globs(glob: str, yes: list[str], no: list[str]) -> None:
    is_meant = compile_patterns([glob])
    assert [path for path in yes if not is_meant(path)] == []
    assert [path for path in no if is_meant(path)] == []


@pytest.mark.parametrize("pattern", ["", "/a", "a/../b", "..", "a\0", "x" * 4097, "{1..9}" * 9])
def test_patterns_that_cannot_be_used_have_a_code(pattern: str) -> None:
    with pytest.raises(BadInput) as caught:
        compile_patterns([pattern])
    assert caught.value.code == "DV_BAD_PATTERN"


@given(st.text(alphabet="ab/*?[]{}(),|!@+\\.-^:", max_size=24), st.text(alphabet="ab/*[{(.", max_size=8))
def test_any_pattern_is_compiled_or_refused_and_finds_its_own_letters(pattern: str, path: str) -> None:
    try:
        is_meant = compile_patterns([pattern])
    except BadInput:
        return
    assert is_meant(path) in (True, False)
    if re.fullmatch(r"[^/!.][^/]*", pattern) and "\\" not in pattern:
        assert is_meant(pattern)


def test_many_stars_take_no_long_time() -> None:
    # Without care this would not end within years.
    assert re.fullmatch(to_expression("*a" * 12 + "b"), "a" * 250) is None
