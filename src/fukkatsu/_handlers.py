"""What a wrapper does with an exception, for each kind of function; the flow itself is loaded at the first failure."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._loading import loading
from fukkatsu._switch import is_disabled, repairing
from fukkatsu._wrap.factory import kind_of
from fukkatsu.errors import said_by

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from fukkatsu._install import Lifeline

LOADING_SECONDS: Final = 60.0
"""Longest wait of an event loop for our own modules to be read from disk."""


def handler_for(line: Lifeline) -> Callable[..., Any]:
    """The handler for the wrapper of *line*'s function."""
    return partial(_HANDLERS[kind_of(line.original.__code__)], line)


def _postponed(line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether the caller gets *error* now and the repair goes on beside it. Nothing of the flow is loaded for that."""
    if line.active is not None or line.told().when != "background":
        return False
    if not (line.disabled or is_disabled() or repairing.get()):
        from fukkatsu._background import postpone

        postpone(line, error, args, kwargs, _repair_beside)
    return True


def _runs_in_itself(line: Lifeline, error: Exception) -> bool:
    """Whether the call that failed was made, however indirectly, by another call of the same function.

    Then the outermost call heals: were the innermost of a recursion healed alone, the faulty outer ones would go on
    with its answer. Asked before anything of the flow is loaded, since a recursion that ran away has left no room.
    """
    code = line.original.__code__
    frame = sys._getframe(2).f_back
    while frame is not None:
        if frame.f_code is code:
            if line.recorder is not None:
                line.recorder.take_failed(error)
            return True
        frame = frame.f_back
    return False


def _repair_beside(*call: Any) -> None:
    from fukkatsu._engine import repair_beside

    repair_beside(*call)


def _plain(line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if _runs_in_itself(line, error) or _postponed(line, error, args, kwargs):
        raise error
    return _flow("fukkatsu._engine", error).revive(line, error, args, kwargs)


def _generator(
    line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Generator[Any, Any, Any]:
    if _runs_in_itself(line, error) or _postponed(line, error, args, kwargs):
        raise error
    return (yield from _flow("fukkatsu._engine_generators", error).revive_generator(line, error, args, kwargs))


async def _coroutine(line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if _runs_in_itself(line, error) or _postponed(line, error, args, kwargs):
        raise error
    await _load(error)
    return await _flow("fukkatsu._engine_async", error).revive_async(line, error, args, kwargs)


async def _async_generator(
    line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> AsyncGenerator[Any, Any]:
    if _runs_in_itself(line, error) or _postponed(line, error, args, kwargs):
        raise error
    await _load(error)
    flow = _flow("fukkatsu._engine_generators", error)
    rest: AsyncGenerator[Any, Any] = await flow.revive_async_generator(line, error, args, kwargs)
    return rest


def _flow(name: str, error: Exception) -> Any:
    """The module *name*; where it cannot be loaded (a dependency is missing), *error* is raised, with a note."""
    from importlib import import_module

    try:
        with loading:
            return import_module(name)
    except Exception as broken:  # noqa: BLE001 - whatever keeps us from loading, the function's exception survives
        text = f"fukkatsu could not be loaded ({said_by(broken)}): nothing was healed"
        with suppress(Exception):  # an exception of the program's may refuse to be written on
            BaseException.add_note(error, text)
    raise error


async def _load(error: Exception) -> None:
    """Read the flow from disk beside the event loop, which nothing of ours may block."""
    name = "fukkatsu._engine_generators"
    if name not in sys.modules:
        from fukkatsu._suggest.deadline import await_within

        await await_within(LOADING_SECONDS, lambda: _flow(name, error))


_HANDLERS: Final[dict[str, Callable[..., Any]]] = {
    "plain": _plain,
    "coroutine": _coroutine,
    "generator": _generator,
    "async generator": _async_generator,
}
