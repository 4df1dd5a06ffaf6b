"""How far a long work is, shown where somebody looks."""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

from dvdata.optional import missing

Tell = Callable[[int], None]


@contextmanager
def progress_of(total: int, what: str, show: bool | None = None) -> Iterator[Tell]:
    """Told of bytes as they come. With `show` None: if tqdm is there and somebody may look."""
    bar = None
    if show or (show is None and _somebody_looks()):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                bar = import_module("tqdm.auto").tqdm(
                    total=total, desc=what, unit="B", unit_scale=True, leave=False
                )
        except ImportError as error:
            if show:
                raise missing("tqdm", "progress") from error
    try:
        yield (lambda _: None) if bar is None else bar.update
    finally:
        if bar is not None:
            bar.close()


def _somebody_looks() -> bool:
    in_notebook = "ipykernel" in sys.modules
    return in_notebook or (sys.stderr is not None and sys.stderr.isatty())
