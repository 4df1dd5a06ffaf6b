"""Which ranges of an object are read together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

_FREE = 64 * 1024


class Range(Protocol):
    """Something that lies at `at`, `size` bytes long, in an object."""

    @property
    def at(self) -> int: ...

    @property
    def size(self) -> int: ...


Item = TypeVar("Item", bound=Range)


@dataclass(frozen=True, slots=True)
class Run(Generic[Item]):
    """What is read in one request: from `at` on, `length` bytes, which hold `items`."""

    at: int
    length: int
    items: tuple[Item, ...]


def runs_of(items: Iterable[Item], gap: int, most: int) -> list[Run[Item]]:
    """Items as runs, in their order in the object. A gap of at most `gap` bytes is read too, as long as a run
    stays below `most` bytes, and all that it reads besides below what is wanted of it, or 64 KiB.
    """
    runs: list[Run[Item]] = []
    run: list[Item] = []
    end = wanted = 0
    for item in sorted(items, key=lambda item: item.at):
        between = max(item.at - end, 0)
        besides = end - run[0].at - wanted if run else 0
        small = between <= gap and besides + between <= max(wanted, _FREE)
        if run and not (small and item.at + item.size - run[0].at <= most):
            runs.append(_run(run, end))
            run, wanted = [], 0
        if not run:
            end = item.at
        run.append(item)
        wanted += max(item.at + item.size - max(item.at, end), 0)
        end = max(end, item.at + item.size)
    if run:
        runs.append(_run(run, end))
    return runs


def _run(items: list[Item], end: int) -> Run[Item]:
    return Run(items[0].at, end - items[0].at, tuple(items))
