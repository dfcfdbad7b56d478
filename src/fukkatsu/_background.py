"""``when="background"``: callers get their own exception at once, and one thread of ours heals beside them.

The thread is started with the first failure, takes one at a time, and ends with the process without a word. What waits
for it is bounded, and a fault that waits already is not queued again.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from fukkatsu._capture.failing import failing_place
from fukkatsu._switch import repairing
from fukkatsu._wrap.keep import keep, recall
from fukkatsu._wrap.snapshot import is_immutable

if TYPE_CHECKING:
    from fukkatsu._install import Lifeline
    from fukkatsu._wrap.recorder import FailedCall

    Repair: TypeAlias = Callable[[Lifeline, Exception, tuple[Any, ...], dict[str, Any], FailedCall | None], object]

QUEUE_LIMIT: Final = 64
"""Failures that wait. Further ones are forgotten: those that matter come again."""

_log = logging.getLogger("fukkatsu")


class _Queue:
    """Jobs by key, one thread that does them, and a way to wait for it."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.jobs: deque[tuple[Hashable, Callable[[], object]]] = deque()
        self.known: set[Hashable] = set()  # those that wait, and the one that is being done
        self.thread: threading.Thread | None = None
        self.closed = False

    def put(self, key: Hashable, job: Callable[[], object]) -> bool:
        with self.changed:
            if self.closed or key in self.known or len(self.jobs) >= QUEUE_LIMIT:
                return False
            if self.thread is None:
                thread = threading.Thread(target=self._work, name="fukkatsu-background", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the interpreter is shutting down
                    return False
                self.thread = thread
            self.known.add(key)
            self.jobs.append((key, job))
            self.changed.notify_all()
            return True

    def knows(self, key: Hashable) -> bool:
        with self.changed:
            return key in self.known

    def idle(self, seconds: float | None) -> bool:
        end = None if seconds is None else time.monotonic() + seconds
        with self.changed:
            return self.changed.wait_for(lambda: not self.known, None if end is None else end - time.monotonic())

    def close(self) -> None:
        with self.changed:
            self.closed = True
            self.jobs.clear()

    def _work(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: bool(self.jobs))
                key, job = self.jobs.popleft()
            try:
                job()
            except BaseException:  # noqa: BLE001 - a provider may raise anything, and the next job is still to be done
                if not self.closed:
                    _log.exception("healing in the background broke down")
            finally:
                del job
                with self.changed:
                    self.known.discard(key)
                    self.changed.notify_all()


_queue = _Queue()


def _renew() -> None:
    """A forked child has no such thread, and the parent heals what the parent met."""
    global _queue
    _queue = _Queue()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew)
atexit.register(lambda: _queue.close())  # the queue of that moment, not of this one


def postpone(line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any], repair: Repair) -> None:
    """Have *repair* called beside the caller, on the arguments as they are now.

    Args:
        line: Of the function that failed.
        error: With its traceback.
        args: The caller's own: what it does with them from now on does not reach the repair.
        kwargs: Likewise.
        repair: Takes the same, and what the recorder saw of the call.
    """
    seen = line.recorder.take_failed(error) if line.recorder is not None else None
    key = (id(line), type(error), failing_place(error, line.original.__code__)[0])
    if _queue.knows(key):
        return
    copies: bytes | None = None
    if not all(map(is_immutable, (*args, *kwargs.values()))):
        try:
            copies = keep((args, kwargs))
        except Exception as why:  # noqa: BLE001 - pickling runs the classes' own code, which may raise anything
            _log.info("%s is not healed in the background: its arguments cannot be copied (%s)", line.qualname, why)
            return

    def job() -> None:
        repairing.set(False)  # the caller was in the midst of its own end
        own_args, own_kwargs = recall(copies) if copies is not None else (args, kwargs)
        repair(line, error, own_args, own_kwargs, seen)

    context = copy_context()
    if not _queue.put(key, lambda: context.run(job)):
        _log.debug("%s: a failure is not queued for healing: it waits already, or too many do", line.qualname)


def submit(key: Hashable, job: Callable[[], object]) -> bool:
    """Have *job* done in the background; ``False``: it waits already, or there is no room.

    What it does is no failure of the program's: nothing in it starts a repair.
    """

    def quietly() -> None:
        repairing.set(True)
        job()

    context = copy_context()
    return _queue.put(key, lambda: context.run(quietly))


def wait(timeout: float | None = None) -> bool:
    """Wait until nothing is being healed (``when="background"``) or compared (`Policy.probation_calls`) any more.

    At the end of a program what still waits is dropped: call this first in a job or a test that wants the fixes.

    Args:
        timeout: Longest wait, in seconds; ``None`` waits as long as it takes.

    Returns:
        Whether all is done.
    """
    return _queue.idle(timeout)
