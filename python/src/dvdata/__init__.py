"""Versions of data, opened from Python.

What is heavy is imported when it is first named (PEP 562): `import dvdata` alone stays cheap.
"""

from importlib import import_module
from typing import Any

from dvdata import errors

__all__ = ["errors"]

# The public names that are imported when first used: name -> the module that has it. One line for each.
_LAZY: dict[str, str] = {
    "open": "dvdata.repository",
    "packages": "dvdata.listing",
    "reads": "dvdata.readings",
    "register": "dvdata.loaders",
    "require": "dvdata.pins",
    "verify": "dvdata.verification",
}


def __getattr__(name: str) -> Any:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module 'dvdata' has no attribute '{name}'")
    return getattr(import_module(module), name)


def __dir__() -> list[str]:
    return sorted({*__all__, *_LAZY})
