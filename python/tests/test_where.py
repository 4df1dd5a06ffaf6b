"""What an expression means, as a smaller package."""

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repositories import Repository

import dvdata as dv
from dvdata.errors import BadExpression, UnknownName
from dvdata.package import Package


@pytest.fixture(scope="module")
def package(sample: Repository) -> Any:
    return dv.open(sample.path)["main"]


def said(sample: Repository, expression: str) -> list[str]:
    """What the program says it means, without directories."""
    import json

    lines = sample.dv("ls", "-R", "--where", expression, "--json").splitlines()
    found = [json.loads(line) for line in lines]
    return [one["path"] for one in found if one["kind"] != "directory"]


@pytest.mark.parametrize(
    "expression",
    [
        "size > 1e6",
        "line = 'A'",
        "line = 'B' AND score > 1",
        "scope = 1 AND path LIKE '%/t000%'",
        "kind = 'executable' OR kind = 'symlink'",
        "extension = 'csv'",
        "line IS NULL",
        "kind = 'directory'",
        "name = 'new.txt'",
    ],
)
def test_where_means_what_the_program_says(sample: Repository, package: Package, expression: str) -> None:
    found = package.where(expression)
    assert list(found) == said(sample, expression)
    assert len(found) == len(list(found))
    assert all(path in found for path in found)
    assert [entry.key for entry in found.values()] == list(found)
    assert pickle.loads(pickle.dumps(found)) == found
    for path, _, names in found.walk():
        inside = found[path]
        assert [name for name in inside.names() if not name.endswith("/")] == names


def test_a_smaller_package_is_narrowed_again(package: Package) -> None:
    found = package.where("line = 'A'").glob("**/t00*.json").where("size > 10")
    every = set(package.where("line = 'A' AND size > 10")) & set(package.glob("**/t00*.json"))
    assert set(found) == every
    assert len(found) == len(every) > 0
    assert set(package.images.where("size > 10")) == {
        path.removeprefix("images/") for path in package.where("size > 10") if path.startswith("images/")
    }
    assert "big.bin" not in found
    assert found.images.p7.names()


def test_what_cannot_be_meant_is_told_at_once(package: Package) -> None:
    with pytest.raises(UnknownName, match="did you mean 'line'") as unknown:
        package.where("lime = 'A'")
    assert unknown.value.code == "DV_UNKNOWN_COLUMN"
    with pytest.raises(BadExpression) as bad:
        package.where("size >")
    assert bad.value.details["position"] == 7


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 400), st.sampled_from(["", "images", "images/p7", "nothing"]))
def test_counts_of_folders_agree_with_what_is_in_them(package: Package, size: int, folder: str) -> None:
    found = package.where(f"size < {size} AND path LIKE 'images/%' OR size = {size}")
    if folder in found:
        assert len(found[folder]) == sum(path.startswith(folder) for path in found)
