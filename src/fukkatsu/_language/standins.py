"""What a correction gets in the place of builtins and library members that could do more than they should."""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import enum
import functools
import shlex
import sys
import types
import typing
from collections.abc import Callable
from typing import Any, Final, NoReturn

from fukkatsu._language.refusals import refuse


class _OnlyForChecks(type):
    """A class that corrections may ask about (isinstance, issubclass) but not call: calling it would make a class."""

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        refuse(f"{cls.__name__}() would make a class")

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _REAL[cls])

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _REAL[cls])


_REAL: Final[dict[type, type]] = {}
"""The classes behind the ones for checks: beside them, not on them, where an attribute could be read."""


def only_for_checks(real: Any) -> type:
    """A stand-in for *real* that makes nothing."""
    known = next((made for made, behind in _REAL.items() if behind is real), None)
    if known is not None:
        return known
    made = _OnlyForChecks(real.__name__, (), {})
    _REAL[made] = real
    return made


def wrappers(
    is_passing: Callable[[types.FunctionType], bool],
) -> tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]:
    """``functools.wraps(f)`` and ``functools.update_wrapper(wrapper, f)``, which write only to functions that pass.

    Their other parameters, and the partial that ``wraps`` returns, read and write any attribute.
    """

    def update_wrapper(wrapper: Any, wrapped: Any) -> Any:
        if type(wrapper) is not types.FunctionType or not is_passing(wrapper):
            refuse("update_wrapper() writes attributes: only to a function that the correction defines")
        return functools.update_wrapper(wrapper, wrapped)

    return (lambda wrapped: lambda wrapper: update_wrapper(wrapper, wrapped)), update_wrapper


class _TypeOfNamespaces(type):
    """Makes namespaces; a name with two underscores would be looked up by protocols of the interpreter."""

    def __call__(cls, *args: Any, **kwargs: Any) -> types.SimpleNamespace:
        made = types.SimpleNamespace(*args, **kwargs)
        for name in vars(made):
            if name.startswith("__") and name.endswith("__"):
                refuse(f"a namespace with {name} is closed: the interpreter itself looks such names up")
        return made

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, types.SimpleNamespace)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, types.SimpleNamespace)


class NamespaceView(metaclass=_TypeOfNamespaces):
    """``types.SimpleNamespace`` as corrections see it."""


def split_text(s: str, comments: bool = False, posix: bool = True) -> list[str]:
    """``shlex.split`` of text; given None it would read the terminal."""
    if not isinstance(s, str):
        msg = "s must be a string"
        raise TypeError(msg)
    return shlex.split(s, comments, posix)


class NewLog:
    """A logger that only logs: handlers, levels and the tree of loggers belong to the program."""

    __slots__ = (
        "__weakref__",
        "critical",
        "debug",
        "error",
        "exception",
        "info",
        "isEnabledFor",
        "log",
        "name",
        "warning",
    )

    def __init__(self, name: str | None = None) -> None:
        import logging

        logger = logging.getLogger(name)
        self.name = logger.name
        for method in ("debug", "info", "warning", "error", "critical", "exception", "log", "isEnabledFor"):
            setattr(self, method, getattr(logger, method))


_LOGS: Final = frozenset(
    "debug info warning warn error exception critical fatal log isEnabledFor getEffectiveLevel hasHandlers name level"
    " extra __name__ __doc__ __class__".split()
)


class LogView:
    """A logger of the original's that only logs: what else a logger does, it does to the whole program.

    Args:
        look_up: Gives the value that the name has at this moment: it may be a logger no more.
        members: What the original itself looks up on its loggers, and may therefore be looked up here.
    """

    __slots__ = ("_look_up", "_members")

    def __init__(self, look_up: Callable[[], Any], members: frozenset[str]) -> None:
        object.__setattr__(self, "_look_up", look_up)
        object.__setattr__(self, "_members", members)

    def __getattr__(self, name: str) -> Any:
        value = object.__getattribute__(self, "_look_up")()
        logging = sys.modules["logging"]
        if isinstance(value, logging.Logger) and name not in _LOGS | object.__getattribute__(self, "_members"):
            refuse(f"{name} of a logger is closed: handlers, levels and the tree of loggers belong to the program")
        return getattr(value, name)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        refuse("attributes of a logger belong to the program")

    def __bool__(self) -> bool:
        return bool(object.__getattribute__(self, "_look_up")())

    def __repr__(self) -> str:
        return repr(object.__getattribute__(self, "_look_up")())


class StreamView:
    """stdout or stderr for ``print(file=...)``: what lies under it (``buffer.raw``) could open files."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def write(self, text: str) -> int:
        """Write to whatever the stream is at this moment."""
        written: int = getattr(sys, self._name).write(text)
        return written

    def flush(self) -> None:
        """Flush it."""
        getattr(sys, self._name).flush()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return bool(getattr(sys, self._name).isatty())


class AnnotatedView:
    """``typing.Annotated``: calling the library's alias writes to whatever the call gives."""

    def __class_getitem__(cls, item: Any) -> Any:
        return item[0]


CHECKED: Final = {
    kind: only_for_checks(kind)
    for kind in (enum.Enum, enum.IntEnum, enum.StrEnum, enum.Flag, enum.IntFlag, enum.ReprEnum, typing.NewType)
}
