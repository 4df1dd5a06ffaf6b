"""From an id to the places of its copies: the segments that the index root names, newest first
(spec/06-index.md).
"""

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock

from dvdata.errors import Damaged, NotFound
from dvdata.format.hashing import content_id
from dvdata.format.segments import (
    EMPTY_ROOT,
    Copy,
    IndexRoot,
    Segment,
    SegmentPlace,
    read_root,
    whole_segment,
)
from dvdata.storage import Cache, Storage
from dvdata.storage.threads import renewed_after_fork

_READ_WHOLE = 1024 * 1024
_PAGE_HERE = 16 * 1024
_PAGE_ELSEWHERE = 128 * 1024
_PAGES = 256


class Index:
    """Probed, never loaded. The root is read when it is first needed, and again before something is said to
    be missing.
    """

    def __init__(self, storage: Storage, cache: Cache | None) -> None:
        self._storage = storage
        self._cache = cache if storage.is_remote else None
        self._root: IndexRoot | None = None
        self._segments: dict[SegmentPlace, Segment] = {}
        self._lock = Lock()
        renewed_after_fork(self)

    def after_fork(self) -> None:
        self._lock = Lock()

    @property
    def root(self) -> IndexRoot:
        with self._lock:
            if self._root is None:
                self._root = self._read_root()
            return self._root

    def copies(self, id: bytes) -> Iterator[Copy]:
        """All copies of an item, one after the other: who finds one damaged asks for the next.

        A damaged segment hides no other; if none of the others has the id, it is damage and not absence.
        """
        damage: Damaged | None = None
        found = False
        for place in reversed(self.root.segments):
            try:
                copies = self._segment(place).find(id)
            except Damaged as error:
                damage = error
                continue
            except NotFound:
                continue  # Gone since the root was read: whoever misses something reads it again.
            for copy in copies:
                found = True
                yield copy
        if not found and damage is not None:
            raise damage

    def beginning_with(self, digits: str) -> set[bytes]:
        """The ids, of whatever kind, whose hex begins so."""
        low, high = bytes.fromhex(digits.ljust(64, "0")), bytes.fromhex(digits.ljust(64, "f"))
        segments = (self._segment(place) for place in self.root.segments)
        return {id for segment in segments for id in segment.beginning_with(low, high)}

    def reread(self) -> bool:
        """Reads the root anew; whether it is another."""
        root = self._read_root()
        with self._lock:
            changed, self._root = root != self._root, root
            if changed:
                named = set(root.segments)
                self._segments = {place: one for place, one in self._segments.items() if place in named}
        return changed

    def _read_root(self) -> IndexRoot:
        data = self._storage.read_value("index/root")
        return EMPTY_ROOT if data is None else read_root(data, f"The index root of '{self._storage.url}'")

    def _segment(self, place: SegmentPlace) -> Segment:
        segment = self._segments.get(place)
        if segment is None:
            segment = self._segments[place] = self._open(place)
        return segment

    def _open(self, place: SegmentPlace) -> Segment:
        what = f"Segment '{place.key}' at byte {place.offset} of '{self._storage.url}'"
        if place.length <= _READ_WHOLE:
            return whole_segment(self._read_whole(place), what, place.sum)
        return Segment(_Pages(self._storage, place), place.length, what)

    def _read_whole(self, place: SegmentPlace) -> bytes:
        name = f"segments/{place.sum}"
        if self._cache and place.sum:
            data = self._cache.read(name, lambda data: content_id(data[:-32])[:16].hex() == place.sum)
            if data is not None:
                return data
        data = self._storage.read_range(place.key, place.offset, place.length)
        if self._cache and place.sum and content_id(data[:-32])[:16].hex() == place.sum:
            self._cache.add_bytes(name, data)
        return data


class _Pages:
    """Small reads of a large segment, by pages that are kept."""

    def __init__(self, storage: Storage, place: SegmentPlace) -> None:
        self._storage = storage
        self._place = place
        self._size = _PAGE_ELSEWHERE if storage.is_remote else _PAGE_HERE
        self._pages: OrderedDict[int, bytes] = OrderedDict()
        self._lock = Lock()
        renewed_after_fork(self)

    def after_fork(self) -> None:
        self._lock = Lock()

    def __call__(self, at: int, length: int) -> bytes:
        if at < 0 or at + length > self._place.length:
            raise Damaged(f"Segment '{self._place.key}' is damaged: it leads outside itself")
        first, last = at // self._size, (at + length - 1) // self._size
        data = b"".join(self._page(number) for number in range(first, last + 1))
        return data[at - first * self._size :][:length]

    def _page(self, number: int) -> bytes:
        with self._lock:
            page = self._pages.get(number)
            if page is not None:
                self._pages.move_to_end(number)
                return page
        at = number * self._size
        length = min(self._size, self._place.length - at)
        page = self._storage.read_range(self._place.key, self._place.offset + at, length)
        with self._lock:
            self._pages[number] = page
            if len(self._pages) > _PAGES:
                self._pages.popitem(last=False)
        return page
