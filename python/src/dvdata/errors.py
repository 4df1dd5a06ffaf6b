"""Every failure of dv is a DvError: a class to catch, a stable code, what is, and what to do next.

Codes and their meaning: spec/errors.md. The wording of messages is free to change; programs look at the
class or the code. Nothing below this room: whatever else dvdata has may raise these.
"""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

__all__ = [
    "AlreadyExists",
    "BadAddress",
    "BadExpression",
    "BadInput",
    "BadLockFile",
    "BadRevision",
    "BadTable",
    "Bug",
    "ChecksFailed",
    "Conflict",
    "Damaged",
    "Denied",
    "DiskFull",
    "DvError",
    "Failed",
    "Interrupted",
    "Locked",
    "Lost",
    "MissingDependency",
    "MissingProgram",
    "NewerFormat",
    "NoAuthor",
    "NoCredentials",
    "NoNetwork",
    "NotARepository",
    "NotFound",
    "NotHere",
    "Purged",
    "ReadOnly",
    "RemoteFailed",
    "SystemFailed",
    "UnknownName",
    "UnknownPath",
    "UnknownRevision",
    "Unsupported",
    "of_the_system",
    "without_passwords",
]


class DvError(Exception):
    """A failure. `code` is stable, `hint` says what to type next, `details` has facts: paths, ids, sizes."""

    default_code: ClassVar[str] = "DV_BUG"
    """What `code` is when the raiser names none."""

    code: str
    message: str
    hint: str | None
    details: dict[str, Any]

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code or self.default_code
        self.message = without_passwords(message)
        self.hint = None if hint is None else without_passwords(hint)
        self.details = {key: _clean(value) for key, value in (details or {}).items()}
        self.args = (self.message,)

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        # Worker processes hand failures over; the options of __init__ are not in `args`.
        return _rebuilt, (type(self), self.message, self.hint, self.code, self.details)


class Failed(DvError):
    """What was asked cannot be done as things are; the message says why."""

    default_code = "DV_NOTHING_TO_COMMIT"


class Unsupported(DvError):
    """This build, platform or installation cannot do it."""

    default_code = "DV_UNSUPPORTED"


class MissingDependency(Unsupported, ImportError):
    """A package that only some of dvdata needs is not installed; the hint says which to install."""


class MissingProgram(Unsupported):
    """What writes is the program `dv`, which was not found, or no Node to run it."""


class Bug(DvError):
    """dv did not expect it: please report it."""


class Interrupted(DvError):
    """The program was asked to end; the old or the new state is in place."""

    default_code = "DV_INTERRUPTED"


class BadInput(DvError, ValueError):
    """Something that was given cannot be read as what it is meant to be. Nothing was changed."""

    default_code = "DV_USAGE"


class BadRevision(BadInput):
    """A text that cannot be a revision."""

    default_code = "DV_BAD_REVISION"


class BadAddress(BadInput):
    """A text that cannot be an address: `URL`, `URL@REV`, `REV:PATH`."""

    default_code = "DV_BAD_ADDRESS"


class BadExpression(BadInput):
    """A text that is no expression of `where`, or no SQL; `details['position']` or `['line']` says where."""

    default_code = "DV_BAD_EXPRESSION"


class BadTable(BadInput):
    """A table that cannot be read as one; `details['line']`."""

    default_code = "DV_BAD_TABLE"


class BadLockFile(BadInput):
    """A `dv.lock` that cannot be followed; `details['line']`."""

    default_code = "DV_BAD_LOCK_FILE"


class _OfTheSystem(DvError, OSError):
    """With an `errno`, as code written for files expects it."""

    default_errno: ClassVar[int] = errno.EIO

    def __init__(self, message: str, **options: Any) -> None:
        super().__init__(message, **options)
        name = self.details.get("system")
        self.errno = getattr(errno, str(name), self.default_errno)
        self.strerror = self.message


class UnknownName(DvError, KeyError):
    """Nothing is called so; `details['nearest']` when something nearly is."""

    default_code = "DV_UNKNOWN_REF"


class UnknownRevision(UnknownName):
    """No branch, tag or commit is called so, or several commits begin so."""

    default_code = "DV_UNKNOWN_REVISION"


class NotFound(_OfTheSystem, FileNotFoundError):
    """A file or stored object of that name is not there."""

    default_code = "DV_NOT_FOUND"
    default_errno = errno.ENOENT


