"""What several test files need."""

import os

import pytest

from dvdata import errors, program


@pytest.fixture(scope="session")
def dv() -> list[str]:
    """The words that start the real program."""
    try:
        return program.command()
    except errors.MissingProgram as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{missing}")
