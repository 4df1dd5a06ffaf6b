"""Packages that only parts of dvdata need: imported when used, and asked for by name when missing."""

from importlib import import_module
from typing import Any

from dvdata.errors import MissingDependency


def needed(module: str, extra: str) -> Any:
    """The module. `extra` is what `pip install "dv-data[extra]"` brings it with."""
    try:
        return import_module(module)
    except ImportError as error:
        raise missing(module.partition(".")[0], extra) from error


def missing(package: str, extra: str) -> MissingDependency:
    return MissingDependency(
        f"'{package}' is needed for this and cannot be imported",
        hint=f'pip install "dv-data[{extra}]"',
        details={"package": package, "extra": extra},
    )
