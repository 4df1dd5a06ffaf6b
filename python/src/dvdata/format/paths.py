"""Which paths a tree may hold, and which a system can (spec/10-working-directory.md, "Names")."""

import re
import sys
import unicodedata
from functools import lru_cache

from dvdata.errors import Damaged, Failed

_MOST_OF_A_PATH = 4096
_MOST_OF_A_NAME = 255
# Nothing here can look like '.', '..', '.dv', '.git' or a short name.
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,254}\Z")
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_DOTS = re.compile(r"\.{1,2}\Z|[. ]*(?:\. | \.)[. ]*\Z")
_METADATA = re.compile(r"(?:\.dv|\.git|(?:dv|git)~[0-9]+|(?:dv|gi)[0-9a-f]{4}~[0-9])\Z")
_NOT_ON_WINDOWS = re.compile(r'[\x00-\x1f<>:"|?*\\]')
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|:|\Z)", re.IGNORECASE | re.ASCII
)


def check_path(path: str, platform: str = sys.platform) -> None:
    """Raises for a path that no tree may hold, and for one that this system cannot."""
    never = why_never(path)
    if never is not None:
        raise Damaged(
            f"The path {path!r} is not allowed in a tree: {never}",
            code="DV_UNSAFE_PATH",
            details={"path": path, "reason": never},
        )
    unable = why_not_on(path, platform)
    if unable is not None:
        raise Failed(
            f"The path {path!r} cannot exist on this system: {unable}",
            code="DV_UNREPRESENTABLE_PATH",
            details={"path": path, "reason": unable},
        )


def why_never(path: str) -> str | None:
    """Why no tree may hold the path; None when it may."""
    if len(path.encode("utf-8", "surrogatepass")) > _MOST_OF_A_PATH:
        return f"it is longer than {_MOST_OF_A_PATH} bytes"
    return next((why for name in path.split("/") if (why := _why_never_name(name)) is not None), None)


def why_not_on(path: str, platform: str) -> str | None:
    """Why that system cannot hold a path that a tree may hold; None when it can."""
    if platform != "win32":
        return None
    for name in path.split("/"):
        bad = _NOT_ON_WINDOWS.search(name)
        if bad:
            return f"Windows does not allow {bad[0]!r} in a name"
        if name.endswith((".", " ")):
            return "Windows does not allow a name to end in a dot or a space"
        if _DEVICE.match(name):
            return f"Windows keeps the name {name!r} for a device"
    return None


def fold_case(text: str) -> str:
    """Simple folding, one code point to one, as file systems do it."""
    return text.lower() if text.isascii() else "".join(map(_folded, text))


def _folded(character: str) -> str:
    upper = character.upper()
    lower = (upper if len(upper) == 1 else character).lower()
    return lower if len(lower) == 1 else character


@lru_cache(maxsize=65_536)
def _why_never_name(name: str) -> str | None:
    if _PLAIN.match(name):
        return None
    if name == "":
        return "a component is empty"
    if "\0" in name:
        return "it holds a NUL byte"
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        return "it is not valid Unicode"
    if length > _MOST_OF_A_NAME:
        return f"a component is longer than {_MOST_OF_A_NAME} bytes"
    # As other systems read it: without what HFS+ ignores, and without an NTFS stream.
    seen = _UNSEEN.sub("", name).partition(":")[0]
    if _DOTS.match(seen):
        return "a component reads as '.' or '..'"
    if _METADATA.match(fold_case(unicodedata.normalize("NFC", seen)).rstrip(". ")):
        return "a component reads as the metadata of dv or git"
    return None
