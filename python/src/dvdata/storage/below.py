"""Stores below a folder or a prefix of a bucket, found without looking into any of them."""

import posixpath
from collections.abc import Iterator
from typing import Any

import fsspec

from dvdata.errors import NotFound, Unsupported
from dvdata.storage.failures import failure_of, missing_dependency

_MARKER = "dv.json"
_DEPTH = 6


def stores_below(url: str, options: dict[str, Any]) -> Iterator[str]:
    """Their addresses, which begin as the given one does, in the order of their names."""
    if url.startswith(("http://", "https://")):
        raise Unsupported(
            f"A web server does not tell which repositories are below {url!r}",
            hint="open(URL) opens one whose address is known",
        )
    try:
        fs, top = fsspec.url_to_fs(url, **options)
    except (ValueError, ImportError) as error:
        raise missing_dependency(error, url) from error
    top = top.rstrip("/")
    fs.invalidate_cache()
    try:
        entries = _listed(fs, top)
    except FileNotFoundError:
        raise NotFound(f"There is nothing at {url!r}", details={"url": url}) from None
    except Exception as error:
        raise failure_of(error, url) from error
    for found in _below(fs, top, entries, _DEPTH):
        yield url.rstrip("/") + found[len(top) :]


def _below(fs: Any, folder: str, entries: list[dict[str, Any]], depth: int) -> Iterator[str]:
    """The store of a working directory is found in its `.dv`. Links are not followed."""
    if any(_name(entry) == _MARKER and entry["type"] == "file" for entry in entries):
        yield folder
        return
    for entry in entries if depth else []:
        if entry["type"] == "directory" and not entry.get("islink") and _name(entry):
            inside = entry["name"].rstrip("/")
            try:
                listed = _listed(fs, inside)
            except (PermissionError, FileNotFoundError):
                continue  # One that may not be looked into does not hide the others.
            yield from _below(fs, inside, listed, depth - 1)


def _listed(fs: Any, folder: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fs.ls(folder or "/", detail=True)
    return sorted(found, key=lambda entry: str(entry["name"]))


def _name(entry: dict[str, Any]) -> str:
    return posixpath.basename(str(entry["name"]).rstrip("/"))
