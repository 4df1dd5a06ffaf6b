"""Symbolic links of a tree, followed inside of it: nothing outside is ever looked at."""

from collections.abc import Callable

from dvdata.errors import UnknownPath
from dvdata.store import Entry

_MOST = 40


def real_path(entry_at: Callable[[str], Entry | None], path: str) -> str:
    """The path without links; nothing need be there. UnknownPath if a link leads out of the tree, or in
    circles.
    """
    todo = path.split("/")[::-1]
    done: list[str] = []
    followed = 0
    while todo:
        part = todo.pop()
        if part in ("", "."):
            continue
        if part == "..":
            if not done:
                raise _astray(path, "out of the tree")
            done.pop()
            continue
        done.append(part)
        entry = entry_at("/".join(done))
        if entry is None or entry.target is None:
            continue
        followed += 1
        if followed > _MOST:
            raise _astray(path, "in circles")
        if entry.target.startswith("/"):
            raise _astray(path, "out of the tree")
        done.pop()
        todo.extend(entry.target.split("/")[::-1])
    return "/".join(done)


def _astray(path: str, where: str) -> UnknownPath:
    return UnknownPath(f"The link '{path}' leads {where}", details={"path": path})
