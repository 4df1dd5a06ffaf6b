"""Items by id, out of the blocks of packs: each is held against its id before anyone sees it."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from threading import Lock

from dvdata.errors import Damaged, DvError, NotFound
from dvdata.format.blocks import MOST_OF_A_BLOCK, MOST_OF_BASES, decode_block, read_header
from dvdata.format.hashing import Kind, check_id, object_id
from dvdata.format.segments import Copy
from dvdata.storage import Cache, Run, Storage, each_concurrently, in_order, runs_of
from dvdata.storage.threads import renewed_after_fork
from dvdata.store.absence import Absence
from dvdata.store.index import Index

_KEPT = 64 * 1024 * 1024
_MOST_OF_A_HEADER = 65_535


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A block to be read, and what is wanted of it."""

    pack: str
    at: int
    size: int
    items: tuple[tuple[bytes, Copy], ...]


class Objects:
    """What a store has, by id. Of several copies a damaged one is passed over."""

    def __init__(self, storage: Storage, index: Index, absence: Absence, cache: Cache | None) -> None:
        self._storage = storage
        self._index = index
        self._absence = absence
        self._cache = cache if storage.is_remote else None
        self._kept = _Kept(_KEPT)

    def get(self, kind: Kind, id: bytes) -> bytes:
        """An item of a kind."""
        kept = self._cached(kind, id)
        if kept is not None:
            return kept
        data = self._tried(kind, id)
        if data is None and self._index.reread():
            data = self._tried(kind, id)
        if data is None:
            raise self._absence.failure(kind, id)
        self._keep(kind, id, data)
        return data

    def get_many(self, kind: Kind, ids: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Items of a kind, each once, in the order in which they lie: few requests, several at once."""
        kept, runs, alone = self._planned(kind, ids)
        yield from kept
        for items in in_order(partial(self._read_run, kind), runs, self._storage.at_once):
            yield from items
        for id in alone:
            yield id, self.get(kind, id)

    def each(self, kind: Kind, ids: Iterable[bytes], take: Callable[[bytes, bytes], None]) -> None:
        """The same, but `take` is called with each id and item, by several threads at once."""
        kept, runs, alone = self._planned(kind, ids)

        def read(job: tuple[str, Run[_Wanted]]) -> None:
            for id, item in self._read_run(kind, job):
                take(id, item)

        for id, item in kept:
            take(id, item)
        each_concurrently(read, runs, self._storage.at_once)
        for id in alone:
            take(id, self.get(kind, id))

    def is_commit(self, id: bytes) -> bool:
        """Whether an id, which the index may name, is that of a commit that is here."""
        return self._has_commit(id) or (self._index.reread() and self._has_commit(id))

    def _has_commit(self, id: bytes) -> bool:
        try:
            for copy in self._index.copies(id, "commit"):
                if object_id("commit", self._item(copy)) == id:
                    return True
        except DvError:
            pass
        return False

    def ids_beginning_with(self, digits: str) -> set[bytes]:
        """The ids of items, of whatever kind, whose hex begins so."""
        found = self._index.beginning_with(digits)
        return found if found or not self._index.reread() else self._index.beginning_with(digits)

    def _first_copy(self, kind: Kind, id: bytes) -> Copy | None:
        try:
            return next(self._index.copies(id, kind), None)
        except DvError:
            return None  # `get` tells of it, after it tried all else.

    def _planned(
        self, kind: Kind, ids: Iterable[bytes]
    ) -> tuple[list[tuple[bytes, bytes]], list[tuple[str, Run[_Wanted]]], list[bytes]]:
        """What is here already, what is read in which runs of which packs, and what has no place."""
        kept: list[tuple[bytes, bytes]] = []
        alone: list[bytes] = []
        wanted: dict[tuple[str, int, int], list[tuple[bytes, Copy]]] = defaultdict(list)
        for id in dict.fromkeys(ids):
            item = self._cached(kind, id)
            copy = self._first_copy(kind, id) if item is None else None
            if item is not None:
                kept.append((id, item))
            elif copy is None:
                alone.append(id)
            else:
                wanted[copy.pack, copy.at, copy.size].append((id, copy))
        by_pack: dict[str, list[_Wanted]] = defaultdict(list)
        for place, items in wanted.items():
            by_pack[place[0]].append(_Wanted(*place, tuple(items)))
        gap, most = self._storage.gap, self._storage.most
        return kept, [(pack, run) for pack, of in by_pack.items() for run in runs_of(of, gap, most)], alone

    def _read_run(self, kind: Kind, job: tuple[str, Run[_Wanted]]) -> list[tuple[bytes, bytes]]:
        pack, run = job
        try:
            data = self._run_bytes(pack, run)
            return [item for block in run.items for item in self._of_block(kind, block, run.at, data)]
        except (Damaged, NotFound):
            # Which item it was, and whether another copy is sound, is found out one by one.
            return [(id, self.get(kind, id)) for block in run.items for id, _ in block.items]

    def _run_bytes(self, pack: str, run: Run[_Wanted]) -> memoryview:
        if all(self._kept.has((pack, block.at)) for block in run.items):
            return memoryview(b"")
        for block in run.items:
            _check_size(block.size, f"packs/{pack}")
        return memoryview(self._read(f"packs/{pack}", run.at, run.length))

    def _of_block(
        self, kind: Kind, block: _Wanted, start: int, data: memoryview
    ) -> Iterator[tuple[bytes, bytes]]:
        part = data[block.at - start : block.at - start + block.size] if data else None
        raw = self._raw(block.items[0][1], part)
        for id, copy in block.items:
            item = raw if len(raw) == copy.length else raw[copy.offset : copy.offset + copy.length]
            check_id(kind, id, item, self._place(copy))
            self._keep(kind, id, item)
            yield id, item

    def _tried(self, kind: Kind, id: bytes) -> bytes | None:
        """The first sound copy; damage only when there is none, None when there is no copy."""
        damage: Damaged | None = None
        for copy in self._index.copies(id, kind):
            try:
                item = self._item(copy)
                check_id(kind, id, item, self._place(copy))
                return item
            except Damaged as error:
                damage = error
            except NotFound:
                continue  # The pack is away, or went since the root was read.
        if damage is not None:
            raise damage
        return None

    def _item(self, copy: Copy) -> bytes:
        raw = self._raw(copy, None)
        return raw[copy.offset : copy.offset + copy.length]

    def _raw(self, copy: Copy, data: memoryview | None) -> bytes:
        """The decoded block of a copy; `data` are its bytes if these were read already."""
        place = (copy.pack, copy.at)
        raw = self._kept.get(place)
        if raw is not None:
            return raw
        if data is None:
            _check_size(copy.size, f"packs/{copy.pack}")
            data = memoryview(self._read(f"packs/{copy.pack}", copy.at, copy.size))
        what = self._place(copy)
        header = read_header(data, what)
        if header.bases != copy.bases:
            raise Damaged(f"{what} is damaged: it stands on other bases than the index says")
        _, raw = decode_block(data, what, self._bases(header.items[0][0], copy.bases, what), header)
        self._kept.put(place, raw)
        return raw

    def _read(self, name: str, at: int, length: int) -> bytes:
        besides = self._index.read_besides(name, at, length)
        return besides if besides is not None else self._storage.read_range(name, at, length)

    def _bases(self, kind: Kind, ids: tuple[bytes, ...], what: str) -> list[bytes]:
        """The bytes of bases, each read from a full copy: so reading is one step deep, and goes in no
        circles.
        """
        bases, total = [], 0
        for id in ids:
            base = self._full(kind, id)
            total += len(base)
            if total > MOST_OF_BASES:
                raise Damaged(f"{what} is damaged: its bases are too long")
            bases.append(base)
        return bases

    def _full(self, kind: Kind, id: bytes) -> bytes:
        damage: Damaged | None = None
        for copy in self._index.copies(id, kind):
            if copy.bases:
                continue
            try:
                item = self._item(copy)
                check_id(kind, id, item, self._place(copy))
                return item
            except Damaged as error:
                damage = error
            except NotFound:
                continue
        raise damage or self._absence.failure(kind, id)

    def _place(self, copy: Copy) -> str:
        return f"the block at byte {copy.at} of pack '{copy.pack}' of '{self._storage.url}'"

    def _cached(self, kind: Kind, id: bytes) -> bytes | None:
        if self._cache is None or kind == "chunk":
            return None
        return self._cache.read(_entry(id), lambda data: object_id(kind, data) == id)

    def _keep(self, kind: Kind, id: bytes, data: bytes) -> None:
        if self._cache is not None and kind != "chunk":
            self._cache.add_bytes(_entry(id), data)


class _Kept:
    """Decoded blocks that were read last: small items come many to a block."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._total = 0
        self._blocks: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = Lock()
        renewed_after_fork(self)

    def after_fork(self) -> None:
        self._lock = Lock()

    def has(self, place: tuple[str, int]) -> bool:
        return place in self._blocks

    def get(self, place: tuple[str, int]) -> bytes | None:
        with self._lock:
            raw = self._blocks.get(place)
            if raw is not None:
                self._blocks.move_to_end(place)
            return raw

    def put(self, place: tuple[str, int], raw: bytes) -> None:
        if len(raw) > self._most // 8:
            return
        with self._lock:
            if place not in self._blocks:
                self._blocks[place] = raw
                self._total += len(raw)
            while self._total > self._most:
                _, oldest = self._blocks.popitem(last=False)
                self._total -= len(oldest)


def _check_size(size: int, name: str) -> None:
    if size > MOST_OF_A_BLOCK + _MOST_OF_A_HEADER:
        raise Damaged(f"The index is damaged: it names a block of {size} bytes in '{name}'")


def _entry(id: bytes) -> str:
    return f"objects/{id[:1].hex()}/{id.hex()}"
