"""Bytes by name, over any fsspec URL; and what was read once, kept on disk by content.

Knows nothing of what bytes mean, but for mutable names: their version files are unwrapped.
"""

from dvdata.storage.cache import Cache, default_cache
from dvdata.storage.folder import Folder
from dvdata.storage.open import open_storage
from dvdata.storage.port import Storage
from dvdata.storage.ranges import Run, runs_of
from dvdata.storage.threads import each_concurrently, in_order

__all__ = [
    "Cache",
    "Folder",
    "Run",
    "Storage",
    "default_cache",
    "each_concurrently",
    "in_order",
    "open_storage",
    "runs_of",
]
