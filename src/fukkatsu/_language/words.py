"""Texts that an author's function is given: none may name what the language keeps closed.

``rgetattr(f, "__glo" + "bals__")`` walks where ``f.__globals__`` may not, and ``record.update({name: value})`` sets
what no assignment may. An author's function does by name whatever its caller says, so what a correction says to it is
looked at: texts, and texts in the lists, tuples, sets and dicts that it is given.
"""

from __future__ import annotations

import itertools
import re
import types
from collections.abc import Callable, Iterable
from typing import Any, Final

from fukkatsu._language.attributes import NEVER, READABLE_DUNDERS
from fukkatsu._language.refusals import refuse

WORDLESS: Final[set[type]] = {int, float, complex, bool, bytes, bytearray, type(None), type(...), range, slice}
"""Types whose values are neither texts nor hold any."""
_CONTAINERS: Final = (list, tuple, set, frozenset, dict)
_MOST: Final = 1_000  # items that are looked at in one list: what has more is data
# Without those that ordinary data say (`{"__class__": "Order"}`) and that lead no further by themselves.
_CLOSED: Final = (NEVER - READABLE_DUNDERS - {"__import__", "__new__", "__set__", "__get__"}) | frozenset(
    ["__array_interface__", "__array_struct__", "__annotations__", "__dataclass_fields__", "__deepcopy__"]
)
_WORD: Final = re.compile(r"(?<!\w)(?:__[a-z][a-z_]*__|(?:gi|cr|ag|tb|f|co)_[a-z_]+)(?!\w)")


def _look_at(text: str) -> None:
    if "_" in text:
        for found in _WORD.finditer(text):
            if found.group() in _CLOSED:
                refuse(f"a text with {found.group()} is closed: an author's function could look it up, or set it")


def said(value: Any) -> Any:
    """*value*, which goes to an author's function."""
    kind = type(value)
    if issubclass(kind, str):
        _look_at(value if kind is str else str.__str__(value))
    elif issubclass(kind, _CONTAINERS):
        for item in itertools.islice(_items(value), _MOST):
            if isinstance(item, str):
                _look_at(str.__str__(item))
    elif kind not in WORDLESS and len(WORDLESS) < _MOST:
        WORDLESS.add(kind)
    return value


def _items(value: Any) -> Iterable[Any]:
    if issubclass(type(value), dict):
        return itertools.chain.from_iterable(dict.items(value))
    base = next(base for base in _CONTAINERS if issubclass(type(value), base))
    found: Iterable[Any] = base.__iter__(value)
    return found


def telling(function: Any) -> Any:
    """*function*, or, when it is an author's and machine code will call it, one that looks at what it is given."""
    if not isinstance(function, (types.FunctionType, types.MethodType)):
        return function
    call: Callable[..., Any] = function

    def tell(*args: Any, **kwargs: Any) -> Any:
        for value in (*args, *kwargs.values()):
            said(value)
        return call(*args, **kwargs)

    return tell


def all_said(values: Any) -> list[Any]:
    """What follows ``*`` in a call of an author's function."""
    return [said(value) for value in values]
