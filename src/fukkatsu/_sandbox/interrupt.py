"""Ending what runs in the sandbox from another thread: a cancelled repair waits for nobody.

The thread that runs something does so inside ``with interrupt:``; whoever calls ``interrupt.now()``, from any thread,
has every runner of it killed, and no further one begins. A killed runner is seen by its conversation at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Final, Protocol

from fukkatsu.errors import SandboxUnavailableError

CANCELLED: Final = "what it ran for was cancelled"


class Killable(Protocol):
    """A runner."""

    def kill(self) -> None: ...


class Interrupt:
    """One way to end the runs of one repair, or of one call.

    Attributes:
        raised: Whether it has happened.
    """

    def __init__(self) -> None:
        self.raised = False
        self._lock = threading.Lock()
        self._runners: list[Killable] = []
        self._tokens: list[Token[Interrupt | None]] = []

    def now(self) -> None:
        """Kill what runs, and let nothing begin any more."""
        with self._lock:  # who lets go of a runner waits meanwhile: its descriptor must not be another's by then
            self.raised = True
            for runner in self._runners:
                runner.kill()

    @contextmanager
    def hold(self, runner: Killable) -> Iterator[None]:
        """Have *runner* killed at ``now()``, at once when that is past, and left alone afterwards."""
        with self._lock:
            self._runners.append(runner)
            if self.raised:
                runner.kill()
        try:
            yield
        finally:
            with self._lock:
                self._runners = [other for other in self._runners if other is not runner]

    def check(self) -> None:
        """Raise when it has happened.

        Raises:
            SandboxUnavailableError: So it has.
        """
        if self.raised:
            raise SandboxUnavailableError(f"the sandbox was not asked: {CANCELLED}")

    def __enter__(self) -> Interrupt:
        self._tokens.append(_current.set(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.reset(self._tokens.pop())


_current: ContextVar[Interrupt | None] = ContextVar("fukkatsu_interrupt", default=None)


def interruptible(runner: Killable) -> AbstractContextManager[None]:
    """Let *runner* be ended by whatever ends the runs of this thread."""
    hold = _current.get()
    return nullcontext() if hold is None else hold.hold(runner)


def current() -> Interrupt | None:
    """What ends the runs of this thread, when there is something."""
    return _current.get()
