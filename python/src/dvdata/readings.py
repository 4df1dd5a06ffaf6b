"""What this process read through dv: which path of which commit, and the id of the bytes that it got.

What reads an entry of a package notes it here; a commit names it as its inputs, it is written beside results
(spec/27-dependencies.md, "Inputs" and "What was read"). Knows neither stores nor packages.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvdata.errors import BadInput, NewerFormat, of_the_system, without_passwords

# Of more files of one commit than this, only that it was read is remembered.
FILES_MOST = 10_000
# The metadata of a commit is small: of more files or bytes of text than this, only the commits are named.
INPUTS_MOST = 500
INPUT_BYTES_MOST = 256 * 1024
VERSION = 1
FIELDS = ("url", "store", "revision", "commit", "path", "where", "id")


@dataclass(frozen=True)
class Source:
    """A commit that is read from, and how it was come by."""

    url: str
    """Of the store: a URL without credentials, or an absolute folder."""
    store: str
    """Its id, 32 hex digits."""
    revision: str
    """As it was asked for."""
    commit: str
    """64 hex digits, as `tree`, the id of its manifest."""
    tree: str


@dataclass(frozen=True)
class Read:
    """A file that was read, or with `path` None: so many of them that the whole tree stands for them."""

    source: Source
    path: str | None
    id: str
    """Of a file its content id, of a whole tree that of its manifest."""

    def as_input(self) -> dict[str, str]:
        """The fields of spec/27-dependencies.md, "Inputs", in their order."""
        source = self.source
        where = {
            "url": _without_secrets(source.url),
            "store": source.store,
            "revision": source.revision,
            "commit": source.commit,
        }
        return {**where, **({} if self.path is None else {"path": self.path}), "id": self.id}


class Reads:
    """What was read until now, in the order of first reading. It does not change any more."""

    def __init__(self, items: tuple[Read, ...]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Read]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        sources = len({read.source for read in self._items})
        return f"<what was read: {len(self._items)} files of {sources} versions>"

    def inputs(self) -> list[str]:
        """The texts of a commit's `dv.inputs`: each file, or each commit where there are many files."""
        texts = [_text(read.as_input()) for read in self._items]
        if len(texts) <= INPUTS_MOST and sum(len(text.encode()) for text in texts) <= INPUT_BYTES_MOST:
            return texts
        whole = {
            read.source: _text(Read(read.source, None, read.source.tree).as_input()) for read in self._items
        }
        return list(dict.fromkeys(whole.values()))

    def save(self, file: str | os.PathLike[str]) -> None:
        """Writes them beside what was made of them: 'results.json', for example. A file there is replaced."""
        lines = ",\n".join(f"  {_text(read.as_input())}" for read in self._items)
        text = f'{{"dv.reads":{VERSION},"reads":[\n{lines}\n]}}\n'
        target = Path(file)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        with of_the_system("write", target):
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(target)


def load(file: str | os.PathLike[str]) -> list[dict[str, str]]:
    """What `Reads.save` wrote: the fields of each read."""
    try:
        with of_the_system("read", file):
            document = json.loads(Path(file).read_text(encoding="utf-8"))
    except ValueError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("dv.reads"), int):
        raise BadInput(f"'{file}' does not say what was read", hint="it is written by dv.reads().save(FILE)")
    if document["dv.reads"] > VERSION:
        raise NewerFormat(
            f"'{file}' was written by a newer dv", hint="install a newer one: pip install -U dv-data"
        )
    return [_sound(record, file) for record in document.get("reads", [])]


def _sound(record: Any, file: str | os.PathLike[str]) -> dict[str, str]:
    wanted = {"url", "commit", "id"}
    if (
        isinstance(record, Mapping)
        and wanted <= set(record)
        and all(isinstance(v, str) for v in record.values())
    ):
        return {field: record[field] for field in FIELDS if field in record}
    raise BadInput(f"'{file}' says of a read too little to follow it: {record}")


def _without_secrets(url: str) -> str:
    """Signatures stand behind '?' and '#' of a URL; in the name of a folder these are letters like others."""
    return re.split("[?#]", without_passwords(url))[0] if "://" in url else url


def _text(fields: dict[str, str]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


_lock = threading.Lock()
_noted: dict[Source, dict[str, str] | None] = {}


def note(source: Source, path: str, content: str) -> None:
    """Remembers that a file was read; whoever reads an entry calls it. `content`: its id in hex."""
    with _lock:
        files = _noted.setdefault(source, {})
        if files is None:
            return
        files.setdefault(path, content)
        if len(files) > FILES_MOST:
            _noted[source] = None


def reads() -> Reads:
    """What this process read through dv until now."""
    with _lock:
        noted = [(source, None if files is None else dict(files)) for source, files in _noted.items()]
    return Reads(
        tuple(
            Read(source, path, id)
            for source, files in noted
            for path, id in ({None: source.tree} if files is None else files).items()
        )
    )


def forget() -> None:
    """Begins anew: what was read before is no input of what comes."""
    with _lock:
        _noted.clear()
