"""The flow for generators, plain and asynchronous: the fix goes on with the item after the last one delivered."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any

from fukkatsu._case import Case, Healed, open_case
from fukkatsu._engine import fix_failed, raise_end, reach
from fukkatsu._engine_async import reach_async
from fukkatsu._install import Lifeline
from fukkatsu._resume import items_given, skip, skip_async, thrown_in
from fukkatsu._wrap.delegate import Tally, counted_async


def revive_generator(
    line: Lifeline,
    error: Exception,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    earlier: Case | None = None,
) -> Generator[Any, Any, Any]:
    """`revive` for a generator function: yields the rest.

    Raises:
        FlatlineError: From *error*: no fix, or it cannot go on where the failed one broke off.
        Exception: *error* itself, when it is not to be healed or ``on_flatline="original"``.
    """
    case = _open(line, error, args, kwargs, earlier=earlier)
    if case is None:
        raise error
    problem: Exception | None = None
    healed: Healed | None = None
    rest: Generator[Any, Any, Any] | None = None
    try:
        healed = reach(case)
        given = items_given(case)
        case.put_back()
        rest = healed.function(*args, **kwargs)
        skip(rest, given)
    except Exception as why:  # noqa: BLE001 - our own defect must never hide the function's exception
        problem = why
    if healed is None or rest is None or problem is not None:
        raise_end(case, problem)
    try:
        return (yield from rest)
    except Exception as why:
        if _thrown_into(healed, why) or not fix_failed(case, healed, why):
            raise
        broken = why
    return (yield from revive_generator(line, broken, args, kwargs, case))


async def revive_async_generator(
    line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> AsyncGenerator[Any, Any]:
    """The same for an asynchronous generator function: gives a generator of the rest.

    Raises:
        FlatlineError: As `revive_generator`.
        Exception: Likewise.
    """
    case = _open(line, error, args, kwargs)
    if case is None:
        raise error
    problem: Exception | None = None
    healed: Healed | None = None
    rest: AsyncGenerator[Any, Any] | None = None
    try:
        healed = await reach_async(case)
        given = items_given(case)
        case.put_back()
        rest = healed.function(*args, **kwargs)
        await skip_async(rest, given)
    except Exception as why:  # noqa: BLE001 - our own defect must never hide the function's exception
        problem = why
    if healed is None or rest is None or problem is not None:
        raise_end(case, problem)
    answering = healed

    def ended(_: Tally, why: Exception | None) -> None:
        if why is not None and not _thrown_into(answering, why):
            fix_failed(case, answering, why)  # raises, or leaves it to the wrapper, which asks us again

    return counted_async(rest, ended)


def _open(line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any], **more: Any) -> Case | None:
    for function in (line.original, line.active):
        code = getattr(function, "__code__", None)
        if code is not None and thrown_in(error, code):
            return None
    return open_case(line, error, args, kwargs, **more)


def _thrown_into(healed: Healed, error: Exception) -> bool:
    code = getattr(healed.function, "__code__", None)
    return code is not None and thrown_in(error, code)
