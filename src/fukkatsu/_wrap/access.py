"""How to read what a place holds, and how to have it hold something else: cells, globals, attributes, slots, classes.

As it is stored: no property is run, and what a class gives its objects is told from what they have of their own.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from types import CellType, FunctionType, MemberDescriptorType
from typing import Any

from fukkatsu._wrap.named import ABSENT, content
from fukkatsu._wrap.places import Place


def access(
    function: FunctionType, place: Place, args: tuple[Any, ...]
) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    """How to read what *place* holds, and how to have it hold something else."""
    if place.of is not None:
        function, args = place.of, ()
    code = function.__code__
    if place.root in code.co_freevars:
        cell = (function.__closure__ or ())[code.co_freevars.index(place.root)]
        if not place.path:
            return lambda: content(cell), lambda value: _fill(cell, value)
        root = content(cell)
    elif place.root in code.co_varnames[: code.co_argcount]:
        root = args[0] if args else ABSENT
    elif not place.path:
        return _of_mapping(function.__globals__, place.root)
    else:
        root = function.__globals__.get(place.root, ABSENT)
    for attribute in place.path[:-1]:
        root = type(root) if attribute == "__class__" else _of(root, attribute)[0]()
    return _of(root, place.path[-1])


def _of(holder: Any, name: str) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    """The attribute *name* of *holder* as it is stored; properties are not run."""
    if isinstance(holder, type):
        return _of_class(holder, name)
    slot = _attributes(type(holder)).get(name)
    if isinstance(slot, MemberDescriptorType):
        return _of_slot(slot, holder)
    own = _attributes(holder)
    inherited = ABSENT if slot is None or hasattr(type(slot), "__get__") else slot

    def write(value: Any) -> None:
        if value is inherited:
            own.pop(name, None)
        else:
            own[name] = value

    return lambda: own.get(name, inherited), write


def _of_slot(slot: Any, holder: Any) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    def read() -> Any:
        try:
            return slot.__get__(holder)
        except AttributeError:
            return ABSENT

    def write(value: Any) -> None:
        if value is ABSENT:
            slot.__delete__(holder)
        else:
            slot.__set__(holder, value)

    return read, write


def _attributes(holder: Any) -> MutableMapping[str, Any]:
    if isinstance(holder, type):
        return {name: value for base in reversed(holder.__mro__) for name, value in vars(base).items()}
    try:
        found = object.__getattribute__(holder, "__dict__")
    except AttributeError:
        return {}
    return found if isinstance(found, dict) else {}


def _of_mapping(names: MutableMapping[str, Any], name: str) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    def write(value: Any) -> None:
        if value is ABSENT:
            names.pop(name, None)
        else:
            names[name] = value

    return lambda: names.get(name, ABSENT), write


def _of_class(cls: type, name: str) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    own = name in vars(cls)

    def write(value: Any) -> None:
        if own:
            type.__setattr__(cls, name, value)
        elif name in vars(cls):
            type.__delattr__(cls, name)

    return lambda: _attributes(cls).get(name, ABSENT), write


def _fill(cell: CellType, value: Any) -> None:
    if value is ABSENT:
        del cell.cell_contents
    else:
        cell.cell_contents = value
