"""Which paths a user means: plain paths and globs (spec/10-working-directory.md, "Patterns")."""

import re
from collections.abc import Callable, Iterable, Iterator

from dvdata.errors import BadInput
from dvdata.format.globs import to_expression

_MOST_OF_A_PATTERN = 4096
_MOST_OF_ALTERNATIVES = 400_000
_GLOB = re.compile(r"\\|\*|\?|\[[^\]]*\]|[?*+@!]\([^)]*\)|\{[^}]*(?:,|\.\.)[^}]*\}|\(.*\|.*\)")
_RANGE = re.compile(r"(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?\Z")

Test = Callable[[str], bool]


def compile_patterns(patterns: Iterable[str]) -> Test:
    """Whether a path is meant. Only patterns with `!` leave out of everything; none means all."""
    taken: list[str] = []
    left: list[str] = []
    plain: list[str] = []
    for pattern in patterns:
        negative = pattern.startswith("!") and not pattern.startswith("!(")
        clean = _cleaned(pattern[negative:], pattern)
        if negative:
            left += _left_out(clean, pattern)
            continue
        plain.append(clean)
        if is_glob(clean):
            taken += [to_expression(one) for one in _expanded(clean, pattern)]
    if not plain:
        plain.append("")
    return _test(plain, _any_of(taken), _any_of(left))


def is_glob(text: str) -> bool:
    """Whether it may mean another path than the one it spells."""
    return _GLOB.search(text) is not None


def folder_of(pattern: str) -> str:
    """The folder that everything a pattern means lies in, or is."""
    names = [name for name in pattern.split("/") if name not in ("", ".")]
    first = next((n for n, name in enumerate(names) if re.search(r"[\\*?\[\](){}!]", name)), None)
    return "/".join(names if first is None else names[:first])


def _test(plain: list[str], taken: re.Pattern[str] | None, left: re.Pattern[str] | None) -> Test:
    everything = "" in plain
    inside = tuple(f"{path}/" for path in plain)
    themselves = frozenset(plain)

    def is_meant(path: str) -> bool:
        meant = everything or path in themselves or path.startswith(inside)
        if not meant and (taken is None or taken.fullmatch(path) is None):
            return False
        return left is None or left.fullmatch(path) is None

    return is_meant


def _any_of(expressions: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{one})" for one in expressions), re.DOTALL) if expressions else None


def _cleaned(text: str, pattern: str) -> str:
    """`./a`, `a//b` and `a/` are `a`, `a/b` and all in `a`; nothing leads out of the tree."""
    if text == "" or "\0" in text:
        raise _bad(pattern, "it is empty or holds a NUL")
    if len(text.encode("utf-8", "surrogateescape")) > _MOST_OF_A_PATTERN:
        raise _bad(pattern, f"it is longer than {_MOST_OF_A_PATTERN} bytes")
    if text.startswith("/"):
        raise _bad(pattern, "it is not relative to the top of the tree")
    names = [name for name in re.split("/+", text) if name != "."]
    if ".." in names:
        raise _bad(pattern, "it leads out of the tree by '..'")
    closed = bool(names) and names[-1] == ""
    clean = "/".join(names[:-1] if closed else names)
    return f"{clean}/**" if closed and is_glob(clean) else clean


def _left_out(clean: str, pattern: str) -> Iterator[str]:
    """A folder that is left out by its name is so with all below it."""
    if clean == "":
        yield ".*"
    elif not is_glob(clean):
        yield f"{re.escape(clean)}(?:/.*)?"
    else:
        for one in _expanded(clean, pattern):
            below = "" if is_glob(one.rpartition("/")[2]) else "(?:/.*)?"
            yield to_expression(one) + below


def _expanded(glob: str, pattern: str) -> list[str]:
    forms, most = [], _MOST_OF_ALTERNATIVES
    for form in _braces(glob):
        most -= len(form.encode("utf-8", "surrogateescape"))
        if most < 0:
            raise _bad(
                pattern, f"its alternatives, written out, have more than {_MOST_OF_ALTERNATIVES} bytes"
            )
        forms.append(form)
    return list(dict.fromkeys(forms))


def _braces(text: str) -> Iterator[str]:
    """`a{b,c}` is `ab` and `ac`, `{01..03}` three numbers; `a{b}` and what is not closed stay."""
    found = _first_braces(text)
    if found is None:
        yield text
        return
    start, end, items = found
    # One after another, so that the bound is met before too many are there.
    for item in items:
        for middle in _braces(item):
            for tail in _braces(text[end:]):
                yield text[:start] + middle + tail


def _first_braces(text: str) -> tuple[int, int, Iterable[str]] | None:
    at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == "{":
            parts, end = _split_braces(text, at)
            if len(parts) > 1:
                return at, end, parts
            span = _RANGE.match(parts[0]) if parts else None
            if span is not None:
                return at, end, _span(span[1], span[2], span[3])
        at += 1
    return None


def _split_braces(text: str, start: int) -> tuple[list[str], int]:
    """What stands between these braces, by its commas, and where they end; nothing if they do not."""
    parts: list[str] = []
    begin, depth, at = start + 1, 0, start
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return [*parts, text[begin:at]], at + 1
        elif text[at] == "," and depth == 1:
            parts.append(text[begin:at])
            begin = at + 1
        at += 1
    return [], len(text)


def _span(first: str, last: str, step: str | None) -> Iterator[str]:
    by = max(1, abs(int(step))) if step else 1
    if first.lstrip("-").isdigit() and last.lstrip("-").isdigit():
        a, b = int(first), int(last)
        padded = any(len(end.lstrip("-")) > 1 and end.lstrip("-").startswith("0") for end in (first, last))
        width = max(len(first), len(last)) if padded else 0
        for number in range(a, b + 1, by) if a <= b else range(a, b - 1, -by):
            yield str(number).zfill(width)
    else:
        a, b = ord(first[0]), ord(last[0])
        for code in range(a, b + 1, by) if a <= b else range(a, b - 1, -by):
            yield chr(code)


def _bad(pattern: str, reason: str) -> BadInput:
    shown = pattern if len(pattern) <= 200 else pattern[:200] + "…"
    return BadInput(
        f"The pattern {shown!r} cannot be used: {reason}",
        code="DV_BAD_PATTERN",
        details={"pattern": shown, "reason": reason},
    )
