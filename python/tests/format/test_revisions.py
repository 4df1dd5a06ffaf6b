"""Revisions and addresses as people type them: the vectors of spec/11-revisions.md."""

from typing import Any

import pytest
import vectors

from dvdata import errors
from dvdata.format.addresses import parse_address, parse_elsewhere
from dvdata.format.revisions import (
    Base,
    Earlier,
    Head,
    Name,
    PreviousBranch,
    Revision,
    Step,
    parse_range,
    parse_revision,
)

CASES = vectors.load("revisions")


def base_of(data: dict[str, Any]) -> Base:
    match data["kind"]:
        case "head":
            return Head()
        case "name":
            return Name(data["name"])
        case "earlier":
            return Earlier(data.get("name"), data["n"])
        case "previous-branch":
            return PreviousBranch(data["n"])
    raise AssertionError(data)


def revision_of(data: dict[str, Any]) -> Revision:
    return Revision(
        base_of(data["base"]), tuple(Step(step["kind"], step.get("n", 0)) for step in data["steps"])
    )


@pytest.mark.parametrize("case", CASES["revisions"], ids=lambda case: case["text"])
def test_revisions_are_parsed(case: Any) -> None:
    revision = parse_revision(case["text"])
    assert revision == revision_of(case["data"])
    assert str(revision) == case["canonical"]
    assert parse_revision(str(revision)) == revision


@pytest.mark.parametrize("case", CASES["ranges"], ids=lambda case: case["text"])
def test_ranges_are_parsed(case: Any) -> None:
    found = parse_range(case["text"])
    assert found is not None
    wanted = case["data"]
    assert (found.kind, found.start, found.to) == (
        wanted["kind"],
        revision_of(wanted["from"]),
        revision_of(wanted["to"]),
    )
    assert str(found) == case["canonical"]


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: repr(case["text"])[:40])
def test_what_is_neither_is_refused(case: Any) -> None:
    with pytest.raises(errors.BadRevision) as failure:
        if parse_range(case["text"]) is None:
            parse_revision(case["text"])
    assert failure.value.code == case["code"]


ADDRESSES = vectors.load("addresses")


@pytest.mark.parametrize("case", ADDRESSES["addresses"], ids=lambda case: case["text"])
def test_addresses_are_parsed(case: Any) -> None:
    address, wanted = parse_address(case["text"]), case["data"]
    assert (address.repo, address.revision, address.path) == (
        wanted.get("repo"),
        wanted["revision"],
        wanted["path"],
    )
    assert (str(address), address.url) == (case["short"], case["url"])
    assert parse_address(str(address)) == parse_address(address.url) == address


@pytest.mark.parametrize("case", ADDRESSES["refused"], ids=lambda case: case["text"])
def test_what_is_no_address_is_refused(case: Any) -> None:
    with pytest.raises(errors.BadInput) as failure:
        parse_address(case["text"])
    assert failure.value.code == case["code"]
    assert "pw" not in str(failure.value)


@pytest.mark.parametrize("case", ADDRESSES["elsewhere"], ids=lambda case: case["text"])
def test_revisions_elsewhere_are_parsed(case: Any) -> None:
    found = parse_elsewhere(case["text"])
    assert found is not None
    assert (found.repo, found.revisions) == (case["data"]["repo"], case["data"]["revisions"])


@pytest.mark.parametrize("case", ADDRESSES["notElsewhere"], ids=lambda case: case["text"])
def test_what_names_no_commits_elsewhere_is_not_taken_for_it(case: Any) -> None:
    assert parse_elsewhere(case["text"]) is None
