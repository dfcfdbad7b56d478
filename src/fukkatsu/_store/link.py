"""The way to a database, which may be locked, full, read-only or not there: nobody waits for it for long.

All work for one database is done by one thread of ours, in order. A caller waits for a bounded time; what takes longer
is taken for an outage, and the thread is left to its fate. During an outage callers are told at once, and what has to
reach the database is kept for when it is back.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Final, Generic, Protocol, TypeVar

from fukkatsu.errors import FukkatsuError, StoreError

T = TypeVar("T")

OPENING_SECONDS: Final = 30.0
"""Longest wait for our own modules and SQLAlchemy to be read from disk."""
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 30.0
KEPT_WORK: Final = 1_000
"""Changes that are kept during an outage; the oldest go first."""
CLOSING_SECONDS: Final = 2.0
"""Longest that the end of a program waits for what it noted last."""

_log = logging.getLogger("fukkatsu")


class Unreachable(FukkatsuError):  # noqa: N818 - a way out, caught in `Store`
    """The database cannot be used now."""


class Closable(Protocol):
    """What a link leads to."""

    def close(self) -> None: ...

    def abandon(self) -> None: ...


B = TypeVar("B", bound=Closable)


class _Worker(Generic[B]):
    """One thread with one backend."""

    def __init__(self, opening: Callable[[], B]) -> None:
        self.opened = threading.Event()
        self._opening, self._jobs = opening, SimpleQueue[tuple[Callable[[B], object], Future[Any]] | None]()
        self._thread = threading.Thread(target=self._work, name="fukkatsu-store", daemon=True)
        self._thread.start()

    def put(self, work: Callable[[B], T]) -> Future[T]:
        future: Future[T] = Future()
        self._jobs.put((work, future))
        return future

    def end(self) -> None:
        self._jobs.put(None)

    def _work(self) -> None:
        backend: B | None = None
        problem: BaseException | None = None
        try:
            backend = self._opening()
        except BaseException as why:  # noqa: BLE001 - it is raised where somebody waits
            problem = why
        self.opened.set()
        while (job := self._jobs.get()) is not None:
            work, future = job
            try:
                if backend is None:
                    raise problem or Unreachable("it could not be opened")
                future.set_result(work(backend))
            except BaseException as why:  # noqa: BLE001 - likewise
                future.set_exception(why)
            del job, work, future
        if backend is not None:
            backend.close()


class Link(Generic[B]):
    """Does work for one database, or says at once that it cannot be done now.

    Args:
        opening: Makes the backend; called in the thread that will use it.
        shown: How messages name the database.
        wait_seconds: Longest wait for one piece of work.
    """

    def __init__(self, opening: Callable[[], B], shown: str, wait_seconds: float) -> None:
        self._opening, self.shown, self._wait_seconds = opening, shown, wait_seconds
        self._lock = threading.RLock()
        self._worker: _Worker[B] | None = None
        self._down_until, self._pause, self._warned, self.down = 0.0, FIRST_PAUSE_SECONDS, False, False
        self._kept: deque[Callable[[B], object]] = deque(maxlen=KEPT_WORK)
        _links.add(self)

    def do(self, work: Callable[[B], T]) -> T:
        """The result of *work*.

        Raises:
            Unreachable: There is an outage.
            StoreError: The database is there and will not do this.
        """
        with self._lock:
            if time.monotonic() < self._down_until:
                raise Unreachable(self.shown)
            try:
                if self._worker is None:
                    self._worker = _Worker(self._opening)
            except RuntimeError as why:  # no thread can be started any more: the program ends
                raise Unreachable(self.shown) from why
            worker = self._worker
        if not worker.opened.wait(OPENING_SECONDS):
            raise self._failed(worker, "it could not be opened in time")
        future = worker.put(lambda backend: self._caught_up(backend, work))
        try:
            result = future.result(self._wait_seconds)
        except TimeoutError as why:
            text = str(why) if future.done() else f"no answer within {self._wait_seconds:.0f} s"
            raise self._failed(worker, text) from None
        except StoreError:
            raise
        except Exception as why:
            raise self._failed(worker, f"{type(why).__name__}: {_first_line(why)}") from why
        self._succeeded()
        return result

    def keep(self, work: Callable[[B], object]) -> None:
        """Have *work* done as soon as the database is there, before anything else."""
        with self._lock:
            self._kept.append(work)

    def post(self, work: Callable[[B], object]) -> None:
        """Have *work* done without waiting for it, now or after an outage."""
        with self._lock:
            self.keep(work)
            if time.monotonic() < self._down_until:
                return
            try:
                if self._worker is None:
                    self._worker = _Worker(self._opening)
            except RuntimeError:
                return
            worker = self._worker
        future = worker.put(lambda backend: self._caught_up(backend, lambda _: None))
        future.add_done_callback(lambda done: self._posted(worker, done))

    def settle(self, seconds: float) -> bool:
        """Wait until what was posted or kept is done, and try again now if there is an outage; ``False``: it is not."""
        with self._lock:
            if self._worker is None and not self._kept:
                return True
            try:
                worker = self._worker = self._worker or _Worker(self._opening)
            except RuntimeError:
                return False
        done = worker.put(lambda backend: self._caught_up(backend, lambda _: None))
        try:
            done.result(seconds)
        except Exception as why:  # noqa: BLE001 - an outage, whatever the database calls it
            self._failed(worker, f"{type(why).__name__}: {_first_line(why)}")
            return False
        self._succeeded()
        return True

    def end(self) -> None:
        """Close connections. The next work opens them again."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()

    def _caught_up(self, backend: B, work: Callable[[B], T]) -> T:
        """Do what was kept, in order, then *work*. In the thread of the backend."""
        while True:
            with self._lock:
                if not self._kept:
                    break
                kept = self._kept[0]
            try:
                kept(backend)
            except StoreError as why:
                _log.error("the store %s will not take a change of this process: %s", self.shown, why)
            with self._lock:
                if self._kept and self._kept[0] is kept:
                    self._kept.popleft()
        return work(backend)

    def _posted(self, worker: _Worker[B], done: Future[None]) -> None:
        why = done.exception()
        if why is None:
            self._succeeded()
        else:
            self._failed(worker, f"{type(why).__name__}: {_first_line(why)}")

    def _failed(self, worker: _Worker[B], why: str) -> Unreachable:
        with self._lock:
            if self._worker is worker:
                self._worker = None
                worker.end()
                self._down_until = time.monotonic() + self._pause
                self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
            first, self._warned, self.down = not self._warned, True, True
        _log.log(
            logging.WARNING if first else logging.INFO,
            "the store %s cannot be used (%s); fukkatsu goes on with this process's memory until it can",
            self.shown,
            why,
        )
        return Unreachable(f"{self.shown}: {why}")

    def _succeeded(self) -> None:
        if not self.down:
            return
        with self._lock:
            self.down, self._pause, self._down_until = False, FIRST_PAUSE_SECONDS, 0.0
        _log.info("the store %s is there again", self.shown)


def _first_line(why: BaseException) -> str:
    return (str(why).strip().splitlines() or [""])[0]


def _forget_links() -> None:
    """A forked child notes nothing for its parent."""
    _links.clear()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forget_links)

_links: weakref.WeakSet[Link[Any]] = weakref.WeakSet()


@atexit.register
def _settle_all() -> None:
    for link in list(_links):
        if not link.down:  # the end of a program is no time to wait for a database that is away
            link.settle(CLOSING_SECONDS)
