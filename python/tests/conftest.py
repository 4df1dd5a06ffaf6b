"""What several test files need."""

import os
from pathlib import Path

import pytest
from repositories import Repository, make_sample

from dvdata import errors, program
from dvdata.storage import Cache


@pytest.fixture(scope="session")
def dv() -> list[str]:
    """The words that start the real program."""
    try:
        return program.command()
    except errors.MissingProgram as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{missing}")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository with files of every form in two versions (`make_sample`). Not to be changed."""
    return make_sample(tmp_path_factory.mktemp("sample") / "repository")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache of this test alone."""
    return Cache(tmp_path / "cache")
