"""What outlives a call, told apart by what can be changed in it: looked at in the host, where the values are."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import fractions
import functools
import itertools
import re
import sys
import types
import uuid
from typing import Any, Final

from fukkatsu._language.stateful import stateful_name

SHALLOW: Final = "container of constants"
DEEP: Final = "container"
MIXED: Final = "container of objects"
OBJECT: Final = "object"
ITERATOR: Final = "iterator"
CALLABLE: Final = "callable"
CACHED: Final = "object that gives what it keeps"
PARTIAL: Final = "object that gives what it holds"
SHARING: Final = "callable: a class whose instances share"
GIVEN: Final = "an argument"
OWN: Final = "a method's own object"
CONTAINERS: Final = frozenset({SHALLOW, DEEP, MIXED})

_CONSTANTS: Final = frozenset(
    {
        int, float, complex, str, bytes, bool, range, type(...), type(NotImplemented), re.Pattern, decimal.Decimal,
        fractions.Fraction, datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone,
        uuid.UUID,
    }
)  # fmt: skip
_HOLDERS: Final = frozenset(
    {
        list, dict, set, bytearray, array.array, collections.deque, collections.Counter, collections.OrderedDict,
        collections.defaultdict,
    }
)  # fmt: skip
_MOST: Final = 1_000


def kind_of(value: Any) -> str | None:
    """What can be changed in *value*: one of the words above, or ``None`` for a constant.

    A library's function is ``"callable json.dumps"``. A container that is empty may come to hold anything. What answers
    such questions with an exception is an object.
    """
    try:
        return _kind_of(value)
    except Exception:  # noqa: BLE001  the author's classes and metaclasses answer
        return OBJECT


def _kind_of(value: Any) -> str | None:
    if _is_constant(value):
        return None
    kind = type(value)
    if kind in _HOLDERS or kind is tuple:
        return _holding(value)
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        bound = isinstance(value, types.MethodType)
        module, name = getattr(value, "__module__", None), getattr(value, "__name__" if bound else "__qualname__", "")
        if isinstance(module, str) and module.partition(".")[0] in sys.stdlib_module_names - {"__main__"}:
            return f"{CALLABLE} {module.removeprefix('_')}.{name}"
        shared = _shared_attributes(value) if isinstance(value, type) else []
        return " ".join((SHARING, *shared)) if shared else CALLABLE
    stateful = stateful_name(kind)
    if hasattr(kind, "__next__") or hasattr(kind, "__anext__"):
        return f"{ITERATOR} {stateful}".rstrip()
    if kind is functools.partial and _keeps(value):
        return PARTIAL
    if isinstance(value, (list, dict, set)):
        return MIXED
    return CACHED if kind is functools._lru_cache_wrapper else f"{OBJECT} {stateful}".rstrip()


def _keeps(value: Any) -> bool:
    """Whether a ``partial`` hands on something that can be changed."""
    return not all(map(_is_constant, (*value.args, *value.keywords.values())))


def _shared_attributes(value: Any) -> list[str]:
    """Of a class of the author's, what its instances share and can be changed: ``rows`` of ``class C: rows = []``.

    What its own ``__init__`` assigns is each instance's own.
    """
    found: set[str] = set()
    if issubclass(value, enum.Enum) and not all(map(_is_constant, enum.EnumType.__iter__(value))):
        found = {"value", "_value_"}  # a call gives a member
    for base in type.mro(value)[:-1]:
        own = getattr(vars(base).get("__init__"), "__code__", None)
        assigned = own.co_names if isinstance(own, types.CodeType) else ()
        found |= {name for name, held in vars(base).items() if type(held) in _HOLDERS and name not in assigned}
    return sorted(name for name in found if not name.startswith("__"))


def _is_constant(value: Any, depth: int = 3) -> bool:
    kind = type(value)
    if kind in _CONSTANTS or value is None or isinstance(value, (int, float, complex, str, bytes)):
        return True
    if kind is tuple or kind is frozenset:
        return depth > 0 and len(value) <= _MOST and all(_is_constant(item, depth - 1) for item in value)
    return isinstance(value, enum.Enum) and _is_constant(value.value, depth - 1) if depth > 0 else False


def _holding(value: Any) -> str:
    if isinstance(value, (bytearray, array.array)):
        return SHALLOW
    found = SHALLOW if value else MIXED
    pending, seen = [value], 0
    while pending and seen <= _MOST:
        held = pending.pop()
        try:
            some = list(itertools.islice(held.values() if isinstance(held, dict) else held, _MOST))
        except RuntimeError:  # another thread changed its size meanwhile
            return MIXED
        seen += len(some)
        if len(some) < len(held):
            found = DEEP
        for item in some:
            if _is_constant(item):
                continue
            if type(item) not in _HOLDERS and type(item) is not tuple:
                return MIXED
            found = DEEP
            pending.append(item)
    return found
