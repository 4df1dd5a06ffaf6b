"""What notebooks show: markup is dv's own alone, and every fact of a report is in it."""

from __future__ import annotations

import os
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvdata import errors
from dvdata.reports import Checks, Differences, Log, Profile, Status, report
from dvdata.show import html


class Reader(HTMLParser):
    """The elements of a page, and the text outside of <style>."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        if tag not in ("img", "rect"):
            self.open.append(tag)
        for name, value in attrs:
            assert name in ("class", "width", "height", "x", "y", "role", "alt", "src"), name
            assert name != "src" or (value or "").startswith("data:image/png;base64,")

    def handle_endtag(self, tag: str) -> None:
        if tag != "rect":
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def read(page: str) -> Reader:
    reader = Reader(page)
    assert reader.open == []
    return reader


@given(st.text() | st.binary().map(os.fsdecode))
def test_no_text_becomes_markup_or_stays_unseen(value: str) -> None:
    reader = read(html.shown(html.table(("name",), [(value,)])))
    assert reader.elements == ["style", "div", "table", "tr", "th", "tr", "td"]
    told = reader.text.removeprefix("name")
    assert all(character.isprintable() or character.isspace() for character in told)
    if value.isascii() and value.isprintable():
        assert told == value


def test_a_name_that_turns_writing_or_is_no_text_is_written_out() -> None:
    assert html.text("a\u202egnp.exe\n\x1b[2J") == "a\\u202egnp.exe\\n\\x1b[2J"
    assert html.text(os.fsdecode(b"\xff.csv")) == "\\udcff.csv"
    assert html.text("<b>&'\"") == "&lt;b&gt;&amp;&#x27;&quot;"


@given(st.lists(st.floats(0, 1e9), max_size=60))
def test_a_sparkline_shows_every_count_that_is_not_0(counts: list[float]) -> None:
    drawn = html.sparkline(counts)
    heights = [float(part.split('"')[1]) for part in drawn.split("height=")[2:]]
    assert len(heights) == (len(counts) if any(counts) else 0)
    assert all((tall > 0) == (count > 0) for tall, count in zip(heights, counts, strict=False))
    assert all(tall <= 18 for tall in heights)


def test_sizes_read_as_the_program_prints_them() -> None:
    told = {
        0: "0 B",
        999: "999 B",
        1000: "1.0 kB",
        123_456: "123 kB",
        66_200_096: "66.2 MB",
        10**16: "10.0 PB",
    }
    assert {count: html.size(count) for count in told} == told


@pytest.fixture
def work(tmp_path: Path, dv: list[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with two commits, and a change that breaks a rule."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    folder = tmp_path / "work"
    folder.mkdir()

    def run(*words: str) -> None:
        subprocess.run([*dv, *words], cwd=folder, check=True, capture_output=True)

    run("init")
    run("config", "set", "user.name", "Ada <ada>")
    run("config", "set", "user.email", "ada@example.org")
    (folder / "cells.csv").write_text("id,line,size\n1,A,10\n2,<b>,20\n")
    run("commit", "-m", "first <script>alert(1)</script>")
    (folder / "cells.csv").write_text("id,line,size\n1,A,11\n3,B,30\n")
    (folder / "dv.checks.yaml").write_text(
        "version: 1\ntables: [{path: cells.csv, columns: {size: {max: 20}, id: {unique: true}}}]\n"
    )
    run("commit", "-m", "second", "--no-checks")
    (folder / "<img src=x>.txt").write_text("hello")
    return folder


def test_the_state_of_a_working_directory(work: Path) -> None:
    status = report("status", cwd=work)
    assert isinstance(status, Status)
    assert not status.clean
    assert repr(status) == "<status: 1 added>"
    reader = read(status._repr_html_())
    assert "<img src=x>.txt" in reader.text
    assert "5 B" in reader.text
    assert "img" not in reader.elements


def test_history(work: Path) -> None:
    log = report("log", cwd=work)
    assert isinstance(log, Log)
    assert repr(log) == "<log: 2 commits>"
    reader = read(log._repr_html_())
    assert "first <script>alert(1)</script>" in reader.text
    assert "Ada <ada>" in reader.text
    assert "script" not in reader.elements


def test_differences_by_file_and_by_row(work: Path) -> None:
    diff = report("diff", "HEAD~1", "HEAD", "--key", "id", "--", "cells.csv", cwd=work)
    assert isinstance(diff, Differences)
    assert diff
    assert repr(diff) == "<differences: 1 modified>"
    text = read(diff._repr_html_()).text
    assert "10 → 11" in text
    assert "cells.csv, rows by id" in text
    assert "1 added, 1 removed, 1 changed, 0 unchanged" in text
    none = report("diff", "HEAD", "HEAD", cwd=work)
    assert not none
    assert "no differences" in none._repr_html_()


def test_profiles(work: Path) -> None:
    profile = report("profile", "--at", "HEAD", cwd=work)
    assert isinstance(profile, Profile)
    assert repr(profile) == "<profile: 1 tables, 1 folders>"
    reader = read(profile._repr_html_())
    assert "cells.csv, 2 rows" in reader.text
    assert "svg" in reader.elements


def test_checks_that_fail_say_where(work: Path) -> None:
    checks = report("check", cwd=work)
    assert isinstance(checks, Checks)
    assert not checks
    assert [rule["rule"] for rule in checks.failures] == ["tables[0].columns.size.max"]
    assert repr(checks) == "<checks failed: 1 passed, 1 failed>"
    text = read(checks._repr_html_()).text
    assert "row 2 '30'" in text
    passed = report("check", "--at", "HEAD~1", "--rules", "dv.checks.yaml", cwd=work)
    assert passed
    assert "checks passed" in passed._repr_html_()


def test_the_magic_gives_reports_frames_and_what_the_program_prints(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shells = pytest.importorskip("IPython.testing.globalipapp")
    frames = pytest.importorskip("pandas")
    monkeypatch.chdir(work)
    shell = shells.start_ipython() or shells.get_ipython()
    shell.run_line_magic("load_ext", "dv")
    assert isinstance(shell.run_line_magic("dv", "status"), Status)
    assert len(shell.run_line_magic("dv", "log -n 1")) == 1
    rows = shell.run_line_magic("dv", "query \"SELECT path FROM files WHERE extension = 'csv'\"")
    frames.testing.assert_frame_equal(rows, frames.DataFrame({"path": ["cells.csv"]}))
    counted = shell.run_cell_magic("dv", "query", "SELECT count(*) AS files\nFROM files\n")
    assert counted["files"].tolist() == [3]
    capsys.readouterr()
    assert shell.run_line_magic("dv", "branch") is None
    assert capsys.readouterr().out == "* main\n"
    monkeypatch.setenv("FORCE_COLOR", "1")
    with pytest.raises(errors.Failed, match="did you mean 'status'"):
        shell.run_line_magic("dv", "statsu")
    with pytest.raises(errors.UnknownRevision):
        shell.run_line_magic("dv", "log nope")
    shell.run_line_magic("dv", "")
    assert capsys.readouterr().out.startswith("usage: %dv VERB")


@pytest.fixture
def repository(work: Path) -> Any:
    """The same, with pictures, links and metadata, opened."""
    import dvdata

    def run(*words: str) -> None:
        subprocess.run([*dvdata.program.command(), *words], cwd=work, check=True, capture_output=True)

    (work / "images").mkdir()
    for name in ("a", "b"):
        (work / "images" / f"{name}.npy").write_bytes(_npy(64, 48))
    (work / "notes.md").write_text("# Notes\n<script>alert(1)</script>\n" + "more\n" * 50)
    (work / "link").symlink_to("notes.md")
    run("meta", "set", "images", "line=<AICS>")
    run("commit", "-m", "Pictures & notes", "--no-checks")
    run("tag", "v1")
    return dvdata.open(work)


def _npy(width: int, height: int) -> bytes:
    import io

    import numpy

    file = io.BytesIO()
    numpy.save(file, numpy.arange(width * height, dtype=numpy.uint16).reshape(height, width))
    return file.getvalue()


def test_a_repository_shows_its_branches_and_tags(repository: Any) -> None:
    text = read(repository._repr_html_()).text
    assert "branchmain" in text
    assert "tagv1" in text
    assert "Pictures & notes" in text


def test_a_version_shows_what_it_is_and_what_lies_in_it(repository: Any) -> None:
    reader = read(repository["v1"]._repr_html_())
    assert f"v1 {repository['v1'].id[:10]}" in reader.text
    assert "images/ a.npy, b.npy" in reader.text
    assert "<img src=x>.txt 5 B" in reader.text
    assert "Ada <ada>" in reader.text
    folder = read(repository["v1"]["images"]._repr_html_()).text
    assert "line<AICS>" in folder
    assert "a.npy 6.3 kB" in folder


def test_an_entry_shows_what_is_said_of_it_and_a_first_look(repository: Any) -> None:
    package = repository["v1"]
    table = read(package["cells.csv"]._repr_html_())
    assert package["cells.csv"].id in table.text
    assert "idlinesize1A113B30" in table.text
    notes = read(package["notes.md"]._repr_html_())
    assert "<script>alert(1)</script>" in notes.text
    assert notes.text.endswith("…")
    assert "script" not in notes.elements
    assert "→ notes.md" in read(package["link"]._repr_html_()).text
    picture = read(package["images/a.npy"]._repr_html_())
    assert "line<AICS>" in picture.text
    assert "img" in picture.elements


def test_a_look_is_no_use_of_the_data(repository: Any) -> None:
    from dvdata import readings

    readings.forget()
    for entry in repository["v1"].values():
        entry._repr_html_()
    assert len(readings.reads()) == 0


def test_what_cannot_be_shown_is_left_out(repository: Any, work: Path, dv: list[str]) -> None:
    (work / "broken.csv").write_bytes(b'"\xff\xfe\x00')
    (work / "broken.npy").write_bytes(b"\x93NUMPY\x01\x00\xff\xff")
    subprocess.run([*dv, "commit", "-m", "Broken", "--no-checks"], cwd=work, check=True, capture_output=True)
    for name in ("broken.csv", "broken.npy"):
        entry = repository["main"][name]
        assert entry.id in read(entry._repr_html_()).text


def test_pictures_have_thumbnails_of_their_middle() -> None:
    numpy = pytest.importorskip("numpy")
    from dvdata.loaders.axes_array import AxesArray
    from dvdata.show.preview import thumbnail

    stack = numpy.zeros((2, 3, 5, 400, 200), numpy.uint16)
    stack[1, 1, 2] = numpy.arange(400)[:, None]
    drawn = thumbnail(AxesArray.of(stack, "TCZYX"), "TCZYX")
    assert 'width="67" height="134"' in drawn
    rgb = numpy.zeros((10, 20, 3), numpy.uint8)
    assert 'width="20" height="10"' in thumbnail(AxesArray.of(rgb, "YXS"), "YXS")
    assert thumbnail(numpy.zeros(5), "X") == ""
    assert 'width="4"' in thumbnail(numpy.full((4, 4), numpy.nan), "YX")


def test_history_and_differences_of_versions(repository: Any) -> None:
    log = read(repository.log()._repr_html_()).text
    assert "first <script>alert(1)</script>" in log
    diff = read(repository.diff("main~1", "main")._repr_html_()).text
    assert "+images/a.npy6.3 kB" in diff
    assert "0 modified" in diff
