"""fsspec's own tests of what reads, all of them: what they write is committed, and read back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from committing import CommittingFileSystem
from fsspec.tests import abstract
from repositories import Repository, new_repository

from dvdata.storage import Cache


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return new_repository(tmp_path_factory.mktemp("abstract") / "repository")


class DvFixtures(abstract.AbstractFixtures):
    @pytest.fixture
    def fs(self, repository: Repository, tmp_path: Path) -> CommittingFileSystem:
        fs = CommittingFileSystem(repository, cache=Cache(tmp_path / "cache"))
        fs.touch(f"{repository.path}@main/kept")
        return fs

    @pytest.fixture
    def fs_path(self, fs: CommittingFileSystem, repository: Repository) -> str:
        return str(fs._strip_protocol(f"dv://{repository.path}@main"))

    @pytest.fixture
    def fs_join(self) -> Callable[..., str]:
        return lambda *parts: "/".join(parts)


class TestGet(abstract.AbstractGetTests, DvFixtures):
    pass


class TestCopy(abstract.AbstractCopyTests, DvFixtures):
    pass


class TestOpen(abstract.AbstractOpenTests, DvFixtures):
    pass


class TestPipe(abstract.AbstractPipeTests, DvFixtures):
    pass
