"""An array that knows its axes. Imports numpy, so it is itself imported when the first picture is loaded."""

from __future__ import annotations

from typing import Any

from dvdata.optional import needed

np = needed("numpy", "images")


class AxesArray(np.ndarray):  # type: ignore[misc,name-defined]
    """`axes` has a letter for each dimension; it is '' for what was computed from it or cut out of it."""

    axes = ""

    @classmethod
    def of(cls, array: Any, axes: str) -> AxesArray:
        labelled: AxesArray = array.view(cls)
        labelled.axes = axes
        return labelled

    def __reduce__(self) -> Any:
        # Workers of data loaders hand arrays over: numpy's own way forgets the axes.
        return AxesArray.of, (np.asarray(self), self.axes)
