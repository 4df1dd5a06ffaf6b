"""Addresses: which path of which revision of which repository (spec/11-revisions.md, "Addresses").

A refusal never repeats a text that begins with a URL: it may hold a password.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from dvdata.errors import BadAddress
from dvdata.format.revisions import parse_range, parse_revision

_MOST_OF_A_PATH = 4096
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_ENDS_REPO = re.compile(r"@(?!\{)")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[A-Za-z0-9+.-]+://(?:\[[0-9A-Fa-f:.]+\]|[^/?#@:\[\]]*)(?::[0-9]*)?(?:/|\Z)")


@dataclass(frozen=True, slots=True)
class Address:
    """`repo`: a remote's name, a directory or a URL; None: the one one is in. `path`: '' is the top."""

    repo: str | None
    revision: str
    path: str

    @property
    def url(self) -> str:
        """As `dv://…`, every part percent-encoded."""
        repo = _quoted(self.repo or "", ":/")
        return f"dv://{repo}@{_quoted(self.revision, '')}/{_quoted(self.path, '/')}"

    def __str__(self) -> str:
        """The short form: nothing in the path is escaped."""
        text = f"{_short_repo(self.repo)}{_short_revision(self.revision)}:{self.path}"
        # A branch of one letter, before a path that begins with a slash, would be read as a drive.
        return f"%{ord(text[0]):02X}{text[1:]}" if self.repo is None and _DRIVE.match(text) else text


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A revision or range of another repository, as a text."""

    repo: str
    revisions: str


def parse_address(text: str) -> Address:
    """The address that a text is, in its short form or as a URL."""
    if text.startswith("dv://"):
        repo, revision, path = _url_parts(text)
        return _address(repo, revision, path or "", text)
    end = _end_of_repo(text)
    repo, rest = (None, text) if end is None else (_decoded(text[:end], text), text[end + 1 :])
    revision, colon, path = rest.partition(":")
    if not colon:
        raise _bad(text)
    return _address(repo, _revision(repo, revision, text), path, text)


def parse_elsewhere(text: str) -> Elsewhere | None:
    """The commits of another repository that a text names; None when it names none.

    A word with an '@' is one only if it names no commits here, and its beginning is a remote or directory:
    that is for the caller to know.
    """
    if text.startswith("dv://"):
        repo, revision, path = _url_parts(text)
        return None if path or repo is None else _elsewhere(repo, revision, text)
    if not (_SCHEME.match(text) or _DRIVE.match(text)):
        found = _ENDS_REPO.search(text, 1)
        if found is None or ":" in text:
            return None
        repo = _decoded(text[: found.start()], text)
        return _elsewhere(repo, _revision(repo, text[found.end() :], text), text)
    found = _ENDS_REPO.search(text)
    if found is None:
        repo = _decoded(text, text)
        return _elsewhere(repo, _revision(repo, "", text), text) if _SCHEME.match(text) else None
    rest = text[found.end() :]
    if ":" in rest:
        return None
    repo = _decoded(text[: found.start()], text)
    return _elsewhere(repo, _revision(repo, rest, text), text)


def _end_of_repo(text: str) -> int | None:
    """Where the '@' stands that ends REPO; None when there is no REPO."""
    if _SCHEME.match(text) or _DRIVE.match(text):
        found = _ENDS_REPO.search(text)
        if found is None:
            raise _bad(text)
        return found.start()
    colon = text.find(":")
    found = _ENDS_REPO.search(text, 1, max(colon, 0) + 1)
    return found.start() if found and found.start() < colon else None


def _url_parts(text: str) -> tuple[str | None, str, str | None]:
    if "?" in text or "#" in text:
        raise _bad(text)
    repo, at, rest = text.removeprefix("dv://").partition("@")
    revision, slash, path = rest.partition("/")
    if not at:
        raise _bad(text)
    repo = _decoded(repo, text)
    return repo or None, _revision(repo, revision, text), _decoded(path, text) if slash else None


def _address(repo: str | None, revision: str, path: str, text: str) -> Address:
    if revision:
        parse_revision(revision)
    path = path.removeprefix("./")
    path = path[:-1] if path.endswith("/") and path != "/" else path
    if path and not is_path(path):
        raise _bad(text)
    return Address(repo, revision or "HEAD", path)


def _elsewhere(repo: str, revisions: str, text: str) -> Elsewhere:
    if revisions and parse_range(revisions) is None:
        parse_revision(revisions)
    return Elsewhere(repo, revisions or "HEAD")


def is_path(path: str) -> bool:
    """Whether a text can be a path of a tree (spec/07-manifest.md)."""
    try:
        length = len(path.encode())
    except UnicodeEncodeError:
        return False
    parts = path.split("/")
    return (
        0 < length <= _MOST_OF_A_PATH
        and "\0" not in path
        and not any(part in ("", ".", "..") for part in parts)
    )


def _revision(repo: str | None, part: str, text: str) -> str:
    """The revision behind a repository. A URL with a user name, or what looks like one, is not taken: behind
    one a plain '@' may end a password.
    """
    if repo is not None and _SCHEME.match(repo) and (not _HOST.match(repo) or _ENDS_REPO.search(part)):
        raise _bad(text)
    return _decoded(part, text)


def _decoded(part: str, text: str) -> str:
    if _BAD_ESCAPE.search(part):
        raise _bad(text)
    try:
        return unquote_to_bytes(part).decode("utf-8")
    except UnicodeError:
        raise _bad(text) from None


def _quoted(part: str, safe: str) -> str:
    return quote(part, safe=safe + "!*'()")


def _short_repo(repo: str | None) -> str:
    if repo is None:
        return ""
    escaped = repo.replace("%", "%25").replace("@", "%40")
    if not (_SCHEME.match(repo) or _DRIVE.match(repo)):
        escaped = escaped.replace(":", "%3A")
    return f"{escaped}@"


def _short_revision(revision: str) -> str:
    escaped = revision.replace("%", "%25")
    return escaped[:1] + _ENDS_REPO.sub("%40", escaped[1:])


def _bad(text: str) -> BadAddress:
    shown = "This address" if "://" in text else f"'{text[:200]}'"
    return BadAddress(f"{shown} is no address", hint="REV:PATH, REPO@REV:PATH or dv://REPO@REV/PATH")
