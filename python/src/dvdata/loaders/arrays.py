"""NumPy's own files."""

from typing import Any

from dvdata.errors import BadInput
from dvdata.loaders.source import Source, stream
from dvdata.optional import needed


def npy(source: Source, mmap_mode: str | None = "r", allow_pickle: bool = False) -> Any:
    # The mapped file is the cache's, which other processes read too.
    if mmap_mode not in ("r", "c", None):
        raise BadInput(f"An array is opened with mmap_mode 'r', 'c' or None, not '{mmap_mode}'")
    np = needed("numpy", "pandas")
    if mmap_mode is not None and _can_be_mapped(np, source):
        return np.load(source.path(), mmap_mode=mmap_mode)
    with stream(source) as file:
        return np.load(file, allow_pickle=allow_pickle)


def npz(source: Source, allow_pickle: bool = False) -> Any:
    # Reads an array when it is asked for, so the stream stays open with what is returned.
    return needed("numpy", "pandas").load(stream(source), allow_pickle=allow_pickle)


def _can_be_mapped(np: Any, source: Source) -> bool:
    """No system maps nothing into memory, and objects are not in the file as memory has them."""
    header = np.lib.format
    with stream(source) as file:
        major, _ = header.read_magic(file)
        read = header.read_array_header_1_0 if major == 1 else header.read_array_header_2_0
        shape, _, dtype = read(file)
    return 0 not in shape and not dtype.hasobject
