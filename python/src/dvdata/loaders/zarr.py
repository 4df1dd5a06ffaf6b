"""A folder that is a Zarr store, version 2 or 3, read through: a chunk is read when it is asked for."""

from typing import Any

from dvdata.loaders.source import Folder
from dvdata.optional import needed

MARKERS = ("zarr.json", ".zgroup", ".zarray")


def zarr(folder: Folder, **options: Any) -> Any:
    library = needed("zarr", "zarr")
    from dvdata.loaders.zarr_store import FolderStore

    return library.open(FolderStore(folder), **{"mode": "r", **options})
