"""Pictures as arrays that know their axes, in the letters of OME and tifffile: T C Z Y X, S for samples."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from dvdata.errors import BadInput
from dvdata.loaders.labelled import labelled
from dvdata.loaders.source import Source, stream
from dvdata.optional import missing, needed

Axes = str

_AHEAD = 4096
"""A TIFF's directories are small and lie all over it."""


def picture(source: Source, *, as_: str = "numpy") -> Any:
    # Not Pillow: it cuts colours of 16 bits down to 8. Not `imread`: it tries all codecs, and some crash.
    codecs = needed("imagecodecs", "images")
    data = source.read()
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        pixels = codecs.png_decode(data)
    elif data.startswith(b"\xff\xd8\xff"):
        pixels = codecs.jpeg_decode(data)
    else:
        raise ValueError("it begins like no PNG or JPEG")
    return labelled(pixels, "YX" if pixels.ndim == 2 else "YXS", as_)


def tiff(
    source: Source,
    *,
    as_: str = "numpy",
    key: Any = None,
    series: int = 0,
    level: int = 0,
    **choice: int | slice,
) -> Any:
    """All of the first series; of an OME-TIFF with all axes it declares, those of length one too.

    Only what is needed is read for `key` (pages, counted from 0) and for a choice by axis:
    `p["a.ome.tif"](T=0, C=1, Y=slice(0, 512))`.
    """
    with _compressed(), stream(source, _AHEAD) as file, _opened(file) as tif:
        if key is not None:
            return labelled(*_pages(tif, key, series, choice), as_)
        whole = _series(tif, series)
        if choice:
            return labelled(*_chosen(whole, level, choice), as_)
        array = whole.asarray(level=level, squeeze=not tif.is_ome)
        axes = whole.get_axes(squeeze=not tif.is_ome)
        # Grey pixels are samples of one number: an axis that only some readers show.
        if tif.is_ome and axes.endswith("S") and array.shape[-1] == 1:
            array, axes = array[..., 0], axes[:-1]
        return labelled(array, axes, as_)


def _opened(file: IO[bytes]) -> Any:
    """One file, whatever others its OME-XML names."""
    return needed("tifffile", "images").TiffFile(file, _multifile=False)


def _series(tif: Any, number: int) -> Any:
    if not 0 <= number < len(tif.series):
        raise BadInput(f"It has {len(tif.series)} series, counted from 0; there is no series {number}")
    return tif.series[number]


def _pages(tif: Any, key: Any, series: int, choice: dict[str, Any]) -> tuple[Any, Axes]:
    if choice:
        raise BadInput("Pages are chosen either by `key` or by their axes, not by both")
    array = tif.asarray(key=key, series=series)
    inner = tif.series[series].keyframe.axes
    return array, "I" * (array.ndim - len(inner)) + inner


def _chosen(whole: Any, level: int, choice: dict[str, Any]) -> tuple[Any, Axes]:
    """What lies at these places of the axes, through tiles and strips: others are not read."""
    axes = whole.get_axes(squeeze=False)
    unknown = [name for name in choice if name not in axes]
    if unknown:
        raise BadInput(f"There is no axis '{unknown[0]}', the axes are {axes}", details={"axes": axes})
    zarr = needed("zarr", "zarr")
    array = zarr.open_array(whole.aszarr(level=level, squeeze=False), mode="r")
    if "S" in axes and array.shape[axes.index("S")] == 1:
        choice = {"S": 0, **choice}
    place = tuple(choice.get(axis, slice(None)) for axis in axes)
    left = "".join(axis for axis in axes if not isinstance(choice.get(axis), int))
    return needed("numpy", "images").asarray(array[place]), left


@contextmanager
def _compressed() -> Iterator[None]:
    """tifffile says only in words that a codec is not installed."""
    try:
        yield
    except ValueError as error:
        if "imagecodecs" in str(error):
            raise missing("imagecodecs", "images") from error
        raise
