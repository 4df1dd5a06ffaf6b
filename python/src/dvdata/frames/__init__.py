"""Tables that were parsed once, kept as Arrow files: parsing a CSV again costs mapping a file into memory.

What is kept is named by the content's id, how it was read, and the versions of what reads: the same name is
always the same frame. A frame is kept only if it came back equal when it was written, and its file is held
against a checksum before it is given. Whatever goes wrong here costs time and nothing else.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from blake3 import blake3

from dvdata.frames.arrow import is_same, is_sound, read, write
from dvdata.storage import Cache

__all__ = ["LEAST", "Kept", "cached"]

LEAST = 256 * 1024
"""Bytes of a file below which parsing it again is no slower."""

_FORM = 1
"""Changes whenever the same frame would be written in another way."""


class Kept(NamedTuple):
    """Content that tables are made of, and the cache that they are kept in."""

    id: bytes
    size: int
    cache: Cache | None


def cached(source: object, loader: str, options: Mapping[str, Any], load: Callable[[], Any]) -> Any:
    """What `load` gives, kept if it is a DataFrame. `loader` and `options` say all that it depends on.

    `source`: what is loaded. Its method `kept`, if it has one, gives a `Kept` and notes that it is read.
    """
    kept: Kept | None = source.kept() if hasattr(source, "kept") else None
    if kept is None or kept.cache is None or kept.size < LEAST:
        return load()
    name = _name(kept.id, loader, options)
    if name is None:
        return load()
    path = kept.cache.path(name, is_sound)
    if path is not None:
        with suppress(Exception):
            return read(path)
    frame = load()
    with suppress(Exception):
        _keep(kept.cache, name, frame)
    return frame


def _name(id: bytes, loader: str, options: Mapping[str, Any]) -> str | None:
    """What the frame is called in the cache; None where it cannot be kept."""
    with suppress(ImportError, TypeError):
        pandas, pyarrow = import_module("pandas"), import_module("pyarrow")
        versions = [_FORM, pandas.__version__, pyarrow.__version__, *_settings(pandas)]
        key = json.dumps([versions, id.hex(), loader, _plain(options)], sort_keys=True)
        digest = blake3(key.encode("utf-8", "surrogatepass")).hexdigest()
        return f"frames/{digest[:2]}/{digest}"
    return None


def _settings(pandas: Any) -> list[str]:
    """What else says how texts are read."""
    options = ["mode.string_storage"]
    if pandas.__version__.startswith("2."):
        options.append("future.infer_string")
    found = []
    for option in options:
        with suppress(KeyError, AttributeError):
            found.append(repr(pandas.get_option(option)))
    return found


def _plain(value: Any) -> Any:
    """Options as JSON in which different ones differ; TypeError for what has no text, as functions."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return [type(value).__name__, repr(value)]
    if isinstance(value, Mapping):
        return ["mapping", sorted([_plain(key), _plain(entry)] for key, entry in value.items())]
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [type(value).__name__, [_plain(entry) for entry in value]]
    if value in (bool, int, float, str, object):
        return ["type", value.__name__]
    raise TypeError(f"{type(value).__name__} has no text that stands for it")


def _keep(cache: Cache, name: str, frame: Any) -> None:
    """Adds a frame, if its file gives it back as it is; any exception says that it does not."""
    if not isinstance(frame, import_module("pandas").DataFrame):
        return

    def write_checked(path: Path) -> None:
        write(path, frame)
        if not is_same(read(path), frame):
            raise ValueError("it comes back as another frame")

    cache.add(name, write_checked)
