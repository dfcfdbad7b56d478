"""Objects that say where memory is, and what numpy and pandas must not be given of them.

numpy asks any object for ``__array_interface__``, on the *instance*: a dict with an address in it, which it reads and
writes. An author's class that keeps attributes by names in its data, one that answers attributes from its items, and a
pandas Series with a label of that name say it for whoever fills them. So where arrays are in reach, what a correction
hands to a function, an operator or an item is looked over: see ``handing.py`` for where.

Others that C code asks of instances are harmless: ``__array__`` gives an array that exists, ``__array_struct__`` and
``__dlpack__`` a capsule, which no correction can make; ``__index__``, ``__float__``, ``__fspath__``, ``__buffer__`` and
``__array_ufunc__`` are asked of the class. What ``copy`` asks for is looked over in ``copies.py``.
"""

from __future__ import annotations

import collections
import itertools
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any, Final

from fukkatsu._language.keyed import Form, parts_of
from fukkatsu._language.refusals import refuse

PROTOCOLS: Final = ("__array_interface__", "__array_struct__")
LIBRARIES: Final = frozenset({"numpy", "pandas"})
SAFE: Final[frozenset[type]] = frozenset({int, float, complex, bool, str, bytes, type(None)})
"""Types beside whose values nothing becomes an array."""
QUICK: Final[frozenset[type]] = SAFE - {str}
"""Types whose values may go to anybody."""
FINE: Final[set[type]] = {*SAFE, bytearray, type(...), range, types.BuiltinFunctionType}
"""Types whose values say nothing about memory and hold nothing that could."""

ARRAYS: Final[set[type]] = set()
"""``numpy.ndarray``, once one has been seen: its values are fine unless they hold objects."""

_SEQUENCES: Final = (list, tuple, collections.deque, set, frozenset)
CONTAINERS: Final = frozenset({*_SEQUENCES, dict})
_FEW: Final = 1_000  # values that are looked at in what an author's function is given: it may be called in a loop
_VIEWS: Final[tuple[type, ...]] = (type({}.keys()), type({}.values()), type({}.items()))
# What is compared when two of a kind are.
_PARTS: Final[dict[type, Callable[[Any], list[Any]]]] = {
    slice: lambda item: [item.start, item.stop, item.step],
    types.MappingProxyType: lambda item: list(item.values()),
    types.SimpleNamespace: lambda item: list(vars(item).values()),
    types.GenericAlias: lambda item: list(item.__args__),
    Form: parts_of,
}
# Of plain values and classes; not of what hands look-ups on (super, weak references, bound methods).
_LOOKED_UP: Final[tuple[Any, ...]] = tuple(
    kind.__getattribute__
    for kind in (
        object,
        type,
        int,
        float,
        complex,
        str,
        bytes,
        bytearray,
        list,
        tuple,
        dict,
        set,
        frozenset,
        range,
        slice,
    )
)
LOOKING: Final[set[Any]] = set()
"""Functions that look over what they compare by themselves."""


def is_of_libraries(kind: type) -> bool:
    return not LIBRARIES.isdisjoint(str(base.__module__).partition(".")[0] for base in type.mro(kind))


def _answers_by_itself(kind: type) -> bool:
    """Whether looking something up on values of *kind* runs code of its class, and so may answer anything."""
    if hasattr(kind, "__getattr__"):
        return True
    found: Any = kind.__getattribute__
    home = str(getattr(found, "__objclass__", found).__module__)
    return found not in _LOOKED_UP and home.partition(".")[0] != "numpy"


def _answers_as_a_class(kind: type) -> bool:
    """Whether the class itself says where the memory of its values is, as numpy's own do."""
    found = next((vars(base)[PROTOCOLS[0]] for base in type.mro(kind) if PROTOCOLS[0] in vars(base)), None)
    return found is not None and hasattr(type(found), "__set__") and not _answers_by_itself(kind)


def _said_by(value: Any, kind: type, *, asking: bool) -> str | None:
    """The protocol by which *value* says where memory is, on its own account."""
    if not issubclass(kind, type):
        try:
            own = object.__getattribute__(value, "__dict__")
        except AttributeError:
            own = {}
        for name in PROTOCOLS:
            if isinstance(own, dict) and dict.__contains__(own, name):
                return name
    for base in (*type.mro(kind), *(type.mro(value) if issubclass(kind, type) else ())):
        if isinstance(vars(base).get(PROTOCOLS[0]), dict):  # set on the class: no property, and no method
            return PROTOCOLS[0]
    if asking and _answers_by_itself(kind):
        try:
            found = getattr(value, PROTOCOLS[0], None)
        except Exception:  # noqa: BLE001 - an author's class answers
            found = None
        if isinstance(found, dict) and not _is_delegated(value, found):
            return PROTOCOLS[0]
    return None


