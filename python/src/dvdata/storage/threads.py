"""Work side by side: threads that read, decompress and hash (all of which leave Python to others meanwhile).

Forks are survived: a child has no threads of its parent, and locks that these held stay locked, so both are
made anew.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from threading import Lock
from typing import Protocol, TypeVar
from weakref import WeakSet

In = TypeVar("In")
Out = TypeVar("Out")

_THREADS = 32


class _Renewed(Protocol):
    def after_fork(self) -> None: ...


_pool: ThreadPoolExecutor | None = None
_lock = Lock()
_renewed: "WeakSet[_Renewed]" = WeakSet()


def in_order(work: Callable[[In], Out], items: Iterable[In], ahead: int) -> Iterator[Out]:
    """What `work` gives for each item, in their order, with at most `ahead` of them under way or waiting.

    Ends at the first failure, or when the caller does: what was not begun is then not done.
    """
    rest = iter(items)
    first = list(islice(rest, 2))
    # One alone is worked on here: another thread would only be waited for.
    if ahead <= 1 or len(first) < 2:
        yield from map(work, chain(first, rest))
        return
    pool, waiting = _threads(), deque[Future[Out]]()
    try:
        for item in chain(first, rest):
            waiting.append(pool.submit(work, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def each_concurrently(work: Callable[[In], Out], items: Iterable[In], ahead: int) -> list[Out]:
    """The same, all at the end."""
    return list(in_order(work, items, ahead))


def renewed_after_fork(resource: _Renewed) -> None:
    """`after_fork` of this is called in a child process, before anything else there uses it."""
    _renewed.add(resource)


def _threads() -> ThreadPoolExecutor:
    global _pool
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="dvdata")
        return _pool


def _after_fork() -> None:
    global _pool, _lock
    _pool, _lock = None, Lock()
    for resource in list(_renewed):
        resource.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
