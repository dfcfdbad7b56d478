"""Which objects a function reaches without its arguments, so that they are the same ones where they are handed to it.

Scope, defaults and arguments travel apart from each other. In the program ``opts is DEFAULTS`` may be true, so it has
to be in a runner: objects of the scope travel with a token each, and an argument that is one of them as that token.
"""

from __future__ import annotations

import functools
import gc
import inspect
import os
import types
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

MOST: Final = 2_000
"""Objects of one scope that are known again, and of one call that are looked at."""
_ATOMS: Final = frozenset({int, float, str, bytes, bool, type(None), complex, range, types.EllipsisType})
_NAMED: Final = (type, types.ModuleType, types.BuiltinFunctionType)
_ROWS: Final = frozenset({list, tuple, deque})
SALT: Final = int.from_bytes(os.urandom(8), "little")  # an address of ours is nobody's business


def roots(function: types.FunctionType) -> list[Any]:
    """Values of the globals and closure variables that *function* names, and its defaults."""
    found: list[Any] = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # the enclosing function has not bound the name yet
            continue
    names = function.__globals__
    return found + [names[name] for name in _names(function.__code__) if name in names]


MOST_HELPERS: Final = 50


def behind(values: Sequence[Any], is_own: Callable[[types.FunctionType], bool]) -> list[Any]:
    """What functions among *values* reach in their turn, which they may hand out: `def current(): return CURRENT`.

    Of a bounded number of those that *is_own* takes for the author's; first what is nearest.
    """
    helpers = [each for each in map(_function, values) if each is not None and is_own(each)]
    seen = {*map(id, helpers)}
    found: list[Any] = [answer for each in values for answer in remembered(each)]
    for walked, helper in enumerate(helpers):  # grows while it is walked
        if walked >= MOST_HELPERS:
            break
        reached = roots(helper)
        found += reached
        for each in reached:
            found += remembered(each)
        for each in map(_function, reached):
            if each is not None and id(each) not in seen and is_own(each):
                seen.add(id(each))
                helpers.append(each)
    return found


def _function(value: object) -> types.FunctionType | None:
    kind = type(value)
    if kind is CACHED:
        value = getattr(value, "__wrapped__", None)
    return value if type(value) is types.FunctionType else None


CACHED: Final = type(functools.lru_cache(lambda: None))


def remembered(value: Any) -> list[Any]:
    """What a function without parameters answers out of its cache, the usual way to have one object of a kind."""
    function = _function(value) if type(value) is CACHED else None
    if function is None or value.cache_info().currsize != 1:
        return []
    code = function.__code__
    if code.co_argcount or code.co_kwonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return []
    held = gc.get_referents(value)  # the table; where the cache has a bound also the keys, each before its answer
    table = next((each for each in held if type(each) is dict and len(each) == 1 and () in each), None)
    if table is None:
        return []
    if type(table[()]).__name__ != "_lru_list_elem":
        return [table[()]]
    at = next((at for at, each in enumerate(held) if type(each) is tuple and not each), len(held))
    return held[at + 1 : at + 2]


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def objects_in(values: Iterable[Any], *, members: bool | None = True) -> dict[int, Any]:
    """Each object in *values* that may be told from an equal one, in containers and attributes too, by id.

    A copy of *values* gives those of the copy in the same order, unless *members* of sets are among them; ``None``
    leaves out all that lies in others.
    """
    found: dict[int, Any] = {}
    pending = list(values)
    for value in pending:  # grows while it is walked
        kind = type(value)
        if kind in _ATOMS or id(value) in found or issubclass(kind, _NAMED):
            continue
        if len(found) >= MOST:
            break
        found[id(value)] = value
        if members is None:
            continue
        if kind in _ROWS:
            pending.extend(value)
        elif kind is dict:
            pending += [*value, *value.values()]
        elif kind is set or kind is frozenset:
            pending.extend(value if members else ())
        elif (kind.__reduce_ex__, kind.__reduce__, kind.__getstate__) == _USUAL:  # else it may leave some at home
            pending += _attributes(value, kind)
    return found


_USUAL: Final[tuple[Any, ...]] = (object.__reduce_ex__, object.__reduce__, object.__getstate__)  # type: ignore[attr-defined, unused-ignore]


def _attributes(value: object, kind: type) -> list[Any]:
    found = []
    slots = _slots.get(kind)
    if slots is None:
        everything = [member for base in kind.__mro__ if base.__flags__ & _HEAP_TYPE for member in vars(base).values()]
        slots = _slots[kind] = [each for each in everything if type(each) is types.MemberDescriptorType]
    for member in slots:
        try:
            found.append(member.__get__(value))
        except AttributeError:  # nothing there
            continue
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return found
    return [*found, *attributes.values()] if type(attributes) is dict else found


_HEAP_TYPE: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_slots: Final[weakref.WeakKeyDictionary[type, list[types.MemberDescriptorType]]] = weakref.WeakKeyDictionary()


def tokens_of(function: Any) -> dict[int, int]:
    """The objects that *function* reaches without its arguments: id and token."""
    if type(function) is not types.FunctionType:
        return {}
    own = str(function.__module__).partition(".")[0]
    first = roots(function)
    further = behind(first, lambda each: str(each.__module__).partition(".")[0] == own)
    return {identity: identity ^ SALT for identity in objects_in([*first, *further])}


class Places(NamedTuple):
    """Where arguments hold objects of the scope: a copy of the arguments holds copies of them there.

    Attributes:
        found: Place in the order of ``objects_in``, and token.
        parts: How many objects there are; in a copy with more or fewer only the arguments are where they were.
    """

    found: tuple[tuple[int, int], ...] = ()
    parts: int = 0


NOWHERE: Final = Places()


def places_in(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Places:
    """Where the arguments hold what *function* reaches without them."""
    if all(type(value) in _ATOMS for value in args) and all(type(value) in _ATOMS for value in kwargs.values()):
        return NOWHERE
    tokens = tokens_of(function)
    parts = objects_in([*args, *kwargs.values()], members=False)
    if tokens.keys().isdisjoint(parts):
        return NOWHERE
    return Places(tuple((at, tokens[each]) for at, each in enumerate(parts) if each in tokens), len(parts))


def at_places(places: Places, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[int, int]:
    """What stands at *places* in a copy of those arguments: id and token."""
    if not places.found:
        return {}
    parts = list(objects_in([*args, *kwargs.values()], members=False))
    sure = len(parts) if len(parts) == places.parts else len(objects_in([*args, *kwargs.values()], members=None))
    return {parts[at]: token for at, token in places.found if at < sure}


_NANS: Final = (b"G\x7f\xf8\x00\x00\x00\x00\x00\x00", b"G\xff\xf8\x00\x00\x00\x00\x00\x00")
"""What a NaN looks like in a pickle, as Python and as the processor makes it."""


def may_hold_nan(payload: bytes) -> bool:
    """Whether some float in that pickle may be a NaN, which equals nothing, so that it matters which one it is.

    Cheap, and seldom true without one.
    """
    return _NANS[0] in payload or _NANS[1] in payload
