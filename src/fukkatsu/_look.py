"""Looking at a program's own objects: code of their classes runs, and must neither end the caller nor begin a repair.

Copying, carrying and showing an argument calls its ``__reduce_ex__``, ``__getattr__``, ``__repr__`` or ``__iter__``.
What these raise says that the object cannot be looked at, and no more, whatever class the exception is of. The methods
may be decorated themselves: called by a look they run as their author wrote them, and a failure is raised at once.

KeyboardInterrupt always goes on, for nobody but a user at the keyboard has a reason to raise it. So does SystemExit out
of a signal handler of the program's: that is how servers end their workers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import Token
from functools import wraps
from types import CodeType, TracebackType
from typing import Any, ParamSpec, TypeVar

from fukkatsu._switch import repairing

P = ParamSpec("P")
T = TypeVar("T")


class LookError(Exception):
    """An object's own code tried to end the program, the task or the generator that looked at it."""


class Look:
    """A stretch of code, never one that awaits or yields, in which objects of the program are looked at.

    Raises:
        LookError: In the place of SystemExit, GeneratorExit and ``asyncio.CancelledError``. Nothing in it waits, so
            neither a task's cancellation nor a generator's end can arrive there: the object raised it.
    """

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        self._token: Token[bool] = repairing.set(True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        repairing.reset(self._token)
        if error is None or isinstance(error, Exception) or not isinstance(error, _exits()):
            return
        if not _from_a_signal(trace):
            msg = f"the code of an object that was looked at raised {type(error).__name__}"
            raise LookError(msg) from error


def looking(function: Callable[P, T]) -> Callable[P, T]:
    """*function* with all of it a `Look`."""

    @wraps(function)
    def looks(*args: P.args, **kwargs: P.kwargs) -> T:
        with Look():
            return function(*args, **kwargs)

    return looks


def _exits() -> tuple[type[BaseException], ...]:
    asynchronous: Any = sys.modules.get("asyncio.exceptions")  # who has not loaded it cannot raise what is in it
    return (SystemExit, GeneratorExit, *((asynchronous.CancelledError,) if asynchronous is not None else ()))


def _from_a_signal(trace: TracebackType | None) -> bool:
    """Whether a signal handler of the program's runs on *trace*."""
    import signal  # not before it is needed: importing fukkatsu is cheap

    handlers = {code for number in signal.valid_signals() if (code := _code_of(signal.getsignal(number))) is not None}
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False


def _code_of(handler: object) -> CodeType | None:
    for _ in range(8):  # partial objects and bound methods, around each other
        inner = getattr(handler, "func", None) or getattr(handler, "__func__", None)
        if inner is None:
            break
        handler = inner
    code = getattr(handler, "__code__", None) or getattr(vars(type(handler)).get("__call__"), "__code__", None)
    return code if isinstance(code, CodeType) else None
