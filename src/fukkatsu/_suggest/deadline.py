"""Call foreign code and wait for it no longer than agreed, whatever it does."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class DeadlinePassed(Exception):  # noqa: N818 - private, and never leaves this package
    """The call did not end in time. Its thread goes on by itself; what it answers is dropped."""


class _Errand(Generic[T]):
    """One call in a daemon thread: nothing waits for it when the process ends."""

    def __init__(self, function: Callable[[], T], finished: Callable[[], object]) -> None:
        self._function, self._finished = function, finished
        self._answer: list[T] = []
        self._error: BaseException | None = None
        context = contextvars.copy_context()
        threading.Thread(target=lambda: context.run(self._run), name="fukkatsu-provider", daemon=True).start()

    def _run(self) -> None:
        try:
            self._answer.append(self._function())
        except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread, and raised there
            self._error = error
        self._finished()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._answer[0]


def call_within(seconds: float, function: Callable[[], T]) -> T:
    """``function()``, waited for at most *seconds*.

    Raises:
        DeadlinePassed: It is still running; it is left to itself.
    """
    done = threading.Event()
    errand = _Errand(function, done.set)
    if not done.wait(max(0.0, min(seconds, threading.TIMEOUT_MAX))):
        raise DeadlinePassed
    return errand.result()


async def await_within(seconds: float, function: Callable[[], T]) -> T:
    """`call_within` for a running event loop, which is never blocked meanwhile.

    Raises:
        DeadlinePassed: It is still running; it is left to itself.
    """
    import asyncio  # 40 ms that only async programs, which have paid them, need

    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def finished() -> None:
        try:
            loop.call_soon_threadsafe(done.set)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits any more
            return

    errand = _Errand(function, finished)
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await done.wait()
    except TimeoutError:
        raise DeadlinePassed from None
    return errand.result()
