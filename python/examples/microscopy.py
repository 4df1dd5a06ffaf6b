"""A screen of five plates in the shape of a microscope's, cut from scikit-image's picture of stained tissue.

Each well is one OME-TIFF of five dimensions (T, C, Z, Y, X): two time points, three channels, three
planes of focus, 64 x 64 pixels of 16 bits. The channels are the picture's own: two stains, unmixed
(haematoxylin, DAB), and the light that came through. Planes out of focus are blurred and between the time
points the stage has moved by a pixel, since a picture has neither depth nor time.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pandas as pd
import tifffile
from scipy.ndimage import gaussian_filter
from skimage import color, data

PLATES = 5
ROWS, COLUMNS = "ABCDEFGH", range(1, 13)
SIZE, STEP = 64, 20
CHANNELS = ("haematoxylin", "brightfield", "DAB")
LINES = ("AICS-13", "AICS-23")
DRUGS = ("none", "paclitaxel", "nocodazole")


def plate_table() -> pd.DataFrame:
    """One row a well: where its image is, what grew in it, and where in the picture it was cut."""
    rows = []
    across = (512 - SIZE) // STEP + 1
    # The same at every run: which well was cut where is drawn once, from a seed.
    places = np.random.default_rng(2018).permutation(across * across)
    for number, (plate, row, column) in enumerate(
        (p, r, c) for p in range(1, PLATES + 1) for r in ROWS for c in COLUMNS
    ):
        well = f"{row}{column:02}"
        y, x = divmod(int(places[number % len(places)]), across)
        rows.append(
            {
                "image": f"images/plate{plate}/{well}.ome.tiff",
                "plate": plate,
                "well": well,
                "line": LINES[column % 2],
                "drug": DRUGS[ord(row) % 3],
                "dose": 0.0 if ord(row) % 3 == 0 else round(0.1 * column, 1),
                "y": y * STEP,
                "x": x * STEP,
            }
        )
    return pd.DataFrame(rows)


def images(table: pd.DataFrame, *, lamp: float = 1.0) -> Iterator[tuple[str, bytes]]:
    """The OME-TIFF of each row, as (path, bytes); a `lamp` below 1 dims what it shows, as an old one does."""
    picture = data.immunohistochemistry()
    haematoxylin, _, dab = np.moveaxis(np.clip(color.rgb2hed(picture), 0, None), -1, 0)
    channels = np.stack([haematoxylin, color.rgb2gray(picture), dab], axis=-1)
    scaled = channels / channels.reshape(-1, 3).max(axis=0) * 60_000 * lamp
    planes = [gaussian_filter(scaled, sigma=(sigma, sigma, 0)) for sigma in (0, 1, 2)]
    for row in table.itertuples():
        array = np.empty((2, 3, 3, SIZE, SIZE), np.uint16)
        for time in range(2):
            y, x = min(row.y + time, 512 - SIZE), row.x
            for z, plane in enumerate(planes):
                array[time, :, z] = np.moveaxis(plane[y : y + SIZE, x : x + SIZE], -1, 0)
        yield row.image, ome_tiff(array)


def ome_tiff(array: np.ndarray) -> bytes:
    target = io.BytesIO()
    metadata = {
        "axes": "TCZYX",
        "Channel": {"Name": list(CHANNELS)},
        "PhysicalSizeX": 0.5,
        "PhysicalSizeY": 0.5,
    }
    tifffile.imwrite(target, array, ome=True, photometric="minisblack", compression="zlib", metadata=metadata)
    return target.getvalue()


def features(path: str, array: np.ndarray) -> dict[str, object]:
    """What a classifier sees of an image: mean and spread of each channel, in focus, at the first time."""
    sharp = array[0, :, 0].astype(float)
    found: dict[str, object] = {"image": path}
    for name, channel in zip(CHANNELS, sharp, strict=True):
        found[f"{name}_mean"] = round(float(channel.mean()), 1)
        found[f"{name}_spread"] = round(float(channel.std()), 1)
    return found
