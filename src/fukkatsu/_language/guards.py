"""What a correction's text cannot decide is decided here, while it runs.

Few guards are left: attributes whose name is only known at run time, writes to attributes, ``format`` of a template
that is not a literal, and ``type()``. Everything else is settled in the text: ``transformer.py`` says why, guard
by guard.

A guard that refuses raises ``GuardRefusal`` and leaves a note, so that whoever runs a correction learns of the attempt
even when the correction catches the exception: see ``take_refusals`` and ``end_on_refusal``.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import builtins
import collections
import enum
import functools
import operator
import shlex
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn

from fukkatsu._language.attributes import GUARDED, closed_because
from fukkatsu._language.facts import power_of
from fukkatsu._language.formats import template_fault
from fukkatsu._language.modules import ModuleView

_REFUSALS: Final[collections.deque[str]] = collections.deque(maxlen=20)


class GuardRefusal(AttributeError, TypeError):  # noqa: N818  a refusal, not an error of ours
    """A correction reached for something that the language keeps closed."""


class GuardViolation(BaseException):
    """The same where a correction is being judged: it cannot be caught, so no correction survives an attempt."""


_final = False


def end_on_refusal() -> None:
    """From now on in this process a refusal raises ``GuardViolation``: for runners, which live for one candidate."""
    global _final
    _final = True


def refuse(text: str) -> NoReturn:
    """Note the attempt and raise."""
    _REFUSALS.append(text)
    if _final:
        raise GuardViolation(text)
    raise GuardRefusal(text)


def take_refusals() -> tuple[str, ...]:
    """What guards refused since the last call of this function in this process, oldest first, and forget it."""
    taken = tuple(_REFUSALS)
    _REFUSALS.clear()
    return taken


# Never written to, whatever the name: what everyone shares.
_SHARED: Final = (types.ModuleType, ModuleView, types.BuiltinFunctionType, types.MethodType)
# type(x) never hands these out: calling them would make code, functions, modules or classes.
_MAKERS: Final = (
    ModuleView,
    type,
    types.FunctionType,
    types.CodeType,
    types.ModuleType,
    types.FrameType,
    types.TracebackType,
)
# ... nor classes of modules with powers: type(file.buffer.raw) is FileIO, which opens any path.
_NO_INSTANCE_DICT: Final = (
    type,
    types.ModuleType,
    ModuleView,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.GeneratorType,
    types.CoroutineType,
    BaseExceptionGroup,
)


def _plain_text(name: object) -> str:
    """The name that will really be looked up: a subclass of str could answer differently each time it is asked."""
    if not isinstance(name, str):
        msg = f"attribute name must be string, not '{type(name).__name__}'"
        raise TypeError(msg)
    return name if type(name) is str else str.__str__(name)


def _class_of(value: object) -> type:
    """``type(value)``, unless calling the result would make code, functions, modules or classes."""
    kind = type(value)
    if issubclass(kind, _MAKERS):
        refuse(f"type() of a {kind.__name__} is closed: calling the result would make one")
    if kind.__module__ != "builtins":
        for base in type.mro(kind):
            if power_of(base) is not None:
                refuse(f"type() of a {kind.__name__} is closed: calling the result reaches beyond the function")
    return kind


def _settled(value: Any) -> Any:
    """A global that the text was checked without: nobody knew yet what it would hold."""
    if isinstance(value, types.ModuleType):
        refuse(f"a name that had no value before now holds the module {value.__name__}: import it in the correction")
    if power := power_of(value):
        refuse(f"a name that had no value before now holds {power}, which reaches beyond the function")
    return value


def _object_new(kind: Any, /) -> Any:
    """``object.__new__`` of a class written in Python."""
    if not isinstance(kind, type) or issubclass(kind, _MAKERS) or power_of(kind) is not None:
        refuse("object.__new__() of this is closed")
    return object.__new__(kind)


class _TypeOfTypes(type):
    """``type`` as corrections see it: good for isinstance(x, type) and type(x), never for making classes."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if len(args) != 1 or kwargs:
            refuse("type() with three arguments makes a class")
        return _class_of(args[0])

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, type)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, type)


class _Type(metaclass=_TypeOfTypes):
    pass


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


def _only_for_checks(real: type) -> type:
    made = _OnlyForChecks(real.__name__, (), {})
    _REAL[made] = real
    return made


