"""What a process read is remembered, named and kept."""

import json
import threading
from pathlib import Path

import pytest

from dvdata import errors, readings
from dvdata.readings import Source, note

PLATES = Source("s3://lab/plates", "0" * 32, "v1.2", "a" * 64, "b" * 64)
LABELS = Source("/data/labels", "1" * 32, "main", "c" * 64, "d" * 64)


@pytest.fixture(autouse=True)
def anew() -> None:
    readings.forget()


def test_what_was_read_is_told_once_each_in_order() -> None:
    note(PLATES, "b.csv", "2" * 64)
    note(LABELS, "ä.csv", "3" * 64)
    note(PLATES, "a.csv", "1" * 64)
    note(PLATES, "b.csv", "2" * 64)
    told = [(read.source, read.path, read.id) for read in readings.reads()]
    assert told == [
        (PLATES, "b.csv", "2" * 64),
        (PLATES, "a.csv", "1" * 64),
        (LABELS, "ä.csv", "3" * 64),
    ]


def test_inputs_are_the_texts_that_a_commit_has() -> None:
    note(PLATES, "ä b.csv", "2" * 64)
    (text,) = readings.reads().inputs()
    assert text == (
        f'{{"url":"s3://lab/plates","store":"{"0" * 32}","revision":"v1.2","commit":"{"a" * 64}",'
        f'"path":"ä b.csv","id":"{"2" * 64}"}}'
    )


def test_of_many_files_the_whole_tree_is_an_input() -> None:
    note(LABELS, "x", "3" * 64)
    for i in range(readings.INPUTS_MOST):
        note(PLATES, f"{i}.csv", "2" * 64)
    texts = [json.loads(text) for text in readings.reads().inputs()]
    assert [(text["url"], text["id"], "path" in text) for text in texts] == [
        ("/data/labels", LABELS.tree, False),
        ("s3://lab/plates", PLATES.tree, False),
    ]


def test_memory_does_not_grow_with_what_is_read() -> None:
    for i in range(readings.FILES_MOST + 5):
        note(PLATES, f"{i}.csv", "2" * 64)
    (read,) = readings.reads()
    assert (read.path, read.id) == (None, PLATES.tree)


def test_threads_may_read_at_once() -> None:
    def work(n: int) -> None:
        for i in range(500):
            note(PLATES, f"{n}/{i}", "2" * 64)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(readings.reads()) == 8 * 500


def test_they_are_kept_beside_results_and_read_again(tmp_path: Path) -> None:
    note(PLATES, "b.csv", "2" * 64)
    note(LABELS, "ä.csv", "3" * 64)
    file = tmp_path / "results.json"
    file.write_text("old")
    readings.reads().save(file)
    assert readings.load(file) == [read.as_input() for read in readings.reads()]
    assert json.loads(file.read_text())["dv.reads"] == 1
    assert [one.name for one in tmp_path.iterdir()] == ["results.json"]


def test_what_cannot_be_written_or_read_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFound, match=r"Cannot write '.*gone/results"):
        readings.reads().save(tmp_path / "gone" / "results.json")
    with pytest.raises(errors.NotFound, match=r"Cannot read '.*results"):
        readings.load(tmp_path / "results.json")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("no JSON", errors.BadInput),
        ("[]", errors.BadInput),
        ('{"reads":[]}', errors.BadInput),
        ('{"dv.reads":2,"reads":[]}', errors.NewerFormat),
        ('{"dv.reads":1,"reads":[{"url":"x"}]}', errors.BadInput),
        ('{"dv.reads":1,"reads":[7]}', errors.BadInput),
    ],
)
def test_what_does_not_say_what_was_read_is_refused(
    tmp_path: Path, text: str, kind: type[errors.DvError]
) -> None:
    file = tmp_path / "results.json"
    file.write_text(text)
    with pytest.raises(kind, match="results"):
        readings.load(file)


def test_inputs_hold_no_credentials() -> None:
    secret = Source("https://ada:pa55@host/x?sig=pa55#pa55", "0" * 32, "main", "a" * 64, "b" * 64)
    note(secret, "a", "1" * 64)
    note(Source("/data/what? #1", "0" * 32, "main", "a" * 64, "b" * 64), "a", "1" * 64)
    assert [json.loads(text)["url"] for text in readings.reads().inputs()] == [
        "https://host/x",
        "/data/what? #1",
    ]
