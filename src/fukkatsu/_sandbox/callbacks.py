"""Functions among the arguments of a call: what they are called with, in which order, and what they keep of it.

A function that is told of things (``on_line(text)``) answers nothing, and to be told is all it is there for. So each
plain function that came by value is given other code for the length of the call: it notes what it is called with and
passes that on. The function itself stays where it is, since another in its place could be told from it. One that
answers is asked as often as somebody likes; of it only what it keeps (closure variables, globals) is told.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any, Final

from fukkatsu._oracle.values import encode

BY_VALUE: Final = b"_make_function"
"""Stands in every pickle that holds a function by value: without it there is nothing to do."""
CALLS: Final = "calls of "
MOST_CALLS: Final = 200
_MOST_PLACES: Final = 20
_ODD: Final = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_GENERATOR | inspect.CO_ITERABLE_COROUTINE
_KEEPS: Final = (list, dict, set, int, float, str, bytearray)
_HEAR: Final = "heard"


def _listening(*args: Any, **kwargs: Any) -> Any:
    hear: Any = "heard"  # a constant of the code, in whose place each copy has its own
    return hear(args, kwargs)


_LISTENING: Final = _listening.__code__


class Callbacks:
    """The functions among the arguments of one call, and what has become of them."""

    def __init__(self) -> None:
        self._calls: dict[str, list[list[Any]]] = {}
        self._answers: set[str] = set()
        self._kept: list[tuple[str, Callable[[], Any], bytes]] = []
        self._own: dict[types.FunctionType, types.CodeType] = {}

    def listen(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Hear from now on of the calls of functions in *args* and *kwargs*, and in lists and dicts there."""
        for name, value in kwargs.items():
            self._hear(value, f"argument {name}", deeper=True)
        for at, value in enumerate(args):
            self._hear(value, f"argument {at}", deeper=True)

    def _hear(self, value: Any, place: str, *, deeper: bool = False) -> None:
        if type(value) is types.FunctionType:
            if len(self._own) < _MOST_PLACES and value not in self._own:
                self._listen_to(value, place)
        elif deeper and type(value) is list:
            for at, item in enumerate(value):
                self._hear(item, f"{place}[{at}]")
        elif deeper and type(value) is dict:
            for key, item in value.items():
                self._hear(item, f"{place}[{key!r:.40}]")

    def _listen_to(self, function: types.FunctionType, place: str) -> None:
        own = function.__code__
        if own.co_flags & _ODD:
            return
        self._remember_state(function, place)
        calls = self._calls.setdefault(place, [])
        inner = types.FunctionType(
            own, function.__globals__, function.__name__, function.__defaults__, function.__closure__
        )
        inner.__kwdefaults__ = function.__kwdefaults__

        def hear(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if len(calls) < MOST_CALLS:
                calls.append([encode([args, kwargs], iterator_items=0).text.decode("ascii")])
            answer = inner(*args, **kwargs)
            if answer is not None:
                self._answers.add(place)
            return answer

        self._own[function] = own
        function.__code__ = _LISTENING.replace(
            co_consts=tuple(hear if constant == _HEAR else constant for constant in _LISTENING.co_consts),
            co_freevars=own.co_freevars,  # as many as the function has cells
            co_name=own.co_name,
            co_qualname=own.co_qualname,
            co_filename=own.co_filename,
            co_firstlineno=own.co_firstlineno,
        )

    def _remember_state(self, function: types.FunctionType, place: str) -> None:
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
            self._remember(f"{place}.{name}", functools.partial(getattr, cell, "cell_contents", None))
        for name in function.__code__.co_names:
            if name in function.__globals__:
                self._remember(f"{place}.{name}", functools.partial(function.__globals__.get, name))

    def _remember(self, label: str, read: Callable[[], Any]) -> None:
        value = read()
        if type(value) in _KEEPS:
            self._kept.append((label, read, encode(value, iterator_items=0).text))

    def told(self) -> dict[str, Any]:
        """What there is to tell, by name: the calls of those that answer nothing, and what now is kept otherwise.

        From here on nothing is heard any more.
        """
        for function, own in self._own.items():
            function.__code__ = own
        changes: dict[str, Any] = {
            f"{CALLS}{place}": calls for place, calls in self._calls.items() if calls and place not in self._answers
        }
        for label, read, before in self._kept:
            now = read()
            if encode(now, iterator_items=0).text != before:
                changes[label] = now
        return changes
