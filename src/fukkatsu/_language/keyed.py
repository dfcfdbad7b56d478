"""Library members whose caches compare keys by value, so that what was asked first shows later.

``re.compile(p, 2.0)`` is a TypeError until ``(p, 2)`` lies in the cache; ``typing.List[int | str]`` is written as the
first of its equals was; ``ip_network((n, 24.0))`` needs a 24 from before. With any of these a correction could count
its calls, and act otherwise when it is tried no more. Here the keys are of one type, or nothing is kept.
"""

from __future__ import annotations

import collections
import functools
import importlib
import re
import sys
import types
import typing
from collections.abc import Callable
from typing import Any, Final

from fukkatsu._language.allowlist import MEMBERS
from fukkatsu._language.refusals import refuse

_compiled: Final[Callable[[Any, int], re.Pattern[Any]]] = getattr(re, "_compile", re.compile)  # saves a call


def _whole(flags: Any) -> int:
    if not isinstance(flags, int):
        msg = f"flags of a regular expression are an int, not a {type(flags).__name__}"
        raise TypeError(msg)
    return int(flags)


def _compile(pattern: Any, flags: Any = 0) -> Any:
    return _compiled(pattern, flags if type(flags) is int else _whole(flags))


def _match(pattern: Any, string: Any, flags: Any = 0) -> Any:
    return _compiled(pattern, flags if type(flags) is int else _whole(flags)).match(string)


def _fullmatch(pattern: Any, string: Any, flags: Any = 0) -> Any:
    return _compiled(pattern, flags if type(flags) is int else _whole(flags)).fullmatch(string)


def _search(pattern: Any, string: Any, flags: Any = 0) -> Any:
    return _compiled(pattern, flags if type(flags) is int else _whole(flags)).search(string)


def _findall(pattern: Any, string: Any, flags: Any = 0) -> Any:
    return _compiled(pattern, flags if type(flags) is int else _whole(flags)).findall(string)


def _finditer(pattern: Any, string: Any, flags: Any = 0) -> Any:
    return _compiled(pattern, flags if type(flags) is int else _whole(flags)).finditer(string)


def _sub(pattern: Any, repl: Any, string: Any, count: Any = 0, flags: Any = 0) -> Any:
    return _compiled(pattern, flags if type(flags) is int else _whole(flags)).sub(repl, string, count)


def _subn(pattern: Any, repl: Any, string: Any, count: Any = 0, flags: Any = 0) -> Any:
    return _compiled(pattern, flags if type(flags) is int else _whole(flags)).subn(repl, string, count)


def _split(pattern: Any, string: Any, maxsplit: Any = 0, flags: Any = 0) -> Any:
    return _compiled(pattern, flags if type(flags) is int else _whole(flags)).split(string, maxsplit)


def _named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = getattr(re, name).__doc__
    return function


_GIVEN: Final[dict[str, Callable[..., Any]]] = {
    "compile": _compile, "match": _match, "fullmatch": _fullmatch, "search": _search, "findall": _findall,
    "finditer": _finditer, "sub": _sub, "subn": _subn, "split": _split,
}  # fmt: skip
_FUNCTIONS: Final = {f"re.{name}": _named(name, function) for name, function in _GIVEN.items()}


class _TypeOfFlags(type):
    """Makes combinations of flags of whole numbers; the library remembers each, and finds it by an equal fraction."""

    def __call__(cls, value: Any) -> re.RegexFlag:
        return re.RegexFlag(_whole(value))

    def __getattr__(cls, name: str) -> Any:
        if name not in re.RegexFlag.__members__:
            raise AttributeError(name)
        return re.RegexFlag[name]

    def __getitem__(cls, name: str) -> re.RegexFlag:
        return re.RegexFlag[name]

    def __iter__(cls) -> Any:
        return iter(re.RegexFlag)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, re.RegexFlag)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, re.RegexFlag)


class FlagsView(metaclass=_TypeOfFlags):
    """``re.RegexFlag`` as corrections see it."""


class _TypeOfZones(type):
    """Makes zones by keys of text; the library finds whatever equals one in the cache of those it made."""

    def __call__(cls, key: Any) -> Any:
        return _zones()(_as_key(key))

    def __getattr__(cls, name: str) -> Any:
        if name == "no_cache":
            return lambda key: _zones().no_cache(_as_key(key))
        if name.startswith("_") or name in ("from_file", "clear_cache"):
            refuse(f"ZoneInfo.{name} is closed: it makes a zone that bears any name, or changes those of the process")
        return getattr(_zones(), name)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _zones())

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _zones())


