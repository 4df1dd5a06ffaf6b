"""From an id to the places of its copies: the segments that the index root names, newest first
(spec/06-index.md).
"""

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock

from dvdata.errors import Damaged, NotFound
from dvdata.format.hashing import Kind, content_id
from dvdata.format.segments import (
    EMPTY_ROOT,
    Copy,
    IndexRoot,
    Segment,
    SegmentPlace,
    read_root,
    whole_segment,
)
from dvdata.storage import Cache, Folder, Storage
from dvdata.storage.threads import renewed_after_fork

_IN_MEMORY = 1024 * 1024
_FETCHED = 16 * 1024 * 1024
"""What is larger is probed where it is: of a store of 10 TB, some."""
_BESIDES = 256 * 1024
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
        self._besides: dict[str, tuple[int, bytes]] = {}
        self._lock = Lock()
        self._opening = Lock()
        renewed_after_fork(self)

    def after_fork(self) -> None:
        self._lock, self._opening = Lock(), Lock()

    @property
    def root(self) -> IndexRoot:
        with self._lock:
            if self._root is None:
                self._root = self._read_root()
            return self._root

    def copies(self, id: bytes, kind: Kind) -> Iterator[Copy]:
        """All copies of an item, one after the other: who finds one damaged asks for the next.

        A damaged segment hides no other; if none of the others has the id, it is damage and not absence.
        """
        damage: Damaged | None = None
        found = False
        for place in self._in_turn(kind):
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

    def read_besides(self, name: str, at: int, length: int) -> bytes | None:
        """Bytes that came along with the newest segments: the newest objects lie right before one of them."""
        start, data = self._besides.get(name, (0, b""))
        here = start <= at and at + length <= start + len(data)
        return data[at - start : at - start + length] if here else None

    def _in_turn(self, kind: Kind) -> list[SegmentPlace]:
        """Objects are looked for where the newest are, chunks where most are; what is here first."""
        places = list(reversed(self.root.segments))
        if kind == "chunk":
            places.sort(key=lambda place: place.rows, reverse=True)
        if self._storage.is_remote:
            places.sort(key=lambda place: place not in self._segments)
        return places

    def _read_root(self) -> IndexRoot:
        data = self._storage.read_value("index/root")
        return EMPTY_ROOT if data is None else read_root(data, f"The index root of '{self._storage.url}'")

    def _segment(self, place: SegmentPlace) -> Segment:
        segment = self._segments.get(place)
        if segment is not None:
            return segment
        with self._opening:  # One thread asks for it, the others wait.
            if place not in self._segments:
                self._segments[place] = self._open(place)
            return self._segments[place]

    def _open(self, place: SegmentPlace) -> Segment:
        what = f"Segment '{place.key}' at byte {place.offset} of '{self._storage.url}'"
        if place.length <= _IN_MEMORY:
            return whole_segment(self._read_whole(place), what, place.sum)
        fetched = self._fetched(place) if place.length <= _FETCHED else None
        return Segment(fetched or _Pages(self._storage, place), place.length, what)

    def _read_whole(self, place: SegmentPlace) -> bytes:
        """A small segment, out of the cache or into it."""
        if self._cache and place.sum:
            data = self._cache.read(_name(place), lambda data: _is_segment(data, place))
            if data is not None:
                return data
        data = self._read_with_what_is_before(place)
        if self._cache and _is_segment(data, place):
            self._cache.add_bytes(_name(place), data)
        return data

    def _fetched(self, place: SegmentPlace) -> "_Pages | None":
        """A large segment as a file of the cache: one request, where each id would take two or three."""
        if self._cache is None or place.sum is None:
            return None
        path = self._cache.path(_name(place), lambda path: _is_segment(path.read_bytes(), place))
        if path is None:
            data = self._storage.read_range(place.key, place.offset, place.length)
            if _is_segment(data, place):
                self._cache.add_bytes(_name(place), data)
            path = self._cache.path(_name(place), lambda path: _is_segment(path.read_bytes(), place))
        if path is None:
            return None
        return _Pages(Folder(path.parent), SegmentPlace(path.name, 0, place.length, place.rows, place.sum))

    def _read_with_what_is_before(self, place: SegmentPlace) -> bytes:
        newest = self._storage.is_remote and place in self.root.segments[-2:]
        besides = min(place.offset, _BESIDES) if newest else 0
        data = self._storage.read_range(place.key, place.offset - besides, besides + place.length)
        if besides:
            self._besides[place.key] = (place.offset - besides, data[:besides])
        return data[besides:]


def _name(place: SegmentPlace) -> str:
    """The name of a segment in the cache."""
    return f"segments/{place.sum}"


def _is_segment(data: bytes, place: SegmentPlace) -> bool:
    """Whether these are the bytes that the root says."""
    found = content_id(memoryview(data)[:-32])
    return len(data) == place.length and found == data[-32:] and found[:16].hex() == place.sum


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
