"""The files of spec/vectors: what the pages of the format say, as data."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "spec" / "vectors"

_WORDS = [
    *("data", "set", "row", "column", "the", "of", "sensor", "reading"),
    *("missing", "value", "train", "test", "label", "image", "0", "1.5"),
]


def load(name: str) -> Any:
    """All of a file."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def bytes_of(input: dict[str, Any]) -> bytes:
    """An input, as spec/02-chunking.md describes it."""
    length = input.get("length", 0)
    match input["kind"]:
        case "byte":
            return bytes([input["value"]]) * length
        case "counter":
            return bytes(n % input["modulus"] for n in range(length))
        case "repeat":
            piece = bytes.fromhex(input["hex"])
            return (piece * (length // len(piece) + 1))[:length]
        case "random":
            return _random(input["seed"], length)
        case "text":
            return _text(input["seed"], length)
        case "join":
            return b"".join(map(bytes_of, input["parts"]))
    raise AssertionError(f"no input is of kind {input['kind']}")


def _random(seed: int, length: int) -> bytes:
    state, data = seed, bytearray()
    for _ in range(length):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        data.append(state >> 24)
    return bytes(data)


def _text(seed: int, length: int) -> bytes:
    words = (_WORDS[byte & 15] + ("\n" if byte < 32 else " ") for byte in _random(seed, length + 1))
    return "".join(words).encode()[:length]