class UnknownPath(UnknownName, _OfTheSystem, FileNotFoundError):
    """No such path. A KeyError of a mapping and a FileNotFoundError of a file system in one."""

    default_code = "DV_UNKNOWN_PATH"
    default_errno = errno.ENOENT


class NotARepository(_OfTheSystem, FileNotFoundError):
    """No repository and no store is there."""

    default_code = "DV_NO_REPOSITORY"
    default_errno = errno.ENOENT


class AlreadyExists(DvError):
    """Something of that name is there already."""

    default_code = "DV_ALREADY_EXISTS"


class NoAuthor(DvError):
    """Nothing says who commits."""

    default_code = "DV_NO_AUTHOR"


class NewerFormat(DvError):
    """It was written by a newer dv."""

    default_code = "DV_NEWER_FORMAT"


class Conflict(DvError):
    """Something stands in the way and was left alone; `details['paths']` where paths do."""

    default_code = "DV_REF_MOVED"


class ChecksFailed(DvError):
    """A rule of the tree's gate does not hold."""

    default_code = "DV_CHECKS_FAILED"


class Locked(DvError):
    """Another process works there."""

    default_code = "DV_LOCKED"


class Damaged(DvError):
    """Stored bytes are not what they must be; `details` says which, and where."""

    default_code = "DV_CORRUPT"


class Lost(DvError):
    """Something refers to an object that the store does not have."""

    default_code = "DV_MISSING_OBJECT"


class Purged(Lost):
    """It was removed from all versions for good; `details` says when, by whom and why."""

    default_code = "DV_PURGED"


class NotHere(DvError):
    """It is not in this store but at a remote of it, which was not asked or not in reach."""

    default_code = "DV_ABSENT"


class SystemFailed(_OfTheSystem):
    """The operating system refused; `details['system']` names its code."""

    default_code = "DV_IO"


class ReadOnly(_OfTheSystem):
    """The store, remote, package or file system is read-only."""

    default_code = "DV_READ_ONLY"
    default_errno = errno.EROFS


class DiskFull(_OfTheSystem):
    """No space, or no quota, is left."""

    default_code = "DV_DISK_FULL"
    default_errno = errno.ENOSPC


class Denied(_OfTheSystem, PermissionError):
    """The operating system, a server or a proxy does not let dv read or write there."""

    default_code = "DV_PERMISSION"
    default_errno = errno.EACCES


class RemoteFailed(_OfTheSystem):
    """A store elsewhere cannot be used as it is, or answers what cannot be."""

    default_code = "DV_BAD_ANSWER"


class NoNetwork(RemoteFailed, ConnectionError):
    """It cannot be reached, broke off, or is overloaded, again and again."""

    default_code = "DV_NETWORK"
    default_errno = errno.ENETUNREACH


class NoCredentials(RemoteFailed, PermissionError):
    """It is not open to everybody, and there are no credentials, or none that work."""

    default_code = "DV_NO_CREDENTIALS"
    default_errno = errno.EACCES


_OF_THE_SYSTEM: dict[str, type[_OfTheSystem]] = {
    **dict.fromkeys(("EACCES", "EPERM"), Denied),
    **dict.fromkeys(("ENOSPC", "EDQUOT"), DiskFull),
    "EROFS": ReadOnly,
    "ENOENT": NotFound,
}


@contextlib.contextmanager
def of_the_system(action: str, path: object) -> Iterator[None]:
    """What the operating system refuses inside is a failure of dv that names the path."""
    try:
        yield
    except DvError:
        raise
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "EIO")
        raise _OF_THE_SYSTEM.get(name, SystemFailed)(
            f"Cannot {action} '{path}': {error.strerror or error}",
            details={"path": str(path), "system": name},
        ) from error


def _rebuilt(
    kind: type[DvError], message: str, hint: str | None, code: str, details: dict[str, Any]
) -> DvError:
    return kind(message, hint=hint, code=code, details=details)


# No scheme is longer; without a bound a long word would be begun at each of its letters.
_USER = re.compile(r"([a-z][a-z0-9+.-]{1,31}://)[^\s/@:']*:[^\s/@']*@", re.IGNORECASE)


def without_passwords(text: str) -> str:
    """Without the 'user:password@' of URLs: failures are printed, logged and pasted into reports."""
    return _USER.sub(r"\1", text)


def _clean(value: Any) -> Any:
    return without_passwords(value) if isinstance(value, str) else value
