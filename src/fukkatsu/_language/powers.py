"""Which values reach beyond the function that holds them: functions, classes and the environment of a few modules.

Asked of the original's own globals and closure, however it named or wrapped them.
"""

from __future__ import annotations

import builtins
import enum
import functools
import itertools
import sys
import types
from collections.abc import Iterable
from typing import Any, Final

from fukkatsu._language.allowlist import DEFAULT_IMPORTS, GUARDED_MEMBERS, OMITTED_CALLS, POWERS, TAME

_POWERFUL_BUILTINS: Final = frozenset(
    name for name in OMITTED_CALLS if not name.endswith(("Error", "Exit", "Interrupt", "Group"))
)


def power_of(value: object, home: str = "", *, depth: int = 2) -> str | None:
    """``"os.system"`` when *value* is a function, class or environment of a module in ``POWERS``, else ``None``.

    What is defined in *home*, the original's own module, is the author's, even if that module is called ``code``;
    exception classes have no powers. A container, a partial or a bound method has the power of what it holds, as far
    as *depth*.
    """
    kind = type(value)
    if kind in _PLAIN:
        return None
    if kind in _HOLDERS and depth:
        held = (power_of(item, home, depth=depth - 1) for item in _held(value, _HELD_LIMITS[depth]))
        return next((power for power in held if power), None)
    if isinstance(value, types.ModuleType):  # as a name of its own it arrives as a view, inside something it would not
        return value.__name__ if depth < 2 and value.__name__.partition(".")[0] in POWERS else None
    if isinstance(value, type) and issubclass(value, BaseException):
        return None
    if kind is types.BuiltinFunctionType or kind is type or kind.__module__ == "_sitebuiltins":
        for name in _POWERFUL_BUILTINS:
            if value is getattr(builtins, name, None):
                return name
    if kind.__module__ == "ctypes":  # a library: any function of it
        return f"ctypes.{kind.__name__}"
    named = isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType))
    owner = getattr(value, "__module__", None) if named else kind.__module__ if kind.__name__ == "_Environ" else None
    if (
        isinstance(owner, str)
        and owner != home
        and owner.partition(".")[0] in POWERS
        and not _is_open_by_name(value, owner)
    ):
        name = getattr(value, "__name__", "environ" if kind.__name__ == "_Environ" else kind.__name__)
        public = {"posix": "os", "nt": "os", "_io": "io", "_thread": "threading"}.get(owner, owner)
        return None if owner == "builtins" or f"{public}.{name}" in TAME else f"{public}.{name}"
    return None


_HOLDERS: Final = frozenset({dict, list, tuple, set, frozenset, functools.partial, types.MethodType, staticmethod})
_HELD_LIMITS: Final = {2: 200, 1: 20}
_PLAIN: Final = frozenset({int, str, float, bytes, bool, type(None), complex})


def _held(value: Any, limit: int) -> Iterable[object]:
    """What *value*, of a kind in ``_HOLDERS``, holds, up to *limit*."""
    kind = type(value)
    if kind is functools.partial:
        return (value.func, *value.args, *value.keywords.values())
    if kind is staticmethod:
        return (value.__func__,)
    if kind is types.MethodType:
        return (value.__func__, value.__self__)
    items = value.values() if kind is dict else value
    try:
        return list(itertools.islice(items, limit))
    except RuntimeError:  # another thread changed its size meanwhile; a copy in one step cannot be disturbed
        return list(items)[:limit]


def _is_open_by_name(value: object, owner: str) -> bool:
    name = getattr(value, "__name__", "").removeprefix("_path_")  # os.path.normpath is posix._path_normpath
    return any(f"{module}.{name}" in DEFAULT_IMPORTS for module in (owner, "os", "io", "os.path"))


_HOMES: Final = sorted({name.rpartition(".")[0] for name in GUARDED_MEMBERS})
_MEMBERS: Final = frozenset(name.rpartition(".")[2] for name in GUARDED_MEMBERS)
ENUM_BASE: Final = "an enumeration without members"
ARRAYS: Final = "classes of arrays"


def is_array_class(value: object) -> bool:
    """Whether *value* makes arrays over any memory: ``numpy.ndarray``, or a subclass that leaves that to it.

    ``ndarray(shape, dtype=object, buffer=text)`` takes the bytes of *text* for addresses of objects.
    """
    array = getattr(sys.modules.get("numpy"), "ndarray", None)
    if array is None or not isinstance(value, type) or not issubclass(value, array):
        return False
    for base in type.mro(value):
        if base is array:
            return True
        if "__new__" in vars(base) and base.__module__.partition(".")[0] != "numpy":
            return False
    return True


def _are_array_classes(value: object) -> bool:
    """An array class, or a tuple of classes with one in it, as ``isinstance`` takes it."""
    if type(value) is tuple:
        return all(isinstance(item, type) for item in value) and any(map(is_array_class, value))
    return is_array_class(value)


def guarded_name(value: object) -> str | None:
    """``"copy.deepcopy"`` when *value* is a library member that corrections get in a guarded form.

    An author's enumeration without members counts as one: calling it makes a class, as calling ``enum.Enum`` does.
    """
    if _are_array_classes(value):
        return ARRAYS
    kinds = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)
    if not isinstance(value, kinds) and type(value).__name__ != "_ArrayFunctionDispatcher":  # as numpy makes some
        return None
    name = getattr(value, "__name__", "")
    for home in _HOMES if name in _MEMBERS else ():
        if f"{home}.{name}" in GUARDED_MEMBERS and getattr(sys.modules.get(home), name, None) is value:
            return f"{home}.{name}"
    return ENUM_BASE if isinstance(value, enum.EnumMeta) and not value.__members__ else None
