"""Reads the text of an expression: recursive descent, in the order in which operators bind.

Grammar: spec/21-expressions.md, "Grammar".
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from dvdata.errors import BadExpression
from dvdata.expression.dates import parse_date
from dvdata.expression.names import COLUMNS
from dvdata.expression.syntax import (
    Among,
    And,
    Column,
    Compare,
    Expression,
    Key,
    Like,
    Literal,
    Missing,
    Not,
    Or,
    Within,
)
from dvdata.expression.tokens import Token, bad_expression, tokens_of
from dvdata.expression.values import HOLDS
from dvdata.format.metadata import date_of

DEPTH_MAX = 100
"""Of parentheses. Nobody types deeper ones; a text from elsewhere may be made to exhaust the stack."""

_KEYWORDS = {"AND", "OR", "NOT", "IS", "IN", "BETWEEN", "LIKE", "ILIKE", "ESCAPE", "NULL", "TRUE", "FALSE"}
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
_COMPARISONS = {**{sign: sign for sign in HOLDS}, "==": "=", "!=": "<>"}


def parse(text: str) -> Expression:
    """Raises BadExpression, which says at which character."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        if self._token.kind == "end":
            raise self._wrong("it is empty")
        expression = self._or()
        if self._token.kind != "end":
            raise self._unexpected("AND, OR or the end")
        return expression

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _or(self) -> Expression:
        parts = self._joined("OR", self._and)
        return parts[0] if len(parts) == 1 else Or(parts)

    def _and(self) -> Expression:
        parts = self._joined("AND", self._not)
        return parts[0] if len(parts) == 1 else And(parts)

    def _joined(self, word: str, part: Callable[[], Expression]) -> tuple[Expression, ...]:
        parts = [part()]
        while self._take("word", word):
            parts.append(part())
        return tuple(parts)

    def _not(self) -> Expression:
        is_negated = False
        while self._take("word", "NOT"):
            is_negated = not is_negated
        return _negated_if(is_negated, self._test())

    def _test(self) -> Expression:
        value = self._value()
        if self._token.kind == "sign" and self._token.value in _COMPARISONS:
            sign = self._taken().value
            return Compare(_COMPARISONS[sign], value, self._value())
        if self._take("word", "IS"):
            is_negated = self._take("word", "NOT")
            self._need("word", "NULL")
            return _negated_if(is_negated, Missing(value))
        is_negated = self._take("word", "NOT")
        tested = self._tested(value)
        if tested is None and is_negated:
            raise self._unexpected("IN, BETWEEN, LIKE or ILIKE")
        return value if tested is None else _negated_if(is_negated, tested)

    def _tested(self, value: Expression) -> Expression | None:
        """What a word that follows a value makes of it; None: none does."""
        if self._take("word", "IN"):
            return self._in(value)
        if self._take("word", "BETWEEN"):
            low = self._value()
            self._need("word", "AND")
            return And((Compare(">=", value, low), Compare("<=", value, self._value())))
        for word in ("LIKE", "ILIKE"):
            if self._take("word", word):
                pattern = self._value()
                escape = self._escape() if self._take("word", "ESCAPE") else None
                return Like(value, pattern, escape, any_case=word == "ILIKE")
        return None

    def _in(self, value: Expression) -> Expression:
        if not self._take("sign", "("):
            return Within(value, self._value())
        items = [self._inner()]
        while self._take("sign", ","):
            items.append(self._inner())
        self._need("sign", ")")
        return Among(value, tuple(items))

    def _escape(self) -> str:
        if self._token.kind != "text" or len(self._token.value) != 1:
            raise self._unexpected("one character in quotes, as '!'")
        return self._taken().value

    def _inner(self) -> Expression:
        """An expression in parentheses."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self._wrong(f"it is nested more than {DEPTH_MAX} deep")
        expression = self._or()
        self._depth -= 1
        return expression

    def _value(self) -> Expression:
        if self._take("sign", "("):
            inner = self._inner()
            self._need("sign", ")")
            return inner
        match self._token:
            case Token("text"):
                return Literal(self._taken().value)
            case Token("number"):
                return self._number("")
            case Token("sign", "-" | "+"):
                sign = self._taken().value
                if self._token.kind != "number":
                    raise self._unexpected("a number")
                return self._number(sign)
            case Token("name"):
                return self._named()
            case Token("word"):
                return self._word()
        raise self._unexpected("a column, a value or NOT")

    def _number(self, sign: str) -> Expression:
        token = self._taken()
        written = sign + token.value
        if not token.value.isdigit():
            return Literal(float(written))
        # A longer one is beyond 64 bits, and need not be read for that.
        whole = int(written) if len(token.value.lstrip("0")) < 20 else 2**63
        if not -(2**63) <= whole < 2**63:
            raise bad_expression(
                self._text, token.at, f"{written} is beyond 64 bits", f"{written}.0 is a float64"
            )
        return Literal(whole)

    def _word(self) -> Expression:
        token, following = self._token, self._tokens[self._at + 1]
        keyword = token.value.upper()
        if keyword in _CONSTANTS:
            self._at += 1
            return Literal(_CONSTANTS[keyword])
        if keyword == "DATE" and following.kind == "text":
            return self._date()
        if keyword in _KEYWORDS:
            raise self._unexpected("a column or a value", f'a column of that name is written "{token.value}"')
        if (following.kind, following.value) == ("sign", "("):
            raise bad_expression(self._text, token.at, f"'{token.value}' is no function: there are none")
        return self._named()

    def _date(self) -> Expression:
        self._at += 1
        written = self._taken()
        time = parse_date(written.value)
        if time is None:
            hint = "as DATE '2026-01-31' or DATE '2026-01-31T12:00:00Z'"
            raise bad_expression(self._text, written.at, f"'{written.value}' is not a date", hint)
        return Literal(date_of(time))

    def _named(self) -> Expression:
        """`name`, `"name"`, `meta.name` or `meta."name"`."""
        token = self._taken()
        if token.kind == "word" and token.value == "meta" and self._take("sign", "."):
            if self._token.kind not in ("word", "name"):
                raise self._unexpected("a key of metadata")
            return Key(self._taken().value)
        if (self._token.kind, self._token.value) == ("sign", "."):
            hint = f'a name with a dot is written "{token.value}.…"'
            raise bad_expression(self._text, token.at, f"'{token.value}' has no parts", hint)
        if token.value in COLUMNS:
            return Column(token.value)
        if (token.kind, token.value) == ("word", "commit"):
            reason = "the column 'commit' is known to 'dv query' only"
            raise bad_expression(self._text, token.at, reason, "meta.commit is the metadata key")
        return Key(token.value)

    def _taken(self) -> Token:
        token = self._token
        self._at += 1
        return token

    def _take(self, kind: str, value: str) -> bool:
        """Whether that is what comes; a keyword in any case."""
        token = self._token
        is_meant = token.kind == kind and (token.value.upper() if kind == "word" else token.value) == value
        self._at += is_meant
        return is_meant

    def _need(self, kind: str, value: str) -> None:
        if not self._take(kind, value):
            raise self._unexpected(value if kind == "word" else f"'{value}'")

    def _wrong(self, reason: str) -> BadExpression:
        return bad_expression(self._text, self._token.at, reason)

    def _unexpected(self, wanted: str, hint: str | None = None) -> BadExpression:
        token = self._token
        found = "it ends" if token.kind == "end" else f"'{token.value}' stands"
        near = get_close_matches(token.value.upper(), _KEYWORDS, 1) if token.kind == "word" else []
        hint = hint or (f"did you mean {near[0]}?" if near else None)
        return bad_expression(self._text, token.at, f"{found} where {wanted} was wanted", hint)


def _negated_if(is_negated: bool, of: Expression) -> Expression:
    return Not(of) if is_negated else of
