"""Places in the arguments of a call, however deep, and the same arguments with another value in one of them.

Works on calls that the host holds for people to see, without running code of the objects in them: state is read from,
and written to, instance dictionaries and slots, and only what lies on the way to the place is copied.
"""

from __future__ import annotations

import copy
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MemberDescriptorType
from typing import Any, Final, TypeAlias

Step: TypeAlias = tuple[str, Any]
"""``("parameter", name)``, ``("attribute", name)``, ``("key", key)`` or ``("item", index)``."""

_MAPPINGS: Final = frozenset({dict, OrderedDict, defaultdict, Counter})
_LIBRARIES: Final = frozenset({"builtins", "types", "numpy", "pandas"})
_DEPTH: Final = 4
_FIRST_ITEMS: Final = 3
"""Of a long list the first ones, and the last, stand for all."""
_MOST_KEYS: Final = 12
_MOST_PLACES: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: the steps that lead there, the parameter first."""

    path: tuple[Step, ...]
    value: Any


def places_of(arguments: Mapping[str, Any]) -> list[Place]:
    """The arguments, by parameter name, and what stands in them, outer ones first; of what is huge not all."""
    found = [Place((("parameter", name),), value) for name, value in arguments.items()]
    for place in found:  # grows while it is read
        if len(found) > _MOST_PLACES:
            break
        if len(place.path) <= _DEPTH:
            found.extend(Place((*place.path, step), value) for step, value in parts_in(place.value))
    return found[:_MOST_PLACES]


def parts_in(value: Any) -> Iterator[tuple[Step, Any]]:
    """What stands in a value, and how it is reached; of long ones the first parts, and the last."""
    kind = type(value)
    if kind is list or kind is tuple:
        for at in dict.fromkeys([*range(min(len(value), _FIRST_ITEMS)), len(value) - 1] if value else ()):
            yield ("item", at), value[at]
    elif kind is deque:
        for at, part in enumerate(islice(value, _FIRST_ITEMS)):
            yield ("item", at), part
    elif kind in _MAPPINGS:
        for key, part in islice(dict.items(value), _MOST_KEYS):
            yield ("key", key), part
    elif is_named_tuple(value):
        for at, name in enumerate(kind._fields):
            yield ("attribute", name), tuple.__getitem__(value, at)
    else:
        for name, part in list(state_of(value).items())[:_MOST_KEYS]:
            yield ("attribute", name), part


def is_named_tuple(value: Any) -> bool:
    """Whether *value* is a record made by `collections.namedtuple` or `typing.NamedTuple`."""
    fields = getattr(type(value), "_fields", None)
    return issubclass(type(value), tuple) and type(fields) is tuple and len(fields) == tuple.__len__(value)


def state_of(value: Any) -> dict[str, Any]:
    """Attributes of an object, its slots included; none of exceptions, classes, functions, modules, and arrays."""
    kind = type(value)
    if issubclass(kind, BaseException | type) or kind.__module__ in _LIBRARIES:
        return {}
    try:
        state = object.__getattribute__(value, "__dict__")
    except AttributeError:
        state = {}
    slots = _slots_of(kind)
    if type(state) is not dict or not slots:
        return state if type(state) is dict else {}
    held = dict(state)
    for name, slot in slots.items():
        try:
            held[name] = slot.__get__(value, kind)
        except AttributeError:  # not filled
            continue
    return held


def _slots_of(kind: type) -> dict[str, MemberDescriptorType]:
    """Those of the author's classes: what a Fraction or a path keeps in slots is its own matter."""
    return {
        name: slot
        for base in reversed(kind.__mro__)
        if "__slots__" in base.__dict__ and base.__module__.partition(".")[0] not in sys.stdlib_module_names
        for name, slot in base.__dict__.items()
        if type(slot) is MemberDescriptorType
    }


def with_value(arguments: Mapping[str, Any], path: tuple[Step, ...], new: Any) -> dict[str, Any]:
    """*arguments* with *new* at *path*; nothing of the given ones is changed.

    Raises:
        TypeError: An object on the way is of a class whose objects cannot be copied by their state.
    """
    (_, name), *rest = path
    return {**arguments, name: _put(arguments[name], rest, new)}


def _put(value: Any, path: list[Step], new: Any) -> Any:
    if not path:
        return new
    (how, where), *rest = path
    kind = type(value)
    if kind is list or kind is tuple:
        return kind([*value[:where], _put(value[where], rest, new), *value[where + 1 :]])
    if kind is deque:
        items = list(value)
        return deque([*items[:where], _put(items[where], rest, new), *items[where + 1 :]], value.maxlen)
    if kind in _MAPPINGS:
        copied = copy.copy(value)
        dict.__setitem__(copied, where, _put(dict.__getitem__(value, where), rest, new))
        return copied
    if how == "attribute" and is_named_tuple(value):
        at = kind._fields.index(where)
        items = list(tuple.__iter__(value))
        return tuple.__new__(kind, [*items[:at], _put(items[at], rest, new), *items[at + 1 :]])
    state = state_of(value)
    copied, slots = object.__new__(kind), _slots_of(kind)
    for name, part in {**state, where: _put(state[where], rest, new)}.items():
        if name in slots:
            slots[name].__set__(copied, part)
        else:
            object.__getattribute__(copied, "__dict__")[name] = part
    return copied
