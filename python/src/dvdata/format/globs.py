"""One glob without braces as a regular expression."""

import re

# A star that is not written out yet.
_STAR = "*"
_OPEN = frozenset("?*+@!")


def to_expression(glob: str) -> str:
    """What matches the paths that a glob means, whole."""
    pieces: list[str] = []
    at = 0
    while at < len(glob):
        starts = at == 0 or glob[at - 1] == "/"
        if starts and glob.startswith("**", at) and (at + 2 == len(glob) or glob[at + 2] == "/"):
            if at + 2 == len(glob):
                pieces.append(".+")
                break
            pieces.append("(?:[^/]+/)*")
            at += 3
            continue
        piece, at = _piece(glob, at)
        pieces.append(piece)
    return _joined(pieces)


def _piece(glob: str, at: int) -> tuple[str, int]:
    character = glob[at]
    if character in _OPEN and glob.startswith("(", at + 1):
        end = _end_of_group(glob, at + 1)
        if end is not None:
            return _group(character, glob[at + 2 : end], glob[end + 1 :]), end + 1
    if character == "*":
        while at < len(glob) and glob[at] == "*":
            at += 1
        return _STAR, at
    if character == "?":
        return "[^/]", at + 1
    if character == "[":
        return _class(glob, at)
    if character == "(":
        end = _end_of_group(glob, at)
        if end is not None and "|" in glob[at:end]:
            return _group("@", glob[at + 1 : end], glob[end + 1 :]), end + 1
    if character == "\\" and at + 1 < len(glob):
        return re.escape(glob[at + 1]), at + 2
    return re.escape(character), at + 1


def _joined(pieces: list[str]) -> str:
    """A star that another one follows ends at the first place where what stands between them fits.

    That loses nothing, as the next star takes what is left over, and leaves only the last star a choice: else
    a name that does not match costs its length to the power of their number.
    """
    text, rest = "", list(pieces)
    while _STAR in rest:
        star = rest.index(_STAR)
        text += "".join(rest[:star])
        rest = rest[star + 1 :]
        between = rest[: rest.index(_STAR)] if _STAR in rest else []
        if between and all(_takes_one(piece) for piece in between):
            fits = "".join(between)
            text += f"(?:(?!{fits})[^/])*{fits}"
            rest = rest[len(between) :]
        elif not (rest and rest[0] == _STAR):
            text += "[^/]*"
    return text + "".join(rest)


def _takes_one(piece: str) -> bool:
    return piece != "/" and (len(piece) == 1 or piece[0] in "[\\")


def _class(glob: str, at: int) -> tuple[str, int]:
    """`[a-c]`, `[!a]`, `[[:digit:]]`; one that is not closed is its letter."""
    match = re.compile(r"\[([!^]?)(\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*)\]", re.DOTALL).match(glob, at)
    if match is None or (match[2] == "" and not match[1]):
        return re.escape("["), at + 1
    body = re.sub(r"\[:([a-z]+):\]", lambda found: _POSIX.get(found[1], re.escape(found[0])), match[2])
    body = body.replace("/", "").replace("[", "\\[").replace("&&", "&\\&").replace("||", "|\\|")
    body = body.replace("~~", "~\\~").replace("--", "-\\-")
    expression = f"[^/{body}]" if match[1] else f"[{body}]"
    try:
        re.compile(expression)
    except re.error:
        return re.escape(match[0]), match.end()
    return expression, match.end()


_POSIX = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": re.escape("!\"#$%&'()*+,-.:;<=>?@[]^_`{|}~"),
    "space": " \\t\\r\\n\\v\\f",
    "upper": "A-Z",
    "word": "A-Za-z0-9_",
    "xdigit": "A-Fa-f0-9",
}


def _end_of_group(glob: str, start: int) -> int | None:
    depth, at = 0, start
    while at < len(glob):
        if glob[at] == "\\":
            at += 1
        elif glob[at] == "(":
            depth += 1
        elif glob[at] == ")":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return None


def _group(kind: str, inside: str, rest: str) -> str:
    body = "|".join(to_expression(one) for one in _alternatives(inside))
    if kind == "!":
        return f"(?!(?:{body}){to_expression(rest)}\\Z)[^/]*?"
    return f"(?:{body})" + {"@": "", "?": "?", "*": "*", "+": "+"}[kind]


def _alternatives(inside: str) -> list[str]:
    parts, begin, depth, at = [], 0, 0, 0
    while at < len(inside):
        if inside[at] == "\\":
            at += 1
        elif inside[at] == "(":
            depth += 1
        elif inside[at] == ")":
            depth -= 1
        elif inside[at] == "|" and depth == 0:
            parts.append(inside[begin:at])
            begin = at + 1
        at += 1
    return [*parts, inside[begin:]]