def _zones() -> Any:
    return importlib.import_module("zoneinfo").ZoneInfo


def _as_key(key: Any) -> str:
    if not isinstance(key, str):
        msg = f"expected str, not {type(key).__name__}"
        raise TypeError(msg)
    return str.__str__(key)


class ZoneView(metaclass=_TypeOfZones):
    """``zoneinfo.ZoneInfo`` as corrections see it."""


ZoneView.__name__ = ZoneView.__qualname__ = "ZoneInfo"
ZoneView.__module__ = "zoneinfo"

_MADE_BY: Final = (list, dict, set, frozenset, tuple, *(
    collections.deque, collections.defaultdict, collections.OrderedDict, collections.Counter, collections.ChainMap
))  # fmt: skip


class Form:
    """``typing.List`` and its like, with parameters or without: good for names of types, which nobody keeps.

    Args:
        real: What the library has of that name.
        given: Its parameters, if it has any.
    """

    __slots__ = ("_fukkatsu_form",)  # no author's own name, which would be open

    def __init__(self, real: Any, *given: Any) -> None:
        self._fukkatsu_form = real, given

    def __getitem__(self, parameters: Any) -> Form:
        real, given = self._fukkatsu_form
        if given:
            msg = f"{self!r} is not a generic type"
            raise TypeError(msg)
        return Form(real, *(parameters if isinstance(parameters, tuple) else (parameters,)))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        origin = getattr(self._fukkatsu_form[0], "__origin__", None)
        if origin not in _MADE_BY:
            msg = f"{self!r} makes nothing"
            raise TypeError(msg)
        return origin(*args, **kwargs)

    def __or__(self, other: Any) -> Form:
        return Form(typing.Union, self, other)

    def __ror__(self, other: Any) -> Form:
        return Form(typing.Union, other, self)

    def __eq__(self, other: object) -> bool:
        return type(other) is Form and self._fukkatsu_form == other._fukkatsu_form

    def __hash__(self) -> int:
        return hash(self._fukkatsu_form[0])

    def __instancecheck__(self, instance: object) -> bool:
        real, given = self._fukkatsu_form
        if real in (typing.Union, typing.Optional) and given:
            kinds = (*given, type(None)) if real is typing.Optional else given
            return any(isinstance(instance, type(None) if kind is None else kind) for kind in kinds)
        if given:
            msg = "isinstance() argument 2 cannot be a parameterized generic"
            raise TypeError(msg)
        return isinstance(instance, real)

    def __subclasscheck__(self, subclass: type) -> bool:
        real, given = self._fukkatsu_form
        if given:
            msg = "issubclass() argument 2 cannot be a parameterized generic"
            raise TypeError(msg)
        return issubclass(subclass, real)

    def __repr__(self) -> str:
        real, given = self._fukkatsu_form
        return f"{real!r}[{', '.join(map(_shown, given))}]" if given else repr(real)


def parts_of(form: Form) -> list[Any]:
    """The parameters of *form*."""
    return list(form._fukkatsu_form[1])


def _shown(parameter: Any) -> str:
    if isinstance(parameter, list):
        return f"[{', '.join(map(_shown, parameter))}]"
    plain = isinstance(parameter, type) and not isinstance(parameter, types.GenericAlias)
    if plain and parameter.__module__ == "builtins":
        return str(parameter.__qualname__)
    return f"{parameter.__module__}.{parameter.__qualname__}" if plain else repr(parameter)


FORMS: Final[dict[str, Any]] = {
    f"typing.{name}": Form(real)
    for name in MEMBERS["typing"].split()
    if name != "Annotated"
    and (real := getattr(typing, name, None)) is not None
    and (hasattr(real, "__class_getitem__") if isinstance(real, type) else hasattr(type(real), "__getitem__"))
}  # fmt: skip

"""In the place of the library's own, except those that the original uses: whom it gives them to may ask more."""
KEYED: Final[dict[str, Any]] = {**_FUNCTIONS, "re.RegexFlag": FlagsView, "zoneinfo.ZoneInfo": ZoneView}


@functools.cache
def _lengths_known() -> None:
    ipaddress = sys.modules["ipaddress"]
    for kind, bits in ((ipaddress.IPv4Network, 32), (ipaddress.IPv6Network, 128)):
        for length in range(bits + 1):
            kind((0, length))


def fill_caches() -> None:
    """Ask for every length of an address's prefix once: then it is found, whatever number it is asked for with."""
    if "ipaddress" in sys.modules:
        _lengths_known()
