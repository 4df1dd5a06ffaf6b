"""The language of `--where`: which entries are meant, said of their path, kind, size and metadata.

Spec: spec/21-expressions.md.
"""

from dvdata.expression.bounds import Bound, bounds_of
from dvdata.expression.names import COLUMNS, columns_of, directory_of, extension_of, keys_of, name_of
from dvdata.expression.parser import parse
from dvdata.expression.rows import answer, is_true
from dvdata.expression.syntax import Column, Expression, Key
from dvdata.expression.values import Value

__all__ = [
    "COLUMNS",
    "Bound",
    "Column",
    "Expression",
    "Key",
    "Value",
    "answer",
    "bounds_of",
    "columns_of",
    "directory_of",
    "extension_of",
    "is_true",
    "keys_of",
    "name_of",
    "parse",
]
