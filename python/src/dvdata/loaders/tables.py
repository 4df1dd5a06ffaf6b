"""Tables: as pandas has them, on request as polars or pyarrow do. Options are those of what reads."""

from collections.abc import Callable
from functools import partial
from typing import Any

from dvdata.errors import BadInput
from dvdata.frames import cached
from dvdata.loaders.source import Source, stream
from dvdata.optional import needed

Reader = Callable[..., Any]


class TableForm:
    """One form of tables: how each library reads it."""

    def __init__(self, *, pandas: Reader, polars: Reader, pyarrow: Reader) -> None:
        self.__readers = {"pandas": pandas, "polars": polars, "pyarrow": pyarrow}

    def __call__(self, source: Source, *, as_: str = "pandas", **options: Any) -> Any:
        reader = self.__readers.get(as_)
        if reader is None:
            raise BadInput(f"A table is read as 'pandas', 'polars' or 'pyarrow', not as '{as_}'")
        return reader(source, **options)


def pandas() -> Any:
    return needed("pandas", "pandas")


def polars() -> Any:
    return needed("polars", "polars")


def _csv_pandas(source: Source, separator: str, **options: Any) -> Any:
    options = {"sep": separator, **options}

    def parse() -> Any:
        with stream(source) as file:
            return pandas().read_csv(file, **options)

    return cached(source, "csv", options, parse)


def _csv_polars(source: Source, separator: str, **options: Any) -> Any:
    return polars().read_csv(source.read(), **{"separator": separator, **options})


def _csv_pyarrow(source: Source, separator: str, **options: Any) -> Any:
    from_csv = needed("pyarrow.csv", "arrow")
    with stream(source) as file:
        return from_csv.read_csv(
            file, **{"parse_options": from_csv.ParseOptions(delimiter=separator), **options}
        )


def _separated(separator: str) -> TableForm:
    return TableForm(
        pandas=partial(_csv_pandas, separator=separator),
        polars=partial(_csv_polars, separator=separator),
        pyarrow=partial(_csv_pyarrow, separator=separator),
    )


csv = _separated(",")
tsv = _separated("\t")


def _parquet_pandas(source: Source, **options: Any) -> Any:
    needed("pyarrow", "arrow")
    with stream(source) as file:
        return pandas().read_parquet(file, **options)


def _parquet_polars(source: Source, **options: Any) -> Any:
    with stream(source) as file:
        return polars().read_parquet(file, **options)


def _parquet_pyarrow(source: Source, **options: Any) -> Any:
    with stream(source) as file:
        return needed("pyarrow.parquet", "arrow").read_table(file, **options)


parquet = TableForm(pandas=_parquet_pandas, polars=_parquet_polars, pyarrow=_parquet_pyarrow)


def _arrow_pyarrow(source: Source, columns: list[str] | None = None) -> Any:
    """Mapped into memory from the cached file: columns that nobody touches cost nothing."""
    arrow = needed("pyarrow", "arrow")
    file = arrow.memory_map(source.path())
    magic = file.read(6)
    file.seek(0)
    if magic == b"ARROW1":
        table = arrow.ipc.open_file(file).read_all()
    elif magic.startswith(b"FEA1"):
        table = needed("pyarrow.feather", "arrow").read_table(file)
    else:
        table = arrow.ipc.open_stream(file).read_all()
    return table if columns is None else table.select(columns)


def _arrow_pandas(source: Source, columns: list[str] | None = None, **options: Any) -> Any:
    pandas()
    return _arrow_pyarrow(source, columns).to_pandas(**options)


def _arrow_polars(source: Source, columns: list[str] | None = None, **options: Any) -> Any:
    return polars().from_arrow(_arrow_pyarrow(source, columns), **options)


arrow = TableForm(pandas=_arrow_pandas, polars=_arrow_polars, pyarrow=_arrow_pyarrow)


def _excel_pandas(source: Source, **options: Any) -> Any:
    needed("openpyxl", "excel")
    with stream(source) as file:
        return needed("pandas", "excel").read_excel(file, **options)


def _excel_polars(source: Source, **options: Any) -> Any:
    needed("openpyxl", "excel")
    return polars().read_excel(source.read(), **{"engine": "openpyxl", **options})


def _excel_pyarrow(source: Source, **options: Any) -> Any:
    return needed("pyarrow", "arrow").Table.from_pandas(_excel_pandas(source, **options))


excel = TableForm(pandas=_excel_pandas, polars=_excel_polars, pyarrow=_excel_pyarrow)
