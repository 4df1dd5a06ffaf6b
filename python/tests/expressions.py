"""The small tree of spec/vectors/expressions.json, as both forms of the language are asked about it."""

import json
from pathlib import Path
from typing import Any

from dvdata.expression import Column, Key, Value, directory_of, extension_of, name_of
from dvdata.expression.dates import parse_date
from dvdata.expression.rows import Lookup
from dvdata.format.metadata import date_of

VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/expressions.json").read_text())
ENTRIES: dict[str, dict[str, Any]] = {entry["path"]: entry for entry in VECTORS["entries"]}


def value_of(told: Any) -> Value:
    """spec/14-apply.md, "Metadata"."""
    match told:
        case {"int64": digits}:
            return int(digits)
        case {"float64": number}:
            return float(number)
        case {"date": text}:
            time = parse_date(text)
            assert time is not None
            return date_of(time)
        case list():
            return tuple(value_of(item) for item in told)  # type: ignore[misc]
    return told  # type: ignore[no-any-return]


def effective(path: str) -> dict[str, Value]:
    """Its own metadata over that of the directories above it, the nearest first."""
    keys: dict[str, Value] = {}
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        told = ENTRIES.get("/".join(parts[:depth]), {"metadata": {}})["metadata"]
        keys.update({key: value_of(value) for key, value in told.items()})
    return keys


def lookup_of(path: str) -> Lookup:
    entry = ENTRIES[path]
    kind = entry.get("kind", "file")
    columns = {
        "path": path,
        "directory": directory_of(path),
        "name": name_of(path),
        "extension": extension_of(path),
        "kind": kind,
        "size": entry.get("size", 0),
        "id": "0" * 64 if kind in ("file", "executable") else None,
    }
    keys = effective(path)

    def lookup(named: "Column | Key") -> Value:
        return columns[named.name] if isinstance(named, Column) else keys.get(named.name)

    return lookup
