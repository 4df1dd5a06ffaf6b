"""Values as people read them. What comes from names and messages can neither move a cursor nor hide text."""

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

_UNITS = ("kB", "MB", "GB", "TB", "PB")
_LOOKED_AT = 20_000


def shown_size(size: float) -> str:
    """1.2 MB; in steps of 1,000, as the program writes them."""
    if size < 1000:
        return f"{size:.0f} B"
    unit = 0
    size /= 1000
    while size >= 999.5 and unit < len(_UNITS) - 1:
        size /= 1000
        unit += 1
    return f"{size:.1f} {_UNITS[unit]}" if size < 99.95 else f"{size:.0f} {_UNITS[unit]}"


def shown_count(number: int, one: str, several: str = "") -> str:
    """1 file, 1,000,000 files."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def escaped(text: str) -> str:
    """On one line, with what is not printable as Python writes it."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def nearest(word: str, candidates: Iterable[str]) -> list[str]:
    """What was most likely meant, best first, at most three."""
    looked_at = list(islice(candidates, _LOOKED_AT))
    folded = {one.lower(): one for one in looked_at}
    return [folded[one] for one in get_close_matches(word.lower(), folded, n=3)]
