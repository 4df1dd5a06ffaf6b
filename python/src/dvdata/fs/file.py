"""A file of a version, as fsspec has files: read anywhere, by ranges that grow while they are in order."""

from typing import Any

from fsspec.caching import BaseCache, register_cache
from fsspec.spec import AbstractBufferedFile

from dvdata.fs.place import Place

BLOCK = 16 * 1024 * 1024
_LEAST = 128 * 1024


class GrowingCache(BaseCache):  # type: ignore[misc]
    """Reads ahead little where reads jump, as in Parquet and TIFF, and twice as much each time they go on in
    order.
    """

    name = "growing"

    def __init__(self, blocksize: int, fetcher: Any, size: int) -> None:
        super().__init__(blocksize, fetcher, size)
        self._at = 0
        self._kept = b""
        self._ahead = _LEAST

    def _fetch(self, start: int | None, stop: int | None) -> bytes:
        start = start or 0
        stop = self.size if stop is None else min(stop, self.size)
        if start >= stop:
            return b""
        end = self._at + len(self._kept)
        if not (self._at <= start <= end) and stop - start > self.blocksize:
            return bytes(self.fetcher(start, stop))
        if not (self._at <= start and stop <= end):
            if self._at <= start <= end and end > 0:
                self._ahead = min(2 * self._ahead, self.blocksize)
                self._kept = self._kept[start - self._at :] + self.fetcher(end, self._until(stop))
            else:
                self._ahead = _LEAST
                self._kept = self.fetcher(start, self._until(stop))
            self._at = start
        return self._kept[start - self._at : stop - self._at]

    def _until(self, stop: int) -> int:
        return int(min(stop + self._ahead, self.size))


register_cache(GrowingCache, clobber=True)


class DvFile(AbstractBufferedFile):  # type: ignore[misc]
    """A file that is read. Its version stays what it was when it was opened, also where it is unpickled."""

    DEFAULT_BLOCK_SIZE = BLOCK

    def __init__(self, fs: Any, place: Place, **options: Any) -> None:
        self._place = place
        super().__init__(fs, place.name, mode="rb", size=place.file.size, **options)
        self.details = place.info()

    def _fetch_range(self, start: int, end: int) -> bytes:
        return self._place.read_ranges([(start, end)])[0]

    def __reduce__(self) -> tuple[Any, ...]:
        pinned = self._place.pinned
        return _reopened, (self.fs, pinned, self.blocksize, self.cache.name, self.loc)


def _reopened(fs: Any, path: str, block_size: int, cache_type: str, position: int) -> Any:
    file = fs.open(path, "rb", block_size=block_size, cache_type=cache_type)
    file.seek(position)
    return file
