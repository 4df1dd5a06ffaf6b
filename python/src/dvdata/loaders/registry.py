"""Which loader a name asks for."""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, overload

from dvdata.codes import error_class
from dvdata.errors import BadInput, DvError, MissingDependency, Unsupported
from dvdata.loaders.forms import FORMS, TEXT, TEXT_NAMES, ZARR, Form, Loader
from dvdata.loaders.source import UNPACKERS, Folder, Source, Unpacked
from dvdata.loaders.zarr import MARKERS

Found = TypeVar("Found")
AnyLoader = TypeVar("AnyLoader", bound=Loader)

_known: dict[str, Form] = {ending: form for form in FORMS for ending in form.endings}
_registered: dict[str, Loader] = {}
_lock = threading.Lock()


@overload
def register(ending: str) -> Callable[[AnyLoader], AnyLoader]: ...
@overload
def register(ending: str, loader: AnyLoader) -> AnyLoader: ...
def register(ending: str, loader: AnyLoader | None = None) -> Any:
    """Loads what is called so with your own function, before any of dv's own.

    `dv.register(".czi", read_czi)`, or `@dv.register(".czi")` above it. The function is given the entry and
    what the entry was called with: `p["a.czi"](scene=1)` is `read_czi(entry, scene=1)`. It loads folders of
    such names, too. Of two endings that fit, the longer one counts: `.ome.tif` before `.tif`.
    """
    if not ending.startswith(".") or len(ending) < 2 or "/" in ending:
        raise BadInput(f"{ending!r} is no ending of names", hint="write it with its dot: '.czi'")

    def keep(function: AnyLoader) -> AnyLoader:
        with _lock:
            _registered[ending.lower()] = function
        return function

    return keep if loader is None else keep(loader)


def load(source: Source, **options: Any) -> Any:
    """The file in the form its name asks for; bytes where no form is known."""
    own = _find(source.name, _registered)
    if own is not None:
        return own(source, **options)
    form = TEXT if source.name.lower() in TEXT_NAMES else _find(source.name, _known)
    if form is not None:
        return _attempt(form, source, options)
    if source.name.lower().endswith(tuple(UNPACKERS)):
        inside = Unpacked(source)
        form = _find(inside.name, _known)
        if form is not None and form.packed:
            return _attempt(form, inside, options)
    return _whole(source, **options)


def load_text(source: Source, encoding: str = "utf-8") -> str:
    """The file as text, whatever its name is."""
    return str(_attempt(TEXT, source, {"encoding": encoding}))


def load_folder(folder: Folder, **options: Any) -> Any:
    """A folder that is a thing of its own: a Zarr store, or one that a loader is registered for."""
    own = _find(folder.name, _registered)
    if own is not None:
        return own(folder, **options)
    if any(folder.get(marker) is not None for marker in MARKERS):
        return _attempt(ZARR, folder, options)
    raise Unsupported(
        f"The folder {folder.name!r} is nothing that can be loaded as one",
        hint="load its files, or register your own loader for its ending: dv.register('.ending', function)",
    )


def _whole(source: Source) -> bytes:
    return source.read()


def _find(name: str, by_ending: Mapping[str, Found]) -> Found | None:
    return next((by_ending[ending] for ending in _endings(name) if ending in by_ending), None)


def _endings(name: str) -> Iterator[str]:
    """Longest first. A dot at the very beginning only hides a file."""
    at = name.find(".", 1)
    while at >= 0:
        yield name[at:].lower()
        at = name.find(".", at + 1)


def _attempt(form: Form, source: Source | Folder, options: dict[str, Any]) -> Any:
    """Libraries fail in as many ways as there are, and do not say which file it was."""
    try:
        return form.load(source, **options)
    except (DvError, TypeError, MemoryError):
        raise
    except ImportError as error:
        hint = None if error.name is None else f"pip install {error.name}"
        raise MissingDependency(f"{source.name!r} cannot be loaded: {error}", hint=hint) from error
    except Exception as error:
        raise error_class(form.code)(
            f"{source.name!r} cannot be read as {form.what}: {error}".rstrip("."),
            code=form.code,
            hint="its bytes as they are: .read(), or a file to open with anything: .path()",
            details={"path": source.name},
        ) from error
