"""Texts, and JSON that is no table."""

import json
from typing import Any

from dvdata.loaders.source import Source


def text(source: Source, encoding: str = "utf-8") -> str:
    return source.read().decode(encoding)


def data(source: Source) -> Any:
    return json.loads(source.read())
