"""What objects are made of that pickle leaves behind as a name in a module, where a runner cannot find that name.

``functools.lru_cache`` and ``singledispatch`` make such objects of a user's functions, ``typing.NewType`` of a class,
and authors by a ``__reduce__`` that answers with a name. A runner has no file of the user's to import them from.
"""

from __future__ import annotations

import abc
import array
import builtins
import enum
import functools
import pickle
import sys
import types
import typing
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, Final

from cloudpickle import cloudpickle as machinery

from fukkatsu._reach import CACHED
from fukkatsu._sandbox import arrive

PLAIN: Final = frozenset({int, str, float, bool, bytes, complex, type(None), range})
_DISPATCHING: Final[types.CodeType] = vars(functools)["singledispatch"](lambda _: None).__code__
_OF_DISPATCHING: Final = frozenset({"register", "dispatch", "registry", "_clear_cache"})
_PARAMETERS: Final = frozenset({typing.ParamSpec, typing.TypeVarTuple})
_ALIAS: Final = getattr(typing, "TypeAliasType", None)
_HEAP_TYPE: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE

Found: typing.TypeAlias = Callable[[str | None], bool]


def parts_of(obj: Any, kind: type, travels: Found) -> Any:
    """How to make *obj* anew, as pickle's reductions say it; ``None`` for what is no concern of this module.

    Args:
        obj: Anything.
        kind: Its type.
        travels: Whether a runner finds a module of that name.
    """
    if kind is CACHED:
        return None if _is_found(obj, travels) else _cached(obj)
    if kind is types.FunctionType and obj.__code__ is _DISPATCHING:
        return None if _is_found(obj, travels) else _dispatching(obj)
    if kind is functools.cached_property:  # up to 3.11 with a lock
        return functools.cached_property, (obj.func,), {"attrname": obj.attrname, "__doc__": obj.__doc__}
    if kind is functools.singledispatchmethod:  # since 3.13 with a weak table
        return kind, (obj.func,), {"dispatcher": obj.dispatcher}
    if kind is memoryview and obj.ndim:  # cloudpickle makes bytes of it
        return arrive.view, _memory(obj)
    if kind is typing.TypeVar and not travels(obj.__module__):
        decompose: Any = machinery._decompose_typevar
        return machinery._make_typevar, decompose(obj)
    return None


def named(obj: Any, kind: type, name: str, travels: Found, token: int) -> Any:
    """The same for what its own class reduces to *name*.

    Args:
        obj: Anything.
        kind: Its type.
        name: In its module, with dots.
        travels: As above.
        token: Tells it apart from all others.

    Raises:
        pickle.PicklingError: It cannot be made anew.
    """
    module = pickle.whichmodule(obj, name)  # type: ignore[attr-defined, unused-ignore]  # as the pickler itself does
    if travels(module):
        return name
    home = home_of(obj, name, travels)
    if home is not None:  # `from numpy import sqrt`: also known by the user's module
        return arrive.member, (home, name)
    if kind is typing.NewType:
        return arrive.new_type, (obj.__name__, obj.__supertype__, obj.__module__)
    if kind in _PARAMETERS:
        return kind, (obj.__name__,)
    if kind is _ALIAS:
        return kind, (obj.__name__, obj.__value__)
    if issubclass(kind, enum.Enum):
        return kind, (obj._value_,)
    if all(_is_pythons(base) for base in kind.__mro__[:-1]) and kind.__dictoffset__:
        return arrive.sentinel, (token, kind), dict(vars(obj))
    raise pickle.PicklingError(f"cannot pickle {name} ({kind.__name__}): it is known by name only, in {module}")


def home_of(obj: object, name: str, travels: Found) -> str | None:
    """The module that a runner finds *obj* in, under that *name*."""
    for module, loaded in list(sys.modules.items()):
        if getattr(loaded, "__dict__", {}).get(name) is obj and travels(module):
            return module
    return None


