"""`dv apply`: a file of lines becomes one commit on a branch of a store (spec/14-apply.md)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from dvdata import program
from dvdata.errors import BadInput, Conflict, DvError, ReadOnly
from dvdata.format.addresses import Address
from dvdata.progress import Tell, progress_of
from dvdata.store import Store


def apply(
    store: Store,
    branch: str,
    lines: Path,
    *,
    message: str,
    author: str | None,
    create: bool,
    size: int,
    progress: bool | None,
) -> str | None:
    """The id of the commit that was made, in hex; None when the lines change nothing.

    `size`: how many bytes the files have that the lines name.
    """
    target, cwd = _target(store, branch)
    words = ["apply", f"--file={lines}", f"--message={message}"]
    if author is not None:
        words.append(f"--author={author}")
    if create:
        words.append("--create")
    try:
        with progress_of(size, "storing", progress) as tell:
            answer = program.run(
                *words, "--", target, cwd=cwd, env=_environment(store), progress=_bytes_told(tell)
            )
    except Conflict:
        raise
    except DvError as error:
        raise _without_line(error) from None
    commit = answer.documents[0].get("commit")
    return None if commit is None else str(commit["id"])


def _target(store: Store, branch: str) -> tuple[str, Path | None]:
    """What `dv apply` is told, and where it runs: in a working directory what it does can be undone."""
    if store.workdir is not None:
        return _escaped(None, branch), store.workdir
    url = store.url
    if "://" in url and url.partition("://")[0] not in ("s3", "file"):
        raise ReadOnly(
            f"'{url}' is only read: dv writes to folders and to s3://", details={"url": url, "branch": branch}
        )
    return _escaped(url, branch), None


def _escaped(repo: str | None, branch: str) -> str:
    """REPO@BRANCH, where neither can be taken for more than it is."""
    return str(Address(repo, branch, "")).removesuffix(":")


def _environment(store: Store) -> dict[str, str]:
    """What s3fs was told of the bucket, as the program reads it."""
    told = store.storage_options
    client = told.get("client_kwargs") or {}
    named = {
        "AWS_ACCESS_KEY_ID": told.get("key") or told.get("username"),
        "AWS_SECRET_ACCESS_KEY": told.get("secret") or told.get("password"),
        "AWS_SESSION_TOKEN": told.get("token"),
        "AWS_PROFILE": told.get("profile"),
        "AWS_ENDPOINT_URL_S3": told.get("endpoint_url") or client.get("endpoint_url"),
        "AWS_REGION": client.get("region_name"),
    }
    return {name: str(value) for name, value in named.items() if value}


def _bytes_told(tell: Tell) -> program.OnProgress:
    """Tells how many bytes more were stored; how far other work is has no part in it."""
    done = 0

    def told(event: dict[str, Any]) -> None:
        nonlocal done
        if event["unit"] == "bytes" and event["done"] > done:
            tell(event["done"] - done)
            done = event["done"]

    return told


def _without_line(error: DvError) -> DvError:
    """What was wrong with a line, for who wrote none: the failure without its number."""
    if "line" not in error.details:
        return error
    kind = BadInput if error.code == "DV_UNSAFE_PATH" else type(error)
    details = {name: value for name, value in error.details.items() if name != "line"}
    return kind(re.sub(r"^Line \d+: ", "", error.message), code=error.code, details=details)
