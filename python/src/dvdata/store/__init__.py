"""A store, read: objects by id, refs, revisions, walks and differences of manifests, contents of files.

`open_store` is the door; a `Store` is safe for threads, survives forks, and pickles as its URL and options.
"""

from dvdata.store.changes import Change
from dvdata.store.entries import Entry
from dvdata.store.open import open_store
from dvdata.store.refs import Refs
from dvdata.store.store import Store

__all__ = ["Change", "Entry", "Refs", "Store", "open_store"]
