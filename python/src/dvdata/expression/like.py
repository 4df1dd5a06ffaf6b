"""LIKE: `%` is any run of characters, `_` any one, a character behind the escape is itself."""

from __future__ import annotations

import re
from functools import lru_cache

_RUN, _ANY = object(), object()


class Pattern:
    """Pieces of a fixed length, any run of characters between two. Time is at most the product of lengths."""

    def __init__(self, parts: list[object]) -> None:
        pieces: list[list[object]] = [[]]
        for part in parts:
            if part is _RUN:
                pieces.append([])
            else:
                pieces[-1].append(part)
        self.prefix = _plain_beginning(pieces[0])
        """What every text of the form begins with."""
        self.is_whole = len(pieces) == 1 and len(self.prefix) == len(pieces[0])
        """Whether the prefix is the only text of the form."""
        self._first, *rest = [_compiled(piece) for piece in pieces]
        self._last_length = len(pieces[-1])
        self._middle, self._last = rest[:-1], rest[-1] if rest else None

    def matches(self, text: str) -> bool:
        if self._last is None:
            return self._first.fullmatch(text) is not None
        found = self._first.match(text)
        # The earliest place of each piece leaves most to those behind it.
        for piece in self._middle:
            if found is None:
                return False
            found = piece.search(text, found.end())
        begin = len(text) - self._last_length
        return found is not None and found.end() <= begin and self._last.match(text, begin) is not None


@lru_cache(maxsize=256)
def pattern_of(form: str, escape: str | None, any_case: bool) -> Pattern | None:
    """None: the escape stands at its end, so that it means nothing."""
    if any_case:
        form, escape = form.lower(), escape and escape.lower()
    parts: list[object] = []
    is_escaped = False
    for character in form:
        if is_escaped:
            parts.append(character)
        elif character != escape:
            parts.append(_RUN if character == "%" else _ANY if character == "_" else character)
        is_escaped = not is_escaped and character == escape
    return None if is_escaped else Pattern(parts)


def is_like(text: str, form: str, escape: str | None, any_case: bool) -> bool | None:
    """None: unknown."""
    pattern = pattern_of(form, escape, any_case)
    return None if pattern is None else pattern.matches(text.lower() if any_case else text)


def _plain_beginning(piece: list[object]) -> str:
    plain = []
    for part in piece:
        if not isinstance(part, str):
            break
        plain.append(part)
    return "".join(plain)


def _compiled(piece: list[object]) -> re.Pattern[str]:
    return re.compile("".join(re.escape(part) if isinstance(part, str) else "." for part in piece), re.DOTALL)