def _is_delegated(value: Any, found: dict[str, Any]) -> bool:
    """Whether *found* is what an array says that *value* wraps."""
    array = getattr(sys.modules.get("numpy"), "ndarray", None)
    try:
        held = object.__getattribute__(value, "__dict__").values()
    except AttributeError:
        return False
    return array is not None and any(
        isinstance(each, array) and each.__array_interface__ == found for each in list(held)
    )


def no_protocol(items: Iterable[Any]) -> None:
    """Refuse texts among *items* that would be the label under which a Series says where memory is."""
    for name in PROTOCOLS:
        if name in (each for each in items if type(each) is str):
            refuse(f"a label {name} is closed here: numpy would take it for memory at any address")


def look_over(values: Iterable[Any], *, few: bool = False) -> None:
    """Refuse *values* when one of them, or one that they hold, says where memory is.

    Args:
        values: Whatever a correction hands on.
        few: They go to an author's function: no more than some of what they hold is looked at, and an author's
            classes are not asked.
    """
    pending: list[Any] = [list(values)]
    seen: set[int] = set()
    left = _FEW
    while pending:
        items = pending.pop()
        if few:
            items = list(itertools.islice(items, left))
            left -= len(items)
        if FINE.issuperset(map(type, items)):
            no_protocol(items)
            continue
        for item in items:
            kind = type(item)
            if kind in FINE or id(item) in seen:
                continue
            seen.add(id(item))
            pending += _inside(item, kind, few=few)


def _inside(item: Any, kind: type, *, few: bool) -> list[Iterable[Any]]:
    """What is to be looked over in *item*, which is looked over itself."""
    if kind in CONTAINERS:
        return [list(item.keys()), list(item.values())] if kind is dict else [list(item)]
    if _answers_as_a_class(kind):
        numpy = sys.modules["numpy"]
        if kind is numpy.ndarray:
            ARRAYS.add(kind)
        elif issubclass(kind, (numpy.number, numpy.bool_, numpy.character, numpy.datetime64, numpy.timedelta64)):
            FINE.add(kind)
        held = getattr(getattr(item, "dtype", None), "hasobject", False)
        return [list(item.flat)] if held and issubclass(kind, numpy.ndarray) else []
    if name := _said_by(item, kind, asking=not few):
        refuse(f"a {kind.__name__} with {name} is closed here: numpy would take it for memory at any address")
    for base in _SEQUENCES:
        if issubclass(kind, base):
            return [list(base.__iter__(item))]
    if issubclass(kind, dict):
        return [list(dict.keys(item)), list(dict.values(item))]
    if issubclass(kind, _VIEWS):
        return [list(item)]
    if kind in _PARTS:
        return [_PARTS[kind](item)]
    if is_of_libraries(kind):
        return [list(item)] if not few and str(getattr(item, "dtype", "")) == "object" and hasattr(kind, "iat") else []
    if not hasattr(kind, "__dict__") or (kind.__dictoffset__ == 0 and not _answers_by_itself(kind)):
        FINE.add(kind)
    elif not few and hasattr(kind, "__getitem__") and not issubclass(kind, type):
        return [list(vars(item).values())] if type(getattr(item, "__dict__", None)) is dict else []
    return []


def is_fine(value: Any) -> bool:
    kind = type(value)
    return kind in FINE or (kind in ARRAYS and not value.dtype.hasobject)


def bare(value: Any) -> Any:
    """*value*, which says nothing about memory."""
    if not is_fine(value):
        look_over((value,))
    return value


def beside(target: Any, value: Any) -> Any:
    """*value*, which an in-place operator puts to *target*."""
    bare(target)
    return bare(value)


def into(target: Any, value: Any) -> Any:
    """*value*, which is kept in *target*: an array or a table looks through it, others keep it as it is."""
    if is_fine(value):
        return value
    if is_of_libraries(type(target)):
        look_over((value,))
    elif type(value) not in CONTAINERS:
        look_over((value,), few=True)
    return value


def put_in(value: Any, target: Any, index: Any) -> None:
    """``target[index] = value``, evaluated in that order."""
    look_over((index, value))
    target[index] = value
