"""A repository: its branches, tags and history, and any version of it as a package."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dvdata.diff import Diff
from dvdata.errors import NotARepository, UnknownName
from dvdata.history import Log, walk
from dvdata.package import Package
from dvdata.shown import nearest, shown_count
from dvdata.store import Store, open_store
from dvdata.version import Version

if TYPE_CHECKING:
    from dvdata.transaction import Branch


def open(url: str | os.PathLike[str], **storage_options: Any) -> Repository:
    """The repository at a path or any URL of fsspec: a working directory, a store, a bucket, a web server.

    `storage_options` are those of the file system, such as `anon=True` for s3.
    """
    text = os.fspath(url)
    text = str(Path(text).expanduser()) if text.startswith("~") else text
    try:
        return Repository(open_store(text, storage_options))
    except NotARepository as error:
        place, at, revision = text.rpartition("@")
        if at and place and "/" not in revision:
            error.hint = f"open({place!r})[{revision!r}] is that version of a repository"
        raise


class Repository:
    """`repo["v1.2"]` is a version: of a branch, a tag, an id or its beginning, `main~1`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        """What it is read from."""

    @property
    def url(self) -> str:
        return self.store.url

    @property
    def id(self) -> str:
        """Of the store, wherever its copies lie."""
        return self.store.id

    @property
    def branches(self) -> Names:
        """The branches as they are now: a mapping from names to packages."""
        return Names(self.store, "branch", self.store.refs().branches)

    @property
    def tags(self) -> Names:
        """The tags as they are now: a mapping from names to packages."""
        return Names(self.store, "tag", self.store.refs().tags)

    def branch(self, name: str) -> Branch:
        """A branch to write to, which need not be there yet: `repo.branch("main").transaction("message")`."""
        from dvdata.transaction import Branch

        return Branch(self, name)

    @property
    def head(self) -> Package:
        """What is checked out; of a store alone its default branch."""
        return self["HEAD"]

    def __getitem__(self, revision: str) -> Package:
        id = self.store.resolve(revision)
        return Package(Version.of(self.store, self.store.commit(id), revision))

    def log(self, revision: str = "HEAD", limit: int | None = None) -> Log:
        """The versions that led to one, newest first; at most `limit`."""
        return Log(walk(self.store, self.store.resolve(revision), limit))

    def diff(self, before: str | Package, after: str | Package = "HEAD") -> Diff:
        """What changed from one version to another. Costs what changed, not what there is."""
        one, other = (self[side] if isinstance(side, str) else side for side in (before, after))
        return Diff(one, other)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Repository) and (self.url, self.id) == (other.url, other.id)

    def __hash__(self) -> int:
        return hash((self.url, self.id))

    def __repr__(self) -> str:
        try:
            refs = self.store.refs()
        except Exception as error:
            return f"<Repository {self.url!r}: {error}>"
        what = (
            f"{shown_count(len(refs.branches), 'branch', 'branches')}, {shown_count(len(refs.tags), 'tag')}"
        )
        return f"<Repository {self.url!r}: {what}>"

    def _repr_html_(self) -> str:
        from dvdata.show.packages import repository_html

        return repository_html(self)

    def _ipython_key_completions_(self) -> list[str]:
        refs = self.store.refs()
        return [*refs.branches, *refs.tags]


class Names(Mapping[str, Package]):
    """Branches or tags, from their names to the versions they name."""

    def __init__(self, store: Store, what: str, ids: Mapping[str, bytes]) -> None:
        self._store = store
        self._what = what
        self._ids = dict(sorted(ids.items()))

    def __getitem__(self, name: str) -> Package:
        id = self._ids.get(name)
        if id is None:
            near = nearest(str(name), self._ids)
            raise UnknownName(
                f"No {self._what} {name!r} in {self._store.url!r}",
                hint=f"did you mean {near[0]!r}?" if near else None,
                details={"name": name, "nearest": near},
            )
        return Package(Version.of(self._store, self._store.commit(id), name))

    def __contains__(self, name: object) -> bool:
        return name in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{name!r}: {id.hex()[:10]}" for name, id in self._ids.items()) + "}"
