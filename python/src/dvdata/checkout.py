"""Entries of a version as plain files: all places are looked at first, and each file appears whole or not.

No path leads outside of the folder: names are held against the rules of trees, and nothing is written, or
found to be there already, through a symbolic link. What stands in the way stays, and an error names it.
"""

from __future__ import annotations

import os
import shutil
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event
from typing import Literal

from blake3 import blake3

from dvdata.errors import Damaged, Failed
from dvdata.format.paths import check_path, fold_case
from dvdata.places import InTheWay, Place
from dvdata.progress import Tell
from dvdata.store import Entry, Store

_THREADS = 8
_NAMED = 20
_BATCH_FILES = 512
_BATCH_BYTES = 32_000_000
_PIECE = 1 << 20


@dataclass(frozen=True)
class Item:
    at: str
    """Where it is to stand, from the folder."""
    entry: Entry

    @property
    def folders(self) -> list[str]:
        return self.at.split("/")[:-1]

    @property
    def name(self) -> str:
        return self.at.rpartition("/")[2]


Standing = Literal["nothing", "same", "other"]


def plan(items: Iterable[Item], root: Path) -> list[Item]:
    """What is left to be written. Something else in the way is raised, and nothing was changed."""
    left: list[Item] = []
    in_the_way: list[str] = []
    place = Place.at(root) if os.path.lexists(root) else None
    for item in _checked(items):
        standing = "nothing" if place is None else _standing(place, item)
        if standing == "other":
            in_the_way.append(str(root / item.at))
        elif standing == "nothing":
            left.append(item)
    if in_the_way:
        more = f" and {len(in_the_way) - 1} more" if len(in_the_way) > 1 else ""
        raise InTheWay(
            f"Something else stands at {in_the_way[0]!r}{more}; nothing was written",
            hint="name another folder, or move away what is there",
            details={"paths": in_the_way[:_NAMED], "count": len(in_the_way)},
        )
    return left


def write(store: Store, items: list[Item], root: Path, tell: Tell) -> None:
    """Writes what was planned. Ctrl-C and failures leave whole files: the same again goes on from there."""
    root.mkdir(parents=True, exist_ok=True)
    with Place.at(root) as place, place.workshop() as workshop:
        _check_collisions(items, workshop)
        for item in items:
            if item.entry.kind == "directory":
                with place.below([*item.folders, item.name], make=True):
                    pass
        _write_files(store, [item for item in items if item.entry.is_file], (place, workshop), tell)
        # Links last, so that no file is written through one.
        for item in items:
            if item.entry.kind == "symlink":
                with place.below(item.folders, make=True) as parent:
                    parent.symlink(item.entry.target or "", item.name)


def _checked(items: Iterable[Item]) -> Iterator[Item]:
    """Trees may be made by strangers: names that none may have, and paths below a file."""
    below_leaf = None
    for item in items:
        check_path(item.at)
        if below_leaf is not None and item.at.startswith(below_leaf):
            raise Damaged(
                f"The path {item.at!r} lies below a file", code="DV_UNSAFE_PATH", details={"path": item.at}
            )
        if item.entry.kind != "directory":
            below_leaf = f"{item.at}/"
        yield item


def _standing(place: Place, item: Item) -> Standing:
    try:
        with place.below(item.folders) as parent:
            found = parent.lstat(item.name)
            if found is None:
                return "nothing"
            return "same" if _is_same(parent, item, found) else "other"
    except FileNotFoundError:
        return "nothing"
    except InTheWay:
        return "other"


def _is_same(parent: Place, item: Item, found: os.stat_result) -> bool:
    entry = item.entry
    if entry.kind == "directory":
        return stat.S_ISDIR(found.st_mode)
    if entry.kind == "symlink":
        return stat.S_ISLNK(found.st_mode) and parent.readlink(item.name) == entry.target
    if not stat.S_ISREG(found.st_mode) or found.st_size != entry.size:
        return False
    if os.name != "nt" and bool(found.st_mode & stat.S_IXUSR) != (entry.kind == "executable"):
        return False
    hasher = blake3()
    with parent.open(item.name) as file:
        while piece := file.read(_PIECE):
            hasher.update(piece)
    return hasher.digest() == entry.id


def _write_files(store: Store, files: list[Item], places: tuple[Place, Place], tell: Tell) -> None:
    stop, numbers = Event(), count()

    def write_batch(batch: list[Item]) -> int:
        if store.is_remote and not stop.is_set():
            # Many small ones in few requests.
            store.fetch(item.entry for item in batch)
        for item in batch:
            if stop.is_set():
                break
            _write_file(store, item, places, str(next(numbers)))
        return sum(item.entry.size for item in batch)

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="dvdata-checkout") as pool:
        try:
            for size in pool.map(write_batch, _batches(files)):
                tell(size)
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise


def _write_file(store: Store, item: Item, places: tuple[Place, Place], temporary: str) -> None:
    place, workshop = places
    with workshop.create(temporary, 0o777 if item.entry.kind == "executable" else 0o666) as file:
        if store.is_remote:
            with open(store.path(item.entry), "rb") as kept:
                shutil.copyfileobj(kept, file, _PIECE)
        else:
            store.write(item.entry, file)
    with place.below(item.folders, make=True) as parent:
        workshop.move(temporary, parent, item.name)


def _batches(files: list[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    for item in files:
        batch.append(item)
        size += item.entry.size
        if len(batch) >= _BATCH_FILES or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _check_collisions(items: list[Item], workshop: Place) -> None:
    """Paths that this file system takes for one, as is found out by trying."""
    folds_case = _is_found_as(workshop, "dv-CASE", "DV-case")
    folds_form = _is_found_as(workshop, "dv-\u00e9", "dv-e\u0301")
    if not folds_case and not folds_form:
        return
    seen: dict[str, str] = {}
    for item in items:
        parts = item.at.split("/")
        for depth in range(1, len(parts) + 1):
            path = "/".join(parts[:depth])
            folded = unicodedata.normalize("NFC", path) if folds_form else path
            other = seen.setdefault(fold_case(folded) if folds_case else folded, path)
            if other != path:
                raise Failed(
                    f"The paths {other!r} and {path!r} are one on this file system",
                    code="DV_PATH_COLLISION",
                    details={"paths": [other, path]},
                )


def _is_found_as(workshop: Place, name: str, other: str) -> bool:
    try:
        workshop.create(name, 0o600).close()
    except OSError:
        return False
    return workshop.lstat(other) is not None
