"""What a transaction asks for, as the lines of spec/14-apply.md."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dvdata.errors import BadInput

# JSON's numbers are exact up to here; larger ones travel as text.
_EXACT = 2**53


@dataclass
class Change:
    """What is to become of one path; what is not said stays as it is."""

    file: Path | None = None
    """The bytes it gets."""
    executable: bool | None = None
    target: str | None = None
    """The link it becomes."""
    deleted: bool = False
    """What stood there goes first, metadata too."""
    meta: dict[str, Any] = field(default_factory=dict)
    """Metadata that is set, as JSON has it; None is taken away."""

    @property
    def is_put(self) -> bool:
        return self.file is not None or self.target is not None

    def lines(self, path: str, expected: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`expected`: nothing, or `expect` with what must still stand there."""
        values = {name: value for name, value in self.meta.items() if value is not None}
        unset = [name for name, value in self.meta.items() if value is None]
        if not self.is_put:
            if self.deleted and values:
                raise BadInput(f"'{path}' is taken away, and there is nothing to carry metadata")
            if self.deleted:
                return [{"op": "delete", "path": path, **expected}]
            return [{"op": "meta", "path": path, "set": values, "unset": unset, **expected}]
        if unset and not self.deleted:
            raise BadInput(
                f"'{path}' gets new bytes, and loses metadata: {', '.join(unset)}",
                hint=f"'del tx[{path!r}]' before it is set takes all of its metadata away",
            )
        before = [{"op": "delete", "path": path, "missingOk": True}] if self.deleted else []
        meta = {"meta": values} if values else {}
        if self.file is None:
            return [*before, {"op": "symlink", "path": path, "target": self.target, **meta, **expected}]
        mode = {} if self.executable is None else {"executable": self.executable}
        return [*before, {"op": "put", "path": path, "from": str(self.file), **mode, **meta, **expected}]


def metadata(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name, as lines have them; None stays."""
    if "" in values:
        raise BadInput("A name of metadata is empty", code="DV_BAD_VALUE", details={"key": ""})
    return {name: None if value is None else metadata_value(name, value) for name, value in values.items()}


def metadata_value(name: str, value: Any) -> Any:
    """A value as lines have it: JSON, with the types that JSON lacks. Times without a zone are UTC."""
    if isinstance(value, (list, tuple)):
        return [metadata_value(name, item) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value if abs(value) <= _EXACT else {"int64": str(value)}
    if isinstance(value, float):
        return _number(value)
    # A time that is none, as pandas has it, is not equal to itself.
    if isinstance(value, datetime.datetime) and value == value:
        zoned = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        # Milliseconds are what dv keeps.
        return {"date": zoned.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds")[:-6] + "Z"}
    if isinstance(value, datetime.date) and value == value:
        return {"date": value.isoformat()}
    raise BadInput(
        f"Metadata '{name}' cannot be {value!r}, of type '{type(value).__name__}'",
        hint="texts, numbers of 64 bits, booleans, dates, and lists of these; None takes it away",
        code="DV_BAD_VALUE",
        details={"key": name, "type": type(value).__name__},
    )


def _number(value: float) -> dict[str, Any]:
    """Always said to be one with a fraction: 1.0 is not the whole number 1."""
    if math.isnan(value):
        return {"float64": "NaN"}
    if math.isinf(value):
        return {"float64": "Infinity" if value > 0 else "-Infinity"}
    if value == 0 and math.copysign(1, value) < 0:
        return {"float64": "-0"}
    return {"float64": value}
