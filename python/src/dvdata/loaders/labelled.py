"""Arrays with a letter for each axis."""

from typing import Any

from dvdata.errors import BadInput
from dvdata.optional import needed


def labelled(array: Any, axes: str, as_: str) -> Any:
    """As an array with `.axes`, or as an xarray.DataArray with these dimensions."""
    if as_ == "numpy":
        from dvdata.loaders.axes_array import AxesArray

        return AxesArray.of(array, axes)
    if as_ == "xarray":
        return needed("xarray", "zarr").DataArray(array, dims=list(axes))
    raise BadInput(f"A picture is read as 'numpy' or 'xarray', not as '{as_}'")
