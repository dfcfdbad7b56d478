"""Wake recorders up again, ever more rarely, at no cost in between.

No thread of ours waits for the hour: a thread that every program had would make every ``os.fork`` warn (from Python
3.12 on), and would have to be made anew in each child. The collector's callback is used instead: it comes by itself, in
every process, as often as a program allocates. A program that never collects is not recorded again.
"""

from __future__ import annotations

import gc
import heapq
import os
from itertools import count
from threading import RLock
from time import monotonic
from typing import Any, Final, Protocol
from weakref import ref

FIRST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 300.0
AT_ONCE: Final = 64
"""Sleepers woken up in one collection at most; the others wait for the next one."""


class Sleeper(Protocol):
    """What rests between its hours."""

    def wake(self) -> bool:
        """Begin again; ``False`` when now is not the moment. Must not wait for anything."""


_waiting: list[tuple[float, int, ref[Sleeper]]] = []  # a heap
_numbers = count()
_lock = RLock()  # a collection may begin in the midst of `schedule`, in the same thread


def schedule(sleeper: Sleeper, seconds: float) -> None:
    """Have *sleeper* woken up after *seconds*, or at some collection after that."""
    with _lock:
        heapq.heappush(_waiting, (monotonic() + seconds, next(_numbers), ref(sleeper)))
        if _collected not in gc.callbacks:
            gc.callbacks.append(_collected)


def _collected(phase: str, _: dict[str, Any]) -> None:
    if phase == "stop" and _waiting and _waiting[0][0] <= monotonic():
        wake(monotonic())


def wake(now: float) -> None:
    """Wake up those whose time has come. Never waits: whoever holds a lock now may be waiting for this collection."""
    if not _lock.acquire(blocking=False):
        return
    try:
        for _ in range(AT_ONCE):
            if not _waiting or _waiting[0][0] > now:
                return
            due = heapq.heappop(_waiting)
            sleeper = due[2]()
            if sleeper is not None and not sleeper.wake():
                heapq.heappush(_waiting, due)  # busy: next time
                return
    finally:
        _lock.release()


def _renew_lock() -> None:
    """A thread of the parent's may have held it."""
    global _lock
    _lock = RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_lock)
