"""The notebooks of `examples/`, run one after the other as a reader would, on a store of their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dvdata import program

EXAMPLES = Path(__file__).parents[1] / "examples"
nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("skimage")
pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, dv: list[str]) -> Iterator[dict[str, str]]:
    """What all cells of each notebook gave, as text; one story over the three."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copy(EXAMPLES / "microscopy.py", folder)
    kept = dict(os.environ)
    os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = str(folder)
    os.environ["DV_EXAMPLES"] = str(folder / "lab")
    for name, value in (("name", "Ada Lovelace"), ("email", "ada@example.org")):
        program.run("config", "set", "--global", f"user.{name}", value, cwd=folder)

    told = {}
    try:
        for file in sorted(EXAMPLES.glob("*.ipynb")):
            notebook = nbformat.read(file, as_version=4)
            assert not any(cell.get("outputs") for cell in notebook.cells), (
                f"{file.name} has outputs: clear them"
            )
            client = nbclient.NotebookClient(
                notebook, timeout=600, resources={"metadata": {"path": str(folder)}}
            )
            client.execute()
            told[file.stem] = "\n".join(
                _text(output) for cell in notebook.cells for output in cell.get("outputs", [])
            )
            kept_at = kept.get("DV_EXAMPLES_KEEP")
            if kept_at:
                nbformat.write(notebook, Path(kept_at) / file.name)
    finally:
        os.environ.clear()
        os.environ.update(kept)
    yield told


def _text(output: Any) -> str:
    """HTML too, since that is what a reader sees."""
    data = output.get("data", {})
    return "\n".join(
        [
            output.get("text", ""),
            output.get("ename", ""),
            output.get("evalue", ""),
            data.get("text/plain", ""),
            data.get("text/html", ""),
        ]
    )


def test_a_week_of_a_microscope_becomes_a_package(run: dict[str, str]) -> None:
    told = run["1-publish"]
    assert "480 rows: metadata of 480 paths changed" in told
    assert "checks passed" in told
    assert "<b>features.csv</b>, 480 rows" in told
    assert "new tag" in told


def test_a_model_is_trained_on_what_fits_a_laptop(run: dict[str, str]) -> None:
    told = run["2-train"]
    assert "(192, 'of 484')" in told
    assert "((2, 3, 3, 64, 64), dtype('uint16'), 'TCZYX')" in told
    assert '<img width="64" height="64"' in told
    assert "<what was read: 192 files of 1 versions>" in told
    assert "Features of AICS-23" in told


def test_drift_is_found_and_the_paper_stands(run: dict[str, str]) -> None:
    told = run["3-drift"]
    assert "0 added, 0 removed, 96 changed, 384 unchanged" in told
    assert "checks failed" in told
    assert "statistic of 'brightfield_mean' against the parent is 0.14" in told
    assert "2 of 12 rules do not hold, so nothing was pushed" in told
    assert "<the same bytes: " in told
