"""Notebooks, as nbformat has them."""

from typing import Any

from dvdata.loaders.source import Source
from dvdata.optional import needed


def notebook(source: Source, as_version: int = 4) -> Any:
    return needed("nbformat", "notebook").reads(source.read().decode(), as_version=as_version)
