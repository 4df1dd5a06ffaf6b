"""dv.lock: the data that code needs, a line of JSON for each pin (spec/27-dependencies.md, "The lock file").

Lock files are merged by people and written by strangers: what is no pin is refused, with the number of its
line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

from dvdata.errors import BadLockFile, DvError, NewerFormat
from dvdata.format.paths import fold_case, why_never
from dvdata.format.revisions import parse_revision

VERSION = 1
PINS_MOST = 10_000
BYTES_MOST = 16 * 1024 * 1024
SETTINGS = ("endpoint", "region", "path-style")
_FIELDS = ("name", "url", "settings", "store", "revision", "commit", "path", "where", "into")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_SCHEMES = ("file", "s3", "http", "https")
_URL_MOST = 4096
_UNSEEN = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_MERGE = re.compile(r"(<{7}|={7}|>{7}|\|{7})")


@dataclass(frozen=True)
class Pin:
    """Which commit is meant by a name, what of its tree, and where that is installed."""

    name: str
    url: str
    """Of the store; a folder that begins with './' or '../' is seen from the lock file's."""
    store: str
    revision: str
    commit: str
    into: str
    path: str = ""
    where: str | None = None
    settings: tuple[tuple[str, str], ...] = ()

    def line(self) -> str:
        """The canonical text, without the end of the line."""
        settings = dict(self.settings)
        fields = {
            "name": self.name,
            "url": self.url,
            "settings": {key: settings[key] for key in SETTINGS if key in settings},
            "store": self.store,
            "revision": self.revision,
            "commit": self.commit,
            "path": self.path,
            "where": self.where,
            "into": self.into,
        }
        kept = {key: value for key, value in fields.items() if value not in ("", None, {})}
        return _text(kept)


def encode_lock(pins: Iterable[Pin]) -> bytes:
    """The canonical text: lines in the order of their names."""
    lines = [_text({"dv.lock": VERSION}), *(pin.line() for pin in sorted(pins, key=lambda pin: pin.name)), ""]
    return "\n".join(lines).encode()


def decode_lock(data: bytes, file: str, check_where: Callable[[str], object]) -> list[Pin]:
    """The pins of a lock file; `file` is for messages. `check_where` raises for what is no expression.

    Raises BadLockFile with the number of the line, or NewerFormat.
    """
    if len(data) > BYTES_MOST:
        raise BadLockFile(f"'{file}' has {len(data)} bytes, more than any lock file", details={"file": file})
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        _Line(file, 1, "").bad("it is not UTF-8")
    head = _Line(file, 1, lines[0])
    version = head.record().get("dv.lock")
    if isinstance(version, (int, float)) and version > VERSION:
        raise NewerFormat(
            f"'{file}' was written by a newer dv (format {version})",
            hint="install a newer one: pip install -U dv-data",
            details={"file": file, "version": version},
        )
    if version != VERSION or isinstance(version, bool):
        head.bad(f'it is not {{"dv.lock":{VERSION}}}')
    pins: list[Pin] = []
    for number, text in enumerate(lines[1:], 2):
        if not text.strip():
            continue
        line = _Line(file, number, text)
        if len(pins) == PINS_MOST:
            line.bad(f"there are more than {PINS_MOST} pins")
        pins.append(line.pin(check_where))
    _refuse_twice(pins, file)
    return pins


def why_no_name(name: str) -> str | None:
    """Why nothing can be called so; None when it can."""
    return (
        None if _NAME.fullmatch(name) else "a name is made of letters, digits, dots, dashes and underscores"
    )


def why_no_url(url: str) -> str | None:
    """Why an address cannot stand in a lock file; it says nothing of the text, which may hold a password."""
    if not url.strip() or len(url) > _URL_MOST:
        return "an address is empty or too long"
    if _UNSEEN.search(url):
        return "an address holds control characters"
    scheme = _SCHEME.match(url)
    if scheme is None:
        return None
    if scheme[1].lower() not in _SCHEMES:
        return f"addresses begin with {'://, '.join(_SCHEMES)}://"
    if "?" in url or "#" in url:
        return "an address has no '?' or '#': what stands behind them may be a secret"
    if _has_user(url):
        return "an address holds no user name or password: credentials come from the environment"
    return None


def why_no_folder(folder: str) -> str | None:
    """Why it can be the folder of no pin; None when it can."""
    never = why_never(folder)
    if never is not None:
        return f"'into' is a folder below that of the lock file: {never}"
    return "'into' has '/' between its parts" if "\\" in folder else None


