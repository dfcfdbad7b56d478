"""Calls and operators of a correction where arrays are in reach: what goes into them says nothing about memory.

Called by the names that ``handing.py`` writes. What is looked over here is what the correction hands on; what machine
code hands on in its turn (a row that pandas makes, what a ``partial`` keeps) meets ``late.py``.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import collections
import functools
import itertools
import operator
import sys
import types
from collections.abc import Callable
from typing import Any, Final

from fukkatsu._language.answers import BOUND
from fukkatsu._language.callings import no_maker
from fukkatsu._language.given_back import given_back
from fukkatsu._language.late import handed, handed_to_tables
from fukkatsu._language.memory import (
    CONTAINERS,
    FINE,
    LIBRARIES,
    LOOKING,
    QUICK,
    SAFE,
    bare,
    beside,
    into,
    is_fine,
    is_of_libraries,
    look_over,
    put_in,
)
from fukkatsu._language.words import ITERATORS, passes_on, said

# Keep what they are given, and compute with it when something else is drawn from them.
_DRAWING: Final[frozenset[type]] = frozenset({
    map, filter, itertools.starmap, itertools.accumulate, itertools.groupby, itertools.takewhile, itertools.dropwhile,
    itertools.filterfalse,
})  # fmt: skip
_HOLDING: Final = (
    list, dict, set, tuple, collections.deque, collections.UserList, collections.UserDict, collections.ChainMap,
)  # fmt: skip
# Methods that compare, or compute with, what their owner holds; others keep it, or hand it out.
_COMPUTING: Final = frozenset("count index remove sort total most_common subtract elements".split())
_LAZY: Final[tuple[object, ...]] = (
    map, functools.reduce, itertools.starmap, itertools.accumulate, iter, operator.call,
)  # fmt: skip


def _is_librarys(function: Any) -> bool:
    """Whether *function* is not an author's, so that what it does with values in values is known to be much."""
    owner = getattr(function, "__self__", None) if isinstance(function, BOUND) else None
    for asked in (function, owner):
        kind = asked if isinstance(asked, type) else type(asked)
        if is_of_libraries(kind) or isinstance(asked, types.BuiltinFunctionType):
            return True
    top = str(getattr(function, "__module__", "")).partition(".")[0]
    return top in LIBRARIES or (top in sys.stdlib_module_names and top != "__main__")


def decorating(decorator: Any) -> Any:
    """*decorator*, which is given what another decorator made."""

    def decorate(function: Any) -> Any:
        return decorator(bare(function))

    return decorate


def called(function: Any, /, *args: Any, **kwargs: Any) -> Any:
    """``function(*args, **kwargs)``, which is given nothing that says where memory is."""
    if type(function) is types.FunctionType and function in LOOKING:
        return function(*args, **kwargs)
    if not _is_librarys(function) or passes_on(function):
        args = tuple(map(said, args))
        for name, value in kwargs.items():
            kwargs[name] = said(value)
        return given_back(_called(function, args, kwargs))
    return _called(function, args, kwargs)


def _called(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    for given in (*args, *kwargs.values()):
        if isinstance(given, type):
            no_maker(given)
    if _is_of_tables(function):
        args, kwargs = handed_to_tables(function, args, kwargs)
    elif function is operator.itemgetter and not SAFE.issuperset(map(type, args)):
        return _getter(args)
    owner = getattr(function, "__self__", None)
    if isinstance(owner, _HOLDING) and (
        function.__name__ in _COMPUTING or (function.__name__ == "update" and isinstance(owner, collections.Counter))
    ):
        look_over((owner, *args, *kwargs.values()))
        return function(*args, **kwargs)
    if (args or kwargs) and all(map(is_fine, args)) and (not kwargs or all(map(is_fine, kwargs.values()))):
        return function(*args, **kwargs)
    if type(owner) in CONTAINERS:
        return function(*args, **kwargs)  # others keep what they are given
    if type(function) is type and function in _DRAWING:
        args = tuple(
            map(bare, each) if isinstance(each, _HOLDING) or type(each) in ITERATORS else each for each in args
        )
    elif not ITERATORS.isdisjoint(map(type, args)):
        args = tuple(map(bare, each) if type(each) in ITERATORS else each for each in args)
    look_over((*args, *kwargs.values()), few=not _is_librarys(function))
    if any(function is each for each in _LAZY):
        args = tuple(map(_looked_over, args))
    return function(*args, **kwargs)


def _getter(items: tuple[Any, ...]) -> Any:
    """``operator.itemgetter`` of items that may say later on where memory is."""
    get = operator.itemgetter(*items)

    def get_from(obj: Any, /) -> Any:
        look_over((*items, obj))
        return get(obj)

    return get_from


def index_of(target: Any, index: Any) -> Any:
    """*index*, which is looked up in *target*: a table calls it when it is a function."""
    bare(index)
    return handed(index) if callable(index) and is_of_libraries(type(target)) else index


def _is_of_tables(function: Any) -> bool:
    """Whether *function* is numpy's or pandas', or a method of one of their values."""
    owner = getattr(function, "__self__", None)
    kind = owner if isinstance(owner, type) else type(owner)
    top = str(getattr(function, "__module__", "")).partition(".")[0]
    return top in LIBRARIES or is_of_libraries(kind) or is_of_libraries(type(function))


def _looked_over(given: Any) -> Any:
    """*given*, or when machine code will call it, a function whose answers are looked over."""
    if not isinstance(given, (types.FunctionType, types.MethodType, type)) or _is_librarys(given):
        return given

    def answer(*args: Any, **kwargs: Any) -> Any:
        return bare(given(*args, **kwargs))

    return functools.update_wrapper(answer, given) if type(given) is types.FunctionType else answer


OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "MatMult": operator.matmul,
    "Div": operator.truediv, "FloorDiv": operator.floordiv, "Mod": operator.mod, "Pow": operator.pow,
    "LShift": operator.lshift, "RShift": operator.rshift, "BitOr": operator.or_, "BitXor": operator.xor,
    "BitAnd": operator.and_, "Eq": operator.eq, "NotEq": operator.ne, "Lt": operator.lt, "LtE": operator.le,
    "Gt": operator.gt, "GtE": operator.ge,
    "In": lambda item, container: item in container, "NotIn": lambda item, container: item not in container,
}  # fmt: skip


_IN: Final = ("In", "NotIn")


def operated(name: str, left: Any, right: Any) -> Any:
    """*left* and *right* under the operator of that *name*, when both have been evaluated."""
    bare(left)
    if name not in _IN or type(right) not in (dict, set, frozenset):  # those find by hashes
        bare(right)
    return OPERATORS[name](left, right)


def cells() -> dict[str, Any]:
    """The guards by the names that the transformer calls them by."""
    return {
        ".fine": FINE,
        ".safe": SAFE,
        ".quick": QUICK,
        ".bare": bare,
        ".each": lambda items: map(bare, items),
        ".together": beside,
        ".slice": slice,
        ".into": into,
        ".index_of": index_of,
        ".looked_up": lambda target, index: target[index_of(target, index)],
        ".put_in": put_in,
        ".called": called,
        ".decorating": decorating,
        ".operated": operated,
    }
