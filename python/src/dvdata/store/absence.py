"""Why something is not here: a remote has it, it was purged, it is lost, or nobody knows."""

from datetime import datetime
from threading import Lock

from dvdata.errors import DvError, Lost, NotHere, Purged
from dvdata.format.formats import Promise, Purge, read_lost, read_promises, read_purge
from dvdata.format.hashing import Kind
from dvdata.format.metadata import date_of
from dvdata.storage import Storage
from dvdata.storage.threads import renewed_after_fork
from dvdata.store.index import Index


class Absence:
    """Asked only when something is missing, but for purges: what is purged is not read though it can still be
    had.
    """

    def __init__(self, storage: Storage, index: Index) -> None:
        self._storage = storage
        self._index = index
        self._purges: tuple[tuple[str, ...], dict[bytes, Purge]] = ((), {})
        self._lock = Lock()
        renewed_after_fork(self)

    def after_fork(self) -> None:
        self._lock = Lock()

    def failure(self, kind: Kind, id: bytes) -> DvError:
        """What an item that was looked for in vain is."""
        details = {"id": id.hex(), "kind": kind}
        remote = None if self._is_lost(id) else self._promised_by(kind, id)
        if remote is not None:
            return NotHere(
                f"The {kind} '{id.hex()}' is not in '{self._storage.url}' but at its remote '{remote}'",
                hint="'dv fetch' and 'dv checkout --add' bring what is there",
                details={**details, "remote": remote},
            )
        return Lost(
            f"The {kind} '{id.hex()}' is missing in '{self._storage.url}', and no remote has it",
            hint="'dv fsck' tells what else is missing, 'dv repair' what can be done",
            details=details,
        )

    def check_purged(self, content: bytes, path: str) -> None:
        """A file whose content was purged is a hole, also where its bytes can still be had."""
        purge = self._purged().get(content)
        if purge is None:
            return
        when = date_of(purge.milliseconds)
        day = when.date().isoformat() if isinstance(when, datetime) else str(when.milliseconds)
        raise Purged(
            f"'{path}' was purged on {day} by {purge.by}: {purge.reason}",
            details={
                "path": path,
                "id": content.hex(),
                "time": purge.milliseconds,
                "by": purge.by,
                "reason": purge.reason,
            },
        )

    def _purged(self) -> dict[bytes, Purge]:
        names = self._index.root.purged
        with self._lock:
            if self._purges[0] != names:
                self._purges = (names, self._read_purges(names))
            return self._purges[1]

    def _read_purges(self, names: tuple[str, ...]) -> dict[bytes, Purge]:
        """Of a content that several records name, the earliest."""
        purges: dict[bytes, Purge] = {}
        for name in names:
            purge = read_purge(self._storage.read(f"purged/{name}"), f"The record 'purged/{name}'")
            for content in purge.contents:
                known = purges.get(content)
                if known is None or purge.milliseconds < known.milliseconds:
                    purges[content] = purge
        return purges

    def _is_lost(self, id: bytes) -> bool:
        data = self._storage.read_value("lost")
        return data is not None and id in read_lost(data, f"The record 'lost' of '{self._storage.url}'")

    def _promised_by(self, kind: Kind, id: bytes) -> str | None:
        data = self._storage.read_value("promises")
        promises = read_promises(data, f"The promises of '{self._storage.url}'") if data is not None else {}
        for remote, promise in promises.items():
            if self._covers(promise, kind, id):
                return remote
        return None

    def _covers(self, promise: Promise, kind: Kind, id: bytes) -> bool:
        if promise.lazy and kind in ("chunk", "recipe"):
            return True
        if kind == "commit" and id in promise.commits:
            return True
        return bool(promise.away) and any(copy.pack in promise.away for copy in self._index.copies(id, kind))
