"""Writing: values given by path become one commit, or none. Without a working directory, through `dv apply`.

What a transaction changes is held against what stood there when it began: whoever else changed the same paths
meanwhile makes it a Conflict; changes of others elsewhere are kept, and it lands on top of them.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from dvdata import readings
from dvdata.apply import apply
from dvdata.errors import BadInput, Conflict, UnknownPath, UnknownRevision, of_the_system
from dvdata.format.paths import why_never
from dvdata.lines import Change, metadata
from dvdata.shown import nearest
from dvdata.store import Entry, Store
from dvdata.writers import file_of

PATHS_NAMED = 10


class Repository(Protocol):
    """What a transaction needs to know of a repository."""

    @property
    def store(self) -> Store: ...

    def __getitem__(self, revision: str) -> Any: ...


class Branch:
    """A branch of a repository: the version it is at, and the way to add one."""

    def __init__(self, repository: Repository, name: str) -> None:
        self.repository = repository
        self.name = name

    @property
    def package(self) -> Any:
        """The version it is at now."""
        return self.repository[self.name]

    def transaction(self, message: str, **options: Any) -> Transaction:
        """One commit on top of it: see Transaction."""
        return Transaction(self.repository, self.name, message, **options)

    def __repr__(self) -> str:
        return f"<branch '{self.name}' of {self.repository!r}>"


class Transaction:
    """Changes that become one commit when the block ends, and nothing at all when it fails.

        with repo.branch("main").transaction("Day 2") as tx:
            tx["cells.parquet"] = frame          # frames, arrays, plain data: by the end of the name
            tx["notes.txt"] = "text"
            tx["big.tif"] = Path("/data/big.tif")
            del tx["old"]
            tx.meta("cells.parquet", line="AICS-23")
        tx.result                                # the new version

    A value is written when it is given; a file that a Path names is read at the end of the block. `meta` is
    metadata of the commit. `create` makes the branch. `inputs=False` keeps what this process read through dv
    from being recorded. `progress`: a bar, or none; left out, one where somebody looks.
    """

    def __init__(
        self,
        repository: Repository,
        branch: str,
        message: str,
        *,
        author: str | None = None,
        meta: Mapping[str, Any] | None = None,
        create: bool = False,
        inputs: bool = True,
        progress: bool | None = None,
    ) -> None:
        if not message.strip():
            raise BadInput("A commit needs a message", hint="transaction('what changed')")
        self.branch = branch
        self.message = message
        self.commit: str | None = None
        """The id of the commit that was made; None before, and where nothing changed."""
        self._repository = repository
        self._store = repository.store
        self._author = author
        self._commit_meta: dict[str, Any] = {}
        self.commit_meta(meta)
        self._create = create
        self._inputs = inputs
        self._progress = progress
        self._changes: dict[str, Change] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._base: tuple[str, bytes] | None = None
        self._used = self._landed = False
        self._spooled = 0

    def __enter__(self) -> Transaction:
        if self._used:
            raise BadInput("A transaction is used once", hint="begin another with branch.transaction(...)")
        self._used = True
        self._base = self._tip()
        if (self._base is None) != self._create:
            raise (
                self._missing()
                if self._base is None
                else BadInput(
                    f"There is a branch '{self.branch}' already", hint="leave out 'create' to add to it"
                )
            )
        self._folder = tempfile.TemporaryDirectory(prefix="dvdata-")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._folder is not None
        try:
            if error is None:
                self._apply(Path(self._folder.name))
                self._landed = True
        finally:
            self._folder.cleanup()
            self._folder = None

    def __setitem__(self, path: str | os.PathLike[str], value: Any) -> None:
        """Gives a path these bytes. Metadata that it had stays."""
        name = self._checked(path)
        with of_the_system("write", name):
            file = file_of(value, name, self._spool())
        change = self._changes.setdefault(name, Change())
        # Spooled files are plain ones; those of the user say themselves what they are.
        is_own = file.parent != Path(self._open())
        change.executable = bool(file.stat().st_mode & 0o100) if is_own and os.name == "posix" else None
        change.file, change.target = file, None

    def symlink(self, path: str | os.PathLike[str], target: str) -> None:
        """Makes a path a link to what `target` names, as seen from the folder it is in."""
        change = self._changes.setdefault(self._checked(path), Change())
        change.file, change.target = None, target

    def __delitem__(self, path: str | os.PathLike[str]) -> None:
        """Takes away a file, a link, or a folder with all below it."""
        name = str(path)
        given = [one for one in self._changes if _is_within(one, name) and self._changes[one].is_put]
        there = [entry.path for entry in self._below(name)]
        if not given and not there:
            raise UnknownPath(
                f"There is no '{name}' in '{self.branch}' to take away", details={"path": name, "nearest": []}
            )
        for one in given:
            del self._changes[one]
        for one in there:
            self._changes[one] = Change(deleted=True)

    def meta(
        self, path: str | os.PathLike[str], values: Mapping[str, Any] | None = None, /, **more: Any
    ) -> None:
        """Sets metadata of a file, link or folder; None takes it away. Names with spaces go in a dict."""
        key = self._checked(path)
        told = metadata({**(values or {}), **more})
        self._changes.setdefault(key, Change()).meta.update(told)

    def commit_meta(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Sets metadata of the commit itself: what came out, for example."""
        self._commit_meta.update(metadata({**(values or {}), **more}))

    @property
    def result(self) -> Any:
        """The version that was made, or what was there already if nothing changed; after the block."""
        made = self.commit or (self._base and self._base[0])
        if not self._landed or made is None:
            raise BadInput("The transaction has made nothing yet", hint="its result is there after the block")
        return self._repository[made]

    def _open(self) -> str:
        if self._folder is None:
            raise BadInput("The transaction is not open", hint="with branch.transaction('…') as tx: …")
        return self._folder.name

    def _spool(self) -> Path:
        self._spooled += 1
        return Path(self._open(), str(self._spooled))

    def _checked(self, path: str | os.PathLike[str]) -> str:
        self._open()
        name = str(path)
        reason = why_never(name)
        if reason is not None:
            raise BadInput(
                f"'{name}' cannot be a path of a version: {reason}",
                code="DV_UNSAFE_PATH",
                details={"path": name},
            )
        return name

    def _tip(self) -> tuple[str, bytes] | None:
        """The commit that the branch is at now, in hex, and its tree."""
        id = self._store.refs().branches.get(self.branch)
        return None if id is None else (id.hex(), self._store.commit(id).root)

    def _missing(self) -> UnknownRevision:
        near = nearest(self.branch, self._store.refs().branches)
        meant = f"did you mean '{near[0]}'? " if near else ""
        return UnknownRevision(
            f"'{self._store.url}' has no branch '{self.branch}'",
            code="DV_UNKNOWN_REF",
            hint=f"{meant}transaction(..., create=True) makes it",
            details={"name": self.branch, "nearest": near},
        )

    def _below(self, path: str) -> Iterator[Entry]:
        if self._base is None:
            return iter(())
        return self._store.entries(self._base[1], os.fsencode(path))

    def _lines(self) -> Iterator[dict[str, Any]]:
        about = {name: value for name, value in self._commit_meta.items() if value is not None}
        inputs = readings.reads().inputs() if self._inputs else []
        if inputs:
            about.setdefault("dv.inputs", inputs)
        if about:
            yield {"op": "commit", "meta": about}
        for path, change in self._changes.items():
            yield from change.lines(path, self._expected(path))

    def _expected(self, path: str) -> dict[str, Any]:
        """What must still stand at a path, as far as lines can say it: a file with its bytes, or nothing."""
        entry = None if self._base is None else self._store.entry(self._base[1], path)
        if entry is None:
            return {"expect": None}
        return {"expect": entry.id.hex()} if entry.is_file else {}

    def _apply(self, folder: Path) -> None:
        if not self._changes:
            return
        lines = folder / "lines.jsonl"
        # Whole before the program starts: a pipe whose writer was killed looks like one that came to its end.
        with of_the_system("write", lines), lines.open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(line)}\n" for line in self._lines())
        try:
            self.commit = apply(
                self._store,
                self.branch,
                lines,
                message=self.message,
                author=self._author,
                create=self._create,
                size=sum(change.file.stat().st_size for change in self._changes.values() if change.file),
                progress=self._progress,
            )
        except Conflict as conflict:
            raise self._named(conflict) from None

    def _named(self, conflict: Conflict) -> Conflict:
        """The conflict with all paths that others changed too, not only the first that was met."""
        now = self._tip()
        if self._base is None or now is None:
            return conflict
        changes = self._store.changes(self._base[1], now[1])
        paths = [change.path for change in changes if change.path in self._changes]
        if not paths:
            return conflict
        shown = ", ".join(f"'{path}'" for path in paths[:PATHS_NAMED])
        more = f" and {len(paths) - PATHS_NAMED} more" if len(paths) > PATHS_NAMED else ""
        return Conflict(
            f"'{self.branch}' was moved meanwhile, by a commit that changes {shown}{more} too",
            hint="nothing was written; look at what is there now, and decide anew",
            code=conflict.code,
            details={**conflict.details, "paths": paths, "before": self._base[0], "now": now[0]},
        )


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
