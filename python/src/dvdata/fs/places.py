"""Where a repository is that a name says: the same in every process, whatever directory it works in."""

import json
import os
import re
from pathlib import Path

from dvdata.errors import BadInput, NotARepository
from dvdata.store import open_store

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def absolute(repo: str) -> str:
    """A URL or an absolute directory. A bare word is a remote of the repository one is in, if that has it."""
    if _SCHEME.match(repo) or os.path.isabs(repo):
        return repo
    if repo and not {"/", os.sep}.intersection(repo) and repo not in (".", ".."):
        url = _remotes().get(repo)
        if url is not None:
            return url if _SCHEME.match(url) else _from_here(url)
    return _from_here(repo)


def _from_here(folder: str) -> str:
    return os.path.abspath(os.path.expanduser(folder or "."))


def _remotes() -> dict[str, str]:
    """URLs of the remotes of the repository around the working directory, by their names."""
    try:
        store = open_store(str(Path.cwd()))
    except NotARepository:
        return {}
    data = store.storage.read_value("config")
    try:
        remotes = json.loads(data or b"{}").get("remotes", {})
        return {name: str(remote["url"]) for name, remote in remotes.items()}
    except (ValueError, AttributeError, TypeError, KeyError):
        raise BadInput(
            f"The configuration of '{store.url}' cannot be read", code="DV_BAD_CONFIG", hint="dv config"
        ) from None
