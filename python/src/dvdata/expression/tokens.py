"""The text of an expression, cut into words. Spec: spec/21-expressions.md, "Grammar"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from dvdata.errors import BadExpression

UNITS_MAX = 65_536
"""Of UTF-16. Nobody types more."""


@dataclass(frozen=True)
class Token:
    kind: str
    """`word`: a keyword or a plain name; `name`: one in double quotes; `text`, `number`, `sign`, `end`."""
    value: str
    """What it means: without quotes, doubled quotes as one."""
    at: int
    """How many characters stand before it."""


_SPACE = re.compile(r"[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
_FORMS = {
    "text": re.compile(r"'((?:[^']|'')*)'"),
    "name": re.compile(r'"((?:[^"]|"")*)"'),
    "number": re.compile(r"((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"),
    "sign": re.compile(r"(<=|>=|<>|!=|==|[=<>(),.+-])"),
}
_QUOTES = {"text": "'", "name": '"'}


def tokens_of(text: str) -> list[Token]:
    """All of them in order, the last of kind `end`. Raises BadExpression."""
    units = len(text) + sum(character > "\uffff" for character in text)
    if units > UNITS_MAX:
        raise bad_expression(text, 0, f"it has {units} characters, more than {UNITS_MAX}")
    tokens: list[Token] = []
    at = 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at == len(text):
            return [*tokens, Token("end", "", at)]
        token, at = _next_token(text, at)
        tokens.append(token)


def _next_token(text: str, at: int) -> tuple[Token, int]:
    """The token that begins here, and where it ends."""
    end = _word_end(text, at)
    if end > at:
        return Token("word", text[at:end], at), end
    for kind, form in _FORMS.items():
        if found := form.match(text, at):
            quote = _QUOTES.get(kind, "")
            return Token(kind, found[1].replace(quote * 2, quote) if quote else found[1], at), found.end()
    if text[at] in _QUOTES.values():
        raise bad_expression(text, at, f"the quote {text[at]} is not closed")
    raise bad_expression(text, at, f"'{text[at]}' means nothing here")


def _word_end(text: str, at: int) -> int:
    """A letter or `_`, then letters, their marks, digits and `_`."""
    end = at
    while end < len(text) and (
        text[end] == "_" or unicodedata.category(text[end])[0] in ("LMN" if end > at else "L")
    ):
        end += 1
    return end


_SHOWN_AROUND = 60


def bad_expression(text: str, at: int, reason: str, hint: str | None = None) -> BadExpression:
    """Position counts characters from 1. Without a better hint the place is shown."""
    before, behind = text[max(0, at - _SHOWN_AROUND) : at], text[at : at + _SHOWN_AROUND]
    shown = (
        ("…" if at > _SHOWN_AROUND else "")
        + f"{before} >>> {behind}"
        + ("…" if at + _SHOWN_AROUND < len(text) else "")
    )
    return BadExpression(
        f"The expression is wrong at character {at + 1}: {reason}",
        hint=hint or shown,
        details={"expression": text[:1000], "position": at + 1},
    )
