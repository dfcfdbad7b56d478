"""What everyone shares and no correction may change: by whose attributes it may assign, and what a view hands out."""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import calendar
import enum
import functools
import sys
import types
from typing import Any, Final

from fukkatsu._language.refusals import refuse

# Modules whose instances describe classes, functions and types, are one for the whole process, or pass on what is
# assigned to them: typing's aliases forward assignments to the class that they stand for.
_DESCRIBING: Final = frozenset(
    "abc annotationlib ast asyncio atexit attr attrs calendar codecs collections.abc contextlib contextvars copyreg"
    " dataclasses enum functools importlib inspect io itertools keyword locale logging operator os pydantic.fields re"
    " reprlib select signal sys threading types typing typing_extensions warnings weakref".split()
)
# Of those modules, the classes whose instances are a caller's own values.
_OWN_VALUES: Final = frozenset(
    "types.SimpleNamespace logging.LogRecord calendar.Calendar calendar.TextCalendar calendar.HTMLCalendar"
    " reprlib.Repr io.StringIO io.BytesIO _io.StringIO _io.BytesIO threading.local _thread._local".split()
)


def check_shared(value: Any, kind: type) -> None:
    """Refuse when attributes of *value*, an instance of *kind*, belong to more than the call at hand."""
    if issubclass(kind, enum.Enum):
        refuse(f"attributes of {kind.__name__} members belong to everyone: a correction may not assign them")
    if issubclass(kind, BaseException):
        return
    for base in type.mro(kind):
        module = str(base.__module__)
        if base is object or f"{module}.{base.__name__}" in _OWN_VALUES:
            return
        if module in _DESCRIBING or module.partition(".")[0] in _DESCRIBING or module.startswith("fukkatsu."):
            if base.__name__ in ("Generic", "Protocol", "ABC"):
                continue
            refuse(f"attributes of a {kind.__name__} belong to everyone: a correction may not assign them")
        if base.__name__.startswith("_") and module.partition(".")[0] in sys.stdlib_module_names:
            refuse(f"attributes of a {kind.__name__} belong to the library: a correction may not assign them")
    return


def forwards(value: Any) -> bool:
    """Whether *value* stands for a class and passes on to it what is assigned: ``list[int]``, ``typing.List``."""
    return getattr(value, "__origin__", None) is not None


def snapshot(value: Any) -> Any:
    """*value* for a view: what could be changed in place as an unchangeable copy, methods as plain functions."""
    kind = type(value)
    if kind is list:
        return tuple(value)
    if kind is set:
        return frozenset(value)
    if kind is dict:
        return types.MappingProxyType(dict(value))
    if kind is bytearray:
        return bytes(value)
    if kind is type(calendar.month_name) or kind is type(calendar.day_name):
        return tuple(value)
    if kind is types.MethodType and not isinstance(value.__self__, type):
        return _plain_function(value)
    return value


def _plain_function(method: Any) -> Any:
    """*method* as a function: from a method one gets to the instance that the library keeps for everyone."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    return functools.update_wrapper(call, method.__func__, updated=(), assigned=("__name__", "__qualname__", "__doc__"))
