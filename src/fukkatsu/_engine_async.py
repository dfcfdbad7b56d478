"""The flow for coroutine functions: the repair goes on in a thread of its own, and the event loop is never blocked."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextvars import copy_context
from typing import Any, TypeVar

from fukkatsu._case import Case, Flatline, Healed, open_case
from fukkatsu._engine import active_for, fix_failed, lead, raise_end
from fukkatsu._flight import Abandoned, Flight, board, settle, too_late
from fukkatsu._install import Lifeline

T = TypeVar("T")


async def revive_async(
    line: Lifeline,
    error: Exception,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    earlier: Case | None = None,
) -> Any:
    """`revive` for a coroutine function: the fix is awaited in the task of the caller.

    Raises:
        FlatlineError: From *error*: no fix; the text says why.
        Exception: *error* itself, when it is not to be healed or ``on_flatline="original"``.
    """
    case = open_case(line, error, args, kwargs, earlier=earlier)
    if case is None:
        raise error
    problem: Exception | None = None
    healed: Healed | None = None
    try:
        healed = await reach_async(case)
        case.put_back()
    except Exception as why:  # noqa: BLE001 - our own defect must never hide the function's exception
        problem = why
    if healed is None or problem is not None:
        raise_end(case, problem)
    try:
        return await healed.function(*args, **kwargs)
    except Exception as why:
        if not fix_failed(case, healed, why):
            raise
        broken = why
    return await revive_async(line, broken, args, kwargs, case)


async def reach_async(case: Case) -> Healed:
    """`reach` for a task.

    Cancelling the task leaves the repair to the others who wait for it; when nobody does, it is cancelled too.

    Raises:
        Flatline: Nothing answers.
        NoRepair: Likewise, and it is no failure of the function's.
    """
    try:
        case.loop = asyncio.get_running_loop()
    except RuntimeError:
        raise Flatline("async functions are healed under asyncio, and this one runs under another event loop") from None
    while True:
        at_hand = active_for(case)
        if at_hand is not None:
            return at_hand
        flight, leads = board(case)
        try:
            if leads:
                return await _joined(_begin(case, flight), None)
            await _joined(flight.landing, case.remaining)
        except TimeoutError:
            raise too_late(case) from None
        except Abandoned:
            raise Flatline("the repair was given up: its event loop has ended") from None
        finally:
            flight.leave()
        healed = settle(case, flight)
        if healed is not None:
            return healed


def _begin(case: Case, flight: Flight) -> Future[Healed]:
    """Lead the repair in a thread of its own: the default executor is the program's, and may be full."""
    outcome: Future[Healed] = Future()
    outcome.set_running_or_notify_cancel()

    def work() -> None:
        try:
            outcome.set_result(lead(case, flight))
        except BaseException as why:  # noqa: BLE001 - it is raised in the task that waits
            # Where nobody does, its frames would keep what the repair had at hand until the collector comes.
            outcome.set_exception(Abandoned() if flight.cancelled else why)

    context = copy_context()
    threading.Thread(target=lambda: context.run(work), name="fukkatsu-repair", daemon=True).start()
    return outcome


async def _joined(future: Future[T], seconds: float | None) -> T:
    """The result of *future*, which goes on when the task that waits is cancelled.

    Raises:
        TimeoutError: There was none within *seconds*.
    """
    loop = asyncio.get_running_loop()
    woken = loop.create_future()

    def wake() -> None:
        if not woken.done():
            woken.set_result(None)

    def arrived(_: Future[T]) -> None:
        try:
            loop.call_soon_threadsafe(wake)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits any more
            return

    future.add_done_callback(arrived)
    async with asyncio.timeout(None if seconds is None else max(0.0, seconds)):
        await woken
    return future.result(0)
