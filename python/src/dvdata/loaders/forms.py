"""The forms that are known, each with the endings of its names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dvdata.loaders.arrays import npy, npz
from dvdata.loaders.images import picture, tiff
from dvdata.loaders.json import json, json_lines
from dvdata.loaders.notebooks import notebook
from dvdata.loaders.tables import arrow, csv, excel, parquet, tsv
from dvdata.loaders.text import data, text
from dvdata.loaders.zarr import zarr

Loader = Callable[..., Any]


@dataclass(frozen=True)
class Form:
    what: str
    """As messages call it."""
    load: Loader
    endings: tuple[str, ...] = ()
    code: str = "DV_BAD_TABLE"
    """Of spec/errors.md: what a file is that cannot be read as this."""
    packed: bool = False
    """Whether it may also be compressed, `a.csv.gz`: it is then read from front to back."""


_PROSE = (".txt", ".md", ".rst", ".log", ".tex", ".bib", ".html", ".svg", ".xml")
_CODE = (".py", ".r", ".jl", ".sql", ".sh", ".js", ".ts", ".css", ".yaml", ".yml", ".toml", ".ini", ".cfg")

TEXT = Form("text", text, _PROSE + _CODE, code="DV_BAD_ENCODING", packed=True)
TEXT_NAMES = {"readme", "license", "makefile", "dockerfile", "dv.lock", ".dvignore", ".dvattributes"}
ZARR = Form("Zarr", zarr, code="DV_BAD_IMAGE")

FORMS = (
    Form("CSV", csv, (".csv",), packed=True),
    Form("TSV", tsv, (".tsv", ".tab"), packed=True),
    Form("JSON", json, (".json",), packed=True),
    Form("JSON", data, (".geojson", ".topojson"), packed=True),
    Form("JSON Lines", json_lines, (".jsonl", ".ndjson"), packed=True),
    Form("Parquet", parquet, (".parquet",)),
    Form("Arrow", arrow, (".arrow", ".feather")),
    Form("Excel", excel, (".xlsx", ".xlsm", ".xls")),
    Form("a NumPy array", npy, (".npy",), code="DV_BAD_IMAGE"),
    Form("NumPy arrays", npz, (".npz",), code="DV_BAD_IMAGE"),
    Form("a picture", picture, (".png", ".jpg", ".jpeg"), code="DV_BAD_IMAGE"),
    Form("TIFF", tiff, (".tif", ".tiff"), code="DV_BAD_IMAGE"),
    Form("a notebook", notebook, (".ipynb",), packed=True),
    TEXT,
)