def _wraps(wrapped: Any) -> Callable[[Any], Any]:
    """``functools.wraps(f)``; its other parameters, and the partial it returns, read and write any attribute."""
    return lambda wrapper: _update_wrapper(wrapper, wrapped)


def _update_wrapper(wrapper: Any, wrapped: Any) -> Any:
    """``functools.update_wrapper(wrapper, wrapped)``, likewise."""
    if not isinstance(wrapper, types.FunctionType):
        refuse("update_wrapper() writes attributes: only to a function")
    return functools.update_wrapper(wrapper, wrapped)


def _split(s: str, comments: bool = False, posix: bool = True) -> list[str]:
    """``shlex.split`` of text; given None it would read the terminal."""
    if not isinstance(s, str):
        msg = "s must be a string"
        raise TypeError(msg)
    return shlex.split(s, comments, posix)


class _Log:
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


class _Stream:
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


class Guards:
    """The guards of one program.

    Args:
        opened: Attribute names that the original uses or the policy opens.
        written: Attribute names that the original assigns: it may do so on classes, then a correction may too.
        filename: Of the program: functions defined in it are its own to write to.
    """

    def __init__(self, opened: frozenset[str], written: frozenset[str], filename: str) -> None:
        self._opened, self._written, self._filename = opened, written, filename
        self._plain: set[type] = set()

    # -- reading -------------------------------------------------------------------------------------------------

    def attribute(self, value: Any, name: str) -> Any:
        """An attribute whose name is guarded (``attributes.GUARDED``): the object decides."""
        if name in ("format", "format_map"):
            return self._format_method(value, name)
        if name in ("vformat", "get_field"):
            string = sys.modules.get("string")
            if string is not None and isinstance(value, (string.Formatter, type)):
                refuse(f"string.Formatter.{name} walks attributes by name")
        elif name == "obj":
            if isinstance(value, BaseException):
                refuse("the object inside an AttributeError is closed")
        elif name == "register":
            if isinstance(value, type):
                refuse("registering with an abstract class changes isinstance() for the whole process")
            if isinstance(value, types.FunctionType):
                refuse("registering with a generic function changes it for the whole process")
        elif name == "__class__":
            return _class_of(value)
        elif name == "__dict__" and ("__dict__" not in self._opened or issubclass(type(value), _NO_INSTANCE_DICT)):
            refuse("__dict__ is closed here")
        found = getattr(value, name)
        if isinstance(found, types.ModuleType):
            refuse(f"attribute {name} holds a module here")
        return found

    def _format_method(self, value: Any, name: str) -> Any:
        if issubclass(type(value), str):
            return self._formatter(value, name)
        if issubclass(type(value), type) and issubclass(value, str):
            return lambda template, /, *args, **kwargs: self._formatter(template, name)(*args, **kwargs)
        string = sys.modules.get("string")
        if string is not None and isinstance(value, string.Formatter):
            refuse("string.Formatter walks attributes by name")
        return getattr(value, name)

    def _formatter(self, template: Any, name: str) -> Any:
        text = template if type(template) is str else str.__str__(template)
        if fault := template_fault(text, self._opened):
            refuse(f"the template {text[:60]!r} is closed: {fault}")
        return getattr(text, name)

    def _check(self, name: object, *, write: bool) -> str:
        text = _plain_text(name)
        if why := closed_because(text, self._opened, write=write):
            refuse(f"attribute {text} is closed: {why}")
        return text

    def getattr(self, value: Any, name: object, /, *default: Any) -> Any:
        """``getattr`` with the name checked."""
        text = self._check(name, write=False)
        if text in GUARDED:
            try:
                return self.attribute(value, text)
            except GuardRefusal:
                raise
            except AttributeError:
                if not default:
                    raise
                return default[0]
        return getattr(value, text, *default)

    def hasattr(self, value: Any, name: object, /) -> bool:
        """``hasattr``, for any name: whether ``__len__`` exists is no secret, and the attribute stays inside."""
        return hasattr(value, _plain_text(name))

    def attrgetter(self, attr: object, /, *attrs: object) -> Any:
        """``operator.attrgetter`` with each part of each name checked."""
        for name in (attr, *attrs):
            self._check_path(name)
        return operator.attrgetter(*map(_plain_text, (attr, *attrs)))

    def methodcaller(self, name: object, /, *args: Any, **kwargs: Any) -> Any:
        """``operator.methodcaller`` with the name checked."""
        self._check_path(name)
        return operator.methodcaller(_plain_text(name), *args, **kwargs)

    def _check_path(self, name: object) -> None:
        for part in _plain_text(name).split("."):
            if self._check(part, write=False) in GUARDED:
                refuse(f"attribute {part} is closed here: {GUARDED[part]}")

    # -- writing -------------------------------------------------------------------------------------------------

    def write(self, value: Any) -> Any:
        """*value*, when its attributes may be assigned; objects that everyone shares may not."""
        if type(value) in self._plain:
            return value
        return self._decide_write(value, own=False)

    def write_own(self, value: Any) -> Any:
        """As ``write`` for a name that the original itself assigns: a class of the author's may be meant."""
        if type(value) in self._plain:
            return value
        return self._decide_write(value, own=True)

    def _decide_write(self, value: Any, *, own: bool) -> Any:
        kind = type(value)
        if issubclass(kind, type):
            if own and value.__module__.partition(".")[0] not in sys.stdlib_module_names:
                return value
            refuse(f"attributes of the class {value.__name__} belong to everyone: a correction may not assign them")
        if issubclass(kind, types.FunctionType):
            if value.__code__.co_filename == self._filename:
                return value
            refuse(f"attributes of the function {value.__name__} belong to everyone: a correction may not assign them")
        if issubclass(kind, BaseExceptionGroup):
            refuse("attributes of an exception group may not be assigned: except* relies on them")
        if issubclass(kind, _SHARED):
            refuse(f"attributes of a {kind.__name__} may not be assigned")
        self._plain.add(kind)
        return value

    def setattr(self, value: Any, name: object, new: Any, /) -> None:
        """``setattr`` with name and target checked."""
        text = self._check(name, write=True)
        setattr(self._decide_write(value, own=text in self._written), text, new)

    def delattr(self, value: Any, name: object, /) -> None:
        """``delattr`` with name and target checked."""
        text = self._check(name, write=True)
        delattr(self._decide_write(value, own=text in self._written), text)

    def object_setattr(self, value: Any, name: object, new: Any, /) -> None:
        """``object.__setattr__``, as frozen classes use it on themselves, with name and target checked."""
        text = self._check(name, write=True)
        object.__setattr__(self._decide_write(value, own=False), text, new)

    def vars(self, value: Any, /) -> dict[str, Any]:
        """``vars`` of a plain instance, as a copy; only where the original uses it."""
        if issubclass(type(value), _NO_INSTANCE_DICT):
            refuse(f"vars() of a {type(value).__name__} is closed")
        return dict(vars(value))

    # -- what is put in whose place ------------------------------------------------------------------------------

    def builtins(self, names: Iterable[str]) -> dict[str, Any]:
        """Of *names*, the builtins that come guarded."""
        guarded = {
            "getattr": self.getattr,
            "hasattr": self.hasattr,
            "setattr": self.setattr,
            "delattr": self.delattr,
            "type": _Type,
            "vars": self.vars,
        }
        return {name: guarded[name] for name in names if name in guarded}

    def members(self) -> dict[str, Any]:
        """Members of modules that come guarded, by dotted name."""
        checks = (enum.Enum, enum.IntEnum, enum.StrEnum, enum.Flag, enum.IntFlag)
        return {
            "operator.attrgetter": self.attrgetter,
            "operator.methodcaller": self.methodcaller,
            "functools.wraps": _wraps,
            "functools.update_wrapper": _update_wrapper,
            "shlex.split": _split,
            "logging.getLogger": _Log,
            "sys.stdout": _Stream("stdout"),
            "sys.stderr": _Stream("stderr"),
            **{f"enum.{kind.__name__}": _CHECKED[kind] for kind in checks},
        }

    def cells(self) -> dict[str, Any]:
        """The guards that the transformer calls, by the names it calls them."""
        return {
            ".attribute": self.attribute,
            ".write": self.write,
            ".write_own": self.write_own,
            ".class_of": _class_of,
            ".object__new__": _object_new,
            ".object__setattr__": self.object_setattr,
            ".plain": self._plain,
            ".type": builtins.type,
            ".Exception": Exception,
            ".settled": _settled,
        }


_CHECKED: Final = {
    kind: _only_for_checks(kind) for kind in (enum.Enum, enum.IntEnum, enum.StrEnum, enum.Flag, enum.IntFlag)
}
