"""Names of the file system: the page's vectors, and that what is written is read as the same."""

import os
from typing import Any

import pytest
import vectors
from hypothesis import given
from hypothesis import strategies as some

from dvdata.errors import BadAddress, DvError
from dvdata.format.addresses import Address
from dvdata.fs.names import name_of, parse_name, root_of, url_of
from dvdata.fs.places import absolute

CASES: dict[str, Any] = vectors.load("dv-urls")


@pytest.mark.parametrize("case", CASES["names"], ids=lambda case: case["text"])
def test_a_text_says_what_the_page_says(case: dict[str, Any]) -> None:
    name = parse_name(case["text"])
    data = {"repo": name.repo, "revision": name.revision, "path": name.path}
    assert {key: value for key, value in data.items() if value is not None} == case["data"]
    assert (name_of(name), name.url) == (case["name"], case["url"])
    assert parse_name(name_of(name)) == parse_name(name.url) == name


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["text"][:40])
def test_a_text_that_is_no_name_is_refused_with_its_code(case: dict[str, Any]) -> None:
    with pytest.raises(DvError) as refused:
        parse_name(case["text"])
    assert refused.value.code == case["code"]


def test_a_password_is_not_repeated() -> None:
    for text in ("dv://https://user:secret@host/x@main/a", "https%3A%2F%2Fuser%3Asecret%40host@main/a"):
        with pytest.raises(BadAddress) as refused:
            parse_name(text)
        assert "secret" not in repr((str(refused.value), refused.value.details))


def test_addresses_that_the_program_writes_are_read_alike() -> None:
    for case in vectors.load("addresses")["addresses"]:
        name = parse_name(case["url"])
        assert {"repo": name.repo, "revision": name.revision, "path": name.path} == {
            "repo": None,
            **case["data"],
        }
        assert name.url == case["url"]


# No lone surrogates, which are no text; nothing that a path or a revision cannot have.
PARTS = some.text(
    some.characters(exclude_categories=("Cs",), exclude_characters="/\0"), min_size=1, max_size=8
)
PATHS = some.lists(PARTS.filter(lambda part: part not in (".", "..")), max_size=4).map("/".join)
REVISIONS = some.from_regex(r"\A[a-zé%][a-z0-9/@#!'()%é-]{0,8}[a-z](~[2-9])?\Z")
REPOS = some.one_of(
    some.from_regex(r"\A(s3|https|file)://[a-z0-9.]{0,8}(/[a-z0-9@#? %é*]{1,5}){0,3}\Z"),
    PATHS.filter(lambda path: "://" not in path),
)


@given(REPOS, REVISIONS, PATHS)
def test_what_is_written_is_read_as_the_same(repo: str, revision: str, path: str) -> None:
    name = Address(repo or None, revision, path)
    assert parse_name(name_of(name)) == name
    assert parse_name(name.url) == parse_name(url_of(name)) == name
    assert "/" not in root_of(name) and ":" not in root_of(name)


def test_relative_directories_are_those_of_the_moment(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute("../plates") == str(tmp_path.parent / "plates")
    assert absolute("") == absolute(".") == str(tmp_path)
    assert absolute("plates") == str(tmp_path / "plates")
    assert absolute("s3://lab/plates") == "s3://lab/plates"
    assert absolute("~/plates") == os.path.expanduser("~/plates")
