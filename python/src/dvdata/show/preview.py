"""A first look at a file: a thumbnail, the first rows, the first lines.

Of small files only, and never a reason to fail.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from dvdata.entry import Entry
from dvdata.loaders import load
from dvdata.show.html import Html, picture, table, tag

# What is shown may be looked at only for being shown: no more than this is fetched for it.
BYTES_MOST = 8_000_000
ROWS, COLUMNS, LINES, LETTERS = 5, 12, 12, 120
THUMBNAIL = 160


@dataclass(frozen=True)
class Unnoted:
    """An entry as loaders see it; a look is no use of data, so `dv.reads()` does not learn of it."""

    entry: Entry

    @property
    def name(self) -> str:
        return self.entry.name

    def open(self) -> io.RawIOBase:
        return self.entry._version.store.open(self.entry._stored)

    def read(self) -> bytes:
        with self.open() as file:
            return file.readall()

    def path(self) -> str:
        return self.entry._version.store.path(self.entry._stored)


def preview(entry: Entry) -> Html:
    """Markup, or nothing where the file is large, of no known form, or cannot be read."""
    if entry.kind == "symlink" or entry.size > BYTES_MOST:
        return Html("")
    try:
        return _look(load(Unnoted(entry)))
    except Exception:
        # A package that is missing, a form that is broken: whoever loads the entry is told.
        return Html("")


def _look(value: Any) -> Html:
    if hasattr(value, "columns"):
        return _rows(value)
    if hasattr(value, "ndim"):
        return thumbnail(value, getattr(value, "axes", "") or ("YX" if value.ndim == 2 else ""))
    return _lines(value) if isinstance(value, str) else Html("")


def _lines(text: str) -> Html:
    lines = [line[:LETTERS] for line in text.splitlines()[: LINES + 1]]
    more = ["…"] if len(lines) > LINES else []
    return tag("div", *(tag("div", line, of="id") for line in [*lines[:LINES], *more]))


def _rows(frame: Any) -> Html:
    names = list(frame.columns)[:COLUMNS]
    rows = frame[names].head(ROWS).itertuples(index=False)
    left_out = len(frame) - min(ROWS, len(frame))
    return table(names, ([_cell(value) for value in row] for row in rows), left_out=left_out)


def _cell(value: Any) -> Any:
    return value if isinstance(value, (int, float)) else str(value)[:LETTERS]


def thumbnail(array: Any, axes: str) -> Html:
    """The plane in the middle of all axes but Y and X (and samples), stretched to what the eye can see."""
    import numpy as np

    kept = "YXS" if "S" in axes and array.shape[axes.index("S")] in (3, 4) else "YX"
    if not set("YX") <= set(axes):
        return Html("")
    middle = (
        slice(None) if axis in kept else size // 2 for axis, size in zip(axes, array.shape, strict=True)
    )
    plane = np.asarray(array)[tuple(middle)]
    left = [axis for axis in axes if axis in kept]
    plane = plane.transpose([left.index(axis) for axis in kept]).astype(np.float64)
    step = max(1, -(-max(plane.shape[:2]) // THUMBNAIL))
    small = plane[::step, ::step, :3] if plane.ndim == 3 else plane[::step, ::step]
    finite = small[np.isfinite(small)]
    low, high = np.percentile(finite, (1, 99)) if finite.size else (0, 1)
    if array.dtype == np.uint8:
        low, high = 0, 255
    grey = np.clip((np.nan_to_num(small) - low) / max(high - low, 1e-300) * 255, 0, 255).astype(np.uint8)
    channels = 3 if grey.ndim == 3 else 1
    rows = [row.tobytes() for row in np.ascontiguousarray(grey).reshape(grey.shape[0], -1)]
    return picture(rows, channels=channels, alt=f"{axes} {array.shape} {array.dtype}")
