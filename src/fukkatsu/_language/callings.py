"""Calls that would make a class, of something that the text does not name: an enumeration without members, a metaclass.

``Base("X", {"__eq__": f})`` makes a class with any methods when ``Base`` is an author's enumeration without members.
As a name of the original's it is a stand-in (``powers.ENUM_BASE``); in an attribute, an item or a variable it is met
only when it is called, with two arguments at least.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import ast
import contextlib
import enum
import functools
import itertools
import operator
import types
from typing import Any, Final

from fukkatsu._language.refusals import refuse

PLAINLY: Final = frozenset({
    types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.MethodWrapperType,
    types.MethodDescriptorType, types.WrapperDescriptorType,
})  # fmt: skip
"""Types of what is called plainly: no classes, and nothing that calls what it holds."""
_CALLING: Final[tuple[object, ...]] = (
    map, functools.reduce, functools.cache, functools.lru_cache, functools.cmp_to_key,
    itertools.starmap, itertools.accumulate, operator.call,
)  # fmt: skip
CALLERS: Final = frozenset("map reduce cache lru_cache cmp_to_key starmap accumulate call".split())
"""The names of library members that call, with more than one argument, what they are given."""
KEYED: Final = frozenset(
    "filter filterfalse takewhile dropwhile groupby defaultdict nlargest nsmallest SequenceMatcher Differ ndiff indent"
    " urlencode".split()
)
"""The names of those that call it with one."""
CALLED: Final = frozenset(
    "key default default_factory object_hook object_pairs_hook func function cls isjunk linejunk charjunk"
    " dict_factory tuple_factory quote_via predicate parse_float parse_int parse_constant".split()
)
"""Keywords by which a library's function is told what to call."""
OF_BUILTINS: Final = frozenset(
    name
    for kind in (str, bytes, bytearray, int, float, complex, list, dict, set, frozenset, tuple, memoryview)
    for name in dir(kind)
    if not name.startswith("_")
)
_NAMING: Final = frozenset({None, "names", "type"})


def makes(call: ast.Call) -> bool:
    """Whether *call* could make a class, by the number and the names of its arguments."""
    if len(call.args) > 1 or any(isinstance(argument, ast.Starred) for argument in call.args):
        return True
    return any(keyword.arg in _NAMING for keyword in call.keywords)


def no_maker(given: type) -> None:
    """Refuse *given*, which somebody may call, when calling it makes classes."""
    if issubclass(given, type) or (isinstance(given, enum.EnumMeta) and not given.__members__):
        refuse(f"{given.__name__}() with more than a value would make a class")


def calling(function: Any) -> Any:
    """*function*, which is to be called and must make no class."""
    if isinstance(function, type):
        no_maker(function)
    elif type(function) is functools.partial:
        calling(function.func)
    elif type(function).__module__ == "functools":
        calling(getattr(function, "__wrapped__", None))
    if function is functools.partial:
        from fukkatsu._language.late import PartialView

        return PartialView
    if any(function is each for each in _CALLING):
        from fukkatsu._language.words import told_each  # which asks this module

        return lambda *args, **kwargs: function(*told_each(*args), **kwargs)
    return function


def _contextmanager(func: Any) -> Any:
    return contextlib.contextmanager(calling(func))


def _asynccontextmanager(func: Any) -> Any:
    return contextlib.asynccontextmanager(calling(func))


def _cmp_to_key(mycmp: Any) -> Any:
    return functools.cmp_to_key(calling(mycmp))


GIVEN_ONE: Final[dict[str, Any]] = {
    "contextlib.contextmanager": _contextmanager,
    "contextlib.asynccontextmanager": _asynccontextmanager,
    "functools.cmp_to_key": _cmp_to_key,
}
"""In the place of members whose result calls, with more arguments, the one that they are given: by any name."""
for _name, _made in GIVEN_ONE.items():
    _made.__name__ = _made.__qualname__ = _name.rpartition(".")[2]
