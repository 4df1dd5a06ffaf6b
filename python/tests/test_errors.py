"""Failures are classes to catch, with the codes of spec/errors.md."""

import errno
import pickle
import re
from pathlib import Path

import pytest

from dvdata import errors
from dvdata.codes import CLASSES, error_class, error_from_json
from dvdata.errors import DvError

PAGE = Path(__file__).resolve().parents[2] / "spec" / "errors.md"


def codes_of_the_page() -> set[str]:
    return set(re.findall(r"`(DV_[A-Z_]+)`", PAGE.read_text())) - {"DV_DEBUG"}


@pytest.mark.skipif(not PAGE.exists(), reason="the specification is not beside the tests")
def test_every_code_of_the_page_has_a_class_and_no_class_a_code_of_its_own() -> None:
    page = codes_of_the_page()
    assert len(page) > 80
    assert page == set(CLASSES)


@pytest.mark.parametrize("kind", sorted(set(CLASSES.values()), key=lambda kind: kind.__name__))
def test_a_class_that_is_raised_without_a_code_has_one_of_its_own(kind: type[DvError]) -> None:
    code = kind("It is so").code
    assert CLASSES[code] is kind


def test_all_classes_are_exported() -> None:
    kinds = {
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, DvError)
    }
    public = {kind.__name__ for kind in kinds if not kind.__name__.startswith("_")}
    assert public <= set(errors.__all__)


def test_what_the_program_tells_becomes_the_exception_of_its_code() -> None:
    told = {"code": "DV_UNKNOWN_REVISION", "message": "No revision 'mian'", "exit": 1}
    error = error_from_json(
        {"error": {**told, "hint": "did you mean 'main'?", "data": {"nearest": ["main"]}}}
    )
    assert type(error) is errors.UnknownRevision
    assert str(error) == "No revision 'mian'\nhint: did you mean 'main'?"
    assert error.details == {"nearest": ["main"]}
    assert error_from_json({"error": told}).hint is None


def test_a_code_of_a_newer_program_is_kept() -> None:
    assert error_class("DV_FROM_TOMORROW") is DvError
    error = error_from_json({"error": {"code": "DV_FROM_TOMORROW", "message": "Tomorrow", "exit": 1}})
    assert error.code == "DV_FROM_TOMORROW"


@pytest.mark.parametrize("kind", sorted(set(CLASSES.values()), key=lambda kind: kind.__name__))
def test_failures_survive_the_way_between_processes(kind: type[DvError]) -> None:
    error = kind("It is so", hint="do this", details={"path": "a"})
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), again.code, again.details) == (str(error), error.code, error.details)


def test_failures_are_what_code_for_files_and_mappings_expects() -> None:
    assert errors.ReadOnly("No").errno == errno.EROFS
    assert errors.DiskFull("No").errno == errno.ENOSPC
    assert errors.SystemFailed("No", details={"system": "EMFILE"}).errno == errno.EMFILE
    unknown = errors.UnknownPath("No path 'a'")
    assert isinstance(unknown, KeyError) and isinstance(unknown, FileNotFoundError)
    assert (unknown.errno, str(unknown)) == (errno.ENOENT, "No path 'a'")
    assert isinstance(errors.MissingDependency("No"), ImportError)
    assert isinstance(errors.NoNetwork("No"), ConnectionError)


def test_a_failure_names_no_password() -> None:
    error = errors.NoNetwork(
        "Cannot reach 'https://me:secret@host/data'",
        hint="try https://me:secret@host",
        details={"url": "s3://key:secret@bucket"},
    )
    assert "secret" not in str(error) + repr(error) + repr(error.details)
    assert error.details["url"] == "s3://bucket"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EACCES, errors.Denied),
        (errno.EROFS, errors.ReadOnly),
        (errno.ENOSPC, errors.DiskFull),
        (errno.ENOENT, errors.NotFound),
        (errno.EMFILE, errors.SystemFailed),
    ],
)
def test_what_the_system_refuses_names_the_path(number: int, kind: type[DvError]) -> None:
    with pytest.raises(kind, match="Cannot write 'x': ") as raised, errors.of_the_system("write", "x"):
        raise OSError(number, "so it is")
    assert raised.value.details == {"path": "x", "system": errno.errorcode[number]}
    with pytest.raises(errors.Conflict), errors.of_the_system("write", "x"):
        raise errors.Conflict("as it was")
