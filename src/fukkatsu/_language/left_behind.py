"""Library members that leave something behind when they are used as they are: a context, a running task."""

from __future__ import annotations

import contextlib
import functools
import sys
import time
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Any, Final

from fukkatsu._language.refusals import refuse
from fukkatsu._language.suspended import note_tasks

_PAUSES: Final = 0x20 | 0x80 | 0x100 | 0x200  # generators, coroutines, iterable coroutines, async generators


class _LocalContext:
    """``decimal.localcontext()`` for a with statement that ends before anybody else goes on.

    The library's notes which context to restore when it is made, this one when it is entered: what is entered within
    another with statement ends before that one, and restores what it met.
    """

    __slots__ = ("_given", "_manager")

    def __init__(self, ctx: Any = None, **settings: Any) -> None:
        import decimal

        decimal.localcontext(ctx, **settings)  # whatever is wrong with them is said where they are given
        self._given: Any = None if ctx is None else ctx.copy(), settings
        self._manager: Any = None

    def __enter__(self) -> Any:
        import decimal

        if sys._getframe(1).f_code.co_flags & _PAUSES:
            refuse(
                "localcontext() where something is yielded or awaited could stay in force: use it in a plain function"
            )
        if self._manager is not None:
            refuse("localcontext() is entered once: make another")
        ctx, settings = self._given
        self._manager = decimal.localcontext(ctx, **settings)
        context = self._manager.__enter__()
        context.clear_flags()  # a copy: what was signalled before, in an earlier call too, is told to nobody
        return context

    def __exit__(self, *what: Any) -> None:
        self._manager.__exit__(*what)


def _local_context(ctx: Any = None, **settings: Any) -> _LocalContext:
    """``decimal.localcontext()``."""
    return _LocalContext(ctx, **settings)


class _Limit:
    """``asyncio.timeout(delay)``: whether it ran out, and not when it will, which would tell the time."""

    __slots__ = ("_fukkatsu_limit",)  # no author's own name, which would be open

    def __init__(self, delay: float | None) -> None:
        import asyncio

        self._fukkatsu_limit = asyncio.timeout(delay)

    async def __aenter__(self) -> _Limit:
        await self._fukkatsu_limit.__aenter__()
        return self

    async def __aexit__(self, *what: Any) -> None:
        await self._fukkatsu_limit.__aexit__(*what)  # which turns a cancellation into TimeoutError, and raises it

    def expired(self) -> bool:
        """Whether what was waited for was cancelled because it took too long."""
        return self._fukkatsu_limit.expired()

    def __repr__(self) -> str:
        return "<Timeout>"


def _timeout(delay: float | None) -> _Limit:
    """``asyncio.timeout``."""
    return _Limit(delay)


async def awaited(awaitable: Awaitable[Any]) -> Any:
    """*awaitable* as a coroutine: the steps of an async generator are iterators too, which next() would drive."""
    return await awaitable


def next_awaited(async_iterator: Any, /, *default: Any) -> Awaitable[Any]:
    """``anext``."""
    return awaited(anext(async_iterator, *default))


async def _gather(*aws: Awaitable[Any], return_exceptions: bool = False) -> list[Any]:
    """``asyncio.gather``, which starts its tasks when it is called: here only when it is awaited."""
    import asyncio

    tasks = list(map(_task, aws))
    try:
        results = await asyncio.gather(*tasks, return_exceptions=return_exceptions)
    except Exception:
        await _ended(tasks)
        raise
    finally:
        for task in tasks:
            task.cancel()
    for result in results:
        if isinstance(result, (MemoryError, RecursionError)):  # see scopes.LIMITS
            raise result
    return results


def _task(awaitable: Awaitable[Any]) -> Any:
    """Its task, which begins in its turn: a factory of the program may let it run at once, as no trial would."""
    import asyncio

    if asyncio.iscoroutine(awaitable):
        return asyncio.Task(awaitable, loop=asyncio.get_running_loop())
    return asyncio.ensure_future(awaitable)


async def _ended(tasks: list[Any]) -> None:
    """The library lets the others go on when one of them raises; here nothing goes on after the call."""
    import asyncio

    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _tasks_of_this_one(aws: list[Awaitable[Any]]) -> list[Any]:
    """Tasks that end with the one that starts them at the latest, whoever keeps the iterator."""
    import asyncio

    tasks = list(map(_task, aws))
    if (current := asyncio.current_task()) is not None:
        current.add_done_callback(lambda _: [task.cancel() for task in tasks])
    return tasks


