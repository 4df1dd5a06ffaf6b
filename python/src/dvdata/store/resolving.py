"""From a revision to a commit (spec/11-revisions.md, "Resolution")."""

import re
from difflib import get_close_matches

from dvdata.errors import BadInput, DvError, UnknownRevision, Unsupported
from dvdata.format.hashing import is_hex
from dvdata.format.objects import Commit, decode_commit
from dvdata.format.records import unseal
from dvdata.format.refs import RefValue
from dvdata.format.revisions import Earlier, Head, Name, Revision, parse_revision
from dvdata.storage import Storage
from dvdata.store.objects import Objects
from dvdata.store.refs import RefReader

_PREFIX = re.compile(r"[0-9a-fA-F]{4,64}")
_OPERATION = re.compile(r"([0-9a-z]+)-([0-9]{1,15})-[0-9a-f]+")
_NEAR = 3


class Resolver:
    """What revisions mean in a store."""

    def __init__(self, storage: Storage, objects: Objects, refs: RefReader) -> None:
        self._storage = storage
        self._objects = objects
        self._refs = refs

    def resolve(self, text: str) -> bytes:
        """The id of the commit that a text names."""
        revision = parse_revision(text)
        id = self._base(revision, text)
        for step in revision.steps:
            if step.kind == "ancestor":
                for _ in range(step.n):
                    id = self._parent(id, 1, text)
            elif step.kind == "parent":
                id = self._parent(id, step.n, text)
        return id

    def commit(self, id: bytes) -> Commit:
        return decode_commit(id, self._objects.get("commit", id))

    def _base(self, revision: Revision, text: str) -> bytes:
        match revision.base:
            case Head():
                return self._head(text)
            case Name(name):
                return self._named(name, text)
            case Earlier(name, n) if name != "HEAD":
                return self._earlier(name or self._refs.head() or "HEAD", n, text)
        raise Unsupported(
            f"'{text}' asks what was checked out before, which only the program knows",
            hint=f"dv log -n 1 '{text}' tells the commit",
        )

    def _head(self, text: str) -> bytes:
        head = self._refs.head()
        if head is None:
            raise UnknownRevision(f"No revision '{text}': there is no branch yet", details={"revision": text})
        return self._named(head, text)

    def _named(self, name: str, text: str) -> bytes:
        if is_hex(name, 64):
            id = bytes.fromhex(name)
            self._check_commit(id, text)
            return id
        found = self._ref(name)
        if found is not None:
            return found[1].target
        if _PREFIX.fullmatch(name):
            return self._by_prefix(name.lower(), text)
        raise self._unknown(text, name)

    def _ref(self, name: str) -> tuple[str, RefValue] | None:
        """The ref that a name means: tags come before branches, these before those of remotes."""
        whole = [name] if name.startswith("refs/") else []
        kinds = ("refs", "refs/tags", "refs/heads", "refs/remotes")
        for ref in (*whole, *(f"{kind}/{name}" for kind in kinds)):
            try:
                value = self._refs.value(ref)
            except BadInput:
                continue  # What cannot be the name of a ref is none.
            if value is not None:
                return ref, value
        return None

    def _by_prefix(self, digits: str, text: str) -> bytes:
        ids = sorted(id for id in self._objects.ids_beginning_with(digits) if self._objects.is_commit(id))
        if not ids:
            raise self._unknown(text, digits)
        if len(ids) > 1:
            raise UnknownRevision(
                f"'{text}' is the beginning of {len(ids)} commits",
                code="DV_AMBIGUOUS_ID",
                hint=f"'{ids[0].hex()[:16]}' or '{ids[1].hex()[:16]}'",
                details={"candidates": [id.hex() for id in ids[:20]]},
            )
        return ids[0]

    def _earlier(self, name: str, n: int, text: str) -> bytes:
        """What a ref was before its last n changes: each is an operation, which says what was before it."""
        found = self._ref(name)
        if found is None:
            raise self._unknown(text, name)
        ref, value = found
        target, operation = value.target, value.operation
        for step in range(n):
            before = self._before(ref, operation)
            if before is None:
                raise UnknownRevision(
                    f"No revision '{text}': '{name}' changed {step} times", details={"revision": text}
                )
            target, operation = before
        return target

    def _before(self, ref: str, operation: str) -> tuple[bytes, str] | None:
        parts = _OPERATION.fullmatch(operation)
        try:
            data = self._storage.read(f"operations/{parts[1]}/{int(parts[2])}") if parts else None
        except DvError:
            data = None  # Set by an operation of another machine.
        if data is None:
            return None
        record = unseal(data, f"Operation '{operation}'")
        for change in record.get("refs", []) if record.get("id") == operation else []:
            before = change.get("before") if change.get("ref") == ref else None
            if isinstance(before, dict) and is_hex(before.get("target"), 64):
                return bytes.fromhex(before["target"]), str(before.get("operation"))
        return None

    def _parent(self, id: bytes, number: int, text: str) -> bytes:
        parents = self.commit(id).parents
        if number > len(parents):
            raise UnknownRevision(
                f"No revision '{text}': commit '{id.hex()[:12]}' has {len(parents)} parents",
                details={"revision": text, "commit": id.hex()},
            )
        return parents[number - 1]

    def _check_commit(self, id: bytes, text: str) -> None:
        if not self._objects.is_commit(id):
            raise UnknownRevision(f"No commit '{text}'", details={"revision": text})

    def _unknown(self, text: str, name: str) -> UnknownRevision:
        refs = self._refs.all()
        near = get_close_matches(name, [*refs.branches, *refs.tags, *refs.remotes], _NEAR)
        return UnknownRevision(
            f"No revision '{text}' in '{self._storage.url}'",
            hint=f"did you mean '{near[0]}'?" if near else _what_there_is([*refs.branches, *refs.tags]),
            details={"revision": text, "nearest": near},
        )


def _what_there_is(names: list[str]) -> str:
    if not names:
        return "there are no branches and no tags yet"
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return "there are " + ", ".join(f"'{name}'" for name in names[:5]) + more
