"""From a path or URL to the storage there."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dvdata.storage.folder import Folder
from dvdata.storage.port import Storage
from dvdata.storage.remote import Remote


def local_path(url: str) -> Path | None:
    """The folder that a path or a file URL names; None for a URL elsewhere."""
    for scheme in ("file://", "local://"):
        if url.startswith(scheme):
            return Path(unquote(urlsplit(url).path))
    return None if "://" in url or "::" in url else Path(os.path.expanduser(url))


def open_storage(url: str, options: dict[str, Any] | None = None) -> Storage:
    """The storage at a path or URL. Nothing is asked of it here."""
    path = local_path(url)
    return Remote(url, options or {}) if path is None else Folder(path)