def name_for(address: str) -> str | None:
    """A name for what an address ends with: 's3://lab/plates 7' is 'plates-7'."""
    parts = [part for part in re.split(r"[\\/]+", address) if re.search("[A-Za-z0-9]", part)]
    if not parts:
        return None
    name = re.sub("[^A-Za-z0-9._-]+", "-", parts[-1])
    return re.sub("-+$", "", re.sub("^[^A-Za-z0-9]+", "", name))[:100]


def _has_user(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # Asked for because it is only looked at then.
        _ = parts.port
    except ValueError:
        # What cannot be parsed cannot be looked through.
        return True
    return "@" in parts.netloc


@dataclass(frozen=True)
class _Line:
    """A line of a lock file, read field by field."""

    file: str
    number: int
    text: str

    def bad(self, why: str, hint: str = "lines are written by 'dv require' and 'dv update'") -> NoReturn:
        raise BadLockFile(
            f"Line {self.number} of '{self.file}' cannot be followed: {why}",
            hint=hint,
            details={"file": self.file, "line": self.number},
        )

    def record(self) -> dict[str, Any]:
        if _MERGE.match(self.text):
            self.bad("a merge left its marks", "keep one line for each name, and remove the marks")
        try:
            value = json.loads(self.text)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            self.bad("it is no JSON object")
        return value

    def pin(self, check_where: Callable[[str], object]) -> Pin:
        record = self.record()
        unknown = next((key for key in record if key not in _FIELDS), None)
        if unknown is not None:
            self.bad(f"'{unknown[:40]}' is no field of a pin")
        pin = Pin(
            **{
                field: self._given(record, field)
                for field in ("name", "url", "store", "revision", "commit", "into")
            },
            path=self._given(record, "path") if "path" in record else "",
            where=self._given(record, "where") if "where" in record else None,
            settings=self._settings(record["settings"]) if "settings" in record else (),
        )
        self._must(why_no_name(pin.name))
        self._must(why_no_url(pin.url))
        self._must(None if re.fullmatch("[0-9a-f]{32}", pin.store) else "'store' is not 32 hex digits")
        self._must(None if re.fullmatch("[0-9a-f]{64}", pin.commit) else "'commit' is not 64 hex digits")
        self._must(why_no_folder(pin.into))
        self._must(why_never(pin.path) if pin.path else None)
        self._parsed("revision", parse_revision, pin.revision)
        if pin.where is not None:
            self._parsed("where", check_where, pin.where)
        return pin

    def _given(self, record: dict[str, Any], field: str) -> str:
        value = record.get(field)
        if not isinstance(value, str):
            self.bad(f"'{field}' is {'no text' if field in record else 'missing'}")
        return value

    def _must(self, reason: str | None) -> None:
        if reason is not None:
            self.bad(reason)

    def _parsed(self, field: str, parse: Callable[[str], object], text: str) -> None:
        try:
            parse(text)
        except DvError as error:
            self.bad(f"'{field}': {error.message}")

    def _settings(self, value: Any) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, dict) or not value:
            self.bad("'settings' is no object of settings")
        for key, setting in value.items():
            if key not in SETTINGS or not isinstance(setting, str):
                self.bad(f"'settings' may have {', '.join(SETTINGS)}, each a text")
            self._must(why_no_url(setting))
        return tuple((key, value[key]) for key in SETTINGS if key in value)


def _refuse_twice(pins: list[Pin], file: str) -> None:
    """Names, and folders that lie in each other: what one installs another would take for its own."""
    names: set[str] = set()
    folders: set[str] = set()
    for pin in pins:
        if fold_case(pin.name) in names:
            _twice(file, f"two lines are called '{pin.name}'", pin.name)
        names.add(fold_case(pin.name))
        folders.add(fold_case(pin.into))
    if len(folders) < len(pins):
        _twice(file, "two lines have one folder", pins[0].into)
    for folder in folders:
        parts = folder.split("/")
        outer = next((one for n in range(1, len(parts)) if (one := "/".join(parts[:n])) in folders), None)
        if outer is not None:
            _twice(file, f"'{folder}' lies in '{outer}'", folder)


def _twice(file: str, what: str, name: str) -> NoReturn:
    raise BadLockFile(
        f"'{file}' cannot be followed: {what}",
        hint="each name has one line and a folder of its own",
        details={"file": file, "name": name},
    )


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
