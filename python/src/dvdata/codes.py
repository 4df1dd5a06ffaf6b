"""Which exception stands for which code of spec/errors.md, and how a failure of the program becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dvdata.errors import (
    AlreadyExists,
    BadAddress,
    BadExpression,
    BadInput,
    BadLockFile,
    BadRevision,
    BadTable,
    Bug,
    ChecksFailed,
    Conflict,
    Damaged,
    Denied,
    DiskFull,
    DvError,
    Failed,
    Interrupted,
    Locked,
    Lost,
    NewerFormat,
    NoAuthor,
    NoCredentials,
    NoNetwork,
    NotARepository,
    NotFound,
    NotHere,
    Purged,
    ReadOnly,
    RemoteFailed,
    SystemFailed,
    UnknownName,
    UnknownPath,
    UnknownRevision,
    Unsupported,
)

_CODES: dict[type[DvError], tuple[str, ...]] = {
    Failed: (
        *("NO_MATCH", "NOT_A_TABLE", "NO_RULES", "NO_LOCK_FILE", "NOT_NUMBERS", "BAD_KEY", "OTHER_STORE"),
        *("BISECT_GOOD_IS_BAD", "BISECT_BAD_IS_GOOD", "BISECT_SKIPPED", "BISECT_COMMAND"),
        *("NOTHING_TO_COMMIT", "NOTHING_TO_UNDO", "NO_MERGE", "BRANCH_IN_USE", "FORMAT_MISMATCH"),
        *("PATH_COLLISION", "UNREPRESENTABLE_PATH", "FILE_CHANGED", "QUERY_FAILED"),
    ),
    Unsupported: ("UNSUPPORTED",),
    Bug: ("BUG",),
    Interrupted: ("INTERRUPTED",),
    BadInput: (
        *("USAGE", "BAD_NAME", "BAD_PATTERN", "BAD_CONFIG", "BAD_LINE", "BAD_RULES", "BAD_VALUE"),
        *("BAD_ATTRIBUTES", "BAD_IMAGE", "BISECT_NOT_BEFORE"),
    ),
    BadRevision: ("BAD_REVISION",),
    BadAddress: ("BAD_ADDRESS",),
    BadExpression: ("BAD_EXPRESSION", "BAD_SQL"),
    BadTable: ("BAD_TABLE", "BAD_ENCODING"),
    BadLockFile: ("BAD_LOCK_FILE",),
    UnknownName: ("UNKNOWN_REF", "UNKNOWN_REMOTE", "UNKNOWN_COLUMN", "UNKNOWN_DEPENDENCY"),
    UnknownRevision: ("UNKNOWN_REVISION", "AMBIGUOUS_ID"),
    UnknownPath: ("UNKNOWN_PATH",),
    NotFound: ("NOT_FOUND",),
    NotARepository: ("NO_REPOSITORY", "NO_STORE", "NOT_A_STORE", "NO_BUCKET"),
    AlreadyExists: ("ALREADY_EXISTS",),
    NoAuthor: ("NO_AUTHOR",),
    NewerFormat: ("NEWER_FORMAT",),
    Conflict: (
        *("WOULD_OVERWRITE", "MERGE_CONFLICT", "MERGE_IN_PROGRESS", "UNFINISHED_CHECKOUT", "REF_MOVED"),
        *("UNRELATED_HISTORIES", "SUBSET_SOURCE", "COLLECTED", "NOT_FAST_FORWARD", "NOT_AS_EXPECTED"),
    ),
    ChecksFailed: ("CHECKS_FAILED",),
    Locked: ("LOCKED",),
    Damaged: ("CORRUPT", "UNSAFE_PATH"),
    Lost: ("MISSING_OBJECT",),
    Purged: ("PURGED",),
    NotHere: ("ABSENT",),
    SystemFailed: ("IO",),
    ReadOnly: ("READ_ONLY",),
    DiskFull: ("DISK_FULL",),
    Denied: ("PERMISSION",),
    RemoteFailed: ("BAD_ANSWER", "WRONG_REGION", "CLOCK_SKEW", "UNCERTAIN", "NO_CONDITIONAL_WRITES"),
    NoNetwork: ("NETWORK", "TIMEOUT", "UNAVAILABLE", "TLS"),
    NoCredentials: ("NO_CREDENTIALS", "BAD_CREDENTIALS", "EXPIRED_CREDENTIALS"),
}

CLASSES: dict[str, type[DvError]] = {f"DV_{code}": kind for kind, codes in _CODES.items() for code in codes}
"""Which class stands for which code of spec/errors.md."""


def error_class(code: str) -> type[DvError]:
    """The class of a code. A newer program may have codes that are not known here: a plain DvError."""
    return CLASSES.get(code, DvError)


def error_from_json(document: Mapping[str, Any]) -> DvError:
    """The exception that `{"error": {...}}` of `dv --json` tells of."""
    told = document["error"]
    code = str(told["code"])
    return error_class(code)(
        str(told["message"]), hint=told.get("hint"), code=code, details=told.get("data") or {}
    )
