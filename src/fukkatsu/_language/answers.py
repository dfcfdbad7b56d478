"""What guards answer in the place of a method or an operator, whoever asks: no state of a program is needed for it."""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import re
import sys
import types
from typing import Any, Final

from fukkatsu._language.buffers import salted
from fukkatsu._language.callings import CALLED, calling
from fukkatsu._language.hooks import told_file
from fukkatsu._language.kinds import MAKERS
from fukkatsu._language.left_behind import awaited
from fukkatsu._language.logs import plain_exc_info
from fukkatsu._language.powers import power_of
from fukkatsu._language.refusals import refuse
from fukkatsu._language.words import told

BOUND: Final = (types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType)
UNBOUND: Final = (types.MethodDescriptorType, types.WrapperDescriptorType)


def registering(found: Any) -> Any:
    """A method ``register``, unless what it is bound to is a class or a generic function."""
    owner = getattr(found, "__self__", None) if isinstance(found, BOUND) else None
    if isinstance(owner, type) or str(getattr(type(owner), "__module__", "")) == "functools":
        refuse("registering with a class or a generic function changes it for the whole process")
    if isinstance(found, types.FunctionType) and found.__module__ in ("functools", "abc", "atexit", "codecs"):
        refuse("registering with a generic function changes it for the whole process")
    return found


def driving(value: Any, name: str) -> Any:
    """``send`` and its like: of generators, and of whatever is no part of an event loop's work.

    A coroutine driven by hand can be left in the middle of a with statement, and closed when another one is.
    """
    found = getattr(value, name)
    owner = getattr(found, "__self__", None) if isinstance(found, BOUND) else None
    if name in OF_ASYNC_GENERATORS:
        return (lambda *args: awaited(found(*args))) if issubclass(type(owner), types.AsyncGeneratorType) else found
    closing = name == "close" and issubclass(type(owner), types.CoroutineType)
    if hasattr(type(owner), "__await__") and type(owner).__module__ == "builtins" and not closing:
        refuse(f"{name}() of a {type(owner).__name__}: only an event loop drives it; await it")
    return found


OF_ASYNC_GENERATORS: Final = frozenset({"asend", "athrow", "aclose", "__anext__"})


_VALUES: Final = frozenset({str, bytes, int, float, complex, re.Pattern})  # the library keeps patterns, too


def alike(left: Any, right: Any) -> bool:
    """Whether two objects are one text or number, which ``is`` must not tell apart.

    Caches of the library keep the first of equal texts: a correction could count its calls with them.
    """
    kind = type(left)
    return kind in _VALUES and type(right) is kind and (left == right or (left != left and right != right))


def same(left: Any, right: Any) -> bool:
    """``left is right``."""
    return left is right or alike(left, right)


def identity(value: Any, /) -> int:
    """``id``: of texts and numbers one that equal ones share, and no address of anything."""
    return hash((type(value), value)) if type(value) in _VALUES else salted(id(value))


def identity_as_it_is(value: Any, /) -> int:
    """``id`` where the original asks for it too, so that what it keeps by it is found."""
    return hash((type(value), value)) if type(value) in _VALUES else id(value)


def names_methods(given: Any) -> bool:
    """Whether *given* names, or holds names of, anything but the plain statistics."""
    if isinstance(given, str):
        return given not in _STATISTICS
    if isinstance(given, dict):
        return any(map(names_methods, given.values()))
    return isinstance(given, (list, tuple, set)) and any(map(names_methods, given))


def of_tables(value: Any, name: str) -> Any:
    """What pandas and numpy run, or write, by text (methods by name, expressions, files): closed."""
    found = getattr(value, name)
    kind = value if isinstance(value, type) else type(value)
    tops = {str(base.__module__).partition(".")[0] for base in type.mro(kind)}
    if tops.isdisjoint(("numpy", "pandas")):
        return found
    if name not in ("agg", "aggregate", "apply", "transform"):
        refuse(
            f"{name} of a {type(value).__name__} may write files, run text or reach into memory, and the original"
            " does not use it"
        )

    def by_function(*args: Any, **kwargs: Any) -> Any:
        if any(map(names_methods, args)) or any(map(names_method_as, kwargs, kwargs.values())):
            refuse(f"{name}() by names of methods could write files: give functions")
        if "numpy" in sys.modules:
            from fukkatsu._language.late import handed  # which asks this module

            args = tuple(handed(each, deep=True, classes=True) for each in args)
            kwargs = {name: handed(each, deep=True, classes=True) for name, each in kwargs.items()}
        return found(*args, **kwargs)

    return by_function


def keywords(given: Any) -> Any:
    """What follows ``**`` in a call: an author's class that keeps keywords as attributes keeps no protocol's."""
    plain = given if type(given) is dict else {**given}
    for name in plain:
        if isinstance(name, str) and str.startswith(name, "__") and str.endswith(name, "__"):
            refuse(f"a keyword {str.__str__(name)} is closed: the interpreter itself looks such names up")
    if "exc_info" in plain:
        plain = {**plain, "exc_info": plain_exc_info(plain["exc_info"])}
    if CALLED.isdisjoint(plain):
        return plain
    return {name: calling(value) if name in CALLED else value for name, value in plain.items()}


def told_keywords(given: Any) -> Any:
    """As ``keywords``, of a call of the library's: functions among them look at what they are called with."""
    plain = {name: told(value) if name in CALLED else value for name, value in keywords(given).items()}
    if "file" in plain:
        plain["file"] = told_file(plain["file"])
    return plain


def names_method_as(keyword: str, given: Any) -> bool:
    """As ``names_methods`` for a keyword of ``agg`` and its like; ``total=("price", "sum")`` names a column first."""
    if keyword in ("axis", "result_type", "by_row"):  # their texts are no names
        return False
    if keyword == "errors" and type(given) is str and given in _OF_ERRORS:
        return False
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str):
        return names_methods(given[1])
    return names_methods(given)


_OF_ERRORS: Final = ("coerce", "raise", "ignore")
"""What ``to_numeric()``, ``to_datetime()`` and their like do with what they cannot read."""
_STATISTICS: Final = frozenset(
    "all any count cumsum first last max mean median min nunique prod size std sum var".split()
)


def is_librarys(found: Any, owner: Any) -> bool:
    """Whether *found*, a function or method, is defined in the standard library."""
    function = found.__func__ if isinstance(found, types.MethodType) else found
    home = type(owner) if owner is not None and not isinstance(function, types.FunctionType) else function
    home = getattr(found, "__objclass__", home)
    top = str(getattr(home, "__module__", "")).partition(".")[0]
    return top in sys.stdlib_module_names and top != "__main__"


def object_new(kind: Any, /) -> Any:
    """``object.__new__`` of a class written in Python."""
    if not isinstance(kind, type) or issubclass(kind, MAKERS) or power_of(kind) is not None:
        refuse("object.__new__() of this is closed")
    return object.__new__(kind)
