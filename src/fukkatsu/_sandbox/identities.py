"""Which values have to be the very same object on arrival, although an equal one is as good for nearly everybody.

``in``, ``==`` of containers and look-ups ask whether two objects are one before they ask whether they are equal, and a
NaN equals nothing. Constants of the library (``date.min``) are compared by identity by whoever takes them for none.
"""

from __future__ import annotations

import functools
import pickle
import sys
from typing import Any, Final

from fukkatsu._reach import SALT
from fukkatsu._sandbox import arrive
from fukkatsu._sandbox.installed import travels_by_name

_NAMED: Final = (
    ("math", "nan"), ("numpy", "nan"), ("json.decoder", "NaN"), ("cmath", "nan"), ("cmath", "nanj"),
)  # fmt: skip


class _Member:
    """Arrives as that member of that module."""

    def __init__(self, module: str, name: str) -> None:
        self._where = module, name

    def __reduce__(self) -> tuple[Any, ...]:
        return arrive.member, self._where


@functools.cache
def _of_the_library(module: str, name: str) -> tuple[str, bytes]:
    return f"{module}.{name}", pickle.dumps(_Member(module, name), 5)


def nan_told(value: Any) -> tuple[Any, bytes] | None:
    """For a NaN: a token that is this very object's, and a copy."""
    if (type(value) is not float and type(value) is not complex) or value == value:
        return None
    for module, name in _NAMED:
        loaded = sys.modules.get(module)
        if loaded is not None and getattr(loaded, name, None) is value:
            return _of_the_library(module, name)
    return id(value) ^ SALT, pickle.dumps(value, 5)


_MODULES: Final = ("datetime", "uuid")
_KINDS: Final = ("date", "datetime", "time", "timedelta", "timezone", "UUID")


@functools.cache
def _constants(*modules: Any) -> dict[int, tuple[Any, str, str]]:
    """Of them, and of their classes, by id: the constant, which keeps the id, the module, and the name with dots."""
    kinds = {kind for module in modules for name in _KINDS if isinstance(kind := getattr(module, name, None), type)}
    found: dict[int, tuple[Any, str, str]] = {}
    for module in modules:
        for name, member in list(vars(module).items()):
            inside = vars(member).items() if isinstance(member, type) and member in kinds else ()
            for where, value in [(name, member), *((f"{name}.{inner}", each) for inner, each in inside)]:
                if type(value) in kinds:
                    found.setdefault(id(value), (value, module.__name__, where))
    return found


def known_again(value: Any, kind: type) -> tuple[Any, ...] | None:
    """How to have that very *value*, as pickle's reductions say it; ``None`` where an equal one will do.

    An ``object()``, or a module's own empty instance, is compared by identity (``if x is MISSING``): a default, a
    global and an argument travel apart from each other, and have to be one object again on arrival.
    """
    if kind is object:
        return arrive.sentinel, (id(value) ^ SALT, kind)
    if kind.__module__ in _MODULES:
        found = _constants(*[loaded for each in _MODULES if (loaded := sys.modules.get(each)) is not None])
        return (arrive.member, found[id(value)][1:]) if id(value) in found else None
    if vars(kind).keys() & _MAKES or kind.__mro__[1:] != (object,) or getattr(value, "__dict__", None) != {}:
        return None
    home = sys.modules.get(kind.__module__)
    name = None if home is None else next((name for name, each in list(vars(home).items()) if each is value), None)
    if name is None:
        return None
    if travels_by_name(kind.__module__):
        return arrive.member, (kind.__module__, name)
    return arrive.sentinel, (id(value) ^ SALT, kind)


_MAKES: Final = frozenset({"__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__slots__"})
