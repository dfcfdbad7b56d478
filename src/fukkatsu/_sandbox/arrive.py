"""What the pickles of ``carry`` call when they are read in a runner: stand-ins for what could not travel as it is."""

from __future__ import annotations

import functools
import importlib
import sys
import threading
import types
import typing
from typing import Any, NoReturn


class Missing:
    """Stands for a value that could not travel into the sandbox: any use of it raises, saying which and why."""

    __slots__ = ("_name", "_why")

    def __init__(self, name: str, why: str) -> None:
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_why", why)

    def __reduce__(self) -> tuple[Any, ...]:
        return Missing, (object.__getattribute__(self, "_name"), object.__getattribute__(self, "_why"))

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        name, why = object.__getattribute__(self, "_name"), object.__getattribute__(self, "_why")
        msg = f"{name!r} did not travel into the sandbox: {why}"
        raise NameError(msg)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # pickle, copy and inspect ask for these and must get an ordinary answer
        Missing._refuse(self)

    def __repr__(self) -> str:
        return f"<{object.__getattribute__(self, '_name')}: not in the sandbox>"

    __call__ = __iter__ = __next__ = __len__ = __getitem__ = __setitem__ = __delitem__ = __contains__ = _refuse
    __enter__ = __exit__ = __bool__ = __int__ = __float__ = __index__ = __add__ = __radd__ = __sub__ = __rsub__ = (
        _refuse
    )
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __floordiv__ = __mod__ = __lt__ = __le__ = __gt__ = __ge__ = (
        _refuse
    )
    __setattr__ = _refuse


class NewLock:
    """Stands in a pickle for a lock, and becomes a new one of the same kind."""

    __slots__ = ("_kind",)

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr(threading, self._kind), ()


class AwaitedModule(types.ModuleType):
    """A module of the standard library or of an installed package, imported when something of it is first used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name != "__version__":
            raise AttributeError(name)
        return getattr(importlib.import_module(self.__name__), name)


def same(value: Any) -> Any:
    """The value itself; lets a pickle put one object where another was referred to."""
    return value


def chance() -> Any:
    """What the functions of `random` are methods of, in this process."""
    return vars(importlib.import_module("random"))["_inst"]


def member(module: str, name: str) -> Any:
    """What an installed module calls *name*."""
    return getattr(importlib.import_module(module), name)


_sentinels: dict[int, Any] = {}


def sentinel(token: int, cls: type) -> Any:
    """An object that is told apart by nothing but being itself: the same one wherever it arrives in this process."""
    found = _sentinels.get(token)
    if found is None:
        found = _sentinels[token] = object.__new__(cls)
    elif cls is not object:
        vars(found).clear()  # a call before this one may have given it something
    return found


def cached(function: Any, maxsize: int | None, typed: bool) -> Any:
    """*function* behind a cache like its author's, with nothing in it yet."""
    return functools.lru_cache(maxsize, typed)(function)


def dispatching(function: Any) -> Any:
    """A generic function, filled by ``fill_dispatching``."""
    return functools.singledispatch(function)


def fill_dispatching(function: Any, state: tuple[dict[type, Any], dict[str, Any]]) -> None:
    """Register what was registered with the one that stayed at home."""
    registry, attributes = state
    for cls, registered in registry.items():
        if cls is not object:
            function.register(cls, registered)
    for name, value in attributes.items():
        setattr(function, name, value)


def new_type(name: str, supertype: Any, module: str) -> Any:
    """A ``typing.NewType`` of a module that is not here."""
    made: Any = typing.NewType(name, supertype)  # type: ignore[misc]  # the names are known at run time only
    made.__module__ = module
    return made


def named_module(name: str) -> types.ModuleType:
    """A module by name: the real one when it is loaded, else one that imports itself on first use."""
    return sys.modules.get(name) or AwaitedModule(name)


_user_modules: dict[str, types.ModuleType] = {}


def user_module(name: str) -> types.ModuleType:
    """The stand-in for a module of the user's own code, filled by ``fill_user_module``."""
    return _user_modules.setdefault(name, types.ModuleType(name))


def fill_user_module(module: types.ModuleType, members: dict[str, Any]) -> None:
    """Give a stand-in the members that travelled."""
    vars(module).update(members)
