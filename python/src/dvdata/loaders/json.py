"""JSON: tables where it holds one, else what it says; and JSON Lines, a row each."""

import io
import json as plain
from typing import Any

from dvdata.frames import cached
from dvdata.loaders.source import Source, stream
from dvdata.loaders.tables import TableForm, pandas, polars
from dvdata.optional import needed


def json(source: Source, *, as_: str | None = None, **options: Any) -> Any:
    """An array of objects, and what `DataFrame.to_json` writes, is a DataFrame; all else is dicts and lists.

    `as_="python"` gives these of any JSON; "pandas", "polars" and "pyarrow" ask for a table.
    """
    if as_ is None:
        return cached(source, "json", options, lambda: _table_or_value(source, **options))
    if as_ == "python":
        return plain.loads(source.read(), **options)
    return _table(source, as_=as_, **options)


def _table_or_value(source: Source, **options: Any) -> Any:
    raw = source.read()
    value = plain.loads(raw)
    orient = _orientation(value)
    return value if orient is None else pandas().read_json(io.BytesIO(raw), **{"orient": orient, **options})


def _orientation(value: Any) -> str | None:
    """Which of pandas' layouts of a table this is, if any."""
    if isinstance(value, list):
        return "records" if value and all(isinstance(row, dict) for row in value) else None
    if not isinstance(value, dict) or not value:
        return None
    if value.keys() == {"schema", "data"}:
        return "table"
    if value.keys() in ({"columns", "index", "data"}, {"columns", "data"}):
        return "split"
    columns = list(value.values())
    first = columns[0]
    if not isinstance(first, dict) or not all(
        isinstance(column, dict) and column.keys() == first.keys() for column in columns
    ):
        return None
    cells = (cell for column in columns for cell in column.values())
    return None if any(isinstance(cell, (dict, list)) for cell in cells) else "columns"


def _json_pandas(source: Source, **options: Any) -> Any:
    def parse() -> Any:
        with stream(source) as file:
            return pandas().read_json(file, **options)

    return cached(source, "json as a table", options, parse)


def _json_polars(source: Source, **options: Any) -> Any:
    return polars().read_json(source.read(), **options)


def _json_pyarrow(source: Source, **options: Any) -> Any:
    return needed("pyarrow", "arrow").Table.from_pylist(plain.loads(source.read()), **options)


_table = TableForm(pandas=_json_pandas, polars=_json_polars, pyarrow=_json_pyarrow)


def _lines_pandas(source: Source, **options: Any) -> Any:
    return _json_pandas(source, **{"lines": True, **options})


def _lines_polars(source: Source, **options: Any) -> Any:
    return polars().read_ndjson(source.read(), **options)


def _lines_pyarrow(source: Source, **options: Any) -> Any:
    with stream(source) as file:
        return needed("pyarrow.json", "arrow").read_json(file, **options)


json_lines = TableForm(pandas=_lines_pandas, polars=_lines_polars, pyarrow=_lines_pyarrow)
