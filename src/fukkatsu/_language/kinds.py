"""``type(x)`` as corrections see it: the class of a value, where holding that class leads to nothing new.

A class is a way to make values, and an instance at hand leads to its class: to the library's own
``operator.attrgetter`` from the guarded form's result, say. So the classes of the library are handed out where an
import would hand out the same class as it is, and no others; an author's classes are the author's values. Where a class
is only looked at (``type(x).__name__``, ``type(x) is int``, ``isinstance(y, type(x))``) no permission is asked for.
"""

from __future__ import annotations

import builtins
import enum
import re
import sys
import types
from collections.abc import Callable
from typing import Any, Final

from fukkatsu._language.allowlist import DEFAULT_CALLS
from fukkatsu._language.buffers import ViewOfMemory
from fukkatsu._language.hooks import NamespaceView
from fukkatsu._language.keyed import FlagsView, ZoneView
from fukkatsu._language.modules import ModuleView, Openings, public_name
from fukkatsu._language.powers import guarded_name, power_of
from fukkatsu._language.refusals import refuse

# Calling these would make code, functions, modules or classes.
MAKERS: Final = (
    ModuleView,
    type,
    types.FunctionType,
    types.CodeType,
    types.ModuleType,
    types.FrameType,
    types.TracebackType,
    types.MethodType,
    types.CellType,
    types.GenericAlias,
)


def _made_by_machine_code(kind: type) -> bool:
    """Whether *kind* is a class of an extension module, with a constructor that nobody has judged.

    ``numpy.ndarray(shape, dtype=object, buffer=text)`` takes bytes for the addresses of objects.
    """
    top = str(kind.__module__).partition(".")[0]
    if top in sys.stdlib_module_names or top == "__main__":
        return False
    made = vars(kind).get("__new__")  # of a class written in Python a static method, if it has one
    return not kind.__flags__ & _HEAP_TYPE or isinstance(made, types.BuiltinFunctionType)


def _is_scalar(kind: type) -> bool:
    """Whether *kind* is a number, text or date of numpy's, made from one value."""
    scalar = getattr(sys.modules.get("numpy"), "generic", None)
    return scalar is not None and issubclass(kind, scalar) and kind.__name__ not in ("void", "record", "object_")


_HEAP_TYPE: Final = 1 << 9


_look: Callable[[object], type] = type


def look_with(function: Callable[[object], type]) -> None:
    """From now on ask *function* for the class of a value: a runner notes who asks for that of a stand-in."""
    global _look
    _look = function


def looking() -> Callable[[object], type]:
    """What gives the class of a value to a place that only looks at it."""
    return _look


class Kinds:
    """Which classes ``type()`` hands out to the corrections of one function.

    Args:
        openings: What an import would hand out.
    """

    def __init__(self, openings: Openings) -> None:
        self._openings = openings
        self._open: set[type] = {int, float, str, bytes, bool, list, dict, tuple, set, frozenset, type(None)}

    def class_of(self, value: object) -> type:
        """``type(value)``, unless an import would not hand out that class as it is."""
        kind = _look(value)
        if kind in self._open:
            return kind
        if kind is types.SimpleNamespace:
            return NamespaceView
        if kind is memoryview:
            return ViewOfMemory
        if kind is re.RegexFlag:
            return FlagsView
        if kind.__module__ == "zoneinfo" and kind.__name__ == "ZoneInfo":
            return ZoneView
        if issubclass(kind, MAKERS):
            refuse(f"type() of a {kind.__name__} is closed: calling the result would make one")
        if not self._is_listed(kind):
            refuse(f"type() of a {kind.__name__} is closed: compare it, or ask isinstance(); no import hands it out")
        for base in type.mro(kind):
            if power_of(base) is not None or (_made_by_machine_code(base) and not _is_scalar(kind)):
                refuse(f"type() of a {kind.__name__} is closed: calling the result reaches beyond the function")
        self._open.add(kind)
        return kind

    def _is_listed(self, kind: type) -> bool:
        """Whether *kind* is an author's class, or one that a name of the language or of an open module means."""
        module, name = str(kind.__module__), kind.__name__
        if issubclass(kind, (Exception, enum.Enum)):
            return True
        if issubclass(kind, BaseException):  # whoever holds CancelledError can catch it
            return False
        if module == "builtins":  # those without a name there (views, iterators) cannot be called
            return getattr(builtins, name, None) is not kind or name in DEFAULT_CALLS
        top = module.partition(".")[0]
        if top == "fukkatsu":
            return False
        if top not in sys.stdlib_module_names or top == "__main__":
            return True
        if f"{module}.{name}" in _PLAIN:
            return True
        public = public_name({"_io": "io"}.get(module, module))
        if guarded_name(kind) is not None or getattr(sys.modules.get(public), name, None) is not kind:
            return False
        opened = self._openings.member(public, name)
        return not name.startswith("_") if opened is None else opened

    def view(self) -> type:
        """``type`` itself: good for isinstance(x, type) and type(x), never for making classes."""
        return _TypeOfTypes("TypeView", (), {"class_of": staticmethod(lambda value: self.class_of(value))})


_PLAIN: Final = frozenset({"types.NoneType", "types.EllipsisType", "types.NotImplementedType"})


class _TypeOfTypes(type):
    """The class of what stands for ``type``."""

    class_of: Callable[[object], type]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if len(args) != 1 or kwargs:
            refuse("type() with three arguments makes a class")
        return cls.class_of(args[0])

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, type)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, type)
