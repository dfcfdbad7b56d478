"""Functions among the arguments of a call: what they are called with, in which order, and what they keep of it.

A function that is told of things (``on_line(text)``) answers nothing, and to be told is all it is there for. So each
plain function that came by value is replaced by one that notes its calls and passes them on. One that answers is asked
as often as somebody likes; of it only what it keeps (closure variables, globals) is told.
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


class Callbacks:
    """The functions among the arguments of one call, and what has become of them."""

    def __init__(self) -> None:
        self._calls: dict[str, list[list[Any]]] = {}
        self._answers: set[str] = set()
        self._kept: list[tuple[str, Callable[[], Any], bytes]] = []

    def listen(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Put listeners in the place of functions: in *kwargs*, lists and dicts in place; returns the other *args*."""
        for name, value in kwargs.items():
            kwargs[name] = self._around(value, f"argument {name}", deeper=True)
        return tuple(self._around(value, f"argument {at}", deeper=True) for at, value in enumerate(args))

    def _around(self, value: Any, place: str, *, deeper: bool = False) -> Any:
        if type(value) is types.FunctionType:
            return self._listener(value, place) if len(self._calls) < _MOST_PLACES else value
        if deeper and type(value) is list:
            value[:] = [self._around(item, f"{place}[{at}]") for at, item in enumerate(value)]
        elif deeper and type(value) is dict:
            value.update({key: self._around(item, f"{place}[{key!r:.40}]") for key, item in value.items()})
        return value

    def _listener(self, function: types.FunctionType, place: str) -> Any:
        if function.__code__.co_flags & _ODD:
            return function
        self._remember_state(function, place)
        calls = self._calls.setdefault(place, [])

        @functools.wraps(function)
        def listener(*args: Any, **kwargs: Any) -> Any:
            if len(calls) < MOST_CALLS:
                calls.append([encode([args, kwargs], iterator_items=0).text.decode("ascii")])
            answer = function(*args, **kwargs)
            if answer is not None:
                self._answers.add(place)
            return answer

        return listener

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
        """What there is to tell, by name: the calls of those that answer nothing, and what now is kept otherwise."""
        changes: dict[str, Any] = {
            f"{CALLS}{place}": calls for place, calls in self._calls.items() if calls and place not in self._answers
        }
        for label, read, before in self._kept:
            now = read()
            if encode(now, iterator_items=0).text != before:
                changes[label] = now
        return changes
