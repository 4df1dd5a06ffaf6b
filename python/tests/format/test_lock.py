"""dv.lock byte for byte: spec/vectors/lock.json, and what the real program writes."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvdata.errors import BadLockFile, DvError
from dvdata.expression import parse
from dvdata.format.lock import Pin, decode_lock, encode_lock, name_for

VECTORS = json.loads((Path(__file__).resolve().parents[3] / "spec/vectors/lock.json").read_text())


def decode(text: str) -> list[Pin]:
    return decode_lock(text.encode(), "dv.lock", parse)


@pytest.mark.parametrize("case", VECTORS["sound"], ids=lambda case: case["name"])
def test_a_sound_text_is_read_and_written_canonically(case: dict[str, Any]) -> None:
    assert encode_lock(decode(case["text"])).decode() == case["canonical"]
    assert decode(case["canonical"]) == sorted(decode(case["text"]), key=lambda pin: pin.name)


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["name"])
def test_what_cannot_be_followed_is_refused_with_its_line(case: dict[str, Any]) -> None:
    with pytest.raises(DvError) as raised:
        decode(case["text"])
    assert (raised.value.code, raised.value.details.get("line")) == (case["code"], case.get("line"))
    assert not re.search("pw|ada:|key@|sig=", str(raised.value))


def test_more_pins_or_bytes_than_a_lock_file_has_are_refused() -> None:
    with pytest.raises(BadLockFile, match="more than any"):
        decode_lock(b" " * (16 * 1024 * 1024 + 1), "dv.lock", parse)
    with pytest.raises(BadLockFile, match="not UTF-8"):
        decode_lock(b"\xff", "dv.lock", parse)
    pins = [Pin(f"n{i}", "x", "0" * 32, "main", "0" * 64, f"d/{i}") for i in range(10_001)]
    assert len(decode(encode_lock(pins[:-1]).decode())) == 10_000
    with pytest.raises(BadLockFile, match="more than 10000 pins"):
        decode(encode_lock(pins).decode())


@given(st.text(alphabet='{}[]":,dv.lock1\n naméurl0', max_size=80) | st.text(max_size=60))
def test_no_text_ends_in_anything_but_pins_or_a_failure_of_dv(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    for start in (b"", b'{"dv.lock":1}\n'):
        with suppress(DvError):
            decode_lock(start + data, "dv.lock", parse)


@pytest.mark.parametrize(
    ("address", "name"),
    [("s3://lab/plates 7", "plates-7"), ("../photos/", "photos"), ("a/_x-", "x"), ("/", None), ("ä", None)],
)
def test_a_name_is_made_of_the_end_of_an_address(address: str, name: str | None) -> None:
    assert name_for(address) == name
