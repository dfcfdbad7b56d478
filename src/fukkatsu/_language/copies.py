"""``copy`` as corrections see it: it copies values and calls nothing that a correction put into them.

The library's ``deepcopy`` asks the *instance* for ``__deepcopy__`` and ``__reduce_ex__``, hands out its memo, and
writes whatever state it is told to onto whatever object it is told to build. A correction can hang such names on an
object (``SimpleNamespace(**{...})``), so what is to be copied is walked first, and there is no memo.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import collections
import copy
import dataclasses
import functools
import types
from collections.abc import Callable
from typing import Any, Final

from fukkatsu._language.hooks import lent
from fukkatsu._language.refusals import refuse
from fukkatsu._language.words import said

_HOOKS: Final = frozenset(
    "__deepcopy__ __copy__ __reduce__ __reduce_ex__ __getstate__ __setstate__ __getnewargs__ __getnewargs_ex__"
    " __replace__ __class__ __origin__".split()
)
_ATOMS: Final = frozenset(
    {int, float, complex, bool, str, bytes, bytearray, type(None), type(...), type(NotImplemented), range, object}
    | {types.FunctionType, types.BuiltinFunctionType, type}
)
_SEQUENCES: Final = (list, tuple, set, frozenset, collections.deque)
# What these hold cannot be looked through, and they are no data.
_OPAQUE_MODULES: Final = frozenset({"itertools", "operator", "typing", "_functools", "builtins", "types"})


def plain_copy(x: Any) -> Any:
    """``copy.copy(x)``."""
    _look_over(x, deep=False)
    return copy.copy(x)


def plain_deepcopy(x: Any) -> Any:
    """``copy.deepcopy(x)``, without a memo."""
    _look_over(x, deep=True)
    return copy.deepcopy(x)


def plain_deepcopy_with_memo(x: Any, memo: dict[int, Any] | None = None) -> Any:
    """``copy.deepcopy(x, memo)`` for a ``__deepcopy__`` method, which was given its memo."""
    _look_over(x, deep=True)
    return copy.deepcopy(x, memo)


def plain_replace(obj: Any, /, **changes: Any) -> Any:
    """``copy.replace``."""
    _look_over(obj, deep=False)
    for name in changes:
        if name.startswith("__"):
            refuse(f"replacing {name} is closed: the interpreter itself looks such names up")
        said(changes[name])
    if isinstance(obj, types.SimpleNamespace):
        changes = {name: lent(value, lambda _: False) for name, value in changes.items()}
    return copy.replace(obj, **changes)  # type: ignore[attr-defined,unused-ignore]  # Python 3.13 has it


def plain_dataclass_replace(obj: Any, /, **changes: Any) -> Any:
    """``dataclasses.replace``, which asks the instance what its fields are."""
    if "__dataclass_fields__" in _state(obj):
        refuse("replacing with __dataclass_fields__ of its own is closed: any attribute would be looked up")
    for value in changes.values():
        said(value)  # the author's class is given it
    return dataclasses.replace(obj, **changes)


def plain_asdict(obj: Any, *, dict_factory: Callable[[Any], Any] = dict) -> Any:
    """``dataclasses.asdict``, which copies deeply."""
    _look_over(obj, deep=True)
    return dataclasses.asdict(obj, dict_factory=dict_factory)


def plain_astuple(obj: Any, *, tuple_factory: Callable[[Any], Any] = tuple) -> Any:
    """``dataclasses.astuple``, likewise."""
    _look_over(obj, deep=True)
    return dataclasses.astuple(obj, tuple_factory=tuple_factory)


def _look_over(value: Any, *, deep: bool) -> None:
    """Refuse *value* when copying it would run, or hand out, what is not its class's own business."""
    if isinstance(value, types.MethodType):
        refuse("a bound method is no value to copy")
    pending: list[Any] = [value]
    seen: set[int] = set()
    while pending:
        item = pending.pop()
        kind = type(item)
        if kind in _ATOMS or issubclass(kind, type) or id(item) in seen:
            continue
        seen.add(id(item))
        held = _state(item)
        if not _HOOKS.isdisjoint(held):
            refuse(f"copying a {kind.__name__} with {', '.join(sorted(_HOOKS & held.keys()))} of its own is closed")
        if deep:
            if hasattr(kind, "__getattr__") and not hasattr(kind, "__deepcopy__") and hasattr(item, "__deepcopy__"):
                refuse(f"copying a {kind.__name__} that answers __deepcopy__ from its data is closed")
            pending.extend(_parts(item, kind))
            pending.extend(held.values())


def _state(item: Any) -> dict[str, Any]:
    """What the instance holds under names."""
    found: dict[str, Any] = {}
    for base in type.mro(type(item)):
        for name, member in vars(base).items():
            if type(member) is types.MemberDescriptorType:  # a slot
                try:
                    found[name] = member.__get__(item)
                except AttributeError:
                    continue
    try:
        own = object.__getattribute__(item, "__dict__")
    except AttributeError:
        return found
    return found | own if isinstance(own, dict) else found


def _parts(item: Any, kind: type) -> list[Any]:
    if issubclass(kind, dict):
        return [*dict.keys(item), *dict.values(item)]
    for base in _SEQUENCES:
        if issubclass(kind, base):
            return list(base.__iter__(item))
    if issubclass(kind, functools.partial):
        return [item.func, *item.args, *item.keywords.values()]
    if issubclass(kind, BaseException):
        return list(item.args)
    if kind.__module__ in _OPAQUE_MODULES and kind is not types.SimpleNamespace and kind is not types.MethodType:
        refuse(f"copying a {kind.__name__} is closed: what it holds cannot be looked over")
    return []
