"""Repositories, versions, folders, entries, histories and differences, as pages of a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from dvdata.diff import Diff
from dvdata.entry import Entry
from dvdata.history import Log
from dvdata.package import Folder, Package
from dvdata.repository import Repository
from dvdata.show.html import Html, size, table, tag, text, tree
from dvdata.show.html import shown as whole
from dvdata.show.preview import preview
from dvdata.show.reports import MARKS, mark

MOST = 20
NAMES, BELOW = 30, 6


def repository_html(repository: Repository) -> str:
    """Where it is, and what its branches and tags name."""
    rows = [
        (kind, tag("b", name), tag("span", package.id[:10], of="id"), day(package.time), _title(package))
        for kind, names in (("branch", repository.branches), ("tag", repository.tags))
        for name, package in islice(names.items(), MOST)
    ]
    left_out = len(repository.branches) + len(repository.tags) - len(rows)
    return whole(tag("div", tag("b", repository.url)), table((), rows, left_out=left_out))


def folder_html(folder: Folder) -> str:
    """What it is, what is said of it, and what lies in it: folders first, each with what lies there."""
    parts = [_head(folder), _metadata(folder.meta), _tree(folder)]
    return whole(*parts)


def entry_html(entry: Entry) -> str:
    """What it is, what is said of it, and a first look at it."""
    facts = [entry.kind, f"→ {entry.target}" if entry.kind == "symlink" else size(entry.size)]
    head = tag("div", tag("b", entry.key), " ", tag("span", " · ".join(facts), of="faint"))
    id = tag("div", tag("span", entry.id, of="id faint")) if entry.id else Html("")
    return whole(head, id, _metadata(entry.meta), preview(entry))


def log_html(log: Log) -> str:
    rows = [
        (tag("span", one.id[:10], of="id"), day(one.time), one.author.name, _title(one)) for one in log[:MOST]
    ]
    return whole(table(("commit", "when", "who", "what"), rows, left_out=len(log) - MOST))


def diff_html(diff: Diff) -> str:
    ends = [
        Html(f"{tag('b', end.revision)} {tag('span', end.id[:10], of='id faint')}")
        for end in (diff.before, diff.after)
    ]
    rows = []
    for change in diff[:MOST]:
        sizes = [size(end.size) for end in (change.before, change.after) if isinstance(end, Entry)]
        what = " → ".join(dict.fromkeys(sizes)) if change.is_of_content else "metadata"
        rows.append((mark(change.kind), change.path, tag("span", what, of="faint")))
    counts = ", ".join(f"{len(getattr(diff, kind)):,} {kind}" for kind in MARKS if hasattr(diff, kind))
    found = table((), rows, left_out=len(diff) - MOST) if rows else Html("")
    return whole(tag("div", ends[0], " → ", ends[1]), found, tag("div", counts, of="faint"))


def day(time: Any) -> str:
    return f"{time:%Y-%m-%d %H:%M}" if isinstance(time, datetime) else str(time)


def _title(package: Package) -> str:
    return package.message.partition("\n")[0]


def _head(folder: Folder) -> Html:
    if not isinstance(folder, Package):
        return tag("div", tag("b", f"{folder.key}/"))
    id = tag("span", folder.id[:10], of="id")
    first = tag("div", tag("b", folder.revision), " ", id, " ", tag("span", f"of {folder.url}", of="faint"))
    said = f"{_title(folder)} · {folder.author.name}, {day(folder.time)}"
    return Html(first + tag("div", said, of="faint"))


def _metadata(meta: Mapping[str, Any]) -> Html:
    rows = [(tag("span", key, of="faint"), value) for key, value in islice(meta.items(), MOST)]
    return table((), rows, left_out=len(meta) - len(rows)) if rows else Html("")


def _tree(folder: Folder) -> Html:
    """Two levels: more is what `names()` and `files` are for."""
    found = list(islice(folder._some_names(), NAMES + 1))
    return tree(
        (_item(folder, name, is_folder) for name, is_folder in found[:NAMES]), more=len(found) > NAMES
    )


def _item(folder: Folder, name: str, is_folder: bool) -> Html:
    if not is_folder:
        return Html(f"{text(name)} {tag('span', size(folder[name].size), of='faint')}")
    below = list(islice(folder[name]._some_names(), BELOW + 1))
    names = [one + "/" * is_one for one, is_one in below[:BELOW]] + ["…"] * (len(below) > BELOW)
    return Html(f"{tag('b', name + '/')} {tag('span', ', '.join(names), of='faint')}")
