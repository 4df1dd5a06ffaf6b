"""Branches and tags of a store (spec/08-refs.md), and what HEAD is in it (spec/11-revisions.md)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dvdata.errors import Damaged, DvError
from dvdata.format.hashing import is_hex
from dvdata.format.records import unseal
from dvdata.format.refs import RefValue, key_of, read_names, read_ref, ref_of
from dvdata.storage import Folder, Storage, each_concurrently

_DEFAULTS = ("main", "master")


@dataclass(frozen=True, slots=True)
class Refs:
    """Ids of commits by the names of branches and tags. `head`: the branch, or the id, that HEAD is; None: no
    branch.

    `remotes`: by 'REMOTE/NAME', branches of remotes as they were when last seen. `damaged`: refs that cannot
    be read.
    """

    branches: dict[str, bytes]
    tags: dict[str, bytes]
    head: str | None
    remotes: dict[str, bytes] = field(default_factory=dict)
    damaged: dict[str, DvError] = field(default_factory=dict)


class RefReader:
    """The refs of a storage; `workdir`: the working directory through which it was opened."""

    def __init__(self, storage: Storage, workdir: Path | None) -> None:
        self._storage = storage
        self._workdir = workdir

    def all(self) -> Refs:
        """All branches and tags. One that is damaged hides no other."""
        names = sorted(self._names())
        values = each_concurrently(self._value_or_failure, names, self._storage.at_once)
        found: dict[str, dict[str, bytes]] = {"heads": {}, "tags": {}, "remotes": {}, "notes": {}}
        damaged: dict[str, DvError] = {}
        for ref, value in zip(names, values, strict=True):
            _, kind, name = ref.split("/", 2)
            if isinstance(value, DvError):
                damaged[ref] = value
            elif value is not None:
                found[kind][name] = value.target
        branches = found["heads"]
        return Refs(branches, found["tags"], self._head(branches), found["remotes"], damaged)

    def value(self, ref: str) -> RefValue | None:
        """Where a ref is, by its full name; None when there is none."""
        data = self._storage.read_value(key_of(ref))
        return None if data is None else read_ref(data, ref)

    def head(self) -> str | None:
        """What HEAD is: the branch, or the id of a commit, that is checked out; else the default branch."""
        checked_out = self._checked_out()
        if checked_out is not None:
            return checked_out
        for name in _DEFAULTS:
            if self.value(f"refs/heads/{name}") is not None:
                return name
        return min(
            (ref.removeprefix("refs/heads/") for ref in self._names() if ref.startswith("refs/heads/")),
            default=None,
        )

    def _head(self, branches: dict[str, bytes]) -> str | None:
        checked_out = self._checked_out()
        if checked_out is not None:
            return checked_out
        return next((name for name in _DEFAULTS if name in branches), min(branches, default=None))

    def _checked_out(self) -> str | None:
        for workdir in self._workdirs():
            file = workdir / ".dv" / "head"
            record = unseal(file.read_bytes(), f"'{file}'") if file.is_file() else {}
            if isinstance(record.get("branch"), str):
                return str(record["branch"])
            if is_hex(record.get("commit"), 64):
                return str(record["commit"])
        return None

    def _workdirs(self) -> Iterator[Path]:
        """The working directory this was opened through; else those that the store knows of."""
        if self._workdir is not None:
            yield self._workdir
        elif isinstance(self._storage, Folder):
            for name in sorted(self._storage.names("workdirs/") or []):
                with suppress(Damaged):
                    record = unseal(self._storage.read_value(name) or b"", f"The record '{name}'")
                    root = Path(str(record.get("root")))
                    if _is_workdir(root, record.get("id")):
                        yield root

    def _names(self) -> set[str]:
        keys = self._storage.names("refs/")
        if keys is None:
            data = self._storage.read_value("refs/names")
            keys = [] if data is None else read_names(data)
        return {ref for ref in map(ref_of, keys) if ref is not None}

    def _value_or_failure(self, ref: str) -> RefValue | DvError | None:
        try:
            return self.value(ref)
        except Damaged as error:
            return error


def _is_workdir(root: Path, id: Any) -> bool:
    """Whether a working directory of this id is there still."""
    file = root / ".dv" / "workdir.json"
    try:
        return bool(unseal(file.read_bytes(), f"'{file}'").get("id") == id)
    except (OSError, Damaged):
        return False