class _AsCompleted:
    """``asyncio.as_completed``: what is not waited for to its end does not go on by itself."""

    __slots__ = ("_aws", "_timeout")

    def __init__(self, aws: Iterable[Awaitable[Any]], timeout: float | None) -> None:
        self._aws, self._timeout = list(aws), timeout

    def __iter__(self) -> Iterator[Any]:
        tasks: list[Any] = []
        found: Iterator[Any] = note_tasks(self._drawn(tasks), tasks)
        return found

    def __aiter__(self) -> AsyncIterator[Any]:
        tasks: list[Any] = []
        found: AsyncIterator[Any] = note_tasks(self._awaited(tasks), tasks)
        return found

    def _drawn(self, tasks: list[Any]) -> Iterator[Any]:
        import asyncio

        tasks += _tasks_of_this_one(self._aws)
        try:
            yield from asyncio.as_completed(tasks, timeout=self._timeout)
        finally:
            for task in tasks:
                task.cancel()

    async def _awaited(self, tasks: list[Any]) -> AsyncIterator[Any]:
        import asyncio

        tasks += _tasks_of_this_one(self._aws)
        try:
            for waiting in asyncio.as_completed(tasks, timeout=self._timeout):
                yield await waiting
        finally:
            for task in tasks:
                task.cancel()


def _as_completed(fs: Iterable[Awaitable[Any]], *, timeout: float | None = None) -> _AsCompleted:
    """``asyncio.as_completed``."""
    return _AsCompleted(fs, timeout)


def _of_a_moment(name: str, position: int) -> Callable[..., Any]:
    """``time.gmtime`` and its like of a given moment; without one they read the clock."""
    real = getattr(time, name)

    def convert(*args: Any) -> Any:
        if len(args) <= position or args[position] is None:
            refuse(f"time.{name}() of now is closed: {WHY_NO_CLOCK}")
        return real(*args)

    convert.__name__ = convert.__qualname__ = name
    return convert


WHY_NO_CLOCK: Final = "a correction that acts by the clock cannot be verified"


def _no_namespace(thing: Any) -> Any:
    if isinstance(thing, types.SimpleNamespace):
        refuse("closing() of a namespace would call what it was given, when everything else has ended")
    return thing


@functools.cache
def closing_with(limits: tuple[type[BaseException], ...]) -> tuple[type, type]:
    """``contextlib.closing`` and ``aclosing``, whose close() replaces no KeyboardInterrupt, nor one of *limits*."""

    def stays(error: BaseException | None) -> bool:
        return error is not None and (not isinstance(error, Exception) or isinstance(error, limits))

    class Closing(contextlib.closing):  # type: ignore[type-arg]  # of anything that closes
        def __init__(self, thing: Any) -> None:
            super().__init__(_no_namespace(thing))

        def __exit__(self, *what: Any) -> None:
            try:
                super().__exit__(*what)
            except BaseException:
                if not stays(what[1]):
                    raise

    class AsyncClosing(contextlib.aclosing):  # type: ignore[type-arg]  # likewise
        def __init__(self, thing: Any) -> None:
            super().__init__(_no_namespace(thing))

        async def __aexit__(self, *what: Any) -> None:
            try:
                await super().__aexit__(*what)
            except BaseException:
                if not stays(what[1]):
                    raise

    Closing.__name__ = Closing.__qualname__ = "closing"
    AsyncClosing.__name__ = AsyncClosing.__qualname__ = "aclosing"
    return Closing, AsyncClosing


@functools.cache
def suppressing(limits: tuple[type[BaseException], ...]) -> type:
    """``contextlib.suppress``, which lets *limits* pass."""

    class Suppress(contextlib.suppress):
        def __exit__(self, kind: Any, error: Any, traceback: Any) -> Any:
            if isinstance(error, limits) or (isinstance(error, BaseExceptionGroup) and error.subgroup(limits)):
                return False
            return super().__exit__(kind, error, traceback)

    Suppress.__name__ = Suppress.__qualname__ = "suppress"
    return Suppress


OF_THE_PROCESS: Final[dict[str, Any]] = {
    "decimal.localcontext": _local_context,
    "asyncio.gather": _gather,
    "asyncio.as_completed": _as_completed,
    "asyncio.timeout": _timeout,
}
CONVERSIONS: Final[dict[str, Any]] = {
    f"time.{name}": _of_a_moment(name, position)
    for name, position in {"gmtime": 0, "localtime": 0, "ctime": 0, "asctime": 0, "strftime": 1}.items()
}
TELLING_THE_TIME: Final = frozenset({"when", "reschedule"})
"""What ``asyncio.timeout()`` gives has these where the original looks them up, and not otherwise."""