def _is_found(obj: Any, travels: Found) -> bool:
    """Whether a runner imports it from its own module."""
    module = getattr(obj, "__module__", None)
    if not travels(module):
        return False
    found: Any = sys.modules.get(str(module))
    for part in str(obj.__qualname__).split("."):
        found = getattr(found, part, None)
    return found is obj


def _cached(obj: Any) -> Any:
    parameters = obj.cache_parameters()
    attributes = {name: value for name, value in vars(obj).items() if name != "cache_parameters"}
    return arrive.cached, (obj.__wrapped__, parameters["maxsize"], parameters["typed"]), attributes


def _dispatching(obj: Any) -> Any:
    attributes = {name: value for name, value in vars(obj).items() if name not in _OF_DISPATCHING}
    attributes |= {name: getattr(obj, name) for name in ("__module__", "__name__", "__qualname__", "__doc__")}
    state = dict(obj.registry), attributes
    return arrive.dispatching, (obj.registry[object],), state, None, None, arrive.fill_dispatching


_OWNERS: Final = frozenset({bytes, bytearray, array.array})


def _memory(view: memoryview) -> tuple[Any, ...]:
    """What it looks into, its format and shape, and whether it may write; a copy where it is not all of something."""
    owner: Any = view.obj
    if type(owner) not in _OWNERS or memoryview(owner).nbytes != view.nbytes or not view.c_contiguous:
        owner = view.tobytes() if view.readonly else bytearray(view.tobytes())
    return owner, view.format, view.shape, view.readonly


def _is_pythons(base: type) -> bool:
    """Whether *base* is written in Python, so that an instance is made by ``object.__new__``."""
    own = vars(base).get("__new__")
    return (
        bool(base.__flags__ & _HEAP_TYPE)
        and (own is None or isinstance(own, staticmethod))
        and "__slots__" not in vars(base)
    )


def with_cause(error: BaseException, protocol: int) -> Any:
    """An exception with what it was raised from, which pickle leaves behind."""
    reduced = error.__reduce_ex__(protocol)
    if type(reduced) is not tuple or any(part is not None for part in reduced[3:]):
        return reduced
    state = reduced[2] if len(reduced) > 2 else None
    told = state, error.__cause__, error.__context__, error.__suppress_context__
    return (*reduced[:2], told, None, None, arrive.set_cause)


def is_plain(value: object, budget: int) -> int:
    """What is left of *budget* when *value* is nothing but a few builtin values, else a negative number."""
    kind = type(value)
    if kind in PLAIN:
        return budget - 1
    parts: Iterable[object]
    if isinstance(value, (tuple, list)) and kind in (tuple, list):
        parts = value
    elif isinstance(value, dict) and kind is dict:
        parts = chain(value, value.values())
    else:
        return -1
    budget -= 1  # a list may hold itself
    for part in parts:
        if budget < 0:
            break
        budget = is_plain(part, budget)
    return budget


def looked_up_in(code: types.CodeType) -> set[str]:
    """Names that *code*, and code within it, looks up."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= looked_up_in(constant)
    return found


_ABSTRACT: Final = ("collections.abc", "numbers", "contextlib", "os", "io")


def registered_with(cls: type) -> list[tuple[str, str]]:
    """The library's abstract classes that *cls* was registered with: module and name. Its bases do not tell."""
    found = _registered(abc.get_cache_token()).get(id(cls))
    return found[1] if found is not None and found[0]() is cls else []


@functools.lru_cache(maxsize=1)
def _registered(_token: object) -> dict[int, tuple[Any, list[tuple[str, str]]]]:
    """By id of the class: until another one is registered with any."""
    found: dict[int, tuple[Any, list[tuple[str, str]]]] = {}
    dump: Any = getattr(sys.modules.get("_abc"), "_get_dump", None)
    for module in _ABSTRACT if dump is not None else ():
        for name, abstract in list(vars(sys.modules.get(module, builtins)).items()):
            if type(abstract) is abc.ABCMeta and abstract.__name__ == name:
                for reference in dump(abstract)[0]:
                    cls = reference()
                    if cls is not None and cls.__flags__ & _HEAP_TYPE:
                        found.setdefault(id(cls), (reference, []))[1].append((module, name))
    return found
